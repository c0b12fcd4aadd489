"""Complete passes: what proves one, what does not, and how pages that fail are read around."""

from datetime import date
from typing import Any

import httpx
import pytest

from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.errors import ShapeChanged, TokenRefused, Unavailable
from mutua_deqar_sync.listing import Measures, Reading, UnreadableRow
from mutua_local.deqar import Simulator
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Agency

from .conftest import Patience, client_of, in_process

REPORTS = r"/browse/reports/\?"
ALL = frozenset(range(97101, 97109))
PAGED = Measures(one_request=0, page=2)


async def read(reading: Reading) -> dict[int, Any]:
    """The rows as last seen."""
    return {key: row async for page in reading for key, row in page.rows}


def small_pages(registry: Simulator, patience: Patience, measures: Measures = PAGED) -> DeqarClient:
    return client_of(in_process(registry), patience, measures=measures)


async def test_a_small_partition_comes_in_one_request(client: DeqarClient) -> None:
    reading = client.reports(71)
    rows = await read(reading)
    assert rows.keys() == {97101, 97105, 97106, 97107} == reading.verdict.ids
    assert (reading.verdict.proof, reading.verdict.complete) == ("one_request", True)
    assert client.transport.traffic.requests == 2


async def test_a_large_one_is_read_until_two_sweeps_agree(registry: Simulator, patience: Patience) -> None:
    async with small_pages(registry, patience) as client:
        reading = client.reports()
        assert (await read(reading)).keys() == ALL
    assert reading.verdict.proof == "same_ids_twice"
    assert reading.verdict.ids == ALL
    assert client.transport.traffic.requests == 1 + 2 * 4


async def test_equal_counts_prove_nothing(registry: Simulator, patience: Patience) -> None:
    """A row goes and a row moves between two pages: unique ids hold, a live row is missed at first."""
    added: dict[str, Any] = {
        "action": "edit",
        "kind": "report",
        "id": 97108,
        "set": {"created_at": "2019-01-01T12:00:00"},
    }
    gone = {"action": "delete", "kind": "report", "id": 97106}
    registry.faults.entries.append(Fault(path=REPORTS, kind="mutate", after=2, actions=[gone, added]))
    async with small_pages(registry, patience) as client:
        reading = client.reports()
        rows = await read(reading)
    assert reading.verdict.ids == ALL - {97106}
    assert rows.keys() == ALL  # the dead row was seen; the verdict knows better
    assert client.transport.traffic.requests > 9


async def test_a_list_that_never_rests_is_not_complete(registry: Simulator, patience: Patience) -> None:
    for sweep in range(4):
        action = {"action": "flag", "id": 97101 + sweep, "level": "high"}
        registry.faults.entries.append(
            Fault(path="offset=0", kind="mutate", after=sweep + 1, actions=[action])
        )
    async with small_pages(registry, patience) as client:
        reading = client.reports()
        await read(reading)
    assert (reading.verdict.complete, reading.verdict.doubt) == (False, "moving")


async def test_a_capped_list_is_not_complete(
    registry: Simulator, client: DeqarClient, patience: Patience
) -> None:
    registry.index.caps["reports"] = 5
    reading = client.reports()
    await read(reading)
    assert (reading.verdict.complete, reading.verdict.doubt, len(reading.verdict.ids)) == (False, "capped", 5)


@pytest.mark.parametrize("position", range(8))
async def test_a_row_that_cannot_be_read_is_stepped_over_and_named(
    registry: Simulator, patience: Patience, position: int
) -> None:
    async with small_pages(registry, patience, Measures(page=4)) as client:
        order = list(await read(client.reports()))
        _poison(registry, order[position])
        reading = client.reports()
        rows = await read(reading)
    assert rows.keys() == ALL - {order[position]}
    assert reading.verdict.complete
    assert reading.verdict.unreadable == (UnreadableRow(position, 500),)
    assert reading.verdict.count == 8


async def test_many_rows_may_name_an_agency_that_is_gone(registry: Simulator, patience: Patience) -> None:
    """Half of a list is read around; more than that is a list that fails."""
    measures = Measures(page=8, most_unreadable=1)
    _poison(registry, *range(97101, 97105))
    async with small_pages(registry, patience, measures) as client:
        reading = client.reports()
        assert (await read(reading)).keys() == set(range(97105, 97109))
        assert len(reading.verdict.unreadable) == 4
        _poison(registry, 97105)
        with pytest.raises(Unavailable):
            await read(client.reports())


async def test_a_page_that_is_too_large_is_made_smaller(registry: Simulator, patience: Patience) -> None:
    registry.faults.entries.append(Fault(path=REPORTS, kind="gateway_timeout", count=99, min_limit=4))
    async with small_pages(registry, patience, Measures(page=8)) as client:
        reading = client.reports()
        assert (await read(reading)).keys() == ALL
    assert reading.verdict.unreadable == ()
    assert reading.verdict.complete


async def test_a_registry_that_is_down_is_not_full_of_unreadable_rows(
    registry: Simulator, patience: Patience
) -> None:
    registry.faults.entries.append(Fault(path=REPORTS, kind="html_500", count=999, after=3))
    async with small_pages(registry, patience) as client:
        reading = client.reports()
        with pytest.raises(Unavailable):
            await read(reading)
    with pytest.raises(RuntimeError):
        _ = reading.verdict


async def test_a_token_that_is_revoked_in_the_middle(registry: Simulator, patience: Patience) -> None:
    registry.faults.entries.append(Fault(path=REPORTS, kind="forbidden", count=99, after=3))
    async with small_pages(registry, patience) as client:
        with pytest.raises(TokenRefused):
            await read(client.reports())


async def test_a_list_that_counts_more_than_it_has_ends(patience: Patience) -> None:
    """Counts that lie must not keep us for ever."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"count": 1_000_000, "next": True, "results": []})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://registry.example")
    async with client_of(http, patience) as client:
        reading = client.reports()
        assert await read(reading) == {}
        assert (reading.verdict.complete, reading.verdict.doubt) == (False, "moving")
        assert client.transport.traffic.requests < 10


@pytest.mark.parametrize("count", [-1, 10**9, 2**70])
async def test_a_count_that_cannot_be_is_a_changed_shape(patience: Patience, count: int) -> None:
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"count": count, "results": []})),
        base_url="http://registry.example",
    )
    async with client_of(http, patience) as client:
        with pytest.raises(ShapeChanged, match="/count"):
            await read(client.reports())


@pytest.mark.parametrize("count", [0, 3])
async def test_a_framework_list_has_as_many_rows_as_it_counts(patience: Patience, count: int) -> None:
    page = {"count": count, "next": None, "previous": None, "results": [{"id": 1}]}
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json=page)),
        base_url="http://registry.example",
    )
    async with client_of(http, patience) as client:
        with pytest.raises(Unavailable):
            await client.agencies()


async def test_one_answer_does_not_say_two_things_of_one_row(patience: Patience) -> None:
    rows = [{"id": 1, "name_primary": "A"}, {"id": 1, "name_primary": "B"}]
    page = {"count": 2, "next": None, "results": rows}
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json=page)),
        base_url="http://registry.example",
    )
    async with client_of(http, patience) as client:
        for reading in (client.agencies(), read(client.providers())):
            with pytest.raises(ShapeChanged, match="the id 1 on rows that differ at /results"):
                await reading
        rows[1] = rows[0]  # the same row twice says nothing wrong, and proves nothing
        with pytest.raises(Unavailable):
            await client.agencies()


async def test_a_framework_list_without_an_end_ends(patience: Patience) -> None:
    page = {"count": 1, "next": "http://registry.example/next", "previous": None, "results": [{"id": 1}]}
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json=page)),
        base_url="http://registry.example",
    )
    async with client_of(http, patience) as client:
        assert (await client.agencies()).keys() == {1}


async def test_unknown_agencies_have_an_empty_partition(client: DeqarClient) -> None:
    """So an empty partition says nothing until the agency itself was asked for."""
    reading = client.reports(424242)
    assert await read(reading) == {}
    assert reading.verdict.complete


async def test_reports_with_a_high_flag_are_a_list_of_their_own(
    client: DeqarClient, registry: Simulator
) -> None:
    registry.edit("report", 97105, {"flag": 3})
    assert (await read(client.reports())).keys() == ALL - {97105}
    assert (await read(client.reports(flag="high level"))).keys() == {97105}


async def test_providers_without_reports_are_listed(client: DeqarClient, registry: Simulator) -> None:
    registry.delete("report", 97107)
    reading = client.providers()
    assert (await read(reading)).keys() == set(range(7101, 7109))
    assert reading.verdict.proof == "one_request"


async def test_changes_since_a_day(registry: Simulator, patience: Patience) -> None:
    async with small_pages(registry, patience) as client:
        _poison(registry, 97107)
        pages = [page async for page in client.changed_reports(date(2023, 4, 3))]
        requests = client.transport.traffic.requests
    assert [key for page in pages for key, _ in page.rows] == [97108, 97103]
    assert requests < 12


async def test_a_small_registry_reads_the_same_in_both_ways(
    small_registry: Simulator, patience: Patience
) -> None:
    async with small_pages(small_registry, patience, Measures(one_request=0, page=256)) as client:
        paged = client.reports()
        await read(paged)
    async with client_of(in_process(small_registry), patience) as client:
        whole = client.reports()
        await read(whole)
    assert paged.verdict.complete
    assert paged.verdict.ids == whole.verdict.ids
    assert len(whole.verdict.ids) > 2900


async def test_agencies_registered_or_not(client: DeqarClient, registry: Simulator) -> None:
    registry.edit("agency", 72, {"is_registered": False})
    assert (await client.agencies()).keys() == {71, 72}
    assert (await client.activity_first_days())[7101] == date(2010, 3, 1)
    assert len(await client.countries()) == 7


def test_pages_are_powers_of_two() -> None:
    with pytest.raises(ValueError, match="power of two"):
        Measures(page=500)


def _poison(registry: Simulator, *reports: int) -> None:
    """Make the reports' rows name an agency that no longer exists."""
    spare = registry.truth.get(Agency, 71)
    registry.add(spare.model_copy(update={"id": 73, "deqar_id": 73, "acronym_primary": "SPARE"}))
    for report in reports:
        registry.edit("report", report, {"contributing_agencies": [73]})
    registry.delete("agency", 73)
