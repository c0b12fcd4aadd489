"""Events of a request for recognition, from asked to decided. The machine never states a refusal.

Codes of outcomes, stages and reasons are those of the reference on recognition, sections 2.4 to 2.6.
"""

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from mutua_contracts.credential import CredentialId, Digest
from mutua_contracts.issuer import CountryCode, EntityId
from mutua_contracts.model import Codes, Day, Instant, Uuid, Wire, is_writer
from mutua_contracts.reasons import REASON_CODES, REMEDIES, STAGES

PURPOSES = ("ACCESS", "CREDIT", "EXEMPTION", "STACKING", "EMPLOYMENT_INFO")
REGIMES = ("ALLIANCE", "HEI", "ENIC_ADVICE")
ORIGINS = ("presented", "standing_rule", "redecision", "appeal")
DECISIONS = (
    "RECOGNISED_FULL",
    "RECOGNISED_CONDITIONAL",
    "RECOGNISED_PARTIAL",
    "RECOGNISED_ALTERNATIVE",
    "REFERRED_RPL",
    "NOT_RECOGNISED",
)
MACHINE_DECISIONS = ("RECOGNISED_FULL", "RECOGNISED_CONDITIONAL")
"""All that a machine may ever decide."""

Decimal = Annotated[str, Field(pattern=r"^[0-9]+([.][0-9]+)?$")]
"""A decimal number as a string."""


class Source(Wire):
    """Where a fact comes from, and how fresh it is."""

    kind: str
    """Kind of source: key, registry, trust_log, code_list, credential, policy."""
    id: str
    """Its id."""
    as_of: Instant | None = None
    """As of when."""
    hash: Digest | None = None
    """Digest of what was read."""


class Reason(Wire):
    """One coded reason. Texts live in catalogues, never in events."""

    code: Annotated[str, Codes(REASON_CODES)]
    """The reason."""
    stage: Annotated[str, Codes(STAGES)]
    """The stage that found it."""
    polarity: Annotated[str, Codes(("+", "0", "-"))]
    """For, neutral, against."""
    weight: Annotated[str, Codes(("essential", "minor", "info"))]
    """How much it weighs."""
    subject: str | None = None
    """Path of the element that it is about."""
    found: str | None = None
    """What was found."""
    expected: str | None = None
    """What was expected."""
    source: Source | None = None
    """Where it was found."""
    legal_basis: str | None = None
    """Code of the legal basis."""
    remedy: Annotated[str, Codes(REMEDIES)]
    """What would help."""
    text_key: str
    """Key of the text in the catalogues."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the text."""


class AboutRequest(Wire):
    """What every event of a request says about it, so that a subscriber can filter without asking."""

    request_id: Uuid
    """The request."""
    credential_id: CredentialId
    """The credential."""
    recogniser: EntityId
    """Who is asked to recognise."""
    country: CountryCode
    """The recogniser's country."""
    issuer: EntityId | None
    """Who signed the credential; null where that could not be told."""
    award_country: CountryCode | None
    """Country of the awarding body; null where that could not be told."""
    purpose: Annotated[str, Codes(PURPOSES)]
    """What recognition is asked for."""
    target: str | None = None
    """The component that it shall count for."""


class RecognitionRequested(AboutRequest):
    """Recognition was asked for, by the learner or by a standing rule."""

    origin: Annotated[str, Codes(ORIGINS)]
    """Who asked."""
    regime: Annotated[str, Codes(REGIMES)]
    """Under which regime."""
    state: Annotated[str, Codes(("active", "dormant"))]
    """Dormant: evaluated by a standing rule, not clean, and nobody waits for it until it is presented."""
    rule: str | None = None
    """The standing rule, where one asked."""
    credential_digest: Digest
    """Digest of the credential as evaluated."""


class Condition(Wire):
    """One condition of a conditional decision, as a code with parameters."""

    code: Annotated[str, Field(min_length=1, max_length=100)]
    """The condition."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Its parameters."""
    due: Day | None = None
    """Day by which it must be met; null where it has no end."""
    checked_by: Annotated[str, Field(min_length=1, max_length=100)]
    """Who checks it."""


class Effect(Wire):
    """What a decision gives."""

    ects: Decimal | None
    """Credits that count."""
    level: str | None
    """Level, e.g. `eqf:6`."""
    counts_as: str | None
    """The component that it counts as."""
    remainder: tuple[str, ...] = ()
    """What remains to be shown."""
    conditions: tuple[Condition, ...] = ()
    """What must be met for it to stand; empty where nothing must."""
    holder: Annotated[str, Codes(("checked", "on_presentation"))]
    """Whether the holder was matched, or will be on presentation."""


class RecognitionDecided(AboutRequest):
    """A decision. `content_digest` names the record, which replays to the same bytes."""

    decision_id: Uuid
    """The decision."""
    sequence: Annotated[int, Field(ge=1)]
    """Number of this decision among those of the request."""
    supersedes: Uuid | None = None
    """The decision that it replaces."""
    outcome: Annotated[str, Codes(DECISIONS)]
    """What was decided."""
    effect: Effect | None
    """What it gives."""
    decided_at: Instant
    """When."""
    decided_by: Annotated[str, Codes(("machine", "person", "panel"))]
    """Who decides; a machine only ever decides in favour."""
    people: tuple[str, ...] = ()
    """Pseudonyms of the people who signed."""
    mandate: str | None = None
    """The automation mandate, where a machine decided."""
    deciding_stage: Annotated[str, Codes(STAGES)]
    """First stage that was not clean, or S13."""
    reasons: tuple[Reason, ...]
    """Why."""
    chain: tuple[str, ...] | None = None
    """Ids of the statements of the winning chain of trust."""
    content_digest: Digest
    """Digest of the record's content."""

    @model_validator(mode="after")
    def _machine_never_refuses(self, info: ValidationInfo) -> "RecognitionDecided":
        if is_writer(info) and self.decided_by == "machine" and self.outcome not in MACHINE_DECISIONS:
            raise PydanticCustomError("machine_refusal", "a decision in favour where a machine decides")
        return self


class ReviewRequested(AboutRequest):
    """A person must look."""

    sequence: Annotated[int, Field(ge=1)]
    """Number of this evaluation among those of the request."""
    deciding_stage: Annotated[str, Codes(STAGES)]
    """First stage that was not clean."""
    reasons: tuple[Reason, ...]
    """Why."""
    proposal: str | None = None
    """What the machine would propose."""
    nearest_miss: dict[str, Any] | None = None
    """The chain of trust that came closest, with its failing constraints."""
    due_on: Day | None = None
    """Day by which a decision is due."""
    content_digest: Digest
    """Digest of the record's content."""


class Question(Wire):
    """One thing that is asked for."""

    element: str
    """Annex I element or document."""
    code: Annotated[str, Codes(REASON_CODES)]
    """Why it is asked."""
    remedy: Annotated[str, Codes(REMEDIES)]
    """How to answer."""


class ReviewInfoRequested(AboutRequest):
    """Something is missing, withheld or unreadable; the clock pauses until it comes."""

    sequence: Annotated[int, Field(ge=1)]
    """Number of this evaluation among those of the request."""
    asked_by: Annotated[str, Codes(("machine", "person"))]
    """Who asks."""
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    """One bundled list of questions."""
    reasons: tuple[Reason, ...] = ()
    """Why."""
    content_digest: Digest | None = None
    """Digest of the record's content; null where a person asks."""


class ReviewClosed(AboutRequest):
    """A person settled a review, or it became needless."""

    closed_as: Annotated[str, Codes(("decided", "cleared", "withdrawn", "lapsed"))]
    """How it was closed."""
    decision_id: Uuid | None = None
    """The decision that closed it."""
    person: str | None = None
    """Pseudonym of the person who closed it."""
    role: Annotated[str, Codes(("evaluator", "coordinator", "machine"))]
    """In which role."""


class RecognitionInadmissible(AboutRequest):
    """It could not be taken in, for a cause that can be mended; the content stays hidden. Never a refusal."""

    sequence: Annotated[int, Field(ge=1)]
    """Number of this evaluation among those of the request."""
    deciding_stage: Annotated[str, Codes(STAGES)]
    """The stage that could not take it."""
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]
    """Why, with remedies; a person looks on one click."""
    content_digest: Digest
    """Digest of the record's content."""
