"""S0, intake: a credential of a format that is read here, a competent recogniser, a target where needed.

FAIL makes the request inadmissible: fixable, and a person looks on request. A format that nobody here reads
is no fault of the credential's: INCONCLUSIVE.
"""

from mutua_credentials.verify import CheckName
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Stage
from mutua_recognition.domain.findings import Finding, failed, inconclusive, passed
from mutua_recognition.domain.reasons import Reason, Source, reason


def intake(case: Case) -> Finding:
    for name in (CheckName.FORMAT, CheckName.STRUCTURE):
        check = case.facts.check(name)
        if check.result is CheckResult.FAIL:
            return failed(_about("INTAKE.MALFORMED", check.code, "a well-formed credential"))
        if check.result is CheckResult.UNKNOWN:
            code = "INTAKE.TOO_LARGE" if check.code == "too_large" else "INTAKE.UNKNOWN_FORMAT"
            return inconclusive(_about(code, check.code, "a format that is read here"))
    if not _competent(case):
        return failed(
            reason(
                "INTAKE.NOT_COMPETENT",
                Stage.S0,
                "-",
                subject="/request",
                found=f"{case.request.regime} {case.request.purpose}",
                expected=f"{' or '.join(case.policy.regimes)} {case.policy.purpose}",
                source=Source("policy", case.policy.id, hash=case.policy.pin.digest),
            )
        )
    if case.request.purpose.needs_target and case.request.target is None:
        return failed(
            reason(
                "INTAKE.TARGET_MISSING",
                Stage.S0,
                "-",
                subject="/request/target",
                expected=f"a component, as {case.request.purpose} needs one",
            )
        )
    return passed()


def _competent(case: Case) -> bool:
    return case.request.purpose is case.policy.purpose and case.request.regime in case.policy.regimes


def _about(code: str, found: str, expected: str) -> Reason:
    return reason(code, Stage.S0, "-", subject="", found=found, expected=expected)
