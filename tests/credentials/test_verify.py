"""The checks of an SD-JWT VC in one run: what a good one says of itself, its dates, its status."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mutua_credentials import annex_i, sdjwt
from mutua_credentials.annex_i import State
from mutua_credentials.keys import KeyRecord, PrivateKey
from mutua_credentials.verify import CHECKS, CheckName, Result, StatusAnswer, Verdict

from .conftest import ISSUER, NOW
from .ended import Check, Sign


class TestGood:
    def test_the_bus_form(self, issued: sdjwt.Issued, check: Check, record: KeyRecord) -> None:
        found = check(issued.bus_form)
        assert found.verdict is Verdict.VALID
        assert [each.name for each in found.checks] == list(CHECKS)
        assert {each.name.value: each.result.value for each in found.checks} == {
            "format": "pass",
            "structure": "pass",
            "contexts": "skipped",
            "signature": "pass",
            "issuer_binding": "pass",
            "holder_binding": "skipped",
            "dates": "pass",
            "status": "skipped",
            "schema": "skipped",
            "seal_level": "skipped",
        }
        assert (found.format, found.securing) == ("sd-jwt-vc", "dc+sd-jwt")
        assert found.digest == issued.digest
        assert found.credential_id == "urn:uuid:6f1c0f0e-0000-4000-8000-000000000001"
        assert found.issued_at == NOW
        assert found.issuer is not None
        assert found.issuer.id == ISSUER
        assert found.key == record
        assert found.annex_i is not None
        states = found.annex_i.states()
        assert {name for name, state in states.items() if state is State.WITHHELD} == {"learner", "grade"}
        assert set(states.values()) == {State.PRESENT, State.WITHHELD}

    def test_the_holder_form(
        self, issued: sdjwt.Issued, check: Check, content: annex_i.MicroCredential
    ) -> None:
        found = check(issued.holder_form)
        assert found.verdict is Verdict.VALID
        assert found.digest == issued.digest
        assert found.annex_i is not None
        for name in annex_i.ELEMENTS:
            assert found.annex_i.element(name).value == getattr(content, name)

    def test_evidence_says_which_key_from_which_source(
        self, issued: sdjwt.Issued, check: Check, key: PrivateKey
    ) -> None:
        assert check(issued.bus_form).check(CheckName.SIGNATURE).evidence == {
            "key": f"{ISSUER}#{key.kid}",
            "source": "test",
            "as_of": "2026-11-16T09:00:00Z",
        }

    def test_the_answer_as_json(self, issued: sdjwt.Issued, check: Check) -> None:
        answer = json.loads(json.dumps(check(issued.bus_form).to_json()))
        assert list(answer) == ["format", "securing", "as_of", "verdict", "checks", "issuer", "annex_i"]
        assert answer["as_of"] == "2026-11-16T09:00:00Z"
        assert list(answer["checks"][0]) == ["name", "result", "code", "found", "expected", "evidence"]
        assert answer["issuer"] == {"id": ISSUER, "name": None, "sealed_by_mandate": False}
        assert answer["annex_i"]["workload"]["value"]["ects"] == "2.5"

    def test_bytes_and_surrounding_white_space(self, issued: sdjwt.Issued, check: Check) -> None:
        assert check(f"\n {issued.bus_form}\n".encode()).verdict is Verdict.VALID

    def test_another_type_has_no_annex_i(self, sign: Sign, claims: dict[str, Any], check: Check) -> None:
        found = check(sign(claims | {"vct": "urn:eu.europa.ec.eudi:learning:credential:1"}))
        assert found.verdict is Verdict.VALID
        assert found.annex_i is None
        assert found.issuer is not None

    def test_the_issuers_did_is_the_same_party(
        self, sign: Sign, claims: dict[str, Any], check: Check
    ) -> None:
        assert check(sign(claims | {"iss": "did:web:univ-lisvik.example"})).verdict is Verdict.VALID


class TestIssuerBinding:
    def test_a_key_of_another_party_does_not_bind(
        self, check: Check, issued: sdjwt.Issued, record: KeyRecord
    ) -> None:
        other = replace(record, issuer="https://univ-other.example")
        found = check(issued.bus_form, keys=lambda *_: other)
        assert found.check(CheckName.SIGNATURE).result is Result.PASS
        assert found.check(CheckName.ISSUER_BINDING).code == "key_of_another"
        assert found.verdict is Verdict.INVALID
        assert found.annex_i is not None


class TestDates:
    @pytest.mark.parametrize(
        ("dates", "code"),
        [
            ({"exp": NOW.timestamp() + 1}, "in_force"),
            ({"exp": NOW.timestamp()}, "expired"),
            ({"exp": -1}, "expired"),
            ({"nbf": NOW.timestamp()}, "in_force"),
            ({"nbf": NOW.timestamp() + 60}, "in_force"),
            ({"nbf": NOW.timestamp() + 61}, "not_yet_valid"),
            ({"iat": NOW.timestamp() + 61}, "not_yet_valid"),
            ({"iat": NOW.timestamp() + 0.5}, "in_force"),
        ],
    )
    def test_dates(
        self, check: Check, sign: Sign, claims: dict[str, Any], dates: dict[str, Any], code: str
    ) -> None:
        found = check(sign(claims | dates))
        assert found.check(CheckName.DATES).code == code
        assert found.verdict is (Verdict.VALID if code == "in_force" else Verdict.INVALID)
        assert found.annex_i is not None


class TestStatus:
    REFERENCE: Mapping[str, Any] = {"status_list": {"idx": 7, "uri": "https://univ-lisvik.example/status/1"}}

    def test_a_reference_that_nobody_read_is_unknown(
        self, check: Check, sign: Sign, claims: dict[str, Any]
    ) -> None:
        found = check(sign(claims | {"status": self.REFERENCE}))
        assert found.check(CheckName.STATUS).code == "list_not_obtained"
        assert found.verdict is Verdict.UNKNOWN
        assert found.annex_i is not None

    @pytest.mark.parametrize(
        ("answer", "verdict"),
        [
            (StatusAnswer(Result.PASS, "good"), Verdict.VALID),
            (StatusAnswer(Result.FAIL, "revoked"), Verdict.INVALID),
            (StatusAnswer(Result.FAIL, "suspended"), Verdict.INVALID),
            (StatusAnswer(Result.UNKNOWN, "unreachable"), Verdict.UNKNOWN),
        ],
    )
    def test_a_reader_answers(
        self, check: Check, sign: Sign, claims: dict[str, Any], answer: StatusAnswer, verdict: Verdict
    ) -> None:
        asked: list[Any] = []

        def read(*question: Any) -> StatusAnswer:
            asked.append(question)
            return answer

        found = check(sign(claims | {"status": self.REFERENCE}), statuses=read)
        assert asked == [(self.REFERENCE, ISSUER, NOW)]
        assert found.check(CheckName.STATUS).code == answer.code
        assert found.verdict is verdict

    @pytest.mark.parametrize("status", ["x", [], {}, 7])
    def test_a_malformed_reference_is_unknown(
        self, check: Check, sign: Sign, claims: dict[str, Any], status: Any
    ) -> None:
        found = check(sign(claims | {"status": status}))
        assert found.check(CheckName.STATUS).code == "status_malformed"
        assert found.verdict is Verdict.UNKNOWN


def test_an_instant_without_time_zone_is_a_callers_mistake(check: Check, issued: sdjwt.Issued) -> None:
    with pytest.raises(ValueError, match="time zone"):
        check(issued.bus_form, as_of=datetime(2026, 11, 16))  # noqa: DTZ001 - what is refused
