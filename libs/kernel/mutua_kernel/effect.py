"""The effect of a part of a batch inside one transaction, with a fixed number of statements.

What was done before is skipped, what waits behind a parked event of its key is parked, the rest is handled;
then everything that the kernel keeps is written at once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from mutua_kernel import metrics, telemetry
from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection, load_queries
from mutua_kernel.events import Done, Event, Handler, Outcome, Park, Skip
from mutua_kernel.outbox import Outgoing, Sealer, columns
from mutua_kernel.reading import Parked, behind, parked

SQL = load_queries("mutua_kernel")

Place = tuple[str, str]
"""A topic and a key: what waits together."""


@dataclass(slots=True)
class Result:
    """What became of the events of a part."""

    done: list[UUID] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


class Effects:
    """Applies the handler of one stream. `lookup`, `handle` and `finish` share the caller's transaction."""

    def __init__(self, name: str, handler: Handler, sealer: Sealer, clock: Clock) -> None:
        self._name = name
        self._handler = handler
        self._sealer = sealer
        self._clock = clock

    async def lookup(self, tx: Connection, part: Sequence[Event | Parked]) -> tuple[set[str], set[Place]]:
        """Ids of events whose effect has happened, and places where something waits in the park (locked)."""
        ids = [item.envelope.id for item in part if isinstance(item, Event)]
        topics = [item.record.topic for item in part]
        keys = [item.key for item in part]
        rows = await tx.fetch(SQL["lookup"], self._name, ids, topics, keys)
        known = {row["a"] for row in rows if row["what"] == "done"}
        return known, {(row["a"], row["b"]) for row in rows if row["what"] == "parked"}

    async def handle(
        self, tx: Connection, part: Sequence[Event | Parked], known: set[str], waiting: set[Place]
    ) -> Result:
        """Runs the handler on what is fresh. Where it parks an event, later ones of the key must not have had
        their effect: the handler is then run again without them, from the state before."""
        barred: dict[Place, Parked | None] = dict.fromkeys(waiting)
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
        barred: dict[Place, Parked | None],
    ) -> tuple[Result, list[Event]]:
        """Tells what is fresh from repeats and from what waits. `barred` keys wait, from their culprit on."""
        result, fresh = Result(), []
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
                result.parked.append(item if isinstance(item, Parked) else behind(item))
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
    def _newly_barred(fresh: Sequence[Event], outcomes: Sequence[Outcome]) -> dict[Place, Parked | None]:
        newly: dict[Place, Parked | None] = {}
        for event, outcome in zip(fresh, outcomes, strict=True):
            place = (event.record.topic, event.key)
            if isinstance(outcome, Park) and place not in newly:
                newly[place] = parked(event, outcome)
        return newly

    def _take(self, event: Event, outcome: Outcome, result: Result) -> None:
        result.done.append(event.envelope.id)
        if isinstance(outcome, Skip):
            result.skipped[outcome.reason] += 1
        elif isinstance(outcome, Done):
            traceparent = telemetry.child_traceparent(event.envelope.traceparent)
            at = self._clock.now()
            result.sent += [self._sealer.seal(emit, at=at, traceparent=traceparent) for emit in outcome.emit]

    async def finish(self, tx: Connection, result: Result) -> None:
        """Keeps what became of the events. Raises SerializationError, which is tried again, where another
        process has done one of them since they were looked up: a frozen one that lost its partitions, say."""
        if not (result.done or result.parked):
            return
        rows = result.parked
        first = await tx.fetchval(
            SQL["finish"],
            self._name,
            result.done,
            *columns(result.sent),
            [one.record.topic for one in rows],
            [one.key for one in rows],
            [one.record.partition for one in rows],
            [one.record.offset for one in rows],
            [one.event_id for one in rows],
            [one.reason for one in rows],
            [_storable(one.detail) for one in rows],
            [one.record.value for one in rows],
        )
        if first != len(result.done):
            raise asyncpg.SerializationError("another process has done a part of this batch")

    def count(self, result: Result) -> None:
        """Tells the metrics; after the commit."""
        count = metrics.OUTCOMES.labels
        count(self._name, "done").inc(len(result.done))
        count(self._name, "parked").inc(len(result.parked))
        for reason, number in result.skipped.items():
            count(self._name, f"skipped:{reason}").inc(number)


def _storable(text: str) -> str:
    """Text that PostgreSQL takes: a type's name may hold a NUL or half a surrogate pair."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")
