"""What a careful reader would find odd in an otherwise readable micro-credential.

An oddity is a hint for people and for stages that weigh it; it never makes a credential invalid.
"""

from dataclasses import dataclass
from decimal import Decimal

from mutua_credentials.annex_i.elements import AnnexI

HOURS_PER_ECTS = (Decimal(25), Decimal(30))
"""ECTS Users' Guide 2015: one credit corresponds to 25 to 30 hours."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """One of them: `code` is stable, `path` a JSON Pointer."""

    code: str
    path: str
    found: str
    expected: str


def oddities(annex: AnnexI) -> tuple[Oddity, ...]:
    """Codes: `hours_per_ects_odd`."""
    load = annex.workload.value
    if load is None or load.ects is None or load.hours is None:
        return ()
    low, high = HOURS_PER_ECTS
    if low * load.ects <= load.hours <= high * load.ects:
        return ()
    ratio = (load.hours / load.ects).quantize(Decimal("0.1"))
    return (Oddity("hours_per_ects_odd", "/workload", f"{ratio} hours a credit", f"{low} to {high}"),)
