"""Why the rule answered as it did: a closed list of codes, each with its polarity and with the line of the
recognition catalogue that it belongs to. Texts for people live in catalogues elsewhere; a reason holds facts.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Polarity = Literal["+", "0", "-"]


class Code(StrEnum):
    """A fact that spoke for or against coverage, or that a reviewer should know."""

    PROGRAMME_COVERED = "programme_covered"
    PROVIDER_COVERED = "provider_covered"
    CONDITIONS = "conditions"
    VOLUNTARY = "voluntary"
    OTHER_PROVIDER = "other_provider"
    OUTSIDE_EHEA = "outside_ehea"
    NO_VERDICT = "no_verdict"
    WEAKER_EVIDENCE = "weaker_evidence"
    PROGRAMME_LEVEL_REQUIRED = "programme_level_required"
    NO_EXACT_PROGRAMME = "no_exact_programme"
    PROGRAMME_DIFFERS = "programme_differs"
    LEVEL_NOT_OFFERED = "level_not_offered"
    NOT_ASSESSED = "not_assessed"
    CONFLICTING_DECISIONS = "conflicting_decisions"
    ABSORBED = "absorbed"
    BEYOND_ONE_HOP = "beyond_one_hop"
    SUCCESSION_UNCLEAR = "succession_unclear"
    INDEPENDENT_FACULTY = "independent_faculty"
    PROVIDER_AMBIGUOUS = "provider_ambiguous"
    PROVIDER_NOT_OPEN = "provider_not_open"
    AGENCY_UNCERTAIN = "agency_uncertain"
    SEAT_UNCERTAIN = "seat_uncertain"
    REQUIREMENTS_UNKNOWN = "requirements_unknown"
    UNKNOWN_CODE = "unknown_code"
    NO_SNAPSHOT = "no_snapshot"
    NEGATIVE = "negative"
    HIGH_FLAG = "high_flag"
    LOW_FLAG = "low_flag"
    ENDED_BEFORE_AWARD = "ended_before_award"
    STARTS_AFTER_AWARD = "starts_after_award"
    PROVIDER_UNKNOWN = "provider_unknown"
    NO_REPORT = "no_report"
    INSTITUTION_LIST = "institution_list"
    LEVELS_UNKNOWN = "levels_unknown"
    LEVEL_NOT_STATED = "level_not_stated"
    REGISTRATION_FROM_DECISIONS = "registration_from_decisions"
    OLDER_DECISION_IN_FORCE = "older_decision_in_force"
    NEVER_CARRIES = "never_carries"
    PLATFORM_ONLY = "platform_only"
    AWARD_AFTER_SNAPSHOT = "award_after_snapshot"
    REPORT_GONE = "report_gone"


_CATALOGUE: dict[Code, tuple[str, Polarity]] = {
    Code.PROGRAMME_COVERED: ("QA.PROGRAMME_COVERS", "+"),
    Code.PROVIDER_COVERED: ("QA.INSTITUTION_COVERS", "+"),
    Code.CONDITIONS: ("QA.CONDITIONAL", "0"),
    Code.VOLUNTARY: ("QA.VOLUNTARY", "0"),
    Code.OTHER_PROVIDER: ("QA.VOLUNTARY", "0"),
    Code.OUTSIDE_EHEA: ("QA.VOLUNTARY", "0"),
    Code.NO_VERDICT: ("QA.EVIDENCE_ONLY", "0"),
    Code.WEAKER_EVIDENCE: ("QA.EVIDENCE_ONLY", "0"),
    Code.PROGRAMME_LEVEL_REQUIRED: ("QA.EVIDENCE_ONLY", "-"),
    Code.NO_EXACT_PROGRAMME: ("QA.REFER", "0"),
    Code.PROGRAMME_DIFFERS: ("QA.REFER", "-"),
    Code.LEVEL_NOT_OFFERED: ("QA.REFER", "-"),
    Code.NOT_ASSESSED: ("QA.REFER", "-"),
    Code.CONFLICTING_DECISIONS: ("QA.REFER", "-"),
    Code.ABSORBED: ("QA.REFER", "0"),
    Code.BEYOND_ONE_HOP: ("QA.REFER", "0"),
    Code.SUCCESSION_UNCLEAR: ("QA.REFER", "0"),
    Code.INDEPENDENT_FACULTY: ("QA.REFER", "0"),
    Code.PROVIDER_AMBIGUOUS: ("QA.INDETERMINATE", "0"),
    Code.PROVIDER_NOT_OPEN: ("QA.INDETERMINATE", "-"),
    Code.AGENCY_UNCERTAIN: ("QA.INDETERMINATE", "0"),
    Code.SEAT_UNCERTAIN: ("QA.INDETERMINATE", "0"),
    Code.REQUIREMENTS_UNKNOWN: ("QA.INDETERMINATE", "0"),
    Code.UNKNOWN_CODE: ("QA.INDETERMINATE", "0"),
    Code.NO_SNAPSHOT: ("QA.STALE_SNAPSHOT", "0"),
    Code.NEGATIVE: ("QA.NEGATIVE", "-"),
    Code.HIGH_FLAG: ("QA.FLAGGED", "0"),
    Code.LOW_FLAG: ("QA.FLAGGED", "0"),
    Code.ENDED_BEFORE_AWARD: ("QA.NOT_AT_AWARD_DATE", "-"),
    Code.STARTS_AFTER_AWARD: ("QA.NOT_AT_AWARD_DATE", "-"),
    Code.PROVIDER_UNKNOWN: ("QA.NONE", "0"),
    Code.NO_REPORT: ("QA.NONE", "0"),
    Code.INSTITUTION_LIST: ("QA.NONE", "0"),
    Code.LEVELS_UNKNOWN: ("QA.INSTITUTION_COVERS", "0"),
    Code.LEVEL_NOT_STATED: ("QA.INSTITUTION_COVERS", "0"),
    Code.REGISTRATION_FROM_DECISIONS: ("QA.INSTITUTION_COVERS", "0"),
    Code.OLDER_DECISION_IN_FORCE: ("QA.REFER", "0"),
    Code.NEVER_CARRIES: ("QA.NONE", "0"),
    Code.PLATFORM_ONLY: ("QA.NONE", "0"),
    Code.AWARD_AFTER_SNAPSHOT: ("QA.STALE_SNAPSHOT", "0"),
    Code.REPORT_GONE: ("QA.NONE", "0"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One coded reason: what was found, what would have been needed, and in which reports or providers."""

    code: Code
    found: str
    expected: str
    reports: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    """Providers that the reason points to, e.g. proposed successors of a closed one."""

    @property
    def catalogue(self) -> str:
        """The code of the recognition reasons' catalogue, `QA.*`."""
        return _CATALOGUE[self.code][0]

    @property
    def polarity(self) -> Polarity:
        """For (`+`) or against (`-`) coverage, or neither."""
        return _CATALOGUE[self.code][1]
