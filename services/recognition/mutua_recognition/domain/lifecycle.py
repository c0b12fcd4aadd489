"""The life of a request: which of its records counts, and what a new arrival of the same question leads to.

A request is asked once per (credential, recogniser, purpose, target). Asked again it answers what it already
is; a dormant one wakes when somebody presents the credential, and is looked at anew, with what is known by
then.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, TypeVar

from mutua_recognition.domain.codes import MachineCode, Origin, PersonCode
from mutua_recognition.domain.content import Content, MachineOutcome, PersonOutcome


class State(StrEnum):
    """What a request waits for. `anticipated`: decided for whoever will present the credential."""

    DORMANT = "dormant"
    ANTICIPATED = "anticipated"
    DECIDED = "decided"
    IN_REVIEW = "in_review"
    INFO_REQUESTED = "info_requested"
    INADMISSIBLE = "inadmissible"


class Arrival(StrEnum):
    """What to do when the same question arrives."""

    EVALUATE = "evaluate"
    """It is new, or dormant and now presented: evaluate it."""
    ANSWER = "answer"
    """Answer what it is; nothing changes."""
    TAKE_EFFECT = "take_effect"
    """An anticipated decision takes effect; nothing is decided anew."""


def state_after(content: Content[MachineOutcome] | Content[PersonOutcome]) -> State:
    """The state that a record leaves its request in.

    What nobody asked for and is not clean sleeps: no queue, no clock. What cannot be taken in is said to be
    so whoever asked, because its issuer has to know; what a person has settled is awake.
    """
    match content.outcome:
        case PersonOutcome(code=PersonCode.RECOGNISED_FULL):
            return State.DECIDED
        case PersonOutcome():
            return State.INFO_REQUESTED
        case MachineOutcome(code=MachineCode.INADMISSIBLE):
            return State.INADMISSIBLE
        case MachineOutcome(code=code):
            by_rule = content.request.origin is Origin.STANDING_RULE
            if code.favourable:
                return State.ANTICIPATED if by_rule else State.DECIDED
            asked = State.INFO_REQUESTED if code is MachineCode.INFO_REQUESTED else State.IN_REVIEW
            return State.DORMANT if by_rule else asked


def on_arrival(state: State | None, origin: Origin, *, revisit: bool = False) -> Arrival:
    """What the same question leads to; `state` is None where nobody has asked it yet.

    What was closed without prejudice, and is presented again, is looked at again; so is an anticipated
    decision that has to be revisited, as it has not taken effect.
    """
    if state is None:
        return Arrival.EVALUATE
    if origin is not Origin.PRESENTED:
        return Arrival.ANSWER
    match state:
        case State.DORMANT | State.INADMISSIBLE | State.INFO_REQUESTED:
            return Arrival.EVALUATE
        case State.ANTICIPATED:
            return Arrival.EVALUATE if revisit else Arrival.TAKE_EFFECT
        case State.DECIDED | State.IN_REVIEW:
            return Arrival.ANSWER


class Numbered(Protocol):
    """Anything with the number of a record in its request."""

    @property
    def sequence(self) -> int: ...


N = TypeVar("N", bound=Numbered)


def current(records: Iterable[N]) -> N | None:
    """The record that counts: the highest number. It is derived, never stored."""
    return max(records, key=lambda record: record.sequence, default=None)
