"""What the indexer writes into the search index for a report and its programmes.

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
        "agency": agency_reference(truth, report.agency),
        "contributing_agencies": [agency_reference(truth, key) for key in report.contributing_agencies],
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
        "crossborder": crossborder(truth, report.agency, providers),
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
        "agency_esg_activities.group_id": distinct(a["group_id"] for a in document["agency_esg_activities"]),
        "agency_esg_activities.type": distinct(a["type"] for a in document["agency_esg_activities"]),
        "institutions.id": [i["id"] for i in document["institutions"]],
        "institutions.name_sort": [i["name_sort"] for i in document["institutions"]],
        "platforms.id": [i["id"] for i in document["platforms"]],
        "institutions.locations.country.id": distinct(p["country"]["id"] for p in locations),
        "institutions.locations.country.name_english": distinct(
            p["country"]["name_english"] for p in locations
        ),
        "platforms.locations.country.id": distinct(p["country"]["id"] for p in platform_locations),
        "programmes.degree_outcome": distinct(p["degree_outcome"] for p in document["programmes"]),
        "programmes.programme_type": distinct(p["programme_type"] for p in document["programmes"]),
        "report_files.languages": distinct(name for f in document["report_files"] for name in f["languages"]),
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
        "agency_esg_activities.group_id": distinct(a["group_id"] for a in report["agency_esg_activities"]),
        "agency_esg_activities.type": distinct(a["type"] for a in report["agency_esg_activities"]),
        "degree_outcome": [document["degree_outcome"]],
        "programme_type": [document["programme_type"]],
        "qf_ehea_level": [document["qf_ehea_level"]] if document["qf_ehea_level"] else [],
        "languages": distinct(name for f in report["report_files"] for name in f["languages"]),
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


def activity_reference(truth: Truth, key: int) -> Json:
    activity = truth.get(Activity, key)
    group = truth.get(ActivityGroup, activity.group)
    return {"id": activity.id, "group_id": group.id, "type": ACTIVITY_TYPE[group.type]}


def agency_reference(truth: Truth, key: int) -> Json:
    return {"id": key, "acronym_primary": truth.get(Agency, key).acronym_primary}


def _report_provider(truth: Truth, provider: Provider) -> Json:
    return {
        "id": provider.id,
        "deqar_id": provider.deqar_id,
        "name_sort": provider.name_sort,
        "name_primary": provider.name_primary,
        "website_link": provider.website_link,
        "is_other_provider": provider.is_other_provider,
        "locations": [location(truth, place) for place in provider.locations],
    }


def location(truth: Truth, place: Location) -> Json:
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


def crossborder(truth: Truth, agency_key: int, providers: list[Provider]) -> bool:
    """True when a verified country is not marked as home ground: the detail view asks something else."""
    agency = truth.get(Agency, agency_key)
    home = {focus.country for focus in agency.focus_countries if not focus.is_crossborder}
    return any(place.verified and place.country not in home for p in providers for place in p.locations)


def distinct(values: Iterable[ValueT]) -> list[ValueT]:
    return list(dict.fromkeys(values))
