"""The record: the published example, our own against the schema, acts of machines and people, replay."""

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from recognition_world import (
    AWARD,
    LISVIK,
    case,
    checks,
    content,
    facts,
    log,
    mandate,
    mirror,
    policy,
    registry,
    request,
    through_a_friend,
)
from story import CLOCK, NEXT, PERSON, PLACE, STORY, golden, record_of

from mutua_coverage import RULE_VERSION
from mutua_credentials.annex_i import State
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain import lifecycle
from mutua_recognition.domain.canonical import canonical, digest, read, write
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Actor, MachineCode, MandateEffect, PersonCode, Stage
from mutua_recognition.domain.content import Content, MachineOutcome
from mutua_recognition.domain.evaluation import evaluate
from mutua_recognition.domain.flaws import Refused
from mutua_recognition.domain.inputs import bodies_of, inputs_bytes, inputs_from_json, replay
from mutua_recognition.domain.outcome import effect_of
from mutua_recognition.domain.reasons import Remedy
from mutua_recognition.domain.record import build_record
from mutua_recognition.domain.reviews import Question, Settled, ask, questions_of, recognise
from mutua_recognition.domain.rule_set import RULES

REFERENCE = Path(os.environ.get("MUTUA_REFERENCE", Path(__file__).parents[4] / "shared" / "reference"))


def reference(name: str) -> Any:
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"{name} is not here: set MUTUA_REFERENCE to the folder that holds it")
    return json.loads(path.read_text())


FULL = effect_of(facts(), request())
OUTCOMES = {
    "direct": "RECOGNISED_FULL",
    "friend of a friend": "RECOGNISED_FULL",
    "chain ends too early": "REVIEW_REQUESTED",
    "report does not cover the award date": "REVIEW_REQUESTED",
    "statement revoked": "REVIEW_REQUESTED",
    "element withheld": "INFO_REQUESTED",
    "wrong signature": "INADMISSIBLE",
    "nothing could be told": "REVIEW_REQUESTED",
    "anticipated": "RECOGNISED_FULL",
    "no mandate": "REVIEW_REQUESTED",
}


def test_the_example_has_the_digest_that_it_states() -> None:
    example = reference("decision-record.example.json")
    assert digest(example["content"]) == example["content_digest"]


def test_the_example_can_be_read_and_written_to_the_same_bytes() -> None:
    example = reference("decision-record.example.json")
    told = read(Content[MachineOutcome], example["content"])
    assert not isinstance(told, Refused)
    assert canonical(told.to_json()) == canonical(example["content"])


@pytest.mark.parametrize("name", STORY)
def test_every_record_is_the_one_that_was_agreed(name: str) -> None:
    asked = case(**STORY[name])
    agreed = json.loads(golden(name).read_text("utf-8"))
    agreed["content"]["as_of"]["rules"] = write(RULES)  # they pin lists of codes that grow without a new rule
    agreed["content_digest"] = digest(agreed["content"])
    assert record_of(asked, evaluate(asked)) == agreed


@pytest.mark.parametrize("name", STORY)
def test_every_record_fits_the_schema(name: str) -> None:
    schema = reference("decision-record.schema.json")
    asked = case(**STORY[name])
    record = record_of(asked, evaluate(asked))
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(record)


@pytest.mark.parametrize("name", STORY)
def test_all_named_members_are_there_null_where_empty(name: str) -> None:
    example = reference("decision-record.example.json")
    asked = case(**STORY[name])
    assert shape_gaps(example, record_of(asked, evaluate(asked))) == []


def shape_gaps(named: Any, found: Any, path: str = "") -> list[str]:
    """Members that the example has and the record has not."""
    if (
        isinstance(named, dict)
        and isinstance(found, dict)
        and not path.endswith(("/params", "/nearest_miss"))
    ):
        missing = [f"{path}/{name}" for name in named if name not in found]
        return missing + [
            gap
            for name in named
            if name in found
            for gap in shape_gaps(named[name], found[name], f"{path}/{name}")
        ]
    if isinstance(named, list) and isinstance(found, list) and named:
        return [gap for each in found for gap in shape_gaps(named[0], each, path)]
    return []


@pytest.mark.parametrize("name", STORY)
def test_a_decision_replays_to_the_same_bytes(name: str) -> None:
    asked = case(**STORY[name])
    told = evaluate(asked)
    stored, bodies = inputs_bytes(asked), json.loads(json.dumps(bodies_of(asked)))
    again = replay(stored, bodies, asked.trust)
    assert not isinstance(again, Refused)
    assert canonical(again.to_json()) == canonical(told.to_json())
    assert told.outcome.code.value == OUTCOMES[name]
    rebuilt = inputs_from_json(stored, bodies, asked.trust)
    assert isinstance(rebuilt, Case)
    assert inputs_bytes(rebuilt) == stored


def test_a_replay_needs_the_very_evidence_and_the_very_version() -> None:
    asked = case()
    stored, bodies = inputs_bytes(asked), bodies_of(asked)
    lost = next(iter(bodies))
    assert (
        refusal(replay(stored, {k: v for k, v in bodies.items() if k != lost}, asked.trust))
        == "evidence_missing"
    )
    assert refusal(replay(stored, {**bodies, lost: {"changed": True}}, asked.trust)) == "evidence_changed"
    assert refusal(replay(stored, bodies, log(*through_a_friend(), version=8))) == "trust_differs"
    older = json.loads(stored) | {"rules": {**write(RULES), "version": "0.9.0"}}
    assert refusal(replay(older, bodies, asked.trust)) == "rules_differ"
    assert refusal(replay(b"{}", bodies, asked.trust)) == "missing"


def test_rules_of_one_version_that_differ_are_told_apart() -> None:
    asked = case()
    others = {**write(RULES), "digest": "sha256:" + "0" * 64}
    stored = json.loads(inputs_bytes(asked)) | {"rules": others}
    answer = replay(stored, bodies_of(asked), asked.trust)
    assert isinstance(answer, Refused)
    (flaw,) = answer.flaws
    assert others["digest"] in flaw.found
    assert RULES.digest in flaw.expected


def test_the_rules_have_a_version_for_each_rule_of_coverage() -> None:
    assert (RULES.version, RULE_VERSION) == ("1.1.0", "1.1.0")


def refusal(answer: object) -> str:
    assert isinstance(answer, Refused), answer
    return answer.code


def test_rows_that_say_nothing_about_the_case_change_nothing() -> None:
    others = [
        row.model_copy(update={"id": f"9{row.id}"}) for row in mirror(providers=("DEQARINST7777",))[1:2]
    ]
    assert evaluate(case(registry=registry(*mirror(), *others))).digest == evaluate(case()).digest


def test_the_machine_names_its_mandate_only_where_it_used_it() -> None:
    told = evaluate(case())
    act = record_of(case(), told)["act"]
    assert act["decided_by"] == {
        "mode": "machine",
        "mandate": {"id": "BT-automation-2026", "version": "1", "effect": "decide"},
        "people": [],
    }
    assert act["legal"] == {"basis": ["LRC.V", "BT.REG.12"], "automated": True, "human_on_request": True}
    review = record_of(case(), evaluate(case(trust=log())))["act"]
    assert review["decided_by"]["mandate"] is None


def test_the_same_cause_never_makes_a_second_decision() -> None:
    assert replace(PLACE, sequence=5).decision_id == PLACE.decision_id
    assert PLACE.decision_id != NEXT.decision_id
    assert isinstance(PLACE.decision_id, UUID)


def reviewed(**changes: object) -> Content[MachineOutcome]:
    return evaluate(case(**changes))


def test_a_person_recognises_what_the_machine_left_open() -> None:
    asked = case(registry=registry(*mirror(valid_to=AWARD - timedelta(days=1))))
    told = evaluate(asked)
    settled = recognise(told, FULL, PERSON, NEXT, CLOCK, legal_basis=("LRC.V",))
    assert isinstance(settled, Settled)
    assert settled.content.outcome.code is PersonCode.RECOGNISED_FULL
    assert lifecycle.state_after(settled.content) is lifecycle.State.DECIDED
    assert settled.content.stages == told.stages
    act = settled.act
    assert (act.decided_by.mode, act.decided_by.people, act.supersedes) == (
        Actor.PERSON,
        (PERSON,),
        PLACE.decision_id,
    )
    assert act.differences == (
        {
            "stage": "S5",
            "result": "INCONCLUSIVE",
            "reasons": ["QA.NOT_AT_AWARD_DATE"],
            "judgement": "not_substantial",
        },
    )
    assert not act.legal.automated
    jsonschema.validate(build_record(settled.content, act), reference("decision-record.schema.json"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "already_decided"),
        ({"facts": facts(checks=checks(signature=(CheckResult.FAIL, "signature_wrong")))}, "content_hidden"),
        ({"registry": registry(*mirror(decision="negative"))}, "override_needed"),
        ({"policy": policy(suspected_mills=(LISVIK,))}, "override_needed"),
    ],
)
def test_what_one_person_may_not_do(changes: dict[str, object], code: str) -> None:
    asked = case(**changes)
    assert refusal(recognise(evaluate(asked), FULL, PERSON, NEXT, CLOCK)) == code


def test_a_person_asks_in_one_bundle() -> None:
    told = reviewed(trust=log())
    syllabus = Question("learning_outcomes", "LO.FREE_TEXT", Remedy.UPLOAD_SYLLABUS)
    settled = ask(told, (syllabus,), PERSON, NEXT, CLOCK)
    assert isinstance(settled, Settled)
    assert settled.content.outcome.code is PersonCode.INFO_REQUESTED
    assert lifecycle.state_after(settled.content) is lifecycle.State.INFO_REQUESTED
    assert refusal(ask(told, (), PERSON, NEXT, CLOCK)) == "empty"
    nonsense = replace(syllabus, code="LO.NONSENSE")
    assert refusal(ask(told, (nonsense,), PERSON, NEXT, CLOCK)) == "unknown_code"


def test_the_machines_questions_name_each_missing_element_and_how_to_give_it() -> None:
    states = {"workload": State.WITHHELD, "level": State.ABSENT}
    asked = questions_of(reviewed(facts=facts(content=content(states=states))))
    assert asked == (
        Question("workload", "DOC.WITHHELD", Remedy.DISCLOSE_ELEMENT),
        Question("level", "DOC.MISSING", Remedy.ASK_ISSUER_REISSUE),
    )


def test_the_seven_criteria_are_graded_as_far_as_stages_have_answered() -> None:
    grades = {each.criterion: each.grade for each in evaluate(case()).criteria}
    assert grades == {
        "quality": "strong",
        "verification": "strong",
        "level": "strong",
        "outcomes": None,
        "workload": None,
        "testing": None,
        "identification": None,
    }
    negative = evaluate(case(registry=registry(*mirror(decision="negative"))))
    assert {each.criterion: each.grade for each in negative.criteria}["quality"] == "none"
    assert all(each.graded_by == "machine" for each in negative.criteria)


def test_a_proposal_is_named_with_the_mandate_that_recommends() -> None:
    asked = case(mandate=mandate(effect=MandateEffect.RECOMMEND))
    told = evaluate(asked)
    assert told.outcome.proposal is MachineCode.RECOGNISED_FULL
    assert told.deciding_stage is Stage.S13
