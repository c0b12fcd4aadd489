"""Reads of the mirror, all in one consistent view of it."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mutua_deqar_sync.domain import Facts, Kind
from mutua_deqar_sync.events import FACTS
from mutua_kernel.database import Connection, Pool, load_queries

SQL = load_queries("mutua_deqar_sync.views")
_PREFETCH = 500


@dataclass(frozen=True, slots=True)
class MirrorRow:
    """A row as it was known at the moment that was asked for."""

    kind: Kind
    id: str
    gone: bool
    withheld: bool
    revision: int
    facts: Facts
    listed_at: datetime | None
    detailed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Revision:
    """A row of the history: what we learned of a row, when, and its place in the feed."""

    row: MirrorRow
    position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A complete pass; the mirror was at least as fresh as its beginning."""

    number: int
    started_at: datetime
    ended_at: datetime
    unreadable: int


@asynccontextmanager
async def opened(pool: Pool) -> AsyncGenerator["View"]:
    """A view of the mirror that nothing changes while it is used."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield View(connection)


class View:
    """`as_of` None is now."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, kind: Kind | None, as_of: datetime | None) -> AsyncIterator[MirrorRow]:
        """Sorted by kind and id, a few in memory at a time."""
        query = (SQL["rows_now"], kind) if as_of is None else (SQL["rows_as_of"], kind, as_of)
        async for row in self._connection.cursor(*query, prefetch=_PREFETCH):
            yield _row(row)

    async def some(self, kind: Kind, ids: Iterable[str], as_of: datetime | None) -> list[MirrorRow]:
        query = (SQL["some_now"], kind, list(ids))
        if as_of is not None:
            query = (SQL["some_as_of"], kind, list(ids), as_of)
        return [_row(row) for row in await self._connection.fetch(*query)]

    async def acronyms(self, as_of: datetime | None) -> dict[str, str]:
        query = (SQL["acronyms_now"],) if as_of is None else (SQL["acronyms_as_of"], as_of)
        return {row["id"]: row["acronym"] for row in await self._connection.fetch(*query)}

    async def reports_naming(self, providers: Sequence[str]) -> list[str]:
        """Ids of reports that name or once named one of these."""
        return await self._ids("reports_naming", list(providers))

    async def identified(self, identifiers: Sequence[tuple[str, str]]) -> list[str]:
        """Ids of providers that bear or once bore one of these identifiers, by `identifier_key`."""
        schemes = [scheme for scheme, _ in identifiers]
        return await self._ids("identified", schemes, [value for _, value in identifiers])

    async def countries_coded(self, codes: Sequence[str]) -> list[str]:
        return await self._ids("countries_coded", list(codes))

    async def snapshot(self, as_of: datetime | None) -> Snapshot | None:
        row = await self._connection.fetchrow(SQL["snapshot"], as_of)
        return Snapshot(row["id"], row["started_at"], row["ended_at"], row["unreadable"]) if row else None

    async def find(self, id: str) -> list[MirrorRow]:
        """Rows with this id, of whatever kind."""
        return [_row(row) for row in await self._connection.fetch(SQL["find"], id)]

    async def revisions(self, kind: Kind, id: str) -> list[Revision]:
        rows = await self._connection.fetch(SQL["revisions"], kind, id)
        return [_revision({**row, "kind": kind, "id": id}) for row in rows]

    async def feed(self, after: int, limit: int, kind: Kind | None) -> list[Revision]:
        """Revisions after a place in the feed, in their order."""
        rows = await self._connection.fetch(SQL["feed"], after, limit, kind)
        return [_revision(row) for row in rows]

    async def changed_between(self, after: datetime, until: datetime, limit: int) -> list[tuple[Kind, str]]:
        rows = await self._connection.fetch(SQL["changed_between"], after, until, limit)
        return [(row["kind"], row["id"]) for row in rows]

    async def days(self, limit: int) -> list[tuple[date, Kind, int, int, int]]:
        """Day, kind, new, changed and gone rows; the newest day first."""
        rows = await self._connection.fetch(SQL["days"], limit)
        return [(row["day"], row["kind"], row["new"], row["changed"], row["gone"]) for row in rows]

    async def plain(self, name: str, *parameters: Any) -> list[dict[str, Any]]:
        """Rows of one of the statements that tell of the mirror itself."""
        return [dict(row) for row in await self._connection.fetch(SQL[name], *parameters)]

    async def _ids(self, name: str, *parameters: Any) -> list[str]:
        return [row["id"] for row in await self._connection.fetch(SQL[name], *parameters)]


def _row(row: Mapping[str, Any]) -> MirrorRow:
    kind: Kind = row["kind"]
    return MirrorRow(
        kind,
        row["id"],
        row["gone"],
        row["withheld"],
        row["revision"],
        FACTS[kind].model_validate_json(row["facts"]),
        row["listed_at"],
        row["detailed_at"],
    )


def _revision(row: Mapping[str, Any]) -> Revision:
    return Revision(_row(row), row["position"], row["recorded_at"])
