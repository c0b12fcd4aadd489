"""Consuming: the kernel against a bare aiokafka loop over the same records of the same topic.

Bare: `getmany(500)`, pydantic's validation of each value, one offset commit a batch; nothing else happens to
an event. The kernel does that and, each in a candidate of its own, what a service is for: a handler without
effects in its transaction, and the ledger (one read, two writes, one fact out for each event in).
The clock runs from the first batch that was fetched to the end of the last one, so that joining a group is
not measured.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from ledger.handlers import handle

from mutua_contracts import Envelope, topic_name
from mutua_contracts.credential import CredentialIssued
from mutua_kernel.clock import SystemClock
from mutua_kernel.consume import Consumer, ConsumeSettings
from mutua_kernel.database import Connection, Pool, open_pool
from mutua_kernel.events import Event, Outcome, Record, Skip
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor
from mutua_kernel.reading import read
from tests.bench.events import Written
from tests.bench.report import Measure, Ratio, Report, Sample, alternate
from tests.bench.servers import Servers

BATCH = 500
TOPIC = "mutua.credential"
Process = Callable[[Sequence[Record]], Awaitable[None]]

BARE = "bare getmany(500) + pydantic"
VALIDATE = "kernel: consume + validate"
PROCESS = "kernel: consume + process, handler without effects"
LEDGER = "kernel: consume + process, ledger (state, inbox, outbox)"

RATIOS = (
    Ratio(VALIDATE, BARE, "worker that validates / bare getmany(500) + pydantic", 0.9),
    Ratio(PROCESS, BARE, "worker with inbox and an empty handler / the same"),
    Ratio(LEDGER, BARE, "worker with the ledger: every effect durable / the same"),
)


class Stopwatch:
    """Times the handling of `count` records, from the first batch on."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._seen = 0
        self._began = 0.0
        self._cpu = 0.0
        self.sample: Sample | None = None

    def begin(self) -> None:
        if not self._seen:
            self._began, self._cpu = time.perf_counter(), time.process_time()

    def end(self, handled: int) -> None:
        self._seen += handled
        if self._seen >= self._count and self.sample is None:
            cpu = time.process_time() - self._cpu
            self.sample = Sample(self._seen, time.perf_counter() - self._began, cpu)


async def publish(servers: Servers, written: Sequence[Written]) -> None:
    """Puts the records on the topic, once for all candidates."""
    producer = AIOKafkaProducer(bootstrap_servers=servers.broker.bootstrap, linger_ms=5)
    await producer.start()
    topic = topic_name(servers.namespace, TOPIC)
    for start in range(0, len(written), BATCH):
        for sent in [
            await producer.send(topic, raw, key.encode()) for key, raw in written[start : start + BATCH]
        ]:
            await sent
    await producer.stop()


async def bare(servers: Servers, count: int, group: str) -> Sample:
    """What one would write by hand where nothing had to be kept."""
    validate = Envelope[CredentialIssued].model_validate_json
    consumer = AIOKafkaConsumer(
        topic_name(servers.namespace, TOPIC),
        bootstrap_servers=servers.broker.bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    watch = Stopwatch(count)
    try:
        while watch.sample is None:
            found = await consumer.getmany(timeout_ms=200, max_records=BATCH)
            if not found:
                continue
            watch.begin()
            values = [validate(record.value, strict=True) for part in found.values() for record in part]
            await consumer.commit()
            watch.end(len(values))
    finally:
        await consumer.stop()
    return watch.sample


async def kernel(servers: Servers, count: int, group: str, process: Process) -> Sample:
    """The kernel's consumer with `process` behind it."""
    watch, done = Stopwatch(count), asyncio.Event()

    async def timed(records: Sequence[Record]) -> None:
        watch.begin()
        await process(records)
        watch.end(len(records))
        if watch.sample is not None:
            done.set()

    settings = ConsumeSettings(servers.broker.bootstrap, servers.namespace, group, "1", BATCH, 10_000, 5)
    consumer = Consumer(settings, name="bench", topics=[TOPIC], process=timed)
    await consumer.start()
    try:
        await done.wait()
    finally:
        await consumer.stop()
    assert watch.sample is not None
    return watch.sample


async def validate_only(records: Sequence[Record]) -> None:
    """The kernel's reading of records, and nothing after it."""
    for record in records:
        assert isinstance(read(record), Event)


async def without_effects(_tx: Connection, events: Sequence[Event]) -> Sequence[Outcome]:
    """A handler whose events need no effect here."""
    return [Skip("measured") for _ in events]


async def empty(servers: Servers) -> None:
    """The ledger's tables as new."""
    owner = await asyncpg.connect(servers.owner_url)
    await owner.execute("truncate ledger, ledger_entry, inbox, outbox, parked_key, parked_event")
    await owner.close()


def processor(pool: Pool, handler: Callable[..., Awaitable[Sequence[Outcome]]]) -> Processor:
    """The kernel's processor as a worker makes it."""
    return Processor(
        name="bench",
        pool=pool,
        handler=handler,
        sealer=Sealer("ledger"),
        clock=SystemClock(),
        on_commit=lambda: None,
    )


async def run(servers: Servers, written: Sequence[Written], report: Report, alternations: int) -> None:
    """Measures all candidates and adds what was found to `report`."""
    await publish(servers, written)
    pool = await open_pool(servers.worker_url, name="bench", size=2)
    numbers = iter(range(1_000_000))
    count = len(written)

    def of_kernel(process: Process) -> Measure:
        async def measure() -> Sample:
            await empty(servers)
            return await kernel(servers, count, f"bench{next(numbers)}", process)

        return measure

    async def of_bare() -> Sample:
        return await bare(servers, count, f"{servers.namespace}.bare{next(numbers)}")

    candidates = {
        BARE: of_bare,
        VALIDATE: of_kernel(validate_only),
        PROCESS: of_kernel(processor(pool, without_effects).process),
        LEDGER: of_kernel(processor(pool, handle).process),
    }
    report.add(await alternate("worker", candidates, alternations), RATIOS)
    await pool.close()
