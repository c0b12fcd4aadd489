"""The mirror's tables. One process at a time writes it: each transaction first locks the crawler's row and
checks that it still belongs to this process; from then on what was read stays true until the commit.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, cast

from mutua_contracts.registry import ProviderFacts
from mutua_deqar_sync.aliases import Alias, Ended
from mutua_deqar_sync.domain import MISSES_TO_REMOVE, Kind
from mutua_deqar_sync.store_rows import SQL, RowStatements
from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection, Pool
from mutua_kernel.outbox import Sealer

_CLOCK_DRIFT: Final = timedelta(minutes=5)
"""A pass that began further in the future was begun under another clock: its age is not known."""


class ClaimLost(Exception):
    """Another process reads the registry now; what this one had not committed is not kept."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A full pass that is under way."""

    id: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class PartitionState:
    """What the reading of a partition was worth."""

    name: str
    complete: bool
    unreadable: int
    doubt: str = ""
    rows: int = 0


class Store:
    """The mirror's tables, for one crawler. `owner` is its instance, a slash, and something unique to its
    life. Without a sealer nothing is told on the bus: the change feed in the database is all there is.
    """

    def __init__(self, pool: Pool, sealer: Sealer | None, clock: Clock, owner: str) -> None:
        self._pool = pool
        self._sealer = sealer
        self._clock = clock
        self._owner = owner

    async def claim(self) -> bool:
        """Whether this process may read the registry now."""
        async with self._pool.acquire() as connection:
            return await connection.fetchval(SQL["claim"], self._owner, self._clock.now()) is not None

    async def release(self) -> None:
        """Let go of the claim: whoever waits for it need not wait until this process has been silent."""
        async with self._pool.acquire() as connection:
            await connection.execute(SQL["release"], self._owner)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["Transaction"]:
        """Raises ClaimLost where the claim has gone to another process."""
        async with self._pool.acquire() as connection, connection.transaction():
            accept = await connection.fetchval(SQL["fence"], self._owner, self._clock.now())
            if accept is None:
                raise ClaimLost(self._owner)
            yield Transaction(connection, self._sealer, self._clock, accept_shrink=accept > 0)


class Transaction(RowStatements):
    """One transaction of the crawler."""

    # rows that no list shows

    async def oldest_details(
        self, kind: Kind, limit: int | None, before: datetime | None, pass_id: int
    ) -> list[str]:
        """Rows whose detail was read before that moment (None: at any) and not in this pass; oldest first."""
        rows = await self._tx.fetch(SQL["oldest_details"], kind, limit, before, pass_id, self._clock.now())
        return [row["id"] for row in rows]

    async def asked_for(self, kind: Kind) -> list[str]:
        """All ids of a kind that were asked for, whatever came of it."""
        return [row["id"] for row in await self._tx.fetch(SQL["asked_for"], kind)]

    async def undetailed(self, kind: Kind, limit: int | None) -> list[str]:
        """Rows whose detail was never read."""
        return [row["id"] for row in await self._tx.fetch(SQL["undetailed"], kind, limit)]

    async def vacant(self, kind: Kind, ids: Sequence[str]) -> None:
        await self._tx.execute(SQL["vacant"], kind, ids, self._clock.now())

    async def forget_vacant(self, before: datetime) -> None:
        await self._tx.execute(SQL["forget_vacant"], before, self._clock.now())

    async def unlisted_providers(self, limit: int) -> list[str]:
        return [row["id"] for row in await self._tx.fetch(SQL["unlisted_providers"], limit)]

    async def contradicted(self, kind: Kind, pass_id: int) -> list[str]:
        """Rows whose detail this pass has not read and that do not fit what is known of others by now."""
        query = {"provider": "contradicted_providers", "report": "contradicted_reports"}.get(kind)
        return [row["id"] for row in await self._tx.fetch(SQL[query], pass_id)] if query else []

    # what could not be read

    async def unread(self, kind: Kind, id: str, status: int | None) -> None:
        place = ("detail", "", f"status {status}", "a detail")
        await self._tx.execute(SQL["unreadable"], kind, id, *place, self._clock.now())

    async def readable(self, kind: Kind, ids: Sequence[str]) -> None:
        if ids:
            await self._tx.execute(SQL["readable"], kind, ids)

    async def unreadable_ids(self, kind: Kind, before: datetime) -> list[str]:
        """Rows that could not be read, and were not tried since that moment."""
        return [row["id"] for row in await self._tx.fetch(SQL["unreadable_ids"], kind, before)]

    async def unreadable_count(self, current: Pass) -> int:
        """Rows whose detail or list entry could not be read, each once."""
        return await self._count(SQL["unreadable_count"], current.id)

    async def unreadable_strangers(self) -> int:
        """Listed reports of which nothing is known because they could not be read."""
        return await self._count(SQL["unreadable_strangers"])

    # passes

    async def begin_or_resume(self, resume_for: timedelta | None) -> Pass:
        """The pass that was interrupted, when it is not too old to be worth going on with, or a new one
        (None: a new one whatever there is).
        """
        now = self._clock.now()
        row = None
        if resume_for is not None:
            row = await self._tx.fetchrow(SQL["running_pass"], now - resume_for, now + _CLOCK_DRIFT)
        if row is None:
            await self._tx.execute(SQL["abandon_passes"], now)
            current = Pass(await self._count(SQL["begin_pass"], now), now)
        else:
            current = Pass(row["id"], row["started_at"])
        await self._tx.execute(SQL["attempt"], current.id, now)
        return current

    async def complete_pass(self, current: Pass, unreadable: int) -> None:
        await self._tx.execute(SQL["complete_pass"], current.id, self._clock.now(), unreadable)
        await self._tx.execute(SQL["accepted_pass"])

    async def interrupt_pass(
        self, current: Pass, reason: str, unreadable: int, doubted: Sequence[str]
    ) -> None:
        """The pass proves nothing yet; `doubted` partitions are read again when it is gone on with."""
        await self._tx.execute(SQL["interrupt_pass"], current.id, reason, unreadable, doubted)

    async def failed(self, reason: str) -> None:
        """Why the attempt at the running pass ended."""
        await self._tx.execute(SQL["failed_attempt"], reason.replace("\x00", "\ufffd"))

    async def partition_read(self, current: Pass, state: PartitionState) -> None:
        worth = (state.complete, state.doubt, state.rows, state.unreadable)
        await self._tx.execute(SQL["partition_read"], state.name, current.id, self._clock.now(), *worth)

    async def partition_missing(self, name: str, missing: int) -> None:
        """How many rows a reading missed."""
        await self._tx.execute(SQL["partition_missing"], name, missing)

    async def name_unreadable(self, current: Pass) -> None:
        """Which rows the lists of a pass could not deliver, as far as they are known."""
        await self._tx.execute(SQL["name_unreadable"], current.id)

    async def named_count(self, current: Pass) -> int:
        """Rows that lists could not deliver and that are known nevertheless."""
        return await self._count(SQL["named_count"], current.id)

    async def partitions_of(self, current: Pass) -> dict[str, PartitionState]:
        rows = await self._tx.fetch(SQL["partitions_of"], current.id)
        return {row["name"]: PartitionState(row["name"], row["complete"], row["unreadable"]) for row in rows}

    async def snapshot_rows(self) -> list[tuple[str, str, int]]:
        rows = await self._tx.fetch(SQL["snapshot_rows"])
        return [(row["kind"], row["id"], row["revision"]) for row in rows]

    # who stands for whom

    async def ended_providers(self) -> list[Ended]:
        """Providers that closed or are gone."""
        rows = await self._tx.fetch(SQL["ended_providers"])
        return [Ended(r["id"], ProviderFacts.model_validate_json(r["facts"]), r["gone"]) for r in rows]

    async def bearers(self, identifiers: Sequence[tuple[str, str]]) -> list[tuple[str, tuple[str, str]]]:
        """Providers that are there and bear one of these identifiers, each with the identifier."""
        schemes, values = [scheme for scheme, _ in identifiers], [value for _, value in identifiers]
        rows = await self._tx.fetch(SQL["bearers"], schemes, values)
        return [(row["id"], (row["scheme"], row["value"])) for row in rows]

    async def reports_moved(self, gone: Sequence[str]) -> list[tuple[str, str]]:
        """For each report that once named a provider now gone: that one, and one named in its place."""
        return [(row["old"], row["new"]) for row in await self._tx.fetch(SQL["reports_moved"], gone)]

    async def write_aliases(self, aliases: Sequence[Alias]) -> None:
        if aliases:
            columns = [
                [a.id for a in aliases],
                [a.other for a in aliases],
                [a.how for a in aliases],
                [a.since for a in aliases],
            ]
            await self._tx.execute(SQL["alias"], *columns, self._clock.now())

    # increments

    async def cursor(self, name: str) -> date | None:
        return cast("date | None", await self._tx.fetchval(SQL["cursor"], name))

    async def set_cursor(self, name: str, day: date) -> None:
        await self._tx.execute(SQL["set_cursor"], name, day)

    async def reading_from(self, address: str, *, complete: bool = False) -> None:
        """Remember where the registry is: another address only when a reading from it was complete."""
        await self._tx.execute(SQL["reading_from"], address, complete)


async def last_complete(connection: Connection) -> datetime | None:
    """When the newest complete pass began: the mirror is at least that fresh."""
    row = await connection.fetchrow(SQL["last_complete"])
    return row["started_at"] if row else None


async def accept_shrink(connection: Connection, passes: int = MISSES_TO_REMOVE) -> None:
    """Let so many complete passes lose more rows than the circuit-breaker allows."""
    await connection.execute(SQL["accept_shrink"], passes)
