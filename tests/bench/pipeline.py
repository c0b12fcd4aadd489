"""The whole pipeline in one process against the bare statements of its effect on one connection.

Pipeline: records are consumed, the ledger's state, inbox and outbox are written, the relay publishes what
follows; the clock runs until the last fact is published. Bare: the same rows, prepared before, written by the
same number of set statements in one transaction a batch of 500, by one connection that does nothing else.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

import asyncpg
from ledger.handlers import effect, handle

from mutua_contracts import decode
from mutua_kernel.clock import SystemClock
from mutua_kernel.consume import Consumer, ConsumeSettings
from mutua_kernel.database import open_pool
from mutua_kernel.events import Event, Record
from mutua_kernel.outbox import INSERT, Outgoing, Sealer, columns
from mutua_kernel.process import Processor
from mutua_kernel.relay import Relay, RelaySettings, Wakeup
from tests.bench.events import Written
from tests.bench.relay import published
from tests.bench.report import Ratio, Report, Sample, alternate
from tests.bench.servers import Servers
from tests.bench.worker import BATCH, TOPIC, empty

BARE = "bare set statements on one connection"
PIPELINE = "kernel: consume, ledger, relay, until published"
RATIOS = (Ratio(PIPELINE, BARE, "whole pipeline / bare set statements on one connection", 0.5),)

LEDGER = """
insert into ledger (key, version) select k, n from unnest($1::text[], $2::int[]) as t (k, n) order by k
on conflict (key) do update set version = ledger.version + excluded.version returning key, version
"""
ENTRIES = """
insert into ledger_entry (key, version, sequence, event_id, note)
select * from unnest($1::text[], $2::int[], $3::int[], $4::uuid[], $5::text[])
"""
INBOX = """
insert into inbox (consumer, event_id) select 'bench', e from unnest($1::uuid[]) as e on conflict do nothing
"""


class Bare:
    """The rows of every batch, prepared, and the statements that write them."""

    def __init__(self, servers: Servers, written: Sequence[Written]) -> None:
        self._servers = servers
        self._count = len(written)
        sealer, now = Sealer("ledger"), SystemClock().now()
        self._batches = []
        for start in range(0, len(written), BATCH):
            events = [
                Event(Record(TOPIC, 0, 0, key.encode(), raw), key, decode(raw))
                for key, raw in written[start : start + BATCH]
            ]
            out = [sealer.seal(effect(event), at=now, traceparent=None) for event in events]
            self._batches.append((*self._rows(events), out))

    @staticmethod
    def _rows(events: Sequence[Event]) -> tuple[list[str], list[int], list[list[object]]]:
        taken = Counter(event.key for event in events)
        keys = sorted(taken)
        entries = [
            (e.key, e.envelope.sequence, e.envelope.sequence, e.envelope.id, e.envelope.data.credential)
            for e in events
        ]
        return keys, [taken[key] for key in keys], [list(column) for column in zip(*entries, strict=True)]

    async def measure(self) -> Sample:
        await empty(self._servers)
        connection = await asyncpg.connect(self._servers.worker_url)
        began, cpu = time.perf_counter(), time.process_time()
        for keys, numbers, entries, out in self._batches:
            await self._write(connection, keys, numbers, entries, out)
        sample = Sample(self._count, time.perf_counter() - began, time.process_time() - cpu)
        await connection.close()
        return sample

    @staticmethod
    async def _write(
        connection: asyncpg.Connection,
        keys: list[str],
        numbers: list[int],
        entries: list[list[object]],
        out: list[Outgoing],
    ) -> None:
        async with connection.transaction():
            await connection.fetch(LEDGER, keys, numbers)
            await connection.execute(ENTRIES, *entries)
            await connection.execute(INBOX, entries[3])
            await connection.execute(INSERT, *columns(out))


class Pipeline:
    """A worker's parts in this process: consumer, processor, relay."""

    def __init__(self, servers: Servers, count: int) -> None:
        self._servers = servers
        self._count = count
        self._runs = 0

    async def measure(self) -> Sample:
        await empty(self._servers)
        self._runs += 1
        wakeup = Wakeup()
        pool = await open_pool(self._servers.worker_url, name="bench", size=2)
        relay = Relay(self._servers.worker_url, self._relay_settings(), shard=0, wakeup=wakeup)
        running = asyncio.create_task(relay.run())
        while not relay.leading:
            await asyncio.sleep(0.01)
        processor = Processor(
            name="bench",
            pool=pool,
            handler=handle,
            sealer=Sealer("ledger"),
            clock=SystemClock(),
            on_commit=wakeup.set,
        )
        began: list[tuple[float, float]] = []

        async def timed(records: Sequence[Record]) -> None:
            began.append((time.perf_counter(), time.process_time()))
            await processor.process(records)

        consumer = Consumer(self._settings(), name="bench", topics=[TOPIC], process=timed)
        goal = published() + self._count
        await consumer.start()
        while published() < goal:
            await asyncio.sleep(0.002)
        (start, cpu), *_ = began
        sample = Sample(self._count, time.perf_counter() - start, time.process_time() - cpu)
        await consumer.stop()
        relay.stop()
        await running
        await pool.close()
        return sample

    def _settings(self) -> ConsumeSettings:
        place = self._servers
        group = f"pipeline{self._runs}"
        return ConsumeSettings(place.broker.bootstrap, place.namespace, group, "1", BATCH, 10_000, 5)

    def _relay_settings(self) -> RelaySettings:
        return RelaySettings(self._servers.broker.bootstrap, self._servers.namespace, "bench-relay")


async def run(servers: Servers, written: Sequence[Written], report: Report, alternations: int) -> None:
    """Measures both (the records are on the topic already) and adds what was found to `report`."""
    candidates = {
        BARE: Bare(servers, written).measure,
        PIPELINE: Pipeline(servers, len(written)).measure,
    }
    report.add(await alternate("pipeline", candidates, alternations), RATIOS)
