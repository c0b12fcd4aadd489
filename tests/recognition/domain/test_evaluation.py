"""The precedence, the deciding stage, what is hidden and what is shown, and the record that comes out."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from recognition_world import (
    ALDMERE,
    BOREAL,
    DIRECT,
    LISVIK,
    NOW,
    ON,
    VIA,
    case,
    checks,
    codes,
    content,
    facts,
    log,
    mandate,
    mirror,
    policy,
    registry,
    request,
    scoped,
    statement,
    through_a_friend,
)

from mutua_contracts.registry import Programme
from mutua_coverage import Permission
from mutua_credentials.annex_i import State
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.codes import (
    Basis,
    Holder,
    Kind,
    MachineCode,
    MandateEffect,
    Origin,
    Purpose,
    Regime,
    Result,
    Stage,
)
from mutua_recognition.domain.evaluation import evaluate
from mutua_recognition.domain.intervals import Interval
from mutua_recognition.domain.policy import AgreedCondition, Waiver

PROGRAMME = Programme(
    names=("Data Literacy",), type="micro-credential", level=6, ects=5, degree=False, assessment="assessment"
)
MISSING = {"workload": State.WITHHELD}


def test_a_clean_case_is_recognised_in_full_and_says_why() -> None:
    told = evaluate(case())
    assert told.outcome.code is MachineCode.RECOGNISED_FULL
    assert told.outcome.kind is Kind.DECISION
    assert told.deciding_stage is Stage.S13
    assert codes(told)[:3] == ["AUTH.OK", "PROV.MATCHED", "QA.INSTITUTION_COVERS"]
    assert codes(told, Stage.S6) == ["TRUST.PATH"]
    assert codes(told, Stage.S7) == ["LEVEL.EQUAL"]
    assert told.trust is not None
    assert told.trust.chain == (VIA, ON)
    assert told.counterfactuals == ()
    effect = told.outcome.effect
    assert effect is not None
    assert (effect.ects, effect.level, effect.counts_as) == ("5", "eqf:6", "AST-DAT-020")
    assert effect.holder is Holder.ON_PRESENTATION


def test_all_fourteen_stages_are_listed_and_what_is_not_built_is_never_shown_as_passed() -> None:
    told = evaluate(case())
    assert [each.stage for each in told.stages] == list(Stage)
    unbuilt = {Stage.S3, Stage.S8, Stage.S9, Stage.S10, Stage.S11, Stage.S12}
    assert {each.stage for each in told.stages if each.result is Result.NOT_EVALUATED} == unbuilt


def test_stages_point_to_their_reasons() -> None:
    told = evaluate(case())
    for stage in told.stages:
        assert all(told.reasons[place].stage is stage.stage for place in stage.reasons)
    assert sum(len(each.reasons) for each in told.stages) == len(told.reasons)


@pytest.mark.parametrize(
    ("changes", "outcome", "deciding"),
    [
        ({}, "RECOGNISED_FULL", "S13"),
        (
            {"facts": facts(checks=checks(structure=(CheckResult.FAIL, "date_malformed")))},
            "INADMISSIBLE",
            "S0",
        ),
        (
            {"facts": facts(checks=checks(signature=(CheckResult.FAIL, "signature_wrong")))},
            "INADMISSIBLE",
            "S1",
        ),
        ({"facts": facts(checks=checks(status=(CheckResult.FAIL, "revoked")))}, "INADMISSIBLE", "S1"),
        ({"facts": facts(content=content(states=MISSING))}, "INFO_REQUESTED", "S2"),
        (
            {
                "facts": facts(
                    checks=checks(status=(CheckResult.FAIL, "revoked")), content=content(states=MISSING)
                )
            },
            "INADMISSIBLE",
            "S1",
        ),
        (
            {
                "facts": facts(
                    checks=checks(status=(CheckResult.UNKNOWN, "x")), content=content(states=MISSING)
                )
            },
            "INFO_REQUESTED",
            "S1",
        ),
        ({"facts": facts(checks=checks(status=(CheckResult.UNKNOWN, "down")))}, "REVIEW_REQUESTED", "S1"),
        ({"registry": registry(*mirror(decision="negative"))}, "REVIEW_REQUESTED", "S5"),
        ({"trust": log()}, "REVIEW_REQUESTED", "S6"),
        ({"facts": facts(content=content(eqf=5))}, "REVIEW_REQUESTED", "S5"),
        ({"facts": facts(content=content(eqf=7)), "registry": registry()}, "RECOGNISED_FULL", "S13"),
        ({"mandate": None}, "REVIEW_REQUESTED", "S13"),
        ({"mandate": mandate(effect=MandateEffect.RECOMMEND)}, "REVIEW_REQUESTED", "S13"),
        ({"policy": policy(required_stages=(Stage.S2, Stage.S8))}, "REVIEW_REQUESTED", "S8"),
        ({"policy": policy(purpose=Purpose.ACCESS)}, "INADMISSIBLE", "S0"),
        ({"request": request(regime=Regime.ENIC_ADVICE)}, "INADMISSIBLE", "S0"),
    ],
)
def test_precedence_and_deciding_stage(changes: dict[str, object], outcome: str, deciding: str) -> None:
    told = evaluate(case(**changes))
    assert (told.outcome.code.value, told.deciding_stage.value) == (outcome, deciding)


def test_the_rest_is_still_run_after_anything_but_a_failed_intake_or_signature() -> None:
    told = evaluate(case(facts=facts(content=content(states=MISSING)), trust=log()))
    assert told.result(Stage.S2) is Result.FAIL
    assert told.result(Stage.S5) is Result.PASS
    assert told.result(Stage.S6) is Result.INCONCLUSIVE


def test_a_wrong_signature_hides_the_content() -> None:
    told = evaluate(case(facts=facts(checks=checks(signature=(CheckResult.FAIL, "signature_wrong")))))
    assert {each.result for each in told.stages[2:-1]} == {Result.NOT_EVALUATED}
    assert told.request.credential.issuer is None
    assert told.request.credential.awarding_body is None
    assert told.as_of.award_date is None
    assert (told.coverage, told.trust, told.outcome.effect) == (None, None, None)
    assert {each.kind for each in told.evidence} == {"credential", "policy"}
    assert LISVIK not in json.dumps(told.to_json())


def test_what_could_not_be_proven_is_not_looked_at_and_a_person_looks() -> None:
    unread = facts(
        content=None,
        key=None,
        signer=None,
        checks=checks(signature=(CheckResult.UNKNOWN, "key_not_obtained")),
    )
    told = evaluate(case(facts=unread))
    assert told.outcome.code is MachineCode.REVIEW_REQUESTED
    assert codes(told) == ["AUTH.KEY_UNREACHABLE"]
    assert {each.result for each in told.stages[2:-1]} == {Result.NOT_EVALUATED}


def test_a_required_stage_that_is_not_built_sends_the_case_to_a_person() -> None:
    told = evaluate(case(policy=policy(required_stages=(Stage.S2, Stage.S9))))
    assert codes(told, Stage.S9) == ["POLICY.STAGE_NOT_EVALUATED"]
    assert told.result(Stage.S9) is Result.NOT_EVALUATED


def test_a_stage_that_is_not_required_never_stands_in_the_way() -> None:
    told = evaluate(
        case(policy=policy(required_stages=(Stage.S2,)), facts=facts(content=content(eqf=None, nqf="NQR 6")))
    )
    assert told.result(Stage.S7) is Result.INCONCLUSIVE
    assert told.deciding_stage is not Stage.S7


def test_without_a_mandate_the_machine_proposes_and_a_person_confirms() -> None:
    told = evaluate(case(mandate=None))
    assert told.outcome.proposal is MachineCode.RECOGNISED_FULL
    assert codes(told, Stage.S13) == ["POLICY.NO_MANDATE"]
    assert [(each.subject, each.outcome) for each in told.counterfactuals] == [
        ("/mandate", MachineCode.RECOGNISED_FULL)
    ]


@pytest.mark.parametrize(
    "other",
    [
        mandate(recogniser=ALDMERE),
        mandate(purposes=(Purpose.ACCESS,)),
        mandate(during=Interval(end=NOW.date())),
    ],
)
def test_a_mandate_that_does_not_apply_is_none(other: object) -> None:
    assert evaluate(case(mandate=other)).outcome.code is MachineCode.REVIEW_REQUESTED


def test_an_office_gives_advice() -> None:
    bundle = policy(regimes=(Regime.ENIC_ADVICE,))
    told = evaluate(case(request=request(regime=Regime.ENIC_ADVICE), policy=bundle))
    assert (told.outcome.code, told.outcome.kind) == (MachineCode.RECOGNISED_FULL, Kind.ADVICE)


def test_a_purpose_that_needs_a_target_asks_for_it() -> None:
    told = evaluate(
        case(
            request=request(purpose=Purpose.EXEMPTION, target=None), policy=policy(purpose=Purpose.EXEMPTION)
        )
    )
    assert codes(told) == ["INTAKE.TARGET_MISSING"]


def test_an_agreed_condition_makes_the_yes_conditional() -> None:
    agreed = AgreedCondition(on="QA.CONDITIONAL", code="QA_FOLLOW_UP", due_days=30, checked_by=BOREAL)
    bundle = policy(accepted_coverage=(Permission.CONDITIONAL,), conditions=(agreed,))
    told = evaluate(case(policy=bundle, registry=registry(*mirror(decision="conditional"))))
    assert told.outcome.code is MachineCode.RECOGNISED_CONDITIONAL
    assert told.outcome.effect is not None
    condition = told.outcome.effect.conditions[0]
    assert (condition.code, condition.due) == ("QA_FOLLOW_UP", NOW.date() + timedelta(days=30))


def waiver(stage: Stage, **changes: object) -> Waiver:
    made = {
        "id": "w-1",
        "granted_by": BOREAL,
        "during": Interval(end=NOW.date() + timedelta(days=1)),
        **changes,
    }
    return Waiver(stage=stage, **made)  # pyright: ignore[reportArgumentType]


def test_a_waiver_is_shown_and_what_it_waives_too() -> None:
    told = evaluate(case(trust=log(), policy=policy(waivers=(waiver(Stage.S6),))))
    assert told.outcome.code is MachineCode.RECOGNISED_FULL
    assert told.result(Stage.S6) is Result.WAIVED
    assert codes(told, Stage.S6) == ["TRUST.NO_PATH", "POLICY.WAIVER"]


@pytest.mark.parametrize(
    "other",
    [
        waiver(Stage.S6, during=Interval(end=NOW.date())),
        waiver(Stage.S6, awarding_bodies=(ALDMERE,)),
        waiver(Stage.S7),
    ],
)
def test_a_waiver_reaches_only_what_it_names(other: Waiver) -> None:
    assert (
        evaluate(case(trust=log(), policy=policy(waivers=(other,)))).result(Stage.S6) is Result.INCONCLUSIVE
    )


def test_no_waiver_reaches_a_negative_decision() -> None:
    told = evaluate(
        case(registry=registry(*mirror(decision="negative")), policy=policy(waivers=(waiver(Stage.S5),)))
    )
    assert told.result(Stage.S5) is Result.FAIL


def test_programme_quality_can_stand_for_the_chain() -> None:
    rows = mirror(type="programme", programmes=(PROGRAMME,))
    told = evaluate(case(trust=log(), policy=policy(basis=Basis.PROGRAMME_QUALITY), registry=registry(*rows)))
    assert told.result(Stage.S6) is Result.PASS
    assert told.trust is None
    institution_only = evaluate(case(policy=policy(basis=Basis.PROGRAMME_QUALITY)))
    assert institution_only.result(Stage.S6) is Result.INCONCLUSIVE


def test_a_standing_rule_anticipates() -> None:
    told = evaluate(case(request=request(origin=Origin.STANDING_RULE)))
    assert told.outcome.effect is not None
    assert told.outcome.effect.holder is Holder.ON_PRESENTATION
    presented = evaluate(case(request=request(holder=Holder.CHECKED)))
    assert presented.outcome.effect is not None
    assert presented.outcome.effect.holder is Holder.CHECKED


def test_the_evidence_names_everything_that_was_read() -> None:
    told = evaluate(case())
    ids = [each.id for each in told.evidence]
    assert {"policy:boreal-credit", "report:800123", f"provider:{LISVIK}", "agency:21", "country:DE"} <= set(
        ids
    )
    assert {f"statement:{VIA}", f"statement:{ON}", "key:https://univ-lisvik.example#k1"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_direct_statement_is_preferred() -> None:
    told = evaluate(case(trust=log(*through_a_friend(), statement(DIRECT, BOREAL, LISVIK))))
    assert codes(told, Stage.S6) == ["TRUST.DIRECT"]


def test_every_assessment_and_mode_must_be_carried() -> None:
    two = replace(content(), assessments=("project", "written-examination"))
    only_projects = statement(DIRECT, BOREAL, LISVIK, scope=scoped(assessments=frozenset({"project"})))
    told = evaluate(case(facts=facts(content=two), trust=log(only_projects)))
    assert codes(told, Stage.S6) == ["TRUST.OUT_OF_SCOPE"]
    both = evaluate(case(facts=facts(content=two), trust=log(statement(DIRECT, BOREAL, LISVIK))))
    assert both.result(Stage.S6) is Result.PASS
    no_one_chain = log(
        only_projects,
        statement("st-other", BOREAL, LISVIK, scope=scoped(assessments=frozenset({"written-examination"}))),
    )
    assert (
        evaluate(case(facts=facts(content=two), trust=no_one_chain)).result(Stage.S6) is Result.INCONCLUSIVE
    )
