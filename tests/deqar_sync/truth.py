"""The registry's own truth, row by row, to compare a dump with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from mutua_local.deqar import Simulator
from mutua_local.deqar.codes import ACTIVITY_TYPE
from mutua_local.deqar.model import (
    Activity,
    ActivityGroup,
    Agency,
    Country,
    Provider,
    Report,
)

from .alone import Rows

FLAGS = {1: "none", 2: "low", 3: "high"}
DECISIONS = {1: "positive", 2: "conditional", 3: "negative", 4: "not applicable"}


def there(rows: Rows) -> Rows:
    """Rows that are not gone."""
    return {key: row for key, row in rows.items() if not row["gone"]}


def assert_mirrors(rows: Rows, registry: Simulator) -> None:
    """Row by row what the registry's database holds, no row more and none less."""
    truth = registry.truth
    expected: dict[tuple[str, str], dict[str, Any]] = {
        **{("agency", str(a.id)): _agency(registry, a) for a in truth.every(Agency)},
        **{("country", str(c.id)): _country(c) for c in truth.every(Country)},
        **{("provider", deqarinst(p.id)): _provider(registry, p) for p in truth.every(Provider)},
        **{("report", str(r.id)): _report(registry, r) for r in truth.every(Report)},
    }
    found = there(rows)
    assert found.keys() == expected.keys()
    for key, facts in expected.items():
        assert {name: found[key]["facts"][name] for name in facts} == facts, key


def deqarinst(key: int) -> str:
    return f"DEQARINST{key:04d}"


def _agency(registry: Simulator, agency: Agency) -> dict[str, Any]:
    activities = sorted(str(a.id) for a in registry.truth.every(Activity) if a.agency == agency.id)
    return {
        "acronym": agency.acronym_primary,
        "name": agency.name_primary,
        "registered_from": _day(agency.registration_start),
        "registered_to": _day(agency.registration_valid_to),
        "activities": _Matching(lambda found: sorted(a["id"] for a in found) == activities),
        "decisions": _Matching(
            lambda found: sorted(d["on"] for d in found) == sorted(str(d.date) for d in agency.decisions)
        ),
    }


def _country(country: Country) -> dict[str, Any]:
    return {
        "code": country.alpha2,
        "ehea_member": country.ehea_is_member,
        "has_full_institution_list": country.has_full_institution_list,
        "qa_requirements": _Matching(lambda found: len(found) == len(country.qa_requirements)),
    }


def _provider(registry: Simulator, provider: Provider) -> dict[str, Any]:
    parents = registry.truth.hierarchies(child=provider.id)
    children = registry.truth.hierarchies(parent=provider.id)
    before = registry.truth.successions(source=provider.id)
    after = registry.truth.successions(target=provider.id)
    others = sorted(
        [deqarinst(h.parent) for h in parents]
        + [deqarinst(h.child) for h in children]
        + [deqarinst(s.target) for s in before]
        + [deqarinst(s.source) for s in after]
    )
    return {
        "founded": _day(provider.founding_date),
        "closed": _day(provider.closure_date),
        "other_provider": provider.is_other_provider,
        "names": _Matching(lambda found: {n.official for n in provider.names} <= {n["name"] for n in found}),
        "identifiers": _Matching(
            lambda found: (
                {(i["resource"], i["value"], i["valid_to"]) for i in found}
                >= {(i.resource, i.identifier, _day(i.valid_to)) for i in provider.identifiers}
            )
        ),
        "countries": _Matching(
            lambda found: (
                sorted((p["city"] or "", p["verified"], p["valid_to"] or "") for p in found)
                == sorted((p.city or "", p.verified, _day(p.valid_to) or "") for p in provider.locations)
            )
        ),
        "levels": _Matching(
            lambda found: (
                sorted(level["eqf"] for level in found) == sorted(4 + n.level for n in provider.levels)
            )
        ),
        "relations": _Matching(lambda found: sorted(r["other"] for r in found) == others),
    }


def _report(registry: Simulator, report: Report) -> dict[str, Any]:
    agency = registry.truth.get(Agency, report.agency)
    return {
        "agency": {"acronym": agency.acronym_primary, "id": str(agency.id)},
        "contributing_agencies": _Matching(
            lambda found: sorted(a["id"] for a in found) == sorted(map(str, report.contributing_agencies))
        ),
        "providers": sorted(map(deqarinst, report.institutions)),
        "platforms": sorted(map(deqarinst, report.platforms)),
        "type": _type(registry, report),
        "status": {1: "obligatory", 2: "voluntary"}[report.status],
        "decision": DECISIONS[report.decision],
        "flag": FLAGS[report.flag],
        "valid_from": _day(report.valid_from),
        "valid_to": _day(report.valid_to),
        "files": _Matching(lambda found: len(found) == len(report.files)),
        "programmes": _Matching(
            lambda found: (
                sorted((p["name"], p["ects"] or 0, len(p["identifiers"])) for p in found)
                == sorted(
                    (p.name_primary, p.workload_ects or 0, len(p.identifiers)) for p in report.programmes
                )
            )
        ),
    }


def _type(registry: Simulator, report: Report) -> Any:
    groups = {registry.truth.get(Activity, key).group for key in report.activities}
    types = {ACTIVITY_TYPE[registry.truth.get(ActivityGroup, key).type] for key in groups}
    return types.pop() if len(types) == 1 else _Matching(lambda found: isinstance(found, str))


@dataclass(eq=False)
class _Matching:
    """Equal to whatever fits."""

    fits: Callable[[Any], bool]

    def __eq__(self, other: object) -> bool:
        return self.fits(other)

    def __hash__(self) -> int:
        return id(self)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
