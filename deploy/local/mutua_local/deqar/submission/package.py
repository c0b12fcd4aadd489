"""A submitted report, read and judged: field by field first, dates next, then the rules about the whole.

An error of an earlier stage hides those of the later ones, as on the real server.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mutua_local.deqar.model import Activity, ActivityGroup, Agency, BrokenRecord, Json, Provider, Report
from mutua_local.deqar.truth import Truth

from .lookups import (
    Lookups,
    assessment,
    decision,
    degree_outcome,
    esco,
    isced,
    language,
    level,
    status,
)
from .reading import Field, Invalid, Read, address, objects, read_object, text, values, whole

_PROGRAMME, _INSTITUTIONAL, _JOINT, _COMBINED = 1, 2, 3, 4
_TYPE = "with this particular Activity type."
_LINK = {"link": Field(address(255), required=True), "link_display_name": Field(text(200))}
_ALTERNATIVE = {
    "name_alternative": Field(text(200), required=True),
    "qualification_alternative": Field(text(200)),
}


@dataclass(frozen=True, slots=True)
class Package:
    """What was submitted. `links` and `files` are None where nothing was said about them."""

    agency: Agency
    contributing_agencies: list[Agency]
    activities: list[Activity]
    local_identifier: str | None
    status: int
    decision: int
    summary: str
    valid_from: date
    valid_to: date | None
    links: list[Json] | None
    files: list[Json] | None
    institutions: list[Provider]
    platforms: list[Provider]
    programmes: list[Json]
    other_comment: str
    report: Report | None


def read_package(lookups: Lookups, *, update: bool) -> Package:
    """The body that `lookups` holds. Raises Invalid; BrokenRecord where the real server crashes."""
    fields = _fields(lookups)
    if update:
        fields["report_id"] = Field(lookups.report, required=True)
    given = read_object(lookups.body, fields)
    package = _package(given)
    if not update and "report_id" in lookups.body:
        raise Invalid(
            {
                "non_field_errors": [
                    "You submitted a report_id. To update an existing report, please use a PUT or PATCH"
                    " request instead of a POST."
                ]
            }
        )
    if errors := _rules(lookups.truth, package):
        raise Invalid({"non_field_errors": errors})
    return package


def _fields(lookups: Lookups) -> dict[str, Field]:
    return {
        "agency": Field(lookups.agency, required=True),
        "contributing_agencies": Field(values(lookups.any_agency)),
        "local_identifier": Field(text(255)),
        "activities": Field(objects(lookups.activity), required=True),
        "status": Field(status, required=True),
        "decision": Field(decision, required=True),
        "summary": Field(text()),
        "valid_from": Field(text(20), required=True),
        "valid_to": Field(text(20), nullable=True),
        "date_format": Field(text(20), required=True),
        "report_links": Field(objects(lambda value: read_object(value, _LINK))),
        "report_files": Field(objects(read_file)),
        "institutions": Field(objects(lookups.provider, empty=False), required=True),
        "platforms": Field(objects(lookups.provider)),
        "programmes": Field(objects(_programme(lookups))),
        "other_comment": Field(text(blank=True), nullable=True),
    }


def read_file(value: Any) -> Json:
    """A file: embedded as base64 with a name, or the address from which the registry shall fetch it."""
    fields = {
        "original_location": Field(address(500)),
        "display_name": Field(text(255)),
        "report_language": Field(values(language), required=True),
        "file": Field(text()),
        "file_name": Field(text(255, blank=True)),
    }
    found = read_object(value, fields)
    if "file" in found and not found.get("file_name"):
        raise Invalid({"non_field_errors": ["Please provide a file name for the uploaded file."]})
    if "file" in found and "original_location" in found:
        raise Invalid({"non_field_errors": ["You cannot submit both a file and an original_location URL."]})
    return found


def _programme(lookups: Lookups) -> Read:
    fields = {
        "identifiers": Field(lookups.identifiers),
        "name_primary": Field(text(255), required=True),
        "qualification_primary": Field(text(255)),
        "alternative_names": Field(objects(lambda value: read_object(value, _ALTERNATIVE))),
        "countries": Field(values(lookups.country)),
        "nqf_level": Field(text(255)),
        "qf_ehea_level": Field(level, required=True),
        "degree_outcome": Field(degree_outcome, required=True),
        "workload_ects": Field(whole),
        "learning_outcomes": Field(values(esco)),
        "learning_outcome_description": Field(text()),
        "field_study": Field(isced),
        "assessment_certification": Field(assessment),
    }

    def read(value: Any) -> Json:
        found = read_object(value, fields)
        if found["degree_outcome"] == 2 and (errors := _short_programme(found)):
            raise Invalid(errors)
        return found

    return read


def _short_programme(programme: Json) -> Json:
    said = "when degree_outcome field is '2 / no full degree'"
    errors: Json = {}
    if not programme.get("workload_ects"):
        errors["workload_ects"] = [f"ECTS credits are required, {said}"]
    if not programme.get("assessment_certification"):
        errors["assessment_certification"] = [f"Assessment information is required, {said}."]
    return errors


def _package(given: Json) -> Package:
    try:
        first = datetime.strptime(given["valid_from"], given["date_format"]).date()  # noqa: DTZ007 (a day)
        last = given.get("valid_to")
        end = datetime.strptime(last, given["date_format"]).date() if last else None  # noqa: DTZ007
    except ValueError:
        message = "Date format string is not applicable to the submitted date."
        raise Invalid({"non_field_errors": [message]}) from None
    return Package(
        agency=given["agency"],
        contributing_agencies=given.get("contributing_agencies", []),
        activities=given["activities"],
        local_identifier=given.get("local_identifier"),
        status=given["status"],
        decision=given["decision"],
        summary=given.get("summary", ""),
        valid_from=first,
        valid_to=end,
        links=given.get("report_links"),
        files=given.get("report_files"),
        institutions=given["institutions"],
        platforms=given.get("platforms", []),
        programmes=given.get("programmes", []),
        other_comment=given.get("other_comment") or "",
        report=given.get("report_id"),
    )


def _rules(truth: Truth, package: Package) -> list[str]:
    return [
        *_about_agencies(package),
        *_about_kind(truth, package),
        *_about_identity(truth, package),
        *_about_days(package),
        *_about_other_providers(package),
    ]


def _about_agencies(package: Package) -> list[str]:
    active = {activity.agency for activity in package.activities}
    errors: list[str] = []
    if package.agency.id not in active:
        errors.append("Please provide at least one activity for the agency.")
    missing = [agency for agency in package.contributing_agencies if agency.id not in active]
    errors += ["Please provide at least one activity for the contributing agency."] * len(missing)
    return errors


def kind_of_report(truth: Truth, activities: list[Activity]) -> int:
    """Joint where any activity is; else the first one that is not institutional."""
    kinds = [truth.get(ActivityGroup, activity.group).type for activity in activities]
    if _JOINT in kinds:
        return _JOINT
    return next((kind for kind in kinds if kind != _INSTITUTIONAL), _INSTITUTIONAL)


def _about_kind(truth: Truth, package: Package) -> list[str]:
    kind = kind_of_report(truth, package.activities)
    errors: list[str] = []
    if kind == _INSTITUTIONAL:
        if package.programmes:
            errors.append(f"Please remove programme information {_TYPE}")
        return errors
    if kind == _JOINT and len(package.institutions) == 1:
        errors.append(f"Please provide data for all of the institutions {_TYPE}")
    if kind in (_PROGRAMME, _COMBINED) and len(package.institutions) > 1:
        errors.append(f"Please provide only one institution {_TYPE}")
    if not package.programmes:
        errors.append(f"Please provide at least one programme {_TYPE}")
    return errors


def _about_identity(truth: Truth, package: Package) -> list[str]:
    if package.report is None or not package.local_identifier:
        return []
    named = truth.report_by_local_identifier(package.agency.id, package.local_identifier)
    if named is None or named.id == package.report.id:
        return []
    return ["The submitted report_id is pointing to a different report, than the submitted local identifier."]


def _about_days(package: Package) -> list[str]:
    errors: list[str] = []
    first, agency = package.valid_from, package.agency
    if agency.registration_start is None:
        raise BrokenRecord("the server compares a day with none")
    if package.valid_to is not None and first >= package.valid_to:
        errors.append("Report's validity start should be earlier then validity end.")
    if agency.registration_valid_to is not None:
        if not agency.registration_start <= first <= agency.registration_valid_to:
            errors.append("Report's validity date must fall between the Agency EQAR registration dates.")
    elif agency.registration_start >= first:
        errors.append("Report's validity date must fall after the Agency was registered with EQAR.")
    for activity in package.activities:
        began = activity.valid_from is None or activity.valid_from <= first
        if not began or (activity.valid_to is not None and first > activity.valid_to):
            errors.append("Report's validity date must fall between the validity dates of the activity.")
    return errors


def _about_other_providers(package: Package) -> list[str]:
    errors: list[str] = []
    named = {provider.id for provider in package.institutions}
    if any(platform.id in named for platform in package.platforms):
        errors.append("Platform and education provider should be different.")
    if not all(provider.is_other_provider for provider in package.institutions):
        return errors
    if package.status != 2:
        errors.append("Status should be 'voluntary' if all organisations are other providers.")
    degrees = [programme for programme in package.programmes if programme["degree_outcome"] != 2]
    message = "Degree outcome should be '2 / no full degree' if all the organisations are other providers"
    return errors + [message] * len(degrees)
