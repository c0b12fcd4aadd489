"""What became of a credential since it was issued, and the lists that say so to everybody.

A credential holds one index in one list of its institution; the list is published in three forms, which
always say the same: a Token Status List for SD-JWT VC, and a Bitstring Status List each for revocation and
suspension.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from mutua_credentials import status_lists
from mutua_credentials.digests import canonical
from mutua_credentials.jws import Signer
from mutua_credentials.sdjwt import StatusReference
from mutua_credentials.status_lists import ENTRIES, Publication, TokenStatus

Status = Literal["valid", "suspended", "revoked"]
Kind = Literal["token", "revocation", "suspension"]

KINDS: Final[tuple[Kind, ...]] = ("token", "revocation", "suspension")
MEDIA_TYPES: Final[Mapping[Kind, str]] = {
    "token": status_lists.TOKEN_LIST_MEDIA_TYPE,
    "revocation": status_lists.BITSTRING_MEDIA_TYPE,
    "suspension": status_lists.BITSTRING_MEDIA_TYPE,
}

REASONS: Final[Mapping[Status, tuple[str, ...]]] = {
    "revoked": ("issued_in_error", "award_withdrawn", "replaced", "key_compromised"),
    "suspended": ("under_review", "key_compromised"),
    "valid": ("review_closed", "issued_in_error"),
}
"""Why a status may be given. `valid` with `issued_in_error` takes back a suspension that was a mistake."""

MOST_USED: Final = ENTRIES // 2
"""A list gives away half of its indices: an index drawn at random is free in two draws on average."""

TTL: Final = timedelta(minutes=5)
"""Readers may go on for so long without asking again: a revocation reaches everybody within this time."""
LIFETIME: Final = timedelta(days=7)
"""A snapshot may be believed for so long."""
RENEWAL: Final = timedelta(days=1)
"""A snapshot that is older is published anew though nothing changed."""


@dataclass(frozen=True, slots=True)
class Place:
    """An index in a list."""

    list_id: UUID
    index: int

    def reference(self, iss: str) -> StatusReference:
        """As an SD-JWT VC carries it."""
        return StatusReference(uri(iss, self.list_id, "token"), self.index)

    def entries(self, iss: str) -> list[dict[str, Any]]:
        """As the W3C forms carry it: `credentialStatus`."""
        purposes = ("revocation", "suspension")
        return [
            status_lists.bitstring_entry(uri(iss, self.list_id, purpose), self.index, purpose)
            for purpose in purposes
        ]


@dataclass(frozen=True, slots=True)
class Change:
    """What is said of a credential from an instant on, and why."""

    credential: UUID
    previous: Status
    status: Status
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoChange:
    """Why a status cannot be given; a code and what was found and expected."""

    code: str
    found: str
    expected: str


def uri(iss: str, number: UUID, kind: Kind) -> str:
    """Where a list is published, at the institution's own host."""
    return f"{iss}/status/{number}/{kind}"


def expires_before(valid_until: date | None) -> date | None:
    """The group of a credential: those that expire in one year share lists, which nobody needs after it."""
    return None if valid_until is None else date(valid_until.year + 1, 1, 1)


def end_of(valid_until: date) -> datetime:
    """The instant at which a credential that is valid until (and on) a day expires."""
    return datetime.combine(valid_until + timedelta(days=1), datetime.min.time(), UTC)


def refusal(present: Status, wanted: Status, reason: str) -> NoChange | None:
    """Why `wanted` cannot follow. Codes: `status_final`, `reason_not_for_status`."""
    if present == "revoked" and wanted != "revoked":
        return NoChange(
            "status_final", "a revoked credential", "one that is valid or suspended: issue it anew"
        )
    if reason not in REASONS[wanted]:
        return NoChange("reason_not_for_status", repr(reason), f"one of {', '.join(REASONS[wanted])}")
    return None


def documents(
    number: UUID,
    states: Mapping[int, Status],
    *,
    iss: str,
    did: str,
    token_signer: Signer,
    proof_signer: Signer,
    at: datetime,
) -> dict[Kind, str]:
    """The three forms of a list, signed; `states` names every index that is not valid.

    A token list is the word of the web identity, a bitstring list that of the DID: each of the issuer that
    the credential itself names.
    """

    def about(kind: Kind, issuer: str) -> Publication:
        return Publication(uri(iss, number, kind), issuer, at, at + LIFETIME, TTL)

    def bits(kind: Literal["revocation", "suspension"], state: Status) -> str:
        indices = [index for index, found in states.items() if found == state]
        method = f"{did}#{proof_signer.kid}"
        signed = status_lists.bitstring_status_list(
            indices, kind, about(kind, did), proof_signer, verification_method=method
        )
        return canonical(signed).decode()

    tokens = {index: _TOKEN[state] for index, state in states.items()}
    return {
        "token": status_lists.token_status_list(tokens, about("token", iss), token_signer),
        "revocation": bits("revocation", "revoked"),
        "suspension": bits("suspension", "suspended"),
    }


_TOKEN: Final[Mapping[Status, TokenStatus]] = {
    "valid": TokenStatus.VALID,
    "suspended": TokenStatus.SUSPENDED,
    "revoked": TokenStatus.INVALID,
}
