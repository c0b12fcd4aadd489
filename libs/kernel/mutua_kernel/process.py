"""From records to effects: one transaction a batch, a fixed number of statements, outcomes as values.

A data error parks its key and never stops its neighbours: the culprit is found by bisection. Broken
infrastructure is retried in place. Where more than a fifth of a batch fails for one cause, the cause is
ours: the stream halts.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from mutua_contracts import InvalidEvent, decode
from mutua_kernel import metrics, telemetry
from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection, Pool, is_infrastructure, load_queries, sqlstate
from mutua_kernel.events import Done, Event, Handler, Outcome, Park, Record, Skip
from mutua_kernel.outbox import Outgoing, Sealer, columns

SQL = load_queries("mutua_kernel")

BEHIND = "behind"
"""Reason of an event that is parked only because an earlier one of its key is."""

HALT_SHARE = 0.2
HALT_FROM = 20
"""A stream halts when more than HALT_SHARE of a batch of at least HALT_FROM events fails for one cause."""


class StreamHalted(Exception):
    """Too much of a batch failed for one cause: nothing of it was kept, and an operator must look."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A record on its way to the park."""

    record: Record
    key: str
    event_id: UUID | None
    reason: str
    detail: str


@dataclass(slots=True)
class _Result:
    done: list[UUID] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def read(record: Record) -> Event | Parked | Skip:
    """The event in `record`, or what becomes of it: a tombstone is skipped, anything else that is no event
    parks."""
    key = _key_of(record)
    if record.value is None or record.value == b"":
        return Skip("tombstone")
    try:
        envelope = decode(record.value)
    except InvalidEvent as error:
        # Without a key nothing can wait behind it: it parks alone, under its own place on the topic.
        alone = f"undecodable:{record.partition}:{record.offset}"
        return Parked(record, key if key is not None else alone, None, error.code, str(error))
    if key is None or key != envelope.partitionkey:
        alone = f"misplaced:{record.partition}:{record.offset}"
        detail = "misplaced: found a record key that is not the event's partitionkey, expected the same"
        return Parked(record, alone, envelope.id, "misplaced", detail)
    return Event(record, key, envelope)


def _key_of(record: Record) -> str | None:
    try:
        key = (record.key or b"").decode()
    except UnicodeDecodeError:
        return None
    return key if key and "\x00" not in key else None


class Processor:
    """Processes the batches of one stream, one at a time, and re-drives its parked keys in between."""

    def __init__(
        self,
        *,
        name: str,
        pool: Pool,
        handler: Handler,
        sealer: Sealer,
        clock: Clock,
        on_commit: Callable[[], None],
    ) -> None:
        self.name = name
        self.halted: str | None = None
        self.retrying: str | None = None
        self._pool = pool
        self._handler = handler
        self._sealer = sealer
        self._clock = clock
        self._on_commit = on_commit
        self._lane = asyncio.Lock()
        self._log = telemetry.logger(f"stream.{name}")

    async def process(self, records: Sequence[Record]) -> None:
        """Makes everything in `records` durable: effects, facts to publish, parked rows; then returns.

        Raises `StreamHalted` where too much failed for one cause; nothing of the failing part is then kept.
        """
        async with self._lane:
            started = time.perf_counter()
            read_items = [read(record) for record in records]
            traces = (item.envelope.traceparent for item in read_items if isinstance(item, Event))
            with telemetry.batch_span(
                f"process {self.name}", traces, attributes={"mutua.events": len(records)}
            ):
                await self._settle([item for item in read_items if not isinstance(item, Skip)])
            self._measure(records, time.perf_counter() - started)

    def _measure(self, records: Sequence[Record], seconds: float) -> None:
        metrics.BATCH_SIZE.labels(self.name).observe(len(records))
        metrics.BATCH_SECONDS.labels(self.name).observe(seconds)
        newest = max((record.timestamp for record in records if record.timestamp), default=None)
        if newest is not None:
            lag = (self._clock.now() - newest).total_seconds()
            metrics.LAG_SECONDS.labels(self.name).set(max(lag, 0.0))

    async def _settle(self, items: Sequence[Event | Parked]) -> None:
        """Processes `items` in order, by halves where the whole fails, down to the culprit, which parks."""
        failures: list[Parked] = [item for item in items if isinstance(item, Parked)]
        self._halt_if_ours(failures, len(items))
        queue: list[tuple[list[Event | Parked], int]] = [(list(items), len(items))]
        while queue:
            part, total = queue.pop()
            try:
                result = await self._retrying(part, total)
            except StreamHalted:
                raise
            except Exception as error:  # noqa: BLE001 (data error or bug: whichever it is, its culprit is searched)
                self._halt_if_unfit(error)
                if len(part) > 1:
                    middle = len(part) // 2
                    queue += [(part[middle:], total), (part[:middle], total)]
                    continue
                culprit = self._culprit(part[0], error)
                failures.append(culprit)
                self._halt_if_ours(failures, len(items))
                result = await self._retrying([culprit], total)
            failures += [one for one in result.parked if one.reason != BEHIND and one not in failures]

    def _culprit(self, item: Event | Parked, error: Exception) -> Parked:
        if isinstance(item, Parked):  # already on its way to the park: the database refuses the row itself
            raise error
        self._log.error("event cannot be processed", reason=_reason_of(error), exc_info=error)
        detail = f"{_reason_of(error)}: the handler could not apply this event; see the service's log"
        return Parked(item.record, item.key, item.envelope.id, _reason_of(error), detail)

    def _halt_if_ours(self, failures: Sequence[Parked], total: int) -> None:
        if total < HALT_FROM or not failures:
            return
        reason, count = Counter(one.reason for one in failures).most_common(1)[0]
        if count > total * HALT_SHARE:
            self._halt(f"{count} of {total} events failed with {reason}")

    def _halt_if_unfit(self, error: Exception) -> None:
        """A statement that does not fit the schema or the role's rights fails for every event alike."""
        if isinstance(error, asyncpg.PostgresError) and sqlstate(error).startswith("42"):
            self._halt(f"a statement does not fit the database's schema or rights ({sqlstate(error)})")

    def _halt(self, cause: str) -> None:
        self.halted = cause
        metrics.HALTED.labels(self.name).set(1)
        raise StreamHalted(cause)

    async def _retrying(self, part: Sequence[Event | Parked], total: int) -> _Result:
        """One transaction for `part`; tried again with growing pauses for as long as infrastructure is
        broken."""
        pause = 0.1
        while True:
            try:
                result = await self._transaction(part, total)
            except Exception as error:
                if not is_infrastructure(error):
                    raise
                self.retrying = type(error).__name__
                metrics.RETRIES.labels(self.name).inc()
                self._log.warning(
                    "infrastructure is broken, trying again", cause=self.retrying, pause=round(pause, 2)
                )
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
                pause = min(pause * 2, 10.0)
                continue
            self.retrying = None
            return result

    async def _transaction(self, part: Sequence[Event | Parked], total: int) -> _Result:
        async with self._pool.acquire() as connection, connection.transaction():
            known, waiting = await self._lookup(connection, part)
            result = await self._handle(connection, part, known, waiting)
            fresh = [one for one in result.parked if one.reason != BEHIND]
            self._halt_if_ours(fresh, total)
            await self._finish(connection, result)
        self._count(result)
        if result.sent:
            self._on_commit()
        return result

    async def _lookup(
        self, tx: Connection, part: Sequence[Event | Parked]
    ) -> tuple[set[str], set[tuple[str, str]]]:
        ids = [item.envelope.id for item in part if isinstance(item, Event)]
        topics = [item.record.topic for item in part]
        keys = [item.key for item in part]
        rows = await tx.fetch(SQL["lookup"], self.name, ids, topics, keys)
        known = {row["a"] for row in rows if row["what"] == "done"}
        return known, {(row["a"], row["b"]) for row in rows if row["what"] == "parked"}

    async def _handle(
        self, tx: Connection, part: Sequence[Event | Parked], known: set[str], waiting: set[tuple[str, str]]
    ) -> _Result:
        """Runs the handler on what is fresh. Where it parks an event, later ones of the key must not have had
        their effect: the handler is then run again without them, from the state before."""
        barred: dict[tuple[str, str], Parked | None] = dict.fromkeys(waiting)
        while True:
            result, fresh = self._sort(part, known, barred)
            if not fresh:
                return result
            attempt = tx.transaction()
            await attempt.start()
            try:
                outcomes = await self._handler(tx, fresh)
            except BaseException:
                await attempt.rollback()
                raise
            if len(outcomes) != len(fresh):
                await attempt.rollback()
                raise RuntimeError(f"the handler gave {len(outcomes)} outcomes for {len(fresh)} events")
            newly = self._newly_barred(fresh, outcomes)
            if newly:
                await attempt.rollback()
                barred |= newly
                continue
            await attempt.commit()
            for event, outcome in zip(fresh, outcomes, strict=True):
                self._take(event, outcome, result)
            return result

    def _sort(
        self,
        part: Sequence[Event | Parked],
        known: set[str],
        barred: dict[tuple[str, str], Parked | None],
    ) -> tuple[_Result, list[Event]]:
        """Tells what is fresh from repeats and from what waits. `barred` keys wait, from their culprit on."""
        result, fresh = _Result(), []
        seen = set(known)
        closed = {place for place, culprit in barred.items() if culprit is None}
        for item in part:
            place = (item.record.topic, item.key)
            event_id = item.envelope.id if isinstance(item, Event) else item.event_id
            if isinstance(item, Event) and str(event_id) in seen:
                result.skipped["repeated"] += 1
                continue
            culprit = barred.get(place)
            if place in closed:
                parked = item if isinstance(item, Parked) else _behind(item)
                result.parked.append(parked)
            elif isinstance(item, Parked):
                result.parked.append(item)
                closed.add(place)
            elif culprit is not None and culprit.record is item.record:
                result.parked.append(culprit)
                closed.add(place)
            else:
                fresh.append(item)
            seen.add(str(event_id))
        return result, fresh

    @staticmethod
    def _newly_barred(
        fresh: Sequence[Event], outcomes: Sequence[Outcome]
    ) -> dict[tuple[str, str], Parked | None]:
        newly: dict[tuple[str, str], Parked | None] = {}
        for event, outcome in zip(fresh, outcomes, strict=True):
            place = (event.record.topic, event.key)
            if isinstance(outcome, Park) and place not in newly:
                newly[place] = Parked(
                    event.record, event.key, event.envelope.id, outcome.reason, outcome.detail
                )
        return newly

    def _take(self, event: Event, outcome: Outcome, result: _Result) -> None:
        result.done.append(event.envelope.id)
        if isinstance(outcome, Skip):
            result.skipped[outcome.reason] += 1
        elif isinstance(outcome, Done):
            traceparent = telemetry.child_traceparent(event.envelope.traceparent)
            at = self._clock.now()
            result.sent += [self._sealer.seal(emit, at=at, traceparent=traceparent) for emit in outcome.emit]

    async def _finish(self, tx: Connection, result: _Result) -> None:
        """Keeps what became of the events. Raises SerializationError, which is tried again, where another
        process has done one of them since they were looked up: a frozen one that lost its partitions, say."""
        if not (result.done or result.parked):
            return
        parked = result.parked
        first = await tx.fetchval(
            SQL["finish"],
            self.name,
            result.done,
            *columns(result.sent),
            [one.record.topic for one in parked],
            [one.key for one in parked],
            [one.record.partition for one in parked],
            [one.record.offset for one in parked],
            [one.event_id for one in parked],
            [one.reason for one in parked],
            [_storable(one.detail) for one in parked],
            [one.record.value for one in parked],
        )
        if first != len(result.done):
            raise asyncpg.SerializationError("another process has done a part of this batch")

    def _count(self, result: _Result) -> None:
        count = metrics.OUTCOMES.labels
        count(self.name, "done").inc(len(result.done))
        count(self.name, "parked").inc(len(result.parked))
        for reason, number in result.skipped.items():
            count(self.name, f"skipped:{reason}").inc(number)

    async def redrive(self, owns: Callable[[str, int], bool]) -> int:
        """Replays, in order, the keys that an operator asked for and that this process owns; counts events
        done.

        The same handler sees the same bytes. It stops at the first event of a key that fails again.
        """
        async with self._pool.acquire() as connection:
            asked = await connection.fetch(SQL["keys_to_redrive"], self.name)
        done = 0
        for row in asked:
            if not owns(row["topic"], row["partition"]):
                continue
            async with self._lane:
                while await self._redrive_next(row["topic"], row["key"]):
                    done += 1
        return done

    async def _redrive_next(self, topic: str, key: str) -> bool:
        """Replays the oldest parked event of a key; False when there is none left or it failed again."""
        async with self._pool.acquire() as connection, connection.transaction():
            wanted = await connection.fetchval(SQL["lock_parked_key"], self.name, topic, key)
            if not wanted:
                return False
            row = await connection.fetchrow(SQL["next_parked"], self.name, topic, key)
            if row is None:
                await connection.execute(SQL["free_key"], self.name, topic, key)
                return False
            record = Record(
                topic, row["partition"], row["position"], key.encode(), row["raw"], row["parked_at"]
            )
            failure = await self._replay(connection, read(record))
            if failure is None:
                await connection.execute(SQL["release_parked"], row["id"])
            else:
                again = (self.name, topic, key, row["id"], failure.reason, failure.detail)
                await connection.execute(SQL["failed_again"], *again)
        if failure is None:
            self._on_commit()
        return failure is None

    async def _replay(self, tx: Connection, item: Event | Parked | Skip) -> Parked | None:
        """The effect of one parked event, or why it parks again."""
        if isinstance(item, Skip):
            return None
        if isinstance(item, Parked):
            return item
        try:
            async with tx.transaction():
                known, _ = await self._lookup(tx, [item])
                result = await self._handle(tx, [item], known, set())
                if result.parked:
                    return result.parked[0]
                await self._finish(tx, result)
        except Exception as error:
            if is_infrastructure(error):
                raise
            return self._culprit(item, error)
        self._count(result)
        return None


def _behind(event: Event) -> Parked:
    detail = "behind: found earlier parked events of this key, expected none"
    return Parked(event.record, event.key, event.envelope.id, BEHIND, detail)


def _storable(text: str) -> str:
    """Text that PostgreSQL takes: a type's name may hold a NUL or half a surrogate pair."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")


def _reason_of(error: Exception) -> str:
    """A stable code: the database's own SQLSTATE, or that the handler broke."""
    if isinstance(error, asyncpg.PostgresError):
        return f"data:{sqlstate(error)}"
    if isinstance(error, InvalidEvent):
        return f"effect:{error.code}"
    return f"broken:{type(error).__name__}"


Process = Callable[[Sequence[Record]], Awaitable[None]]
