"""What became of a credential: every status reference that it holds, and the worst of what they say."""

import time
from collections.abc import Mapping
from typing import Any, cast

from mutua_credentials.verify.given import Given, StatusAnswer
from mutua_credentials.verify.result import Check, CheckName, Result, skipped, unknown

EXPECTED = "neither revoked nor suspended"
MAX_REFERENCES = 16
DEADLINE = 10.0
"""Seconds after which no further list is begun: each may take as long to prove as a credential."""
TOO_SLOW = StatusAnswer(Result.UNKNOWN, "status_too_slow", f"more than {DEADLINE:g} s")
_WORST_FIRST = (Result.FAIL, Result.UNKNOWN, Result.PASS)


def check_status(status: Any, issuer: str, given: Given) -> Check:
    """No reference: skipped. A reference that nobody could read: unknown, never good and never bad."""
    name = CheckName.STATUS
    if status is None:
        return skipped(name, "no_status")
    references = cast("list[Any]", status) if isinstance(status, list) else [status]
    if not references or not all(isinstance(reference, dict) and reference for reference in references):
        return unknown(name, "status_malformed", repr(status)[:80], "an object that names a list")
    if len(references) > MAX_REFERENCES:
        return unknown(name, "status_malformed", f"{len(references)} references", f"at most {MAX_REFERENCES}")
    until = time.monotonic() + DEADLINE
    answers = [
        _read(reference, issuer, given) if time.monotonic() < until else TOO_SLOW
        for reference in cast("list[Mapping[str, Any]]", references)
    ]
    worst = min(answers, key=lambda answer: _WORST_FIRST.index(answer.result))
    return Check(name, worst.result, worst.code, worst.found, EXPECTED, _evidence(worst, answers))


def _read(reference: Mapping[str, Any], issuer: str, given: Given) -> StatusAnswer:
    if given.statuses is not None:
        return given.statuses(reference, issuer, given.as_of)
    from mutua_credentials.verify.status_entries import read_status

    return read_status(reference, issuer, given)


def _evidence(worst: StatusAnswer, answers: list[StatusAnswer]) -> Mapping[str, Any]:
    if len(answers) == 1:
        return worst.evidence
    every = [{"result": one.result.value, "code": one.code, **one.evidence} for one in answers]
    return {**worst.evidence, "entries": every}
