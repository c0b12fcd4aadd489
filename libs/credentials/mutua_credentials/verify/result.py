"""What verification answers: checks in their fixed order, and the verdict that follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mutua_credentials.keys import KeyRecord

if TYPE_CHECKING:
    from mutua_credentials.annex_i import AnnexI


class CheckName(StrEnum):
    FORMAT = "format"
    STRUCTURE = "structure"
    CONTEXTS = "contexts"
    SIGNATURE = "signature"
    ISSUER_BINDING = "issuer_binding"
    HOLDER_BINDING = "holder_binding"
    DATES = "dates"
    STATUS = "status"
    SCHEMA = "schema"
    SEAL_LEVEL = "seal_level"


CHECKS = tuple(CheckName)
"""All ten, in order."""
ENDING = CHECKS[:4]
"""Where one of these fails or is unknown, nothing after it can be believed."""
WITHOUT_VETO = frozenset({CheckName.SEAL_LEVEL})
"""Their failure does not make a credential invalid."""
WITHOUT_DOUBT = frozenset({CheckName.SCHEMA, CheckName.SEAL_LEVEL})
"""Their being unknown leaves a credential valid."""


class Result(StrEnum):
    PASS = "pass"  # noqa: S105 - a result, not a secret
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


MAX_TEXT = 300
"""As much as a check quotes of what a stranger wrote."""


def cut(text: str) -> str:
    """The text, or its beginning."""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `code` is stable; `found` and `expected` are cut to a length that people read; `evidence`
    says what it rests on: key, source, as of when.
    """

    name: CheckName
    result: Result
    code: str
    found: str | None = None
    expected: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for name in ("found", "expected"):
            text = getattr(self, name)
            if text is not None:
                object.__setattr__(self, name, cut(text))

    @property
    def ends(self) -> bool:
        return self.name in ENDING and self.result in (Result.FAIL, Result.UNKNOWN)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name.value,
            "result": self.result.value,
            "code": self.code,
            "found": self.found,
            "expected": self.expected,
            "evidence": dict(self.evidence),
        }


def passed(name: CheckName, code: str, found: str | None = None, **more: Any) -> Check:
    return Check(name, Result.PASS, code, found, **more)


def failed(name: CheckName, code: str, found: str | None, expected: str | None, **more: Any) -> Check:
    return Check(name, Result.FAIL, code, found, expected, **more)


def unknown(name: CheckName, code: str, found: str | None, expected: str | None, **more: Any) -> Check:
    return Check(name, Result.UNKNOWN, code, found, expected, **more)


def skipped(name: CheckName, code: str) -> Check:
    return Check(name, Result.SKIPPED, code)


@dataclass(frozen=True, slots=True)
class IssuerFound:
    """Who signed, as the credential says and the signature bears out. A name in it is nobody's evidence."""

    id: str
    name: str | None = None
    sealed_by_mandate: bool = False


def no_annex_i() -> None:
    """Of a credential that was not proven, or whose content we do not read as a micro-credential."""


@dataclass(frozen=True)
class Verification:
    """The whole answer. `issuer` and `annex_i` are None where one of the first four checks did not hold.

    The content is read when it is asked for.
    """

    format: str | None
    securing: str | None
    as_of: datetime
    checks: tuple[Check, ...]
    digest: str
    """`sha256:` that names the credential: for an SD-JWT over its bus form, else over the bytes."""
    credential_id: str | None = None
    issued_at: datetime | None = None
    """As the credential says of itself."""
    issuer: IssuerFound | None = None
    key: KeyRecord | None = None
    read_annex_i: Callable[[], AnnexI | None] = field(default=no_annex_i, repr=False, compare=False)

    @cached_property
    def annex_i(self) -> AnnexI | None:
        return self.read_annex_i()

    @property
    def verdict(self) -> Verdict:
        if any(check.result is Result.FAIL and check.name not in WITHOUT_VETO for check in self.checks):
            return Verdict.INVALID
        if any(check.result is Result.UNKNOWN and check.name not in WITHOUT_DOUBT for check in self.checks):
            return Verdict.UNKNOWN
        return Verdict.VALID

    def check(self, name: CheckName) -> Check:
        return self.checks[CHECKS.index(name)]

    def to_json(self) -> dict[str, Any]:
        """The shape that `mutua verify --json` prints. It holds what the holder disclosed."""
        return {
            "format": self.format,
            "securing": self.securing,
            "as_of": instant_text(self.as_of),
            "verdict": self.verdict.value,
            "checks": [check.to_json() for check in self.checks],
            "issuer": None
            if self.issuer is None
            else {
                "id": self.issuer.id,
                "name": self.issuer.name,
                "sealed_by_mandate": self.issuer.sealed_by_mandate,
            },
            "annex_i": None if self.annex_i is None else self.annex_i.model_dump(mode="json"),
        }


def instant_text(instant: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def complete(made: Iterable[Check], reason: str = "not_reached") -> tuple[Check, ...]:
    """All ten checks in order; those that were not made are skipped, with the reason."""
    by_name = {check.name: check for check in made}
    return tuple(by_name.get(name) or skipped(name, reason) for name in CHECKS)
