"""What an institution is known by, and what each identifier rests on.

An institution's own word is worth little; what its sign-in, a registry or the certificate of its seal says
is worth more. Nobody may claim more confidence than the source carries.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from mutua_credentials import bindings

Source = Literal["declared", "sign-in", "domain", "registry", "seal-certificate", "endorsement"]
Confidence = Literal["low", "medium", "high"]

CARRIES: Final[Mapping[Source, Confidence]] = {
    "declared": "low",
    "domain": "medium",
    "endorsement": "medium",
    "sign-in": "high",
    "registry": "high",
    "seal-certificate": "high",
}
"""The most that a source is worth. Control of a host shows who holds the name, not who the institution is."""

_ORDER: Final[tuple[Confidence, ...]] = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Binding:
    """One identifier of an institution; `checked_at` is None where nobody looked."""

    scheme: str
    value: str
    source: Source = "declared"
    confidence: Confidence = "low"
    checked_at: datetime | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """Scheme and value: what makes it the same identifier."""
        return self.scheme, self.value

    def canonical(self, country: str) -> str | None:
        """What it is compared by: type, country and number. `country` is the institution's (alpha-2), which
        numbers that a country gives out are read in. None where it cannot be told which one is meant.
        """
        key = bindings.key_of(self.scheme.removeprefix("EU-"), self.value, country)
        return None if key is None else f"{key.type} {key.country or '-'} {key.number}"


def carries_less(source: Source, confidence: Confidence) -> bool:
    """Whether `confidence` is more than `source` carries."""
    return _ORDER.index(confidence) > _ORDER.index(CARRIES[source])


def of_tenant(institution: str, at: datetime) -> Binding:
    """The DEQAR id that the institution signs in with."""
    return Binding("DEQARINST", institution, "sign-in", "high", at)


def declared(present: Iterable[Binding], stated: Iterable[Binding]) -> tuple[Binding, ...]:
    """What an institution is known by after it named `stated` by its own word.

    What rests on more than its word stays, whether it was named again or not.
    """
    kept = {one.pair: one for one in present if one.source != "declared"}
    return tuple((kept | {one.pair: kept.get(one.pair, one) for one in stated}).values())


def established(institution: Binding, stated: Iterable[Binding]) -> tuple[Binding, ...]:
    """What an institution is known by after an operator named `stated`: these, and its own id first."""
    return tuple(({institution.pair: institution} | {one.pair: one for one in stated}).values())
