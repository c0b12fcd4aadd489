"""A full pass over the registry: every partition, every miss looked into, a snapshot only if all of it held.

It may be interrupted anywhere: partitions that were read stay read, and the same pass is gone on with.
Providers and agencies come from their own endpoints, never from rows of reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from mutua_deqar_sync.client import REPORTS
from mutua_deqar_sync.domain import Kind, shrinks_too_much
from mutua_deqar_sync.events import snapshot_completed
from mutua_deqar_sync.gauges import SHRUNK, UNREADABLE
from mutua_deqar_sync.listing import Reading
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.source import Answer, Gone
from mutua_deqar_sync.store import PartitionState, Pass, Transaction

RESUME_FOR = timedelta(hours=24)
"""An interrupted pass that is older is not gone on with: its first partitions are no longer fresh."""

PassState = Literal["complete", "incomplete", "tripped"]


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass came to. `reason` names what a person should know."""

    state: PassState
    reason: str | None
    unreadable: int


class Tripped(Exception):
    """Too much vanished at once: nothing is removed, and a person must look. `partitions` are read again."""

    def __init__(self, reason: str, *partitions: str) -> None:
        super().__init__(reason)
        self.partitions = partitions


class FullPass:
    """One pass. `refresh` rows of each kind get their detail anew when it is older than `refresh_after`."""

    def __init__(self, mirror: Mirror, *, refresh: int, refresh_after: timedelta) -> None:
        self._mirror = mirror
        self._source = mirror.source
        self._store = mirror.store
        self._refresh = refresh
        self._refresh_after = refresh_after

    async def run(self) -> PassResult:
        """Raises RegistryError (the pass can then be gone on with) and ClaimLost."""
        async with self._store.transaction() as tx:
            current = await tx.begin_or_resume(RESUME_FOR)
            done = await tx.partitions_of(current)
        await self._mirror.prepare()
        await self._source.prepare()
        await self._countries(current)
        try:
            agencies = await self._agencies(current)
            states = await self._lists(current, agencies, done)
            await self._look_for_missing(current, states)
        except Tripped as trip:
            return await self._interrupted(current, PassResult("tripped", str(trip), 0), trip.partitions)
        await self._refresh_details(current)
        unreadable = sum(state.unreadable for state in states)
        unsure = sorted(state.name for state in states if not state.complete)
        if unsure:
            reason = f"not proven complete: {', '.join(unsure)}"
            return await self._interrupted(current, PassResult("incomplete", reason, unreadable), unsure)
        return await self._complete(current, unreadable)

    async def _interrupted(self, current: Pass, result: PassResult, doubted: Sequence[str]) -> PassResult:
        async with self._store.transaction() as tx:
            await tx.interrupt_pass(current, result.reason or "", result.unreadable, doubted)
        SHRUNK.set(result.state == "tripped")
        return result

    async def _complete(self, current: Pass, unreadable: int) -> PassResult:
        async with self._store.transaction() as tx:
            unreadable += await tx.drift_count()
            await tx.complete_pass(current, unreadable)
            await tx.emit(
                snapshot_completed(
                    current.id,
                    await tx.snapshot_rows(),
                    started_at=current.started_at,
                    completed_at=tx.now(),
                    unreadable=unreadable,
                )
            )
        SHRUNK.set(0)
        UNREADABLE.set(unreadable)
        return PassResult("complete", None, unreadable)

    async def _countries(self, current: Pass) -> None:
        listed = {str(row["id"]) for row in await self._source.client.countries()}
        await self._look_at_all("country", listed, current)

    async def _agencies(self, current: Pass) -> list[str]:
        """Ids of the agencies that exist. Raises Tripped where one with reports has vanished."""
        listed = {str(key) for key in await self._source.client.agencies()}
        async with self._store.transaction() as tx:
            unlisted = sorted(set(await tx.ids("agency")) - listed)
        vanished = [id for id in unlisted if isinstance(await self._source.detail("agency", id), Gone)]
        async with self._store.transaction() as tx:
            bereft = [id for id in vanished if await tx.count_partition("report", id)]
            if bereft and not tx.accept_shrink:
                raise Tripped(f"agencies with reports have vanished: {', '.join(bereft)}")
        answers = await self._look_at_all("agency", listed, current)
        return [id for id, answer in answers.items() if not isinstance(answer, Gone)]

    async def _look_at_all(self, kind: Kind, listed: set[str], current: Pass) -> dict[str, Answer]:
        """Details of all that are listed or known."""
        async with self._store.transaction() as tx:
            known = set(await tx.ids(kind))
        ids = sorted(listed | known, key=int)
        return await self._mirror.look_at(kind, ids, current.id, listed=True)

    async def _lists(
        self, current: Pass, agencies: list[str], done: dict[str, PartitionState]
    ) -> list[PartitionState]:
        client = self._source.client
        states = [
            await self._list(_partition("provider", None), "provider", client.providers(), current, done)
        ]
        for agency in agencies:
            reading = client.reports(int(agency))
            states.append(await self._list(_partition("report", agency), "report", reading, current, done))
        high = client.reports(flag="high level")
        states.append(await self._list("reports:withheld", "report", high, current, done, hidden=True))
        if await self._is_short(current, states):
            rest = client.reports()
            states.append(await self._list("reports:all", "report", rest, current, done))
        return states

    async def _is_short(self, current: Pass, states: list[PartitionState]) -> bool:
        """Whether the registry counts more reports than the partitions of its agencies held."""
        total = await self._source.client.count(REPORTS)
        async with self._store.transaction() as tx:
            held = await tx.reports_seen(current.id) + await tx.drift_count()
        return held + sum(state.unreadable for state in states) < total

    async def _list(
        self,
        name: str,
        kind: Kind,
        reading: Reading,
        current: Pass,
        done: dict[str, PartitionState],
        *,
        hidden: bool = False,
    ) -> PartitionState:
        if name in done and done[name].complete:
            return done[name]
        async for page in reading:
            seen = (
                self._source.reports(page, hidden=hidden)
                if kind == "report"
                else self._source.providers(page)
            )
            await self._mirror.take(kind, seen, current.id)
        verdict = reading.verdict
        state = PartitionState(
            name, verdict.complete, len(verdict.unreadable), verdict.doubt, rows=len(verdict.ids)
        )
        async with self._store.transaction() as tx:
            await tx.partition_read(current, state)
        return state

    async def _look_for_missing(self, current: Pass, states: list[PartitionState]) -> None:
        """Look into every row that a complete reading did not hold. Raises Tripped before it removes any.

        In a partition with unreadable rows, the missing ones are also the candidates for those: their
        detail tells which is which.
        """
        read = {state.name: state for state in states if state.complete}
        async with self._store.transaction() as tx:
            wanted = await self._unseen(tx, current, read)
            for (kind, agency), ids in wanted.items():
                name = _partition(kind, agency)
                missing = len(ids) - (read[name].unreadable if name in read else 0)
                known = await tx.count_partition(kind, agency)
                if shrinks_too_much(known, missing) and not tx.accept_shrink:
                    raise Tripped(f"{missing} of {known} rows of {name} have vanished", name)
        for (kind, agency), ids in wanted.items():
            answers = await self._mirror.look_at(kind, ids, current.id, listed=False)
            name = _partition(kind, agency)
            if name in read:
                exist = [id for id, answer in answers.items() if not isinstance(answer, Gone)]
                async with self._store.transaction() as tx:
                    await tx.partition_missing(name, len(ids), exist if read[name].unreadable else [])

    async def _unseen(
        self, tx: Transaction, current: Pass, read: dict[str, PartitionState]
    ) -> dict[tuple[Kind, str | None], list[str]]:
        """Rows that this pass saw nowhere, by partition, where their absence says something."""
        wanted: dict[tuple[Kind, str | None], list[str]] = {}
        if "providers" in read:
            wanted["provider", None] = await tx.unseen("provider", None, current.id)
        if "reports:withheld" in read:
            for agency, ids in (await tx.unseen_reports(current.id)).items():
                if f"reports:{agency}" in read or "reports:all" in read or tx.accept_shrink:
                    wanted["report", agency] = ids
        return {partition: ids for partition, ids in wanted.items() if ids}

    async def _refresh_details(self, current: Pass) -> None:
        """Silent edits that never reached the index show in details only: look again at the oldest ones."""
        for kind in ("provider", "report"):
            async with self._store.transaction() as tx:
                ids = await tx.oldest_details(kind, self._refresh, tx.now() - self._refresh_after)
            await self._mirror.look_at(kind, ids, current.id, listed=False)


def _partition(kind: Kind, agency: str | None) -> str:
    return "providers" if kind == "provider" else f"reports:{agency}"
