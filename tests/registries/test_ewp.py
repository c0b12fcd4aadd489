"""The EWP catalogue: identities and keys, validators, and documents that are no catalogue."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse, Response

from mutua_deqar_sync.registries.conversation import Conversation
from mutua_deqar_sync.registries.ewp import CATALOGUE, EwpRegistry
from mutua_deqar_sync.registries.port import CouldNotTell, Record
from mutua_local.ewp import Network, create_app, demo

from .conftest import TODAY

Converse = Callable[..., Awaitable[Conversation]]
LISVIK, NORDBY, HARVALA = "univ-lisvik.example", "nordby.example", "harvala.example"


@pytest.fixture
def network() -> Network:
    return demo()


@pytest.fixture
async def ewp(network: Network, converse: Converse) -> EwpRegistry:
    return EwpRegistry(await converse(create_app(network)))


async def rows(ewp: EwpRegistry) -> dict[tuple[str, str], Record]:
    reading = ewp.read(CATALOGUE)
    found = {(r.kind, r.id): r async for page in reading for r in page.records}
    assert reading.verdict.complete
    return found


async def test_it_says_what_it_is(ewp: EwpRegistry) -> None:
    """In the catalogue is who an institution is, and nothing of its quality."""
    assert ewp.capabilities.tells == {"identity", "keys"}
    assert ewp.capabilities.conditional_get
    for answer in (await ewp.look_up("institution", LISVIK), await ewp.history("institution", LISVIK)):
        assert isinstance(answer, CouldNotTell)
        assert answer.code == "registry.capability_missing"


async def test_institutions_and_the_keys_that_speak_for_them(ewp: EwpRegistry) -> None:
    found = await rows(ewp)
    lisvik = found["institution", LISVIK].facts
    assert lisvik["names"] == [{"lang": "en", "name": "University of Lisvik"}]
    assert {"type": "erasmus", "value": "S  LISVIK01"} in lisvik["other_ids"]
    assert lisvik["apis"] == [{"name": "institutions", "version": "2.2.0"}]
    digest = hashlib.sha256(b"key of the first host").hexdigest()
    assert found["key", digest].facts["speaks_for"] == [NORDBY, LISVIK]
    assert digest in lisvik["keys"]
    assert found["key", "ab" * 32].facts == {
        "kind": "certificate",
        "speaks_for": [HARVALA, LISVIK],
        "spki": None,
    }
    assert found["institution", HARVALA].facts["described"] is False
    assert not any("administrator" in str(record.facts) for record in found.values())


async def test_a_servers_key_speaks_for_nobody(ewp: EwpRegistry) -> None:
    assert ("key", hashlib.sha256(b"server").hexdigest()) not in await rows(ewp)


async def test_a_key_with_another_content_is_left_out_and_named(ewp: EwpRegistry, network: Network) -> None:
    digest = hashlib.sha256(b"key of the first host").hexdigest()
    network.forged.add(digest)
    reading = ewp.read(CATALOGUE)
    pages = [page async for page in reading]
    assert pages[0].unread["key", digest].code == "registry.digest_mismatch"
    assert all(digest not in record.facts.get("keys", []) for record in pages[0].records)


async def test_an_identifier_with_elements_inside_is_nobodys(network: Network, converse: Converse) -> None:
    """What stands before the element would be another institution's name."""
    odd = network.catalogue().replace(b">nordby.example<", b">lund.example<x/>.nordby.example<")
    reading = EwpRegistry(await converse(Response(odd))).read(CATALOGUE)
    (page,) = [page async for page in reading]
    assert page.unread["institution", "lund.example"].code == "registry.shape_changed"
    assert ("institution", "lund.example") not in {(r.kind, r.id) for r in page.records}


@pytest.mark.parametrize("etag", [True, False])
async def test_unchanged_is_told_without_the_document(
    network: Network, converse: Converse, etag: bool
) -> None:
    ewp = EwpRegistry(await converse(create_app(network, etag=etag)))
    reading = ewp.read(CATALOGUE)
    assert [page async for page in reading]
    again = ewp.read(CATALOGUE, reading.verdict.validator)
    assert [page async for page in again] == []
    assert again.verdict.complete
    assert again.verdict.unchanged
    if etag:
        network.hosts[1].covers.remove(HARVALA)
        changed = ewp.read(CATALOGUE, reading.verdict.validator)
        assert [page async for page in changed]
        assert not changed.verdict.unchanged


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({"cache-control": "max-age=1"}, 60),
        ({"cache-control": "public, max-age=86400"}, 10_800),
        ({"cache-control": "MAX-AGE=1200, s-max-age=5"}, 1200),
        ({"cache-control": "no-store"}, 900),
        ({"cache-control": "max-age=soon", "expires": "Mon, 16 Nov 2026 09:20:00 GMT"}, 1200),
        ({"expires": "0"}, 60),
        ({"expires": "Mon, 16 Nov 2026 09:20:00 +99999999999999"}, 60),
        ({}, 900),
    ],
)
async def test_how_long_an_answer_is_fresh(
    network: Network, converse: Converse, header: dict[str, str], seconds: float
) -> None:
    reading = EwpRegistry(await converse(Response(network.catalogue(), headers=header))).read(CATALOGUE)
    assert [page async for page in reading]
    assert reading.verdict.fresh_until == TODAY + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<html><body>gateway", "registry.shape_changed"),
        ("<html/>", "registry.shape_changed"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "registry.shape_changed"),
        (
            '<catalogue xmlns="https://github.com/erasmus-without-paper/ewp-specs-api-registry/tree/stable-v1"/>',
            "registry.shape_changed",
        ),
        ("", "registry.shape_changed"),
        ('<?xml version="1.0" encoding="x-unknown"?><catalogue/>', "registry.shape_changed"),
        ("<a>" * 2_000_001, "registry.shape_changed"),
    ],
    ids=["html", "xhtml", "entities", "empty catalogue", "nothing", "unknown encoding", "too many tags"],
)
async def test_what_is_no_catalogue_says_nothing_of_anybody(converse: Converse, body: str, code: str) -> None:
    reading = EwpRegistry(await converse(PlainTextResponse(body))).read(CATALOGUE)
    assert [page async for page in reading] == []
    assert not reading.verdict.complete
    assert reading.verdict.doubt is not None
    assert reading.verdict.doubt.code == code


async def test_a_304_that_nobody_asked_for_is_no_answer(converse: Converse) -> None:
    reading = EwpRegistry(await converse(Response(status_code=304))).read(CATALOGUE)
    assert [page async for page in reading] == []
    assert not reading.verdict.complete


async def test_troubles_that_pass_are_waited_for(network: Network, converse: Converse) -> None:
    app, asked = create_app(network), 0

    async def flaky(scope: Any, receive: Any, send: Any) -> None:
        nonlocal asked
        asked += 1
        await (PlainTextResponse("later", 503) if asked == 1 else app)(scope, receive, send)

    assert await rows(EwpRegistry(await converse(flaky)))
    assert asked == 2


async def test_the_simulator_can_be_changed_and_says_what_it_cannot_do(network: Network) -> None:
    transport = httpx.ASGITransport(create_app(network, control=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://ewp.example") as http:
        done = await http.post("/_control/remove", json={"hei_id": HARVALA})
        assert done.status_code == 200
        assert HARVALA not in (await http.get("/catalogue-v1.xml")).text
        for action, given in (
            ("remove", []),
            ("remove", {}),
            ("cover", {"hei_id": "x"}),
            ("sing", {"hei_id": "x"}),
        ):
            assert (await http.post(f"/_control/{action}", json=given)).status_code == 422
