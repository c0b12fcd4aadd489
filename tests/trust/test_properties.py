"""The sixteen invariants of trust chains, searched for counter-examples in small worlds where everything
happens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st
from trust_worlds import ENTITIES, NEWEST, Drawn, World, make_statement, worlds

from mutua_trust import (
    ASPECTS,
    Constraint,
    Mode,
    Outcome,
    Polarity,
    Policy,
    Reason,
    Request,
    Statement,
    TrustIndex,
    Verdict,
    statement_from_json,
    statement_to_json,
)
from mutua_trust.groups import compose, full_mesh
from mutua_trust.records import compile_statement


@st.composite
def statements(draw: st.DrawFn, id: str = "extra", polarity: Polarity | None = None) -> Statement:
    return make_statement(Drawn(draw), id, polarity)


def holds(s: Statement, r: Request, p: Policy, version: int, hops: int, behind: int) -> bool:
    """The rule of one hop, once more and as short as can be."""
    scope = s.scope
    return (
        s.polarity is Polarity.TRUST
        and s.recorded <= version < (NEWEST + 9 if s.revoked is None else s.revoked)
        and r.decision_day in s.in_force
        and r.award_day in s.covers_awards
        and (scope.fields is None or r.fields <= scope.fields)  # type: ignore[operator]
        and (scope.aspects is None or r.aspects <= scope.aspects)  # type: ignore[operator]
        and (scope.levels is None or r.level in scope.levels)
        and (scope.assessments is None or r.assessment in scope.assessments)
        and (scope.modes is None or r.mode in scope.modes)
        and (scope.max_ects is None or r.ects <= scope.max_ects)  # type: ignore[operator]
        and s.depth >= behind
        and s.assurance >= p.min_assurance[hops - 1]
    )


def check_chain(world: World, ids: Sequence[str], request: Request, version: int) -> None:
    by_id = {statement.id: statement for statement in world.statements}
    path = [by_id[id] for id in ids]
    members = [path[0].truster, *(s.trustee for s in path)]
    assert (members[0], members[-1]) == (request.recogniser, request.issuer)
    assert len(set(members)) == len(members) <= world.policy.max_hops + 1
    assert all(one.trustee == other.truster for one, other in pairwise(path))
    hops = len(path)
    assert all(holds(s, request, world.policy, version, hops, hops - 1 - at) for at, s in enumerate(path))


def parts(world: World, verdict: Verdict) -> Mapping[Request, Sequence[str]]:
    """Each request that was decided alone, with the chain that carries it."""
    if verdict.chain is not None:
        return {world.request: verdict.chain}
    return {world.request.alone(aspect): chain for aspect, chain in (verdict.chains or {}).items()}


@given(worlds())
def test_i1_an_accept_has_a_sound_witness(world: World) -> None:
    verdict = world.decide()
    assert (verdict.outcome is Outcome.ACCEPT) is (verdict.reason is None)
    if verdict.accepted:
        assert verdict.version is not None
        for request, chain in parts(world, verdict).items():
            check_chain(world, chain, request, verdict.version)


@given(worlds())
def test_i2_the_verdict_is_the_enumerations(world: World) -> None:
    assert world.decide() == world.enumerate()


@given(worlds(), st.randoms(use_true_random=False))
def test_i3_arrival_order_is_irrelevant(world: World, random: Random) -> None:
    shuffled = list(world.statements)
    random.shuffle(shuffled)
    assert world.but(statements=tuple(shuffled)).decide() == world.decide()


@given(worlds(), statements())
def test_i4_trust_never_withdraws_and_distrust_never_grants(world: World, extra: Statement) -> None:
    world = world.under(quorum=1)
    more = world.but(statements=(*world.statements, extra))
    if extra.polarity is Polarity.TRUST:
        assert more.decide().accepted >= world.decide().accepted
    else:
        assert more.decide().accepted <= world.decide().accepted


@given(worlds(), st.data())
def test_i4_revoking_trust_never_grants(world: World, data: st.DataObject) -> None:
    world = world.under(quorum=1)
    trust = [s for s in world.statements if s.polarity is Polarity.TRUST and s.revoked is None]
    assume(trust)
    gone = data.draw(st.sampled_from(trust))
    index = world.index()
    index.revoke(gone.id, max(gone.recorded, data.draw(st.integers(0, NEWEST))))
    assert index.decide(world.request, world.policy).accepted <= world.decide().accepted


@given(worlds(), st.data())
def test_i5_asking_for_less_is_never_harder(world: World, data: st.DataObject) -> None:
    world = world.under(quorum=1)
    if not world.decide().accepted:
        return
    fields, aspects = world.request.fields or frozenset(), world.request.aspects or frozenset()
    fewer = world.asking(
        fields=data.draw(st.sets(st.sampled_from(sorted(fields)), min_size=1).map(frozenset)),
        aspects=data.draw(st.sets(st.sampled_from(sorted(aspects)), min_size=1).map(frozenset)),
        ects=data.draw(st.floats(0, world.request.ects or 0)),
    )
    assert fewer.decide().accepted


@given(worlds(), st.integers(1, 4))
def test_i6_a_laxer_policy_never_withdraws(world: World, floor: int) -> None:
    world = world.under(quorum=1)
    verdict = world.decide()
    if not verdict.accepted:
        return
    laxer = tuple(min(least, floor) for least in world.policy.min_assurance)
    assert world.under(min_assurance=laxer).decide().accepted
    for hops in range(world.policy.max_hops, 5):
        assert world.under(max_hops=hops).decide() == verdict


@given(worlds(), st.data())
def test_i7_trust_out_of_the_issuer_and_into_the_recogniser_is_irrelevant(
    world: World, data: st.DataObject
) -> None:
    """For acceptance: both could only be part of walks that meet an entity twice."""
    extra = data.draw(statements(polarity=Polarity.TRUST))
    issuer, recogniser = world.request.issuer, world.request.recogniser
    for truster, trustee in ((issuer, extra.trustee), (extra.truster, recogniser)):
        if truster != trustee:
            more = world.but(statements=(*world.statements, replace(extra, truster=truster, trustee=trustee)))
            assert more.decide() == world.decide()


@given(worlds())
def test_i8_no_statement_travels_farther_than_its_depth(world: World) -> None:
    by_id = {statement.id: statement for statement in world.statements}
    for chain in parts(world, world.decide()).values():
        for behind, id in enumerate(reversed(chain)):
            assert by_id[id].depth >= behind


@given(worlds(), statements(), st.data())
def test_i9_adding_and_revoking_in_any_order_equals_rebuilding(
    world: World, extra: Statement, data: st.DataObject
) -> None:
    steps = [(s.id, "add", s) for s in (*world.statements, extra)]
    steps += [(s.id, "revoke", s) for s in (*world.statements, extra) if s.revoked is not None]
    index = TrustIndex()
    for _, step, s in data.draw(st.permutations(steps)):
        if step == "add":
            index.apply(
                replace(s, revoked=index.statement(s.id).revoked)
                if s.id in index
                else replace(s, revoked=None)
            )
        elif s.id in index:
            index.revoke(s.id, s.revoked or 0)
        else:
            index.apply(s)
    index.advance(NEWEST)
    whole = world.but(statements=(*world.statements, extra))
    assert index.decide(world.request, world.policy) == whole.decide()
    assert set(index) == set(whole.index())


@given(worlds(), statements())
def test_i9_undoing_restores_the_answers(world: World, extra: Statement) -> None:
    index = world.index()
    before = index.decide(world.request, world.policy)
    record = compile_statement(extra)
    (index.graph.add_trust if extra.polarity is Polarity.TRUST else index.graph.add_distrust)(record)
    index.graph.take_out(extra.id)
    assert index.decide(world.request, world.policy) == before
    assert set(index) == set(world.index())


@given(worlds(), st.integers(0, NEWEST))
def test_i10_a_past_version_is_the_prefix_of_the_log(world: World, version: int) -> None:
    prefix = TrustIndex(
        replace(s, revoked=s.revoked if s.revoked is not None and s.revoked <= version else None)
        for s in world.statements
        if s.recorded <= version
    )
    prefix.advance(version)
    asked = replace(world.request, version=None)
    assert world.index().decide(asked, world.policy, version=version) == prefix.decide(asked, world.policy)


@given(worlds())
def test_i11_mending_what_the_nearest_miss_names_makes_the_chain_hold(world: World) -> None:
    verdict = world.decide()
    if verdict.reason is not Reason.CONSTRAINTS:
        return
    assert verdict.nearest_miss is not None
    request = world.request.alone(verdict.aspect) if verdict.aspect else world.request
    chain = verdict.nearest_miss.chain
    failures = {failure.statement: failure.constraints for failure in verdict.nearest_miss.failures}
    mended = [
        mend(s, failures.get(s.id, ()), request, world.policy, len(chain), chain) for s in world.statements
    ]
    assert verdict.version is not None
    check_chain(world.but(statements=tuple(mended)), chain, request, verdict.version)
    for id in failures:
        half = [m if m.id != id else s for m, s in zip(mended, world.statements, strict=True)]
        by_id = {s.id: s for s in half}
        place = chain.index(id)
        assert not holds(
            by_id[id], request, world.policy, verdict.version, len(chain), len(chain) - 1 - place
        )


def mend(
    s: Statement,
    constraints: Sequence[Constraint],
    request: Request,
    policy: Policy,
    hops: int,
    chain: Sequence[str],
) -> Statement:
    """The statement without exactly these failures."""
    for constraint in constraints:
        scope = s.scope
        match constraint:
            case Constraint.REVOKED:
                s = replace(s, revoked=None)
            case Constraint.NOT_IN_FORCE:
                s = replace(s, in_force=type(s.in_force)())
            case Constraint.AWARD_NOT_COVERED:
                s = replace(s, covers_awards=type(s.in_force)())
            case Constraint.FIELD:
                s = replace(
                    s, scope=replace(scope, fields=(scope.fields or frozenset()) | (request.fields or set()))
                )
            case Constraint.LEVEL:
                s = replace(s, scope=replace(scope, levels=None))
            case Constraint.ASPECT:
                s = replace(s, scope=replace(scope, aspects=None))
            case Constraint.ASSESSMENT:
                s = replace(s, scope=replace(scope, assessments=None))
            case Constraint.MODE:
                s = replace(s, scope=replace(scope, modes=None))
            case Constraint.ECTS:
                s = replace(s, scope=replace(scope, max_ects=request.ects))
            case Constraint.DEPTH:
                s = replace(s, depth=hops - 1 - chain.index(s.id))
            case Constraint.ASSURANCE:
                s = replace(s, assurance=policy.min_assurance[hops - 1])
    return s


@given(worlds(), st.sampled_from(ENTITIES))
def test_i12_distrust_of_the_recogniser_dominates(world: World, entity: str) -> None:
    if entity == world.request.recogniser:
        return
    ban = Statement("ban", world.request.recogniser, entity, Polarity.DISTRUST)
    verdict = world.but(statements=(*world.statements, ban)).decide()
    by_id = {s.id: s for s in world.statements}
    assert all(by_id[id].trustee != entity for id in verdict.cited)
    if entity == world.request.issuer:
        assert not verdict.accepted


@given(st.lists(statements(polarity=Polarity.TRUST), max_size=6), worlds())
def test_i13_the_group_form_decides_as_its_expansion_does(drawn: list[Statement], world: World) -> None:
    """Member to alliance to member, against member to member: the same but for one hop."""
    half = len(drawn) // 2
    members = [
        replace(s, id=f"m{at}", truster="C", trustee="alliance:one") for at, s in enumerate(drawn[:half])
    ]
    alliance = [
        replace(s, id=f"l{at}", truster="alliance:one", trustee="B") for at, s in enumerate(drawn[half:])
    ]
    policy = Policy(max_hops=2, min_assurance=(2, 2), mode=world.policy.mode)
    request = replace(world.request, issuer="B", version=None)
    grouped = World((*members, *alliance), request, policy)
    expanded = grouped.but(statements=tuple(full_mesh(members, alliance))).under(
        max_hops=1, min_assurance=(2,)
    )
    assert grouped.decide().accepted == expanded.decide().accepted
    if grouped.decide().chain and expanded.decide().chain:
        assert "+".join(grouped.decide().chain or ()) == (expanded.decide().chain or ("",))[0]


@given(statements(polarity=Polarity.TRUST), statements(polarity=Polarity.TRUST))
def test_composing_never_widens(first: Statement, second: Statement) -> None:
    composed = compose(replace(first, trustee="X"), replace(second, truster="X"))
    if composed is not None:
        assert composed.depth < first.depth
        assert composed.assurance <= min(first.assurance, second.assurance)
        assert composed.scope.meet(first.scope) == composed.scope == composed.scope.meet(second.scope)


@given(worlds())
def test_i14_what_is_accepted_jointly_is_accepted_aspect_by_aspect(world: World) -> None:
    """Without a quorum, which more freedom of chains can break."""
    joint, apart = world.under(mode=Mode.JOINT, quorum=1), world.under(mode=Mode.PER_ASPECT, quorum=1)
    assert apart.decide().accepted >= joint.decide().accepted


@given(worlds(), st.integers(0, 40))
def test_i15_a_budget_only_ever_turns_an_answer_into_a_review(world: World, budget: int) -> None:
    verdict = world.index().decide(world.request, world.policy, budget=budget)
    assert verdict == world.decide() or verdict.reason is Reason.BUDGET
    assert world.index().decide(world.request, world.policy, budget=10**9) == world.decide()


@given(worlds(), st.permutations(ENTITIES))
def test_i16_renaming_entities_changes_nothing(world: World, names: list[str]) -> None:
    new = dict(zip(ENTITIES, names, strict=True)) | {other: f"~{other}" for other in "GHI"}
    renamed = World(
        tuple(replace(s, truster=new[s.truster], trustee=new[s.trustee]) for s in world.statements),
        replace(world.request, recogniser=new[world.request.recogniser], issuer=new[world.request.issuer]),
        replace(world.policy, binding=frozenset(new[entity] for entity in world.policy.binding)),
    )
    assert renamed.decide() == world.decide()


@given(worlds())
def test_a_snapshot_answers_as_the_index_does(world: World) -> None:
    again = TrustIndex.from_snapshot(world.index().to_snapshot())
    assert again.head == world.index().head
    assert list(again) == list(world.index())
    assert again.decide(world.request, world.policy) == world.decide()


@given(statements())
def test_a_statement_survives_json(statement: Statement) -> None:
    assert statement_from_json(statement_to_json(statement)) == statement


@given(worlds(), st.sampled_from(ENTITIES), st.sampled_from(ASPECTS))
def test_a_subject_of_an_aspect_answers_in_the_issuers_place(world: World, subject: str, aspect: str) -> None:
    assume(aspect in (world.request.aspects or ()))
    named = world.asking(subjects={aspect: subject}).under(mode=Mode.PER_ASPECT)
    alone = world.asking(aspects=frozenset({aspect}), issuer=subject).under(mode=Mode.PER_ASPECT)
    if named.decide().accepted:
        assert (named.decide().chains or {})[aspect] == (alone.decide().chains or {})[aspect]  # type: ignore[index]
    assert named.decide() == named.enumerate()
