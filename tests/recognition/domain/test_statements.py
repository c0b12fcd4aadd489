"""Statements of trust in words: which can be meant, which let more through, and the log that pins them."""

from dataclasses import replace
from typing import Any

import pytest
from recognition_world import ALDMERE, BOREAL, LISVIK, flaws

from mutua_recognition.domain.statements import propose_statement, widens
from mutua_recognition.domain.trust import EMPTY_LOG, extended
from mutua_trust import Statement

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


def test_the_digest_of_the_log_pins_its_whole_prefix() -> None:
    one, two = proposed(), proposed(depth=1)
    first = extended(EMPTY_LOG, 1, "published", one)
    assert extended(first, 2, "published", two) != extended(EMPTY_LOG, 2, "published", two)
    assert extended(first, 2, "revoked", one) != extended(first, 2, "published", one)
