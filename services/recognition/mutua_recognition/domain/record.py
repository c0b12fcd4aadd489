"""The decision record: content, its digest, the act (who, when, by which mandate), and a proof to come.

Records are immutable and form a chain by `supersedes`; what is current is derived, never stored.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from mutua_contracts import ids
from mutua_recognition.domain.canonical import Json, digest, write
from mutua_recognition.domain.codes import Actor, MandateEffect
from mutua_recognition.domain.content import Content, MachineOutcome, PersonOutcome
from mutua_recognition.domain.mandates import Mandate
from mutua_recognition.domain.reasons import waivers_of

RECORD: Final = "mutua.decision/1"


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to this record: `credential_issued`, `presented`, `review_settled`, `evidence_changed`, ..."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class MandateUsed:
    id: str
    version: str
    effect: MandateEffect


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed, as a pseudonym of the tenant."""

    id: str
    role: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class DecidedBy:
    mode: Actor
    mandate: MandateUsed | None = None
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Legal:
    """The rules that the act rests on; a person is always available for what a machine has done."""

    basis: tuple[str, ...]
    automated: bool
    human_on_request: bool = True


@dataclass(frozen=True, slots=True)
class Appeal:
    """Where and until when the holder may contest it."""

    against: str
    body: str
    deadline: date | None
    external: str | None


@dataclass(frozen=True, slots=True)
class Clock:
    started_on: date | None
    due_on: date | None
    paused_days: int = 0
    notices: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """What makes content a decision of somebody, at some moment."""

    decision_id: UUID
    request_id: UUID
    sequence: int
    supersedes: UUID | None
    cause: Cause
    decided_at: datetime
    decided_by: DecidedBy
    legal: Legal
    clock: Clock
    differences: tuple[dict[str, Any], ...] = ()
    """How a person judged what was not clean."""
    alternatives: tuple[dict[str, Any], ...] = ()
    override: dict[str, Any] | None = None
    waivers: tuple[str, ...] = ()
    appeal: Appeal | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: its request, its number there, what it replaces, and its cause."""

    request_id: UUID
    sequence: int
    supersedes: UUID | None
    cause: Cause

    @property
    def decision_id(self) -> UUID:
        """Derived from request and cause: the same cause never makes a second record."""
        return ids.decision_id(self.request_id, self.cause.id)


def machine_act(
    content: Content[MachineOutcome],
    place: Place,
    mandate: Mandate | None,
    clock: Clock,
    appeal: Appeal | None = None,
) -> Act:
    """The act of an evaluation. The mandate is named where it let the machine decide or recommend."""
    used = mandate if content.outcome.code.favourable or content.outcome.proposal is not None else None
    return act_of(
        content,
        place,
        clock,
        appeal,
        at=content.as_of.evaluated_at,
        by=DecidedBy(Actor.MACHINE, MandateUsed(used.id, str(used.version), used.effect) if used else None),
        legal=Legal(used.legal_basis if used else (), automated=True),
    )


def act_of(
    content: Content[MachineOutcome] | Content[PersonOutcome],
    place: Place,
    clock: Clock,
    appeal: Appeal | None,
    *,
    at: datetime,
    by: DecidedBy,
    legal: Legal,
) -> Act:
    """What makes this content somebody's decision, in its place."""
    return Act(
        decision_id=place.decision_id,
        request_id=place.request_id,
        sequence=place.sequence,
        supersedes=place.supersedes,
        cause=place.cause,
        decided_at=at,
        decided_by=by,
        legal=legal,
        clock=clock,
        waivers=waivers_of(content.reasons),
        appeal=appeal,
    )


def build_record(content: Content[MachineOutcome] | Content[PersonOutcome], act: Act) -> Json:
    """The record's JSON. Staff appear as pseudonyms, the learner not at all; the proof is added later."""
    body = content.to_json()
    return {
        "record": RECORD,
        "content": body,
        "content_digest": digest(body),
        "act": write(act),
        "proof": {"signature": None, "log": None},
    }
