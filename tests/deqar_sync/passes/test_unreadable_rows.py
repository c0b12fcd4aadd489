"""Rows that fail, or that we do not understand, keep their last good copy and are named."""

from mutua_local.deqar import Simulator, actions
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Agency
from tests.deqar_sync.watched import Watched


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
