"""The filters of the search-backed lists, from query parameters to clauses of the engine.

Some parameters are looked up first and refuse what they do not know, others go to the engine as they are
and find nothing; which is which follows the real server, parameter by parameter.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from .answers import engine_refuses
from .codes import ACTIVITY_TYPE, DECISION, FLAG, HIGH_FLAG, INSTITUTIONAL_TYPES, QF_EHEA_LEVEL, STATUS
from .contributors import Contributor, contributors
from .dates import unix
from .index import AnyOf, Clause
from .languages import LANGUAGE_NAMES
from .model import Activity, ActivityGroup, Country
from .params import Params
from .truth import Truth

_SEARCH_FIELDS: Final = ("locations.city", "website_link", "deqar_id", "eter_id")


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
            *_coded(p, "language_id", "language", ("report_files.languages",), LANGUAGE_NAMES),
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
            *_coded(p, "language_id", "language", (language,), LANGUAGE_NAMES),
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
    fields = tuple(f"{role}s.id" for role in contributor.roles)
    clauses = [Clause(fields, "=", (contributor.provider,))]
    if (since := unix(contributor.since)) is not None:
        clauses.append(Clause(("valid_to_calculated",), ">=", (since,)))
    if (until := unix(contributor.until)) is not None:
        clauses.append(Clause(("valid_from",), "<=", (until,)))
    return tuple(clauses)
