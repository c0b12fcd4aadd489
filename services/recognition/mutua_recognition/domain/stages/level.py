"""S7, level: the credential's EQF level against what the purpose needs, by EQF or by QF-EHEA cycle.

A national level says nothing about the EQF without referencing. A lower level is a candidate for a
substantial difference, which only people may confirm.
"""

from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Stage
from mutua_recognition.domain.findings import NOT_APPLICABLE, Finding, failed, inconclusive, passed
from mutua_recognition.domain.reasons import Polarity, Reason, Source, reason


def needed_level(case: Case) -> int | None:
    """The target's level, else the policy's; None where the purpose needs none."""
    target = case.request.target
    return target.level if target is not None and target.level is not None else case.policy.level_needed


def level(case: Case) -> Finding:
    needed, found = needed_level(case), case.content.eqf
    if needed is None:
        return NOT_APPLICABLE
    if found is None:
        if case.content.nqf is not None:
            return inconclusive(_about(case, "LEVEL.UNREFERENCED", "0", f"nqf:{case.content.nqf}", needed))
        stated = "nothing" if case.content.level_applies else "no level applies"
        return inconclusive(_about(case, "LEVEL.ABSENT", "0", stated, needed))
    if found < needed:
        return failed(_about(case, "LEVEL.LOWER", "-", f"eqf:{found}", needed))
    return passed(
        _about(case, "LEVEL.EQUAL" if found == needed else "LEVEL.HIGHER", "+", f"eqf:{found}", needed)
    )


def _about(case: Case, code: str, polarity: Polarity, found: str, needed: int) -> Reason:
    lists = case.facts.code_lists
    return reason(
        code,
        Stage.S7,
        polarity,
        subject="/level",
        found=found,
        expected=f"eqf:{needed}",
        source=Source("code_list", "eqf", None, lists.digest),
    )
