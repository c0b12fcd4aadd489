"""Automation mandates: a recogniser's permission, per purpose, for a machine to decide or to recommend.

Without one a person confirms every proposal of the machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from mutua_recognition.domain.canonical import STRICT, Json, read
from mutua_recognition.domain.codes import MandateEffect, Purpose
from mutua_recognition.domain.flaws import Broken, Refused
from mutua_recognition.domain.intervals import Interval


@dataclass(frozen=True, slots=True)
class Mandate:
    """One version of a mandate. Raises `Broken` where it names no purpose or no legal basis."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Annotated[str, Field(min_length=1, max_length=200)]
    recogniser: Annotated[str, Field(min_length=1, max_length=100)]
    version: Annotated[int, Field(ge=1)]
    purposes: tuple[Purpose, ...]
    effect: MandateEffect
    legal_basis: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...]
    """Codes of the rules that allow it, e.g. `LRC.V`, `UAS.REG.12`."""
    during: Interval
    """Decision days."""

    def __post_init__(self) -> None:
        if not self.purposes:
            raise Broken("empty", "purposes", "nothing", "at least one purpose")
        if not self.legal_basis:
            raise Broken("empty", "legal_basis", "nothing", "at least one legal basis")

    def allows(self, recogniser: str, purpose: Purpose, day: date) -> bool:
        """Whether it speaks for this recogniser and purpose on this day."""
        return recogniser == self.recogniser and purpose in self.purposes and day in self.during


def read_mandate(data: bytes | Json) -> Mandate | Refused:
    """A mandate as its recogniser states it, or everything that is wrong with it."""
    return read(Mandate, data)


def mandate_for(recogniser: str, purpose: Purpose, day: date, mandates: Iterable[Mandate]) -> Mandate | None:
    """The mandate in force; of each id the newest version counts.

    Where several apply, one that only recommends wins over one that decides.
    """
    newest: dict[str, Mandate] = {}
    for mandate in mandates:
        if mandate.id not in newest or newest[mandate.id].version < mandate.version:
            newest[mandate.id] = mandate
    in_force = [mandate for mandate in newest.values() if mandate.allows(recogniser, purpose, day)]
    return min(in_force, key=lambda each: (each.effect is MandateEffect.DECIDE, each.id), default=None)
