"""What a person may do with a case: recognise it, or ask. Refusals come with safeguards of their own.

Judging that a difference is not substantial, or that no chain is needed, is ordinary work of one evaluator.
Going on against a wrong signature, a suspected mill, a negative quality decision or distrust is an override,
and refused here.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from mutua_contracts.reasons import REASON_CODES
from mutua_recognition.domain.codes import (
    HIDING,
    Actor,
    Kind,
    MachineCode,
    PersonCode,
    Result,
    Stage,
)
from mutua_recognition.domain.content import Content, Effect, MachineOutcome, PersonOutcome, StageShown
from mutua_recognition.domain.flaws import Refused, refused
from mutua_recognition.domain.outcome import NOT_WAIVABLE, kind_of_decision
from mutua_recognition.domain.reasons import Reason, Remedy
from mutua_recognition.domain.record import Act, Appeal, Clock, DecidedBy, Legal, Person, Place, act_of

OVERRIDDEN: Final = NOT_WAIVABLE | {"PROV.MILL_SUSPECTED"}
"""Reasons against which one person may not go on alone."""
OPEN: Final = (MachineCode.REVIEW_REQUESTED, MachineCode.INFO_REQUESTED)
"""Outcomes that leave something for a person to settle."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked for: an element of Annex I or a document, why, and how to answer."""

    element: str
    code: str
    remedy: Remedy


@dataclass(frozen=True, slots=True)
class Settled:
    """A person's content and act, ready for `build_record`."""

    content: Content[PersonOutcome]
    act: Act


def questions_of(content: Content[MachineOutcome]) -> tuple[Question, ...]:
    """What the machine asks for, in one bundle: every element that completeness found missing."""
    asked = [each for each in content.reasons if each.stage is Stage.S2 and each.code.startswith("DOC.")]
    return tuple(Question((each.subject or "/").lstrip("/"), each.code, each.remedy) for each in asked)


def recognise(
    content: Content[MachineOutcome],
    effect: Effect,
    person: Person,
    place: Place,
    clock: Clock,
    appeal: Appeal | None = None,
    legal_basis: tuple[str, ...] = (),
) -> Settled | Refused:
    """A person recognises in full what the machine left open.

    Refused where the case is not open (`already_decided`, `content_hidden`) or needs two people
    (`override_needed`).
    """
    barred = _not_open(content) or _needs_override(content)
    if barred is not None:
        return barred
    kind = kind_of_decision(content.request.regime)
    decided = _with(content, PersonOutcome(PersonCode.RECOGNISED_FULL, kind, effect=effect))
    act = _act(decided, person, place, clock, appeal, legal_basis)
    return Settled(decided, replace(act, differences=_judgements(content)))


def ask(
    content: Content[MachineOutcome],
    questions: tuple[Question, ...],
    person: Person,
    place: Place,
    clock: Clock,
) -> Settled | Refused:
    """A person asks for information; the clock pauses until it comes."""
    barred = _not_open(content) or _unclear(questions)
    if barred is not None:
        return barred
    asked = _with(content, PersonOutcome(PersonCode.INFO_REQUESTED, Kind.PROCEDURAL))
    return Settled(asked, _act(asked, person, place, clock, None, ()))


def _not_open(content: Content[MachineOutcome]) -> Refused | None:
    if content.outcome.code in OPEN:
        return None
    if content.outcome.code is MachineCode.INADMISSIBLE:
        return refused(
            "content_hidden",
            "/outcome",
            content.outcome.code,
            "a credential that could be taken in",
            "ask for a sound copy and present it again",
        )
    return refused("already_decided", "/outcome", content.outcome.code, "a case that waits for a person")


def _needs_override(content: Content[MachineOutcome]) -> Refused | None:
    against = sorted({each.code for each in content.reasons} & OVERRIDDEN)
    failed = any(content.result(stage) is Result.FAIL for stage in HIDING)
    if not against and not failed:
        return None
    fix = "an override by two people; it is not available yet, so leave the case open or ask for information"
    return refused("override_needed", "/reasons", ", ".join(against), "no reason that needs two people", fix)


def _unclear(questions: tuple[Question, ...]) -> Refused | None:
    if not questions:
        return refused("empty", "/questions", None, "at least one question")
    for place, question in enumerate(questions):
        if question.code not in REASON_CODES or not question.element:
            path = f"/questions/{place}"
            return refused("unknown_code", path, question.code, "an element and a code of the catalogue")
    return None


def _judgements(content: Content[MachineOutcome]) -> tuple[dict[str, Any], ...]:
    """Every required stage that was not clean, judged no obstacle by the person who recognised."""
    return tuple(
        {
            "stage": each.stage.value,
            "result": each.result.value,
            "reasons": sorted({told.code for told in _of(content, each) if told.weight == "essential"}),
            "judgement": "not_substantial",
        }
        for each in content.stages
        if each.required and not each.result.clean and each.stage is not Stage.S13
    )


def _of(content: Content[MachineOutcome], stage: StageShown) -> tuple[Reason, ...]:
    return tuple(content.reasons[place] for place in stage.reasons)


def _with(content: Content[MachineOutcome], outcome: PersonOutcome) -> Content[PersonOutcome]:
    return Content(
        request=content.request,
        as_of=content.as_of,
        stages=content.stages,
        deciding_stage=content.deciding_stage,
        reasons=content.reasons,
        criteria=content.criteria,
        coverage=content.coverage,
        trust=content.trust,
        outcome=outcome,
        counterfactuals=content.counterfactuals,
        evidence=content.evidence,
    )


def _act(
    content: Content[PersonOutcome],
    person: Person,
    place: Place,
    clock: Clock,
    appeal: Appeal | None,
    legal_basis: tuple[str, ...],
) -> Act:
    by = DecidedBy(Actor.PERSON, people=(person,))
    legal = Legal(legal_basis, automated=False)
    return act_of(content, place, clock, appeal, at=person.signed_at, by=by, legal=legal)
