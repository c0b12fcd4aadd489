"""The index as its callers see it: feeding it, the past, snapshots, common friends, alliances."""

from dataclasses import replace
from datetime import date

import pytest

from mutua_trust import (
    ASPECTS,
    CommonFriend,
    Interval,
    Polarity,
    Policy,
    Reason,
    Request,
    Scope,
    Statement,
    TrustIndex,
    Verdict,
)
from mutua_trust.fields import FIELDS
from mutua_trust.groups import Membership, expand, full_mesh, members_on
from mutua_trust.snapshot import MAGIC, SnapshotError

DAY = date(2026, 3, 1)
REQUEST = Request("r", "C", "B", frozenset({"0613"}), 6, 5, "exam", "online", frozenset(ASPECTS), DAY, DAY)
DIRECT = Statement("s1", "C", "B", recorded=3, evidence=("agreement:1",), signature="z1")


def test_applying_again_changes_nothing() -> None:
    index = TrustIndex([DIRECT])
    index.apply(DIRECT)
    index.apply(replace(DIRECT, revoked=5))
    index.apply(DIRECT)
    assert (len(index), index.head) == (1, 5)
    found = index.statement("s1")
    assert found == replace(DIRECT, revoked=5)
    assert found is not None
    assert (found.evidence, found.signature) == (("agreement:1",), "z1")


def test_a_statement_is_never_rewritten() -> None:
    index = TrustIndex([DIRECT])
    for other in (
        replace(DIRECT, depth=1),
        replace(DIRECT, recorded=4),
        replace(DIRECT, polarity=Polarity.DISTRUST),
        replace(DIRECT, scope=Scope(levels=frozenset({6}))),
    ):
        with pytest.raises(ValueError, match="other content"):
            index.apply(other)


def test_the_first_revocation_counts() -> None:
    index = TrustIndex([DIRECT])
    index.revoke("s1", 5)
    index.revoke("s1", 4)
    assert index.decide(REQUEST, Policy(), version=4).accepted
    assert index.decide(REQUEST, Policy(), version=5).reason is Reason.CONSTRAINTS
    with pytest.raises(KeyError):
        index.revoke("unheard of", 6)


def test_the_head_may_run_ahead_of_the_statements() -> None:
    index = TrustIndex([DIRECT])
    assert index.decide(REQUEST, Policy(), version=9).reason is Reason.STALE
    index.advance(9)
    index.advance(4)
    assert index.head == 9
    assert index.decide(REQUEST, Policy(), version=9).accepted
    assert index.decide(replace(REQUEST, version=2), Policy()).reason is Reason.NO_RELATION


def test_iterating_gives_the_log_back() -> None:
    log = [DIRECT, Statement("d1", "C", "A", Polarity.DISTRUST, Scope(fields=FIELDS["06"], max_ects=7.5))]
    index = TrustIndex(log)
    assert list(index) == log
    assert "d1" in index
    assert "d2" not in index
    assert index.statement("d2") is None


def test_a_snapshot_keeps_everything() -> None:
    odd = Statement(
        "\ud800 é \u2028",
        "alliance:é",
        "C",
        Polarity.DISTRUST,
        Scope(assessments=frozenset({"x"}), modes=frozenset({"y"}), max_ects=0.1),
        in_force=Interval(DAY),
        covers_awards=Interval(None, DAY),
    )
    index = TrustIndex([DIRECT, odd])
    index.bar(Statement("s1", "A", "B", Polarity.DISTRUST, recorded=7))
    again = TrustIndex.from_snapshot(index.to_snapshot())
    assert list(again) == [DIRECT, odd]
    assert again.head == 7
    assert again.distrust("s1") == index.distrust("s1")
    assert again.statement("s1").evidence == ("agreement:1",)  # type: ignore[union-attr]
    assert len(TrustIndex.from_snapshot(TrustIndex().to_snapshot())) == 0


def test_a_damaged_snapshot_is_not_read() -> None:
    data = TrustIndex([DIRECT]).to_snapshot()
    for damaged in (b"", data[:-1], data + b"x", data[:60] + b"?" + data[61:], MAGIC, b"x" + data):
        with pytest.raises(SnapshotError):
            TrustIndex.from_snapshot(damaged)


def test_common_friends_are_evidence_and_no_chain() -> None:
    informatics, engineering = Scope(fields=FIELDS["06"]), Scope(fields=FIELDS["07"])
    index = TrustIndex(
        [
            Statement("c1", "C", "F", scope=informatics),
            Statement("b1", "B", "F"),
            Statement("c2", "C", "G", scope=informatics),
            Statement("b2", "B", "G", scope=engineering),
            Statement("c3", "C", "H", scope=engineering),
            Statement("b3", "B", "H", in_force=Interval(DAY, date(2026, 3, 2))),
            Statement("b4", "B", "H", in_force=Interval(None, DAY)),
            Statement("c5", "C", "I", Polarity.DISTRUST),
            Statement("b5", "B", "I"),
            Statement("c6", "C", "J"),
            Statement("b6", "B", "J", recorded=1, revoked=2),
        ]
    )
    assert index.common_friends(REQUEST) == [
        CommonFriend("F", "c1", "b1", informatics, covers_request=True),
        CommonFriend("H", "c3", "b3", engineering, covers_request=False),
    ]
    assert [friend.entity for friend in index.common_friends(REQUEST, version=1)] == ["F", "H", "J"]
    assert index.decide(REQUEST, Policy(max_hops=4)).reason is Reason.NO_RELATION


def alliance() -> list[Statement]:
    return [
        Statement("l1", "alliance:boreal", "C"),
        Statement("l2", "alliance:boreal", "B", in_force=Interval(DAY), assurance=2),
        Statement("l3", "alliance:boreal", "A", recorded=4, revoked=5),
    ]


def test_following_members_need_an_agreement() -> None:
    own = Statement("m1", "C", "alliance:boreal", depth=1, assurance=2)
    assert expand(own, Membership.FOLLOW, alliance()) == [own]
    for wrong in (replace(own, assurance=1), replace(own, depth=0), replace(own, polarity=Polarity.DISTRUST)):
        with pytest.raises(ValueError, match="m1"):
            expand(wrong, Membership.FOLLOW, alliance())


def test_frozen_membership_names_the_members_of_today() -> None:
    own = Statement("m1", "C", "alliance:boreal", depth=2, assurance=2, scope=Scope(levels=frozenset({6})))
    frozen = expand(own, Membership.FROZEN, alliance())
    assert [(s.id, s.truster, s.trustee, s.depth) for s in frozen] == [
        ("m1+l2", "C", "B", 0),
        ("m1+l3", "C", "A", 0),
    ]
    assert frozen[0].scope == own.scope
    assert frozen[0].in_force == Interval(DAY)
    assert (frozen[1].recorded, frozen[1].revoked, frozen[1].assurance) == (4, 5, 1)
    index = TrustIndex(frozen)
    index.apply(Statement("l4", "alliance:boreal", "N"))
    assert index.decide(replace(REQUEST, issuer="N"), Policy()).reason is Reason.NO_RELATION
    assert index.decide(REQUEST, Policy()).accepted


def test_membership_is_dated() -> None:
    assert members_on(alliance(), DAY, 4) == ["A", "B", "C"]
    assert members_on(alliance(), date(2026, 2, 28), 4) == ["A", "C"]
    assert members_on(alliance(), DAY, 5) == ["B", "C"]


def test_a_mesh_has_no_statement_about_oneself() -> None:
    own = [Statement(f"m-{one}", one, "alliance:boreal", depth=1) for one in "ABC"]
    pairs = {(s.truster, s.trustee) for s in full_mesh(own, alliance())}
    assert pairs == {(one, other) for one in "ABC" for other in "ABC" if one != other}


@pytest.mark.parametrize(
    "wrong",
    [
        {"truster": ""},
        {"trustee": "C"},
        {"depth": 4},
        {"depth": -1},
        {"assurance": 0},
        {"assurance": 5},
        {"recorded": -1},
        {"revoked": -1},
    ],
)
def test_a_statement_that_contradicts_itself_is_a_bug(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(DIRECT, **wrong)  # type: ignore[arg-type]


def test_values_that_mean_nothing_are_bugs() -> None:
    with pytest.raises(ValueError, match="before"):
        Interval(DAY, DAY)
    with pytest.raises(ValueError, match="empty"):
        Scope(fields=frozenset())
    for wrong in ({"max_hops": 5}, {"min_assurance": (1,)}, {"min_assurance": (2, 1, 1, 1)}, {"quorum": 0}):
        with pytest.raises(ValueError, match=r"."):
            Policy(**wrong)  # type: ignore[arg-type]


def test_a_verdict_cites_all_its_statements() -> None:
    chains = {ASPECTS[0]: ("q",), ASPECTS[1]: ("c1", "c2")}
    index = TrustIndex([DIRECT])
    verdict = index.decide(REQUEST, Policy())
    assert verdict.cited == {"s1"}
    assert replace(verdict, chain=None, chains=chains).cited == {"q", "c1", "c2"}
    assert Verdict(None, verdict.outcome, None).cited == frozenset()
