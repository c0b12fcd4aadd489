"""What an answer tells beside its outcome: permissions, reasons, paths, evidence, what would change it."""

import json
from datetime import date
from typing import Any

import pytest
from coverage_cases import CASES
from coverage_worlds import (
    AS_OF,
    DAY,
    INSIDE,
    OUTSIDE,
    World,
    above,
    below,
    day,
    history,
    identifier,
    micro,
    name_of,
    question,
    seat,
)

from mutua_contracts.registry import (
    AgencyChanged,
    AgencyFacts,
    CountryChanged,
    CountryFacts,
    ProviderChanged,
    ReportChanged,
)
from mutua_coverage import (
    RULE_VERSION,
    Code,
    Coverage,
    Identifier,
    MemorySnapshot,
    Outcome,
    PathKind,
    Permission,
    Reason,
    as_json,
    covered,
    dependencies,
    identifier_key,
)
from mutua_coverage.dates import last_day, years_after
from mutua_coverage.matching import normalised

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


# -- paths


def test_every_path_that_was_considered_is_told() -> None:
    world = World()
    relations = (
        history("succeeded", 2, "2023-01-01"),
        history("absorbed", 3, "2023-01-01"),
        history("spun off", 4, "2023-01-01"),
        above("alliance", 5),
        above("faculty", 6),
        above("independent faculty or school", 7),
        below("consortium", 8),
    )
    world.provider(1, relations=relations)
    for number in range(2, 9):
        world.provider(number)
        world.report(number, of=(number,))
    answer = world.ask(alliance=5)
    paths = {path.provider: (path.kind, path.verdict.outcome) for path in answer.paths}
    assert paths == {
        name_of(1): (PathKind.DIRECT, Outcome.NOT_FOUND),
        name_of(2): (PathKind.SUCCESSOR, Outcome.COVERED),
        name_of(3): (PathKind.ABSORBED, Outcome.REFER),
        name_of(4): (PathKind.UNUSABLE, Outcome.NOT_FOUND),
        name_of(5): (PathKind.ALLIANCE, Outcome.COVERED),
        name_of(6): (PathKind.FACULTY, Outcome.COVERED),
        name_of(7): (PathKind.INDEPENDENT_FACULTY, Outcome.REFER),
        name_of(8): (PathKind.UNUSABLE, Outcome.NOT_FOUND),
    }
    assert answer.outcome is Outcome.COVERED
    assert answer.reports == ("2",)


def test_a_circle_of_successions_ends() -> None:
    world = World()
    world.provider(1, relations=(history("succeeded", 2, "2020-01-01"),))
    world.provider(2, relations=(history("succeeded", 3, "2019-01-01"),))
    world.provider(3, relations=(history("succeeded", 1, "2018-01-01"),))
    assert [path.provider for path in world.ask().paths] == [name_of(1), name_of(2), name_of(3)]


def test_paths_of_a_closed_provider_are_told_but_do_not_decide() -> None:
    world = World()
    world.provider(1, closed="2023-01-01")
    world.report(1)
    answer = world.ask()
    assert answer.outcome is Outcome.INDETERMINATE
    assert answer.paths[0].verdict.outcome is Outcome.COVERED


# -- evidence and what would change the answer


def test_governing_reports_say_when_they_were_read() -> None:
    world = World()
    world.report(1)
    (governing,) = world.ask().governing
    assert (governing.report, governing.agency) == ("1", "1")
    assert governing.listed_at == governing.detailed_at == AS_OF


def test_evidence_is_what_carries_the_answer() -> None:
    world = World()
    world.report(1)
    world.report(2, kind="programme", programmes=(micro(names=("Law",)),))
    answer = world.ask(programme="Data Literacy")
    assert answer.evidence == (
        ("agency", "1"),
        ("country", INSIDE),
        ("provider", name_of(1)),
        ("report", "1"),
    )
    assert ("report", "2") in answer.dependencies.ids()


def test_questions_asked_in_vain_are_dependencies() -> None:
    read = dependencies(question(provider="SCHAC:univ-lisvik.example"), World().snapshot())
    assert read.identifiers == {identifier_key("SCHAC", "univ-lisvik.example")}
    assert dependencies(question(), World().snapshot()).reports_of == {name_of(1)}


def _changed(kind: Any, id: str, facts: Any, revision: int = 1, **more: Any) -> Any:
    return kind(registry="deqar", id=id, revision=revision, facts=facts, **more)


def test_changes_that_ask_for_another_look() -> None:
    world = World()
    world.provider(2)
    world.report(1)
    world.report(2, of=(2,))
    read = world.ask().dependencies
    report, other = world.reports["1"].facts, world.reports["2"].facts
    assert read.touched_by(_changed(ReportChanged, "1", other)), "no longer about the provider"
    assert read.touched_by(_changed(ReportChanged, "3", report)), "a new one about the provider"
    assert not read.touched_by(_changed(ReportChanged, "2", other))
    assert read.touched_by(_changed(ProviderChanged, name_of(1), world.providers[name_of(1)].facts))
    assert not read.touched_by(_changed(ProviderChanged, name_of(2), world.providers[name_of(2)].facts))
    agency = AgencyFacts(acronym="A", name="A")
    assert read.touched_by(_changed(AgencyChanged, "1", agency))
    assert not read.touched_by(_changed(AgencyChanged, "2", agency))
    country = CountryFacts(code=INSIDE, name="X", ehea_member=True)
    assert read.touched_by(_changed(CountryChanged, "64", country)), "countries are known by their code"
    assert not read.touched_by(_changed(CountryChanged, "65", country.model_copy(update={"code": OUTSIDE})))


def test_a_provider_that_comes_to_bear_the_identifier() -> None:
    world = World()
    read = world.ask(provider="SCHAC:univ-lisvik.example").dependencies
    world.provider(2, identifiers=(identifier("schac", "Univ-Lisvik.example"),))
    assert read.touched_by(_changed(ProviderChanged, name_of(2), world.providers[name_of(2)].facts))


def test_the_change_feed_folds_into_a_snapshot() -> None:
    world = World()
    world.report(1)
    facts = {
        ProviderChanged: world.providers[name_of(1)],
        AgencyChanged: world.agencies["1"],
        CountryChanged: world.countries[INSIDE],
        ReportChanged: world.reports["1"],
    }
    changes = [_changed(kind, row.id, row.facts, 2) for kind, row in facts.items()]
    late = _changed(ReportChanged, "1", world.reports["1"].facts, 1, gone=True)
    assert _outcome([*changes, late]) is Outcome.COVERED, "an older revision that comes late"
    later = _changed(ReportChanged, "1", world.reports["1"].facts, 3, gone=True, listed_at=AS_OF)
    assert _outcome([later, *changes]) is Outcome.NOT_FOUND
    withheld = _changed(ReportChanged, "1", world.reports["1"].facts, 3, withheld=True)
    assert _outcome([*changes, withheld]) is Outcome.NOT_FOUND


def _outcome(changes: list[Any]) -> Outcome:
    return covered(question(), MemorySnapshot.from_changes("s", AS_OF, changes)).outcome


# -- small parts


@pytest.mark.parametrize(
    ("text", "scheme", "value"),
    [
        ("DEQARINST7105", "DEQARINST", "DEQARINST7105"),
        (" deqarinst7105 ", "DEQARINST", "DEQARINST7105"),
        ("DEQARINST42", "DEQARINST", "DEQARINST0042"),
        ("AT0001", "", "AT0001"),
        ("X  LISVIK01", "", "X  LISVIK01"),
        ("did:ebsi:z2", "", "did:ebsi:z2"),
        ("univ-lisvik.example", "", "univ-lisvik.example"),
        ("https://ror.example/05f0", "", "https://ror.example/05f0"),
        ("ROR:https://ror.example/05f0", "ROR", "https://ror.example/05f0"),
        ("Erasmus: X  LISVIK01", "Erasmus", "X  LISVIK01"),
        ("DID-EBSI:did:ebsi:z2", "DID-EBSI", "did:ebsi:z2"),
    ],
)
def test_identifiers_are_read(text: str, scheme: str, value: str) -> None:
    assert Identifier.parse(text) == Identifier(scheme, value)


@pytest.mark.parametrize("text", ["", "University of Lisvik", ":x", "SCHAC:", "?"])
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected DEQARINST7105"):
        Identifier.parse(text)


@pytest.mark.parametrize(
    ("start", "years", "end"),
    [
        (date(2016, 2, 29), 6, date(2022, 3, 1)),
        (date(2016, 2, 29), 8, date(2024, 2, 29)),
        (date(2016, 2, 28), 6, date(2022, 2, 28)),
        (date(9998, 1, 1), 6, date.max),
    ],
)
def test_years_after(start: date, years: int, end: date) -> None:
    assert years_after(start, years) == end


def test_the_last_day_is_the_stated_one() -> None:
    world = World()
    world.report(1, "2020-01-01", "2024-06-15")
    assert last_day(world.reports["1"].facts) == DAY == day("2024-06-15")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Straße und Raum", "STRASSE UND RAUM", True),
        ("Data\u00a0 Literacy", "data literacy", True),
        ("Cafe\u0301 Management", "Café Management", True),
        ("E–Learning", "e-learning", True),
        ("Programming in C", "Programming in C++", False),
        ("Data Literacy", "Data Literacy I", False),
    ],
)
def test_names_are_equal_or_not(one: str, other: str, same: bool) -> None:
    assert (normalised(one) == normalised(other)) is same
