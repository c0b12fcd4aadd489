"""What an answer tells beside its outcome: permissions, and reasons with what was found and expected."""

import json
from datetime import timedelta
from typing import Any

import pytest
from coverage_cases import CASES
from coverage_worlds import (
    AS_OF,
    INSIDE,
    OUTSIDE,
    World,
    history,
    identifier,
    micro,
    name_of,
    question,
    seat,
)

from mutua_coverage import (
    RULE_VERSION,
    Code,
    Coverage,
    MemorySnapshot,
    Outcome,
    Permission,
    Reason,
    as_json,
    untold,
)

CATALOGUE = {
    f"QA.{code}"
    for code in (
        *("PROGRAMME_COVERS", "INSTITUTION_COVERS", "VOLUNTARY", "CONDITIONAL", "EVIDENCE_ONLY", "REFER"),
        *("INDETERMINATE", "NEGATIVE", "FLAGGED", "NOT_AT_AWARD_DATE", "STALE_SNAPSHOT", "NONE"),
    )
}


def codes(answer: Coverage) -> set[Code]:
    return {reason.code for reason in answer.reasons}


def reason(answer: Coverage, code: Code) -> Any:
    (found,) = [each for each in answer.reasons if each.code is code]
    return found


# -- permissions: what a policy has to allow


def test_grade_a_needs_no_permission() -> None:
    world = World()
    world.report(1)
    assert world.ask().permissions == frozenset()


@pytest.mark.parametrize(
    ("changes", "provider", "needed"),
    [
        ({"status": "voluntary"}, {}, {Permission.VOLUNTARY}),
        ({"decision": "conditional"}, {}, {Permission.CONDITIONAL}),
        (
            {"status": "voluntary", "decision": "conditional"},
            {},
            {Permission.VOLUNTARY, Permission.CONDITIONAL},
        ),
        ({}, {"other_provider": True}, {Permission.OTHER_PROVIDER, Permission.NO_PROGRAMME_MATCH}),
        ({}, {"seats": (seat(OUTSIDE),)}, {Permission.OUTSIDE_EHEA, Permission.NO_PROGRAMME_MATCH}),
        (
            {"status": "voluntary"},
            {"seats": ()},
            {Permission.VOLUNTARY, Permission.OUTSIDE_EHEA, Permission.NO_PROGRAMME_MATCH},
        ),
    ],
)
def test_permissions(changes: dict[str, Any], provider: dict[str, Any], needed: set[Permission]) -> None:
    world = World()
    world.provider(1, **provider)
    world.report(1, **changes)
    answer = world.ask()
    assert answer.outcome.covers
    assert answer.permissions == needed


def test_a_reviewed_programme_of_another_provider_lacks_nothing_but_its_kind() -> None:
    world = World()
    world.provider(1, other_provider=True)
    world.report(1, kind="programme", status="voluntary", programmes=(micro(),))
    needed = {Permission.VOLUNTARY, Permission.OTHER_PROVIDER}
    assert world.ask(programme="Data Literacy").permissions == needed


# -- reasons


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_answer_explains_itself(case: Any) -> None:
    answer = case.answer()
    assert answer.reasons
    assert all(each.found and each.expected for each in answer.reasons)
    assert {each.catalogue for each in answer.reasons} <= CATALOGUE
    assert {each.polarity for each in answer.reasons} <= {"+", "0", "-"}
    assert answer.rule_version == RULE_VERSION
    assert answer.snapshot == "snapshot-1"
    assert answer.as_of == AS_OF
    told = json.loads(json.dumps(as_json(answer), allow_nan=False))
    assert told["outcome"] == case.outcome
    assert [each["id"] for each in told["reports"]] == list(answer.reports)


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_its_line_in_the_catalogue(code: Code) -> None:
    assert Reason(code, "found", "expected").catalogue in CATALOGUE


@pytest.mark.parametrize(("full", "found"), [(True, "complete"), (False, "incomplete")])
def test_an_absence_says_whether_the_registry_claims_to_be_complete(full: bool, found: str) -> None:
    world = World()
    world.country(INSIDE, True, full_list=full)
    assert reason(world.ask(), Code.INSTITUTION_LIST).found == found


def test_an_absence_without_a_seat_says_that_it_is_not_known() -> None:
    world = World()
    world.provider(1, seats=())
    assert reason(world.ask(), Code.INSTITUTION_LIST).found == "unknown"


def test_a_closed_provider_proposes_its_successors() -> None:
    world = World()
    relations = (history("succeeded by", 2, "2020-01-01"), history("was absorbed by", 3, "2020-01-01"))
    world.provider(1, closed="2020-01-01", relations=(*relations, history("spun off", 4, "2019-01-01")))
    assert reason(world.ask(), Code.PROVIDER_NOT_OPEN).providers == (name_of(2), name_of(3))


def test_a_provider_that_did_not_exist_yet_proposes_its_predecessors() -> None:
    world = World()
    world.provider(1, founded="2025-01-01", relations=(history("succeeded", 2, "2025-01-01"),))
    assert reason(world.ask(), Code.PROVIDER_NOT_OPEN).providers == (name_of(2),)


def test_an_ambiguous_identifier_names_its_bearers() -> None:
    world = World()
    for number in (1, 2):
        world.provider(number, identifiers=(identifier("SCHAC", "univ-lisvik.example"),))
    answer = world.ask(provider="SCHAC:univ-lisvik.example")
    assert reason(answer, Code.PROVIDER_AMBIGUOUS).providers == (name_of(1), name_of(2))
    assert answer.provider is None


def test_flags_and_removals_are_told() -> None:
    world = World()
    world.report(1, flag="low")
    world.report(2, flag="high")
    world.report(3, gone=True)
    answer = world.ask()
    assert {Code.LOW_FLAG, Code.HIGH_FLAG, Code.REPORT_GONE} <= codes(answer)
    assert reason(answer, Code.HIGH_FLAG).reports == ("2",)


def test_an_older_decision_that_still_runs_is_told() -> None:
    world = World()
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", decision="not applicable")
    assert reason(world.ask(), Code.OLDER_DECISION_IN_FORCE).reports == ("1",)


def test_a_mere_platform_is_called_one() -> None:
    world = World()
    world.provider(2)
    world.report(1, of=(2,), kind="programme", platforms=(1,), programmes=(micro(),))
    assert Code.PLATFORM_ONLY in codes(world.ask())


def test_a_provider_that_is_also_a_platform_is_not_called_one() -> None:
    world = World()
    world.provider(2)
    world.report(1, of=(2,), kind="programme", platforms=(1,), programmes=(micro(),))
    world.report(2)
    answer = world.ask()
    assert answer.outcome is Outcome.COVERED
    assert Code.PLATFORM_ONLY not in codes(answer)


def test_notes_that_do_not_stand_in_the_way() -> None:
    world = World()
    world.report(1)
    assert Code.LEVEL_NOT_STATED in codes(world.ask(level=None))
    world.provider(1, levels=())
    assert Code.LEVELS_UNKNOWN in codes(world.ask())


def test_more_uncertain_reports_than_are_weighed() -> None:
    world = World()
    world.agency(2, None)
    for number in range(1, 9):
        world.report(number, agency=2)
    answer = world.ask()
    assert answer.outcome is Outcome.INDETERMINATE
    assert len(answer.reports) == 8


def test_a_degree_without_known_requirements_says_what_is_missing() -> None:
    world = World()
    world.country(INSIDE, True)
    world.report(1)
    answer = world.ask(degree=True, ects="180")
    assert reason(answer, Code.REQUIREMENTS_UNKNOWN).reports == ("1",)


def test_an_award_later_than_the_snapshot_is_told() -> None:
    world = World()
    world.report(1)
    later = AS_OF.date() + timedelta(days=1)
    assert Code.AWARD_AFTER_SNAPSHOT in codes(world.ask(on=later))
    assert Code.AWARD_AFTER_SNAPSHOT not in codes(world.ask(on=AS_OF.date()))


def test_an_unknown_provider_is_called_as_it_was_asked_for() -> None:
    world = World()
    for text, told in (
        ("DEQARINST99", "DEQARINST0099"),
        ("XA0099", "XA0099"),
        ("SCHAC:a.example", "SCHAC a.example"),
    ):
        assert reason(world.ask(provider=text), Code.PROVIDER_UNKNOWN).found == told


def test_a_provider_that_is_gone_proposes_its_successor() -> None:
    world = World()
    world.provider(1, gone=True, relations=(history("was absorbed by", 2, "2023-01-01"),))
    told = reason(world.ask(), Code.PROVIDER_UNKNOWN)
    assert told.found == "DEQARINST0001, gone from the registry"
    assert told.providers == (name_of(2),)


def test_nothing_is_told_where_no_reading_was_complete() -> None:
    answer = untold(question(), MemorySnapshot("none", AS_OF))
    assert (answer.outcome, answer.grade, answer.reports) == (Outcome.INDETERMINATE, None, ())
    assert codes(answer) == {Code.NO_SNAPSHOT}
