"""One transaction a batch, once each, in order of key; what cannot be processed parks and blocks nobody
else."""

import asyncio
from collections.abc import Callable, Sequence

import asyncpg
import pytest
from ledger.facts import Tape, event_id, issued

from mutua_contracts import decode, encode
from mutua_kernel.database import Connection, Pool
from mutua_kernel.events import Done, Event, Handler, Outcome
from mutua_kernel.process import Processor, StreamHalted
from mutua_kernel.reading import BEHIND

pytestmark = pytest.mark.servers


async def ledger_of(pool: Pool, key: str) -> list[int]:
    rows = await pool.fetch("select sequence from ledger_entry where key = $1 order by version", key)
    return [row["sequence"] for row in rows]


async def parked(pool: Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch("select key, reason from parked_event order by id")
    return [(row["key"], row["reason"]) for row in rows]


async def test_every_event_has_its_effect_and_its_facts_in_order(
    processor: Processor, pool: Pool, tape: Tape
) -> None:
    await processor.process([tape.fact(key, n) for n in (1, 2, 3) for key in ("a", "b")])
    assert await ledger_of(pool, "a") == [1, 2, 3]
    assert await ledger_of(pool, "b") == [1, 2, 3]
    rows = await pool.fetch("select key, payload from outbox order by position")
    assert [(row["key"], decode(row["payload"]).sequence) for row in rows] == [
        (key, n) for n in (1, 2, 3) for key in ("a", "b")
    ]


async def test_a_repeated_event_has_one_effect(processor: Processor, pool: Pool, tape: Tape) -> None:
    first = tape.fact("a", 1)
    await processor.process([first, tape.fact("a", 1)])
    await processor.process([first, tape.fact("a", 2)])
    assert await ledger_of(pool, "a") == [1, 2]
    assert await pool.fetchval("select count(*) from outbox") == 2


async def test_a_parked_event_holds_back_its_key_and_no_other(
    processor: Processor, pool: Pool, tape: Tape
) -> None:
    await processor.process(
        [tape.fact("a", 1), tape.fact("a", 2, "park"), tape.fact("a", 3), tape.fact("b", 1)]
    )
    await processor.process([tape.fact("a", 4), tape.fact("b", 2)])
    assert await ledger_of(pool, "a") == [1]
    assert await ledger_of(pool, "b") == [1, 2]
    assert await parked(pool) == [("a", "refused"), ("a", BEHIND), ("a", BEHIND)]


async def test_a_bug_in_the_handler_parks_its_event_only(
    processor: Processor, pool: Pool, tape: Tape
) -> None:
    batch = [tape.fact(f"k{n}", 1) for n in range(8)]
    batch.insert(5, tape.fact("bad", 1, "bug"))
    batch += [tape.fact("bad", 2), tape.fact("k1", 2)]
    await processor.process(batch)
    assert await parked(pool) == [("bad", "broken:RuntimeError"), ("bad", BEHIND)]
    assert await ledger_of(pool, "k1") == [1, 2]
    assert await pool.fetchval("select count(*) from ledger_entry") == 9


async def test_a_nul_character_parks_its_event_only(processor: Processor, pool: Pool, tape: Tape) -> None:
    await processor.process([tape.fact("a", 1), tape.fact("b", 1, note="nul"), tape.fact("c", 1)])
    assert await parked(pool) == [("b", "data:22021")]
    assert await ledger_of(pool, "a") == [1]
    assert await ledger_of(pool, "c") == [1]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff\xfe not text", "undecodable"),
        (b"[1, 2]", "malformed"),
        (b'{"type": "eu.mutua.credential.issued.v9"}', "unknown_version"),
        (b'{"type": "eu.mutua.weather.changed.v1"}', "unknown_type"),
        (b'{"type": "eu.mutua.weather.\\u0000\\ud800.v1"}', "malformed"),
        (b'{"type": "eu.mutua.credential.issued.v1"}', "malformed"),
        (b"{" + b" " * (600 * 1024), "too_large"),
    ],
)
async def test_bytes_that_are_no_event_park_with_a_reason(
    processor: Processor, pool: Pool, tape: Tape, value: bytes, reason: str
) -> None:
    await processor.process([tape.fact("a", 1), tape.record(value, b"odd"), tape.fact("a", 2)])
    assert await parked(pool) == [("odd", reason)]
    assert await ledger_of(pool, "a") == [1, 2]


async def test_without_a_trustworthy_key_an_event_parks_alone(
    processor: Processor, pool: Pool, tape: Tape
) -> None:
    fact = encode(issued("a", 1))
    await processor.process([tape.record(fact, None), tape.record(fact, b"other"), tape.fact("a", 2)])
    assert [reason for _, reason in await parked(pool)] == ["misplaced", "misplaced"]
    assert await ledger_of(pool, "a") == [2]


async def test_a_tombstone_is_no_error(processor: Processor, pool: Pool, tape: Tape) -> None:
    await processor.process([tape.record(None, b"a"), tape.record(b"", b"a"), tape.fact("a", 1)])
    assert await parked(pool) == []
    assert await ledger_of(pool, "a") == [1]


async def test_a_stream_that_fails_as_a_whole_halts_and_keeps_nothing(
    processor: Processor, pool: Pool, tape: Tape
) -> None:
    with pytest.raises(StreamHalted):
        await processor.process([tape.fact(f"k{n}", 1, "park" if n % 3 == 0 else None) for n in range(30)])
    assert await parked(pool) == []
    assert await pool.fetchval("select count(*) from ledger_entry") == 0
    assert processor.halted is not None


async def test_redrive_replays_a_key_in_order_until_none_is_left(
    processor: Processor, pool: Pool, tape: Tape
) -> None:
    await processor.process(
        [tape.fact("a", 1), tape.fact("a", 2, "park"), tape.fact("a", 3), tape.fact("b", 1, "bug")]
    )
    # The cause is mended: what is replayed is what was sent, the handler now takes it.
    mended = encode(issued("a", 2))
    await pool.execute("update parked_event set raw = $1 where event_id = $2", mended, event_id("a", 2))
    await pool.execute("update parked_key set redrive_at = now()")
    assert await processor.redrive(lambda _topic, _partition: False) == 0
    assert await processor.redrive(lambda _topic, _partition: True) == 2
    assert await ledger_of(pool, "a") == [1, 2, 3]
    assert await parked(pool) == [("b", "broken:RuntimeError")]
    assert await pool.fetchval("select attempts from parked_event") == 2
    assert await pool.fetchval("select redrive_at from parked_key") is None
    await processor.process([tape.fact("a", 4)])
    assert await ledger_of(pool, "a") == [1, 2, 3, 4]


async def test_the_number_of_statements_does_not_grow_with_the_batch(
    processor: Processor, pool: Pool, tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("fetch", "execute", "fetchrow", "fetchval"):
        original = getattr(asyncpg.Connection, name)

        def counted(
            self: object, query: str, *args: object, _original: object = original, **more: object
        ) -> object:
            asked.append(query)
            return _original(self, query, *args, **more)  # type: ignore[operator]

        monkeypatch.setattr(asyncpg.Connection, name, counted)
    counts: list[int] = []
    for size in (1, 200):
        asked.clear()
        await processor.process([tape.fact(f"s{size}-{n % 50}", 1 + n // 50) for n in range(size)])
        work = [
            q
            for q in asked
            if not q.upper().startswith(
                (
                    "BEGIN",
                    "COMMIT",
                    "SAVEPOINT",
                    "RELEASE",
                    "SELECT PG_ADVISORY",
                    "RESET",
                    "CLOSE",
                    "UNLISTEN",
                )
            )
        ]
        work = [q for q in work if "pg_advisory_unlock_all" not in q]
        counts.append(len(work))
    assert counts == [4, 4]


async def test_an_argument_that_cannot_be_encoded_is_data_and_parks(
    processor_of: Callable[[Handler], Processor], pool: Pool, tape: Tape
) -> None:
    async def half_a_pair(tx: Connection, events: Sequence[Event]) -> Sequence[Outcome]:
        await tx.execute("select $1::text", "\ud800" if events[0].key == "bad" else "fine")
        return [Done() for _ in events]

    async with asyncio.timeout(20):
        await processor_of(half_a_pair).process([tape.fact("bad", 1), tape.fact("good", 1)])
    assert [key for key, _ in await parked(pool)] == ["bad"]
