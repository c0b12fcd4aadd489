"""Which format a JSON object is, told by its types and contexts, whatever secures it."""

from collections.abc import Mapping
from typing import Any, cast

_BADGE_2 = (
    "https://w3id.org/openbadges/v2",
    "https://w3id.org/openbadges/v1",
    "https://openbadgespec.org/v2",
)
_BY_TYPE = (
    ("clr2", ("ClrCredential",)),
    ("openbadges3", ("OpenBadgeCredential", "AchievementCredential")),
    ("edc", ("EuropeanDigitalCredential", "EuropassCredential")),
)
_BY_CONTEXT = (
    ("clr2", "https://purl.imsglobal.org/spec/clr/v2p0/"),
    ("openbadges3", "https://purl.imsglobal.org/spec/ob/v3p0/"),
    ("edc", "http://data.europa.eu/snb/model/context/edc-ap"),
)
_OF_A_CREDENTIAL = ("credentialSubject", "issuer", "proof")


def format_of(members: Mapping[str, Any]) -> str | None:
    """`edc`, `openbadges3`, `openbadges2`, `clr2`, `w3c-vc`, or None for something else."""
    contexts = [name for name in listed(members.get("@context")) if isinstance(name, str)]
    types = [name for name in listed(members.get("type", members.get("@type"))) if isinstance(name, str)]
    if any(name.startswith(_BADGE_2) for name in contexts):
        return "openbadges2"
    for known, names in _BY_TYPE:
        if any(name in types for name in names):
            return known
    for known, start in _BY_CONTEXT:
        if any(name.startswith(start) for name in contexts):
            return known
    if "VerifiableCredential" in types or contexts or any(name in members for name in _OF_A_CREDENTIAL):
        return "w3c-vc"
    return None


def listed(value: Any) -> list[Any]:
    """A value that may stand alone or in an array."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]
