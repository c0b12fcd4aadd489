"""What a verification is given: the instant, what was obtained before, and what the asker demands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal, Protocol

from mutua_credentials.json_text import Refused
from mutua_credentials.keys import KeyResolver
from mutua_credentials.verify.documents import Documents, no_documents
from mutua_credentials.verify.result import Result

Hashes = Callable[
    [Sequence[Mapping[str, Any]], Mapping[str, Any] | None, Literal["sha256", "sha384"]],
    tuple[bytes, ...] | Refused,
]
"""Hashes of canonical RDF: `linked_data.pool.Canonicaliser.hashes`."""


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


def shared_hashes(
    documents: Sequence[Mapping[str, Any]],
    contexts: Mapping[str, Any] | None = None,
    algorithm: Literal["sha256", "sha384"] = "sha256",
) -> tuple[bytes, ...] | Refused:
    """By the one worker process that everybody in this process shares."""
    from mutua_credentials.linked_data.pool import shared

    return shared().hashes(documents, contexts, algorithm)


@dataclass(frozen=True, slots=True)
class Given:
    """`keys` is asked before `documents`. `contexts` are parsed, by address, and their digests were checked;
    `anchors` are certificates in DER; `status_issuers` may sign status lists for others.
    """

    as_of: datetime
    keys: KeyResolver | None = None
    documents: Documents = no_documents
    contexts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    hashes: Hashes = shared_hashes
    anchors: tuple[bytes, ...] = ()
    status_issuers: frozenset[str] = frozenset()
    statuses: StatusReader | None = None
    nonce: str | None = None
    audience: str | None = None
    existed_by: datetime | None = None
    leeway: timedelta = timedelta(seconds=60)

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None or (self.existed_by is not None and self.existed_by.tzinfo is None):
            raise ValueError("found an instant without a time zone, expected one with")
