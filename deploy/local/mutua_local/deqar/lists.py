"""The search-backed lists: which filters, orderings and facets each has, and the envelope that all share.

Envelope: count, next (a boolean, computed from the offset as sent), results, facets with alternating value
and count.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from .answers import engine_refuses
from .codes import ACTIVITY_TYPE, DECISION, FLAG, HIGH_FLAG, INSTITUTIONAL_TYPES, QF_EHEA_LEVEL, STATUS
from .contributors import Contributor, contributors
from .dates import unix
from .index import AnyOf, Clause, Search, SearchIndex
from .model import Activity, ActivityGroup, Agency, Country, Json, Record
from .params import Params
from .truth import Truth

_FacetMap = Mapping[str, str]
LANGUAGES: Final = MappingProxyType(
    {1: "Dutch", 2: "English", 3: "French", 4: "German", 5: "Spanish", 40: "German"}
)

REPORT_FACETS: Final[_FacetMap] = MappingProxyType(
    {
        "agency.id": "agency_facet",
        "contributing_agencies.id": "agency_facet",
        "institutions.locations.country.id": "country_facet",
        "platforms.locations.country.id": "country_facet",
        "flag": "flag_level_facet",
        "agency_esg_activities.group_id": "activity_facet",
        "agency_esg_activities.type": "activity_type_facet",
        "status": "status_facet",
        "decision": "decision_facet",
        "report_files.languages": "language_facet",
        "crossborder": "crossborder_facet",
        "other_provider_covered": "other_provider_covered_facet",
        "programmes.degree_outcome": "degree_outcome_facet",
        "programmes.programme_type": "programme_type_facet",
    }
)
INSTITUTIONAL_FACETS: Final[_FacetMap] = MappingProxyType(
    {
        "agency.id": "agency_facet",
        "agency_esg_activities.group_id": "activity_facet",
        "status": "status_facet",
        "decision": "decision_facet",
        "report_files.languages": "language_facet",
        "crossborder": "crossborder_facet",
    }
)
PROGRAMME_FACETS: Final[_FacetMap] = MappingProxyType(
    {
        "agency.id": "agency_facet",
        "agency_esg_activities.group_id": "activity_facet",
        "status": "status_facet",
        "decision": "decision_facet",
        "languages": "language_facet",
        "crossborder": "crossborder_facet",
        "degree_outcome": "degree_outcome_facet",
        "programme_type": "programme_type_facet",
    }
)
INSTITUTION_FACETS: Final[_FacetMap] = MappingProxyType(
    {
        "locations.country.id": "country_facet",
        "qf_ehea_levels": "qf_ehea_level_facet",
        "agencies.id": "reports_agencies",
        "status": "status_facet",
        "activity_types": "activity_type_facet",
        "activity_groups": "activity_facet",
        "crossborder": "crossborder_facet",
        "is_other_provider": "other_provider_facet",
    }
)
CONNECT_FACETS: Final[_FacetMap] = MappingProxyType(
    {"locations.country.id": "country_facet", "is_other_provider": "other_provider_facet"}
)

REPORT_ORDERING: Final = MappingProxyType(
    {
        "institution_programme_sort": "institutions.name_sort",
        "date_created": "created_at",
        "date_updated": "updated_at",
        "valid_from": "valid_from",
        "valid_to_calculated": "valid_to_calculated",
        "agency": "agency.acronym_primary",
        "country": "institutions.locations.country.name_english",
        "activity": "agency_esg_activities.type",
        "flag": "flag",
    }
)
BY_INSTITUTION_ORDERING: Final = MappingProxyType(
    {
        name: REPORT_ORDERING[name]
        for name in ("date_created", "date_updated", "valid_from", "valid_to_calculated")
    }
)
PROGRAMME_ORDERING: Final = MappingProxyType({"name": "name", **BY_INSTITUTION_ORDERING})
INSTITUTION_ORDERING: Final = MappingProxyType(
    {
        "name_sort": "name_sort",
        "founding_date": "founding_date",
        "closure_date": "closure_date",
        "country": "locations.country.name_english",
    }
)
CONNECT_ORDERING: Final = MappingProxyType(
    {**INSTITUTION_ORDERING, "deqar_id": "deqar_id", "eter_id": "eter_id"}
)
_SEARCH_FIELDS: Final = ("locations.city", "website_link", "deqar_id", "eter_id")


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: what is searched, which facets it shows and how a hit becomes a row."""

    search: Search
    facets: _FacetMap
    row: Callable[[Json], Json]


def envelope(truth: Truth, index: SearchIndex, listing: Listing, params: Params) -> Json:
    page = params.page()
    hits = index.search(listing.search, limit=page.limit, page=page.number, facets=tuple(listing.facets))
    return {
        "count": hits.total,
        "next": page.has_next(hits.total),
        "results": [listing.row(hit) for hit in hits.documents],
        "facets": {
            "facet_queries": {},
            "facet_fields": _facet_fields(truth, listing.facets, hits.facets),
            "facet_ranges": {},
            "facet_intervals": {},
            "facet_heatmaps": {},
        },
    }


def _facet_fields(
    truth: Truth, names: _FacetMap, found: Mapping[str, Mapping[str, int]]
) -> dict[str, list[str | int]]:
    merged: dict[str, dict[str, int]] = {}
    for field, counts in found.items():
        for value, count in counts.items():
            label = _label(truth, field, value)
            column = merged.setdefault(names[field], {})
            column[label] = column.get(label, 0) + count
    return {name: [part for pair in column.items() for part in pair] for name, column in merged.items()}


def _label(truth: Truth, field: str, value: str) -> str:
    """Agencies, countries and groups are looked up now; a deleted one shows as unknown."""
    record: Record | None
    if field.endswith("country.id"):
        record = truth.find(Country, int(value))
        return record.name_english if record else f"unknown ID: {value}"
    if field in ("agency.id", "contributing_agencies.id", "agencies.id"):
        record = truth.find(Agency, int(value))
        return record.acronym_primary if record else f"unknown ID: {value}"
    if field in ("agency_esg_activities.group_id", "activity_groups"):
        record = truth.find(ActivityGroup, int(value))
        return record.activity if record else f"unknown ID: {value}"
    return value


class Filters:
    """Reads the filters of a request: looked-up parameters refuse what they do not know, the rest find
    nothing.
    """

    def __init__(self, truth: Truth, params: Params, now: datetime) -> None:
        self._truth = truth
        self._params = params
        self._now = now

    def reports(self) -> tuple[Clause, ...]:
        p = self._params
        clauses = [
            *self._agency(("agency.id", "contributing_agencies.id")),
            *p.looked_up(
                "activity", "activity_id", ("agency_esg_activities.id",), self._activities, quoted=False
            ),
            *self._group(),
            *_coded(p, "activity_type_id", "activity_type", ("agency_esg_activities.type",), ACTIVITY_TYPE),
            *self._country(("institutions.locations.country.id", "platforms.locations.country.id")),
            *_coded(p, "status_id", "status", ("status",), STATUS),
            *_coded(p, "decision_id", "decision", ("decision",), DECISION),
            *_coded(p, "language_id", "language", ("report_files.languages",), LANGUAGES),
            *p.boolean_clause("cross_border", "crossborder"),
            *p.boolean_clause("other_provider_covered", "other_provider_covered"),
            *self._degree_outcome("programmes.degree_outcome"),
            *self._flag(),
            *p.passed("programme_type", ("programmes.programme_type",), quoted=True),
        ]
        if p.boolean("active"):
            clauses.append(Clause(("valid_to_calculated",), ">=", (int(self._now.timestamp()),)))
        if year := p.year():
            clauses += _valid_between(*year)
        return (*clauses, *self._valid_on())

    def by_institution(self, provider: int, *, programmes: bool) -> tuple[Clause | AnyOf, ...]:
        """High-flag reports never show here, whatever `flag` says."""
        p = self._params
        language = "languages" if programmes else "report_files.languages"
        clauses: list[Clause | AnyOf] = [
            contributor_clause(self._truth, provider),
            Clause(("flag",), "!=", (FLAG[HIGH_FLAG],)),
            *self._agency(("agency.id", "contributing_agencies.id")),
            *self._group(),
            *_coded(p, "status_id", "status", ("status",), STATUS),
            *_coded(p, "decision_id", "decision", ("decision",), DECISION),
            *_coded(p, "language_id", "language", (language,), LANGUAGES),
            *p.boolean_clause("cross_border", "crossborder"),
            *self._valid_on(),
        ]
        if programmes:
            clauses += _coded(p, "qf_ehea_level_id", "qf_ehea_level", ("qf_ehea_level",), QF_EHEA_LEVEL)
            clauses += self._degree_outcome("degree_outcome")
            clauses += p.passed("programme_type", ("programme_type",), quoted=True)
        else:
            clauses.append(Clause(("agency_esg_activities.type",), "=", INSTITUTIONAL_TYPES))
        return tuple(clauses)

    def institutions(self) -> tuple[Clause, ...]:
        p = self._params
        return (
            Clause(("has_report",), "=", ("true",)),
            *self._country(("locations.country.id",)),
            *self._agency(("agencies.id",)),
            *p.looked_up("activity", "activity_id", ("activity_groups",), self._groups, quoted=False),
            *_coded(p, "activity_type_id", "activity_type", ("activity_types",), ACTIVITY_TYPE),
            *_coded(p, "status_id", "status", ("status",), STATUS),
            *_coded(p, "qf_ehea_level_id", "qf_ehea_level", ("qf_ehea_levels",), QF_EHEA_LEVEL),
            *p.boolean_clause("crossborder", "crossborder"),
            *p.boolean_clause("other_provider", "is_other_provider"),
        )

    def providers(self, *, heis_only: bool) -> tuple[Clause, ...]:
        p = self._params
        alpha2 = {c.alpha2: c.id for c in self._truth.every(Country)}
        return (
            *([Clause(("is_other_provider",), "=", ("false",))] if heis_only else []),
            *p.looked_up("country", "country_id", ("locations.country.id",), alpha2.get, quoted=False),
            *([] if heis_only else p.boolean_clause("other_provider", "is_other_provider")),
            *self._search_field(),
        )

    def _search_field(self) -> list[Clause]:
        """Searching an id is fuzzy: only a quoted one is found alone."""
        field, value = self._params.text("search_field"), self._params.text("query")
        if not field:
            return []
        if field not in _SEARCH_FIELDS:
            raise engine_refuses(
                f"attribute {field} is not searchable. Available: {', '.join(_SEARCH_FIELDS)}"
            )
        quoted = len(value) > 2 and value.startswith('"') and value.endswith('"')
        return [Clause((field,), "=", (value.strip('"'),))] if quoted else []

    def _agency(self, fields: tuple[str, ...]) -> list[Clause]:
        return self._params.looked_up("agency", "agency_id", fields, self._agency_id, quoted=False)

    def _agency_id(self, acronym: str) -> int | None:
        agency = self._truth.agency_by_acronym(acronym)
        return agency.id if agency else None

    def _country(self, fields: tuple[str, ...]) -> list[Clause]:
        names = {c.name_english: c.id for c in self._truth.every(Country)}
        return self._params.looked_up("country", "country_id", fields, names.get, quoted=False)

    def _group(self) -> list[Clause]:
        fields = ("agency_esg_activities.group_id",)
        return self._params.looked_up(
            "activity_group", "activity_group_id", fields, self._groups, quoted=False
        )

    def _groups(self, name: str) -> tuple[int, ...]:
        return tuple(g.id for g in self._truth.every(ActivityGroup) if g.activity == name)

    def _activities(self, name: str) -> tuple[int, ...]:
        return tuple(a.id for a in self._truth.every(Activity) if a.activity == name)

    def _degree_outcome(self, field: str) -> list[Clause]:
        wanted = self._params.boolean("degree_outcome")
        return (
            [] if wanted is None else [Clause((field,), "=" if wanted else ">", ("1",) if wanted else (1,))]
        )

    def _flag(self) -> list[Clause]:
        if self._params.text("flag"):
            return self._params.passed("flag", ("flag",), quoted=True)
        return [Clause(("flag",), "!=", (FLAG[HIGH_FLAG],))]

    def _valid_on(self) -> list[Clause]:
        moment = self._params.moment("valid_on")
        return [] if moment is None else _valid_between(moment, moment)


def _valid_between(first: int, last: int) -> list[Clause]:
    return [Clause(("valid_from",), "<=", (last,)), Clause(("valid_to_calculated",), ">=", (first,))]


def _coded(
    params: Params, by_id: str, by_label: str, fields: tuple[str, ...], codes: Mapping[int, str]
) -> list[Clause]:
    """The id is looked up (unknown: 400), the label goes through (unknown: no hits)."""

    def lookup(value: str) -> str | None:
        return codes.get(int(value)) if value.isdecimal() else None

    return params.looked_up(by_id, by_label, fields, lookup, quoted=True)


def contributor_clause(truth: Truth, key: int) -> AnyOf:
    """Reports of the provider itself, and those that relations lend to it inside their window."""
    return AnyOf(tuple(_window(c) for c in contributors(truth, key)))


def _window(contributor: Contributor) -> tuple[Clause, ...]:
    clauses = [Clause(("institutions.id", "platforms.id"), "=", (contributor.provider,))]
    if (since := unix(contributor.since)) is not None:
        clauses.append(Clause(("valid_to_calculated",), ">=", (since,)))
    if (until := unix(contributor.until)) is not None:
        clauses.append(Clause(("valid_from",), "<=", (until,)))
    return tuple(clauses)
