"""From a credential as it is issued and verified to facts, and from there to a decision."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from recognition_world import AWARD, CREDENTIAL, LISVIK, NOW, case, codes, policy

from mutua_credentials import sdjwt
from mutua_credentials.annex_i import MicroCredential, State
from mutua_credentials.keys import KeyRecord, KeyRing, PrivateKey
from mutua_credentials.verify import verify
from mutua_recognition.domain.canonical import read, write
from mutua_recognition.domain.codes import MachineCode, Result, Stage
from mutua_recognition.domain.evaluation import evaluate
from mutua_recognition.domain.facts import Facts, facts_of, leaves_of_fields

ISSUER = "https://univ-lisvik.example"
SIGNED = datetime(2026, 6, 20, 12, tzinfo=UTC)
KEY = PrivateKey.generate()

COURSE: dict[str, Any] = {
    "learner": {"given_name": "Ada", "family_name": "Lindqvist-Okonkwo"},
    "title": {"en": "Data Literacy", "de": "Datenkompetenz"},
    "country_of_issuer": {"country": "DE"},
    "awarding_body": {
        "name": {"en": "University of Lisvik"},
        "identifiers": [{"scheme": "DEQARINST", "value": LISVIK}],
    },
    "date_of_issuing": AWARD.isoformat(),
    "learning_outcomes": [{"statement": {"en": "Explain what a data set can and cannot show."}}],
    "workload": {"ects": "5"},
    "level": {"eqf": 6},
    "type_of_assessment": ["project"],
    "form_of_participation": ["online"],
    "type_of_quality_assurance": [{"type": "institutional-quality-assurance"}],
    "grade": {"value": "very good indeed"},
    "field_of_study": ["0612"],
    "component": "DAT-010",
}


def issued(**changes: Any) -> sdjwt.Issued:
    content = MicroCredential.model_validate(COURSE | changes)
    return sdjwt.issue(content, signer=KEY, issuer=ISSUER, credential_id=CREDENTIAL, issued_at=SIGNED)


def known(**changes: Any) -> KeyRing:
    record = {
        "issuer": ISSUER,
        "kid": KEY.kid,
        "jwk": KEY.public_jwk,
        "valid_from": SIGNED - timedelta(days=1),
    }
    return KeyRing([KeyRecord(**{**record, "source": "mutua.issuer", "as_of": NOW, **changes})])


def read_facts(text: str, keys: KeyRing | None = None, signer: str | None = LISVIK) -> Facts:
    return facts_of(verify(text, as_of=NOW, keys=keys or known()), signer)


def test_the_bus_form_is_decided_without_anybody_learning_who_the_learner_is() -> None:
    facts = read_facts(issued().bus_form)
    told = evaluate(case(facts=facts))
    assert told.outcome.code is MachineCode.RECOGNISED_FULL
    assert facts.content is not None
    assert facts.content.state("learner") is State.WITHHELD
    assert "sha256" in str(facts.key)


def test_nothing_about_the_learner_is_kept_even_where_the_holder_has_disclosed_it() -> None:
    facts = read_facts(issued().holder_form)
    assert facts.content is not None
    assert facts.content.state("learner") is State.PRESENT
    kept = str(write(facts)) + str(evaluate(case(facts=facts)).to_json())
    assert not any(word in kept for word in ("Ada", "Lindqvist", "very good"))


def test_the_values_that_rules_need() -> None:
    content = read_facts(issued().bus_form).content
    assert content is not None
    assert (content.award_date, content.eqf, str(content.ects), content.component) == (
        AWARD,
        6,
        "5",
        "DAT-010",
    )
    assert content.titles == ("Data Literacy", "Datenkompetenz")
    assert content.awarding_body is not None
    assert content.awarding_body.identifier("DEQARINST") == LISVIK
    assert content.awarding_body.country == "DE"


def test_facts_are_kept_as_json_and_read_back() -> None:
    facts = read_facts(issued().bus_form)
    assert read(Facts, write(facts)) == facts


def test_another_signature_proves_nothing() -> None:
    another = PrivateKey.generate()
    facts = read_facts(issued().bus_form, known(jwk=another.public_jwk))
    assert (facts.content, facts.signer, facts.key) == (None, None, None)
    told = evaluate(case(facts=facts))
    assert (told.outcome.code, codes(told)) == (MachineCode.INADMISSIBLE, ["AUTH.SIG_INVALID"])


def test_an_issuer_that_is_not_known_yet_is_no_ones_fault() -> None:
    facts = read_facts(issued().bus_form, KeyRing([]), None)
    told = evaluate(case(facts=facts))
    assert (told.outcome.code, codes(told)) == (MachineCode.REVIEW_REQUESTED, ["AUTH.KEY_UNREACHABLE"])


@pytest.mark.parametrize("text", ["", "{}", "a.b.c", "x" * 50])
def test_whatever_comes_in_ends_in_a_coded_answer(text: str) -> None:
    told = evaluate(case(facts=read_facts(text)))
    assert told.deciding_stage is Stage.S0
    assert told.result(Stage.S1) is Result.NOT_EVALUATED
    assert told.outcome.code in (MachineCode.INADMISSIBLE, MachineCode.REVIEW_REQUESTED)


def test_hours_alone_say_nothing_about_credits() -> None:
    told = evaluate(case(facts=read_facts(issued(workload={"hours": "125"}).bus_form), policy=policy()))
    assert codes(told, Stage.S6) == ["TRUST.REQUEST_INCOMPLETE"]


@pytest.mark.parametrize(
    ("stated", "leaves"),
    [
        ((), None),
        (("0612",), {"0612"}),
        (("061",), {"0611", "0612", "0613"}),
        (("0612", "9999"), None),
        (("nonsense",), None),
    ],
)
def test_fields_of_study(stated: tuple[str, ...], leaves: set[str] | None) -> None:
    assert leaves_of_fields(stated) == leaves
