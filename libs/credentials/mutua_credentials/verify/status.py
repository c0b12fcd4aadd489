"""The status of a credential, read by somebody else: lists are fetched and cached outside this library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol, cast

from mutua_credentials.verify.result import Check, CheckName, Result, skipped, unknown

EXPECTED = "neither revoked nor suspended"
_WORST_FIRST = (Result.FAIL, Result.UNKNOWN, Result.PASS)


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """PASS (not revoked, not suspended), FAIL (code `revoked` or `suspended`) or UNKNOWN (code says why)."""

    result: Result
    code: str
    found: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


class StatusReader(Protocol):
    """Answers for one status reference, e.g. `{"status_list": {"idx": 7, "uri": "https://..."}}`."""

    def __call__(self, reference: Mapping[str, Any], issuer: str, as_of: datetime, /) -> StatusAnswer: ...


def check_status(status: Any, issuer: str, as_of: datetime, read: StatusReader | None) -> Check:
    """The worst of what the references say.

    No reference: skipped. A reference that nobody could read: unknown, never good and never bad.
    """
    name = CheckName.STATUS
    if status is None:
        return skipped(name, "no_status")
    references = cast("list[Any]", status) if isinstance(status, list) else [status]
    if not references or not all(isinstance(reference, dict) and reference for reference in references):
        return unknown(name, "status_malformed", repr(status)[:80], "an object that names a list")
    if read is None:
        return unknown(name, "status_not_read", "a status reference", EXPECTED)
    answers = [read(reference, issuer, as_of) for reference in references]
    worst = min(answers, key=lambda answer: _WORST_FIRST.index(answer.result))
    return Check(name, worst.result, worst.code, worst.found, EXPECTED, worst.evidence)
