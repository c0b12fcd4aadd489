"""The feed: everything subscribed to, in order, without loss, and nothing of anybody else."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from mutua_kernel.database import Pool, set_tenant

pytestmark = pytest.mark.servers

OFFICE, OTHER = "office:varnland-enic", "office:ostmark-enic"
UAS = "DEQARINST7101"
FEED = "/feeds/recognition"


def ids(answer: Any) -> list[UUID]:
    assert answer.status_code == 200, answer.text
    return [UUID(event["id"]) for event in answer.json()]


@pytest.fixture
async def office(caller: Callable[..., Any]) -> Any:
    """An office with a grant for Norway and a subscription to all that it may see."""
    granted = await caller("platform", "operator")("POST", "/grants", {"tenant": OFFICE, "country": "NO"})
    assert granted.status_code == 201, granted.text
    office = caller(OFFICE, "subscriber")
    assert (await office("POST", "/subscriptions", {"name": "all"})).status_code == 201
    return office


async def test_an_office_sees_the_country_granted_to_it_and_no_other(office: Any, feed: Any) -> None:
    seen = await feed.add(("DEQARINST7105", "NO", UAS), (UAS, "EE", UAS), ("DEQARINST7106", "NO", UAS))
    assert ids(await office("GET", FEED)) == [seen[0], seen[2]]


async def test_an_organisation_sees_its_own_requests_and_those_about_its_credentials(
    caller: Callable[..., Any], feed: Any
) -> None:
    university = caller(UAS, "subscriber")
    await university("POST", "/subscriptions", {"name": "ours"})
    seen = await feed.add(
        (UAS, "EE", "DEQARINST7105"), ("DEQARINST7103", "NO", UAS), ("DEQARINST7103", "NO", "X")
    )
    assert ids(await university("GET", FEED)) == seen[:2]


async def test_pages_follow_the_cursor_without_gap_or_repeat(office: Any, feed: Any) -> None:
    added = await feed.add(*[("DEQARINST7105", "NO", UAS)] * 25)
    found: list[UUID] = []
    cursor = "0"
    while True:
        page = await office("GET", FEED, after=cursor, limit=10)
        if not ids(page):
            break
        found += ids(page)
        cursor = page.headers["Mutua-Cursor"]
        assert f"after={cursor}" in page.headers["Link"]
    assert found == added
    assert page.headers["Mutua-Cursor"] == cursor


async def test_filters_narrow_what_was_subscribed_to(office: Any, feed: Any) -> None:
    added = await feed.add(("DEQARINST7105", "NO", UAS))
    assert ids(await office("GET", FEED, country="NO", award_country="NO")) == added
    assert ids(await office("GET", FEED, country="EE")) == []
    assert ids(await office("GET", FEED, type="eu.mutua.recognition.decided.v1")) == []
    wrong = await office("GET", FEED, type="eu.mutua.weather.v1")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_request")


async def test_a_long_poll_answers_as_soon_as_there_is_something(office: Any, feed: Any) -> None:
    waiting = asyncio.create_task(office("GET", FEED, wait=20))
    await asyncio.sleep(0)
    added = await feed.add(("DEQARINST7105", "NO", UAS))
    async with asyncio.timeout(10):
        assert ids(await waiting) == added


async def test_without_subscription_the_answer_says_what_to_do(caller: Callable[..., Any]) -> None:
    answer = await caller(OTHER, "subscriber")("GET", FEED)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_subscribed")
    assert "POST /subscriptions" in answer.json()["fix"]


async def test_a_cursor_of_another_feed_is_told(office: Any) -> None:
    answer = await office("GET", FEED, after="999999")
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_unknown")


async def test_a_grant_that_ends_ends_at_once(caller: Callable[..., Any], office: Any, feed: Any) -> None:
    await feed.add(("DEQARINST7105", "NO", UAS))
    assert len(ids(await office("GET", FEED))) == 1
    ended = await caller("platform", "operator")("DELETE", f"/grants/{OFFICE}/NO")
    assert ended.status_code == 204
    assert ids(await office("GET", FEED)) == []


async def test_positions_have_the_order_of_commits(feed: Any, pool: Pool) -> None:
    await asyncio.gather(*(feed.add(("DEQARINST7105", "NO", UAS)) for _ in range(10)))
    rows = await pool.fetch("select position from feed order by position")
    assert [row["position"] for row in rows] == list(range(1, 11))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", FEED, None),
        ("GET", "/subscriptions", None),
        ("POST", "/subscriptions", {"name": "x"}),
        ("GET", "/endpoints", None),
        ("POST", "/grants", {"tenant": "x", "country": "NO"}),
        ("GET", "/operations/parked", None),
        ("POST", "/operations/parked/redrive", {"all": True}),
    ],
)
async def test_every_route_needs_a_token_with_a_role(
    caller: Callable[..., Any], method: str, path: str, body: Any
) -> None:
    nobody = caller("x", "nothing")
    assert (await nobody(method, path, body)).json()["code"] == "role_missing"
    nobody.bearer = "Bearer not-a-token"
    assert (await nobody(method, path, body)).json()["code"] == "token_refused"
    assert (await nobody.client.request(method, path, json=body)).json()["code"] == "token_missing"


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({"aud": "other"}, "another audience"),
        ({"exp": 1}, "expired"),
        ({"nbf": 9_999_999_999}, "not valid yet"),
        ({"iss": "https://elsewhere.example"}, "not accepted"),
        ({"tenant": ""}, "tenant"),
    ],
)
async def test_a_token_is_refused_for_what_is_wrong_with_it(
    caller: Callable[..., Any], claims: dict[str, Any], found: str
) -> None:
    answer = await caller(OFFICE, "subscriber", **claims)("GET", FEED)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert found in answer.json()["found"]


async def test_tenants_cannot_read_one_anothers_rows_as_the_api_role(
    office: Any, feed: Any, api_pool: Pool, caller: Callable[..., Any]
) -> None:
    await feed.add(("DEQARINST7105", "NO", UAS))
    subscription = (await office("GET", "/subscriptions")).json()[0]["id"]
    made = await office(
        "POST", "/endpoints", {"subscription": subscription, "url": "http://127.0.0.1:9/hook"}
    )
    assert made.status_code == 201, made.text
    await feed.add(("DEQARINST7105", "NO", UAS))
    tables = ("subscription", "endpoint", "delivery", "attempt", "feed", "tenant_grant", "idempotency")
    async with api_pool.acquire() as connection, connection.transaction():
        for tenant in (None, OTHER):
            if tenant is not None:
                await set_tenant(connection, tenant)
            for table in tables:
                assert await connection.fetchval(f"select count(*) from {table}") == 0, (tenant, table)
        await set_tenant(connection, OFFICE)
        assert await connection.fetchval("select count(*) from delivery") == 1
    stranger = caller(OTHER, "subscriber")
    for method, path in (
        ("GET", f"/endpoints/{made.json()['id']}"),
        ("DELETE", f"/endpoints/{made.json()['id']}"),
        ("GET", f"/endpoints/{made.json()['id']}/deliveries"),
        ("DELETE", f"/subscriptions/{subscription}"),
    ):
        assert (await stranger(method, path)).json()["code"] == "not_found", path


async def test_a_repeated_post_has_one_effect(office: Any) -> None:
    key, body = str(uuid4()), {"name": "twice"}
    first = await office("POST", "/subscriptions", body, key=key)
    second = await office("POST", "/subscriptions", body, key=key)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len((await office("GET", "/subscriptions")).json()) == 2
    other = await office("POST", "/subscriptions", {"name": "other"}, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    without = await office.client.post("/subscriptions", json=body, headers={"Authorization": office.bearer})
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_missing")


async def test_a_key_in_flight_is_told_to_wait(office: Any, api_pool: Pool) -> None:
    import hashlib

    number = int.from_bytes(hashlib.sha256(f"{OFFICE}\x00busy".encode()).digest()[:8], "big", signed=True)
    async with api_pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", number)
        answer = await office("POST", "/subscriptions", {"name": "x"}, key="busy")
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_flight")


async def test_bodies_are_bounded_and_strict(office: Any) -> None:
    large = await office("POST", "/subscriptions", {"name": "x" * 2_000_000})
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    unknown = await office("POST", "/subscriptions", {"name": "x", "colour": "red"})
    assert unknown.status_code == 422
    assert unknown.json()["problems"][0]["path"] == "/body/colour"
    broken = await office.client.post(
        "/subscriptions",
        content=b"{not json",
        headers={
            "Authorization": office.bearer,
            "Idempotency-Key": "k",
            "Content-Type": "application/json",
        },
    )
    assert (broken.status_code, broken.json()["code"]) == (422, "invalid_request")
    chunked = await office.client.post("/subscriptions", content=chunks())
    assert (chunked.status_code, chunked.json()["code"]) == (413, "too_large")


async def chunks() -> Any:
    for _ in range(40):
        yield b"x" * 65536


async def test_a_bug_is_told_without_a_trace(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from mutua_notifier import store

    monkeypatch.setitem(store.SQL, "subscriptions", "select 1 / 0")  # type: ignore[index]
    answer = await office("GET", "/subscriptions")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "Traceback" not in answer.text
    assert "division" not in answer.text


async def test_openapi_has_examples_and_problems(office: Any) -> None:
    document = json.loads((await office.client.get("/openapi.json")).text)
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["responses"]["default"], (path, method)
            if method == "post":
                names = [one["name"] for one in operation["parameters"]]
                assert "Idempotency-Key" in names, path
