"""What one run comes to when nothing stands in its way: the registry's database row by row, how it ends, what
it says of details that it did not read, and that one run at a time is enough.
"""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from mutua_deqar_sync.alone.sync import Wish
from mutua_deqar_sync.transport import Manners
from mutua_deqar_sync.views.status import Unread
from mutua_local.deqar import Simulator
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Provider, Report
from tests.deqar_sync.alone import Alone
from tests.deqar_sync.truth import assert_mirrors


async def test_the_mirror_is_the_registry(mirror: Alone, registry: Simulator) -> None:
    outcome = await mirror.sync()
    assert (outcome.state, outcome.exit_code) == ("complete", 0)
    assert outcome.unread == Unread(0, None)
    assert_mirrors(await mirror.dump(), registry)


async def test_an_idle_run_changes_nothing(mirror: Alone) -> None:
    await mirror.sync()
    before = await mirror.dump()
    await mirror.sync(full=True)
    after = await mirror.dump()
    assert {k: (r["revision"], r["facts"]) for k, r in before.items()} == {
        k: (r["revision"], r["facts"]) for k, r in after.items()
    }


async def test_older_shapes(mirror: Alone, registry: Simulator) -> None:
    registry.legacy = True
    outcome = await mirror.sync()
    assert outcome.exit_code in (0, 3)
    assert sum(kind == "report" for kind, _ in await mirror.dump()) == len(registry.truth.ids(Report))


async def test_a_retry_after_is_obeyed(mirror: Alone, registry: Simulator) -> None:
    registry.faults.entries.append(Fault(kind="too_many", count=2, seconds=30))
    outcome = await mirror.sync()
    assert outcome.exit_code == 0
    assert outcome.traffic is not None
    assert outcome.traffic.paused >= 60


async def test_one_run_at_a_time(mirror: Alone, registry: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    await mirror.sync()
    monkeypatch.setattr("mutua_deqar_sync.alone.store._LOCK_PATIENCE", 0.0)
    registry.faults.entries.append(Fault(kind="slow", seconds=2))
    first = asyncio.create_task(mirror.sync())
    async with asyncio.timeout(20):
        while registry.faults.entries[0].count:
            await asyncio.sleep(0.01)
    assert (await mirror.sync()).state == "busy"
    assert (await first).exit_code == 0


async def test_a_run_leaves_the_claim_to_others(mirror: Alone) -> None:
    """A service on the same database need not wait until this run has been silent for long."""
    await mirror.sync()
    connection = await asyncpg.connect(mirror.database)
    owner = await connection.fetchval("select owner from deqar_sync.crawler")
    await connection.close()
    assert owner is None


@pytest.mark.parametrize(
    ("rate", "full", "details"),
    [(2.0, False, 3600), (0.5, False, 900), (100.0, False, 20_000), (0.0, False, 20_000), (2.0, True, None)],
)
def test_the_rate_says_how_many_details_are_read(rate: float, full: bool, details: int | None) -> None:
    assert Wish("https://registry.example", None, full=full, manners=Manners(rate=rate)).details == details


async def test_every_detail_is_read_once_however_few_are_read_again(
    mirror: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first run of a large registry: most details are read after the lists."""
    monkeypatch.setattr("mutua_deqar_sync.alone.sync.AT_ONCE", 8)
    monkeypatch.setattr("mutua_deqar_sync.alone.sync.MOST_DETAILS", 0)
    assert (await mirror.sync()).unread == Unread(0, None)
    assert all(row["detailed_at"] for row in (await mirror.dump()).values())


async def test_a_run_tells_which_details_it_did_not_read_again(
    mirror: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = datetime.now(UTC)
    await mirror.sync()
    monkeypatch.setattr("mutua_deqar_sync.alone.sync.MOST_DETAILS", 10)
    unread = (await mirror.sync()).unread
    assert unread is not None
    assert unread.rows >= 22
    assert unread.oldest is not None
    assert began <= unread.oldest <= datetime.now(UTC)
    assert (await mirror.sync(full=True)).unread == Unread(0, None)


async def test_old_details_have_their_turn(
    mirror: Alone, registry: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edits that no list shows: a few details a run find them all in the end."""
    await mirror.sync()
    monkeypatch.setattr("mutua_deqar_sync.alone.sync.MOST_DETAILS", 20)
    registry.indexer.lost = 1.0
    for report in registry.truth.ids(Report):
        registry.edit("report", report, {"decision": 3})
    for provider in registry.truth.ids(Provider):
        registry.edit("provider", provider, {"founding_date": "1901-02-03"})
    for _ in range(4):  # 42 details, 20 a run, and countries have theirs read first
        assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_a_clock_that_was_wrong_for_a_while_keeps_no_detail_from_its_turn(
    mirror: Alone, registry: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await mirror.sync()
    await mirror.execute("update mirror set detailed_at = '2999-01-01' where kind = 'report'")
    registry.indexer.lost = 1.0
    monkeypatch.setattr("mutua_deqar_sync.alone.sync.MOST_DETAILS", 40)
    for report in registry.truth.ids(Report):
        registry.edit("report", report, {"decision": 3})
    for _ in range(2):
        assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)
