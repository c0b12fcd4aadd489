"""Every check of an SD-JWT VC: what passes, what fails, and what nobody could tell."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mutua_credentials import annex_i, jws, sdjwt
from mutua_credentials.annex_i import State
from mutua_credentials.keys import KeyNotListed, KeyRecord, KeyRing, KeyUnknown, PrivateKey
from mutua_credentials.sdjwt import disclosures
from mutua_credentials.verify import CHECKS, CheckName, Result, StatusAnswer, Verdict, Verification

Check = Callable[..., Verification]
Sign = Callable[..., str]

ISSUER = "https://univ-lisvik.example"
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def ended(found: Verification, name: str, result: Result, code: str) -> None:
    """The run ended at this check: the rest was skipped, and nothing of the content is believed."""
    assert (found.check(CheckName(name)).result, found.check(CheckName(name)).code) == (result, code)
    after = found.checks[CHECKS.index(CheckName(name)) + 1 :]
    assert {check.result for check in after} <= {Result.SKIPPED}
    assert found.issuer is None
    assert found.annex_i is None
    assert found.verdict is (Verdict.INVALID if result is Result.FAIL else Verdict.UNKNOWN)


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


class TestFormat:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "empty"),
            (b"   ", "empty"),
            (b"\xff\xfe", "not_utf8"),
            ("\ud800", "not_utf8"),
            (b"hello", "not_json"),
            (b"[]", "not_an_object"),
            (b'"x"', "not_an_object"),
            (b'{"a":1,"a":2}', "duplicate_key"),
            (b'{"a":9007199254740993}', "number_unsafe"),
            (b'{"a":' * 100_000, "too_deep"),
        ],
    )
    def test_what_no_reader_understands_in_one_way(self, check: Check, data: bytes | str, code: str) -> None:
        ended(check(data), "format", Result.FAIL, code)

    @pytest.mark.parametrize("typ", ["kb+jwt", "statuslist+jwt", "at+jwt", "", 7, None])
    def test_unknown_types(self, check: Check, key: PrivateKey, typ: Any) -> None:
        text = jws.sign({"typ": typ}, b"{}", key) + "~"
        ended(check(text), "format", Result.FAIL, "typ_unknown")

    @pytest.mark.parametrize(
        ("data", "known", "securing"),
        [
            ({"@context": "https://w3id.org/openbadges/v2", "type": "Assertion"}, "openbadges2", None),
            (
                {
                    "type": ["VerifiableCredential", "OpenBadgeCredential"],
                    "proof": {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"},
                },
                "openbadges3",
                "eddsa-rdfc-2022",
            ),
            ({"type": ["VerifiableCredential", "ClrCredential"]}, "clr2", None),
            ({"type": ["VerifiableCredential", "EuropeanDigitalCredential"]}, "edc", None),
            (
                {"type": "VerifiableCredential", "proof": [{"type": "Ed25519Signature2020"}, {"type": "X"}]},
                "w3c-vc",
                "Ed25519Signature2020+X",
            ),
            ({"issuer": "did:example:1"}, "w3c-vc", None),
        ],
    )
    def test_formats_are_told_by_types_and_contexts(
        self, check: Check, data: dict[str, Any], known: str, securing: str | None
    ) -> None:
        found = check(json.dumps(data))
        assert found.check(CheckName.FORMAT).result is Result.PASS
        assert (found.format, found.securing) == (known, securing)

    @pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\x00", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
    def test_pictures_without_a_credential_fail(self, check: Check, data: bytes) -> None:
        assert check(data).check(CheckName.FORMAT).result is Result.FAIL

    @pytest.mark.parametrize(
        "data",
        [
            b"\xd2\x84\x43\xa1\x01\x26\xff",
            b"\x84\x43\xa1\x01\x26\xa0",
            b"\xd8\x3d\xd2\x84\x43\xa1\x01\x26",
            b"\xa3\x67version\x63\x31\x2e\x30\x69documents\x81\xa2",
        ],
    )
    def test_cbor_is_unknown(self, check: Check, data: bytes) -> None:
        ended(check(data), "format", Result.UNKNOWN, "format_unsupported")

    def test_a_json_form_is_the_token_that_it_is(self, check: Check, issued: sdjwt.Issued) -> None:
        jwt, *disclosures_, _ = issued.holder_form.split("~")
        protected, payload, signature = jwt.split(".")
        entry = {"protected": protected, "signature": signature, "header": {"disclosures": disclosures_}}
        for form in ({"payload": payload, "signatures": [entry]}, {"payload": payload, **entry}):
            found = check(json.dumps(form))
            assert (found.verdict, found.digest) == (Verdict.VALID, issued.digest)

    def test_more_values_than_memory_allows_are_unknown(self, check: Check) -> None:
        ended(check(b'{"a":[' + b"0," * 1_000_001 + b"0]}"), "format", Result.UNKNOWN, "too_large")
        ended(check(b"[" * 1_000_001), "format", Result.FAIL, "too_deep")

    def test_presentations_and_other_objects_are_unknown(self, check: Check, key: PrivateKey) -> None:
        ended(
            check('{"type":"VerifiablePresentation"}'), "format", Result.UNKNOWN, "presentation_unsupported"
        )
        ended(
            check(jws.sign({"typ": "vp+jwt"}, b"{}", key)),
            "format",
            Result.UNKNOWN,
            "presentation_unsupported",
        )
        for text in ('{"type":["X","EuropeanDigitalPresentation"]}', '{"@type":["VerifiablePresentation"]}'):
            ended(check(text), "format", Result.UNKNOWN, "presentation_unsupported")
        typed = jws.sign({"typ": "vc+jwt"}, b'{"type":"VerifiablePresentation"}', key)
        ended(check(typed), "format", Result.UNKNOWN, "presentation_unsupported")
        ended(check('{"hello":"world"}'), "format", Result.UNKNOWN, "format_unrecognised")

    def test_more_than_the_limit_is_unknown(self, check: Check, issued: sdjwt.Issued) -> None:
        ended(check(b" " * (10 * 1024 * 1024 + 1)), "format", Result.UNKNOWN, "too_large")
        many = issued.holder_form.split("~")[0] + "~x" * 1_001 + "~"
        ended(check(many), "format", Result.UNKNOWN, "too_many_disclosures")
        seals = {"payload": "{}", "signatures": [{}] * 1_000}
        ended(check(json.dumps(seals)), "format", Result.UNKNOWN, "too_many_signatures")

    @pytest.mark.parametrize(
        ("payload", "code"),
        [
            (b'{"iss":"a","iss":"b"}', "duplicate_key"),
            (b'{"iat":1e999}', "number_unsafe"),
            (b'{"x":"\\udc00"}', "lone_surrogate"),
            (b"[" * 65 + b"]" * 65, "too_deep"),
            (b"[]", "payload_not_object"),
            (b"\xff", "not_utf8"),
        ],
    )
    def test_payloads_are_read_strictly(self, check: Check, sign: Sign, payload: bytes, code: str) -> None:
        ended(check(sign(payload)), "format", Result.FAIL, code)


class TestStructure:
    @pytest.mark.parametrize(
        ("spoilt", "code"),
        [
            ({"iss": None}, "issuer_missing"),
            ({"iss": " "}, "issuer_missing"),
            ({"iss": "_:b0"}, "issuer_missing"),
            ({"iss": {"id": ISSUER}}, "issuer_missing"),
            ({"vct": None}, "vct_missing"),
            ({"vct": ["x"]}, "vct_missing"),
            ({"exp": "2030-01-01"}, "date_malformed"),
            ({"exp": True}, "date_malformed"),
            ({"nbf": 1e15}, "date_malformed"),
            ({"_sd": "x"}, "sd_malformed"),
        ],
    )
    def test_what_a_token_must_hold(
        self, check: Check, sign: Sign, claims: dict[str, Any], spoilt: dict[str, Any], code: str
    ) -> None:
        ended(check(sign(claims | spoilt)), "structure", Result.FAIL, code)

    @pytest.mark.parametrize("name", ["iss", "vct", "exp", "nbf", "status", "cnf", "_sd", "..."])
    def test_what_may_not_be_disclosed(
        self, check: Check, sign: Sign, claims: dict[str, Any], name: str
    ) -> None:
        text = disclosures.make(name, "x", "salt")
        found = check(sign(claims | {"_sd": [disclosures.digest(text)]}, text))
        ended(found, "structure", Result.FAIL, "name_reserved")

    def test_a_disclosure_twice(self, check: Check, issued: sdjwt.Issued) -> None:
        again = issued.holder_form.split("~")[1]
        ended(check(f"{issued.holder_form}{again}~"), "structure", Result.FAIL, "disclosure_twice")


class TestSignature:
    def test_every_part_of_the_jwt_is_covered(self, check: Check, issued: sdjwt.Issued) -> None:
        jwt = issued.bus_form[:-1]
        for at in range(0, len(jwt), 37):
            other = "A" if jwt[at] != "A" else "B"
            found = check(jwt[:at] + other + jwt[at + 1 :] + "~")
            assert found.verdict is not Verdict.VALID
            assert found.annex_i is None

    @pytest.mark.parametrize("name", annex_i.ELEMENTS)
    def test_every_element_is_covered(
        self, check: Check, issued: sdjwt.Issued, claims: dict[str, Any], row: Callable[[], Any], name: str
    ) -> None:
        header, _, signature = issued.bus_form[:-1].split(".")
        for forged in (
            {**claims, name: "forged"},
            {key: value for key, value in claims.items() if key != name},
        ):
            payload = jws.encode(json.dumps(forged).encode())
            ended(check(f"{header}.{payload}.{signature}~"), "signature", Result.FAIL, "signature_wrong")

    def test_disclosures_are_covered(self, check: Check, issued: sdjwt.Issued) -> None:
        jwt, *own, _ = issued.holder_form.split("~")
        forged = disclosures.make("value", "A+", "salt")
        for texts in ([forged], [*own, forged], [*own[:-1], forged]):
            ended(check("~".join([jwt, *texts, ""])), "signature", Result.FAIL, "disclosure_not_signed")

    def test_a_disclosure_written_differently_is_not_the_one_signed(
        self, check: Check, issued: sdjwt.Issued
    ) -> None:
        jwt, first, *_ = issued.holder_form.split("~")
        spaced = jws.encode((jws.decode(first) or b"").replace(b",", b", "))
        ended(check(f"{jwt}~{spaced}~"), "signature", Result.FAIL, "disclosure_not_signed")

    @pytest.mark.parametrize("alg", ["none", "HS256", "RS384", "ES256K", "es256", "", None, 7])
    def test_algorithms_that_are_not_allowed(self, check: Check, issued: sdjwt.Issued, alg: Any) -> None:
        header, payload, signature = issued.bus_form[:-1].split(".")
        members = json.loads(jws.decode(header) or b"") | {"alg": alg}
        forged = jws.encode(json.dumps(members).encode())
        for last in (signature, ""):
            ended(check(f"{forged}.{payload}.{last}~"), "signature", Result.FAIL, "alg_not_allowed")

    @pytest.mark.parametrize(
        "header", [{"crit": ["b64"], "b64": False}, {"crit": []}, {"crit": ["exp"], "exp": 1}]
    )
    def test_critical_headers_are_not_understood(
        self, check: Check, sign: Sign, claims: dict[str, Any], header: dict[str, Any]
    ) -> None:
        ended(check(sign(claims, **header)), "signature", Result.FAIL, "crit_not_understood")

    def test_a_key_that_the_token_brings_is_no_evidence(
        self, check: Check, issued: sdjwt.Issued, claims: dict[str, Any], key: PrivateKey
    ) -> None:
        mallory = PrivateKey.generate()
        body = json.dumps(claims).encode()
        brought = jws.sign({"typ": "dc+sd-jwt", "jwk": mallory.public_jwk}, body, mallory) + "~"
        ended(check(brought), "signature", Result.FAIL, "key_not_listed")

        class Pretender:
            kid, alg = key.kid, "ES256"
            sign = mallory.sign

        pretended = jws.sign({"typ": "dc+sd-jwt", "jwk": mallory.public_jwk}, body, Pretender()) + "~"
        ended(check(pretended), "signature", Result.FAIL, "signature_wrong")

    def test_unknown_is_not_unlisted(self, check: Check, issued: sdjwt.Issued) -> None:
        unknown = check(issued.bus_form, keys=lambda *_: KeyUnknown("issuer_unreachable", "timeout"))
        ended(unknown, "signature", Result.UNKNOWN, "key_not_obtained")
        assert unknown.check(CheckName.SIGNATURE).found == "issuer_unreachable: timeout"
        unlisted = check(issued.bus_form, keys=lambda *_: KeyNotListed("did.json", NOW))
        ended(unlisted, "signature", Result.FAIL, "key_not_listed")

    def test_unknown_key_stays_unknown_even_if_expired(
        self, check: Check, sign: Sign, claims: dict[str, Any]
    ) -> None:
        found = check(sign(claims | {"exp": 1}), keys=lambda *_: KeyUnknown("issuer_unreachable"))
        ended(found, "signature", Result.UNKNOWN, "key_not_obtained")

    def test_a_broken_key_fails(self, check: Check, issued: sdjwt.Issued, record: KeyRecord) -> None:
        broken = replace(record, jwk={**record.jwk, "x": "AA"})
        ended(check(issued.bus_form, keys=KeyRing([broken])), "signature", Result.FAIL, "key_unusable")

    def test_an_unknown_hash_is_could_not_tell(
        self, check: Check, sign: Sign, claims: dict[str, Any]
    ) -> None:
        ended(check(sign(claims | {"_sd_alg": "md5"})), "signature", Result.UNKNOWN, "sd_alg_unsupported")


class TestKeyInForce:
    """Issued at NOW; the key's window and compromise are moved around that."""

    def found(self, check: Check, text: str, record: KeyRecord, **more: Any) -> tuple[Result, str]:
        given = {"as_of": NOW + timedelta(days=30)} | {
            name: more.pop(name) for name in ("existed_by",) if name in more
        }
        signature = check(text, keys=KeyRing([replace(record, **more)]), **given).check(CheckName.SIGNATURE)
        return signature.result, signature.code

    def test_the_window_is_half_open(self, check: Check, issued: sdjwt.Issued, record: KeyRecord) -> None:
        second = timedelta(seconds=1)
        good, bad = (Result.PASS, "verified"), (Result.FAIL, "key_not_in_force")
        assert self.found(check, issued.bus_form, record, valid_from=NOW) == good
        assert self.found(check, issued.bus_form, record, valid_from=NOW + second) == bad
        assert self.found(check, issued.bus_form, record, valid_to=NOW + second) == good
        assert self.found(check, issued.bus_form, record, valid_to=NOW) == bad

    def test_compromise(self, check: Check, issued: sdjwt.Issued, record: KeyRecord) -> None:
        day = timedelta(days=1)
        assert self.found(check, issued.bus_form, record, compromised_at=NOW) == (
            Result.FAIL,
            "key_compromised",
        )
        assert self.found(check, issued.bus_form, record, compromised_at=NOW + day) == (
            Result.UNKNOWN,
            "key_compromised_since",
        )
        proof = NOW + timedelta(hours=1)
        assert (
            self.found(check, issued.bus_form, record, compromised_at=NOW + day, existed_by=proof)[1]
            == "verified"
        )
        assert (
            self.found(check, issued.bus_form, record, compromised_at=NOW, existed_by=proof)[1]
            == "key_compromised"
        )

    def test_a_compromise_that_is_not_yet_known_has_no_effect(
        self, check: Check, issued: sdjwt.Issued, record: KeyRecord
    ) -> None:
        later = replace(record, compromised_at=NOW + timedelta(days=60))
        assert check(issued.bus_form, keys=KeyRing([later])).verdict is Verdict.VALID

    @pytest.mark.parametrize("iat", [None, "2026-11-16T09:00:00Z", True])
    def test_without_a_time_of_signing(
        self, check: Check, sign: Sign, claims: dict[str, Any], record: KeyRecord, iat: Any
    ) -> None:
        text = sign(claims | {"iat": iat})
        always = replace(record, valid_from=None)
        assert check(text, keys=KeyRing([always])).check(CheckName.SIGNATURE).result is Result.PASS
        ended(check(text), "signature", Result.UNKNOWN, "signing_time_missing")


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


class TestHolderBinding:
    NONCE, AUDIENCE = "n-0S6_WzA2Mj", "https://office.example"

    @pytest.fixture
    def holder(self) -> PrivateKey:
        return PrivateKey.generate()

    @pytest.fixture
    def bound(self, sign: Sign, claims: dict[str, Any], holder: PrivateKey) -> str:
        return sign(claims | {"cnf": {"jwk": holder.public_jwk}})

    def bind(self, text: str, holder: PrivateKey, **more: Any) -> str:
        given = {"nonce": self.NONCE, "audience": self.AUDIENCE, "at": NOW} | more
        bound = sdjwt.bind(text, holder=holder, **given)
        assert isinstance(bound, str)
        return bound

    def code(self, check: Check, text: str, *, demanded: bool = True) -> str:
        given = {"nonce": self.NONCE, "audience": self.AUDIENCE} if demanded else {}
        found = check(text, **given)
        binding = found.check(CheckName.HOLDER_BINDING)
        assert found.verdict is (Verdict.INVALID if binding.result is Result.FAIL else Verdict.VALID)
        return binding.code

    def test_bound(self, check: Check, bound: str, holder: PrivateKey) -> None:
        assert self.code(check, self.bind(bound, holder)) == "bound"
        assert self.code(check, self.bind(bound, holder), demanded=False) == "bound"

    def test_missing(self, check: Check, bound: str) -> None:
        assert self.code(check, bound) == "key_binding_missing"
        assert self.code(check, bound, demanded=False) == "not_asked"

    def test_without_a_holder_key(self, check: Check, issued: sdjwt.Issued, holder: PrivateKey) -> None:
        assert self.code(check, self.bind(issued.bus_form, holder)) == "holder_key_missing"

    def test_by_another_key(self, check: Check, bound: str) -> None:
        assert self.code(check, self.bind(bound, PrivateKey.generate())) == "key_binding_wrong"

    def test_for_another_nonce_or_audience(self, check: Check, bound: str, holder: PrivateKey) -> None:
        assert self.code(check, self.bind(bound, holder, nonce="x")) == "key_binding_nonce"
        assert self.code(check, self.bind(bound, holder, audience="x")) == "key_binding_aud"

    def test_from_the_future(self, check: Check, bound: str, holder: PrivateKey) -> None:
        late = self.bind(bound, holder, at=NOW + timedelta(minutes=5))
        assert self.code(check, late) == "key_binding_time"

    def test_for_another_presentation(
        self, check: Check, sign: Sign, claims: dict[str, Any], holder: PrivateKey
    ) -> None:
        text = disclosures.make("note", "x", "salt")
        with_key = claims | {"cnf": {"jwk": holder.public_jwk}, "_sd": [disclosures.digest(text)]}
        presented = self.bind(sign(with_key, text), holder)
        jwt, _, proof = presented.split("~")
        assert self.code(check, f"{jwt}~{proof}") == "key_binding_for_another"

    def test_of_another_type(self, check: Check, bound: str, holder: PrivateKey) -> None:
        proof = jws.sign({"typ": "jwt"}, b"{}", holder)
        assert self.code(check, bound + proof) == "key_binding_malformed"
        assert self.code(check, bound + "nonsense") == "key_binding_malformed"
        assert self.code(check, bound + jws.sign({"typ": "kb+jwt"}, b"[]", holder)) == "key_binding_malformed"


def test_an_instant_without_time_zone_is_a_callers_mistake(check: Check, issued: sdjwt.Issued) -> None:
    with pytest.raises(ValueError, match="time zone"):
        check(issued.bus_form, as_of=datetime(2026, 11, 16))  # noqa: DTZ001 - what is refused
