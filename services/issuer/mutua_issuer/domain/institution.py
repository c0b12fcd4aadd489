"""An institution and the keys that speak for it, and the rules by which keys follow one another.

Validity is `[valid_from, valid_to)` in whole seconds, as the signing time in a credential is: at every second
exactly one key is in force.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from mutua_credentials import code_lists
from mutua_credentials.keys import KeyRecord

MIN_NOTICE = timedelta(seconds=5)
"""A new key takes over no sooner than this after it was made: clocks of processes that sign may differ."""
MAX_NOTICE = timedelta(days=90)
"""A new key may be announced for so long ahead."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One P-256 key; `wrapped` is its private half as the vault keeps it, absent where nobody signs."""

    kid: str
    jwk: Mapping[str, str]
    valid_from: datetime
    valid_to: datetime | None = None
    wrapped: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Institution:
    """A whole institution, as every `issuer.changed` tells it."""

    id: str
    iss: str
    did: str
    names: Mapping[str, str]
    country: str
    identifiers: tuple[tuple[str, str], ...]
    since: date
    version: int
    keys: tuple[SigningKey, ...] = ()

    @property
    def iso_country(self) -> str:
        """The country without a sub-system of higher education: `BE` for `BE-fl`."""
        return country_code(self.country[:2]) or self.country[:2]

    def key_at(self, instant: datetime) -> SigningKey | None:
        """The key in force at `instant`."""
        return next((key for key in self.keys if in_force(key, instant)), None)

    def key_records(self) -> list[KeyRecord]:
        """The keys as the published documents list them."""
        return [
            KeyRecord(self.iss, key.kid, key.jwk, valid_from=key.valid_from, valid_to=key.valid_to)
            for key in self.keys
        ]


@dataclass(frozen=True, slots=True)
class NoRotation:
    """Why a key cannot follow at that time."""

    code: str
    found: str
    expected: str


def key_owner(institution: str, kid: str) -> str:
    """What a wrapped private key is bound to."""
    return f"signing key {institution} {kid}"


def in_force(key: SigningKey, instant: datetime) -> bool:
    """Whether the key speaks for its institution at `instant`."""
    return key.valid_from <= instant and (key.valid_to is None or instant < key.valid_to)


def whole_second(instant: datetime) -> datetime:
    """The second that `instant` is in."""
    return instant.replace(microsecond=0)


def rotation(
    keys: Iterable[SigningKey], now: datetime, wanted: datetime | None
) -> tuple[SigningKey, datetime] | NoRotation:
    """The key that a new one follows, and from when on.

    What the old key signs until then stays valid. Codes of refusal: `rotation_pending`,
    `valid_from_too_soon`, `valid_from_too_late`.
    """
    last = max(keys, key=lambda key: key.valid_from)
    soonest = whole_second(now) + MIN_NOTICE
    start = soonest if wanted is None else whole_second(wanted)
    if last.valid_from > now:
        return NoRotation(
            "rotation_pending",
            f"a key that follows at {last.valid_from.isoformat()}",
            "one announced key at a time",
        )
    if start < soonest:
        return NoRotation("valid_from_too_soon", start.isoformat(), f"{soonest.isoformat()} or later")
    if start > now + MAX_NOTICE:
        return NoRotation(
            "valid_from_too_late", start.isoformat(), f"{(now + MAX_NOTICE).isoformat()} at the latest"
        )
    return last, start


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
