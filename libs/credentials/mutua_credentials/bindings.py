"""Who is who: the binding table from issuers (web identities, DIDs) to the identifiers of institutions.

Each row says on what it rests and how much that is worth. Identifiers match as type, country and number,
never as text or by name: `NTREE-17207834` in a certificate, `17207834` with the country EST in a credential
and `NTR EE 17207834` in a table are one; the same number in another country is another organisation.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from mutua_credentials import code_lists
from mutua_credentials.identities import canonical_identity

_SEPARATORS = re.compile(r"[\s./-]")
_ORGANISATION = re.compile(r"([A-Z]{3}|[A-Z]{2}:)([A-Z]{2})-(.+)")
"""organizationIdentifier of a certificate (ETSI EN 319 412-1, 5.1.4)."""
_EIDAS = re.compile(r"([A-Z]{2})/([A-Z]{2})/(.+)")
"""An eIDAS identifier: country of the identifier, country of the asker, number."""
_LEGAL_SCHEMES: Final = {"VAT": "VAT", "NTR": "NTR", "LEI": "LEI", "EIDAS": "EIDAS", "TIN": "TIN"}
"""Schemes whose numbers are given out by countries; an `organizationIdentifier` may be of any of them."""


class Confidence(IntEnum):
    """How much a row is worth. An institution's own word is low, control of its host medium."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Key:
    """What identifiers are compared by. `country` is alpha-2; None where a scheme is the same everywhere."""

    type: str
    country: str | None
    number: str


@dataclass(frozen=True, slots=True)
class Row:
    """One binding: this issuer is known by this identifier, says `source`, as of `checked_at`."""

    issuer: str
    scheme: str
    value: str
    source: str
    confidence: Confidence
    checked_at: datetime | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """An issuer that an identifier belongs to, with every row that says so."""

    issuer: str
    rows: tuple[Row, ...]

    @property
    def confidence(self) -> Confidence:
        return max(row.confidence for row in self.rows)


def key_of(scheme: str, value: str, country: str | None = None) -> Key | None:
    """The type, country and number of an identifier; None where it cannot be told which one is meant.

    A VAT or registration number without a country is such a one: it exists in many.
    """
    text = value.strip().upper()
    written = _ORGANISATION.fullmatch(text)
    if written is not None:
        kind, code, number = written.groups()
        return _legal(kind.rstrip(":"), code, number)
    type_ = scheme.strip().upper()
    if type_ == "EIDAS":
        parts = _EIDAS.fullmatch(text)
        return _legal("EIDAS", parts[1], parts[3]) if parts else _legal("EIDAS", country, text)
    if type_ in _LEGAL_SCHEMES:
        prefix = text[:2] if type_ == "VAT" and text[:2].isalpha() else None
        return _legal(type_, country or prefix, text)
    if not text:
        return None
    number = text.removeprefix("DEQARINST") if type_ == "DEQARINST" else text
    return Key(type_, None, number.rstrip(".") if type_ == "SCHAC" else _SEPARATORS.sub("", number))


class BindingTable:
    """Rows, looked up from both sides. The same binding may rest on several rows."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by_issuer: dict[str, list[Row]] = {}
        self._by_key: dict[Key, list[Row]] = {}
        for row in rows:
            self._by_issuer.setdefault(canonical_identity(row.issuer), []).append(row)
            key = key_of(row.scheme, row.value, row.country)
            if key is not None:
                self._by_key.setdefault(key, []).append(row)

    def identifiers_of(self, issuer: str) -> tuple[Row, ...]:
        """Everything that an issuer is known by, the most trustworthy first."""
        rows = self._by_issuer.get(canonical_identity(issuer), [])
        return tuple(sorted(rows, key=lambda row: -row.confidence))

    def issuers_of(self, scheme: str, value: str, country: str | None = None) -> tuple[Match, ...]:
        """Who an identifier belongs to. More than one answer means that the rows contradict one another."""
        key = key_of(scheme, value, country)
        by_issuer: dict[str, list[Row]] = {}
        for row in self._by_key.get(key, []) if key is not None else []:
            by_issuer.setdefault(canonical_identity(row.issuer), []).append(row)
        matches = [Match(issuer, tuple(rows)) for issuer, rows in by_issuer.items()]
        return tuple(sorted(matches, key=lambda match: -match.confidence))

    def confirms(
        self, issuer: str, scheme: str, value: str, country: str | None = None
    ) -> Mapping[str, object] | None:
        """What says that an identifier is this issuer's, for a record of evidence; None where nothing does,
        or where it is as much another's.
        """
        matches = self.issuers_of(scheme, value, country)
        own = next((one for one in matches if one.issuer == canonical_identity(issuer)), None)
        if own is None or any(one.confidence >= own.confidence for one in matches if one is not own):
            return None
        return {
            "confidence": own.confidence.name.lower(),
            "sources": sorted({row.source for row in own.rows}),
        }


def _legal(kind: str, country: str | None, number: str) -> Key | None:
    code = code_lists.get("country").find(country) if country is not None else None
    plain = _SEPARATORS.sub("", number)
    if code is None or not plain:
        return None
    prefixes = (code.code, "EL") if code.code == "GR" else (code.code,)
    if kind == "VAT":
        plain = next((plain.removeprefix(one) for one in prefixes if plain.startswith(one)), plain)
    return Key(kind, code.code, plain)
