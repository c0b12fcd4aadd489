"""The coverage rule over the mirror: what a question may need is loaded, asked, and loaded again until the
rule wants nothing that is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mutua_contracts.registry import AgencyFacts, CountryFacts, ProviderFacts, ReportFacts
from mutua_coverage import Coverage, Credential, Dependencies, MemorySnapshot, Row, covered, untold
from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.events import snapshot_id
from mutua_deqar_sync.views.store import MirrorRow, View

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def coverage_of(view: View, credential: Credential, as_of: datetime | None) -> Coverage:
    """What the registry, as it was known then, says about a credential. Before the first complete pass
    nothing can be told, whatever was read by then.
    """
    snapshot = await view.snapshot(as_of)
    if snapshot is None:
        return untold(credential, MemorySnapshot("none", _NEVER))
    name = snapshot_id(snapshot.started_at)
    loaded = _Loaded(view, as_of)
    while True:
        answer = covered(credential, loaded.snapshot(name, snapshot.started_at))
        if not await loaded.load(answer.dependencies):
            return answer


@dataclass(slots=True)
class _Loaded:
    """What was read from the mirror so far, and what was asked for."""

    view: View
    as_of: datetime | None
    rows: dict[Kind, dict[str, Row[Any]]] = field(
        default_factory=lambda: {"provider": {}, "report": {}, "agency": {}, "country": {}}
    )
    asked: Dependencies = field(default_factory=Dependencies)

    def snapshot(self, name: str, fresh: datetime) -> MemorySnapshot:
        providers: dict[str, ProviderFacts | Row[ProviderFacts]] = {**self.rows["provider"]}
        reports: dict[str, ReportFacts | Row[ReportFacts]] = {**self.rows["report"]}
        agencies: dict[str, AgencyFacts | Row[AgencyFacts]] = {**self.rows["agency"]}
        countries: dict[str, CountryFacts | Row[CountryFacts]] = {**self.rows["country"]}
        return MemorySnapshot(
            name, fresh, providers=providers, reports=reports, agencies=agencies, countries=countries
        )

    async def load(self, wanted: Dependencies) -> bool:
        """Read what is wanted and was not asked for yet; whether there was anything to ask for."""
        new = Dependencies(
            providers=wanted.providers - self.asked.providers,
            agencies=wanted.agencies - self.asked.agencies,
            countries=wanted.countries - self.asked.countries,
            reports_of=wanted.reports_of - self.asked.reports_of,
            identifiers=wanted.identifiers - self.asked.identifiers,
        )
        if new == Dependencies():
            return False
        self.asked = wanted
        view = self.view
        borne = await view.identified(sorted(new.identifiers)) if new.identifiers else []
        named = await view.reports_naming(sorted(new.reports_of)) if new.reports_of else []
        coded = await view.countries_coded(sorted(new.countries)) if new.countries else []
        await self._take("provider", [*new.providers, *borne])
        await self._take("report", named)
        await self._take("agency", sorted(new.agencies))
        await self._take("country", coded)
        return True

    async def _take(self, kind: Kind, ids: Sequence[str]) -> None:
        if ids:
            for row in await self.view.some(kind, ids, self.as_of):
                self.rows[kind][row.id] = _known(row)


def _known(row: MirrorRow) -> Row[Any]:
    facts: Any = row.facts  # of the kind that the rows are kept under
    return Row(row.id, facts, row.gone, row.withheld, row.listed_at, row.detailed_at)
