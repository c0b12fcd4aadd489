"""Which key is in force when: keys that follow one another, and keys that others may have held."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutua_issuer.domain import keys
from mutua_issuer.domain.institution import SigningKey
from mutua_issuer.domain.keys import NoFollowing, Window

NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)


def key(name: str, start: datetime, end: datetime | None = None, lost: datetime | None = None) -> SigningKey:
    return SigningKey(name, {}, start, end, compromised_at=lost)


def test_a_key_follows_after_the_notice_that_clocks_need() -> None:
    start = keys.rotation([key("a", NOW - timedelta(days=1))], NOW + timedelta(milliseconds=300), None)
    assert start == NOW + keys.MIN_NOTICE


@pytest.mark.parametrize(
    ("start", "wanted", "code"),
    [
        (NOW + timedelta(hours=1), None, "rotation_pending"),
        (NOW, NOW + timedelta(seconds=1), "valid_from_too_soon"),
        (NOW, NOW + timedelta(days=91), "valid_from_too_late"),
    ],
)
def test_a_key_does_not_follow_when_it_would_break_the_order(
    start: datetime, wanted: datetime | None, code: str
) -> None:
    refusal = keys.rotation([key("a", start)], NOW, wanted)
    assert isinstance(refusal, NoFollowing)
    assert refusal.code == code


def test_a_compromised_key_is_replaced_at_once_for_the_time_that_it_still_had() -> None:
    yesterday, tomorrow = NOW - timedelta(days=1), NOW + timedelta(days=1)
    old, present = key("old", yesterday - timedelta(days=9), yesterday), key("present", yesterday, tomorrow)
    announced = key("announced", tomorrow)
    own = [old, present, announced]
    assert keys.succession(own, "old", yesterday, NOW) == (old, None)
    later = NOW + timedelta(milliseconds=700)
    assert keys.succession(own, "present", yesterday, later) == (present, Window(NOW, tomorrow))
    assert keys.succession(own, "announced", NOW, NOW) == (announced, Window(tomorrow))


@pytest.mark.parametrize(
    ("kid", "lost", "told", "code"),
    [
        ("b", None, NOW, "unknown_key"),
        ("a", None, NOW + timedelta(seconds=1), "compromised_in_future"),
        ("a", NOW - timedelta(hours=2), NOW - timedelta(hours=1), "compromise_is_known"),
    ],
)
def test_a_compromise_is_told_of_a_key_once_or_of_an_earlier_instant(
    kid: str, lost: datetime | None, told: datetime, code: str
) -> None:
    own = [key("a", NOW - timedelta(days=1), lost=lost)]
    refusal = keys.succession(own, kid, told, NOW)
    assert isinstance(refusal, NoFollowing)
    assert refusal.code == code
    earlier = keys.succession([key("a", NOW, lost=NOW)], "a", NOW - timedelta(days=3), NOW)
    assert not isinstance(earlier, NoFollowing)
    assert earlier[1] is None, "it signs no more: nothing has to take over"


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9_000), st.integers(5, 9_000)), max_size=8),
    st.integers(0, 99_000),
)
def test_at_every_second_exactly_one_key_is_in_force(steps: list[tuple[bool, int, int]], second: int) -> None:
    """Whatever rotations and compromises come one after the other."""
    own, at = [key("0", NOW)], NOW
    for number, (lose, wait, notice) in enumerate(steps, 1):
        at += timedelta(seconds=wait)
        if lose:
            lost = max((one for one in own if one.compromised_at is None), key=lambda one: one.valid_from)
            turn = keys.succession(own, lost.kid, at, at)
            assert not isinstance(turn, NoFollowing)
            own[own.index(lost)] = key(lost.kid, lost.valid_from, lost.valid_to, at)
            if turn[1] is not None:
                own.append(key(str(number), turn[1].start, turn[1].end))
            continue
        start = keys.rotation(own, at, at + timedelta(seconds=notice))
        if isinstance(start, NoFollowing):
            assert start.code == "rotation_pending"
            continue
        own = [
            key(one.kid, one.valid_from, start)
            if one.valid_to is None and one.compromised_at is None
            else one
            for one in own
        ]
        own.append(key(str(number), start))
    assert sum(one.in_force(at + timedelta(seconds=second)) for one in own) == 1
