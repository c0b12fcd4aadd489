"""Reading and writing the JSON of the runner: what is refused, with which code, and what survives a round
trip.
"""

from datetime import date
from typing import Any

import pytest

from mutua_trust import (
    Flaw,
    Mode,
    PolicyBook,
    Statement,
    barring_from_json,
    policies_from_json,
    policy_to_json,
    request_from_json,
    request_to_json,
    statement_from_json,
    statement_to_json,
)
from mutua_trust.fields import FIELDS

STATEMENT: dict[str, Any] = {
    "id": "s1",
    "truster": "DEQARINST0001",
    "trustee": "DEQARINST0002",
    "polarity": "trust",
    "scope": {
        "isced_f": ["072", "0721", "0613"],
        "eqf": [6, 5],
        "max_ects": 7.5,
        "assessment": ["exam"],
        "mode": ["online"],
        "aspects": ["assessment", "content"],
    },
    "depth": 1,
    "assurance": 2,
    "in_force": {"from": "2024-01-01", "to": "2027-01-01"},
    "covers_awards": {"from": None, "to": "2026-07-01"},
    "recorded": 12,
    "revoked": 14,
}
REQUEST: dict[str, Any] = {
    "id": "r1",
    "recogniser": "DEQARINST0001",
    "issuer": "DEQARINST0002",
    "isced_f": ["0613"],
    "eqf": 6,
    "ects": 5,
    "assessment": "exam",
    "mode": "online",
    "aspects": ["quality"],
    "award_date": "2026-02-01",
    "decision_date": "2026-03-01",
    "version": None,
}


def read(change: dict[str, Any]) -> Statement:
    statement = statement_from_json({**STATEMENT, **change})
    assert isinstance(statement, Statement)
    return statement


def test_a_statement_survives_the_round_trip() -> None:
    statement = read({})
    assert statement.scope.fields == FIELDS["072"] | {"0613"}
    written = statement_to_json(statement)
    assert written["scope"]["isced_f"] == ["0613", "072"]
    assert written["scope"]["aspects"] == ["content", "assessment"]
    assert statement_from_json(written) == statement


def test_absent_and_null_read_alike() -> None:
    bare = {"id": "s", "truster": "A", "trustee": "B", "polarity": "trust", "assurance": 1}
    statement = statement_from_json(bare)
    nulls = dict.fromkeys(("scope", "depth", "in_force", "covers_awards", "recorded", "revoked"))
    assert statement == statement_from_json({**bare, **nulls, "unheard_of": 1})
    assert statement == statement_from_json({**bare, "scope": dict.fromkeys(STATEMENT["scope"])})
    assert isinstance(statement, Statement)
    assert (statement.depth, statement.recorded, statement.revoked) == (0, 0, None)
    assert date.max in statement.in_force


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"id": None}, "missing", "id"),
        ({"id": ""}, "empty", "id"),
        ({"id": 7}, "wrong_type", "id"),
        ({"truster": None}, "missing", "truster"),
        ({"trustee": ""}, "empty", "trustee"),
        ({"trustee": "DEQARINST0001"}, "self_trust", "trustee"),
        ({"polarity": "love"}, "unknown_code", "polarity"),
        ({"polarity": None}, "missing", "polarity"),
        ({"assurance": None}, "missing", "assurance"),
        ({"assurance": 0}, "out_of_range", "assurance"),
        ({"assurance": 5}, "out_of_range", "assurance"),
        ({"assurance": True}, "wrong_type", "assurance"),
        ({"depth": -1}, "out_of_range", "depth"),
        ({"depth": 4}, "out_of_range", "depth"),
        ({"depth": 1.5}, "wrong_type", "depth"),
        ({"recorded": -1}, "out_of_range", "recorded"),
        ({"revoked": "2024-01-01"}, "wrong_type", "revoked"),
        ({"recorded": 2**63}, "out_of_range", "recorded"),
        ({"scope": []}, "wrong_type", "scope"),
        ({"scope": {"isced_f": []}}, "empty", "scope.isced_f"),
        ({"scope": {"isced_f": "0613"}}, "wrong_type", "scope.isced_f"),
        ({"scope": {"isced_f": ["0610"]}}, "unknown_code", "scope.isced_f"),
        ({"scope": {"isced_f": ["0619"]}}, "unknown_code", "scope.isced_f"),
        ({"scope": {"isced_f": ["0000"]}}, "unknown_code", "scope.isced_f"),
        ({"scope": {"eqf": [9]}}, "out_of_range", "scope.eqf"),
        ({"scope": {"eqf": [0]}}, "out_of_range", "scope.eqf"),
        ({"scope": {"max_ects": -1}}, "out_of_range", "scope.max_ects"),
        ({"scope": {"max_ects": "30"}}, "wrong_type", "scope.max_ects"),
        ({"scope": {"assessment": []}}, "empty", "scope.assessment"),
        ({"scope": {"mode": [3]}}, "wrong_type", "scope.mode"),
        ({"scope": {"aspects": ["prestige"]}}, "unknown_code", "scope.aspects"),
        ({"in_force": "always"}, "wrong_type", "in_force"),
        ({"in_force": {"from": "2024-01-02", "to": "2024-01-01"}}, "reversed_interval", "in_force.to"),
        ({"in_force": {"from": "2024-01-01", "to": "2024-01-01"}}, "reversed_interval", "in_force.to"),
        ({"covers_awards": {"from": "20240101"}}, "unreadable_date", "covers_awards.from"),
        ({"covers_awards": {"from": "2024-02-30"}}, "unreadable_date", "covers_awards.from"),
    ],
)
def test_a_bad_statement_is_refused_at_its_member(change: dict[str, Any], code: str, field: str) -> None:
    flaw = statement_from_json({**STATEMENT, **change})
    assert isinstance(flaw, Flaw)
    assert (flaw.code, flaw.field) == (code, field)
    assert flaw.expected


def test_anything_but_an_object_is_refused() -> None:
    for data in (None, 1, "x", [], [STATEMENT]):
        assert isinstance(statement_from_json(data), Flaw)
        assert isinstance(request_from_json(data), Flaw)


def test_refused_distrust_bars_without_limits_of_scope_and_date() -> None:
    line = {
        **STATEMENT,
        "polarity": "distrust",
        "depth": 9,
        "in_force": {"from": "2024-01-02", "to": "2024-01-01"},
    }
    barring = barring_from_json(line, "line 3")
    assert barring is not None
    assert (barring.id, barring.recorded, barring.revoked) == ("s1", 12, 14)
    assert barring.scope.fields is None
    assert barring.scope.aspects is None
    assert date.min in barring.in_force
    nameless = barring_from_json({**line, "id": 3, "recorded": "x", "revoked": -2}, "line 3")
    assert nameless is not None
    assert (nameless.id, nameless.recorded, nameless.revoked) == ("line 3", 0, None)
    assert barring_from_json({**line, "truster": ""}, "line 3") is None
    assert barring_from_json({**line, "polarity": "trust"}, "line 3") is None
    assert barring_from_json("distrust", "line 3") is None


def test_a_request_survives_the_round_trip() -> None:
    request = request_from_json(REQUEST)
    assert not isinstance(request, Flaw)
    assert request.missing() == ()
    assert request_to_json(request) == REQUEST


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"isced_f": None}, "isced_f"),
        ({"isced_f": []}, "isced_f"),
        ({"isced_f": ["0613", "9999"]}, "isced_f"),
        ({"eqf": None}, "eqf"),
        ({"ects": None}, "ects"),
        ({"assessment": ""}, "assessment"),
        ({"mode": None}, "mode"),
        ({"aspects": []}, "aspects"),
    ],
)
def test_what_a_request_does_not_tell_is_missing(change: dict[str, Any], missing: str) -> None:
    request = request_from_json({**REQUEST, **change})
    assert not isinstance(request, Flaw)
    assert request.missing() == (missing,)


@pytest.mark.parametrize("ects", [0, 0.5, 10**400])
def test_any_number_of_credits_is_a_number(ects: float) -> None:
    request = request_from_json({**REQUEST, "ects": ects})
    assert not isinstance(request, Flaw)
    assert request.missing() == ()


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"id": None}, "missing", "id"),
        ({"issuer": ""}, "empty", "issuer"),
        ({"isced_f": ["0613", "0614"]}, "unknown_code", "isced_f"),
        ({"isced_f": "0613"}, "wrong_type", "isced_f"),
        ({"eqf": 9}, "out_of_range", "eqf"),
        ({"eqf": "6"}, "wrong_type", "eqf"),
        ({"ects": "5"}, "wrong_type", "ects"),
        ({"ects": -0.5}, "out_of_range", "ects"),
        ({"aspects": ["taste"]}, "unknown_code", "aspects"),
        ({"award_date": None}, "missing", "award_date"),
        ({"decision_date": "soon"}, "unreadable_date", "decision_date"),
        ({"version": -1}, "out_of_range", "version"),
        ({"version": "newest"}, "wrong_type", "version"),
    ],
)
def test_a_bad_request_is_refused_at_its_member(change: dict[str, Any], code: str, field: str) -> None:
    flaw = request_from_json({**REQUEST, **change})
    assert isinstance(flaw, Flaw)
    assert (flaw.code, flaw.field) == (code, field)


def test_policies_are_overlaid_key_by_key() -> None:
    book = policies_from_json(
        {
            "default": {"max_hops": 3, "binding": ["X", "Y"]},
            "recognisers": {"C": {"mode": "per_aspect", "binding": ["Z"], "quorum": 2, "max_hops": None}},
        }
    )
    assert isinstance(book, PolicyBook)
    own, other = book.of("C"), book.of("D")
    assert (own.max_hops, own.binding, own.mode, own.quorum) == (3, {"Z"}, Mode.PER_ASPECT, 2)
    assert (other.max_hops, other.binding, other.mode, other.quorum) == (3, {"X", "Y"}, Mode.JOINT, 1)
    assert policy_to_json(PolicyBook().of("anyone")) == {
        "max_hops": 2,
        "min_assurance": [1, 1, 2, 2],
        "binding": [],
        "mode": "joint",
        "quorum": 1,
    }


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        ([], "wrong_type", None),
        ({"default": {"max_hops": 5}}, "out_of_range", "default.max_hops"),
        ({"default": {"max_hops": 0}}, "out_of_range", "default.max_hops"),
        ({"default": {"min_assurance": [2, 1, 1, 1]}}, "contradiction", "default"),
        ({"default": {"min_assurance": [1]}}, "contradiction", "default"),
        ({"default": {"min_assurance": [1, 1, 2, 5]}}, "out_of_range", "default.min_assurance"),
        ({"default": {"quorum": 0}}, "out_of_range", "default.quorum"),
        ({"default": {"mode": "any"}}, "unknown_code", "default.mode"),
        ({"default": {"max_hop": 3}}, "unknown_member", "default.max_hop"),
        ({"recognisers": {"C": {"max_hops": "3"}}}, "wrong_type", "recognisers.C.max_hops"),
        ({"recognisers": {"C": 3}}, "wrong_type", "recognisers.C"),
        (
            {"default": {"min_assurance": [1, 1]}, "recognisers": {"C": {"max_hops": 3}}},
            "contradiction",
            "recognisers.C",
        ),
    ],
)
def test_a_bad_policy_is_refused_at_its_member(data: object, code: str, field: str | None) -> None:
    flaw = policies_from_json(data)
    assert isinstance(flaw, Flaw)
    assert (flaw.code, flaw.field) == (code, field)
