"""Council Recommendation 2022/C 243/02, Annex I: the eleven mandatory and five optional elements.

`MicroCredential` is what an issuer says; `AnnexI` is what a reader found, element by element in four states.
"""

from mutua_credentials.annex_i.elements import (
    ELEMENTS,
    MANDATORY,
    OPTIONAL,
    PERSONAL,
    AnnexI,
    Element,
    State,
    normalise,
)
from mutua_credentials.annex_i.fields import FieldError, Text
from mutua_credentials.annex_i.micro_credential import MicroCredential, check
from mutua_credentials.annex_i.plausibility import Oddity, oddities
from mutua_credentials.annex_i.values import (
    AwardingBody,
    FurtherInformation,
    Grade,
    Identifier,
    Learner,
    LearningOutcome,
    Level,
    Place,
    QualityAssurance,
    Stackability,
    Workload,
)

__all__ = [
    "ELEMENTS",
    "MANDATORY",
    "OPTIONAL",
    "PERSONAL",
    "AnnexI",
    "AwardingBody",
    "Element",
    "FieldError",
    "FurtherInformation",
    "Grade",
    "Identifier",
    "Learner",
    "LearningOutcome",
    "Level",
    "MicroCredential",
    "Oddity",
    "Place",
    "QualityAssurance",
    "Stackability",
    "State",
    "Text",
    "Workload",
    "check",
    "normalise",
    "oddities",
]
