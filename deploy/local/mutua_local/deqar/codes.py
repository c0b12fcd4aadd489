"""DEQAR's code lists with their ids, as the public fixtures have them.

Ids are what the database stores, labels are what the API shows.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _codes(*labels: tuple[int, str]) -> Mapping[int, str]:
    return MappingProxyType(dict(labels))


STATUS: Final = _codes((1, "part of obligatory EQA system"), (2, "voluntary"))
DECISION: Final = _codes(
    (1, "positive"),
    (2, "positive with conditions or restrictions"),
    (3, "negative"),
    (4, "not applicable"),
)
FLAG: Final = _codes((1, "none"), (2, "low level"), (3, "high level"))
ACTIVITY_TYPE: Final = _codes(
    (1, "programme"), (2, "institutional"), (3, "joint programme"), (4, "institutional/programme")
)
QF_EHEA_LEVEL: Final = _codes((1, "short cycle"), (2, "first cycle"), (3, "second cycle"), (4, "third cycle"))
DEGREE_OUTCOME: Final = _codes((1, "Full degree"), (2, "No full degree"))
ASSESSMENT: Final = _codes(
    (1, "Attendance certificate"),
    (2, "Assessment based certificate"),
    (3, "No assessment and no certificate"),
)
ORGANIZATION_TYPE: Final = _codes(
    (1, "private company"),
    (2, "non governmental organisation"),
    (3, "public – private partnership"),
    (4, "public organisation"),
    (5, "other"),
)
HIERARCHY_TYPE: Final = _codes(
    (1, "consortium"),
    (2, "faculty"),
    (3, "independent faculty or school"),
    (5, "franchise or validation partnership"),
    (6, "educational platform"),
    (7, "European Universities alliance"),
)
SUCCESSION_FROM: Final = _codes((2, "succeeded"), (3, "was absorbed by"), (4, "was spun off from"))
SUCCESSION_TO: Final = _codes((2, "succeeded by"), (3, "absorbed"), (4, "spun off"))
PERMISSION: Final = _codes((1, "yes"), (2, "no"), (3, "partially / with conditions"))
QA_REQUIREMENT_TYPE: Final = _codes(
    (1, "institutional level"), (2, "programme level"), (3, "institutional and programme level")
)
EQAR_DECISION_TYPE: Final = _codes(
    (1, "renewal"), (2, "change"), (3, "compliant"), (4, "admission"), (5, "extraordinary decision")
)
GEOGRAPHICAL_FOCUS: Final = _codes((1, "regional"), (2, "national"), (3, "international"))

HIGH_FLAG: Final = 3
INSTITUTIONAL_TYPES: Final = ("institutional", "institutional/programme")
