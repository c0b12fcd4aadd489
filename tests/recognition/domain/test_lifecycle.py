"""How long a case may take and what becomes of it: two signatures, days due, the states of a request."""

from collections import namedtuple
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from recognition_world import BOREAL, LISVIK, NOW, case, checks, facts, flaws, log, request

from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.clock import due_on, months_later, urgency
from mutua_recognition.domain.codes import Origin
from mutua_recognition.domain.evaluation import evaluate
from mutua_recognition.domain.lifecycle import Arrival, State, current, on_arrival, state_after
from mutua_recognition.domain.signatures import Proposal, Signature, propose, sign

FIRST = Signature("p-1", BOREAL, NOW)
SECOND = Signature("p-2", BOREAL, NOW + timedelta(hours=1))


def test_four_eyes() -> None:
    proposal = propose("a policy", BOREAL, FIRST, needs_second=True)
    assert isinstance(proposal, Proposal)
    assert not proposal.released
    assert flaws(sign(proposal, replace(FIRST, at=SECOND.at))) == [("same_signer", "/second")]
    assert flaws(sign(proposal, replace(SECOND, tenant=LISVIK))) == [("not_yours", "/owner")]
    signed = sign(proposal, SECOND)
    assert isinstance(signed, Proposal)
    assert signed.released
    assert sign(signed, SECOND) == signed
    assert flaws(sign(signed, replace(SECOND, person="p-3"))) == [("already_released", "/second")]


def test_what_narrows_takes_effect_with_one_signature() -> None:
    narrowing = propose("a revocation", BOREAL, FIRST, needs_second=False)
    assert isinstance(narrowing, Proposal)
    assert narrowing.released
    assert flaws(propose("x", LISVIK, FIRST, needs_second=True)) == [("not_yours", "/owner")]


@pytest.mark.parametrize(
    ("complete", "days", "due"),
    [
        (date(2026, 11, 16), 10, date(2026, 11, 30)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 10, 31), 85, date(2027, 2, 26)),
        (date(2026, 10, 31), 200, date(2027, 2, 28)),
    ],
)
def test_due_days(complete: date, days: int, due: date) -> None:
    assert due_on(complete, days) == due


def test_holidays_do_not_count_and_four_months_are_the_limit() -> None:
    assert due_on(date(2026, 12, 23), 2, {date(2026, 12, 24), date(2026, 12, 25)}) == date(2026, 12, 29)
    assert months_later(date(2027, 10, 31), 4) == date(2028, 2, 29)


@pytest.mark.parametrize(("today", "colour"), [(16, "green"), (21, "amber"), (24, "red"), (27, "overdue")])
def test_urgency(today: int, colour: str) -> None:
    assert urgency(date(2026, 11, 16), date(2026, 11, 26), date(2026, 11, today)) == colour


def state(**changes: Any) -> State:
    return state_after(evaluate(case(**changes)))


def test_what_nobody_asked_for_sleeps_unless_it_is_clean() -> None:
    by_rule = request(origin=Origin.STANDING_RULE)
    assert state(request=by_rule) is State.ANTICIPATED
    assert state(request=by_rule, trust=log()) is State.DORMANT
    assert state(request=by_rule, mandate=None) is State.DORMANT
    assert state(request=by_rule, facts=facts(signer=None)) is State.DORMANT
    wrong = facts(checks=checks(signature=(CheckResult.FAIL, "signature_wrong")))
    assert state(request=by_rule, facts=wrong) is state(facts=wrong) is State.INADMISSIBLE
    assert state() is State.DECIDED
    assert state(trust=log()) is State.IN_REVIEW


@pytest.mark.parametrize(
    ("known", "origin", "arrival"),
    [
        (None, Origin.PRESENTED, Arrival.EVALUATE),
        (None, Origin.STANDING_RULE, Arrival.EVALUATE),
        (State.DORMANT, Origin.PRESENTED, Arrival.EVALUATE),
        (State.DORMANT, Origin.STANDING_RULE, Arrival.ANSWER),
        (State.ANTICIPATED, Origin.PRESENTED, Arrival.TAKE_EFFECT),
        (State.DECIDED, Origin.PRESENTED, Arrival.ANSWER),
        (State.IN_REVIEW, Origin.PRESENTED, Arrival.ANSWER),
        (State.INFO_REQUESTED, Origin.PRESENTED, Arrival.EVALUATE),
        (State.INADMISSIBLE, Origin.PRESENTED, Arrival.EVALUATE),
        (State.INADMISSIBLE, Origin.STANDING_RULE, Arrival.ANSWER),
    ],
)
def test_the_same_question_again(known: State | None, origin: Origin, arrival: Arrival) -> None:
    assert on_arrival(known, origin) is arrival
    assert on_arrival(State.ANTICIPATED, Origin.PRESENTED, revisit=True) is Arrival.EVALUATE


def test_what_is_current_is_derived() -> None:
    record = namedtuple("record", "sequence")
    assert current([record(2), record(1)]) == record(2)
    assert current([]) is None
