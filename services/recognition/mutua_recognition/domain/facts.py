"""What was read from a credential: checks, states of elements, values that rules need; never the learner.

`facts_of` makes it from a verification. Where a check of the first four did not hold, or the content must not
be shown, there is no content: nothing in an unproven document is a fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from mutua_credentials import code_lists
from mutua_credentials.annex_i import ELEMENTS, AnnexI, State
from mutua_credentials.verify import Check, CheckName, Verification
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.canonical import digest
from mutua_recognition.domain.pins import Pin
from mutua_recognition.domain.reasons import Source
from mutua_trust import fields as isced

LEARNER: Final = "learner"


@dataclass(frozen=True, slots=True)
class CheckFact:
    """One of the ten checks of a verification. What a stranger wrote is not quoted, as records travel."""

    name: CheckName
    result: CheckResult
    code: str


@dataclass(frozen=True, slots=True)
class BodyFacts:
    """The awarding body as the credential names it: identifiers as (scheme, value)."""

    name: str | None
    identifiers: tuple[tuple[str, str], ...] = ()
    country: str | None = None

    def identifier(self, scheme: str) -> str | None:
        return next((value for known, value in self.identifiers if known == scheme), None)


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """The content as far as rules need it. Values are None, or empty, where an element is not present."""

    states: tuple[tuple[str, State], ...]
    """Every element of Annex I and the two beside it, in their order, with its state."""
    award_date: date | None = None
    awarding_body: BodyFacts | None = None
    country: str | None = None
    titles: tuple[str, ...] = ()
    component: str | None = None
    ects: Decimal | None = None
    hours: Decimal | None = None
    eqf: int | None = None
    nqf: str | None = None
    level_applies: bool = True
    assessments: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    """ISCED-F 2013 codes as stated."""

    def state(self, element: str) -> State:
        return dict(self.states).get(element, State.ABSENT)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the engine may know about a credential."""

    format: str | None
    checks: tuple[CheckFact, ...]
    signer: str | None
    """Entity id of who signed, as the signature bears out."""
    key: Source | None
    """The key that verified, and where and when it was read."""
    status: Pin | None
    """The status list that was asked."""
    code_lists: Pin
    content: ContentFacts | None

    def check(self, name: CheckName) -> CheckFact:
        return next(check for check in self.checks if check.name is name)


def facts_of(verification: Verification, signer: str | None, status: Pin | None = None) -> Facts:
    """The facts of a verified (or not verified) credential.

    `signer` is the entity whose identity the verified issuer is, as the projection of issuers knows it;
    `status` names the list that the status check rests on.
    """
    proven = verification.annex_i if verification.issuer is not None else None
    return Facts(
        format=verification.format,
        checks=tuple(_check_fact(check) for check in verification.checks),
        signer=signer if verification.issuer is not None else None,
        key=_key_source(verification),
        status=status,
        code_lists=Pin(code_lists.ID, code_lists.VERSION, code_lists.digest()),
        content=None if proven is None else content_of(proven),
    )


def content_of(annex: AnnexI) -> ContentFacts:
    """The content without the learner: what is personal is kept as a state only."""
    body, level, load = annex.awarding_body.value, annex.level.value, annex.workload.value
    place = annex.country_of_issuer.value
    return ContentFacts(
        states=tuple((name, annex.element(name).state) for name in ELEMENTS),
        award_date=annex.date_of_issuing.value,
        awarding_body=None
        if body is None
        else BodyFacts(
            name=_one_text(body.name),
            identifiers=tuple((known.scheme, known.value) for known in body.identifiers),
            country=body.country or (place.country if place else None),
        ),
        country=place.country if place else None,
        titles=tuple(sorted(set((annex.title.value or {}).values()))),
        component=annex.component.value,
        ects=load.ects if load else None,
        hours=load.hours if load else None,
        eqf=level.eqf_level if level else None,
        nqf=level.nqf if level else None,
        level_applies=not (level and level.not_applicable),
        assessments=tuple(sorted(annex.type_of_assessment.value or ())),
        modes=tuple(sorted(annex.form_of_participation.value or ())),
        fields=tuple(sorted(annex.field_of_study.value or ())),
    )


def leaves_of_fields(codes: tuple[str, ...]) -> frozenset[str] | None:
    """The detailed fields that these codes ask for; None where there is none, or one of them says nothing."""
    leaves: set[str] = set()
    for code in codes:
        found = isced.leaves_of_request(code)
        if isinstance(found, isced.Unreadable):
            return None
        leaves |= found
    return frozenset(leaves) or None


def _check_fact(check: Check) -> CheckFact:
    return CheckFact(check.name, check.result, check.code)


def _key_source(verification: Verification) -> Source | None:
    key = verification.key
    if key is None:
        return None
    return Source(
        "key", f"{key.issuer}#{key.kid.rpartition('#')[2]}", key.as_of, digest({"jwk": dict(key.jwk)})
    )


def _one_text(texts: Mapping[str, Any]) -> str | None:
    """One spelling, the English one where there is one: for people, never for matching."""
    return texts.get("en") or next((texts[language] for language in sorted(texts)), None)
