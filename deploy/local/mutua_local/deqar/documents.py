"""What the indexer writes into the search index for a report, its programmes and a provider.

These are the engine's raw documents (dates as Unix seconds), frozen at the moment of indexing: names and
acronyms in them grow old. The views turn them into the API's rows at the time of the request.
"""

from collections.abc import Iterable
from typing import TypeVar

from .codes import (
    ACTIVITY_TYPE,
    ASSESSMENT,
    DECISION,
    FLAG,
    HIERARCHY_TYPE,
    ORGANIZATION_TYPE,
    QF_EHEA_LEVEL,
    STATUS,
)
from .dates import end_of_validity, unix
from .index import Terms
from .model import (
    Activity,
    ActivityGroup,
    Agency,
    Country,
    Hierarchy,
    Json,
    Location,
    Programme,
    Provider,
    Report,
)
from .truth import Truth

ValueT = TypeVar("ValueT")


def report_document(truth: Truth, report: Report) -> Json:
    """Raises BrokenRecord where the backend's index task crashes: that report is in no list at all."""
    providers = [truth.get(Provider, key) for key in report.institutions]
    platforms = [truth.get(Provider, key) for key in report.platforms]
    return {
        "id": report.id,
        "local_identifier": report.local_identifier,
        "agency": _agency(truth, report.agency),
        "contributing_agencies": [_agency(truth, key) for key in report.contributing_agencies],
        "agency_esg_activities": [activity_reference(truth, key) for key in report.activities],
        "institutions": [_report_provider(truth, p) for p in providers],
        "platforms": [_report_provider(truth, p) for p in platforms],
        "programmes": [_programme(p) for p in report.programmes],
        "decision": DECISION[report.decision],
        "status": STATUS[report.status],
        "valid_from": unix(report.valid_from),
        "valid_to": unix(report.valid_to),
        "valid_to_calculated": unix(end_of_validity(report.valid_from, report.valid_to)),
        "created_at": unix(report.created_at),
        "updated_at": unix(report.updated_at),
        "crossborder": _crossborder(truth, report.agency, providers),
        "report_files": [
            {"file_display_name": f.display_name, "file": f.file, "languages": f.languages}
            for f in report.files
        ],
        "report_links": [
            {"link_display_name": link.display_name, "link": link.link} for link in report.links
        ],
        "other_provider_covered": any(p.is_other_provider for p in providers),
        "summary": report.summary,
        "other_comment": report.other_comment,
        "flag": FLAG[report.flag],
    }


def report_terms(document: Json) -> Terms:
    locations = [place for i in document["institutions"] for place in i["locations"]]
    platform_locations = [place for i in document["platforms"] for place in i["locations"]]
    return {
        "agency.id": [document["agency"]["id"]],
        "agency.acronym_primary": [document["agency"]["acronym_primary"]],
        "contributing_agencies.id": [a["id"] for a in document["contributing_agencies"]],
        "agency_esg_activities.id": [a["id"] for a in document["agency_esg_activities"]],
        "agency_esg_activities.group_id": _distinct(a["group_id"] for a in document["agency_esg_activities"]),
        "agency_esg_activities.type": _distinct(a["type"] for a in document["agency_esg_activities"]),
        "institutions.id": [i["id"] for i in document["institutions"]],
        "institutions.name_sort": [i["name_sort"] for i in document["institutions"]],
        "platforms.id": [i["id"] for i in document["platforms"]],
        "institutions.locations.country.id": _distinct(p["country"]["id"] for p in locations),
        "institutions.locations.country.name_english": _distinct(
            p["country"]["name_english"] for p in locations
        ),
        "platforms.locations.country.id": _distinct(p["country"]["id"] for p in platform_locations),
        "programmes.degree_outcome": _distinct(p["degree_outcome"] for p in document["programmes"]),
        "programmes.programme_type": _distinct(p["programme_type"] for p in document["programmes"]),
        "report_files.languages": _distinct(
            name for f in document["report_files"] for name in f["languages"]
        ),
        **{
            name: [document[name]]
            for name in (
                "flag",
                "status",
                "decision",
                "crossborder",
                "other_provider_covered",
                "valid_from",
                "valid_to_calculated",
                "created_at",
                "updated_at",
            )
        },
    }


def report_text(document: Json) -> str:
    names = [i["name_primary"] for i in document["institutions"] + document["platforms"]]
    return " ".join([*names, *(p["name_primary"] for p in document["programmes"])])


def programme_document(report: Json, programme: Json) -> Json:
    """One row per programme with its report nested; providers are bare ids there."""
    nested = {
        key: value for key, value in report.items() if key not in ("institutions", "platforms", "programmes")
    }
    ids = {name: [i["id"] for i in report[name]] for name in ("institutions", "platforms")}
    return {**programme, **ids, "report": nested}


def programme_terms(document: Json) -> Terms:
    report = document["report"]
    return {
        "report.id": [report["id"]],
        "name": [document["name_primary"]],
        "institutions.id": document["institutions"],
        "platforms.id": document["platforms"],
        "agency.id": [report["agency"]["id"]],
        "contributing_agencies.id": [a["id"] for a in report["contributing_agencies"]],
        "agency_esg_activities.group_id": _distinct(a["group_id"] for a in report["agency_esg_activities"]),
        "agency_esg_activities.type": _distinct(a["type"] for a in report["agency_esg_activities"]),
        "degree_outcome": [document["degree_outcome"]],
        "programme_type": [document["programme_type"]],
        "qf_ehea_level": [document["qf_ehea_level"]] if document["qf_ehea_level"] else [],
        "languages": _distinct(name for f in report["report_files"] for name in f["languages"]),
        **{
            name: [report[name]]
            for name in (
                "flag",
                "status",
                "decision",
                "crossborder",
                "valid_from",
                "valid_to_calculated",
                "created_at",
                "updated_at",
            )
        },
    }


def provider_document(truth: Truth, provider: Provider, *, has_report: bool) -> Json:
    reports = [truth.get(Report, key) for key in truth.reports_of(provider.id, "institution")]
    activities = [truth.get(Activity, key) for key in _distinct(a for r in reports for a in r.activities)]
    groups = [truth.get(ActivityGroup, key) for key in _distinct(a.group for a in activities)]
    agencies = _distinct(r.agency for r in reports)
    return {
        "id": provider.id,
        "deqar_id": provider.deqar_id,
        "eter_id": provider.eter_id,
        "identifiers": [
            {
                "identifier": i.identifier,
                "agency": _agency(truth, i.agency) if i.agency else None,
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
            {**_location(truth, place), "lat": place.lat, "long": place.long} for place in provider.locations
        ],
        "part_of": [_related(truth, h, h.parent) for h in truth.hierarchies(child=provider.id)],
        "includes": [_related(truth, h, h.child) for h in truth.hierarchies(parent=provider.id)],
        "qf_ehea_levels": [QF_EHEA_LEVEL[level.level] for level in provider.levels],
        "has_report": has_report,
        "agencies": [_agency(truth, key) for key in agencies],
        "status": [STATUS[key] for key in _distinct(r.status for r in reports)],
        "activity_types": [ACTIVITY_TYPE[key] for key in _distinct(g.type for g in groups)],
        "activity_groups": [g.id for g in groups],
        "crossborder": any(_crossborder(truth, key, [provider]) for key in agencies),
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
        **{name: _distinct(document[name]) for name in lists},
        "agencies.id": [a["id"] for a in document["agencies"]],
        "locations.city": _distinct(p["city"] for p in places if p["city"]),
        "locations.country.id": _distinct(p["country"]["id"] for p in places),
        "locations.country.iso_3166_alpha2": _distinct(p["country"]["iso_3166_alpha2"] for p in places),
        "locations.country.name_english": _distinct(p["country"]["name_english"] for p in places),
    }


def provider_text(document: Json) -> str:
    names = [
        text for n in document["names"] for text in (n["name_official"], n["name_english"], n["acronym"])
    ]
    return " ".join(
        filter(None, [document["deqar_id"], document["eter_id"], document["name_primary"], *names])
    )


def activity_reference(truth: Truth, key: int) -> Json:
    activity = truth.get(Activity, key)
    group = truth.get(ActivityGroup, activity.group)
    return {"id": activity.id, "group_id": group.id, "type": ACTIVITY_TYPE[group.type]}


def organization_type(provider: Provider) -> Json | None:
    key = provider.organization_type
    return {"id": key, "type": ORGANIZATION_TYPE[key]} if key else None


def _agency(truth: Truth, key: int) -> Json:
    return {"id": key, "acronym_primary": truth.get(Agency, key).acronym_primary}


def _report_provider(truth: Truth, provider: Provider) -> Json:
    return {
        "id": provider.id,
        "deqar_id": provider.deqar_id,
        "name_sort": provider.name_sort,
        "name_primary": provider.name_primary,
        "website_link": provider.website_link,
        "is_other_provider": provider.is_other_provider,
        "locations": [_location(truth, place) for place in provider.locations],
    }


def _location(truth: Truth, place: Location) -> Json:
    country = truth.get(Country, place.country)
    return {
        "country": {
            "id": country.id,
            "iso_3166_alpha2": country.alpha2,
            "iso_3166_alpha3": country.alpha3,
            "name_english": country.name_english,
            "ehea_is_member": country.ehea_is_member,
        },
        "city": place.city,
        "country_verified": place.verified,
        "country_valid_from": unix(place.valid_from),
        "country_valid_to": unix(place.valid_to),
    }


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


def _programme(programme: Programme) -> Json:
    return {
        "id": programme.id,
        "names": [
            {
                "id": programme.id * 10 + n,
                "name": x.name,
                "qualification": x.qualification,
                "name_is_primary": x.is_primary,
            }
            for n, x in enumerate(programme.names)
        ],
        "name_primary": programme.name_primary,
        "qf_ehea_level": QF_EHEA_LEVEL[programme.qf_ehea_level] if programme.qf_ehea_level else None,
        "nqf_level": programme.nqf_level,
        "workload_ects": programme.workload_ects,
        "degree_outcome": programme.degree_outcome,
        "programme_type": programme.type,
        "assessment_certification": ASSESSMENT[programme.assessment] if programme.assessment else None,
        "learning_outcomes": programme.learning_outcomes,
        "learning_outcome_description": programme.learning_outcome_description,
        "field_study": programme.field_study,
    }


def _crossborder(truth: Truth, agency_key: int, providers: list[Provider]) -> bool:
    """True when a verified country is not marked as home ground: the detail view asks something else."""
    agency = truth.get(Agency, agency_key)
    home = {focus.country for focus in agency.focus_countries if not focus.is_crossborder}
    return any(place.verified and place.country not in home for p in providers for place in p.locations)


def _distinct(values: Iterable[ValueT]) -> list[ValueT]:
    return list(dict.fromkeys(values))
