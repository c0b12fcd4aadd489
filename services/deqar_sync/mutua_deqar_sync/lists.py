"""The lists of a pass, partition by partition: what each reading was worth stays written down, so that a
pass that was interrupted reads again only what is in doubt.

Partitions of reports overlap, because the registry's filter also matches agencies that contributed; each
report is filed under the agency that made it.
"""

from collections.abc import Mapping, Sequence

from mutua_deqar_sync.client import PROVIDERS, REPORTS
from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.listing import Reading
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.store import PartitionState, Pass

PROVIDERS_LIST = "providers"
WITHHELD = "reports:withheld"
EVERYTHING = "reports:all"


def partition(kind: Kind, agency: str | None) -> str:
    """Name of the partition that a row belongs to."""
    match kind:
        case "provider":
            return PROVIDERS_LIST
        case "report":
            return f"reports:{agency}"
        case _:
            return kind


class Lists:
    """Reads lists into the mirror and keeps what each reading was worth."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._client = mirror.source.client
        self._listed: set[int] = set()
        self.lacking = 0
        """Reports that the registry counts and that no list of the last reading held."""

    async def read_all(
        self, current: Pass, agencies: Sequence[str], done: Mapping[str, PartitionState]
    ) -> list[PartitionState]:
        """Providers, reports by agency, those with a high flag, and everything once more where that is not
        all.
        """
        self._listed.clear()
        total = await self._client.count(REPORTS)
        self._mirror.progress.expect(total + await self._client.count(PROVIDERS))
        names = [PROVIDERS_LIST, *(partition("report", agency) for agency in agencies), WITHHELD]
        states = [await self._unless_done(name, current, done) for name in names]
        self.lacking = await self._count_lacking(current)
        if self.lacking > sum(state.unreadable for state in states):
            states.append(await self._unless_done(EVERYTHING, current, done))
            self.lacking = await self._count_lacking(current)
        return states

    async def read(self, name: str, reading: int) -> PartitionState:
        """One list; rows that it holds count as seen in `reading`."""
        kind: Kind = "provider" if name == PROVIDERS_LIST else "report"
        self._mirror.progress.phase(name)
        source, pages = self._mirror.source, self._pages(name)
        async for page in pages:
            seen = (
                source.reports(page, hidden=name == WITHHELD) if kind == "report" else source.providers(page)
            )
            await self._mirror.take(kind, seen, reading)
        verdict = pages.verdict
        if kind == "report" and name != WITHHELD:
            self._listed |= verdict.ids
        unreadable = len(verdict.unreadable)
        return PartitionState(name, verdict.complete, unreadable, verdict.doubt, rows=len(verdict.ids))

    async def _unless_done(
        self, name: str, current: Pass, done: Mapping[str, PartitionState]
    ) -> PartitionState:
        if name in done and done[name].complete:
            return done[name]
        state = await self.read(name, current.id)
        async with self._mirror.store.transaction() as tx:
            await tx.partition_read(current, state)
        return state

    def _pages(self, name: str) -> Reading:
        match name:
            case "providers":
                return self._client.providers()
            case "reports:withheld":
                return self._client.reports(flag="high level")
            case "reports:all":
                return self._client.reports()
            case _:
                return self._client.reports(int(name.partition(":")[2]))

    async def _count_lacking(self, current: Pass) -> int:
        total = await self._client.count(REPORTS)
        async with self._mirror.store.transaction() as tx:
            known = await tx.reports_seen(current.id) + await tx.unreadable_strangers()
        # Of lists that were read before an interruption only what is known of their rows is left.
        return max(0, total - max(known, len(self._listed)))
