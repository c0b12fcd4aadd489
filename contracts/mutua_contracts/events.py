"""Every event that Mutua states, with the topic that carries it.

It is the single list from which schemas and the AsyncAPI document are generated.
"""

from dataclasses import dataclass

from mutua_contracts.credential import CredentialIssued, CredentialStatusChanged
from mutua_contracts.issuer import IssuerChanged
from mutua_contracts.model import Wire
from mutua_contracts.recognition import (
    RecognitionDecided,
    RecognitionInadmissible,
    RecognitionRequested,
    ReviewClosed,
    ReviewInfoRequested,
    ReviewRequested,
)
from mutua_contracts.registry import (
    AgencyChanged,
    CountryChanged,
    ProviderChanged,
    ReportChanged,
    SnapshotCompleted,
)
from mutua_contracts.trust import (
    AllianceChanged,
    PolicyReleased,
    StatementExpiring,
    StatementPublished,
    StatementRevoked,
)


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event: its CloudEvents type in `name`, the model of its data, the topic that carries it."""

    name: str
    model: type[Wire]
    topic: str


_DECLARED: tuple[EventType, ...] = (
    EventType("eu.mutua.issuer.changed.v1", IssuerChanged, "mutua.issuer"),
    EventType("eu.mutua.credential.issued.v1", CredentialIssued, "mutua.credential"),
    EventType("eu.mutua.credential.status_changed.v1", CredentialStatusChanged, "mutua.credential"),
    EventType("eu.mutua.recognition.requested.v1", RecognitionRequested, "mutua.recognition"),
    EventType("eu.mutua.recognition.decided.v1", RecognitionDecided, "mutua.recognition"),
    EventType("eu.mutua.recognition.inadmissible.v1", RecognitionInadmissible, "mutua.recognition"),
    EventType("eu.mutua.review.requested.v1", ReviewRequested, "mutua.recognition"),
    EventType("eu.mutua.review.info_requested.v1", ReviewInfoRequested, "mutua.recognition"),
    EventType("eu.mutua.review.closed.v1", ReviewClosed, "mutua.recognition"),
    EventType("eu.mutua.trust.statement_published.v1", StatementPublished, "mutua.trust"),
    EventType("eu.mutua.trust.statement_revoked.v1", StatementRevoked, "mutua.trust"),
    EventType("eu.mutua.trust.statement_expiring.v1", StatementExpiring, "mutua.trust"),
    EventType("eu.mutua.alliance.changed.v1", AllianceChanged, "mutua.trust"),
    EventType("eu.mutua.policy.released.v1", PolicyReleased, "mutua.trust"),
    EventType("eu.mutua.registry.provider_changed.v1", ProviderChanged, "mutua.registry"),
    EventType("eu.mutua.registry.report_changed.v1", ReportChanged, "mutua.registry"),
    EventType("eu.mutua.registry.agency_changed.v1", AgencyChanged, "mutua.registry"),
    EventType("eu.mutua.registry.country_changed.v1", CountryChanged, "mutua.registry"),
    EventType("eu.mutua.registry.snapshot_completed.v1", SnapshotCompleted, "mutua.registry"),
)

EVENTS: dict[str, EventType] = {declared.name: declared for declared in _DECLARED}
"""Every declared event by its CloudEvents type."""

_BY_MODEL: dict[type[Wire], EventType] = {declared.model: declared for declared in _DECLARED}


def event_type_of(data: Wire) -> EventType:
    """The declared type of a fact. Raises KeyError for a model that is no event."""
    return _BY_MODEL[type(data)]


def known_majors(name: str) -> list[str]:
    """Declared types that differ from `name` in nothing but the major version."""
    stem = name.rsplit(".v", 1)[0]
    return sorted(declared for declared in EVENTS if declared.rsplit(".v", 1)[0] == stem)
