"""Coded reasons: what a stage found, against which source, what was expected, what would help.

The catalogue gives every code its usual weight and remedy, so that stages name facts only. Texts for people
live in catalogues elsewhere, under `text_key`; nothing here is prose for a learner.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal

from mutua_contracts.reasons import REASON_CODES, REMEDIES
from mutua_recognition.domain.codes import Stage
from mutua_recognition.domain.flaws import Broken

Polarity = Literal["+", "0", "-"]
"""For recognition, neither, against it."""
Weight = Literal["essential", "minor", "info"]


class Remedy(StrEnum):
    """What can be done about a reason."""

    DISCLOSE_ELEMENT = "DISCLOSE_ELEMENT"
    UPLOAD_SYLLABUS = "UPLOAD_SYLLABUS"
    TAKE_ASSESSMENT = "TAKE_ASSESSMENT"
    APPLY_RPL = "APPLY_RPL"
    BRIDGE_MODULE = "BRIDGE_MODULE"
    ASK_ISSUER_REISSUE = "ASK_ISSUER_REISSUE"
    WAIT_FOR_QA = "WAIT_FOR_QA"
    APPEAL = "APPEAL"
    NONE = "NONE"


assert tuple(Remedy) == REMEDIES, "the remedies of the contracts and of the domain differ"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read (key, registry, trust_log, code_list, policy, ...), as of when, its digest."""

    kind: str
    id: str
    as_of: datetime | None = None
    hash: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One coded reason; `subject` is the path of its element. Raises `Broken` on an unknown code."""

    code: str
    stage: Stage
    polarity: Polarity
    weight: Weight
    subject: str | None
    found: str | None
    expected: str | None
    source: Source | None
    legal_basis: str | None
    remedy: Remedy
    text_key: str
    params: dict[str, Any] = field(default_factory=dict[str, Any], hash=False)

    def __post_init__(self) -> None:
        if self.code not in _KNOWN:
            raise Broken("unknown_code", "code", self.code, "a code of the catalogue of reasons")


_KNOWN: Final = frozenset(REASON_CODES)

_LIGHT: Final = frozenset(
    {
        "AUTH.SEAL_NOT_QUALIFIED",
        "DOC.TRANSLATION_NEEDED",
        "TRUST.COMMON_FRIEND",
        "POLICY.PRESET_APPLIED",
        "LOAD.HOURS_PER_ECTS_ODD",
    }
)
"""Codes that never weigh; every other one is essential unless the stage says otherwise."""

_REMEDIES: Final = MappingProxyType(
    {
        "INTAKE.MALFORMED": Remedy.ASK_ISSUER_REISSUE,
        "INTAKE.TOO_LARGE": Remedy.ASK_ISSUER_REISSUE,
        "AUTH.CONTEXT_UNDEFINED": Remedy.ASK_ISSUER_REISSUE,
        "AUTH.SIG_INVALID": Remedy.ASK_ISSUER_REISSUE,
        "AUTH.KEY_UNBOUND": Remedy.ASK_ISSUER_REISSUE,
        "AUTH.UNSIGNED": Remedy.ASK_ISSUER_REISSUE,
        "DOC.MISSING": Remedy.ASK_ISSUER_REISSUE,
        "DOC.WITHHELD": Remedy.DISCLOSE_ELEMENT,
        "DOC.UNREADABLE": Remedy.ASK_ISSUER_REISSUE,
        "DOC.TRANSLATION_NEEDED": Remedy.UPLOAD_SYLLABUS,
        "KIND.ATTENDANCE_ONLY": Remedy.APPLY_RPL,
        "PROV.NAME_ONLY": Remedy.ASK_ISSUER_REISSUE,
        "QA.NOT_AT_AWARD_DATE": Remedy.WAIT_FOR_QA,
        "QA.NONE": Remedy.WAIT_FOR_QA,
        "LEVEL.LOWER": Remedy.BRIDGE_MODULE,
        "LEVEL.ABSENT": Remedy.ASK_ISSUER_REISSUE,
        "LO.ESSENTIAL_GAP": Remedy.BRIDGE_MODULE,
        "LO.FREE_TEXT": Remedy.UPLOAD_SYLLABUS,
        "LOAD.BELOW": Remedy.BRIDGE_MODULE,
        "ASSESS.ATTENDANCE": Remedy.TAKE_ASSESSMENT,
        "IDENT.UNSUPERVISED": Remedy.TAKE_ASSESSMENT,
    }
)
"""What usually helps; where nothing is named, nothing that a learner or issuer could do would."""

_LEGAL: Final = MappingProxyType(
    {
        "DOC.MISSING": "LRC.III",
        "DOC.WITHHELD": "LRC.III",
        "DOC.UNREADABLE": "LRC.III",
    }
)
"""The applicant supplies information, the authority bears the burden (Lisbon Convention, section III)."""


def reason(
    code: str,
    stage: Stage,
    polarity: Polarity,
    *,
    subject: str | None = None,
    found: object = None,
    expected: object = None,
    source: Source | None = None,
    weight: Weight | None = None,
    remedy: Remedy | None = None,
    params: Mapping[str, Any] | None = None,
) -> Reason:
    """A reason with the catalogue's weight, remedy and legal basis. A reason in favour has no remedy."""
    usual = Remedy.NONE if polarity == "+" else _REMEDIES.get(code, Remedy.NONE)
    return Reason(
        code=code,
        stage=stage,
        polarity=polarity,
        weight=weight or ("info" if code in _LIGHT else "essential"),
        subject=subject,
        found=None if found is None else str(found),
        expected=None if expected is None else str(expected),
        source=source,
        legal_basis=None if polarity == "+" else _LEGAL.get(code),
        remedy=usual if remedy is None else remedy,
        text_key="reason." + code.lower(),
        params=dict(params or {}),
    )


def waivers_of(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """Ids of the waivers that were used."""
    return tuple(str(each.params["waiver"]) for each in reasons if each.code == "POLICY.WAIVER")
