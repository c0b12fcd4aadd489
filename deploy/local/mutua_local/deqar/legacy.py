"""Shapes of earlier years, as the examples in the registry's documentation still show them.

Ids in search-backed lists were text, rows had a score, `next` and `previous` were addresses, lists by
institution held whole reports, a report named one activity and no contributing agencies, and a provider's
ETER id came with its name.
"""

from typing import Final

from .index import Search
from .lists import Listing
from .model import Json, Report
from .report_views import report_detail
from .view import View

_SCORE: Final = 1.0
_REPORT_ROW: Final = (
    "country",
    "agency_name",
    "programmes",
    "agency_esg_activity_type",
    "agency_esg_activity",
    "valid_from",
    "valid_to_calculated",
    "agency_acronym",
    "report_links",
    "flag_level",
    "status",
    "decision",
)
_PROVIDER_ROW: Final = (
    "id",
    "score",
    "country",
    "qf_ehea_level",
    "eter_id",
    "hierarchical_relationships",
    "deqar_id",
    "name_official_display",
    "name_primary",
    "website_link",
    "name_select_display",
    "name_sort",
)
_COUNTRY: Final = ("iso_3166_alpha2", "iso_3166_alpha3", "name_english")
_REPORT: Final = (
    "id",
    "agency_name",
    "agency_acronym",
    "agency_id",
    "agency_esg_activity",
    "agency_esg_activity_type",
    "institutions_hierarchical",
    "institutions_historical",
    "report_valid",
    "valid_from",
    "valid_to",
    "status",
    "decision",
    "report_links",
    "local_identifier",
    "other_comment",
    "flag",
)
_PROGRAMME: Final = (
    "id",
    "name_primary",
    "programme_names",
    "programme_identifiers",
    "nqf_level",
    "qf_ehea_level",
    "countries",
)
_PROVIDER: Final = (
    "id",
    "identifiers",
    "website_link",
    "names",
    "founding_date",
    "closure_date",
    "historical_relationships",
    "hierarchical_relationships",
    "qf_ehea_levels",
    "historical_data",
)


def row(listing: Listing, found: Json, base: str) -> Json:
    """A row of a search-backed list, from today's."""
    if listing.search.index != "institutions":
        return _report_row(found, base)
    scored = {**found, "id": str(found["id"]), "score": _SCORE}
    return _provider_row(scored) if "place" in found else scored


def reports_by_institution(view: View, search: Search, hits: list[Json]) -> list[Json]:
    """Whole reports in place of the hits, each once."""
    nested = search.index == "programmes"
    keys = dict.fromkeys(hit["report"]["id"] if nested else hit["id"] for hit in hits)
    found = [view.truth.find(Report, key) for key in keys]
    return [report(report_detail(view, each)) for each in found if each is not None]


def report(detail: Json) -> Json:
    """A report in detail, from today's."""
    return {
        **{name: detail[name] for name in _REPORT},
        "agency_url": detail["agency_url"].replace("/webapi/v2/", "/webapi/v1/"),
        "name": detail["agency_esg_activity"],
        "institutions": [_report_provider(each) for each in detail["institutions"]],
        "programmes": [{name: each[name] for name in _PROGRAMME} for each in detail["programmes"]],
        "report_files": [
            {name: value for name, value in each.items() if name != "id"} for each in detail["report_files"]
        ],
    }


def provider(detail: Json, name: str) -> Json:
    """A provider in detail, from today's."""
    countries = [
        {
            **place,
            "country": {
                code: place["country"][code]
                for code in ("iso_3166_alpha2", "iso_3166_alpha3", "name_english")
            },
        }
        for place in detail["countries"]
    ]
    eter = f"{detail['eter_id']} - {name}" if detail["eter_id"] else None
    return {**{key: detail[key] for key in _PROVIDER}, "countries": countries, "eter": eter}


def _report_row(found: Json, base: str) -> Json:
    return {
        **{name: found[name] for name in _REPORT_ROW},
        "id": str(found["id"]),
        "score": _SCORE,
        "institutions": [_report_provider(each) for each in found["institutions"]],
        "report_files": [
            {**file, "file": (file["file"] or "").removeprefix(base)} for file in found["report_files"]
        ],
        "date_created": found["date_created"].replace("00Z", "00.000Z"),
        "date_updated": found["date_updated"].replace("00Z", "00.000Z"),
    }


def _provider_row(found: Json) -> Json:
    places = [{name: place[name] for name in ("country", "lat", "long", "city")} for place in found["place"]]
    return {**{name: found[name] for name in _PROVIDER_ROW}, "place": places}


def _report_provider(found: Json) -> Json:
    return {name: found[name] for name in ("id", "deqar_id", "name_primary", "website_link")}
