"""The mirror on a real database: passes, silent edits, removal, hiding, circuit-breaker, resumption."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mutua_contracts import decode
from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.errors import Unavailable
from mutua_deqar_sync.full_pass import FullPass, PassResult, Thoroughness
from mutua_deqar_sync.listing import Measures
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.rounds import Rhythm, Rounds
from mutua_deqar_sync.source import Source
from mutua_deqar_sync.store import ClaimLost, Store, accept_shrink
from mutua_kernel.database import Pool, open_pool
from mutua_kernel.outbox import Sealer
from mutua_local.deqar import Simulator, actions
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Agency, Country, Provider, Report
from mutua_local.roles import Database

from .conftest import TODAY, Patience, client_of, in_process


@dataclass
class HandClock:
    at: datetime = TODAY

    def now(self) -> datetime:
        return self.at


@dataclass
class Watched:
    """A mirror of the registry, and what it told the world."""

    pool: Pool
    client: DeqarClient
    store: Store
    clock: HandClock
    told: list[Any] = field(default_factory=list)

    async def run(self, *, refresh_after: timedelta = timedelta(0), refresh: int = 100) -> PassResult:
        self.clock.at += timedelta(hours=12)
        mirror = Mirror(Source(self.client), self.store, details_at_once=1000)
        return await FullPass(mirror, Thoroughness(refresh, refresh_after)).run()

    async def events(self) -> list[Any]:
        """Facts told since the last look, in order."""
        async with self.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch("select payload from outbox order by position")
            await connection.execute("delete from outbox")
        return [decode(row["payload"]) for row in rows]

    async def buried(self) -> list[str]:
        """Keys of the tombstones that wait to be published, in order."""
        async with self.pool.acquire() as connection:
            rows = await connection.fetch("select key from outbox where payload is null order by position")
        return [row["key"] for row in rows]

    async def changes(self) -> list[tuple[str, int, bool]]:
        """(id, revision, gone) of the rows told, without snapshots."""
        found = await self.events()
        return [(e.data.id, e.data.revision, e.data.gone) for e in found if hasattr(e.data, "revision")]


@pytest.fixture
def database(service_database: Callable[..., Database]) -> Database:
    return service_database("deqar_sync")


@pytest.fixture
async def watched(registry: Simulator, patience: Patience, database: Database) -> AsyncIterator[Watched]:
    pool = await open_pool(database.url("deqar_sync_worker"), name="mirror", size=3)
    clock = HandClock()
    store = Store(pool, Sealer("deqar_sync"), clock, "one/first-life")
    assert await store.claim()
    async with client_of(in_process(registry), patience) as client:
        yield Watched(pool, client, store, clock)
    await pool.close()


async def test_a_first_pass_tells_everything_and_then_that_it_is_complete(watched: Watched) -> None:
    assert await watched.run() == PassResult("complete", None, 0)
    events = await watched.events()
    kinds = [event.type.split(".")[3].removesuffix("_changed") for event in events]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "country": 7,
        "agency": 2,
        "provider": 8,
        "report": 8,
        "snapshot_completed": 1,
    }
    done = events[-1].data
    assert done.counts == {"country": 7, "agency": 2, "provider": 8, "report": 8}
    assert all(event.sequence == 1 for event in events)
    lisvik = next(e for e in events if e.partitionkey == "provider:DEQARINST7105")
    assert (lisvik.data.id, lisvik.tenant) == ("DEQARINST7105", "registry:deqar")
    assert lisvik.data.detailed_at is not None


async def test_an_idle_pass_tells_nothing_but_that_it_is_complete(watched: Watched) -> None:
    await watched.run()
    first = (await watched.events())[-1].data
    await watched.run()
    (again,) = await watched.events()
    assert again.data.digest == first.digest
    assert again.data.snapshot > first.snapshot


async def test_a_silent_edit_is_found_and_nothing_else(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    await watched.events()
    registry.edit("report", 97103, {"valid_to": "2027-03-14"})
    registry.edit("provider", 7104, {"closure_date": "2026-11-01"})
    registry.boot += 1
    await watched.run(refresh=0)
    assert sorted(await watched.changes()) == [("97103", 2, False), ("DEQARINST7104", 2, False)]


async def test_an_edit_that_never_reached_the_index_is_found_by_refreshing(
    watched: Watched, registry: Simulator
) -> None:
    await watched.run()
    await watched.events()
    registry.indexer.lost = 1.0
    registry.edit("report", 97103, {"decision": 3})
    await watched.run(refresh=0)
    assert await watched.changes() == []
    await watched.run()
    (event, _) = await watched.events()
    assert (event.data.id, event.data.revision, event.data.gone) == ("97103", 2, False)
    assert event.data.listed_at is not None  # though it was the detail that told


async def test_a_stale_row_does_not_undo_what_the_detail_said(watched: Watched, registry: Simulator) -> None:
    """List and detail contradict for ever: the detail wins, and nothing flaps."""
    await watched.run()
    registry.indexer.lost = 1.0
    registry.edit("report", 97103, {"decision": 3})
    await watched.run()
    await watched.events()
    await watched.run()
    await watched.run(refresh=0)
    assert await watched.changes() == []


async def test_a_renamed_agency_is_told_once_and_its_reports_are_not(
    watched: Watched, registry: Simulator
) -> None:
    await watched.run()
    await watched.events()
    agency = registry.truth.get(Agency, 71)
    version = agency.names[0].versions[0].model_copy(update={"acronym": "NEW"})
    names = [agency.names[0].model_copy(update={"versions": [version]}).model_dump()]
    registry.edit("agency", 71, {"acronym_primary": "NEW", "names": names})
    await watched.run()
    assert await watched.changes() == [("71", 2, False)]


async def test_a_deleted_report_goes_after_two_misses(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    await watched.events()
    registry.delete("report", 97103)
    await watched.run()
    assert await watched.changes() == []
    await watched.run()
    events = await watched.events()
    assert [(e.data.id, e.data.revision, e.data.gone) for e in events[:-1]] == [("97103", 2, True)]
    assert events[0].data.facts.providers == ("DEQARINST7103",)  # the last known facts
    assert events[-1].data.counts["report"] == 7
    await watched.run()
    assert await watched.changes() == []


async def test_a_dead_row_that_the_index_keeps_for_ever_goes_too(
    watched: Watched, registry: Simulator
) -> None:
    await watched.run()
    await watched.events()
    registry.indexer.lost = 1.0
    registry.delete("report", 97103)
    await watched.run(refresh=0)
    assert await watched.changes() == []
    registry.edit("report", 97101, {"summary": "nothing that counts"})
    for _ in range(3):
        await watched.run()
    assert await watched.changes() == [("97103", 2, True)]


async def test_a_report_that_comes_back_is_told_again(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    report = registry.truth.get(Report, 97103)
    registry.delete("report", 97103)
    await watched.run()
    registry.add(report)
    await watched.run()
    registry.delete("report", 97103)
    await watched.run()
    await watched.events()
    await watched.run()
    assert await watched.changes() == [("97103", 2, True)]
    registry.add(report)
    await watched.run()
    assert await watched.changes() == [("97103", 3, False)]


async def test_a_high_flag_withholds_and_does_not_remove(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    await watched.events()
    registry.edit("report", 97105, {"flag": 3})
    for _ in range(3):
        await watched.run()
    (event, *_) = await watched.events()
    assert (event.data.id, event.data.withheld, event.data.gone) == ("97105", True, False)
    assert event.data.facts.flag == "high"
    registry.edit("report", 97105, {"flag": 1})
    await watched.run()
    (event, _) = await watched.events()
    assert (event.data.revision, event.data.withheld, event.data.facts.flag) == (3, False, "none")


async def test_a_detail_that_fails_leaves_the_last_good_copy(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    await watched.events()
    actions.perform(registry, {"action": "break_report", "id": 97108})
    registry.index.delete("reports", 97108)  # and no list has it any more
    for _ in range(3):
        assert (await watched.run()).state == "complete"
    assert await watched.changes() == []


async def test_a_poisoned_row_is_stepped_over_and_found_by_elimination(
    watched: Watched, registry: Simulator
) -> None:
    await watched.run()
    spare = registry.truth.get(Agency, 71)
    registry.add(spare.model_copy(update={"id": 73, "deqar_id": 73}))
    registry.edit("report", 97102, {"contributing_agencies": [73], "valid_to": "2029-09-30"})
    registry.delete("agency", 73)
    await watched.events()
    result = await watched.run()
    assert (result.state, result.unreadable) == ("complete", 1)
    changes = await watched.changes()
    assert ("97102", 2, False) in changes
    assert not any(gone for *_, gone in changes)
    async with watched.pool.acquire() as connection:
        named = await connection.fetchval("select named from partition where name = 'reports:72'")
    assert named == ["97102"]


async def test_a_changed_shape_keeps_the_last_good_copy_and_is_named(
    watched: Watched, registry: Simulator
) -> None:
    await watched.run()
    await watched.events()
    registry.edit("report", 97103, {"valid_to": "2027-03-14"})
    drift = Fault(path="/reports/97103/", kind="patch", patch={"status": "something new"}, count=99)
    registry.faults.entries.append(drift)
    result = await watched.run()
    assert (result.state, result.unreadable) == ("complete", 1)
    assert await watched.changes() == []
    async with watched.pool.acquire() as connection:
        row = await connection.fetchrow("select * from unreadable")
    assert row is not None
    assert (row["kind"], row["id"], row["path"]) == ("report", "97103", "/status")
    registry.faults.clear()
    result = await watched.run()
    assert (result.unreadable, await watched.changes()) == (0, [("97103", 2, False)])


async def test_the_circuit_breaker(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    await watched.events()
    registry.delete("agency", 72)
    for _ in range(3):
        result = await watched.run()
        assert result.state == "tripped"
        assert result.reason == "agencies with reports have vanished: 72"
    assert await watched.events() == []
    async with watched.pool.acquire() as connection:
        await accept_shrink(connection)
    for _ in range(3):
        assert (await watched.run()).state == "complete"
    gone = {id for id, _, gone in await watched.changes() if gone}
    assert gone == {"72", "97102", "97103", "97104", "97108"}


async def test_a_moving_list_proves_nothing_and_removes_nothing(
    watched: Watched, registry: Simulator, patience: Patience
) -> None:
    await watched.run()
    await watched.events()
    for sweep in range(4):
        change = {"action": "flag", "id": 97101 + 4 * (sweep % 2), "level": "high" if sweep < 2 else "none"}
        fault = Fault(path="agency_id=71.*offset=0", kind="mutate", after=sweep + 1, actions=[change])
        registry.faults.entries.append(fault)
    async with client_of(in_process(registry), patience, measures=Measures(one_request=0, page=2)) as slow:
        moving = Watched(watched.pool, slow, watched.store, watched.clock)
        result = await moving.run()
    assert (result.state, result.reason) == ("incomplete", "not proven complete: reports:71")
    assert not any(event.type.endswith("snapshot_completed.v1") for event in await watched.events())
    registry.faults.clear()
    assert (await watched.run()).state == "complete"  # by reading what was in doubt again
    assert {query for query in registry.faults.served if "agency_id" in query} == {
        query for query in registry.faults.served if "agency_id=71" in query
    }


async def test_an_interrupted_pass_goes_on_where_it_stopped(watched: Watched, registry: Simulator) -> None:
    registry.faults.entries.append(Fault(path="agency_id=72", kind="bad_gateway", count=99))
    with pytest.raises(Unavailable):
        await watched.run()
    told = await watched.changes()
    assert {"DEQARINST7101", "97101"} <= {id for id, *_ in told}
    registry.faults.clear()
    async with watched.pool.acquire() as connection:
        before = await connection.fetchval("select id from pass")
    assert (await watched.run()).state == "complete"
    assert not any("agency_id=71" in path for path in registry.faults.served)
    rest = await watched.changes()
    assert not {id for id, *_ in told} & {id for id, *_ in rest}
    async with watched.pool.acquire() as connection:
        assert await connection.fetchval("select max(id) from pass") == before


async def test_a_breaker_that_tripped_reads_the_partition_again(
    watched: Watched, registry: Simulator
) -> None:
    """The index loses a partition for a while: nothing is removed, and all is well afterwards."""
    report = registry.truth.get(Report, 97101)
    for key in range(97201, 97210):
        registry.add(report.model_copy(update={"id": key}))
    await watched.run()
    await watched.events()
    for key in range(97201, 97210):
        registry.index.delete("reports", key)
    result = await watched.run()
    assert (result.state, result.reason) == ("tripped", "9 of 13 rows of reports:71 have vanished")
    registry.indexer.rebuild()
    assert (await watched.run()).state == "complete"
    assert await watched.changes() == []


async def test_a_row_that_no_event_can_hold_keeps_its_last_good_facts(
    watched: Watched, registry: Simulator
) -> None:
    await watched.run()
    await watched.events()
    names = [{"official": f"University {n:05d} {'x' * 40}"} for n in range(6000)]
    registry.edit("provider", 7104, {"names": names})
    registry.edit("provider", 7103, {"names": [{"official": "with \x00 in it"}]})
    registry.edit("provider", 7102, {"closure_date": "2026-11-01"})
    result = await watched.run()
    assert (result.state, result.unreadable) == ("complete", 2)
    assert await watched.changes() == [("DEQARINST7102", 2, False)]


async def test_what_was_known_on_a_day(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    learned = watched.clock.at
    registry.edit("report", 97103, {"decision": 2})
    await watched.run()
    query = """select facts ->> 'decision' from mirror_history where kind = 'report' and id = '97103'
        and recorded_at <= $1 order by revision desc limit 1"""
    async with watched.pool.acquire() as connection:
        known = [await connection.fetchval(query, day) for day in (learned, watched.clock.at)]
    assert known == ["positive", "conditional"]


async def test_countries_outside_the_ehea_come_with_their_providers(
    watched: Watched, registry: Simulator
) -> None:
    registry.add(Country(id=300, alpha2="CL", alpha3="CHL", name_english="Chile"))
    registry.edit("provider", 7103, {"locations": [{"country": 300, "city": "Corvelo"}]})
    await watched.run()
    events = await watched.events()
    codes = {event.data.facts.code for event in events if event.partitionkey.startswith("country:")}
    assert "CL" in codes


async def test_one_crawler_at_a_time(watched: Watched) -> None:
    other = Store(watched.pool, Sealer("deqar_sync"), watched.clock, "two/only-life")
    assert not await other.claim()
    watched.clock.at += timedelta(minutes=21)
    assert await other.claim()  # the first has been silent for too long
    with pytest.raises(ClaimLost):
        await watched.run()
    restarted = Store(watched.pool, Sealer("deqar_sync"), watched.clock, "two/second-life")
    assert await restarted.claim()  # the same instance, started again
    with pytest.raises(ClaimLost):
        async with other.transaction():
            pass


def rounds_of(watched: Watched, registry: Simulator) -> Rounds:
    mirror = Mirror(Source(watched.client), watched.store, details_at_once=1000)
    full = FullPass(mirror, Thoroughness(0, timedelta(0)))
    rhythm = Rhythm(full=3600, increment=60, retry=10)
    return Rounds(full, mirror, watched.pool, watched.clock, rhythm, lambda: registry.token)


async def test_increments_follow_the_days_of_update(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    await watched.events()
    now = datetime(2026, 11, 17, tzinfo=UTC).replace(tzinfo=None)
    registry.edit("report", 97101, {"decision": 2, "updated_at": now})
    registry.edit("report", 97103, {"decision": 2})  # silent: not for an increment
    rounds = rounds_of(watched, registry)
    await rounds.increment()
    assert await watched.changes() == [("97101", 2, False)]
    await rounds.increment()
    assert await watched.changes() == []


async def test_an_increment_brings_the_provider_that_a_new_report_names(
    watched: Watched, registry: Simulator
) -> None:
    await watched.run()
    await watched.events()
    provider = registry.truth.get(Provider, 7101).model_copy(update={"id": 7109, "eter_id": None})
    registry.add(provider)
    now = datetime(2026, 11, 17, tzinfo=UTC).replace(tzinfo=None)
    report = registry.truth.get(Report, 97101)
    added = {"id": 97109, "institutions": [7109], "created_at": now, "updated_at": now}
    registry.add(report.model_copy(update=added))
    await rounds_of(watched, registry).increment()
    assert await watched.changes() == [("97109", 1, False), ("DEQARINST7109", 1, False)]


async def test_rounds_survive_what_the_registry_does(watched: Watched, registry: Simulator) -> None:
    rounds = rounds_of(watched, registry)
    registry.rotate_token()
    assert await rounds.step() == 10
    assert "registry.token_refused" in str(await rounds.ready())
    assert await rounds.step() == 60  # the token was read anew
    assert await rounds.ready() is None
    assert await rounds.step() == 60
    registry.faults.entries.append(Fault(kind="bad_gateway", count=99))
    assert await rounds.step() == 10
    assert await rounds.ready() is None  # the last good mirror stands


async def test_the_topic_forgets_a_key_seven_days_after_it_was_told_gone(
    watched: Watched, registry: Simulator
) -> None:
    await watched.run()
    registry.delete("report", 97103)
    await watched.run()
    await watched.run()
    rounds = rounds_of(watched, registry)
    await watched.events()
    watched.clock.at += timedelta(days=6, hours=23)
    await rounds.bury()
    assert await watched.buried() == []
    watched.clock.at += timedelta(hours=2)
    await rounds.bury()
    await rounds.bury()
    assert await watched.buried() == ["report:97103"]


async def test_a_row_that_comes_back_in_time_is_not_buried(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    report = registry.truth.get(Report, 97103)
    registry.delete("report", 97103)
    await watched.run()
    await watched.run()
    registry.add(report)
    await watched.run()
    watched.clock.at += timedelta(days=8)
    await rounds_of(watched, registry).bury()
    assert await watched.buried() == []


async def test_a_day_in_the_future_hides_no_later_change(watched: Watched, registry: Simulator) -> None:
    """The registry's clock jumped once: increments go on by the days that can be."""
    await watched.run()
    await watched.events()
    registry.edit("report", 97101, {"decision": 2, "updated_at": "2099-01-01T00:00:00"})
    rounds = rounds_of(watched, registry)
    await rounds.increment()
    assert await watched.changes() == [("97101", 2, False)]
    registry.edit("report", 97103, {"decision": 2, "updated_at": "2026-11-17T00:00:00"})
    await rounds.increment()
    assert await watched.changes() == [("97103", 2, False)]


async def test_a_crawler_whose_clock_jumped_does_not_hold_its_claim_for_ever(watched: Watched) -> None:
    watched.clock.at += timedelta(days=400)
    await watched.run()
    watched.clock.at -= timedelta(days=400)
    other = Store(watched.pool, Sealer("deqar_sync"), watched.clock, "two/only-life")
    assert await other.claim()
