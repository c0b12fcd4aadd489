"""One reading after the other of any registry: what changed, two misses, the breaker, and what is open."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from starlette.responses import PlainTextResponse

from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.registries.conversation import Conversation
from mutua_deqar_sync.registries.deqar import DeqarRegistry
from mutua_deqar_sync.registries.ebsi import EbsiRegistry
from mutua_deqar_sync.registries.ewp import EwpRegistry
from mutua_deqar_sync.registries.port import CouldNotTell, Found, RegistryAdapter
from mutua_deqar_sync.registries.taking import Known, Memory, Taking, take
from mutua_deqar_sync.source import Source
from mutua_deqar_sync.transport import Manners, Transport
from mutua_local import deqar, ebsi, ewp

from .conftest import TODAY

Converse = Callable[..., Awaitable[Conversation]]
LISVIK, HARVALA = "did:ebsi:zLisvik", "did:ebsi:zHarvala"


def keys(taking: Taking) -> set[tuple[str, str]]:
    return {(record.kind, record.id) for record in taking.changed}


async def test_nothing_changed_is_nothing_told(converse: Converse) -> None:
    for app, kind in (
        (ebsi.create_app(ebsi.demo()), EbsiRegistry),
        (ewp.create_app(ewp.demo()), EwpRegistry),
    ):
        adapter: RegistryAdapter = kind(await converse(app))
        memory = Memory()
        first = await take(adapter, memory)
        assert first.complete
        assert len(first.changed) == len(memory.records) > 4
        second = await take(adapter, memory)
        assert (second.changed, second.gone, second.missed, second.doubts) == ([], [], [], [])


async def test_a_change_is_told_once(converse: Converse) -> None:
    registry = ebsi.demo()
    adapter, memory = EbsiRegistry(await converse(ebsi.create_app(registry))), Memory()
    await take(adapter, memory)
    registry.revoke(LISVIK, next(iter(registry.issuers[LISVIK])))
    assert keys(await take(adapter, memory)) == {("issuer", LISVIK)}
    assert keys(await take(adapter, memory)) == set()


async def test_gone_after_two_complete_readings(converse: Converse) -> None:
    registry = ebsi.demo()
    adapter, memory = EbsiRegistry(await converse(ebsi.create_app(registry))), Memory()
    await take(adapter, memory)
    del registry.issuers[HARVALA]
    once = await take(adapter, memory)
    assert (once.missed, once.gone) == ([("issuer", HARVALA)], [])
    twice = await take(adapter, memory)
    assert (twice.missed, twice.gone) == ([], [("issuer", HARVALA)])


async def test_a_catalogue_that_lost_a_row_is_asked_again_in_full(converse: Converse) -> None:
    """Without look-up a row must be missed twice; until then "unchanged" would prove nothing."""
    network = ewp.demo()
    adapter, memory = EwpRegistry(await converse(ewp.create_app(network))), Memory()
    await take(adapter, memory)
    assert memory.validators
    network.hosts[1].covers.remove("harvala.example")
    once = await take(adapter, memory)
    assert once.missed == [("institution", "harvala.example")]
    assert not memory.validators
    twice = await take(adapter, memory)
    assert twice.gone == [("institution", "harvala.example")]
    assert memory.validators


async def test_too_much_at_once_removes_nothing(converse: Converse) -> None:
    registry = ebsi.demo()
    for number in range(20):
        registry.enter(f"did:ebsi:zNumber{number:03d}")
    adapter, memory = EbsiRegistry(await converse(ebsi.create_app(registry))), Memory()
    await take(adapter, memory)
    before = dict(memory.records)
    for number in range(6):
        del registry.issuers[f"did:ebsi:zNumber{number:03d}"]
    for _ in range(3):
        found = await take(adapter, memory)
        assert [doubt.code for doubt in found.doubts] == ["registry.shrunk"]
        assert memory.records == before


async def test_a_catalogue_that_lost_too_much_is_not_unchanged(converse: Converse) -> None:
    """The breaker trips again and again, until a person has looked."""
    network = ewp.demo()
    for number in range(20):
        network.institutions[f"u{number:02d}.example"] = ({"en": f"University {number}"}, [])
    adapter, memory = EwpRegistry(await converse(ewp.create_app(network))), Memory()
    await take(adapter, memory)
    for number in range(8):
        del network.institutions[f"u{number:02d}.example"]
    for _ in range(2):
        assert [doubt.code for doubt in (await take(adapter, memory)).doubts] == ["registry.shrunk"]
    accepted = await take(adapter, memory, accept_loss=True)
    assert (accepted.complete, len(accepted.missed)) == (True, 8)
    assert len((await take(adapter, memory)).gone) == 8


async def test_what_is_fresh_is_not_asked_for_again(converse: Converse) -> None:
    app, asked = ewp.create_app(ewp.demo()), 0

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        nonlocal asked
        asked += 1
        await app(scope, receive, send)

    adapter, memory = EwpRegistry(await converse(counted)), Memory()
    for seconds, requests in ((0, 1), (899, 1), (900, 2)):
        assert (await take(adapter, memory, now=TODAY + timedelta(seconds=seconds))).complete
        assert asked == requests


async def test_a_partition_that_is_no_longer_listed(converse: Converse) -> None:
    """An agency that is gone takes its reports out of every list: they are looked up, not forgotten."""
    simulator = deqar.Simulator(token="t")
    simulator.seed("demo")
    conversation = await converse(deqar.create_app(simulator))
    source = Source(DeqarClient(Transport(conversation.http, "t", Manners(rate=0, attempts=2))))
    adapter, memory = DeqarRegistry(source), Memory()
    assert (await take(adapter, memory)).complete
    memory.records["report", "99999"] = Known("reports of agency 99", "x")
    assert (await take(adapter, memory)).missed == [("report", "99999")]
    assert (await take(adapter, memory)).gone == [("report", "99999")]
    for number in range(6):
        memory.records["report", f"9999{number}"] = Known("reports of agency 99", "x")
    assert [doubt.code for doubt in (await take(adapter, memory)).doubts] == ["registry.shrunk"]
    simulator.close()


async def test_an_issuer_that_cannot_be_read_stays_as_it_was(converse: Converse) -> None:
    app, broken = ebsi.create_app(ebsi.demo()), False

    async def sometimes(scope: Any, receive: Any, send: Any) -> None:
        if broken and scope["path"].endswith(LISVIK):
            await PlainTextResponse("<html>", 500)(scope, receive, send)
        else:
            await app(scope, receive, send)

    adapter, memory = EbsiRegistry(await converse(sometimes)), Memory()
    await take(adapter, memory)
    broken = True
    for _ in range(3):
        found = await take(adapter, memory)
        assert set(found.unread) == {("issuer", LISVIK)}
        assert (found.gone, found.missed, found.complete) == ([], [], True)
    assert ("issuer", LISVIK) in memory.records


async def test_a_registry_that_is_away_changes_nothing(converse: Converse) -> None:
    adapter, memory = EwpRegistry(await converse(PlainTextResponse("away", 503))), Memory()
    found = await take(adapter, memory)
    assert [doubt.code for doubt in found.doubts] == ["registry.unavailable"]
    assert memory == Memory()


async def test_deqar_fits_the_port(converse: Converse) -> None:
    simulator = deqar.Simulator(token="t")
    simulator.seed("demo")
    conversation = await converse(deqar.create_app(simulator))
    source = Source(DeqarClient(Transport(conversation.http, "t", Manners(rate=0, attempts=2))))
    adapter, memory = DeqarRegistry(source), Memory()
    first = await take(adapter, memory)
    assert first.complete, first.doubts
    assert {kind for kind, _ in memory.records} == {"country", "agency", "provider", "report"}
    assert adapter.capabilities.tells == {"quality", "identity"}
    assert keys(await take(adapter, memory)) == set()
    simulator.edit("report", 97101, {"flag": 3})
    assert keys(await take(adapter, memory)) == {("report", "97101")}
    simulator.delete("report", 97102)
    assert (await take(adapter, memory)).missed == [("report", "97102")]
    assert (await take(adapter, memory)).gone == [("report", "97102")]
    answer = await adapter.look_up("provider", "DEQARINST7103")
    assert isinstance(answer, Found)
    assert isinstance(await adapter.look_up("programme", "1"), CouldNotTell)
    assert isinstance(await adapter.history("report", "97101"), CouldNotTell)
    simulator.rotate_token()
    refused = await take(adapter, memory)
    assert [doubt.code for doubt in refused.doubts] == ["registry.token_refused"]
    simulator.close()
