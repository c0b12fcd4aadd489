"""The stages of a case, S0 to S12 in order; S13, the outcome, follows from what they found.

A stage is a function of the case alone. One that is not built yet stands in the table all the same: it
answers NOT_EVALUATED, and a policy that requires it sends the case to a person.
"""

from collections.abc import Callable
from typing import Final

from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Stage
from mutua_recognition.domain.findings import NOT_EVALUATED, Finding
from mutua_recognition.domain.stages.authenticity import authenticity
from mutua_recognition.domain.stages.completeness import completeness
from mutua_recognition.domain.stages.intake import intake
from mutua_recognition.domain.stages.level import level
from mutua_recognition.domain.stages.provider import provider
from mutua_recognition.domain.stages.quality import quality
from mutua_recognition.domain.stages.trust import trust


def not_built(_case: Case) -> Finding:
    """A stage without rules yet."""
    return NOT_EVALUATED


STAGES: Final[tuple[tuple[Stage, Callable[[Case], Finding]], ...]] = (
    (Stage.S0, intake),
    (Stage.S1, authenticity),
    (Stage.S2, completeness),
    (Stage.S3, not_built),
    (Stage.S4, provider),
    (Stage.S5, quality),
    (Stage.S6, trust),
    (Stage.S7, level),
    (Stage.S8, not_built),
    (Stage.S9, not_built),
    (Stage.S10, not_built),
    (Stage.S11, not_built),
    (Stage.S12, not_built),
)
