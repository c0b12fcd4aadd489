"""The signature of an SD-JWT VC: all that it covers, by which algorithm, by a key that was in force."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mutua_credentials import annex_i, jws, sdjwt
from mutua_credentials.keys import KeyNotListed, KeyRecord, KeyRing, KeyUnknown, PrivateKey
from mutua_credentials.sdjwt import disclosures
from mutua_credentials.verify import CheckName, Result, Verdict

from .conftest import NOW
from .ended import Check, Sign, ended


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
