"""Runs that end in the middle, killed or without their database, and clocks that jump meanwhile: the next run
is complete.
"""

import asyncio
import signal
import sys
from datetime import datetime, timedelta

import asyncpg
import pytest

from mutua_kernel.clock import SystemClock
from mutua_local.deqar import Simulator
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Provider, Report
from mutua_local.roles import Database
from tests.deqar_sync.alone import Alone
from tests.deqar_sync.conftest import TOKEN, served
from tests.deqar_sync.truth import assert_mirrors

_RUN = """
import asyncio, sys
from mutua_deqar_sync.alone.sync import Wish, sync
from mutua_deqar_sync.progress import Unwatched
from mutua_deqar_sync.transport import Manners
asyncio.run(sync(sys.argv[1], Wish(sys.argv[2], sys.argv[3], manners=Manners(rate=0)), Unwatched()))
"""


class Jumping(SystemClock):
    """Right at first; after a while it is off by so many hours."""

    def __init__(self, hours: int) -> None:
        self._asked = 0
        self._off = timedelta(hours=hours)

    def now(self) -> datetime:
        self._asked += 1
        return super().now() + (self._off if self._asked > 40 else timedelta(0))


async def killed(mirror: Alone, address: str, path: str) -> None:
    """A run of its own process, killed while it waits for an answer from there."""
    held = Fault(path=path, kind="slow", seconds=1, count=1)
    mirror.registry.faults.entries.append(held)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _RUN, mirror.database, address, TOKEN, stderr=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(60):
        while held.count and process.returncode is None:
            await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    mirror.registry.faults.clear()
    assert held.count == 0


@pytest.mark.parametrize(
    "phase",
    ["/agencies/", "/providers/\\?", "agency_id=2", "flag=high", "/reports/5/", "/reports/40/"],
    ids=["agencies", "providers", "reports", "withheld", "missing", "beyond"],
)
async def test_a_run_that_was_killed_loses_nothing(mirror: Alone, registry: Simulator, phase: str) -> None:
    await mirror.sync()
    registry.edit("report", registry.truth.ids(Report)[0], {"decision": 3})
    registry.edit("report", registry.truth.ids(Report)[1], {"flag": 3})
    registry.edit("provider", registry.truth.ids(Provider)[0], {"founding_date": "1901-02-03"})
    registry.delete("report", 5)
    async with served(registry) as address:
        await killed(mirror, address, phase)
    registry.delete("report", 7)
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_an_interrupted_run_of_the_future_is_not_gone_on_with(
    mirror: Alone, registry: Simulator
) -> None:
    """The clock went back after it: what it had read would be taken for fresh."""
    registry.faults.entries.append(Fault(path="flag=high", kind="bad_gateway", count=1000))
    assert (await mirror.sync()).exit_code == 4
    registry.faults.clear()
    await mirror.execute(
        "update pass set started_at = started_at + interval '2 days' where state = 'running'"
    )
    for report in registry.truth.ids(Report)[:9]:
        registry.edit("report", report, {"decision": 3})
    registry.delete("report", registry.truth.ids(Report)[9])
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


@pytest.mark.parametrize("hours", [48, -48])
async def test_a_clock_that_jumps_in_the_middle(
    mirror: Alone, registry: Simulator, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    await mirror.sync()
    clock = Jumping(hours)
    monkeypatch.setattr("mutua_deqar_sync.alone.sync.SystemClock", lambda: clock)
    first, second, third, *_ = registry.truth.ids(Report)
    registry.edit("report", first, {"decision": 3})
    registry.edit("report", second, {"flag": 3})
    registry.delete("report", third)
    for _ in range(2):
        assert (await mirror.sync()).exit_code == 0
        assert_mirrors(await mirror.dump(), registry)
    monkeypatch.setattr("mutua_deqar_sync.alone.sync.SystemClock", SystemClock)  # right again
    registry.indexer.lost = 1.0
    registry.edit("report", first, {"decision": 2})
    registry.delete("report", second)
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_a_database_that_goes_away_is_named(
    mirror: Alone, registry: Simulator, database: Database
) -> None:
    await mirror.sync()
    registry.edit("report", registry.truth.ids(Report)[0], {"decision": 3})
    server = await asyncpg.connect(database.server)
    held = Fault(path="agency_id=2", kind="slow", seconds=6, count=1)
    registry.faults.entries.append(held)
    run = asyncio.create_task(mirror.sync())
    async with asyncio.timeout(60):
        while held.count:
            await asyncio.sleep(0.01)
    await server.execute(
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database.name}'"
    )
    await server.execute(f"alter database {database.name} rename to {database.name}_away")
    outcome = await run
    await server.execute(f"alter database {database.name}_away rename to {database.name}")
    await server.close()
    assert (outcome.exit_code, outcome.code) == (4, "registry.store_lost")
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)
