"""Holder binding: who presents an SD-JWT VC, to whom, in which conversation."""

from datetime import timedelta
from typing import Any

import pytest

from mutua_credentials import jws, sdjwt
from mutua_credentials.keys import PrivateKey
from mutua_credentials.sdjwt import disclosures
from mutua_credentials.verify import CheckName, Result, Verdict

from .conftest import NOW
from .ended import Check, Sign


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
