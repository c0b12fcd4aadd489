"""Webhooks: signed as Standard Webhooks says, to checked addresses, tried again, every attempt listed."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Pool
from mutua_kernel.outbound import AddressRefused, Outbound, refused_kind
from mutua_kernel.relay import Wakeup
from mutua_kernel.server import HttpServer
from mutua_notifier.domain import schedule, signing
from mutua_notifier.webhooks import Sender

OFFICE, UAS = "office:varnland-enic", "DEQARINST7101"
KEY = b"k" * 32


class Receiver:
    """An office's receiver; `answers` are the statuses of its next answers, 204 when there are none left."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        routes = [Route("/hook", self._take, methods=["POST"])]
        self.server = HttpServer(Starlette(routes=routes), host="127.0.0.1", port=0)

    async def _take(self, request: Request) -> Response:
        self.got.append((dict(request.headers), await request.body()))
        status = self.answers.pop(0) if self.answers else 204
        return Response(status_code=status, headers={"Retry-After": "900"} if status == 429 else {})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/hook"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.server.start()
    yield made
    await made.server.stop()


@pytest.fixture
async def sender(pool: Pool, outbound: Outbound) -> AsyncIterator[Sender]:
    yield Sender(pool, signing.KeyBox(KEY), outbound, SystemClock(), at_once=20, wakeup=Wakeup())
    await outbound.close()


async def endpoint(caller: Callable[..., Any], url: str, **more: Any) -> tuple[Any, dict[str, Any]]:
    await caller("platform", "operator")("POST", "/grants", {"tenant": OFFICE, "country": "NO"})
    office = caller(OFFICE, "subscriber")
    subscription = (await office("POST", "/subscriptions", {"name": "all"})).json()["id"]
    made = await office("POST", "/endpoints", {"subscription": subscription, "url": url, **more})
    assert made.status_code == 201, made.text
    return office, made.json()


async def delivery_of(office: Any, made: dict[str, Any]) -> dict[str, Any]:
    listed = (await office("GET", f"/endpoints/{made['id']}/deliveries")).json()
    return (await office("GET", f"/deliveries/{listed[0]['id']}")).json()


@pytest.mark.servers
async def test_a_delivery_is_signed_and_its_body_is_the_event(
    caller: Callable[..., Any], feed: Any, sender: Sender, receiver: Receiver
) -> None:
    office, made = await endpoint(caller, receiver.url)
    (event,) = await feed.add(("DEQARINST7105", "NO", UAS))
    await feed.add((UAS, "EE", UAS))  # not granted
    await sender.step()
    ((headers, body),) = receiver.got
    assert headers["webhook-id"] == str(event)
    assert headers["content-type"] == "application/cloudevents+json"
    assert json.loads(body)["id"] == str(event)
    version, signature = headers["webhook-signature"].split(",")
    public = base64.b64decode(made["public_key"].removeprefix("whpk_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature), signed)
    assert version == "v1a"
    assert made["secret"] is None
    detail = await delivery_of(office, made)
    assert detail["state"] == "delivered"
    assert [(one["number"], one["status"], one["outcome"]) for one in detail["log"]] == [
        (1, 204, "delivered")
    ]


@pytest.mark.servers
async def test_a_failing_receiver_is_tried_again_with_the_same_id(
    caller: Callable[..., Any], feed: Any, sender: Sender, receiver: Receiver, pool: Pool
) -> None:
    office, made = await endpoint(caller, receiver.url, scheme="hmac-sha256")
    assert made["secret"].startswith("whsec_")
    await feed.add(("DEQARINST7105", "NO", UAS))
    receiver.answers = [500, 429]
    await sender.step()
    due = await pool.fetchval("select due_at - now() from delivery")
    assert timedelta(seconds=3) < due < timedelta(seconds=7)
    await pool.execute("update delivery set due_at = now()")
    await sender.step()
    due = await pool.fetchval("select due_at - now() from delivery")
    assert due > timedelta(seconds=890), "Retry-After was not honoured"
    await pool.execute("update delivery set due_at = now()")
    await sender.step()
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    detail = await delivery_of(office, made)
    assert [one["status"] for one in detail["log"]] == [500, 429, 204]
    assert detail["state"] == "delivered"
    again = await office("POST", f"/deliveries/{detail['id']}/resend")
    assert again.status_code == 202
    await sender.step()
    assert len(receiver.got) == 4


@pytest.mark.servers
async def test_a_receiver_that_is_gone_is_never_called_again(
    caller: Callable[..., Any], feed: Any, sender: Sender, receiver: Receiver
) -> None:
    office, made = await endpoint(caller, receiver.url)
    receiver.answers = [410]
    await feed.add(("DEQARINST7105", "NO", UAS))
    await sender.step()
    found = (await office("GET", f"/endpoints/{made['id']}")).json()
    assert (found["state"], found["state_reason"]) == ("disabled", "gone_410")
    await feed.add(("DEQARINST7105", "NO", UAS))
    await sender.step()
    assert len(receiver.got) == 1


@pytest.mark.servers
async def test_whoever_dies_with_deliveries_in_hand_leaves_them_to_the_next(
    caller: Callable[..., Any], feed: Any, sender: Sender, receiver: Receiver, pool: Pool
) -> None:
    await endpoint(caller, receiver.url)
    await feed.add(("DEQARINST7105", "NO", UAS))
    await pool.execute("update delivery set claimed_to = now() + interval '1 minute'")
    await sender.step()
    assert receiver.got == []
    await pool.execute("update delivery set claimed_to = now() - interval '1 second'")
    await sender.step()
    assert len(receiver.got) == 1


@pytest.mark.servers
@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/hook",
        "https://192.168.1.1/",
        "https://[fd00::1]/",
        "https://169.254.169.254/latest",
        "ftp://x/",
    ],
)
async def test_an_address_that_is_never_called_is_refused_at_once(
    caller: Callable[..., Any], url: str
) -> None:
    office = caller(OFFICE, "subscriber")
    subscription = (await office("POST", "/subscriptions", {"name": "all"})).json()["id"]
    answer = await office("POST", "/endpoints", {"subscription": subscription, "url": url})
    assert answer.status_code == 422
    assert answer.json()["code"] in ("address_refused", "url_malformed")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:0:1::",
        "2001:db8::1",
    ],
)
async def test_names_that_lead_home_are_refused(address: str) -> None:
    async def resolver(_host: str, _port: int) -> list[str]:
        return ["93.184.215.14", address]

    outbound = Outbound(allow_loopback=False, resolver=resolver)
    with pytest.raises(AddressRefused):
        await outbound.check("https://innocent.example/hook")
    await outbound.close()


async def test_a_public_address_must_be_https() -> None:
    async def resolver(_host: str, _port: int) -> list[str]:
        return ["93.184.215.14"]

    outbound = Outbound(allow_loopback=True, resolver=resolver)
    assert await outbound.check("https://innocent.example/hook") == "93.184.215.14"
    with pytest.raises(AddressRefused, match="url_not_https"):
        await outbound.check("http://innocent.example/hook")
    await outbound.close()


@given(st.ip_addresses())
def test_only_global_addresses_are_called(address: Any) -> None:
    if refused_kind(address) is None:
        assert address.is_global


@given(st.integers(1, 20), st.sampled_from([None, 200, 204, 302, 404, 410, 429, 500]), st.integers())
def test_the_schedule_ends_and_never_goes_back(attempt: int, status: int | None, seed: int) -> None:
    now = datetime(2026, 11, 16, tzinfo=UTC)
    following = schedule.after(attempt, schedule.verdict(status), now, None, Random(seed))
    if following.state == "pending":
        assert following.due_at is not None
        assert attempt <= len(schedule.SECONDS)
        pause = (following.due_at - now).total_seconds()
        assert schedule.SECONDS[attempt - 1] <= pause <= schedule.SECONDS[attempt - 1] * 1.1
    else:
        assert (following.state == "delivered") == (status in (200, 204))


def test_a_sealed_key_opens_for_its_endpoint_only() -> None:
    box = signing.KeyBox(KEY)
    sealed = box.seal(b"secret", "one")
    assert box.open(sealed, "one") == b"secret"
    with pytest.raises(InvalidTag):
        box.open(sealed, "other")
