"""What the service does: passes, increments, one crawler at a time, whatever registry and clocks do."""

from datetime import UTC, datetime, timedelta

import pytest

from mutua_deqar_sync.errors import Unavailable
from mutua_deqar_sync.store import ClaimLost, Store
from mutua_kernel.outbox import Sealer
from mutua_local.deqar import Simulator
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Provider, Report
from tests.deqar_sync.watched import Watched, rounds_of


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


async def test_a_crawler_whose_clock_jumped_does_not_hold_its_claim_for_ever(watched: Watched) -> None:
    watched.clock.at += timedelta(days=400)
    await watched.run()
    watched.clock.at -= timedelta(days=400)
    other = Store(watched.pool, Sealer("deqar_sync"), watched.clock, "two/only-life")
    assert await other.claim()


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
    named = {"id": 7109, "deqar_id": "DEQARINST7109", "eter_id": None}
    registry.add(registry.truth.get(Provider, 7101).model_copy(update=named))
    now = datetime(2026, 11, 17, tzinfo=UTC).replace(tzinfo=None)
    report = registry.truth.get(Report, 97101)
    added = {"id": 97109, "institutions": [7109], "created_at": now, "updated_at": now}
    registry.add(report.model_copy(update=added))
    await rounds_of(watched, registry).increment()
    assert await watched.changes() == [("97109", 1, False), ("DEQARINST7109", 1, False)]


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
