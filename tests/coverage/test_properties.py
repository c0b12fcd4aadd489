"""What holds of every answer, whatever the registry says: searched for counterexamples."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from coverage_worlds import (
    BOTH,
    DAY,
    INSIDE,
    OUTSIDE,
    PROGRAMMES,
    World,
    above,
    below,
    degree,
    history,
    identifier,
    micro,
    name_of,
    question,
    seat,
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

PROVIDERS = (2, 3, 4, 5)
STARTS = tuple(DAY + timedelta(days=n) for n in (-2192, -2191, -1800, -900, -365, -90, -1, 0, 1))
ENDS = (None, None, *(DAY + timedelta(days=n) for n in (-1, 0, 1, 900, 900, 900)))
NAMED = (*((1,),) * 5, (1, 2), (2,), (3,), (4,), (5,))
KINDS = (
    *("institutional",) * 6,
    *("programme",) * 5,
    *("joint programme", "institutional/programme") * 2,
    "faculty",
)
DECISIONS = ("positive", "positive", "positive", "conditional", "negative", "not applicable")
PROGRAMME_ROWS = (micro(), micro(), micro(level=7), micro(level=None), micro(ects=6), degree())
RELATIONS = (
    history("succeeded", 2, "2023-01-01"),
    history("absorbed", 3, "2023-01-01"),
    history("succeeded by", 4, "2023-01-01"),
    history("succeeded", 4, None),
    above("alliance", 5),
    above("alliance", 5, "2020-01-01", DAY.isoformat()),
    above("faculty", 4),
    above("independent faculty or school", 4),
    above("consortium", 3),
    below("faculty", 2),
)
SEATS = (
    *((seat(INSIDE),),) * 4,
    (seat(PROGRAMMES),),
    (seat(BOTH),),
    (seat(OUTSIDE),),
    (),
    (seat(INSIDE), seat(OUTSIDE)),
)


def report_of(draw: Random, named: tuple[tuple[int, ...], ...] = NAMED) -> dict[str, Any]:
    end = draw.choice(ENDS)
    return {
        "start": draw.choice(STARTS).isoformat(),
        "end": end and end.isoformat(),
        "of": draw.choice(named),
        "kind": draw.choice(KINDS),
        "decision": draw.choice(DECISIONS),
        "status": draw.choice(("obligatory", "obligatory", "voluntary")),
        "flag": draw.choice((*("none",) * 8, "low", "high")),
        "agency": draw.choice((*(1,) * 8, 2, 3)),
        "programmes": tuple(draw.choices(PROGRAMME_ROWS, k=draw.randint(0, 2))),
        "platforms": draw.choice(((), (), (), (1,))),
        "gone": draw.random() < 0.05,
        "withheld": draw.random() < 0.05,
    }


def world_of(draw: Random) -> World:
    """Agency 1 is registered throughout, agency 2 from the middle of the window on, agency 3 is not known."""
    world = World()
    world.agency(2, "2023-06-15")
    world.provider(
        1,
        seats=draw.choice(SEATS),
        levels=draw.choice(((6, 7), (6, 7), (), (7,))),
        relations=tuple(draw.sample(RELATIONS, draw.randint(0, 4))),
        identifiers=(identifier("SCHAC", "univ-lisvik.example"),),
        other_provider=draw.random() < 0.15,
        closed=(DAY - timedelta(days=1)).isoformat() if draw.random() < 0.05 else None,
    )
    for number in PROVIDERS:
        relations = tuple(draw.sample(RELATIONS, draw.randint(0, 2))) if number == 2 else ()
        world.provider(number, seats=draw.choice(SEATS), relations=relations)
    for number in range(1, draw.randint(2, 8)):
        world.report(number, **report_of(draw))
    return world


def credential_of(draw: Random) -> Credential:
    return question(
        provider=draw.choice((name_of(1), "SCHAC:univ-lisvik.example")),
        programme=draw.choice(("", "Data Literacy", "Data Literacy", "History")) or (),
        level=draw.choice((6, 6, 6, 7, None)),
        ects=draw.choice(("5", "5", "5", "6", None)),
        assessment=draw.choice((*("assessment",) * 4, None, "attendance")),
        degree=draw.random() < 0.2,
        alliance=draw.choice((None, 5)),
    )


# Drawn from a seed: the parts come evenly, where a search of its own would mostly try the empty registry.
_seeds = st.integers(0, 2**32)
worlds = _seeds.map(lambda seed: world_of(Random(seed)))
credentials = _seeds.map(lambda seed: credential_of(Random(seed)))


def reports(*named: tuple[int, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return _seeds.map(lambda seed: report_of(Random(seed), named or NAMED))


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
