"""S1, authenticity: signature, key, status and dates; and the signer is the body that awards.

FAIL only where something is proven false: a wrong signature, undefined terms under it, a revocation. Whatever
could not be told (source down, unsigned, key of another, suspended, expired after the award) is INCONCLUSIVE,
never "invalid". A signature speaks for the awarding body only when it is its own: trust in one body must not
carry a credential that another has signed.
"""

from collections.abc import Mapping
from typing import Final

from mutua_credentials.verify import CheckName
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Result, Stage
from mutua_recognition.domain.facts import CheckFact
from mutua_recognition.domain.findings import NOT_EVALUATED, Finding
from mutua_recognition.domain.reasons import Reason, Source, reason

UNSIGNED: Final = frozenset({"unsecured", "unsigned", "not_signed_format", "alg_none"})
"""Codes of a signature check that found no signature at all."""

_DOUBT: Final[Mapping[CheckName, str]] = {
    CheckName.CONTEXTS: "AUTH.CONTEXT_UNDEFINED",
    CheckName.SIGNATURE: "AUTH.KEY_UNREACHABLE",
    CheckName.ISSUER_BINDING: "AUTH.KEY_UNBOUND",
    CheckName.DATES: "AUTH.EXPIRED_AFTER_AWARD",
    CheckName.STATUS: "AUTH.STATUS_UNREACHABLE",
}
"""What a check says that could not be made. Schema and seal raise no doubt."""


def authenticity(case: Case) -> Finding:
    if case.facts.check(CheckName.SIGNATURE).result is CheckResult.SKIPPED:
        return NOT_EVALUATED
    judged = [(check, judgement) for check in case.facts.checks if (judgement := _judge(check))]
    reasons = tuple(_about(code, result, check, case) for check, (result, code) in judged)
    if any(result is Result.FAIL for _, (result, _) in judged):
        return Finding(Result.FAIL, reasons)
    reasons += _unless_own_signature(case)
    if reasons:
        return Finding(Result.INCONCLUSIVE, reasons)
    return Finding(Result.PASS, (_all_good(case), *_seal(case)))


def _judge(check: CheckFact) -> tuple[Result, str] | None:
    """Result and reason code of one check, None where it speaks neither for nor against."""
    if check.result is CheckResult.UNKNOWN:
        doubt = "AUTH.UNSIGNED" if check.code in UNSIGNED else _DOUBT.get(check.name)
        return (Result.INCONCLUSIVE, doubt) if doubt else None
    if check.result is not CheckResult.FAIL:
        return None
    match check.name:
        case CheckName.CONTEXTS:
            return Result.FAIL, "AUTH.CONTEXT_UNDEFINED"
        case CheckName.SIGNATURE if check.code in UNSIGNED:
            return Result.INCONCLUSIVE, "AUTH.UNSIGNED"
        case CheckName.SIGNATURE:
            return Result.FAIL, "AUTH.SIG_INVALID"
        case CheckName.STATUS if check.code == "suspended":
            return Result.INCONCLUSIVE, "AUTH.SUSPENDED"
        case CheckName.STATUS:
            return Result.FAIL, "AUTH.REVOKED"
        case CheckName.SCHEMA:
            return Result.FAIL, "INTAKE.MALFORMED"
        case CheckName.ISSUER_BINDING:
            return Result.INCONCLUSIVE, "AUTH.KEY_UNBOUND"
        case CheckName.DATES:
            return Result.INCONCLUSIVE, "AUTH.EXPIRED_AFTER_AWARD"
        case _:
            return None


def _unless_own_signature(case: Case) -> tuple[Reason, ...]:
    """A reason where the credential is signed by somebody else than the body that it names as awarding."""
    if case.facts.content is None:
        return ()
    signer, body = case.facts.signer, case.awarding_body
    if signer is not None and (body is None or signer == body):
        return ()
    return (
        reason(
            "AUTH.KEY_UNBOUND",
            Stage.S1,
            "0",
            subject="/awarding_body",
            found=f"signed by {signer or 'an issuer that is not known here'}",
            expected=f"signed by {body or 'the awarding body'}",
            source=case.facts.key,
        ),
    )


def _about(code: str, result: Result, check: CheckFact, case: Case) -> Reason:
    return reason(
        code,
        Stage.S1,
        "-" if result is Result.FAIL else "0",
        subject="/proof",
        found=f"{check.name}: {check.code}",
        expected="valid",
        source=_source(check, case),
    )


def _source(check: CheckFact, case: Case) -> Source | None:
    status = case.facts.status
    if check.name is CheckName.STATUS and status is not None:
        return Source("status_list", status.id, None, status.digest)
    return case.facts.key


def _all_good(case: Case) -> Reason:
    return reason(
        "AUTH.OK", Stage.S1, "+", subject="/proof", found="valid", expected="valid", source=case.facts.key
    )


def _seal(case: Case) -> tuple[Reason, ...]:
    check = case.facts.check(CheckName.SEAL_LEVEL)
    if check.result is not CheckResult.FAIL:
        return ()
    return (reason("AUTH.SEAL_NOT_QUALIFIED", Stage.S1, "0", subject="/proof", found=check.code),)
