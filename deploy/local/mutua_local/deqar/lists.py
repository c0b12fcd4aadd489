"""The search-backed lists: which orderings and facets each has, and the envelope that all share.

Envelope: count, next (a boolean, computed from the offset as sent), results, facets with alternating value
and count.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .index import Hits, Search, SearchIndex
from .model import ActivityGroup, Agency, Country, Json, Record
from .params import Page
from .truth import Truth

_FacetMap = Mapping[str, str]

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
        "contributing_agencies.id": "agency_facet",
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
        "contributing_agencies.id": "agency_facet",
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


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: what is searched, which facets it shows and how a hit becomes a row."""

    search: Search
    facets: _FacetMap
    row: Callable[[Json], Json]


def search_page(index: SearchIndex, listing: Listing, page: Page) -> Hits:
    return index.search(listing.search, limit=page.limit, page=page.number, facets=tuple(listing.facets))


def envelope(truth: Truth, listing: Listing, page: Page, hits: Hits) -> Json:
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
