"""The status of a credential, read by somebody else: lists are fetched and cached outside this library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

from mutua_credentials.verify.result import Check, CheckName, Result


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


def check_status(reference: Any, issuer: str, as_of: datetime, read: StatusReader | None) -> Check:
    """No reference: skipped. A reference that nobody could read: unknown, never good and never bad."""
    name, expected = CheckName.STATUS, "neither revoked nor suspended"
    if reference is None:
        return Check(name, Result.SKIPPED, "no_status")
    if not isinstance(reference, dict) or not reference:
        return Check(
            name, Result.UNKNOWN, "status_malformed", type(reference).__name__, "an object with a list"
        )
    if read is None:
        return Check(name, Result.UNKNOWN, "status_not_read", "a status reference", expected)
    answer = read(reference, issuer, as_of)  # pyright: ignore[reportUnknownArgumentType]
    return Check(name, answer.result, answer.code, answer.found, expected, answer.evidence)
