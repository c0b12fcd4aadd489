"""Bulk work gives exactly the single decisions: portability, impact previews, deciding again."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trust_worlds import EVERYBODY, NEWEST, Drawn, World, make_statement, worlds

from mutua_trust import (
    ASPECTS,
    Aspect,
    Mode,
    Policy,
    PolicyBook,
    Request,
    Scope,
    Statement,
    TrustIndex,
    compiled,
)
from mutua_trust.bulk import Citations, portability
from mutua_trust.fields import FIELDS
from mutua_trust.preview import Change, Preview, preview_publishing, preview_revoking

DAY = date(2026, 3, 1)
REQUEST = Request("r", "C", "B", frozenset({"0613"}), 6, 5, "exam", "online", frozenset(ASPECTS), DAY, DAY)


FEWER = settings(max_examples=settings().max_examples * 2 // 5)
"""Previews are compared with hundreds of decisions for each world."""


def book(policy: Policy) -> PolicyBook:
    """Everybody's policy, and one recogniser with a laxer one."""
    overlay = {
        name: getattr(policy, name) for name in ("max_hops", "min_assurance", "binding", "mode", "quorum")
    }
    return PolicyBook(overlay, {"A": {"max_hops": 4, "min_assurance": (1, 1, 1, 1)}})


@given(worlds())
def test_portability_is_every_single_decision(world: World) -> None:
    index, policies = world.index(), book(world.policy)
    request = replace(world.request, version=None)
    found = portability(index, request, policies)
    single = {
        entity: index.decide(replace(request, recogniser=entity), policies.of(entity)) for entity in EVERYBODY
    }
    assert found.accepted == {entity: verdict for entity, verdict in single.items() if verdict.accepted}
    assert list(found.accepted) == sorted(found.accepted)


def test_portability_does_not_answer_for_the_future() -> None:
    world = World((), replace(REQUEST, version=1), Policy())
    with pytest.raises(ValueError, match="above the newest"):
        portability(TrustIndex(), world.request, PolicyBook())


def brute(index: TrustIndex, after: TrustIndex, like: World, policies: PolicyBook) -> set[tuple[object, ...]]:
    """Every recogniser, issuer, field and level, before and after."""
    changes: set[tuple[object, ...]] = set()
    for recogniser in EVERYBODY:
        for issuer in EVERYBODY:
            for leaf in SAMPLE:
                for level in (5, 6, 8):
                    asked = replace(
                        like.request,
                        recogniser=recogniser,
                        issuer=issuer,
                        fields=frozenset({leaf}),
                        level=level,
                        version=None,
                    )
                    was = index.decide(asked, policies.of(recogniser)).accepted
                    becomes = after.decide(asked, policies.of(recogniser)).accepted
                    if was is not becomes:
                        changes.add((recogniser, issuer, leaf, level, becomes))
    return changes


SAMPLE = ["0612", "0613", "0731", "0911"]


def spread(preview: Preview) -> set[tuple[object, ...]]:
    return {
        (change.recogniser, change.issuer, leaf, level, change.gained)
        for change in preview.changes
        for code in change.fields
        for leaf in FIELDS[code]
        for level in change.levels
        if leaf in SAMPLE and level in (5, 6, 8)
    }


@st.composite
def small_changes(draw: st.DrawFn) -> tuple[World, Statement]:
    world = draw(worlds())
    return world.but(statements=world.statements[:14]), make_statement(Drawn(draw), "extra")


@FEWER
@given(small_changes())
def test_previewing_a_publication_is_deciding_before_and_after(change: tuple[World, Statement]) -> None:
    world, extra = change
    index, policies = world.index(), book(world.policy)
    preview = preview_publishing(index, extra, world.request, policies)
    after = world.index()
    after.apply(replace(extra, recorded=NEWEST + 1, revoked=None))
    assert preview.complete
    assert spread(preview) == brute(index, after, world, policies)
    assert set(index) == set(world.index())


@FEWER
@given(small_changes(), st.data())
def test_previewing_a_revocation_is_deciding_before_and_after(
    change: tuple[World, Statement], data: st.DataObject
) -> None:
    world, _ = change
    index, policies = world.index(), book(world.policy)
    if not world.statements:
        return
    gone = data.draw(st.sampled_from(world.statements))
    preview = preview_revoking(index, gone.id, world.request, policies)
    after = world.index()
    after.revoke(gone.id, NEWEST + 1)
    assert spread(preview) == brute(index, after, world, policies)
    assert set(index) == set(world.index())


def test_a_preview_says_when_it_stopped_early() -> None:
    index = TrustIndex([Statement("s1", "C", "A", depth=1, assurance=2)])
    wide = Statement("s2", "A", "B", assurance=2)
    assert not preview_publishing(index, wide, REQUEST, PolicyBook(), limit=1).complete
    whole = preview_publishing(index, wide, REQUEST, PolicyBook())
    levels = tuple(range(1, 9))
    broad = tuple(sorted(code for code in FIELDS if len(code) == 2))
    assert whole.changes == (Change("A", "B", broad, levels, True), Change("C", "B", broad, levels, True))
    with pytest.raises(ValueError, match="already"):
        preview_publishing(index, Statement("s1", "A", "B"), REQUEST, PolicyBook())
    with pytest.raises(KeyError):
        preview_revoking(index, "unheard of", REQUEST, PolicyBook())


def test_a_preview_tells_fields_and_levels_apart() -> None:
    index = TrustIndex(
        [Statement("s1", "C", "A", depth=1, scope=Scope(fields=FIELDS["06"], levels=frozenset({6})))]
    )
    extra = Statement(
        "s2", "A", "B", scope=Scope(fields=FIELDS["061"] | FIELDS["0731"], levels=frozenset({5, 6}))
    )
    preview = preview_publishing(index, extra, REQUEST, PolicyBook())
    assert preview.changes == (
        Change("A", "B", ("06", "0731"), (5, 6), True),
        Change("C", "B", ("06",), (6,), True),
    )


def test_what_cites_a_statement_is_decided_again() -> None:
    index = TrustIndex(
        [Statement("s1", "C", "A", depth=1), Statement("s2", "A", "B"), Statement("s3", "C", "D")]
    )
    citations, policies = Citations(), PolicyBook()
    for id, issuer in (("r1", "B"), ("r2", "D"), ("r3", "A"), ("r4", "Z")):
        asked = replace(REQUEST, id=id, issuer=issuer)
        citations.note(asked, index.decide(asked, policies.of("C")))
    assert [request.id for request, _ in citations.citing("s1")] == ["r1", "r3"]
    index.revoke("s1", 1)
    again = list(citations.redecide(index, policies, "s1"))
    assert [(each.request.id, each.withdrawn) for each in again] == [("r1", True), ("r3", True)]
    for each in again:
        citations.note(each.request, each.after)
    assert citations.citing("s1") == []
    assert list(citations.redecide(index, policies, "unheard of")) == []


def test_per_aspect_decisions_are_cited_by_each_of_their_chains() -> None:
    parts = [("q", Aspect.QUALITY), ("c", Aspect.CONTENT), ("a", Aspect.ASSESSMENT)]
    index = TrustIndex(
        Statement(id, "C", "B", scope=Scope(aspects=frozenset({aspect}))) for id, aspect in parts
    )
    verdict = index.decide(REQUEST, Policy(mode=Mode.PER_ASPECT))
    citations = Citations()
    citations.note(REQUEST, verdict)
    assert verdict.accepted
    assert all(citations.citing(id) == [(REQUEST, verdict)] for id, _ in parts)


def test_without_the_compiler_there_is_no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "find_spec", lambda _: None)
    assert compiled.kernel(TrustIndex(), PolicyBook()) is None
