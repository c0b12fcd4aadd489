"""What a detail always says, if only with null: the members of the registry's own serializers that become
facts.

Without this check a member that was renamed or cut off would look like a fact that has ended: a report
without a last day, a provider without relations. Details in the shape of earlier years are known by a
member that they lack, and are read as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mutua_deqar_sync.shapes import Node


@dataclass(frozen=True, slots=True)
class Members:
    """What an object has: values, which may be null, arrays of such objects (None: of texts), and objects."""

    values: tuple[str, ...] = ()
    arrays: "Mapping[str, Members | None]" = field(default_factory=dict[str, "Members | None"])
    objects: "Mapping[str, Members]" = field(default_factory=dict[str, "Members"])


def demand(node: Node, members: Members) -> None:
    """Raises ShapeChanged where one is absent, or where an array or an object is null."""
    said = node.members()
    for name in (*members.values, *members.arrays, *members.objects):
        if name not in said:
            raise node.get(name).unlike("a value, if only null")
    for name, inner in members.arrays.items():
        for item in node.get(name).required_items():
            if inner is not None:
                demand(item, inner)
    for name, inner in members.objects.items():
        demand(node.get(name), inner)


_PROGRAMME: Final = Members(
    (
        "name_primary",
        "programme_type",
        "qf_ehea_level",
        "workload_ects",
        "degree_outcome",
        "assessment_certification",
        "field_study",
    ),
    arrays={
        "programme_names": Members(("name",)),
        "programme_identifiers": Members(("identifier", "agency", "resource")),
    },
)
_MENTIONED: Final = Members(("id", "deqar_id"))
_REPORT: Final = Members(
    (
        "agency_id",
        "agency_acronym",
        "status",
        "decision",
        "flag",
        "valid_from",
        "valid_to",
        "local_identifier",
    ),
    arrays={
        "contributing_agencies": Members(("id", "acronym_primary")),
        "agency_esg_activities": Members(("activity_type",)),
        "institutions": _MENTIONED,
        "platforms": _MENTIONED,
        "programmes": _PROGRAMME,
        "report_files": Members(("file_display_name", "file"), arrays={"languages": None}),
    },
)
_OTHER: Final = Members(("id",))
_HIERARCHY: Final = Members(("relationship_type", "valid_from", "valid_to"), objects={"institution": _OTHER})
_SUCCESSION: Final = Members(("relationship_type", "relationship_date"), objects={"institution": _OTHER})
_NAME: Final = Members(
    ("name_official", "name_official_transliterated", "name_english", "acronym", "name_valid_to"),
    arrays={"name_versions": Members(("name", "transliteration"))},
)
_PLACE: Final = Members(
    ("city", "country_valid_from", "country_valid_to", "country_verified"),
    objects={"country": Members(("iso_3166_alpha2",))},
)
_ANYTHING: Final = Members()
_ANY_PROVIDER: Final = Members(
    arrays=dict.fromkeys(
        ("names", "identifiers", "countries", "qf_ehea_levels", "historical_relationships"), _ANYTHING
    ),
    objects={"hierarchical_relationships": Members(arrays={"includes": _ANYTHING, "part_of": _ANYTHING})},
)
_PROVIDER: Final = Members(
    ("eter_id", "founding_date", "closure_date", "is_other_provider"),
    arrays={
        "names": _NAME,
        "identifiers": Members(
            ("identifier", "agency", "resource", "identifier_valid_from", "identifier_valid_to")
        ),
        "countries": _PLACE,
        "qf_ehea_levels": Members(("qf_ehea_level", "qf_ehea_level_valid_from", "qf_ehea_level_valid_to")),
        "historical_relationships": _SUCCESSION,
    },
    objects={
        "hierarchical_relationships": Members(arrays={"includes": _HIERARCHY, "part_of": _HIERARCHY}),
    },
)
_AGENCY: Final = Members(
    ("is_registered", "registration_start", "registration_valid_to"),
    arrays={
        "names": Members(("name_valid_to",), arrays={"name_versions": Members(("name", "acronym"))}),
        "activities": Members(("id", "activity", "activity_type", "activity_valid_to")),
        "decisions": Members(("decision_date", "decision_type")),
    },
)
_COUNTRY: Final = Members(
    ("name_english", "iso_3166_alpha2", "ehea_is_member", "has_full_institution_list"),
    arrays={
        "qa_requirements": Members(("qa_requirement_type", "requirement_valid_from", "requirement_valid_to"))
    },
)
_AGENCY_MENTIONED: Final = Members(("acronym_primary",))


def demand_report(node: Node) -> None:
    """Earlier ones name one activity, and lack more than can be told."""
    if node.has("agency_esg_activities"):
        demand(node, _REPORT)


def demand_provider(node: Node) -> None:
    """Earlier ones say nothing of other providers."""
    demand(node, _PROVIDER if node.has("is_other_provider") else _ANY_PROVIDER)


def demand_agency(node: Node) -> None:
    demand(node, _AGENCY)


def demand_country(node: Node) -> None:
    demand(node, _COUNTRY)


def demand_mentioned_agency(node: Node) -> None:
    demand(node, _AGENCY_MENTIONED)
