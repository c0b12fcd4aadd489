"""What the indexer writes into the search index for a provider: it has the same age as its last indexing."""

from .codes import ACTIVITY_TYPE, HIERARCHY_TYPE, ORGANIZATION_TYPE, QF_EHEA_LEVEL, STATUS
from .dates import unix
from .documents import agency_reference, crossborder, distinct, location
from .index import Terms
from .model import Activity, ActivityGroup, Hierarchy, Json, Provider, Report
from .truth import Truth


def provider_document(truth: Truth, provider: Provider, *, has_report: bool) -> Json:
    reports = [truth.get(Report, key) for key in truth.reports_of(provider.id, "institution")]
    activities = [truth.get(Activity, key) for key in distinct(a for r in reports for a in r.activities)]
    groups = [truth.get(ActivityGroup, key) for key in distinct(a.group for a in activities)]
    agencies = distinct(r.agency for r in reports)
    return {
        "id": provider.id,
        "deqar_id": provider.deqar_id,
        "eter_id": provider.eter_id,
        "identifiers": [
            {
                "identifier": i.identifier,
                "agency": agency_reference(truth, i.agency) if i.agency else None,
                "resource": i.resource,
            }
            for i in provider.identifiers
        ],
        "is_other_provider": provider.is_other_provider,
        "organization_type": organization_type(provider),
        "name_sort": provider.name_sort,
        "name_primary": provider.name_primary,
        "names": [_provider_name(provider, number) for number in range(len(provider.names))],
        "website_link": provider.website_link,
        "founding_date": unix(provider.founding_date),
        "closure_date": unix(provider.closure_date),
        "locations": [
            {**location(truth, place), "lat": place.lat, "long": place.long} for place in provider.locations
        ],
        "part_of": [_related(truth, h, h.parent) for h in truth.hierarchies(child=provider.id)],
        "includes": [_related(truth, h, h.child) for h in truth.hierarchies(parent=provider.id)],
        "qf_ehea_levels": [QF_EHEA_LEVEL[level.level] for level in provider.levels],
        "has_report": has_report,
        "agencies": [agency_reference(truth, key) for key in agencies],
        "status": [STATUS[key] for key in distinct(r.status for r in reports)],
        "activity_types": [ACTIVITY_TYPE[key] for key in distinct(g.type for g in groups)],
        "activity_groups": [g.id for g in groups],
        "crossborder": any(crossborder(truth, key, [provider]) for key in agencies),
        "created_at": unix(provider.created_at),
    }


def provider_terms(document: Json) -> Terms:
    """Fields without a value are left out, as the engine sorts them last and counts them nowhere."""
    single = ("name_sort", "deqar_id", "eter_id", "website_link", "founding_date", "closure_date")
    flags = ("is_other_provider", "has_report", "crossborder")
    lists = ("status", "activity_types", "activity_groups", "qf_ehea_levels")
    places = document["locations"]
    return {
        **{name: [document[name]] for name in single if document[name] is not None},
        **{name: [document[name]] for name in flags},
        **{name: distinct(document[name]) for name in lists},
        "agencies.id": [a["id"] for a in document["agencies"]],
        "locations.city": distinct(p["city"] for p in places if p["city"]),
        "locations.country.id": distinct(p["country"]["id"] for p in places),
        "locations.country.iso_3166_alpha2": distinct(p["country"]["iso_3166_alpha2"] for p in places),
        "locations.country.name_english": distinct(p["country"]["name_english"] for p in places),
    }


def provider_text(document: Json) -> str:
    names = [
        text for n in document["names"] for text in (n["name_official"], n["name_english"], n["acronym"])
    ]
    return " ".join(
        filter(None, [document["deqar_id"], document["eter_id"], document["name_primary"], *names])
    )


def _provider_name(provider: Provider, number: int) -> Json:
    name = provider.names[number]
    return {
        "name_official": name.official,
        "name_official_transliterated": name.transliterated,
        "name_english": name.english,
        "name_versions": [v.model_dump() for v in name.versions],
        "acronym": name.acronym,
        "name_valid_to": unix(name.valid_to),
    }


def _related(truth: Truth, relation: Hierarchy, relative: int) -> Json:
    provider = truth.get(Provider, relative)
    return {
        "institution": {
            "id": provider.id,
            "deqar_id": provider.deqar_id,
            "eter_id": provider.eter_id,
            "name_primary": provider.name_primary,
            "name_sort": provider.name_sort,
            "website_link": provider.website_link,
        },
        "relationship_type": HIERARCHY_TYPE[relation.type] if relation.type else None,
        "valid_from": unix(relation.valid_from),
        "valid_to": unix(relation.valid_to),
    }


def organization_type(provider: Provider) -> Json | None:
    key = provider.organization_type
    return {"id": key, "type": ORGANIZATION_TYPE[key]} if key else None
