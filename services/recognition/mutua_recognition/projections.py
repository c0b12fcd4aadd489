"""From events of issuers and of the registry to rows of recognition's own dated projections, and nothing
else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mutua_contracts.issuer import IssuerChanged
from mutua_contracts.registry import (
    AgencyChanged,
    CountryChanged,
    ProviderChanged,
    RegistryChange,
    ReportChanged,
    SnapshotCompleted,
)
from mutua_coverage import identifier_key
from mutua_kernel.events import Event
from mutua_recognition.domain.registry import KINDS


@dataclass(frozen=True, slots=True)
class Link:
    """How a row is found from another question: `relation` and `target` as the queries know them."""

    kind: str
    id: str
    relation: str
    target: str


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """A row of the mirror with its links. A row that is gone is kept and found by nobody."""

    kind: str
    id: str
    revision: int
    gone: bool
    content: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class IssuerRow:
    """An issuer's whole state."""

    id: str
    sequence: int
    iss: str
    content: str


@dataclass(frozen=True, slots=True)
class CompromisedKey:
    """A key whose signatures prove nothing from an instant on; `evidence` is what records call it."""

    evidence: str
    since: datetime
    cause: str


Projected = RegistryRow | IssuerRow | SnapshotCompleted


def project(event: Event) -> Projected | None:
    """The row that an event leads to; None for an event that these projections do not need."""
    match event.envelope.data:
        case IssuerChanged() as data:
            return IssuerRow(data.issuer, event.envelope.sequence, data.iss, data.model_dump_json())
        case SnapshotCompleted() as data:
            return data
        case ProviderChanged() | ReportChanged() | AgencyChanged() | CountryChanged() as data:
            return registry_row(data)
        case _:
            return None


def compromised_keys(event: Event) -> Iterator[CompromisedKey]:
    """The keys of an issuer that are known to be compromised."""
    data = event.envelope.data
    if isinstance(data, IssuerChanged):
        for key in (*data.keys, *data.proof_keys):
            if key.compromised_at is not None:
                evidence = f"key:{data.iss}#{key.kid.rpartition('#')[2]}"
                yield CompromisedKey(evidence, key.compromised_at, str(event.envelope.id))


def registry_row(change: ProviderChanged | ReportChanged | AgencyChanged | CountryChanged) -> RegistryRow:
    """The row of a change of the registry."""
    kind = KINDS[type(change)]
    links = () if change.gone else tuple(dict.fromkeys(_links(change, kind)))
    return RegistryRow(kind, change.id, change.revision, change.gone, change.model_dump_json(), links)


def name_key(name: str) -> str:
    """Under which names are compared to show candidates to a person: never a match by itself."""
    return " ".join(name.split()).casefold()


def identifier_relation(scheme: str, value: str) -> tuple[str, str]:
    """Relation and target under which a provider is found by an identifier."""
    key, normal = identifier_key(scheme, value)
    return f"identifier:{key}", normal


def _links(change: RegistryChange, kind: str) -> Iterator[Link]:
    def link(relation: str, target: str) -> Link:
        return Link(kind, change.id, relation, target)

    match change:
        case ProviderChanged(facts=facts):
            for identifier in facts.identifiers:
                yield link(*identifier_relation(identifier.resource, identifier.value))
            for name in facts.names:
                yield link("name", name_key(name.name))
            for relation in facts.relations:
                yield link("provider", relation.other)
            for place in facts.countries:
                yield link("country", place.country)
        case ReportChanged(facts=facts):
            for provider in (*facts.providers, *facts.platforms):
                yield link("about", provider)
            yield link("agency", facts.agency.id)
        case CountryChanged(facts=facts):
            yield link("code", facts.code)
        case _:
            return


def seat(content: dict[str, Any]) -> str | None:
    """The country of a provider's legal seat, from its row: the first verified place, else the first one."""
    places: list[dict[str, Any]] = content.get("facts", {}).get("countries", [])
    verified = [place for place in places if place["verified"] and place.get("valid_to") is None]
    return str((verified or places)[0]["country"]) if places else None
