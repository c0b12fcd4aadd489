"""What would have changed the outcome is found by re-running, and only what leads to a yes is named."""

from datetime import timedelta

import pytest
from recognition_world import (
    ALDMERE,
    AWARD,
    BOREAL,
    DIRECT,
    LISVIK,
    NOW,
    VIA,
    case,
    checks,
    content,
    facts,
    log,
    mandate,
    mirror,
    only,
    registry,
    request,
    statement,
    through_a_friend,
)

from mutua_credentials.annex_i import State
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.codes import MachineCode, Purpose
from mutua_recognition.domain.evaluation import evaluate
from mutua_trust import Polarity


@pytest.mark.parametrize(
    ("changes", "subject", "change"),
    [
        (
            {"trust": log(*through_a_friend(depth=0))},
            f"statement:{VIA}",
            f"{VIA} of {BOREAL} about {ALDMERE}: depth 1",
        ),
        (
            {"registry": registry(*mirror(valid_to=AWARD - timedelta(days=1)))},
            "report:800123",
            f"report 800123 covered {AWARD}",
        ),
        (
            {"registry": registry(*mirror(valid_from=AWARD + timedelta(days=1)))},
            "report:800123",
            f"report 800123 covered {AWARD}",
        ),
        ({"facts": facts(content=content(eqf=None))}, "/level", "level eqf:6"),
        (
            {"facts": facts(content=content(states={"workload": State.WITHHELD}))},
            "/workload",
            "workload readable",
        ),
        ({"mandate": None}, "/mandate", "a mandate to decide CREDIT"),
        (
            {"registry": registry(as_of=NOW - timedelta(days=30))},
            "/registry",
            "a registry snapshot of at most 7 days",
        ),
        (
            {"registry": registry(*mirror(decision="conditional"))},
            "/policy/accepted_coverage",
            "a policy that accepts conditional",
        ),
        ({"trust": log()}, "/trust", f"a statement of {BOREAL} about {LISVIK}"),
    ],
)
def test_one_fact_changed(changes: dict[str, object], subject: str, change: str) -> None:
    told = only(evaluate(case(**changes)).counterfactuals)
    assert (told.subject, told.change, told.outcome) == (subject, change, MachineCode.RECOGNISED_FULL)
    assert told.audience


def test_a_longer_chain_is_named_where_the_policy_is_what_stops_it() -> None:
    third = "DEQARINST7110"
    chain = (
        statement("st-1", BOREAL, ALDMERE, depth=2),
        statement("st-2", ALDMERE, third, depth=1),
        statement("st-3", third, LISVIK),
    )
    subjects = {each.subject for each in evaluate(case(trust=log(*chain))).counterfactuals}
    assert subjects == {"/policy/trust/max_hops", "/trust"}


def test_where_two_things_are_missing_both_are_named_together() -> None:
    told = only(evaluate(case(mandate=None, trust=log(*through_a_friend(depth=0)))).counterfactuals)
    assert told.subject == f"statement:{VIA}, /mandate"


def test_what_distrust_bars_is_not_promised() -> None:
    distrust = statement("st-no", BOREAL, LISVIK, polarity=Polarity.DISTRUST)
    shallow = (*through_a_friend(depth=0), distrust)
    assert evaluate(case(trust=log(*shallow))).counterfactuals == ()


def test_nobody_is_advised_to_trust_itself() -> None:
    own = evaluate(case(request=request(recogniser=LISVIK), mandate=mandate(recogniser=LISVIK)))
    assert own.outcome.code is MachineCode.REVIEW_REQUESTED
    assert own.counterfactuals == ()


def test_a_mandate_for_another_purpose_is_none() -> None:
    other = mandate(purposes=(Purpose.ACCESS,))
    assert only(evaluate(case(mandate=other)).counterfactuals).subject == "/mandate"


def test_a_negative_decision_has_no_easy_way_out() -> None:
    assert evaluate(case(registry=registry(*mirror(decision="negative")))).counterfactuals == ()


def test_nothing_is_explained_where_the_content_is_hidden() -> None:
    wrong = facts(checks=checks(signature=(CheckResult.FAIL, "signature_wrong")))
    assert evaluate(case(facts=wrong)).counterfactuals == ()


def test_a_yes_needs_no_explanation_of_that_kind() -> None:
    assert evaluate(case(trust=log(statement(DIRECT, BOREAL, LISVIK)))).counterfactuals == ()
