"""An institution, who it is and the keys that speak for it.

It has keys of two kinds: for tokens (ES256) and for Data Integrity proofs (Ed25519). Validity is
`[valid_from, valid_to)` in whole seconds, as the signing time in a credential is: at every second exactly one
key of a kind is in force, and a compromised one never is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from mutua_credentials import code_lists
from mutua_credentials.keys import KeyRecord
from mutua_issuer.domain.identifiers import Binding

Alg = Literal["ES256", "Ed25519"]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key; `wrapped` is its private half as the vault keeps it, absent where nobody signs."""

    kid: str
    jwk: Mapping[str, str]
    valid_from: datetime
    valid_to: datetime | None = None
    wrapped: bytes | None = field(default=None, repr=False)
    alg: Alg = "ES256"
    compromised_at: datetime | None = None
    """What it signed from then on proves nothing."""

    def in_force(self, instant: datetime) -> bool:
        """Whether it speaks for its institution at `instant`."""
        ended = self.valid_to is not None and self.valid_to <= instant
        return self.compromised_at is None and self.valid_from <= instant and not ended


@dataclass(frozen=True, slots=True)
class Institution:
    """A whole institution, as every `issuer.changed` tells it."""

    id: str
    iss: str
    did: str
    names: Mapping[str, str]
    country: str
    identifiers: tuple[Binding, ...]
    since: date
    version: int
    keys: tuple[SigningKey, ...] = ()

    @property
    def iso_country(self) -> str:
        """The country without a sub-system of higher education: `BE` for `BE-fl`."""
        return country_code(self.country[:2]) or self.country[:2]

    def keys_of(self, alg: Alg) -> tuple[SigningKey, ...]:
        """Its keys of one kind."""
        return tuple(key for key in self.keys if key.alg == alg)

    def key_at(self, instant: datetime, alg: Alg = "ES256") -> SigningKey | None:
        """The key of a kind that is in force at `instant`."""
        return next((key for key in self.keys_of(alg) if key.in_force(instant)), None)

    def key_records(self) -> list[KeyRecord]:
        """The keys as the published documents list them."""
        return [
            KeyRecord(
                self.iss,
                key.kid,
                key.jwk,
                valid_from=key.valid_from,
                valid_to=key.valid_to,
                compromised_at=key.compromised_at,
            )
            for key in self.keys
        ]


def key_owner(institution: str, kid: str) -> str:
    """What a wrapped private key is bound to."""
    return f"signing key {institution} {kid}"


def country_code(name: str) -> str | None:
    """A country's two-letter code by any of its names in the code list, or a sub-system such as `BE-fl`."""
    head, hyphen, system = name.partition("-")
    code = code_lists.get("country").find(head)
    if code is None:
        return None
    if not hyphen:
        return code.code
    known = (len(system) == 2 and system.islower()) or (len(system) == 3 and system.isupper())
    return name if len(head) == 2 and known and system.isalpha() and system.isascii() else None
