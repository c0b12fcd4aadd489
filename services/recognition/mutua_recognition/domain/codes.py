"""The closed lists that the engine speaks in: stages, results, purposes, regimes, outcomes.

What a machine may set and what a person may set are two types with no common refusal: `NOT_RECOGNISED` is a
member of neither, so no rule, timer or bug can make it a machine's outcome.
"""

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """The fourteen checks of a request, in the order in which they are shown."""

    S0 = "S0"
    """Intake."""
    S1 = "S1"
    """Authenticity."""
    S2 = "S2"
    """Completeness."""
    S3 = "S3"
    """Kind and size."""
    S4 = "S4"
    """Provider."""
    S5 = "S5"
    """Quality at the award date."""
    S6 = "S6"
    """Trust."""
    S7 = "S7"
    """Level."""
    S8 = "S8"
    """Learning outcomes."""
    S9 = "S9"
    """Workload."""
    S10 = "S10"
    """Assessment."""
    S11 = "S11"
    """Identity."""
    S12 = "S12"
    """Substantial differences."""
    S13 = "S13"
    """Outcome."""


ALWAYS_REQUIRED: Final = frozenset({Stage.S0, Stage.S1, Stage.S4, Stage.S5, Stage.S6, Stage.S13})
"""No policy can do without them."""
NEVER_WAIVED: Final = frozenset({Stage.S0, Stage.S1, Stage.S4, Stage.S13})
"""No waiver reaches them."""
HIDING: Final = frozenset({Stage.S0, Stage.S1})
"""After a FAIL of one of these nothing in the credential proves anything: it is neither read nor shown."""


class Result(StrEnum):
    """What a stage found."""

    PASS = "PASS"  # noqa: S105 - a result, not a secret
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    WAIVED = "WAIVED"
    NOT_EVALUATED = "NOT_EVALUATED"

    @property
    def clean(self) -> bool:
        """Whether a required stage with this result lets an automatic yes through."""
        return self in (Result.PASS, Result.NOT_APPLICABLE, Result.WAIVED)


class Purpose(StrEnum):
    """What recognition is asked for."""

    ACCESS = "ACCESS"
    CREDIT = "CREDIT"
    EXEMPTION = "EXEMPTION"
    STACKING = "STACKING"
    EMPLOYMENT_INFO = "EMPLOYMENT_INFO"

    @property
    def needs_target(self) -> bool:
        """Exemption from X is not exemption from Y: these ask for a component of the recogniser."""
        return self in (Purpose.EXEMPTION, Purpose.STACKING)


class Regime(StrEnum):
    """By whose rules a request is decided. `ENIC_ADVICE` yields advice, never a decision."""

    ALLIANCE = "ALLIANCE"
    HEI = "HEI"
    ENIC_ADVICE = "ENIC_ADVICE"


class Origin(StrEnum):
    """Why a request is evaluated."""

    PRESENTED = "presented"
    STANDING_RULE = "standing_rule"
    REDECISION = "redecision"
    APPEAL = "appeal"


class Holder(StrEnum):
    """Whether somebody has matched holder and learner; an anticipated decision leaves it open."""

    CHECKED = "checked"
    ON_PRESENTATION = "on_presentation"


class Kind(StrEnum):
    """What an outcome is in law."""

    DECISION = "decision"
    PROCEDURAL = "procedural"
    ADVICE = "advice"


class MachineCode(StrEnum):
    """Everything that a machine may set. There is no refusal among it, and there never may be."""

    RECOGNISED_FULL = "RECOGNISED_FULL"
    RECOGNISED_CONDITIONAL = "RECOGNISED_CONDITIONAL"
    REVIEW_REQUESTED = "REVIEW_REQUESTED"
    INFO_REQUESTED = "INFO_REQUESTED"
    INADMISSIBLE = "INADMISSIBLE"

    @property
    def favourable(self) -> bool:
        """Whether it grants something."""
        return self in (MachineCode.RECOGNISED_FULL, MachineCode.RECOGNISED_CONDITIONAL)


class PersonCode(StrEnum):
    """Everything that a person may set so far. Less favourable outcomes come with their safeguards."""

    RECOGNISED_FULL = "RECOGNISED_FULL"
    INFO_REQUESTED = "INFO_REQUESTED"


class Basis(StrEnum):
    """What an automatic yes rests on beside quality."""

    TRUST_CHAIN = "trust_chain"
    PROGRAMME_QUALITY = "programme_quality"


class MandateEffect(StrEnum):
    """What a machine may do with a clean case: decide it, or recommend it to a person."""

    DECIDE = "decide"
    RECOMMEND = "recommend"


class Actor(StrEnum):
    """Who settles something."""

    MACHINE = "machine"
    PERSON = "person"
    PANEL = "panel"
