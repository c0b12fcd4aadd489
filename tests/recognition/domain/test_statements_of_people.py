"""What people state (policies, mandates, alliances, rules, statements of trust), read strictly and signed
twice.
"""

from collections import namedtuple
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from recognition_world import (
    ALDMERE,
    BOREAL,
    LISVIK,
    NOW,
    case,
    checks,
    facts,
    log,
    mandate,
    only,
    policy,
    request,
)

from mutua_credentials.annex_i import MANDATORY
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.alliances import Alliance, Membership, read_alliance
from mutua_recognition.domain.canonical import read, write
from mutua_recognition.domain.clock import due_on, months_later, urgency
from mutua_recognition.domain.codes import MandateEffect, Origin, Purpose
from mutua_recognition.domain.evaluation import evaluate
from mutua_recognition.domain.flaws import Refused
from mutua_recognition.domain.intervals import Interval
from mutua_recognition.domain.lifecycle import Arrival, State, current, on_arrival, state_after
from mutua_recognition.domain.mandates import mandate_for, read_mandate
from mutua_recognition.domain.policy import PolicyBundle, policy_for, read_policy
from mutua_recognition.domain.presets import PRESETS, adopt
from mutua_recognition.domain.signatures import Proposal, Signature, propose, sign
from mutua_recognition.domain.standing_rules import Award, StandingRule, matching, read_standing_rule
from mutua_recognition.domain.statements import propose_statement, widens
from mutua_recognition.domain.trust import EMPTY_LOG, extended
from mutua_trust import Statement

TODAY = NOW.date()


def flaws(answer: object) -> list[tuple[str, str]]:
    assert isinstance(answer, Refused), answer
    return [(flaw.code, flaw.path) for flaw in answer.flaws]


BUNDLE: dict[str, Any] = {"id": "p", "owner": BOREAL, "purpose": "CREDIT", "version": 1}


def test_a_policy_is_read_back_from_its_own_json() -> None:
    bundle = policy()
    assert read_policy(write(bundle)) == bundle
    assert bundle.pin.version == "1"


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"purpose": "CREDITS"}, "unknown_code", "/purpose"),
        ({"version": 0}, "out_of_range", "/version"),
        ({"version": "1"}, "wrong_type", "/version"),
        ({"trust": {"max_hops": 5}}, "out_of_range", "/trust/max_hops"),
        ({"trust": {"depht": 1}}, "unknown_member", "/trust/depht"),
        ({"trust": {"min_assurance": [2, 1]}}, "contradiction", "/trust/min_assurance"),
        ({"required_elements": ["shoe_size"]}, "unknown_code", "/required_elements"),
        ({"required_stages": ["S14"]}, "unknown_code", "/required_stages/0"),
        ({"accepted_coverage": ["anything"]}, "unknown_code", "/accepted_coverage/0"),
        ({"registry_max_age_days": 365}, "out_of_range", "/registry_max_age_days"),
        (
            {"waivers": [{"id": "w", "stage": "S4", "granted_by": BOREAL, "during": {"to": "2027-01-01"}}]},
            "never_waived",
            "/waivers/0/stage",
        ),
        (
            {"waivers": [{"id": "w", "stage": "S7", "granted_by": BOREAL, "during": {}}]},
            "missing",
            "/waivers/0/during",
        ),
        (
            {"waivers": [{"id": "w", "stage": "S7", "granted_by": ALDMERE, "during": {"to": "2027-01-01"}}]},
            "may_not_waive",
            "/waivers",
        ),
        (
            {"conditions": [{"on": "QA.NONSENSE", "code": "c", "due_days": 1, "checked_by": BOREAL}]},
            "unknown_code",
            "/conditions/0/on",
        ),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(changes: dict[str, Any], code: str, path: str) -> None:
    assert (code, path) in flaws(read_policy(BUNDLE | changes))


def test_every_flaw_is_named_at_once() -> None:
    assert len(flaws(read_policy(BUNDLE | {"purpose": "X", "version": 0}))) == 2


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_valid(name: str) -> None:
    assert isinstance(adopt(name, id="p", owner=BOREAL, purpose=Purpose.CREDIT), PolicyBundle)


def test_the_demonstration_preset_asks_for_all_of_annex_i() -> None:
    assert set(MANDATORY) <= set(policy().required_elements)
    assert flaws(adopt("nonsense", id="p", owner=BOREAL, purpose=Purpose.CREDIT)) == [
        ("unknown_preset", "/preset")
    ]


def alliance(**changes: Any) -> Alliance:
    made: dict[str, Any] = {
        "id": "alliance:boreal",
        "name": "Boreal",
        "members": (
            Membership(BOREAL, Interval()),
            Membership(LISVIK, Interval(date(2026, 1, 1), date(2027, 1, 1))),
        ),
    }
    return Alliance(**{**made, **changes})


def test_a_recogniser_follows_its_own_policy_else_its_alliances() -> None:
    own, common = policy(), policy(id="common", owner="alliance:boreal")
    newer = replace(own, version=2)

    def chosen(*policies: PolicyBundle, day: date = TODAY, who: str = BOREAL) -> PolicyBundle | None:
        return policy_for(who, Purpose.CREDIT, day, policies, [alliance()])

    assert chosen(own, newer, common) == newer
    assert chosen(common) == common
    assert chosen(common, who=LISVIK) == common
    assert chosen(common, who=LISVIK, day=date(2027, 1, 1)) is None
    assert chosen(common, who=ALDMERE) is None
    assert policy_for(BOREAL, Purpose.ACCESS, TODAY, [own], []) is None


def test_an_alliance_has_dated_members() -> None:
    assert alliance().has(LISVIK, date(2026, 12, 31))
    assert not alliance().has(LISVIK, date(2027, 1, 1))
    assert read_alliance(write(alliance())) == alliance()
    twice = write(alliance())
    twice["members"] += [{"entity": LISVIK, "during": {"from": "2026-12-31", "to": None}}]
    assert flaws(read_alliance(twice)) == [("overlapping_membership", "/members")]
    assert flaws(read_alliance({"id": "boreal", "name": "Boreal"}))[0][1] == "/id"


def test_a_mandate_speaks_for_one_recogniser_purpose_and_time() -> None:
    given = mandate()
    assert read_mandate(write(given)) == given
    assert mandate_for(BOREAL, Purpose.CREDIT, TODAY, [given]) == given
    assert mandate_for(BOREAL, Purpose.ACCESS, TODAY, [given]) is None
    assert mandate_for(ALDMERE, Purpose.CREDIT, TODAY, [given]) is None
    ended = replace(given, version=2, during=Interval(end=TODAY))
    assert mandate_for(BOREAL, Purpose.CREDIT, TODAY, [given, ended]) is None
    careful = replace(given, id="z", effect=MandateEffect.RECOMMEND)
    assert mandate_for(BOREAL, Purpose.CREDIT, TODAY, [given, careful]) == careful
    assert flaws(read_mandate(write(given) | {"legal_basis": []})) == [("empty", "/legal_basis")]


RULE: dict[str, Any] = {
    "id": "r",
    "recogniser": BOREAL,
    "purpose": "CREDIT",
    "version": 1,
    "during": {},
    "issuers": [LISVIK],
}


def rule(**changes: Any) -> StandingRule:
    read_rule = read_standing_rule(RULE | changes)
    assert isinstance(read_rule, StandingRule), read_rule
    return read_rule


def test_a_rule_must_be_bounded_and_have_its_target() -> None:
    assert flaws(read_standing_rule(RULE | {"issuers": []})) == [("unbounded_rule", "/issuers")]
    assert flaws(read_standing_rule(RULE | {"purpose": "STACKING"})) == [("target_missing", "/target")]
    assert flaws(read_standing_rule(RULE | {"components": []})) == [("empty", "/components")]


@pytest.mark.parametrize(
    ("changes", "award", "asked"),
    [
        ({}, {}, True),
        ({}, {"awarding_body": ALDMERE}, False),
        ({"components": ["DAT-010"]}, {}, True),
        ({"components": ["DAT-011"]}, {}, False),
        ({"components": ["DAT-010"]}, {"component": None}, False),
        ({"during": {"from": "2026-06-20"}}, {}, True),
        ({"during": {"to": "2026-06-20"}}, {}, False),
        ({"issuers": [], "alliance": "alliance:boreal"}, {}, True),
        ({"issuers": [], "alliance": "alliance:boreal"}, {"award_date": date(2027, 1, 1)}, False),
        ({"issuers": [], "alliance": "alliance:unknown"}, {}, False),
        ({"recogniser": LISVIK}, {}, False),
    ],
)
def test_a_rule_matches_what_it_names(changes: dict[str, Any], award: dict[str, Any], asked: bool) -> None:
    issued = Award(
        **{"awarding_body": LISVIK, "award_date": date(2026, 6, 20), "component": "DAT-010", **award}
    )
    known = {"alliance:boreal": alliance()}
    assert bool(matching([rule(**changes)], issued, known.get)) is asked


def test_two_rules_for_one_question_lead_to_one_request() -> None:
    issued = Award(LISVIK, date(2026, 6, 20), None)
    rules = [rule(id="b"), rule(id="a"), rule(id="c", purpose="ACCESS")]
    assert [each.id for each in matching(rules, issued, lambda _: None)] == ["a", "c"]


STATEMENT: dict[str, Any] = {
    "truster": BOREAL,
    "trustee": LISVIK,
    "assurance": 2,
    "scope": {"isced_f": ["06"], "eqf": [6], "max_ects": 30},
    "in_force": {"from": "2026-01-01", "to": "2028-01-01"},
}


def proposed(**changes: Any) -> Statement:
    answer = propose_statement(STATEMENT | changes)
    assert isinstance(answer, Statement), answer
    return answer


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"trustee": BOREAL}, "self_trust", "/trustee"),
        ({"trustee": ""}, "empty", "/trustee"),
        ({"depth": 4}, "out_of_range", "/depth"),
        ({"depth": -1}, "out_of_range", "/depth"),
        ({"assurance": 5}, "out_of_range", "/assurance"),
        ({"assurance": None}, "missing", "/assurance"),
        ({"scope": {"isced_f": ["0699"]}}, "unknown_code", "/scope/isced_f"),
        ({"scope": {"aspects": ["taste"]}}, "unknown_code", "/scope/aspects"),
        ({"scope": {"eqf": []}}, "empty", "/scope/eqf"),
        ({"in_force": {"from": "2028-01-01", "to": "2026-01-01"}}, "reversed_interval", "/in_force/to"),
        ({"covers_awards": {"from": "2026-13-01"}}, "unreadable_date", "/covers_awards/from"),
        ({"dept": 1}, "unknown_member", "/dept"),
        ({"scope": {"field": ["06"]}}, "unknown_member", "/scope/field"),
        ({"recorded": 1}, "unknown_member", "/recorded"),
        ({"membership": "sometimes"}, "unknown_code", "/membership"),
        ({"membership": "frozen"}, "not_an_alliance", "/membership"),
        ({"trustee": "alliance:boreal", "depth": 1}, "membership_missing", "/membership"),
        (
            {"trustee": "alliance:boreal", "depth": 1, "assurance": 1, "membership": "follow"},
            "assurance_too_low",
            "/assurance",
        ),
        ({"assurance": 3}, "evidence_missing", "/evidence"),
    ],
)
def test_a_statement_that_cannot_be_meant_is_refused(changes: dict[str, Any], code: str, path: str) -> None:
    assert flaws(propose_statement(STATEMENT | changes)) == [(code, path)]


def test_a_statement_is_named_by_its_content() -> None:
    assert proposed().id == proposed().id
    assert proposed().id.startswith("sha256:")
    assert proposed(depth=1).id != proposed().id
    assert proposed(evidence=["agreement"]).id != proposed().id
    assert proposed().recorded == 0


@pytest.mark.parametrize(
    ("changes", "wider"),
    [
        ({}, False),
        ({"scope": {"isced_f": ["0612"], "eqf": [6], "max_ects": 5}}, False),
        ({"assurance": 1}, False),
        ({"depth": 1}, True),
        ({"assurance": 3, "evidence": ["report:800123"]}, True),
        ({"trustee": ALDMERE}, True),
        ({"scope": {"isced_f": ["06"], "eqf": [6, 7], "max_ects": 30}}, True),
        ({"scope": {"isced_f": ["06"], "eqf": [6]}}, True),
        ({"in_force": {"from": "2026-01-01", "to": "2028-01-02"}}, True),
        ({"in_force": {"from": "2026-01-01"}}, True),
        ({"in_force": {"from": "2026-06-01", "to": "2027-01-01"}}, False),
    ],
)
def test_new_and_wider_is_told_from_narrower(changes: dict[str, Any], wider: bool) -> None:
    known = replace(proposed(), recorded=3)
    assert widens(proposed(**changes), [known], 5) is wider


def test_against_what_does_not_count_any_more_everything_is_new() -> None:
    assert widens(proposed(), [], 5)
    assert widens(proposed(), [replace(proposed(), recorded=3, revoked=4)], 5)
    assert widens(proposed(), [replace(proposed(), recorded=6)], 5)


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


def test_the_digest_of_the_log_pins_its_whole_prefix() -> None:
    one, two = proposed(), proposed(depth=1)
    first = extended(EMPTY_LOG, 1, "published", one)
    assert extended(first, 2, "published", two) != extended(EMPTY_LOG, 2, "published", two)
    assert extended(first, 2, "revoked", one) != extended(first, 2, "published", one)


def test_numbers_that_no_reader_holds_exactly_are_refused() -> None:
    assert flaws(read(PolicyBundle, BUNDLE | {"version": 2**60})) == [("no_canonical_form", "")]
    assert only(flaws(read_policy(b"{"))) == ("not_json", "")
