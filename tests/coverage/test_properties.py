"""What holds of every answer, whatever the registry says: searched for counterexamples."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from coverage_random import DECISIONS, PROVIDERS, SEATS, credentials, reports, worlds
from coverage_worlds import (
    BOTH,
    DAY,
    INSIDE,
    PROGRAMMES,
    World,
    identifier,
    micro,
    name_of,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutua_contracts.registry import ProviderChanged, ReportChanged
from mutua_coverage import (
    Coverage,
    Credential,
    Grade,
    MemorySnapshot,
    Outcome,
    PathKind,
    Permission,
    Row,
    Scope,
    as_json,
    covered,
)
from mutua_coverage.dates import last_day

_searching = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ask(world: World, credential: Credential) -> Coverage:
    return covered(credential, world.snapshot())


def shuffled(rows: dict[str, Any], seed: int) -> dict[str, Any]:
    items = list(rows.items())
    Random(seed).shuffle(items)
    return dict(items)


@_searching
@given(worlds, credentials, st.integers())
def test_order_never_matters(world: World, credential: Credential, seed: int) -> None:
    before = ask(world, credential)
    world.reports = shuffled(world.reports, seed)
    world.providers = shuffled(world.providers, seed)
    for id, row in world.providers.items():
        relations = list(row.facts.relations)
        Random(seed).shuffle(relations)
        facts = row.facts.model_copy(update={"relations": tuple(relations)})
        world.providers[id] = replace(row, facts=facts)
    assert ask(world, credential) == before


@_searching
@given(worlds, credentials, reports((9,)))
def test_an_unrelated_report_never_matters(
    world: World, credential: Credential, more: dict[str, Any]
) -> None:
    before = ask(world, credential)
    world.report(99, **{**more, "platforms": ()})
    assert ask(world, credential) == before


@_searching
@given(worlds, credentials, reports((1,)), st.sampled_from(["high", "withheld", "gone"]))
def test_a_hidden_report_never_matters(
    world: World, credential: Credential, more: dict[str, Any], hidden: str
) -> None:
    before = ask(world, credential)
    more |= {"platforms": (), "flag": "high"} if hidden == "high" else {"platforms": (), hidden: True}
    world.report(99, **more)
    after = ask(world, credential)
    assert (after.outcome, after.grade, after.scope, after.governing, after.permissions) == (
        before.outcome,
        before.grade,
        before.scope,
        before.governing,
        before.permissions,
    )


@_searching
@given(worlds, credentials)
def test_without_visible_reports_nobody_is_covered_or_refused(world: World, credential: Credential) -> None:
    for id, row in world.reports.items():
        world.reports[id] = replace(row, withheld=True)
    outcome = ask(world, credential).outcome
    assert outcome.absent or outcome is Outcome.INDETERMINATE


@_searching
@given(worlds, credentials)
def test_a_yes_rests_on_a_positive_report_in_force(world: World, credential: Credential) -> None:
    answer = ask(world, credential)
    if not answer.outcome.covers:
        return
    (governing,) = answer.governing
    row = world.reports[governing.report]
    facts = row.facts
    assert facts.valid_from <= credential.award_date <= last_day(facts)
    assert not row.gone
    assert not row.withheld
    assert facts.flag != "high"
    conditional = facts.decision == "conditional"
    assert facts.decision in ("positive", "conditional")
    assert (answer.outcome is Outcome.COVERED_CONDITIONAL) is conditional
    assert (Permission.CONDITIONAL in answer.permissions) is conditional
    assert credential.assessment != "attendance" or credential.degree
    reached = [path for path in answer.paths if path.kind is not PathKind.UNUSABLE]
    assert set(facts.providers) & {path.provider for path in reached}
    if answer.scope is Scope.PROVIDER:
        assert facts.type == "institutional"


@_searching
@given(worlds, credentials)
def test_grade_a_is_the_obligatory_system_of_the_ehea(world: World, credential: Credential) -> None:
    answer = ask(world, credential)
    assert (answer.grade is None) is not answer.outcome.covers
    if answer.grade is Grade.A:
        assert answer.permissions <= {Permission.CONDITIONAL}
        (id,) = answer.reports
        assert world.reports[id].facts.status == "obligatory"
        provider = world.providers[name_of(1)].facts
        assert not provider.other_provider
        assert {place.country for place in provider.countries if place.verified} <= {INSIDE, PROGRAMMES, BOTH}
    elif answer.grade is Grade.B:
        assert answer.permissions - {Permission.CONDITIONAL}


@_searching
@given(worlds, credentials)
def test_a_no_rests_on_a_negative_report_in_force(world: World, credential: Credential) -> None:
    answer = ask(world, credential)
    if answer.outcome is not Outcome.NOT_COVERED:
        return
    (governing,) = answer.governing
    facts = world.reports[governing.report].facts
    assert facts.decision == "negative"
    assert facts.valid_from <= credential.award_date <= last_day(facts)


@_searching
@given(worlds, credentials)
def test_a_new_refusal_of_the_provider_never_leaves_a_yes(world: World, credential: Credential) -> None:
    world.report(99, DAY.isoformat(), decision="negative")
    assert not ask(world, credential).outcome.covers


@_searching
@given(worlds, credentials)
def test_the_facts_that_were_read_are_enough(world: World, credential: Credential) -> None:
    """So an answer can be replayed from its evidence alone."""
    answer = ask(world, credential)
    read = answer.dependencies
    kept = MemorySnapshot(
        "snapshot-1",
        answer.as_of,
        providers={id: row for id, row in world.providers.items() if id in read.providers},
        reports={id: row for id, row in world.reports.items() if id in read.reports},
        agencies={id: row for id, row in world.agencies.items() if id in read.agencies},
        countries={id: row for id, row in world.countries.items() if id in read.countries},
    )
    assert as_json(covered(credential, kept)) == as_json(answer)


@_searching
@given(worlds, credentials, reports(), st.integers(1, 8))
def test_a_change_that_does_not_touch_changes_nothing(
    world: World, credential: Credential, facts: dict[str, Any], number: int
) -> None:
    before = ask(world, credential)
    world.report(number, **facts)
    row = world.reports[str(number)]
    change = ReportChanged(registry="deqar", id=row.id, revision=2, facts=row.facts)
    if not before.dependencies.touched_by(change):
        assert ask(world, credential) == before


@_searching
@given(worlds, credentials, st.sampled_from(PROVIDERS), st.sampled_from(SEATS), st.booleans())
def test_a_provider_that_does_not_touch_changes_nothing(
    world: World, credential: Credential, number: int, seats: Any, bears: bool
) -> None:
    before = ask(world, credential)
    borne = (identifier("schac", "UNIV-LISVIK.example"),) if bears else ()
    world.provider(number, seats=seats, identifiers=borne)
    row: Row[Any] = world.providers[name_of(number)]
    change = ProviderChanged(registry="deqar", id=row.id, revision=2, facts=row.facts)
    if not before.dependencies.touched_by(change):
        assert ask(world, credential) == before


@_searching
@given(worlds, credentials, st.sampled_from([1, 2]))
def test_knowing_more_about_an_agency_only_settles(world: World, credential: Credential, number: int) -> None:
    """An answer that does not depend on an uncertain agency stays when its registration becomes known."""
    before = ask(world, credential)
    if not (before.outcome.covers or before.outcome is Outcome.NOT_COVERED):
        return
    world.agency(number, date(1990, 1, 1).isoformat())
    after = ask(world, credential)
    assert after.outcome is before.outcome
    assert (before.grade, after.grade) != (Grade.A, Grade.B)


@_searching
@given(worlds, credentials)
def test_without_the_uncertain_reports_the_answer_stays(world: World, credential: Credential) -> None:
    """A yes or no beside reports of an unknown agency does not rest on whether they count."""
    before = ask(world, credential)
    if not (before.outcome.covers or before.outcome is Outcome.NOT_COVERED):
        return
    for id, row in world.reports.items():
        if row.facts.agency.id == "3":
            world.reports[id] = replace(row, gone=True)
    after = ask(world, credential)
    assert after.outcome is before.outcome
    assert (before.grade, after.grade) != (Grade.A, Grade.B)


@_searching
@given(worlds, credentials, st.sampled_from(DECISIONS))
def test_a_programme_that_may_be_it_never_leaves_a_yes_about_the_provider(
    world: World, credential: Credential, decision: str
) -> None:
    unheard_of = replace(credential, programme_names=("Marine Sounds",), programme_identifiers=())
    row = micro(names=("marine sounds",), level=None)
    world.report(99, DAY.isoformat(), kind="programme", decision=decision, programmes=(row,))
    assert not ask(world, unheard_of).outcome.covers
