"""Rows that a pass did not see: looked into one by one, removed only after two misses that their detail
confirms, and never more at once than the circuit-breaker allows.

A high flag hides a row, a lagging index loses it, and a page that fails leaves it out: only the registry's
own JSON 404 says that it is gone. So the breaker counts those, and not what lists leave out.
"""

from collections.abc import Sequence
from typing import Final

from mutua_deqar_sync.domain import MISSES_TO_REMOVE, Kind, shrinks_too_much
from mutua_deqar_sync.lists import EVERYTHING, PROVIDERS_LIST, WITHHELD, Lists, partition
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.source import Gone
from mutua_deqar_sync.store import PartitionState, Pass, Transaction
from mutua_deqar_sync.store_rows import MissedRow

Rows = dict[tuple[Kind, str | None], list[str]]
_STEP: Final = 20
"""Rows of a partition that are looked into before the breaker counts again."""


class Tripped(Exception):
    """Too much vanished at once: nothing is removed, and a person must look. `partitions` are read again."""

    def __init__(self, reason: str, *partitions: str) -> None:
        super().__init__(reason)
        self.partitions = partitions


class Missing:
    """What became of rows that were not seen. More than `most` (None: any number) are not looked into in one
    pass: so many are in no list any more only when the registry's index is broken.
    """

    def __init__(self, mirror: Mirror, lists: Lists, most: int | None) -> None:
        self._mirror = mirror
        self._store = mirror.store
        self._lists = lists
        self._most = most

    async def look_into(
        self, current: Pass, states: Sequence[PartitionState], vanished: Sequence[str]
    ) -> None:
        """Look into every row that a complete reading did not hold; `vanished` are agencies that are gone.

        In a partition with unreadable rows, the missing ones are also the candidates for those: their
        detail tells which is which. Raises Tripped as soon as too many are gone.
        """
        async with self._store.transaction() as tx:
            await self._check_agencies(tx, vanished, current)
            wanted = await self._unseen(tx, current, states)
        missing = sum(len(ids) for ids in wanted.values())
        if self._most is not None and missing > self._most:
            names = [partition(*key) for key in wanted]
            raise Tripped(f"{missing} rows are in no list any more: {', '.join(names)}", *names)
        self._mirror.progress.phase("missing rows")
        self._mirror.progress.expect(missing)
        for (kind, agency), ids in wanted.items():
            await self._look_into(kind, agency, ids, current)
        async with self._store.transaction() as tx:
            for (kind, agency), ids in wanted.items():
                await tx.partition_missing(partition(kind, agency), len(ids))
            await tx.name_unreadable(current)

    async def _look_into(self, kind: Kind, agency: str | None, ids: list[str], current: Pass) -> None:
        """At rows of a partition, a few at a time. Raises Tripped."""
        gone = 0
        for start in range(0, len(ids), _STEP):
            some = ids[start : start + _STEP]
            answers = await self._mirror.look_at(kind, some, current.id, listed=False)
            gone += sum(isinstance(answer, Gone) for answer in answers.values())
            async with self._store.transaction() as tx:
                await self._check(tx, kind, agency, gone)

    async def confirm(self) -> None:
        """Read the partitions of missed rows, and the rows' details, a second time: a miss of its own.

        A reading that is in doubt confirms nothing.
        """
        async with self._store.transaction() as tx:
            missed = await tx.missed_rows(1)
            reading = await tx.new_reading()
        names = {partition(row.kind, row.agency) for row in missed if row.kind in ("provider", "report")}
        doubted = {name for name in sorted(names) if not (await self._lists.read(name, reading)).complete}
        async with self._store.transaction() as tx:
            missed = await tx.missed_rows(1)
        sure = [row for row in missed if partition(row.kind, row.agency) not in doubted]
        self._mirror.progress.phase("missing rows, second look")
        self._mirror.progress.expect(len(sure))
        for kind, ids in _by_kind(sure).items():
            await self._mirror.look_at(kind, ids, reading, listed=False)

    async def remove(self, current: Pass) -> None:
        """Remove what was missed often enough. Raises Tripped before it removes any."""
        async with self._store.transaction() as tx:
            missed = await tx.missed_rows(MISSES_TO_REMOVE)
            rows: Rows = {}
            for row in missed:
                rows.setdefault((row.kind, row.agency), []).append(row.id)
            for (kind, agency), ids in rows.items():
                await self._check(tx, kind, agency, len(ids))
        for kind, ids in _by_kind(missed).items():
            await self._mirror.remove(kind, ids, current.id)

    async def _check_agencies(self, tx: Transaction, vanished: Sequence[str], current: Pass) -> None:
        bereft = [id for id in vanished if await tx.count_unseen(id, current.id)]
        if bereft and not tx.accept_shrink:
            raise Tripped(f"agencies with reports have vanished: {', '.join(bereft)}")

    async def _check(self, tx: Transaction, kind: Kind, agency: str | None, gone: int) -> None:
        known = await tx.count_partition(kind, agency)
        if shrinks_too_much(known, gone) and not tx.accept_shrink:
            name = partition(kind, agency)
            raise Tripped(f"at least {gone} of {known} rows of {name} have vanished", name)

    async def _unseen(self, tx: Transaction, current: Pass, states: Sequence[PartitionState]) -> Rows:
        """Rows that this pass saw nowhere, by partition, where their absence says something: in one that was
        read completely, or that was not asked for because its agency is gone.
        """
        asked = {state.name for state in states}
        read = {state.name for state in states if state.complete}
        wanted: Rows = {}
        if PROVIDERS_LIST in read:
            wanted["provider", None] = await tx.unseen("provider", None, current.id)
        if WITHHELD in read:
            for agency, ids in (await tx.unseen_reports(current.id)).items():
                name = partition("report", agency)
                if name in read or name not in asked or EVERYTHING in read:
                    wanted["report", agency] = ids
        return {key: ids for key, ids in wanted.items() if ids}


def _by_kind(rows: Sequence[MissedRow]) -> dict[Kind, list[str]]:
    found: dict[Kind, list[str]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row.id)
    return found
