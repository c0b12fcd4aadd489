"""Statements about rows of the mirror: what is known of them, their new state with its history and its
events, and those that readings missed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from mutua_contracts import InvalidEvent
from mutua_deqar_sync.domain import Facts, Kind, Settled, Stored
from mutua_deqar_sync.errors import ShapeChanged
from mutua_deqar_sync.events import FACTS, buried, changed
from mutua_kernel import outbox
from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection, load_queries
from mutua_kernel.outbox import Emit, Outgoing, Sealer
from mutua_kernel.telemetry import current_traceparent

SQL = load_queries("mutua_deqar_sync")


@dataclass(frozen=True, slots=True)
class MissedRow:
    """A row that readings missed; a report belongs to the partition of its agency."""

    kind: Kind
    id: str
    agency: str | None


class RowStatements:
    """What a transaction of the crawler says about rows."""

    def __init__(self, tx: Connection, sealer: Sealer | None, clock: Clock, *, accept_shrink: bool) -> None:
        self._tx = tx
        self._sealer = sealer
        self._clock = clock
        self.accept_shrink = accept_shrink

    # rows

    async def load(self, kind: Kind, ids: Iterable[str]) -> dict[str, Stored]:
        rows = await self._tx.fetch(SQL["load"], kind, list(ids))
        return {row["id"]: Stored(**dict(row)) for row in rows}

    async def facts(self, kind: Kind, ids: Iterable[str]) -> dict[str, Facts]:
        rows = await self._tx.fetch(SQL["load_facts"], kind, list(ids))
        return {row["id"]: FACTS[kind].model_validate_json(row["facts"]) for row in rows}

    async def ids(self, kind: Kind) -> list[str]:
        return [row["id"] for row in await self._tx.fetch(SQL["ids"], kind)]

    async def acronyms(self) -> dict[str, str]:
        return {row["id"]: row["acronym"] for row in await self._tx.fetch(SQL["acronyms"])}

    async def write(self, rows: Sequence[Settled], pass_id: int) -> int:
        """Rows, their history and their events; says how many have changed.

        A row that no event can hold is noted like one of unknown shape, and keeps its last good facts.
        """
        sealed: dict[str, Outgoing] = {}
        held: list[Settled] = []
        for row in rows:
            try:
                if row.changed and self._sealer is not None:
                    sealed[row.id] = self._sealed(self._sealer, changed(row))
                held.append(row)
            except InvalidEvent as error:
                place = ShapeChanged(subject=row.id, path="", found=error.found, expected=error.expected)
                await self.drifted(row.kind, row.id, place)
        new = [row for row in held if row.changed]
        if held:
            await self._write(held, new, pass_id)
            await outbox.write(self._tx, list(sealed.values()))
        return len(new)

    async def _write(self, rows: Sequence[Settled], new: Sequence[Settled], pass_id: int) -> None:
        facts = {row.id: row.facts.model_dump_json() for row in rows}
        seen_in = [pass_id if row.seen else 0 for row in rows]
        detailed_in = [pass_id if row.detailed else 0 for row in rows]
        await self._tx.execute(SQL["write"], *_columns(rows, facts), seen_in, detailed_in, self._clock.now())
        if new:
            await self._tx.execute(SQL["remember"], *_history(new, facts), self._clock.now())
            await self._tx.execute(SQL["count_changes"], pass_id, len(new))

    async def emit(self, fact: Emit) -> None:
        if self._sealer is not None:
            await outbox.write(self._tx, [self._sealed(self._sealer, fact)])

    def _sealed(self, sealer: Sealer, fact: Emit) -> Outgoing:
        return sealer.seal(fact, at=self._clock.now(), traceparent=current_traceparent())

    async def bury(self, before: datetime, limit: int) -> int:
        """Have the topic forget keys that were told to be gone before that moment; says how many."""
        rows = await self._tx.fetch(SQL["to_bury"], before, limit)
        if self._sealer is not None:
            dead = [self._sealer.bury(buried(row["kind"], row["id"])) for row in rows]
            await outbox.write(self._tx, dead)
        for kind in {row["kind"] for row in rows}:
            await self._tx.execute(SQL["buried"], kind, [row["id"] for row in rows if row["kind"] == kind])
        return len(rows)

    async def touch(self, kind: Kind, ids: Sequence[str], at: datetime, pass_id: int) -> None:
        if ids:
            await self._tx.execute(SQL["touch"], kind, ids, at, pass_id)

    def now(self) -> datetime:
        return self._clock.now()

    # rows that are missing

    async def missed(self, kind: Kind, ids: Sequence[str], reading: int) -> None:
        """Count a miss for each that has none in this reading."""
        if ids:
            await self._tx.execute(SQL["missed"], kind, ids, reading)

    async def answered(self, kind: Kind, ids: Sequence[str]) -> None:
        """Forget the misses of rows that may well exist, as the registry does not say that they are gone."""
        if ids:
            await self._tx.execute(SQL["answered"], kind, ids)

    async def missed_rows(self, times: int) -> list[MissedRow]:
        """Rows that were missed at least so often, each time confirmed by their detail."""
        rows = await self._tx.fetch(SQL["missed_rows"], times)
        return [MissedRow(row["kind"], row["id"], row["agency"]) for row in rows]

    async def new_reading(self) -> int:
        """The number of a second look within a pass."""
        return await self._count(SQL["new_reading"])

    async def unseen_reports(self, pass_id: int) -> dict[str, list[str]]:
        """Reports that the pass has not seen anywhere, by the agency that made them."""
        found: dict[str, list[str]] = {}
        for row in await self._tx.fetch(SQL["unseen_reports"], pass_id):
            found.setdefault(row["agency"], []).append(row["id"])
        return found

    async def unseen(self, kind: Kind, agency: str | None, pass_id: int) -> list[str]:
        return [row["id"] for row in await self._tx.fetch(SQL["unseen"], kind, agency, pass_id)]

    async def count_unseen(self, agency: str, pass_id: int) -> int:
        """Reports of an agency that the pass has not seen anywhere."""
        return await self._count(SQL["count_unseen"], agency, pass_id)

    async def count_partition(self, kind: Kind, agency: str | None) -> int:
        return await self._count(SQL["count_partition"], kind, agency)

    async def reports_seen(self, pass_id: int) -> int:
        return await self._count(SQL["reports_seen"], pass_id)

    # what could not be read

    async def drifted(self, kind: Kind, id: str, drift: ShapeChanged) -> None:
        place = ("shape", drift.path, drift.value, drift.expected)
        await self._tx.execute(SQL["unreadable"], kind, id, *place, self._clock.now())

    async def _count(self, query: str, *parameters: Any) -> int:
        return int(cast("int", await self._tx.fetchval(query, *parameters)))


def _columns(rows: Sequence[Settled], facts: Mapping[str, str]) -> tuple[list[Any], ...]:
    return (
        [row.kind for row in rows],
        [row.id for row in rows],
        [row.revision for row in rows],
        [facts[row.id] for row in rows],
        [row.digest for row in rows],
        [row.image for row in rows],
        [row.agency for row in rows],
        [row.gone for row in rows],
        [row.withheld for row in rows],
        [row.listed_at for row in rows],
        [row.detailed_at for row in rows],
    )


def _history(rows: Sequence[Settled], facts: Mapping[str, str]) -> tuple[list[Any], ...]:
    return (
        [row.kind for row in rows],
        [row.id for row in rows],
        [row.revision for row in rows],
        [facts[row.id] for row in rows],
        [row.gone for row in rows],
        [row.withheld for row in rows],
        [row.listed_at for row in rows],
        [row.detailed_at for row in rows],
    )
