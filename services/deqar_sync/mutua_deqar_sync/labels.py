"""The registry's labels and what they are called on our wire. A label that is not here is a changed shape."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {"part of obligatory EQA system": "obligatory", "voluntary": "voluntary"}
)
DECISIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "positive": "positive",
        "positive with conditions or restrictions": "conditional",
        "negative": "negative",
        "not applicable": "not applicable",
    }
)
FLAGS: Final[Mapping[str, str]] = MappingProxyType({"none": "none", "low level": "low", "high level": "high"})
ACTIVITY_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {kind: kind for kind in ("programme", "institutional", "joint programme", "institutional/programme")}
)
EQF_LEVELS: Final[Mapping[str, int | None]] = MappingProxyType(
    {"short cycle": 5, "first cycle": 6, "second cycle": 7, "third cycle": 8, "other": None}
)
PROGRAMME_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Full recognised degree programme": "full degree",
        "Micro-credential": "micro-credential",
        "Other provision": "other provision",
    }
)
DEGREE_OUTCOMES: Final[Mapping[int, bool]] = MappingProxyType({1: True, 2: False})
ASSESSMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Attendance certificate": "attendance",
        "Assessment based certificate": "assessment",
        "No assessment and no certificate": "none",
    }
)
HIERARCHIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "consortium": "consortium",
        "faculty": "faculty",
        "independent faculty or school": "independent faculty or school",
        "franchise or validation partnership": "franchise or validation",
        "educational platform": "educational platform",
        "European Universities alliance": "alliance",
    }
)
SUCCESSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        kind: kind
        for kind in (
            "succeeded",
            "succeeded by",
            "absorbed",
            "was absorbed by",
            "spun off",
            "was spun off from",
        )
    }
)
EQAR_DECISIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "renewal": "renewal",
        "change": "change",
        "compliant": "compliant",
        "admission": "admission",
        "extraordinary decision": "extraordinary",
    }
)
QA_LEVELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "institutional level": "institutional",
        "programme level": "programme",
        "institutional and programme level": "both",
    }
)
