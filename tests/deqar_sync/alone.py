"""A registry behind a real socket, the mirror's one command, and the registry's own truth to compare with."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson

from mutua_deqar_sync.alone.store import mirror_pool
from mutua_deqar_sync.alone.sync import Outcome, Wish, sync
from mutua_deqar_sync.progress import Unwatched
from mutua_deqar_sync.transport import Manners
from mutua_deqar_sync.views.dump import json_lines
from mutua_deqar_sync.views.store import View, opened
from mutua_local.deqar import Simulator, actions
from mutua_local.deqar.codes import ACTIVITY_TYPE
from mutua_local.deqar.model import (
    Activity,
    ActivityGroup,
    Agency,
    Country,
    Provider,
    Report,
)

from .conftest import TOKEN

Rows = dict[tuple[str, str], dict[str, Any]]

FLAGS = {1: "none", 2: "low", 3: "high"}
DECISIONS = {1: "positive", 2: "conditional", 3: "negative", 4: "not applicable"}
IMPATIENT = Manners(rate=0, timeout=5, first_pause=0.001, longest_pause=0.002)


@dataclass
class Alone:
    """A mirror in a database of its own."""

    database: str
    source: str

    async def sync(self, *, token: str = TOKEN, **wish: Any) -> Outcome:
        wish = {"manners": IMPATIENT, **wish}
        return await sync(self.database, Wish(self.source, token, **wish), Unwatched())

    @asynccontextmanager
    async def view(self) -> AsyncIterator[View]:
        async with mirror_pool(self.database) as pool, opened(pool) as view:
            yield view

    async def dump(self, as_of: Any = None) -> Rows:
        async with self.view() as view:
            rows = [orjson.loads(line) async for line in json_lines(view, None, as_of)]
        keys = [(row["kind"], row["id"]) for row in rows]
        assert keys == sorted(keys)
        return dict(zip(keys, rows, strict=True))


async def forget_gaps(database: str, registry: Simulator) -> None:
    """The ids of countries have wide gaps: as if they had been asked for already."""
    there = set(registry.truth.ids(Country))
    gaps = [str(key) for key in range(min(there), max(there)) if key not in there]
    async with mirror_pool(database) as pool:
        await pool.execute("insert into vacant select 'country', unnest($1::text[]), now()", gaps)


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


def disturb(registry: Simulator, chance: random.Random) -> dict[str, Any]:
    """One thing that happens to a registry, at random; says what."""
    reports = registry.truth.ids(Report)
    providers = registry.truth.ids(Provider)
    today = registry.clock.now().date()
    report, provider, other = chance.choice(reports), *chance.sample(providers, 2)
    action = chance.choice(
        [
            {"action": "flag", "id": report, "level": chance.choice(["high", "none", "low"])},
            {
                "action": "end_report",
                "id": report,
                "valid_to": str(today + timedelta(days=chance.randrange(900))),
            },
            {"action": "upgrade", "id": report},
            {"action": "reshuffle_programmes", "id": report},
            {"action": "edit", "kind": "report", "id": report, "set": {"decision": chance.randrange(1, 5)}},
            {"action": "edit", "kind": "report", "id": report, "set": {"institutions": [provider]}},
            {"action": "edit", "kind": "provider", "id": provider, "set": {"founding_date": "1901-02-03"}},
            {"action": "close", "id": provider, "on": str(today)},
            {"action": "merge", "source": provider, "target": other, "on": str(today)},
            {"action": "reassign", "source": provider, "target": other},
        ]
    )
    actions.perform(registry, action)
    return action
