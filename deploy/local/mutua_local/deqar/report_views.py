"""A report in detail, straight from the truth: it hides no flag and tells no date of creation or update."""

from .agency_views import activity_type
from .codes import (
    ASSESSMENT,
    DECISION,
    DEGREE_OUTCOME,
    FLAG,
    HIERARCHY_TYPE,
    QF_EHEA_LEVEL,
    STATUS,
    SUCCESSION_FROM,
    SUCCESSION_TO,
)
from .dates import VALIDITY_YEARS, add_years, iso
from .documents import activity_reference
from .model import Activity, ActivityGroup, Agency, Country, Json, Programme, Provider, Report
from .view import View


def report_detail(view: View, report: Report) -> Json:
    """The detail: it has no dates of creation or update, and it does not hide high flags."""
    agency = view.truth.get(Agency, report.agency)
    providers = [view.truth.get(Provider, key) for key in report.institutions]
    activities = [view.truth.get(Activity, key) for key in report.activities]
    return {
        "id": report.id,
        "agency_name": agency.name_primary,
        "agency_acronym": agency.acronym_primary,
        "agency_id": agency.id,
        "agency_url": f"{view.base}/webapi/v2/browse/agencies/{agency.id}/",
        "contributing_agencies": [
            {"id": a.id, "name_primary": a.name_primary, "acronym_primary": a.acronym_primary}
            for a in (view.truth.get(Agency, key) for key in report.contributing_agencies)
        ],
        "agency_esg_activity": activities[0].activity if activities else "N/A",
        "agency_esg_activity_type": activity_type(view, activities[0]) if activities else "N/A",
        "agency_esg_activities": [_report_activity(view, a) for a in activities],
        "institutions": [report_provider(p) for p in providers],
        "institutions_hierarchical": [row for p in providers for row in _report_hierarchy(view, p.id)],
        "institutions_historical": [row for p in providers for row in _report_history(view, p.id)],
        "programmes": [_programme(view, p) for p in report.programmes],
        "platforms": [report_provider(view.truth.get(Provider, key)) for key in report.platforms],
        "report_valid": _valid(view, report),
        "valid_from": iso(report.valid_from),
        "valid_to": iso(report.valid_to),
        "status": STATUS[report.status],
        "decision": DECISION[report.decision],
        "crossborder": _crossborder(agency, providers),
        "summary": report.summary,
        "report_files": [
            {
                "id": f.id,
                "file_display_name": f.display_name,
                "file": f"{view.base}{f.file}" if f.file else None,
                "languages": f.languages,
            }
            for f in report.files
        ],
        "report_links": [{"link_display_name": x.display_name, "link": x.link} for x in report.links],
        "local_identifier": report.local_identifier,
        "other_comment": report.other_comment,
        "flag": FLAG[report.flag],
    }


def _report_activity(view: View, activity: Activity) -> Json:
    reference = activity_reference(view.truth, activity.id)
    return {
        "id": activity.id,
        "group_id": activity.group,
        "activity": view.truth.get(ActivityGroup, activity.group).activity,
        "activity_description": activity.description,
        "reports_link": activity.reports_link,
        "activity_type": reference["type"],
        "activity_valid_to": iso(activity.valid_to),
    }


def _report_hierarchy(view: View, key: int) -> list[Json]:
    rows = [("child", h.child, h.type) for h in view.truth.hierarchies(parent=key)]
    rows += [("parent", h.parent, h.type) for h in view.truth.hierarchies(child=key)]
    return [
        {
            **report_provider(view.truth.get(Provider, other)),
            "relationship": side,
            "relationship_type": HIERARCHY_TYPE[kind] if kind else "N/A",
        }
        for side, other, kind in rows
    ]


def _report_history(view: View, key: int) -> list[Json]:
    rows = [("target", s.target, SUCCESSION_TO[s.type], s) for s in view.truth.successions(source=key)]
    rows += [("source", s.source, SUCCESSION_FROM[s.type], s) for s in view.truth.successions(target=key)]
    return [
        {
            **report_provider(view.truth.get(Provider, other)),
            "relationship": side,
            "relationship_type": kind,
            "relationship_date": iso(s.date),
        }
        for side, other, kind, s in rows
    ]


def _programme(view: View, programme: Programme) -> Json:
    return {
        "id": programme.id,
        "name_primary": programme.name_primary,
        "programme_names": [
            {"name": n.name, "name_is_primary": n.is_primary, "qualification": n.qualification}
            for n in programme.names
        ],
        "programme_identifiers": [
            {"identifier": i.identifier, "agency": view.agency_text(i.agency), "resource": i.resource}
            for i in programme.identifiers
        ],
        "nqf_level": programme.nqf_level,
        "qf_ehea_level": QF_EHEA_LEVEL[programme.qf_ehea_level] if programme.qf_ehea_level else None,
        "countries": [view.truth.get(Country, key).name_english for key in programme.countries],
        "programme_type": programme.type,
        "degree_outcome": {
            "id": programme.degree_outcome,
            "outcome": DEGREE_OUTCOME[programme.degree_outcome],
        },
        "workload_ects": programme.workload_ects,
        "assessment_certification": ASSESSMENT[programme.assessment] if programme.assessment else None,
        "field_study": programme.field_study,
        "learning_outcomes": [{"learning_outcome_esco": uri} for uri in programme.learning_outcomes],
        "learning_outcome_description": programme.learning_outcome_description,
    }


def _valid(view: View, report: Report) -> bool:
    """Already false on the last day, true for a report that has not begun: as the server has it."""
    if report.valid_to is None:
        return report.valid_from > add_years(view.today, -VALIDITY_YEARS)
    return report.valid_to > view.today


def _crossborder(agency: Agency, providers: list[Provider]) -> bool:
    """True only where a focus country is marked so; the index asks another question."""
    marked = {focus.country for focus in agency.focus_countries if focus.is_crossborder}
    return any(place.country in marked for p in providers for place in p.locations)


def report_provider(provider: Provider) -> Json:
    return {
        "id": provider.id,
        "deqar_id": provider.deqar_id,
        "name_primary": provider.name_primary,
        "website_link": provider.website_link,
        "is_other_provider": provider.is_other_provider,
    }
