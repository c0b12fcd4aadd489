"""A small world to decide in: Lisvik awards, Boreal Tech trusts it through Aldmere, one report covers it.

`case()` is clean in every respect; each test changes what it is about.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from mutua_contracts.registry import (
    AgencyChanged,
    AgencyFacts,
    AgencyRef,
    CountryChanged,
    CountryFacts,
    ProviderChanged,
    ProviderFacts,
    ProviderLocation,
    ProviderName,
    QfLevel,
    ReportChanged,
    ReportFacts,
)
from mutua_credentials.annex_i import ELEMENTS, State
from mutua_credentials.verify import CHECKS, CheckName
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import MandateEffect, Origin, Purpose, Regime, Stage
from mutua_recognition.domain.content import Content, MachineOutcome
from mutua_recognition.domain.facts import BodyFacts, CheckFact, ContentFacts, Facts
from mutua_recognition.domain.flaws import Refused
from mutua_recognition.domain.intervals import Interval
from mutua_recognition.domain.mandates import Mandate
from mutua_recognition.domain.pins import Pin
from mutua_recognition.domain.policy import PolicyBundle, TrustTerms
from mutua_recognition.domain.presets import adopt
from mutua_recognition.domain.reasons import Source
from mutua_recognition.domain.registry import Change, Registry
from mutua_recognition.domain.request import CredentialRef, Dates, Request, Target
from mutua_recognition.domain.trust import LogView, log_view
from mutua_trust import Interval as Days
from mutua_trust import Scope, Statement

LISVIK, ALDMERE, BOREAL, OFFICE = "DEQARINST7105", "DEQARINST7103", "DEQARINST7101", "office:varnland-enic"
AWARD = date(2026, 6, 20)
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
SNAPSHOT = NOW - timedelta(hours=7)
CREDENTIAL = "urn:uuid:6f1c0f0e-0000-4000-8000-000000000001"
DIRECT, VIA, ON = "st-direct", "st-via", "st-on"


def digest(letter: str) -> str:
    return "sha256:" + letter * 64


def content(**changes: Any) -> ContentFacts:
    states: dict[str, State] = dict.fromkeys(ELEMENTS, State.PRESENT) | {
        "learner": State.WITHHELD,
        "grade": State.WITHHELD,
        **changes.pop("states", {}),
    }
    facts: dict[str, Any] = {
        "states": tuple(states.items()),
        "award_date": AWARD,
        "awarding_body": BodyFacts("University of Lisvik", (("DEQARINST", LISVIK),), "DE"),
        "country": "DE",
        "titles": ("Data Literacy",),
        "component": "DAT-010",
        "ects": Decimal("5"),
        "eqf": 6,
        "assessments": ("project",),
        "modes": ("online",),
        "fields": ("0612",),
    }
    return ContentFacts(**{**facts, **changes})


def checks(**changed: tuple[CheckResult, str]) -> tuple[CheckFact, ...]:
    """All good, but for those that are named."""
    good = dict.fromkeys(CHECKS, (CheckResult.PASS, "good"))
    skipped = dict.fromkeys(
        (CheckName.CONTEXTS, CheckName.HOLDER_BINDING, CheckName.SCHEMA, CheckName.SEAL_LEVEL),
        (CheckResult.SKIPPED, "not_asked"),
    )
    made = good | skipped | {CheckName(name): check for name, check in changed.items()}
    return tuple(CheckFact(name, result, code) for name, (result, code) in made.items())


def facts(**changes: Any) -> Facts:
    made: dict[str, Any] = {
        "format": "sd-jwt-vc",
        "checks": checks(),
        "signer": LISVIK,
        "key": Source("key", "https://univ-lisvik.example#k1", NOW, digest("1")),
        "status": None,
        "code_lists": Pin("mutua-codes", "2026.11", digest("5")),
        "content": content(),
    }
    return Facts(**{**made, **changes})


def request(**changes: Any) -> Request:
    made: dict[str, Any] = {
        "credential": CredentialRef(CREDENTIAL, digest("a"), "sd-jwt-vc", LISVIK, LISVIK),
        "recogniser": BOREAL,
        "purpose": Purpose.CREDIT,
        "target": Target("AST-DAT-020", 3, digest("b"), level=6),
        "regime": Regime.HEI,
        "origin": Origin.PRESENTED,
    }
    return Request(**{**made, **changes})


def policy(**changes: Any) -> PolicyBundle:
    bundle = adopt("annex-i-credit", id="boreal-credit", owner=BOREAL, purpose=Purpose.CREDIT)
    assert isinstance(bundle, PolicyBundle)
    return replace(bundle, **changes)


def hops(longest: int, *assurance: int) -> TrustTerms:
    return TrustTerms(max_hops=longest, min_assurance=assurance or (1, 1, 1, 1))


def mandate(**changes: Any) -> Mandate:
    made: dict[str, Any] = {
        "id": "BT-automation-2026",
        "recogniser": BOREAL,
        "version": 1,
        "purposes": (Purpose.CREDIT, Purpose.EXEMPTION),
        "effect": MandateEffect.DECIDE,
        "legal_basis": ("LRC.V", "BT.REG.12"),
        "during": Interval(date(2026, 1, 1), date(2028, 1, 1)),
    }
    return Mandate(**{**made, **changes})


def statement(id: str, truster: str, trustee: str, **changes: Any) -> Statement:
    return Statement(
        **{"id": id, "truster": truster, "trustee": trustee, "assurance": 2, "recorded": 1, **changes}
    )


def through_a_friend(**changes: Any) -> tuple[Statement, ...]:
    """Boreal Tech relies on Aldmere, one hop further; Aldmere on Lisvik."""
    first = statement(VIA, BOREAL, ALDMERE, **{"depth": 1, **changes})
    return first, statement(ON, ALDMERE, LISVIK)


def log(*statements: Statement, version: int = 7) -> LogView:
    return log_view(statements, version, digest("4"))


def registry(*rows: Change, **changes: Any) -> Registry:
    made: dict[str, Any] = {
        "pin": Pin("deqar", "2026-11-16", digest("e")),
        "as_of": SNAPSHOT,
        "changes": rows or mirror(),
    }
    return Registry(**{**made, **changes})


def mirror(**report: Any) -> tuple[Change, ...]:
    """One provider, one report on it (with changes), its agency and its country."""
    provider = ProviderFacts(
        names=(ProviderName(name="University of Lisvik", kind="official"),),
        countries=(ProviderLocation(country="DE", verified=True),),
        levels=(QfLevel(eqf=6), QfLevel(eqf=7)),
    )
    report_facts: dict[str, Any] = {
        "agency": AgencyRef(id="21", acronym="QAX"),
        "providers": (LISVIK,),
        "type": "institutional",
        "status": "obligatory",
        "decision": "positive",
        "flag": "none",
        "valid_from": date(2023, 1, 1),
        "valid_to": date(2028, 12, 31),
    }
    agency = AgencyFacts(acronym="QAX", name="Quality Agency X", registered_from=date(2010, 1, 1))
    country = CountryFacts(code="DE", name="Germany", ehea_member=True)
    state = {"registry": "deqar", "revision": 1}
    return (
        ProviderChanged(id=LISVIK, facts=provider, **state),
        ReportChanged(id="800123", facts=ReportFacts(**{**report_facts, **report}), **state),
        AgencyChanged(id="21", facts=agency, **state),
        CountryChanged(id="40", facts=country, **state),
    )


def case(**changes: Any) -> Case:
    made: dict[str, Any] = {
        "facts": facts(),
        "request": request(),
        "policy": policy(),
        "mandate": mandate(),
        "trust": log(*through_a_friend()),
        "registry": registry(),
        "dates": Dates(NOW.date(), NOW.date(), NOW),
    }
    return Case(**{**made, **changes})


def codes(told: Content[MachineOutcome], stage: Stage | None = None) -> list[str]:
    return [each.code for each in told.reasons if stage in (None, each.stage)]


def flaws(answer: object) -> list[tuple[str, str]]:
    assert isinstance(answer, Refused), answer
    return [(flaw.code, flaw.path) for flaw in answer.flaws]


def only(items: Iterable[Any]) -> Any:
    """The one item there is."""
    found = list(items)
    assert len(found) == 1, found
    return found[0]


def covering(start: str, end: str) -> Days:
    return Days(date.fromisoformat(start), date.fromisoformat(end))


def scoped(**dimensions: Any) -> Scope:
    return Scope(**dimensions)
