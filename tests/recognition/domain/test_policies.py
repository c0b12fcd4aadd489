"""Policies, mandates, alliances and standing rules: read strictly, and who follows which of them."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from recognition_world import ALDMERE, BOREAL, LISVIK, NOW, flaws, mandate, only, policy

from mutua_credentials.annex_i import MANDATORY
from mutua_recognition.domain.alliances import Alliance, Membership, read_alliance
from mutua_recognition.domain.canonical import read, write
from mutua_recognition.domain.codes import MandateEffect, Purpose
from mutua_recognition.domain.intervals import Interval
from mutua_recognition.domain.mandates import mandate_for, read_mandate
from mutua_recognition.domain.policy import PolicyBundle, policy_for, read_policy
from mutua_recognition.domain.presets import PRESETS, adopt
from mutua_recognition.domain.standing_rules import Award, StandingRule, matching, read_standing_rule

TODAY = NOW.date()
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


def test_numbers_that_no_reader_holds_exactly_are_refused() -> None:
    assert flaws(read(PolicyBundle, BUNDLE | {"version": 2**60})) == [("no_canonical_form", "")]
    assert only(flaws(read_policy(b"{"))) == ("not_json", "")
