"""Facts of agencies and of countries from their details. People and how to reach them are never read."""

from collections.abc import Mapping
from datetime import date

from mutua_contracts.registry import AgencyActivity, AgencyDecision, AgencyFacts, CountryFacts, QaRequirement
from mutua_deqar_sync.detail_members import demand_agency, demand_country
from mutua_deqar_sync.labels import ACTIVITY_TYPES, EQAR_DECISIONS, QA_LEVELS
from mutua_deqar_sync.shapes import Json, Node


def agency_detail(
    body: Json, *, first_days: Mapping[int, date | None], called: tuple[str, str] | None = None
) -> AgencyFacts:
    """`first_days` are those of activities, which only the activity groups tell; `called` are name and
    acronym as the list has them. Raises ShapeChanged.
    """
    node = Node(body, f"agency {body.get('id')}")
    demand_agency(node)
    name, acronym = called or _primary_names(node)
    return AgencyFacts(
        acronym=acronym,
        name=name,
        registered_from=node.get("registration_start").day(),
        registered_to=node.get("registration_valid_to").day(),
        registered=node.get("is_registered").truth(),
        activities=tuple(_activity(a, first_days) for a in node.get("activities").required_items()),
        decisions=tuple(
            AgencyDecision(
                on=decision.get("decision_date").required_day(),
                kind=decision.get("decision_type").code(EQAR_DECISIONS),
            )
            for decision in node.get("decisions").items()
        ),
    )


def agency_called(row: Json) -> tuple[str, str] | None:
    """Primary name and acronym in a row of the list, which alone says them outright. Raises ShapeChanged."""
    node = Node(row, f"agency {row.get('id')}")
    if not (node.has("name_primary") and node.has("acronym_primary")):
        return None
    return node.get("name_primary").wording() or "", node.get("acronym_primary").text() or ""


def activity_first_days(groups: list[Json]) -> dict[int, date | None]:
    """First day of each activity by its id. Raises ShapeChanged."""
    return {
        member.get("id").required_key(): member.get("activity_valid_from").day()
        for group in groups
        for member in Node(group, "activity groups").get("members").required_items()
    }


def activities_of(body: Json) -> set[int]:
    """Ids of an agency's activities. Raises ShapeChanged."""
    activities = Node(body, f"agency {body.get('id')}").get("activities").required_items()
    return {activity.get("id").required_key() for activity in activities}


def country_detail(body: Json) -> CountryFacts:
    """Raises ShapeChanged."""
    node = Node(body, f"country {body.get('id')}")
    demand_country(node)
    return CountryFacts(
        code=node.get("iso_3166_alpha2").required_text(),
        name=node.get("name_english").required_text(),
        ehea_member=node.get("ehea_is_member").truth(),
        qa_requirements=tuple(
            QaRequirement(
                level=row.get("qa_requirement_type").code(QA_LEVELS),
                valid_from=row.get("requirement_valid_from").day(),
                valid_to=row.get("requirement_valid_to").day(),
            )
            for row in node.get("qa_requirements").required_items()
            if row.get("qa_requirement_type").value != ""
        ),
        has_full_institution_list=node.get("has_full_institution_list").truth(default=False),
    )


def _primary_names(node: Node) -> tuple[str, str]:
    """The detail names neither: they stand among the versions, marked, current ones first.

    An agency without acronym, or with no version marked, has none here as in the registry.
    """
    names = sorted(node.get("names").required_items(), key=lambda name: not name.get("name_valid_to").absent)
    versions = [version for name in names for version in name.get("name_versions").items()]
    name = _marked(versions, "name_is_primary", "name")
    acronym = _marked(versions, "acronym_is_primary", "acronym")
    return name or "", acronym or ""


def _marked(versions: list[Node], mark: str, text: str) -> str | None:
    found = (version.get(text).wording() for version in versions if version.get(mark).truth(default=False))
    return next((value for value in found if value), None)


def _activity(node: Node, first_days: Mapping[int, date | None]) -> AgencyActivity:
    key = node.get("id").required_key()
    return AgencyActivity(
        id=str(key),
        name=node.first("activity", "activity_description").wording() or "",
        type=node.get("activity_type").code(ACTIVITY_TYPES),
        valid_from=first_days.get(key),
        valid_to=node.get("activity_valid_to").day(),
    )
