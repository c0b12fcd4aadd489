"""What the Submission API answers: the report as it was stored, or the body with its errors."""

from typing import Any

from mutua_local.deqar.codes import ACTIVITY_TYPE, DECISION, DEGREE_OUTCOME, FLAG, STATUS
from mutua_local.deqar.dates import iso
from mutua_local.deqar.model import Activity, ActivityGroup, Agency, Country, Json, Provider, Report
from mutua_local.deqar.truth import Truth


def accepted(truth: Truth, report: Report) -> Json:
    warnings = [check.message for check in report.checks if check.active]
    return {
        "submission_status": "success",
        "submitted_report": stored(truth, report),
        "sanity_check_status": "warnings" if warnings else "success",
        "report_flag": FLAG[report.flag],
        "report_warnings": warnings,
        "institution_warnings": [],
    }


def refused(body: Any, errors: Any) -> Json:
    return {"submission_status": "errors", "original_data": body, "errors": errors}


def stored(truth: Truth, report: Report) -> Json:
    return {
        "id": report.id,
        "agency": _agency(truth, report.agency),
        "contributing_agencies": [
            truth.get(Agency, key).acronym_primary for key in report.contributing_agencies
        ],
        "local_identifier": report.local_identifier,
        "agency_esg_activities": [_activity(truth, key) for key in report.activities],
        "status": STATUS[report.status],
        "decision": DECISION[report.decision],
        "summary": report.summary,
        "valid_from": iso(report.valid_from),
        "valid_to": iso(report.valid_to),
        "files": [
            {
                "id": file.id,
                "file_display_name": file.display_name,
                "file_original_location": file.original_location,
                "file": file.file,
                "report_language": file.languages,
            }
            for file in report.files
        ],
        "institutions": [_provider(truth, key) for key in report.institutions],
        "platforms": [_provider(truth, key) for key in report.platforms],
        "programmes": [
            {
                "id": programme.id,
                "name_primary": programme.name_primary,
                "countries": [truth.get(Country, key).name_english for key in programme.countries],
                "degree_outcome": DEGREE_OUTCOME[programme.degree_outcome],
            }
            for programme in report.programmes
        ],
    }


def _agency(truth: Truth, key: int) -> str:
    agency = truth.get(Agency, key)
    return f"{agency.acronym_primary} - {agency.name_primary}"


def _activity(truth: Truth, key: int) -> str:
    activity = truth.get(Activity, key)
    group = truth.get(ActivityGroup, activity.group)
    acronym = truth.get(Agency, activity.agency).acronym_primary
    return f"{acronym} -> {group.activity} ({ACTIVITY_TYPE[group.type]})"


def _provider(truth: Truth, key: int) -> Json:
    provider = truth.get(Provider, key)
    return {
        "id": provider.id,
        "deqar_id": provider.deqar_id,
        "eter_id": provider.eter_id,
        "name_primary": provider.name_primary,
    }
