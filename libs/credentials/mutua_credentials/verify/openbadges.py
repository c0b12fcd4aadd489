"""Reading Open Badges 3.0 and Comprehensive Learner Records 2.0: W3C credentials with achievements.

Their structure is that of every W3C credential. What 1EdTech's schemas demand beyond it is the matter of the
schema check, for a badge that names one: badges without an achievement are in use.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mutua_credentials.annex_i import AnnexI
from mutua_credentials.verify.reading import Reading
from mutua_credentials.verify.result import Check
from mutua_credentials.verify.w3c_vc import read_w3c


def read_openbadges3(body: Mapping[str, Any]) -> Reading | Check:
    """Codes where the structure fails: those of `read_w3c`."""
    reading = read_w3c(body)
    return reading if isinstance(reading, Check) else replace(reading, annex_i=lambda: _badge(body))


def read_clr2(body: Mapping[str, Any]) -> Reading | Check:
    """Codes where the structure fails: those of `read_w3c`."""
    reading = read_w3c(body)
    return reading if isinstance(reading, Check) else replace(reading, annex_i=lambda: _record(body))


def _badge(body: Mapping[str, Any]) -> AnnexI:
    from mutua_credentials.annex_i.openbadges import read_badge

    return read_badge(body)


def _record(body: Mapping[str, Any]) -> AnnexI:
    from mutua_credentials.annex_i.openbadges import read_record

    return read_record(body)
