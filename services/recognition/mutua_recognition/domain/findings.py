"""What one stage found: a result and the reasons for it."""

from dataclasses import dataclass

from mutua_recognition.domain.codes import Result, Stage
from mutua_recognition.domain.reasons import Reason, reason


@dataclass(frozen=True, slots=True)
class Finding:
    """A stage's answer. A stage that was not made, or could not be, is NOT_EVALUATED, never passed."""

    result: Result
    reasons: tuple[Reason, ...] = ()


def passed(*reasons: Reason) -> Finding:
    return Finding(Result.PASS, reasons)


def failed(*reasons: Reason) -> Finding:
    return Finding(Result.FAIL, reasons)


def inconclusive(*reasons: Reason) -> Finding:
    return Finding(Result.INCONCLUSIVE, reasons)


NOT_EVALUATED = Finding(Result.NOT_EVALUATED)
NOT_APPLICABLE = Finding(Result.NOT_APPLICABLE)


def cannot_run(stage: Stage, element: str) -> Finding:
    """The stage needs an element that is not there to be read."""
    why = reason(
        "POLICY.STAGE_NOT_EVALUATED",
        stage,
        "0",
        subject=f"/{element}",
        found="not readable",
        expected="a value to judge by",
    )
    return Finding(Result.NOT_EVALUATED, (why,))
