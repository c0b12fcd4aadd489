"""Which ways were considered, what an answer rests on, and which changes ask for another look."""

from typing import Any

from coverage_worlds import (
    AS_OF,
    INSIDE,
    OUTSIDE,
    World,
    above,
    below,
    history,
    identifier,
    micro,
    name_of,
    question,
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
    Code,
    Coverage,
    MemorySnapshot,
    Outcome,
    PathKind,
    covered,
    dependencies,
    identifier_key,
)


def codes(answer: Coverage) -> set[Code]:
    return {reason.code for reason in answer.reasons}


def reason(answer: Coverage, code: Code) -> Any:
    (found,) = [each for each in answer.reasons if each.code is code]
    return found


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
