"""Two processes that believe they own the same partition: a frozen one thaws after its partitions were given
away. Whatever they do at once, an event has one effect, in order."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from ledger.facts import Tape
from ledger.handlers import handle

from mutua_kernel.database import Connection, Pool
from mutua_kernel.events import Event, Handler, Outcome, Record
from mutua_kernel.process import Processor

pytestmark = pytest.mark.servers


async def effects(pool: Pool) -> dict[str, list[int]]:
    rows = await pool.fetch("select key, sequence from ledger_entry order by key, version")
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row["key"], []).append(row["sequence"])
    return found


async def test_what_two_processes_handle_at_once_has_one_effect(
    processor_of: Callable[[Handler], Processor], pool: Pool, tape: Tape
) -> None:
    """Both have looked the events up, as neither has finished, before either one's handler runs."""
    both = asyncio.Barrier(2)
    calls = 0

    async def together(tx: Connection, events: Sequence[Event]) -> Sequence[Outcome]:
        nonlocal calls
        calls += 1
        if calls <= 2:
            await both.wait()
        return await handle(tx, events)

    one, other = processor_of(together), processor_of(together)
    batch = [tape.fact(key, n) for n in (1, 2) for key in ("a", "b")]
    more = [tape.fact(key, 3) for key in ("a", "b")]
    await asyncio.gather(one.process(batch), other.process([*batch, *more]))
    assert await effects(pool) == {"a": [1, 2, 3], "b": [1, 2, 3]}
    assert await pool.fetchval("select count(*) from outbox") == 6
    assert await pool.fetchval("select count(*) from parked_event") == 0


async def test_two_processes_on_the_same_events_all_the_time_double_and_reorder_nothing(
    processor_of: Callable[[Handler], Processor], pool: Pool, tape: Tape
) -> None:
    keys = ("a", "b", "c")
    bad = ("c", 5)
    facts = [tape.fact(key, n, "park" if (key, n) == bad else None) for n in range(1, 41) for key in keys]

    async def consume(size: int) -> None:
        """Every batch overlaps the one before, as after a rebalance."""
        rival = processor_of(handle)
        for start in range(0, len(facts), size):
            await rival.process(_from(facts, start, size))

    await asyncio.gather(consume(7), consume(11))
    whole = list(range(1, 41))
    assert await effects(pool) == {"a": whole, "b": whole, "c": [1, 2, 3, 4]}
    parked = await pool.fetch('select key, reason from parked_event order by "offset"')
    assert [row["reason"] for row in parked] == ["refused"] + ["behind"] * 35
    assert await pool.fetchval("select count(distinct event_id) from outbox") == 84
    assert await pool.fetchval("select count(*) from outbox") == 84


def _from(facts: Sequence[Record], start: int, size: int) -> Sequence[Record]:
    return facts[max(start - 5, 0) : start + size]
