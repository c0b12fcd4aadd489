"""Events of the trust log: statements, alliances and policies. Each event is the whole state of its key."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from mutua_contracts.credential import Digest
from mutua_contracts.issuer import EntityId
from mutua_contracts.model import Codes, Day, Wire

ASPECTS = ("quality", "content", "assessment")
POLARITIES = ("trust", "distrust")
KEY_HOLDERS = ("truster", "service")
"""Who holds the key of a statement's proof: the truster, or the service, which signs once two people have."""


class Interval(Wire):
    """Days `[from, to)`; a null end is unbounded."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    start: Day | None = Field(default=None, alias="from")
    """First day inside."""
    end: Day | None = Field(default=None, alias="to")
    """First day outside."""


class Scope(Wire):
    """The product of the dimensions; null means all of a dimension."""

    isced_f: tuple[str, ...] | None = None
    """ISCED-F 2013 codes of two, three or four digits."""
    eqf: tuple[int, ...] | None = None
    """EQF levels 1 to 8."""
    max_ects: Annotated[str, Field(pattern=r"^[0-9]+([.][0-9]+)?$")] | None = None
    """Largest workload in ECTS, as a decimal string."""
    assessment: tuple[str, ...] | None = None
    """Assessment types."""
    mode: tuple[str, ...] | None = None
    """Forms of participation."""
    aspects: tuple[Annotated[str, Codes(ASPECTS)], ...] | None = None
    """What is trusted: quality, content, assessment."""


class SignedForm(Wire):
    """What the truster signed, checked once when the statement entered the log."""

    by: Annotated[str, Codes(KEY_HOLDERS)]
    """Who holds the key."""
    digest: Digest
    """Digest of the canonical form (RFC 8785) of `document`."""
    document: dict[str, Any]
    """The statement in the truster's words, with its Data Integrity proof (`eddsa-jcs-2022`)."""


class TrustStatement(Wire):
    """One statement of trust with its place in the log (`reference: trust, section 2.1`)."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    """The statement."""
    truster: EntityId
    """Who trusts."""
    trustee: EntityId
    """Who is trusted."""
    polarity: Annotated[str, Codes(POLARITIES)]
    """Trust or distrust."""
    scope: Scope
    """For what."""
    depth: Annotated[int, Field(ge=0, le=3)]
    """Further hops allowed behind this one; 0 is not transitive."""
    assurance: Annotated[int, Field(ge=1, le=4)]
    """1 declared, 2 agreement, 3 institutional external QA, 4 programme-level external QA."""
    in_force: Interval
    """Decision days on which it counts."""
    covers_awards: Interval
    """Award days that it covers."""
    evidence: tuple[str, ...] = ()
    """Agreement hashes and report ids."""
    recorded: Annotated[int, Field(ge=1)]
    """Log version at which it took effect."""
    revoked: Annotated[int, Field(ge=1)] | None = None
    """Log version at which it ended."""
    signed: SignedForm | None = None
    """The signed form; null for what entered the log before statements were signed."""
    rests_on: tuple[str, ...] = ()
    """Ids of the two signed ones that it was made of, about an alliance and by it; it ends with either."""


class StatementPublished(Wire):
    """A statement took effect."""

    statement: TrustStatement
    """The statement."""
    version: Annotated[int, Field(ge=1)]
    """The log's head after this fact."""


class StatementRevoked(Wire):
    """A statement ended; it stays in the log and is never tombstoned."""

    statement: TrustStatement
    """The statement with `revoked` set."""
    version: Annotated[int, Field(ge=1)]
    """The log's head after this fact."""
    reason: str
    """Coded reason of the revocation."""


class StatementExpiring(Wire):
    """A statement will soon be in force no longer; nothing has changed yet."""

    statement: TrustStatement
    """The statement."""
    version: Annotated[int, Field(ge=1)]
    """The log's head when this was noticed."""
    ends: Day
    """First day on which it does not count."""
    days_left: Annotated[int, Field(ge=0)]
    """Days until then."""


class Member(Wire):
    """One dated membership."""

    entity: EntityId
    """The member."""
    during: Interval
    """Days of membership."""


class AllianceChanged(Wire):
    """The whole state of an alliance. Membership alone never implies trust."""

    alliance: EntityId
    """The alliance."""
    name: Annotated[str, Field(min_length=1, max_length=200)]
    """Its name."""
    members: tuple[Member, ...]
    """Members with dates."""


class PolicyReleased(Wire):
    """A version of a recogniser's policy was released by two people."""

    policy: Annotated[str, Field(min_length=1, max_length=200)]
    """The policy."""
    owner: EntityId
    """The alliance or recogniser that it belongs to."""
    version: Annotated[int, Field(ge=1)]
    """Its version."""
    digest: Digest
    """Digest of its canonical content."""
    content: dict[str, Any]
    """The policy itself."""
