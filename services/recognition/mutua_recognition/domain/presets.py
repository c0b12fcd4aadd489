"""Policies to start from: content without owner, which an alliance or recogniser adopts and two people sign.

`annex-i-credit` asks for every mandatory element of Annex I and for the level, and lets trust travel through
a friend of a friend; `between-alliances` lets it travel member, alliance, alliance, member, which is three
hops.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mutua_credentials.annex_i import MANDATORY
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.codes import Purpose
from mutua_recognition.domain.flaws import Refused, refused
from mutua_recognition.domain.policy import PolicyBundle, read_policy

_ANNEX_I: Final[Json] = {
    "regimes": ["ALLIANCE", "HEI"],
    "required_stages": ["S2", "S7"],
    "required_elements": [*MANDATORY, "field_of_study"],
    "trust": {"max_hops": 2, "min_assurance": [1, 2, 2, 2]},
}

PRESETS: Final[Mapping[str, Json]] = MappingProxyType(
    {
        "annex-i-credit": _ANNEX_I,
        "between-alliances": {**_ANNEX_I, "trust": {"max_hops": 3, "min_assurance": [1, 1, 2, 2]}},
        "minimal": {
            "regimes": ["ALLIANCE", "HEI", "ENIC_ADVICE"],
            "required_stages": ["S2"],
            "required_elements": ["awarding_body", "date_of_issuing"],
        },
    }
)
"""Content of a policy by the preset's name."""


def adopt(preset: str, *, id: str, owner: str, purpose: Purpose, version: int = 1) -> PolicyBundle | Refused:
    """A preset as a policy of this owner, validated like any other."""
    content = PRESETS.get(preset)
    if content is None:
        return refused("unknown_preset", "/preset", preset, ", ".join(PRESETS))
    return read_policy({**content, "id": id, "owner": owner, "purpose": purpose.value, "version": version})
