"""The sheet of seven criteria that recognition officers use, graded as far as the stages allow.

Grades are those of the Dutch recognition centre's evaluator: strong, substantial, weak, none. Where no stage
has answered, the line stays open for a person.
"""

from typing import Final

from mutua_coverage import Coverage, Grade, Outcome
from mutua_recognition.domain.codes import Result, Stage
from mutua_recognition.domain.content import Criterion, Grading
from mutua_recognition.domain.outcome import Findings

SHEET: Final[tuple[tuple[str, tuple[Stage, ...]], ...]] = (
    ("quality", (Stage.S5,)),
    ("verification", (Stage.S1, Stage.S4)),
    ("level", (Stage.S7,)),
    ("outcomes", (Stage.S8,)),
    ("workload", (Stage.S9,)),
    ("testing", (Stage.S10,)),
    ("identification", (Stage.S11,)),
)


def criteria(findings: Findings, coverage: Coverage | None) -> tuple[Criterion, ...]:
    """All seven lines, graded by the machine where it can be."""
    return tuple(
        Criterion(
            name, _grade(name, {findings[stage].result for stage in stages}, coverage), stages, "machine"
        )
        for name, stages in SHEET
    )


def _grade(name: str, results: set[Result], coverage: Coverage | None) -> Grading | None:
    if results == {Result.PASS}:
        voluntary = name == "quality" and coverage is not None and coverage.grade is Grade.B
        return "substantial" if voluntary else "strong"
    if Result.FAIL in results:
        return "none"
    if name == "quality" and coverage is not None and coverage.outcome is Outcome.EVIDENCE_ONLY:
        return "weak"
    return None
