"""Whether a seal's certificate and a credential's issuer are one organisation, told by legal identifiers.

A certificate writes `VATES-A00000000` (ETSI EN 319 412-1, 5.1.4: type, country, number); a credential writes
a notation and a country, and the member tells the type. Names are never compared: anybody can take one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mutua_credentials import code_lists

_WRITTEN = re.compile(r"([A-Za-z]{3}|[A-Za-z]{2}:)([A-Za-z]{2})-(\S.*)")

_MEMBERS: Mapping[str, tuple[str, ...] | None] = {
    "eIDASIdentifier": None,
    "registration": ("NTR",),
    "vatIdentifier": ("VAT",),
    "taxIdentifier": ("VAT", "TIN"),
    "identifier": None,
}
"""Where an ELM agent has legal identifiers, and the types that a plain number has there; `None` is any type.
A number counts only with its country.
"""


@dataclass(frozen=True, slots=True)
class LegalIdentifier:
    """One legal identifier; `kind` is `VAT`, `NTR`, ..., or None where the document does not tell."""

    kind: str | None
    country: str
    number: str

    def matches(self, other: "LegalIdentifier") -> bool:
        same = self.country == other.country and self.number == other.number
        return same and (self.kind is None or other.kind is None or self.kind == other.kind)


def read_written(text: str) -> LegalIdentifier | None:
    """`NTREE-17207834` -> type, country, number; None for anything else."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        return None
    kind, country, number = written.groups()
    code = code_lists.get("country").find(country.upper())
    return _identifier(kind.upper(), code.code if code else country.upper(), number)


def legal_identifiers(agent: Mapping[str, Any]) -> tuple[LegalIdentifier, ...]:
    """All legal identifiers of an ELM agent that name type or member, country and number."""
    return tuple(
        identifier
        for member, kinds in _MEMBERS.items()
        for entry in _entries(agent.get(member))
        for identifier in _read(entry, kinds)
    )


def _read(entry: Mapping[str, Any], kinds: tuple[str, ...] | None) -> Iterator[LegalIdentifier]:
    notation = entry.get("notation")
    if not isinstance(notation, str) or not notation.strip():
        return
    country = country_of(entry.get("spatial"))
    written = read_written(notation)
    if written is not None:
        if country in (None, written.country):
            yield written
        return
    if country is None and kinds is not None and "VAT" in kinds:
        prefixed = code_lists.get("country").find(notation.strip()[:2].upper())
        country, kinds = (prefixed.code if prefixed else None), ("VAT",)
    if country is None:
        return
    for kind in (None,) if kinds is None else kinds:
        yield _identifier(kind, country, notation)


def country_of(concept: Any) -> str | None:
    """The alpha-2 code of a country concept of the EU authority list, or None."""
    name = cast("dict[str, Any]", concept).get("id") if isinstance(concept, dict) else concept
    if not isinstance(name, str):
        return None
    code = code_lists.get("country").find(name)
    return code.code if code else None


def _identifier(kind: str | None, country: str, notation: str) -> LegalIdentifier:
    """Without spaces and in capitals; VAT numbers are often written with their country before them."""
    number = re.sub(r"\s", "", notation).upper()
    if kind == "VAT":
        prefixes = (country, "EL") if country == "GR" else (country,)
        prefix = next((prefix for prefix in prefixes if number.startswith(prefix)), "")
        number = number.removeprefix(prefix) or number
    return LegalIdentifier(kind, country, number)


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    for entry in cast("list[Any]", value) if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            yield cast("dict[str, Any]", entry)
