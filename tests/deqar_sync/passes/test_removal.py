"""When rows go, when they do not, and when the topic forgets them."""

from datetime import timedelta

from mutua_deqar_sync.listing import Measures
from mutua_deqar_sync.store import accept_shrink
from mutua_local.deqar import Simulator
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Report
from tests.deqar_sync.conftest import client_of, in_process
from tests.deqar_sync.patience import Patience
from tests.deqar_sync.watched import Watched, rounds_of


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


async def test_a_breaker_that_tripped_reads_the_partition_again(
    watched: Watched, registry: Simulator
) -> None:
    """A partition is deleted and restored: nothing is removed, and all is well afterwards."""
    report = registry.truth.get(Report, 97101)
    for key in range(97201, 97210):
        registry.add(report.model_copy(update={"id": key}))
    await watched.run()
    await watched.events()
    restored = [registry.truth.get(Report, key) for key in range(97201, 97210)]
    for each in restored:
        registry.delete("report", each.id)
    result = await watched.run()
    assert (result.state, result.reason) == ("tripped", "at least 9 of 13 rows of reports:71 have vanished")
    for each in restored:
        registry.add(each)
    assert (await watched.run()).state == "complete"
    assert await watched.changes() == []


async def test_an_index_that_loses_a_partition_is_no_loss(watched: Watched, registry: Simulator) -> None:
    report = registry.truth.get(Report, 97101)
    for key in range(97201, 97210):
        registry.add(report.model_copy(update={"id": key}))
    await watched.run()
    await watched.events()
    for key in range(97201, 97210):
        registry.index.delete("reports", key)
    for _ in range(3):
        assert (await watched.run()).state == "complete"
    assert await watched.changes() == []


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
