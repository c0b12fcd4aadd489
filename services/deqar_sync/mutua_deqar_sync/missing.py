"""Rows that a pass did not see: looked into one by one, removed only after two misses that their detail
confirms, and never more at once than the circuit-breaker allows.

A high flag hides a row, a lagging index loses it, and a page that fails leaves it out: only the registry's
own JSON 404 says that it is gone.
"""

from collections.abc import Mapping, Sequence

from mutua_deqar_sync.domain import MISSES_TO_REMOVE, Kind, shrinks_too_much
from mutua_deqar_sync.lists import EVERYTHING, PROVIDERS_LIST, WITHHELD, Lists, partition
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.source import Gone
from mutua_deqar_sync.store import PartitionState, Pass, Transaction
from mutua_deqar_sync.store_rows import MissedRow

Rows = dict[tuple[Kind, str | None], list[str]]


class Tripped(Exception):
    """Too much vanished at once: nothing is removed, and a person must look. `partitions` are read again."""

    def __init__(self, reason: str, *partitions: str) -> None:
        super().__init__(reason)
        self.partitions = partitions


class Missing:
    """What became of rows that were not seen."""

    def __init__(self, mirror: Mirror, lists: Lists) -> None:
        self._mirror = mirror
        self._store = mirror.store
        self._lists = lists

    async def look_into(
        self, current: Pass, states: Sequence[PartitionState], vanished: Sequence[str]
    ) -> None:
        """Look into every row that a complete reading did not hold, and into agencies that are not listed.

        In a partition with unreadable rows, the missing ones are also the candidates for those: their
        detail tells which is which. Raises Tripped before it looks at any.
        """
        read = {state.name: state for state in states if state.complete}
        async with self._store.transaction() as tx:
            await self._check_agencies(tx, vanished, current)
            wanted = await self._unseen(tx, current, read)
            for (kind, agency), ids in wanted.items():
                name = partition(kind, agency)
                missing = len(ids) - (read[name].unreadable if name in read else 0)
                await self._check(tx, kind, agency, missing)
        self._mirror.progress.phase("missing rows")
        self._mirror.progress.expect(len(vanished) + sum(len(ids) for ids in wanted.values()))
        await self._mirror.look_at("agency", vanished, current.id, listed=False)
        for (kind, agency), ids in wanted.items():
            answers = await self._mirror.look_at(kind, ids, current.id, listed=False)
            name = partition(kind, agency)
            if name in read:
                exist = [id for id, answer in answers.items() if not isinstance(answer, Gone)]
                async with self._store.transaction() as tx:
                    await tx.partition_missing(name, len(ids), exist if read[name].unreadable else [])

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

    async def _check(self, tx: Transaction, kind: Kind, agency: str | None, missing: int) -> None:
        known = await tx.count_partition(kind, agency)
        if shrinks_too_much(known, missing) and not tx.accept_shrink:
            name = partition(kind, agency)
            raise Tripped(f"{missing} of {known} rows of {name} have vanished", name)

    async def _unseen(self, tx: Transaction, current: Pass, read: Mapping[str, PartitionState]) -> Rows:
        """Rows that this pass saw nowhere, by partition, where their absence says something."""
        wanted: Rows = {}
        if PROVIDERS_LIST in read:
            wanted["provider", None] = await tx.unseen("provider", None, current.id)
        if WITHHELD in read:
            for agency, ids in (await tx.unseen_reports(current.id)).items():
                if partition("report", agency) in read or EVERYTHING in read or tx.accept_shrink:
                    wanted["report", agency] = ids
        return {key: ids for key, ids in wanted.items() if ids}


def _by_kind(rows: Sequence[MissedRow]) -> dict[Kind, list[str]]:
    found: dict[Kind, list[str]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row.id)
    return found
