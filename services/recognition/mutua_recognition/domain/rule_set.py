"""Which rules these are: a pin that every decision names, changed whenever they may answer differently.

Whoever changes a stage, the precedence, a reason or the rule of coverage raises `VERSION`; a test holds the
rest of the manifest together.
"""

from typing import Final

from mutua_contracts.reasons import REASON_CODES
from mutua_coverage import RULE_VERSION
from mutua_credentials import code_lists
from mutua_recognition.domain.canonical import digest
from mutua_recognition.domain.pins import Pin
from mutua_recognition.domain.stages import STAGES

VERSION: Final = "1.1.0"

RULES: Final = Pin(
    "mutua-rules",
    VERSION,
    digest(
        {
            "version": VERSION,
            "stages": {stage.value: check.__name__ for stage, check in STAGES},
            "reasons": list(REASON_CODES),
            "coverage": RULE_VERSION,
            "code_lists": code_lists.digest(),
        }
    ),
)
