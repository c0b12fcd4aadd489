"""What a credential is and what it must hold: told by its bytes, read strictly, within limits."""

import json
from typing import Any

import pytest

from mutua_credentials import jws, sdjwt
from mutua_credentials.keys import PrivateKey
from mutua_credentials.sdjwt import disclosures
from mutua_credentials.verify import CheckName, Result, Verdict

from .conftest import ISSUER
from .ended import Check, Sign, ended


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
