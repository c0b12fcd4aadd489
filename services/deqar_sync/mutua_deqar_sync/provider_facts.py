"""A provider's facts from its detail (the same on both APIs, also in the older shape) and from a row of
Connect.

The registry's last days are inclusive; facts of providers hold the first day on which something no longer
counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mutua_contracts.registry import (
    NO_RELATION,
    ProviderFacts,
    ProviderLocation,
    ProviderName,
    QfLevel,
    RegistryIdentifier,
    Relation,
)
from mutua_deqar_sync.detail_members import demand_provider
from mutua_deqar_sync.labels import EQF_LEVELS, HIERARCHIES, SUCCESSIONS
from mutua_deqar_sync.provider_ids import Mentioned, mentioned_id
from mutua_deqar_sync.report_facts import agency_acronym, identifier_scheme
from mutua_deqar_sync.shapes import Json, Node

ETER = "ETER"
"""Scheme under which the ETER id stands among the identifiers."""


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A row of Connect's list. `listed` is what it says of the provider: good for telling whether something
    has changed, but without levels and history, which only the detail has."""

    id: int
    deqar_id: str
    listed: ProviderFacts
    created: date | None


def provider_row(row: Json) -> ProviderRow:
    """Raises ShapeChanged."""
    node = Node(row, f"provider {row.get('id')}")
    facts = ProviderFacts(
        names=_names(node),
        identifiers=_identifiers(node),
        countries=_locations(node.get("locations")),
        founded=node.get("founding_date").day(),
        closed=node.get("closure_date").day(),
        other_provider=node.get("is_other_provider").truth(default=False),
        relations=_hierarchy(node.get("part_of"), "parent", mentioned_id)
        + _hierarchy(node.get("includes"), "child", mentioned_id, Node.raw_day),
    )
    return ProviderRow(
        id=node.get("id").required_key(),
        deqar_id=mentioned_id(node),
        listed=facts,
        created=node.get("date_created").day(),
    )


def provider_detail(body: Json, mentioned: Mentioned = mentioned_id) -> ProviderFacts:
    """Details mention other providers by their numbers alone. Raises ShapeChanged."""
    node = Node(body, f"provider {body.get('id')}")
    demand_provider(node)
    relations = node.get("hierarchical_relationships")
    parents, children = (
        (relations.get("part_of"), relations.get("includes"))
        if not relations.absent
        else (relations, relations)
    )
    return ProviderFacts(
        names=_names(node),
        identifiers=_identifiers(node),
        countries=_locations(node.get("countries")),
        founded=node.get("founding_date").day(),
        closed=node.get("closure_date").day(),
        levels=_levels(node.get("qf_ehea_levels")),
        other_provider=node.get("is_other_provider").truth(default=False),
        relations=_hierarchy(parents, "parent", mentioned)
        + _hierarchy(children, "child", mentioned)
        + _history(node.get("historical_relationships"), mentioned),
    )


def countries_in(body: Json) -> list[Json]:
    """The full details of countries that a provider's detail carries. Raises ShapeChanged."""
    node = Node(body, f"provider {body.get('id')}")
    return [place.get("country").members() for place in node.get("countries").items()]


def _names(node: Node) -> tuple[ProviderName, ...]:
    found: list[ProviderName] = []
    for name in node.get("names").items():
        until = _after(name.get("name_valid_to").day())
        texts = [
            ("official", name.get("name_official")),
            ("english", name.get("name_english")),
            ("transliterated", name.get("name_official_transliterated")),
            ("acronym", name.get("acronym")),
        ]
        for version in name.get("name_versions").items():
            texts += [("version", version.get("name")), ("transliterated", version.get("transliteration"))]
        found += [
            ProviderName(name=text, kind=kind, valid_to=until)
            for kind, text_node in texts
            if (text := text_node.wording())
        ]
    return tuple(found)


def _identifiers(node: Node) -> tuple[RegistryIdentifier, ...]:
    found = [
        RegistryIdentifier(
            resource=identifier_scheme(identifier),
            value=value,
            valid_from=identifier.get("identifier_valid_from").day(),
            valid_to=_after(identifier.get("identifier_valid_to").day()),
            agency=agency_acronym(identifier.get("agency")),
        )
        for identifier in node.get("identifiers").items()
        if (value := identifier.get("identifier").text())
    ]
    eter = node.first("eter_id", "eter").text()
    if eter is not None:  # the older shape adds the name: `ES0022 - Universitat Rovira i Virgili`
        found.append(RegistryIdentifier(resource=ETER, value=eter.split(" - ", 1)[0]))
    return tuple(found)


def _locations(node: Node) -> tuple[ProviderLocation, ...]:
    return tuple(
        ProviderLocation(
            country=place.get("country").get("iso_3166_alpha2").required_text(),
            city=place.get("city").wording(),
            verified=place.get("country_verified").truth(),
            valid_from=place.get("country_valid_from").day(),
            valid_to=_after(place.get("country_valid_to").day()),
        )
        for place in node.items()
    )


def _levels(node: Node) -> tuple[QfLevel, ...]:
    found = [(level, level.get("qf_ehea_level").code(EQF_LEVELS)) for level in node.items()]
    return tuple(
        QfLevel(
            eqf=eqf,
            valid_from=level.get("qf_ehea_level_valid_from").day(),
            valid_to=_after(level.get("qf_ehea_level_valid_to").day()),
        )
        for level, eqf in found
        if eqf is not None
    )


def _hierarchy(
    node: Node, role: str, mentioned: Mentioned, day: Callable[[Node], date | None] = Node.day
) -> tuple[Relation, ...]:
    """`role` is what the other one is. A relation may have no kind."""
    return tuple(
        Relation(
            kind=NO_RELATION if row.get("relationship_type").text() is None else _kind(row, HIERARCHIES),
            role=role,
            other=mentioned(row.get("institution")),
            valid_from=day(row.get("valid_from")),
            valid_to=_after(day(row.get("valid_to"))),
        )
        for row in node.items()
    )


def _history(node: Node, mentioned: Mentioned) -> tuple[Relation, ...]:
    return tuple(
        Relation(
            kind=_kind(row, SUCCESSIONS),
            role="historical",
            other=mentioned(row.get("institution")),
            on=row.get("relationship_date").day(),
        )
        for row in node.items()
    )


def _kind(row: Node, labels: Mapping[str, str]) -> str:
    return row.get("relationship_type").code(labels)


def _after(last: date | None) -> date | None:
    """The day after an inclusive last day."""
    return last + timedelta(days=1) if last is not None and last < date.max else None
