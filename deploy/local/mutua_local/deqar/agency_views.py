"""Agencies and their activities as the SQL views show them; list and detail have each fields of their own."""

from typing import Literal

from .codes import ACTIVITY_TYPE, EQAR_DECISION_TYPE, GEOGRAPHICAL_FOCUS
from .country_views import country_short
from .dates import iso
from .model import Activity, ActivityGroup, Agency, EqarDecision, Json
from .view import View, history_rows


def agency_row(view: View, agency: Agency) -> Json:
    return {
        "id": agency.id,
        "url": f"{view.base}/webapi/v2/browse/agencies/{agency.id}/",
        "deqar_id": agency.deqar_id,
        "name_primary": primary_version(agency, "name"),
        "acronym_primary": primary_version(agency, "acronym"),
        "logo": agency.logo,
        "country": country_short(view, agency.country),
        "activities": [_activity(view, a) for a in _activities(view, agency)],
        "registration_start": iso(agency.registration_start),
        "registration_valid_to": iso(agency.registration_valid_to),
        "registration_note": agency.registration_note,
        **_counts(view, agency),
    }


def primary_version(agency: Agency, what: Literal["name", "acronym"]) -> str:
    """The version that is marked as primary among the names that have not ended; empty where none is."""
    versions = [version for name in agency.names if name.valid_to is None for version in name.versions]
    marked = [v for v in versions if (v.name_is_primary if what == "name" else v.acronym_is_primary)]
    return (marked[0].name if what == "name" else marked[0].acronym) if marked else ""


def focusing_agency_row(view: View, agency: Agency, country: int) -> Json:
    focus = next(f for f in agency.focus_countries if f.country == country)
    row = agency_row(view, agency)
    del row["registration_note"]
    return {
        **row,
        "country_is_official": focus.is_official,
        "report_count": view.truth.reports_in_country(country, agency.id),
        "institution_count": view.truth.providers_in_country(country, agency.id),
        "is_registered": agency.is_registered,
    }


def agency_detail(view: View, agency: Agency) -> Json:
    """The detail; only here is said whether it is registered, and here names have versions."""
    return {
        "id": agency.id,
        "deqar_id": agency.deqar_id,
        "names": [
            {
                "id": name.id,
                "name_versions": [v.model_dump() for v in name.versions],
                "name_note": name.note,
                "name_valid_to": iso(name.valid_to),
            }
            for name in agency.names
        ],
        "contact_person": agency.contact_person,
        "is_registered": agency.is_registered,
        "registration_start": iso(agency.registration_start),
        "registration_valid_to": iso(agency.registration_valid_to),
        "registration_note": agency.registration_note,
        "reports_link": agency.reports_link,
        "phone_numbers": agency.phones,
        "address": agency.address,
        "country": country_short(view, agency.country),
        "emails": agency.emails,
        "website_link": agency.website_link,
        "logo": agency.logo,
        **_counts(view, agency),
        "activities": [
            {
                **_activity(view, activity),
                "report_count": len(view.truth.reports_of(activity.id, "activity")),
                "institution_count": view.truth.providers_of(activity.id, "activity"),
            }
            for activity in _activities(view, agency)
        ],
        "associations": agency.associations,
        "decisions": [eqar_decision(d) for d in sorted(agency.decisions, key=lambda d: d.date, reverse=True)],
        "specialisation_note": agency.specialisation_note,
        "description_note": agency.description_note,
        "geographical_focus": GEOGRAPHICAL_FOCUS.get(agency.geographical_focus or 0),
        "historical_data": history_rows(agency.history),
    }


def activity_group(view: View, group: ActivityGroup) -> Json:
    """The only place that tells an activity's first day."""
    members = [a for a in view.truth.every(Activity) if a.group == group.id]
    return {
        "id": group.id,
        "activity": group.activity,
        "activity_type": ACTIVITY_TYPE[group.type],
        "reports_link": group.reports_link,
        "members": [
            {
                "id": a.id,
                "agency": view.truth.get(Agency, a.agency).acronym_primary,
                "activity_description": a.description,
                "reports_link": a.reports_link,
                "activity_valid_from": iso(a.valid_from),
                "activity_valid_to": iso(a.valid_to),
            }
            for a in members
        ],
    }


def activity_row(view: View, activity: Activity) -> Json:
    return {
        "id": activity.id,
        "group_id": activity.group,
        "agency": view.truth.get(Agency, activity.agency).acronym_primary,
        "activity": view.truth.get(ActivityGroup, activity.group).activity,
        "activity_type": activity_type(view, activity),
        "activity_description": activity.description,
    }


def _activities(view: View, agency: Agency) -> list[Activity]:
    """All of them, ended ones too, whatever `history` says."""
    return [a for a in view.truth.every(Activity) if a.agency == agency.id]


def _counts(view: View, agency: Agency) -> Json:
    """Reports to which the agency only contributed count too."""
    return {
        "institution_count": view.truth.providers_of(agency.id, "agency", "contributing"),
        "report_count": len(view.truth.reports_of(agency.id, "agency", "contributing")),
    }


def _activity(view: View, activity: Activity) -> Json:
    return {
        "id": activity.id,
        "group_id": activity.group,
        "activity": view.truth.get(ActivityGroup, activity.group).activity,
        "activity_description": activity.description,
        "activity_type": activity_type(view, activity),
        "reports_link": activity.reports_link,
        "activity_valid_to": iso(activity.valid_to),
    }


def activity_type(view: View, activity: Activity) -> str:
    return ACTIVITY_TYPE[view.truth.get(ActivityGroup, activity.group).type]


def eqar_decision(decision: EqarDecision) -> Json:
    return {
        "decision_date": iso(decision.date),
        "decision_type": EQAR_DECISION_TYPE[decision.type],
        "decision_file": decision.file,
        "decision_file_extra": decision.file_extra,
    }
