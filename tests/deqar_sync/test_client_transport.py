"""Manners and honesty of one conversation: pace, patience, and which answer means what."""

from collections.abc import Callable

import httpx
import pytest

from mutua_deqar_sync.client import DeqarClient, UnreadableDetail, ask_for_token
from mutua_deqar_sync.errors import RegistryError, RequestRefused, TokenRefused, Unavailable
from mutua_deqar_sync.transport import Fetched, Manners, Missing, Transport
from mutua_local.deqar import Simulator
from mutua_local.deqar.faults import Fault

from .conftest import TODAY, TOKEN, Patience, client_of, in_process, served

DETAIL = "/reports/97101/"


def plan(registry: Simulator, *faults: Fault) -> None:
    registry.faults.entries.extend(faults)


async def test_an_object_is_found_or_missing(client: DeqarClient) -> None:
    found = await client.report(97101)
    assert isinstance(found, Fetched)
    assert (found.body["id"], found.at) == (97101, TODAY)
    assert await client.report(1) == Missing(TODAY)


async def test_troubles_that_pass_are_tried_again(
    client: DeqarClient, registry: Simulator, patience: Patience
) -> None:
    plan(registry, *(Fault(path=DETAIL, kind=kind) for kind in ("html_500", "bad_gateway", "html_200")))
    assert isinstance(await client.report(97101), Fetched)
    assert len(patience.pauses) == 3
    assert 0.5 <= patience.pauses[0] <= 1 <= patience.pauses[1] <= 2 <= patience.pauses[2] <= 4
    assert client.transport.traffic.retries == 3


async def test_retry_after_is_obeyed_when_it_is_reasonable(
    client: DeqarClient, registry: Simulator, patience: Patience
) -> None:
    plan(registry, Fault(path=DETAIL, kind="too_many", seconds=30))
    assert isinstance(await client.report(97101), Fetched)
    assert patience.pauses == [30]
    plan(registry, Fault(path=DETAIL, kind="too_many", seconds=3600))
    with pytest.raises(Unavailable) as refused:
        await client.report(97101)
    assert (refused.value.trouble, refused.value.status) == ("throttled", 429)
    assert patience.pauses == [30]


async def test_patience_has_an_end(client: DeqarClient, registry: Simulator, patience: Patience) -> None:
    plan(registry, Fault(path=DETAIL, kind="gateway_timeout", count=99))
    with pytest.raises(Unavailable, match="status 504"):
        await client.report(97101)
    assert len(patience.pauses) == 4


async def test_a_500_that_stays_on_a_detail_is_not_a_removal(
    client: DeqarClient, registry: Simulator
) -> None:
    plan(registry, Fault(path=DETAIL, kind="html_500", count=99))
    assert await client.report(97101) == UnreadableDetail(500, TODAY)


async def test_a_refused_token_ends_it_at_once(
    client: DeqarClient, registry: Simulator, patience: Patience
) -> None:
    registry.rotate_token()
    with pytest.raises(TokenRefused, match="Invalid token"):
        await client.report(97101)
    assert patience.pauses == []
    assert isinstance(await client.provider(7101), Fetched)  # public


async def answered(response: Callable[[], httpx.Response], patience: Patience, manners: Manners) -> object:
    """What a report's detail comes to when the registry answers so, or the error that it ends in."""
    transport = httpx.MockTransport(lambda _: response())
    async with client_of(
        httpx.AsyncClient(transport=transport, base_url="http://x.example"), patience, manners=manners
    ) as client:
        try:
            return await client.report(1)
        except RegistryError as error:
            return error


async def test_a_gateway_that_says_404_in_json_removes_nothing(patience: Patience) -> None:
    def gateway() -> httpx.Response:
        return httpx.Response(404, json={"message": "no Route matched with those values"})

    error = await answered(gateway, patience, Manners(rate=0))
    assert isinstance(error, RequestRefused)
    assert "no Route matched" in error.found


async def test_a_401_is_a_refused_token_too(patience: Patience) -> None:
    def unauthorised() -> httpx.Response:
        return httpx.Response(401, json={"detail": "Invalid\x1b[31m token.\x00"})

    error = await answered(unauthorised, patience, Manners(rate=0))
    assert isinstance(error, TokenRefused)
    assert error.found.isprintable()


async def test_a_redirect_says_where_the_registry_is(patience: Patience) -> None:
    def moved() -> httpx.Response:
        return httpx.Response(301, headers={"location": "https://registry.example/webapi/"})

    error = await answered(moved, patience, Manners(rate=0))
    assert isinstance(error, RequestRefused)
    assert "https://registry.example/webapi/" in error.found


async def test_a_body_that_cannot_be_unpacked_is_a_cut_one(patience: Patience) -> None:
    def broken() -> httpx.Response:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(b"no gzip at all"))

    assert await answered(broken, patience, Manners(rate=0, attempts=2)) == UnreadableDetail(None, TODAY)


async def test_the_case_of_a_content_type_does_not_matter(patience: Patience) -> None:
    def shouted() -> httpx.Response:
        headers = {"content-type": "Application/JSON; charset=UTF-8"}
        return httpx.Response(200, headers=headers, content=b'{"id": 1}')

    assert isinstance(await answered(shouted, patience, Manners(rate=0)), Fetched)


async def test_no_cookie_is_kept() -> None:
    async with DeqarClient.open("http://registry.example", None) as client:
        request = httpx.Request("GET", "http://registry.example/")
        response = httpx.Response(200, headers={"set-cookie": "sessionid=1; Path=/"}, request=request)
        client.transport.http.cookies.extract_cookies(response)
        assert not client.transport.http.cookies


async def test_a_registry_behind_a_path_of_its_own(patience: Patience) -> None:
    async with DeqarClient.open("http://127.0.0.1/registry/", TOKEN) as client:
        address = client.transport.http.build_request("GET", "/webapi/v2/browse/countries/").url
    assert str(address) == "http://127.0.0.1/registry/webapi/v2/browse/countries/"


async def test_details_that_fail_one_after_the_other_are_the_registrys_trouble(
    client: DeqarClient, registry: Simulator, patience: Patience
) -> None:
    plan(registry, Fault(path="/reports/", kind="html_500", count=9999))
    for _ in range(99):
        assert isinstance(await client.report(97101), UnreadableDetail)
    with pytest.raises(Unavailable, match="status 500"):
        await client.report(97101)
    assert len(patience.pauses) == 100  # a 500 is asked for twice


async def test_a_registry_that_answers_every_detail_with_html_is_away(
    client: DeqarClient, registry: Simulator
) -> None:
    plan(registry, Fault(path="/reports/", kind="html_500", count=2 * 9))
    for _ in range(9):
        assert await client.report(97101) == UnreadableDetail(500, TODAY)
    plan(registry, Fault(path="/reports/", kind="html_200", count=9999))
    for _ in range(4):
        assert isinstance(await client.report(97101), UnreadableDetail)
    with pytest.raises(Unavailable, match="not_json"):
        await client.report(97101)


async def test_an_html_404_is_not_a_removal(client: DeqarClient) -> None:
    with pytest.raises(RequestRefused, match="status 404"):
        await client.transport.get("/webapi/v3/browse/reports/97101/")
    with pytest.raises(RequestRefused, match="status 301"):
        await client.transport.get("/webapi/v2/browse/reports")
    with pytest.raises(RequestRefused, match="status 400"):
        await client.transport.get("/webapi/v2/browse/reports/", {"limit": -1})


async def test_the_pace_is_ours(registry: Simulator, patience: Patience) -> None:
    async with client_of(in_process(registry), patience, manners=Manners(rate=2)) as client:
        for _ in range(5):
            await client.report(97101)
    assert patience.pauses == [0.5] * 4


async def test_we_say_who_we_are_and_send_the_token_only_where_it_is_needed(patience: Patience) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://registry.example")
    async with client_of(http, patience) as client:
        await client.report(1)
        await client.provider(1)
    assert [r.headers.get("authorization") for r in seen] == [f"Bearer {TOKEN}", None]
    assert seen[0].headers["user-agent"].startswith("Mutua-DEQAR-mirror/")
    assert all(r.url.params["history"] == "true" for r in seen)


@pytest.mark.parametrize(
    ("response", "trouble"),
    [
        (
            lambda: httpx.Response(200, content=b'{"id": 1', headers={"content-type": "application/json"}),
            "not_json",
        ),
        (lambda: httpx.Response(200, text="<html>", headers={"content-type": "text/html"}), "not_json"),
        (lambda: httpx.Response(200, json={"x": "y" * 200}), "too_large"),
    ],
)
async def test_bodies_that_are_no_answers(
    patience: Patience, response: Callable[[], httpx.Response], trouble: str
) -> None:
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: response()), base_url="http://registry.example"
    )
    manners = Manners(rate=0, attempts=2, max_body_bytes=100)
    async with client_of(http, patience, manners=manners) as client:
        with pytest.raises(Unavailable) as failed:
            await client.countries()
        assert await client.report(1) == UnreadableDetail(200, TODAY)
    assert failed.value.trouble == trouble


async def test_over_a_socket_a_cut_body_and_a_late_answer(registry: Simulator, patience: Patience) -> None:
    plan(registry, Fault(path=DETAIL, kind="cut_body"), Fault(path=DETAIL, kind="slow", seconds=0.5))
    manners = Manners(rate=0, timeout=0.2)
    async with served(registry) as address:
        http = httpx.AsyncClient(base_url=address)
        async with client_of(http, patience, manners=manners) as client:
            found = await client.report(97101)
    assert isinstance(found, Fetched)
    assert client.transport.traffic.retries == 2


async def test_nobody_there(patience: Patience) -> None:
    http = httpx.AsyncClient(base_url="http://127.0.0.1:1")
    async with client_of(http, patience) as client:
        with pytest.raises(Unavailable) as failed:
            await client.report(1)
    assert (failed.value.trouble, failed.value.status) == ("connection", None)


async def test_a_token_for_an_account(registry: Simulator) -> None:
    async with in_process(registry) as http:
        assert await ask_for_token(http, "reader", "reader") == TOKEN
        with pytest.raises(TokenRefused):
            await ask_for_token(http, "reader", "wrong")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Mon, 16 Nov 2026 09:00:20 GMT", 20),
        ("Mon, 16 Nov 2026 09:00:00 +99999999999999", None),
        ("soon", None),
    ],
)
def test_retry_after_may_be_a_date(value: str, seconds: float | None) -> None:
    response = httpx.Response(429, headers={"retry-after": value})
    transport = Transport(httpx.AsyncClient(), now=lambda: TODAY)
    outcome = transport._judge(response, bytearray(), TODAY, "/", public=False)  # pyright: ignore[reportPrivateUsage]
    assert getattr(outcome, "retry_after", None) == seconds
