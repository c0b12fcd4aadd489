"""A service's worker process: its streams, its relay and its background jobs, started and stopped together.

Composition roots call `run_worker`; everything that a process of any service does alike is here.
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from mutua_kernel import health, metrics, telemetry
from mutua_kernel.clock import Clock, SystemClock
from mutua_kernel.consume import Consumer, ConsumeSettings
from mutua_kernel.database import Pool, is_infrastructure, load_queries, open_pool
from mutua_kernel.events import Handler
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor
from mutua_kernel.relay import Relay, RelaySettings, Wakeup
from mutua_kernel.server import HttpServer, stop_signal
from mutua_kernel.settings import ServiceSettings

SQL = load_queries("mutua_kernel")

STUCK_SECONDS = 60
"""A batch or a relay without progress for so long makes the process unready."""
INBOX_DAYS = 100
"""Effects are remembered for longer than any topic is kept (90 days)."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of events: topics that one handler reads in one consumer group called `name`."""

    name: str
    topics: tuple[str, ...]
    handler: Handler


@dataclass(frozen=True, slots=True)
class Job:
    """Background work: `step` does one round and answers the seconds to wait before the next one."""

    name: str
    step: Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a composition root gets to build its streams and jobs with."""

    pool: Pool
    clock: Clock
    sealer: Sealer
    wakeup: Wakeup
    health: health.Health


Compose = Callable[[Parts], Awaitable[tuple[Sequence[Stream], Sequence[Job]]]]


async def run_worker(
    settings: ServiceSettings, service: str, compose: Compose, *, relay: bool = True
) -> None:
    """Runs a worker until it is asked to stop: consumes, relays, does its jobs, answers /livez, /readyz,
    /metrics."""
    configure_telemetry(settings, f"{service}-worker")
    asked = stop_signal(within=settings.stop_seconds)
    url = settings.database_url.get_secret_value()
    async with AsyncExitStack() as stack:
        pool = await open_pool(url, name=f"{service}-worker", size=settings.pool_size)
        stack.push_async_callback(pool.close)
        parts = Parts(
            pool, SystemClock(), Sealer(service, shards=settings.relay_shards), Wakeup(), health.Health()
        )
        streams, jobs = await compose(parts)
        worker = _Worker(settings, service, parts, relay=relay)
        worker.add(streams, jobs)
        server = HttpServer(
            health.application(parts.health), host=settings.http_host, port=settings.http_port
        )
        await server.start()
        stack.push_async_callback(server.stop)
        try:
            await worker.run(asked)
        finally:
            await worker.stop()


def configure_telemetry(settings: ServiceSettings, name: str) -> None:
    """Logs and traces of this process as its settings say."""
    telemetry.configure(
        name,
        settings.instance,
        level=settings.log_level,
        log_file=settings.log_file,
        otlp_endpoint=settings.otlp_endpoint,
    )


class _Worker:
    def __init__(self, settings: ServiceSettings, service: str, parts: Parts, *, relay: bool) -> None:
        self._settings = settings
        self._service = service
        self._parts = parts
        self._consumers: list[tuple[Consumer, Processor]] = []
        self._jobs: list[Job] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._log = telemetry.logger("worker")
        relay_settings = RelaySettings(settings.kafka_bootstrap, settings.namespace, f"mutua-{service}-relay")
        url = settings.database_url.get_secret_value()
        shards = range(settings.relay_shards) if relay else ()
        self._relays = [Relay(url, relay_settings, shard=shard, wakeup=parts.wakeup) for shard in shards]
        self._database_seen = time.monotonic()

    def add(self, streams: Sequence[Stream], jobs: Sequence[Job]) -> None:
        parts = self._parts
        for stream in streams:
            processor = Processor(
                name=stream.name,
                pool=parts.pool,
                handler=stream.handler,
                sealer=parts.sealer,
                clock=parts.clock,
                on_commit=parts.wakeup.set,
            )
            consumer = Consumer(
                ConsumeSettings(
                    bootstrap=self._settings.kafka_bootstrap,
                    namespace=self._settings.namespace,
                    service=self._service,
                    instance=self._settings.instance,
                    batch=self._settings.batch_size,
                    session_timeout_ms=self._settings.session_timeout_ms,
                    stop_seconds=self._settings.stop_seconds * 0.6,
                ),
                name=stream.name,
                topics=stream.topics,
                process=processor.process,
            )
            self._consumers.append((consumer, processor))
            self._jobs.append(Job(f"redrive.{stream.name}", _redriving(consumer, processor)))
        self._jobs += [*jobs, Job("observe", self._observe), Job("prune", self._prune)]
        self._watch()

    def _watch(self) -> None:
        checks = self._parts.health
        checks.live["parts"] = self._parts_alive
        checks.ready["parts"] = self._parts_alive
        checks.ready["database"] = self._database_answers
        for consumer, processor in self._consumers:
            checks.ready[f"stream.{consumer.name}"] = _progress(consumer, processor)
        for number, relay in enumerate(self._relays):
            checks.ready[f"relay.{number}"] = _relay_progress(relay)

    async def run(self, asked: asyncio.Event) -> None:
        self._tasks = [asyncio.create_task(self._relaying(relay), name="relay") for relay in self._relays]
        self._tasks += [asyncio.create_task(self._forever(job), name=job.name) for job in self._jobs]
        for consumer, _ in self._consumers:
            await consumer.start()
        # What is there now stays: the collector need not look at it again with every batch.
        gc.collect()
        gc.freeze()
        self._log.info("worker started", streams=[consumer.name for consumer, _ in self._consumers])
        await asked.wait()
        self._log.info("worker asked to stop")

    async def stop(self) -> None:
        """Streams first, then the jobs, then the relays after the batch in flight; what is left in the outbox
        waits for the next leader."""
        await asyncio.gather(*(consumer.stop() for consumer, _ in self._consumers))
        jobs = [task for task in self._tasks if task.get_name() != "relay"]
        for task in jobs:
            task.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        for relay in self._relays:
            relay.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _relaying(self, relay: Relay) -> None:
        """A relay that ends by a bug says so in the log and in /livez."""
        try:
            await relay.run()
        except Exception as error:
            self._log.critical("relay broke", exc_info=error)
            raise

    async def _forever(self, job: Job) -> None:
        """Steps of a job for ever; broken infrastructure is waited for, a bug ends the job and shows in
        /livez."""
        pause = 0.5
        while True:
            try:
                wait = await job.step()
                pause = 0.5
            except Exception as error:
                if not is_infrastructure(error):
                    self._log.critical("job broke", job=job.name, exc_info=error)
                    raise
                self._log.warning("job waits for infrastructure", job=job.name, cause=type(error).__name__)
                wait, pause = pause, min(pause * 2, 10.0)
            await asyncio.sleep(wait)

    async def _parts_alive(self) -> str | None:
        dead = [task.get_name() for task in self._tasks if task.done()]
        return f"found {', '.join(dead)} ended, expected them to run: restart the process" if dead else None

    async def _database_answers(self) -> str | None:
        silent = time.monotonic() - self._database_seen
        return f"found no answer for {silent:.0f} s, expected one every 5 s" if silent > 20 else None

    async def _observe(self) -> float:
        """Samples what must be read from the database: ages and parked rows."""
        async with self._parts.pool.acquire() as connection:
            state = await connection.fetchrow(SQL["outbox_state"])
            parked = await connection.fetch(SQL["park_counts"])
        self._database_seen = time.monotonic()
        if state is not None:
            metrics.OUTBOX_AGE.set(state["oldest"])
            metrics.OUTBOX_ROWS.set(state["rows"])
            metrics.OUTBOX_BLOCKED.set(state["blocked"])
        metrics.PARKED.clear()
        for row in parked:
            metrics.PARKED.labels(row["consumer"], row["reason"]).set(row["n"])
        return 5.0

    async def _prune(self) -> float:
        async with self._parts.pool.acquire() as connection:
            await connection.execute(SQL["prune"], INBOX_DAYS)
        return 3600.0


def _redriving(consumer: Consumer, processor: Processor) -> Callable[[], Awaitable[float]]:
    async def step() -> float:
        await processor.redrive(consumer.owns)
        return 0.5

    return step


def _progress(consumer: Consumer, processor: Processor) -> health.Check:
    async def check() -> str | None:
        halted = processor.halted or consumer.halted
        if halted is not None:
            return f"found it halted: {halted}; mend the cause, then restart the process"
        if processor.retrying is not None:
            return f"found {processor.retrying}, expected the database to answer; it is tried again"
        if consumer.client is None:
            return "found no consumer, expected one that has joined its group"
        if not consumer.assignment():
            return "found no partition assigned, expected at least one (or another instance has them all)"
        if consumer.busy_since is not None and time.monotonic() - consumer.busy_since > STUCK_SECONDS:
            return f"found a batch that is not finished after {STUCK_SECONDS} s"
        if time.monotonic() - consumer.finished_at > STUCK_SECONDS and await consumer.lag() > 0:
            return f"found events waiting and no batch finished for {STUCK_SECONDS} s"
        return None

    return check


def _relay_progress(relay: Relay) -> health.Check:
    async def check() -> str | None:
        silent = time.monotonic() - relay.progressed_at
        return f"found no progress for {silent:.0f} s, expected some every second" if silent > 30 else None

    return check
