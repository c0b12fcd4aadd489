"""From the domain's records to the events of a request, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mutua_contracts.ids import effect_id
from mutua_contracts.recognition import (
    AboutRequest,
    Condition,
    Effect,
    Question,
    Reason,
    RecognitionDecided,
    RecognitionInadmissible,
    RecognitionRequested,
    ReviewClosed,
    ReviewInfoRequested,
    ReviewRequested,
    Source,
)
from mutua_kernel.outbox import Emit
from mutua_recognition.domain import reviews
from mutua_recognition.domain.codes import Actor, MachineCode, PersonCode
from mutua_recognition.domain.content import Content, MachineOutcome, PersonOutcome
from mutua_recognition.domain.content import Effect as Given
from mutua_recognition.domain.reasons import Reason as Found
from mutua_recognition.domain.record import Act


@dataclass(frozen=True, slots=True)
class About:
    """What every event of a request says about it."""

    request: UUID
    credential: str
    recogniser: str
    country: str
    issuer: str | None
    award_country: str | None
    purpose: str
    target: str | None

    def members(self) -> AboutRequest:
        return AboutRequest(
            request_id=self.request,
            credential_id=self.credential,
            recogniser=self.recogniser,
            country=self.country,
            issuer=self.issuer,
            award_country=self.award_country,
            purpose=self.purpose,
            target=self.target,
        )


def requested(
    about: About,
    *,
    origin: str,
    regime: str,
    state: str,
    rule: str | None,
    digest: str,
    sequence: int,
    cause: str,
) -> Emit:
    """Recognition was asked for."""
    data = RecognitionRequested(
        **dict(about.members()),
        origin=origin,
        regime=regime,
        state=state,
        rule=rule,
        credential_digest=digest,
    )
    return emit(about, data, sequence, cause, "requested")


def outcome(
    about: About,
    content: Content[MachineOutcome] | Content[PersonOutcome],
    act: Act,
    *,
    sequence: int,
    digest: str,
    questions: Sequence[reviews.Question] = (),
) -> Emit:
    """What an evaluation or a person came to: decided, review or information requested, or inadmissible.

    `sequence` is the event's; the record's own number is in the act. `questions` are those of a request for
    information.
    """
    data = _outcome(about, content, act, digest, questions)
    return emit(about, data, sequence, act.cause.id, "outcome")


def closed(about: About, act: Act, *, sequence: int) -> Emit:
    """A person settled a review by a decision."""
    data = ReviewClosed(
        **dict(about.members()),
        closed_as="decided",
        decision_id=act.decision_id,
        person=act.decided_by.people[0].id if act.decided_by.people else None,
        role="evaluator" if act.decided_by.mode is Actor.PERSON else "machine",
    )
    return emit(about, data, sequence, act.cause.id, "closed")


def _outcome(
    about: About,
    content: Content[MachineOutcome] | Content[PersonOutcome],
    act: Act,
    digest: str,
    questions: Sequence[reviews.Question],
) -> AboutRequest:
    common: dict[str, Any] = {
        **dict(about.members()),
        "sequence": act.sequence,
        "reasons": tuple(reason(one) for one in content.reasons),
        "content_digest": digest,
    }
    stage = content.deciding_stage.value
    match content.outcome.code:
        case MachineCode.RECOGNISED_FULL | MachineCode.RECOGNISED_CONDITIONAL | PersonCode.RECOGNISED_FULL:
            return _decided(common, content, act)
        case MachineCode.REVIEW_REQUESTED:
            return ReviewRequested(
                **common,
                deciding_stage=stage,
                proposal=content.outcome.proposal.value if content.outcome.proposal else None,
                nearest_miss=content.trust.nearest_miss if content.trust else None,
                due_on=act.clock.due_on,
            )
        case MachineCode.INFO_REQUESTED | PersonCode.INFO_REQUESTED:
            asked = (
                Question(element=one.element, code=one.code, remedy=one.remedy.value) for one in questions
            )
            return ReviewInfoRequested(**common, asked_by=act.decided_by.mode.value, questions=tuple(asked))
        case MachineCode.INADMISSIBLE:
            return RecognitionInadmissible(**common, deciding_stage=stage)


def _decided(
    common: Mapping[str, Any], content: Content[MachineOutcome] | Content[PersonOutcome], act: Act
) -> RecognitionDecided:
    return RecognitionDecided(
        **common,
        decision_id=act.decision_id,
        supersedes=act.supersedes,
        outcome=content.outcome.code.value,
        effect=effect(content.outcome.effect),
        decided_at=act.decided_at,
        decided_by=act.decided_by.mode.value,
        people=tuple(person.id for person in act.decided_by.people),
        mandate=act.decided_by.mandate.id if act.decided_by.mandate else None,
        deciding_stage=content.deciding_stage.value,
        chain=content.trust.chain if content.trust else None,
    )


def effect(given: Given | None) -> Effect | None:
    """What a decision gives, as events say it."""
    if given is None:
        return None
    return Effect(
        ects=given.ects,
        level=given.level,
        counts_as=given.counts_as,
        remainder=given.remainder,
        conditions=tuple(
            Condition(code=one.code, params=one.params, due=one.due, checked_by=one.checked_by)
            for one in given.conditions
        ),
        holder=given.holder.value,
    )


def reason(found: Found) -> Reason:
    """A coded reason, as events say it."""
    source = found.source
    return Reason(
        code=found.code,
        stage=found.stage.value,
        polarity=found.polarity,
        weight=found.weight,
        subject=found.subject,
        found=found.found,
        expected=found.expected,
        source=None
        if source is None
        else Source(kind=source.kind, id=source.id, as_of=source.as_of, hash=source.hash),
        legal_basis=found.legal_basis,
        remedy=found.remedy.value,
        text_key=found.text_key,
        params=found.params,
    )


def emit(about: About, data: AboutRequest, sequence: int, cause: str, subject: str) -> Emit:
    return Emit(
        data,
        key=str(about.request),
        sequence=sequence,
        tenant=about.recogniser,
        event_id=effect_id(cause, f"{subject}/{about.request}"),
        correlation=about.credential,
    )
