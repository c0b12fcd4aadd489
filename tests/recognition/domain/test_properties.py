"""Whatever comes in: the machine never refuses, the same case gives the same bytes, each record replays."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from recognition_world import (
    ALDMERE,
    AWARD,
    BOREAL,
    LISVIK,
    NOW,
    case,
    checks,
    content,
    facts,
    hops,
    log,
    mandate,
    mirror,
    policy,
    registry,
    request,
    scoped,
    statement,
)

from mutua_contracts.recognition import MACHINE_DECISIONS
from mutua_coverage import Permission
from mutua_credentials.annex_i import ELEMENTS, State
from mutua_credentials.verify import CHECKS
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.canonical import canonical
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import (
    ALWAYS_REQUIRED,
    Basis,
    MachineCode,
    MandateEffect,
    Origin,
    PersonCode,
    Purpose,
    Regime,
    Result,
    Stage,
)
from mutua_recognition.domain.evaluation import evaluate
from mutua_recognition.domain.facts import BodyFacts
from mutua_recognition.domain.flaws import Refused
from mutua_recognition.domain.inputs import bodies_of, inputs_bytes, replay

ENTITIES = st.sampled_from([BOREAL, ALDMERE, LISVIK])
CHECK_CODES = st.sampled_from(["suspended", "revoked", "unsecured", "signature_wrong", "too_large", "other"])


@st.composite
def credentials(draw: st.DrawFn) -> Any:
    changed = draw(
        st.dictionaries(
            st.sampled_from([name.value for name in CHECKS]),
            st.tuples(st.sampled_from(CheckResult), CHECK_CODES),
            max_size=3,
        )
    )
    found = content(
        states=draw(st.dictionaries(st.sampled_from(ELEMENTS), st.sampled_from(State), max_size=3)),
        award_date=draw(st.sampled_from([None, AWARD, AWARD + timedelta(days=4000)])),
        awarding_body=draw(st.sampled_from([None, BodyFacts("L"), content().awarding_body])),
        ects=draw(st.sampled_from([None, Decimal("2.5"), Decimal("60")])),
        eqf=draw(st.sampled_from([None, 5, 6, 7])),
        nqf=draw(st.sampled_from([None, "NQR 6"])),
        assessments=draw(st.sampled_from([(), ("project",), ("attendance",), ("project", "quiz")])),
        fields=draw(st.sampled_from([(), ("0612",), ("06",), ("9999",)])),
    )
    return facts(
        checks=checks(**changed),
        signer=draw(st.sampled_from([None, LISVIK, ALDMERE])),
        content=draw(st.sampled_from([None, found, found, found])),
    )


@st.composite
def statements(draw: st.DrawFn) -> Any:
    made = []
    for place in range(draw(st.integers(0, 4))):
        truster, trustee = draw(ENTITIES), draw(ENTITIES)
        if truster != trustee:
            scope = scoped(levels=draw(st.sampled_from([None, frozenset({6}), frozenset({7})])))
            depth, revoked = draw(st.integers(0, 2)), draw(st.sampled_from([None, 5, 9]))
            made.append(statement(f"st-{place}", truster, trustee, scope=scope, depth=depth, revoked=revoked))
    return log(*made)


@st.composite
def policies(draw: st.DrawFn) -> Any:
    return policy(
        purpose=draw(st.sampled_from([Purpose.CREDIT, Purpose.CREDIT, Purpose.EXEMPTION])),
        required_stages=tuple(draw(st.lists(st.sampled_from(Stage), max_size=2, unique=True))),
        required_elements=tuple(draw(st.lists(st.sampled_from(ELEMENTS), max_size=3, unique=True))),
        basis=draw(st.sampled_from(Basis)),
        trust=hops(draw(st.integers(1, 4))),
        accepted_coverage=tuple(draw(st.lists(st.sampled_from(Permission), max_size=2, unique=True))),
        suspected_mills=draw(st.sampled_from([(), (), (LISVIK,)])),
    )


@st.composite
def registries(draw: st.DrawFn) -> Any:
    rows = mirror(
        decision=draw(st.sampled_from(["positive", "conditional", "negative", "not applicable"])),
        status=draw(st.sampled_from(["obligatory", "voluntary"])),
        flag=draw(st.sampled_from(["none", "low", "high"])),
        valid_to=draw(st.sampled_from([None, AWARD, AWARD - timedelta(days=1)])),
    )
    kept = [row for row in rows if draw(st.integers(0, 9))]
    return registry(
        *kept,
        as_of=draw(st.sampled_from([None, NOW, NOW - timedelta(days=30)])),
        caught_up=draw(st.booleans()),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    return case(
        facts=draw(st.one_of(st.just(facts()), credentials())),
        request=request(
            origin=draw(st.sampled_from(Origin)),
            regime=draw(st.sampled_from(Regime)),
            target=draw(st.sampled_from([None, request().target])),
        ),
        policy=draw(st.one_of(st.just(policy()), policies())),
        mandate=draw(st.sampled_from([None, mandate(), mandate(effect=MandateEffect.RECOMMEND)])),
        trust=draw(statements()),
        registry=draw(st.one_of(st.just(registry()), registries())),
    )


def test_no_refusal_can_even_be_named() -> None:
    assert "NOT_RECOGNISED" not in set(MachineCode) | set(PersonCode)
    assert {code for code in MachineCode if code.favourable} == set(MACHINE_DECISIONS)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_no_input_whatever_gives_a_machine_refusal_and_a_yes_is_well_founded(asked: Case) -> None:
    told = evaluate(asked)
    assert type(told.outcome.code) is MachineCode
    assert told.outcome.code.favourable == (told.outcome.effect is not None)
    assert told.outcome.code.favourable == (told.result(Stage.S13) is Result.PASS)
    assert all(each.outcome.favourable for each in told.counterfactuals)
    if told.outcome.code.favourable:
        assert all(each.result.clean for each in told.stages if each.required)
        assert {each.stage for each in told.stages if each.required} >= ALWAYS_REQUIRED
        assert asked.mandate is not None
        assert asked.mandate.effect is MandateEffect.DECIDE
        assert told.deciding_stage is Stage.S13


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_same_case_gives_the_same_bytes_and_replays(asked: Case) -> None:
    told = canonical(evaluate(asked).to_json())
    assert canonical(evaluate(replace(asked)).to_json()) == told
    again = replay(inputs_bytes(asked), bodies_of(asked), asked.trust)
    assert not isinstance(again, Refused), again
    assert canonical(again.to_json()) == told
