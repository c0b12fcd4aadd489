"""Writes a package into the registry: programmes get new ids every time, files and links are replaced where
they were sent, and the date of update moves, which nothing else does.
"""

from datetime import datetime
from typing import Any

from mutua_local.deqar.codes import HIERARCHY_TYPE
from mutua_local.deqar.model import (
    Hierarchy,
    Json,
    Programme,
    ProgrammeIdentifier,
    ProgrammeName,
    Report,
    ReportFile,
    ReportLink,
)
from mutua_local.deqar.simulator import Simulator

from .checks import Checks
from .package import Package
from .reading import Invalid

_PLATFORM = next(key for key, label in HIERARCHY_TYPE.items() if label == "educational platform")
_LINK_NAME = "View report record on agency site"


class Duplicate(Invalid):
    """The agency has a report of that local identifier already. Its body is the bare error object."""


def write(simulator: Simulator, package: Package) -> Report:
    """The report as it stands afterwards, checked. Raises Duplicate, and then nothing was written."""
    truth = simulator.truth
    if package.local_identifier:
        same = truth.report_by_local_identifier(package.agency.id, package.local_identifier)
        if same is not None and (package.report is None or same.id != package.report.id):
            message = "Report with this Agency and Local Report Identifier already exists."
            raise Duplicate({"non_field_errors": [message]})
    now = simulator.clock.now().replace(tzinfo=None)
    old = package.report
    report = _report(simulator, package, now)
    simulator.add(report)
    for platform in package.platforms:
        for provider in package.institutions:
            _platform(simulator, platform.id, provider.id)
    left = set() if old is None else {*old.institutions, *old.platforms} - {*report.institutions}
    for key in left:
        simulator.indexer.schedule("provider", key)
    return Checks(simulator, report).run()


def _report(simulator: Simulator, package: Package, now: datetime) -> Report:
    old = package.report
    values: dict[str, Any] = {
        "id": old.id if old else simulator.truth.next_id(Report),
        "agency": package.agency.id,
        "contributing_agencies": [agency.id for agency in package.contributing_agencies],
        "activities": [activity.id for activity in package.activities],
        "local_identifier": package.local_identifier,
        "institutions": [provider.id for provider in package.institutions],
        "platforms": [provider.id for provider in package.platforms],
        "programmes": _programmes(simulator, package),
        "status": package.status,
        "decision": package.decision,
        "valid_from": package.valid_from,
        "valid_to": package.valid_to,
        "summary": package.summary,
        "other_comment": package.other_comment,
        "created_at": old.created_at if old else now,
        "updated_at": now,
        "first_log": old.first_log if old and old.first_log else now,
        "checks": old.checks if old else [],
        "files": old.files if old else [],
        "links": old.links if old else [],
    }
    if package.files is not None:
        first = simulator.truth.next_file_id()
        acronym = package.agency.acronym_primary
        values["files"] = [
            stored_file(given, first + n, acronym, now) for n, given in enumerate(package.files)
        ]
    if package.links is not None:
        values["links"] = [
            ReportLink(link=given["link"], display_name=given.get("link_display_name", _LINK_NAME))
            for given in package.links
        ]
    return Report.model_validate(values)


def stored_file(given: Json, key: int, acronym: str, now: datetime) -> ReportFile:
    """An embedded file is stored at once; one to be fetched has no copy until the task ran, or for ever."""
    location = given.get("original_location", "")
    embedded = given.get("file_name") if "file" in given else None
    name = given.get("display_name") or embedded or location[location.rfind("/") + 1 :]
    return ReportFile(
        id=key,
        display_name=name,
        original_location=location,
        file=f"/reports/{acronym}/{now:%Y%m%d_%H%M}_{embedded}" if embedded else None,
        languages=given["report_language"],
    )


def _programmes(simulator: Simulator, package: Package) -> list[Programme]:
    first = simulator.truth.next_programme_id()
    return [
        Programme(
            id=first + number,
            name_primary=given["name_primary"],
            names=_names(given),
            identifiers=[
                ProgrammeIdentifier(
                    identifier=identifier["identifier"],
                    agency=package.agency.id,
                    resource=identifier.get("resource", "local identifier"),
                )
                for identifier in given.get("identifiers", [])
            ],
            nqf_level=given.get("nqf_level", ""),
            qf_ehea_level=given["qf_ehea_level"],
            countries=given.get("countries", []),
            degree_outcome=given["degree_outcome"],
            workload_ects=given.get("workload_ects"),
            assessment=given.get("assessment_certification"),
            field_study=given.get("field_study"),
            learning_outcomes=given.get("learning_outcomes", []),
            learning_outcome_description=given.get("learning_outcome_description", ""),
        )
        for number, given in enumerate(package.programmes)
    ]


def _names(given: Json) -> list[ProgrammeName]:
    primary = ProgrammeName(
        name=given["name_primary"],
        is_primary=True,
        qualification=given.get("qualification_primary", ""),
    )
    return [
        primary,
        *(
            ProgrammeName(
                name=other["name_alternative"], qualification=other.get("qualification_alternative", "")
            )
            for other in given.get("alternative_names", [])
        ),
    ]


def _platform(simulator: Simulator, platform: int, provider: int) -> None:
    """A report with a platform relates the two for good: the platform is the parent."""
    known = simulator.truth.hierarchies(parent=platform)
    if not any(row.child == provider and row.type == _PLATFORM for row in known):
        key = simulator.truth.next_id(Hierarchy)
        simulator.add(Hierarchy(id=key, parent=platform, child=provider, type=_PLATFORM))
