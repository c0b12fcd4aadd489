"""Whether a programme in a report is the programme of a credential. Never by likeness: what is not equal in
name and level is at most a reason for a person to look.
"""

import unicodedata
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import IntEnum
from functools import lru_cache

from mutua_contracts.registry import Programme, RegistryIdentifier, ReportFacts
from mutua_coverage.model import Credential, Identifier
from mutua_coverage.snapshot import identifier_key

MICRO_CREDENTIAL_ECTS = 60
"""From here on the registry speaks of other provision."""

_DASHES_AND_QUOTES = str.maketrans(
    {**dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("‘’‚`´", "'"), **dict.fromkeys("“”„«»", '"')}
)


class Match(IntEnum):
    """How well a programme of a report fits."""

    NONE = 0
    NAMESAKE = 1
    """Equal name at another level."""
    UNCLEAR = 2
    """Equal name, but a level is not known: the same or not, only a person can tell."""
    EXACT = 3


def match(credential: Credential, report: ReportFacts, programme: Programme) -> Match:
    """Same local identifier, or equal name and level; both unknown is not equal."""
    return Match.EXACT if by_identifier(credential, report, programme) else by_name(credential, programme)


def by_name(credential: Credential, programme: Programme) -> Match:
    """Equal name and level is exact, equal name alone is not."""
    wanted = _normalised(credential.programme_names)
    if not wanted or wanted.isdisjoint(map(normalised, programme.names)):
        return Match.NONE
    if programme.level is None or credential.level is None:
        return Match.UNCLEAR
    return Match.EXACT if programme.level == credential.level else Match.NAMESAKE


def by_identifier(credential: Credential, report: ReportFacts, programme: Programme) -> bool:
    """Whether an identifier of the credential's programme is one of this programme's."""
    return any(
        _same(wanted, borne, report)
        for wanted in credential.programme_identifiers
        for borne in programme.identifiers
    )


def _same(wanted: Identifier, borne: RegistryIdentifier, report: ReportFacts) -> bool:
    key = identifier_key(wanted.scheme or borne.resource, wanted.value)
    if not key[1] or key != identifier_key(borne.resource, borne.value):
        return False
    reporting = {report.agency.id, report.agency.acronym}
    agencies = reporting if borne.agency in (None, *reporting) else {borne.agency}
    return wanted.agency is None or wanted.agency in agencies


@lru_cache(maxsize=1 << 15)
def normalised(name: str) -> str:
    """Case, width, blanks, and the forms of dashes and quotes do not count; every other sign does."""
    plain = unicodedata.normalize("NFKC", name).translate(_DASHES_AND_QUOTES).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain).split())


@lru_cache(maxsize=1 << 10)
def _normalised(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(normalised, names)) - {""}


def differences(credential: Credential, programme: Programme) -> tuple[tuple[str, str, str], ...]:
    """Where a matched programme is not what the credential says: (what, found, expected) each.

    For a micro-credential type, assessment, workload and level have to be equal; a degree has to be one.
    """
    found: list[tuple[str, str, str]] = []
    if programme.level is None or programme.level != credential.level:
        found.append(("level", str(programme.level), str(credential.level)))
    if credential.degree:
        if programme.type != "full degree":
            found.append(("type", programme.type, "full degree"))
        return tuple(found)
    if programme.type != "micro-credential" or programme.degree:
        found.append(("type", programme.type, "micro-credential"))
    if programme.assessment != "assessment":
        found.append(("assessment", str(programme.assessment), "assessment"))
    if not _same_workload(programme.ects, credential.ects):
        found.append(("ects", str(programme.ects), f"{credential.ects}, below {MICRO_CREDENTIAL_ECTS}"))
    return tuple(found)


def _same_workload(registered: int | None, stated: Decimal | None) -> bool:
    """The registry holds whole credits: half a credit may have gone either way."""
    if registered is None or stated is None or registered >= MICRO_CREDENTIAL_ECTS:
        return False
    down, up = (int(stated.to_integral_value(rounding)) for rounding in (ROUND_FLOOR, ROUND_CEILING))
    if stated - down == up - stated:
        return registered in (down, up)
    return registered == (down if stated - down < up - stated else up)
