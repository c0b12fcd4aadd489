"""A report's facts from a row of the list, from the detail, and from the shapes of earlier years.

The detail is right about facts; the row adds the days of creation and update, and may be old. Where a row
cannot give a fact (older shapes name no agency and no last day) it has gaps, and only the detail will do.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from mutua_contracts.registry import (
    NO_TYPE,
    AgencyRef,
    Programme,
    RegistryIdentifier,
    ReportFacts,
    ReportFile,
)
from mutua_deqar_sync.detail_members import demand_mentioned_agency, demand_report
from mutua_deqar_sync.labels import (
    ACTIVITY_TYPES,
    ASSESSMENTS,
    DECISIONS,
    DEGREE_OUTCOMES,
    EQF_LEVELS,
    FLAGS,
    PROGRAMME_TYPES,
    STATUSES,
)
from mutua_deqar_sync.provider_ids import Mentioned, mentioned_id
from mutua_deqar_sync.shapes import Json, Node

_NO_ACTIVITY: Final = "N/A"
LOCAL_IDENTIFIER: Final = "local identifier"
"""Scheme of identifiers that count for one agency only."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A row of a list: facts, or the gaps for which they could not be made."""

    id: int
    agency: int | None
    facts: ReportFacts | None
    gaps: tuple[str, ...]
    created: date | None
    updated: date | None


def report_row(row: Json, *, request_path: str, mentioned: Mentioned = mentioned_id) -> ReportRow:
    """From `reports/` or a by-institution list. Raises ShapeChanged."""
    node = Node(row, f"report {row.get('id')}")
    agency = node.get("agency").get("id") if node.has("agency") else node.get("agency_id")
    gaps = tuple(
        name
        for name, there in (("agency id", not agency.absent), ("valid_to", node.has("valid_to")))
        if not there
    )
    return ReportRow(
        id=node.get("id").required_key(),
        agency=agency.key(),
        facts=None if gaps else _facts(node, request_path, mentioned),
        gaps=gaps,
        created=node.first("date_created", "created_at").day(),
        updated=node.first("date_updated", "updated_at").day(),
    )


def report_detail(body: Json, *, request_path: str, mentioned: Mentioned = mentioned_id) -> ReportFacts:
    """From `reports/{id}/`. Raises ShapeChanged."""
    node = Node(body, f"report {body.get('id')}")
    demand_report(node)
    return _facts(node, request_path, mentioned)


def _facts(node: Node, request_path: str, mentioned: Mentioned) -> ReportFacts:
    return ReportFacts(
        agency=_agency(node),
        contributing_agencies=tuple(
            sorted((_contributing(a) for a in node.get("contributing_agencies").items()), key=lambda a: a.id)
        ),
        providers=tuple(sorted({mentioned(each) for each in node.get("institutions").required_items()})),
        platforms=tuple(sorted({mentioned(each) for each in node.get("platforms").items()})),
        type=_type(node),
        status=node.get("status").code(STATUSES),
        decision=node.get("decision").code(DECISIONS),
        flag=node.first("flag_level", "flag").code(FLAGS),
        valid_from=node.get("valid_from").required_day(),
        valid_to=node.get("valid_to").day(),
        programmes=tuple(_programme(p) for p in node.get("programmes").items()),
        files=tuple(_file(f, request_path) for f in node.get("report_files").items()),
        local_identifier=node.get("local_identifier").text(),
    )


def _agency(node: Node) -> AgencyRef:
    if node.has("agency"):
        agency = node.get("agency")
        return AgencyRef(id=_id(agency.get("id")), acronym=agency.get("acronym_primary").text())
    return AgencyRef(id=_id(node.get("agency_id")), acronym=node.get("agency_acronym").text())


def _contributing(node: Node) -> AgencyRef:
    acronym = node.first("agency_acronym", "acronym_primary").text()
    return AgencyRef(id=_id(node.first("agency_id", "id")), acronym=acronym)


def _type(node: Node) -> str:
    """The kind of activity. Of several the registry chooses itself (`Report.get_activity_type`): a joint
    programme before all, else the first that is about programmes. A report whose activity was deleted has
    none.
    """
    kinds = [
        activity.first("type", "activity_type").code(ACTIVITY_TYPES)
        for activity in node.get("agency_esg_activities").items()
    ]
    only = node.get("agency_esg_activity_type")
    if not kinds:
        return NO_TYPE if only.text() in (None, _NO_ACTIVITY) else only.code(ACTIVITY_TYPES)
    if "joint programme" in kinds:
        return "joint programme"
    return next((kind for kind in kinds if kind != "institutional"), "institutional")


def _programme(node: Node) -> Programme:
    level = node.get("qf_ehea_level")
    assessment = node.get("assessment_certification")
    return Programme(
        names=_names(node),
        identifiers=tuple(
            _identifier(i)
            for i in node.get("programme_identifiers").items()
            if i.get("identifier").text() is not None
        ),
        # Before types were introduced every programme in the registry led to a degree.
        type=node.get("programme_type").code(PROGRAMME_TYPES)
        if node.has("programme_type")
        else "full degree",
        level=None if level.text() is None else level.code(EQF_LEVELS),
        ects=node.get("workload_ects").whole(),
        degree=_degree(node.get("degree_outcome")),
        assessment=None if assessment.text() is None else assessment.code(ASSESSMENTS),
        isced_f=node.get("field_study").text(),
    )


def _names(node: Node) -> tuple[str, ...]:
    """The primary name first: the one that the programme states, else the one that is marked."""
    named = [
        (not name.get("name_is_primary").truth(default=False), text)
        for name in node.first("names", "programme_names").items()
        if (text := name.get("name").wording()) is not None
    ]
    names = [node.get("name_primary").wording(), *(text for _, text in sorted(named))]
    return tuple(dict.fromkeys(filter(None, names)))


def _degree(node: Node) -> bool | None:
    """A boolean in one list, a number in another, an object in detail."""
    if node.absent:
        return None
    if isinstance(node.value, bool):
        return node.value
    number = node.get("id") if isinstance(node.value, dict) else node
    outcome = DEGREE_OUTCOMES.get(number.required_key())
    if outcome is None:
        raise number.unlike("1 or 2")
    return outcome


def _identifier(node: Node) -> RegistryIdentifier:
    return RegistryIdentifier(
        resource=identifier_scheme(node),
        value=node.get("identifier").required_text(),
        agency=agency_acronym(node.get("agency")),
    )


def identifier_scheme(node: Node) -> str:
    """As the registry names it: an agency's own where it only names the agency, empty where it names
    neither.
    """
    return node.get("resource").text() or ("" if node.get("agency").absent else LOCAL_IDENTIFIER)


def agency_acronym(node: Node) -> str | None:
    """From an object, or from a text such as `ACQUIN - Accreditation, Certification ...`; an agency without
    acronym is ` - Accreditation ...` there.
    """
    if isinstance(node.value, dict):
        demand_mentioned_agency(node)
        return node.get("acronym_primary").text()
    return None if node.text() is None else str(node.value).partition(" - ")[0].strip() or None


def _file(node: Node, request_path: str) -> ReportFile:
    url = node.get("file").text()
    if url is not None and request_path and _path(url).endswith(request_path):
        url = None  # the registry has no file yet: it joined nothing to the address of our own request
    return ReportFile(
        name=node.get("file_display_name").wording() or "",
        url=url,
        languages=tuple(sorted(filter(None, (name.text() for name in node.get("languages").items())))),
    )


def _path(url: str) -> str:
    """The registry may stand behind a path of its own."""
    try:
        return urlsplit(url).path
    except ValueError:  # the brackets of a host that is no address
        return ""


def _id(node: Node) -> str:
    return str(node.required_key())
