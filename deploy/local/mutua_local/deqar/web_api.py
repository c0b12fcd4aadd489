"""The Web API v2: countries, agencies, institutions and reports, as the public site reads them.

Every path needs the token. Lists over the search index lag behind, details do not.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from starlette.responses import Response

from . import legacy
from .agency_views import (
    activity_group,
    activity_row,
    agency_detail,
    agency_row,
    eqar_decision,
    focusing_agency_row,
)
from .answers import ApiError, json_answer, missing
from .calls import Call, Endpoint
from .codes import HIGH_FLAG
from .country_views import country_by_reports, country_detail, country_row, focus_country
from .index import Search
from .lists import (
    BY_INSTITUTION_ORDERING,
    INSTITUTION_FACETS,
    INSTITUTION_ORDERING,
    INSTITUTIONAL_FACETS,
    PROGRAMME_FACETS,
    PROGRAMME_ORDERING,
    REPORT_FACETS,
    REPORT_ORDERING,
    Listing,
)
from .model import Activity, ActivityGroup, Agency, BrokenRecord, Country, Json, Provider, Record, Report
from .provider_views import provider_detail
from .report_views import report_detail

RecordT = TypeVar("RecordT", bound=Record)


# countries


def countries(call: Call) -> Response:
    """EHEA members only, a bare array; `limit` is ignored."""
    rows = [c for c in call.truth.every(Country) if c.ehea_is_member]
    for parameter, field in (("external_qaa", "external_qaa"), ("european_approach", "european_approach")):
        if value := call.params.text(parameter):
            if value not in ("1", "2", "3"):
                message = "Select a valid choice. That choice is not one of the available choices."
                raise ApiError(400, {parameter: [message]})
            rows = [c for c in rows if getattr(c, field) == int(value)]
    member = {"true": True, "false": False}.get(call.params.text("eqar_governmental_member"))
    if member is not None:
        rows = [c for c in rows if (c.governmental_member_start is not None) == member]
    based = [a.country for a in call.truth.every(Agency) if a.is_registered]
    found = [country_row(call.view, c, based.count(c.id)) for c in rows]
    return json_answer(
        _ordered(found, call.params.text("ordering"), ("name_english", "agency_count"), "name_english")
    )


def country(call: Call) -> Response:
    return json_answer(country_detail(call.view, _found(call, Country)))


def countries_by_agency(call: Call) -> Response:
    agency = call.truth.find(Agency, call.key)
    focus = call.view.kept(agency.focus_countries, lambda f: f.valid_to) if agency else []
    return json_answer(call.paged([focus_country(call.view, agency, f) for f in focus] if agency else []))


def countries_by_reports(call: Call) -> Response:
    """Reports with a high flag do not count; any non-empty `history` includes ended locations."""
    ended = bool(call.params.text("history"))
    places: dict[int, set[int]] = {}
    for key in call.truth.providers_shown(HIGH_FLAG):
        for place in call.truth.get(Provider, key).locations:
            if ended or place.valid_to is None or place.valid_to >= call.view.today:
                places.setdefault(place.country, set()).add(key)
    found = [call.truth.get(Country, key) for key in places]
    found.sort(key=lambda c: c.name_english)
    return json_answer([country_by_reports(call.view, c, len(places[c.id])) for c in found])


# agencies


def agencies(call: Call) -> Response:
    return json_answer(call.paged(_agency_rows(call, list(call.truth.every(Agency)), default="True")))


def agency(call: Call) -> Response:
    return json_answer(agency_detail(call.view, _found(call, Agency)))


def agencies_based_in(call: Call) -> Response:
    """`registered` replaces the country filter instead of joining it: never combine them."""
    if call.params.text("registered"):
        return agencies(call)
    here = [a for a in call.truth.every(Agency) if a.country == call.key]
    return json_answer(call.paged(_agency_rows(call, here, default="All" if call.view.history else "True")))


def agencies_focusing_to(call: Call) -> Response:
    """With `registered` rows of other countries come in, which have no focus here: then the server fails."""
    found = list(call.truth.every(Agency))
    if not call.params.text("registered"):
        found = [
            a
            for a in found
            if call.key in {f.country for f in call.view.kept(a.focus_countries, lambda f: f.valid_to)}
        ]
    if any(call.key not in {f.country for f in a.focus_countries} for a in found):
        raise BrokenRecord("an agency without focus on this country")
    rows = [focusing_agency_row(call.view, a, call.key) for a in found]
    rows.sort(key=lambda r: (not r["is_registered"], not r["country_is_official"], r["acronym_primary"]))
    return json_answer(call.paged(rows))


def decisions(call: Call) -> Response:
    rows = [(d, a.acronym_primary) for a in call.truth.every(Agency) for d in a.decisions]
    rows.sort(key=lambda row: row[1])
    rows.sort(key=lambda row: row[0].date, reverse=True)
    return json_answer([{"agency_acronym": acronym, **eqar_decision(d)} for d, acronym in rows])


def activity_groups(call: Call) -> Response:
    return json_answer([activity_group(call.view, group) for group in call.truth.every(ActivityGroup)])


def activities(call: Call) -> Response:
    return json_answer(call.paged([activity_row(call.view, a) for a in call.truth.every(Activity)]))


def _agency_rows(call: Call, found: Sequence[Agency], default: str) -> list[Json]:
    wanted = call.params.text("registered") or default
    if wanted not in ("True", "False", "All"):
        message = f"Select a valid choice. {wanted} is not one of the available choices."
        raise ApiError(400, {"registered": [message]})
    kept = [a for a in found if wanted == "All" or a.is_registered == (wanted == "True")]
    ordering = call.params.text("ordering")
    names = (
        ("name_primary",) if ordering.lstrip("-") == "name_primary" else ("acronym_primary", "name_primary")
    )
    kept.sort(key=lambda a: (*(getattr(a, name) for name in names), a.id), reverse=ordering.startswith("-"))
    return [agency_row(call.view, a) for a in kept]


# institutions


def institutions(call: Call) -> Response:
    search = call.search("institutions", call.filters.institutions(), INSTITUTION_ORDERING)
    return json_answer(call.listed(Listing(search, INSTITUTION_FACETS, call.rows.institution)))


def institution(call: Call) -> Response:
    return _provider(call, call.truth.find(Provider, call.key))


def institution_by_eter(call: Call) -> Response:
    return _provider(call, call.truth.provider_by_eter(call.path["eter_id"]))


def institution_by_identifier(call: Call) -> Response:
    """The first match, silently, also where several institutions have the identifier."""
    return _provider(call, call.truth.provider_by_identifier(call.path["resource"], call.path["identifier"]))


def _provider(call: Call, found: Provider | None) -> Response:
    if found is None:
        raise missing()
    detail = provider_detail(call.view, found)
    return json_answer(legacy.provider(detail, found.name_primary) if call.simulator.legacy else detail)


def resources(call: Call) -> Response:
    if call.simulator.legacy:
        return json_answer(call.truth.resources())
    return json_answer(
        [{"resource": name, "title": "", "source": "", "link": ""} for name in call.truth.resources()]
    )


# reports


def reports(call: Call) -> Response:
    search = call.search("reports", call.filters.reports(), REPORT_ORDERING)
    return json_answer(call.listed(Listing(search, REPORT_FACETS, call.rows.report)))


def report(call: Call) -> Response:
    detail = report_detail(call.view, _found(call, Report))
    return json_answer(legacy.report(detail) if call.simulator.legacy else detail)


def institutional_reports(call: Call) -> Response:
    _found(call, Provider, "Institution")
    clauses = call.filters.by_institution(call.key, programmes=False)
    listing = Listing(
        Search("reports", clauses, call.params.text("query"), call.params.ordering(BY_INSTITUTION_ORDERING)),
        INSTITUTIONAL_FACETS,
        call.rows.institutional,
    )
    return json_answer(call.listed(listing))


def programme_reports(call: Call) -> Response:
    _found(call, Provider, "Institution")
    clauses = call.filters.by_institution(call.key, programmes=True)
    listing = Listing(
        Search("programmes", clauses, call.params.text("query"), call.params.ordering(PROGRAMME_ORDERING)),
        PROGRAMME_FACETS,
        call.rows.programme,
    )
    return json_answer(call.listed(listing))


def _found(call: Call, record: type[RecordT], name: str = "") -> RecordT:
    found = call.truth.find(record, call.key)
    if found is None:
        raise missing(name or record.__name__)
    return found


def _ordered(rows: list[Json], ordering: str, allowed: tuple[str, ...], default: str) -> list[Json]:
    """An unknown ordering is ignored, silently."""
    name, descending = (ordering[1:], True) if ordering.startswith("-") else (ordering, False)
    if name not in allowed:
        name, descending = default, False
    return sorted(rows, key=lambda row: (row[name], row["id"]), reverse=descending)


_BROWSE = "/webapi/v2/browse"
ENDPOINTS: Mapping[str, Endpoint] = {
    f"{_BROWSE}/countries/": Endpoint(countries),
    f"{_BROWSE}/countries/{{key:int}}/": Endpoint(country),
    f"{_BROWSE}/countries/by-agency-focus/{{key:int}}/": Endpoint(countries_by_agency),
    f"{_BROWSE}/countries/by-reports/": Endpoint(countries_by_reports),
    f"{_BROWSE}/agencies/": Endpoint(agencies),
    f"{_BROWSE}/agencies/{{key:int}}/": Endpoint(agency),
    f"{_BROWSE}/agencies/based-in/{{key:int}}/": Endpoint(agencies_based_in),
    f"{_BROWSE}/agencies/focusing-to/{{key:int}}/": Endpoint(agencies_focusing_to),
    f"{_BROWSE}/agencies/decisions/": Endpoint(decisions),
    f"{_BROWSE}/agencies/activity-groups/": Endpoint(activity_groups),
    f"{_BROWSE}/agencies/activities/": Endpoint(activities),
    f"{_BROWSE}/institutions/": Endpoint(institutions),
    f"{_BROWSE}/institutions/{{key:int}}/": Endpoint(institution),
    f"{_BROWSE}/institutions/by-eter/{{eter_id}}/": Endpoint(institution_by_eter),
    f"{_BROWSE}/institutions/by-identifier/{{resource}}/{{identifier}}": Endpoint(institution_by_identifier),
    f"{_BROWSE}/institutions/resources/": Endpoint(resources),
    f"{_BROWSE}/reports/": Endpoint(reports),
    f"{_BROWSE}/reports/{{key:int}}/": Endpoint(report),
    f"{_BROWSE}/reports/institutional/by-institution/{{key:int}}/": Endpoint(institutional_reports),
    f"{_BROWSE}/reports/programme/by-institution/{{key:int}}/": Endpoint(programme_reports),
}
