"""Keys: named by their thumbprint, kept as PEM, never shown; and the ring that finds the one that signed."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from mutua_credentials import jws
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import KeyNotListed, KeyRecord, KeyRing, KeyUnknown, PrivateKey, thumbprint

ISSUER = "https://univ-lisvik.example"
DAY = datetime(2026, 3, 1, tzinfo=UTC)


def test_thumbprint_of_rfc_7638() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
        "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
        "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
        "kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize("jwk", [{}, {"kty": "oct", "k": "AA"}, {"kty": "EC", "crv": "P-256", "x": "AA"}])
def test_no_thumbprint_without_its_members(jwk: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="JWK"):
        thumbprint(jwk)


@pytest.mark.parametrize("password", [None, b"a long one"])
def test_a_key_survives_pem(password: bytes | None) -> None:
    key = PrivateKey.generate()
    pem = key.to_pem(password)
    assert (b"ENCRYPTED" in pem) == (password is not None)
    assert PrivateKey.from_pem(pem, password).public_jwk == key.public_jwk


def test_a_wrong_password_or_another_kind_of_key_is_refused() -> None:
    with pytest.raises(ValueError, match=r".+"):
        PrivateKey.from_pem(PrivateKey.generate().to_pem(b"one"), b"another")
    with pytest.raises(ValueError, match=r".+"):
        PrivateKey.from_pem(PrivateKey.generate().to_pem(b"one"))
    others = [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()]
    for other in others:
        pem = other.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with pytest.raises(ValueError, match="P-256"):
            PrivateKey.from_pem(pem)


def test_a_key_does_not_show_itself() -> None:
    key = PrivateKey.generate()
    assert set(key.public_jwk) == {"kty", "crv", "x", "y"}
    assert "BEGIN" not in repr(key)
    assert "d=" not in repr(key)


class TestJws:
    def test_signs_and_verifies(self) -> None:
        key = PrivateKey.generate()
        token = jws.split(jws.sign({"typ": "x"}, b"payload", key))
        assert isinstance(token, jws.Jws)
        assert token.header == {"typ": "x", "alg": "ES256", "kid": key.kid}
        assert jws.verifies(token, key.public_jwk) is True
        assert jws.verifies(token, PrivateKey.generate().public_jwk) is False

    @pytest.mark.parametrize(
        "text", ["", "a.b", "a.b.c.d", "e30=.e30.AA", "e30.e30.A", "e30.e30.AB", "e30.e+0.AA"]
    )
    def test_refuses_what_is_no_compact_jws(self, text: str) -> None:
        refused = jws.split(text)
        assert isinstance(refused, Refused)
        assert refused.code == "not_jws"

    def test_refuses_keys_that_do_not_fit(self) -> None:
        key = PrivateKey.generate()
        token = jws.split(jws.sign({}, b"", key))
        assert isinstance(token, jws.Jws)
        off_curve = key.public_jwk | {"x": key.public_jwk["y"]}
        other_type = {"kty": "OKP", "crv": "Ed25519", "x": "NvUhsjZe7Mdv8Esoc60o3ma1U5j2tFUTDsOQd39xMnI"}
        small_rsa = {"kty": "RSA", "n": "AQAB", "e": "AQAB"}
        for jwk in (off_curve, other_type, small_rsa, {"kty": "oct"}, {}):
            refused = jws.verifies(token, jwk)
            assert isinstance(refused, Refused)
            assert refused.code == "key_unusable"


class TestKeyRing:
    def record(self, kid: str, **more: datetime | None) -> KeyRecord:
        return KeyRecord(ISSUER, kid, PrivateKey.generate().public_jwk, source="test", **more)

    def test_tells_unknown_from_not_listed(self) -> None:
        ring = KeyRing([self.record("k1")])
        assert ring(ISSUER, "k2", DAY) == KeyNotListed("test", None)
        assert ring("https://univ-other.example", "k1", DAY) == KeyUnknown(
            "issuer_unknown", "https://univ-other.example"
        )

    @pytest.mark.parametrize(
        "kid", ["k1", "#k1", "did:web:univ-lisvik.example#k1", "https://univ-lisvik.example#k1"]
    )
    @pytest.mark.parametrize(
        "issuer", [ISSUER, "did:web:univ-lisvik.example", "https://UNIV-lisvik.example/"]
    )
    def test_finds_a_key_by_each_of_its_names(self, kid: str, issuer: str) -> None:
        record = self.record("k1")
        assert KeyRing([record])(issuer, kid, DAY) is record

    def test_does_not_find_a_key_of_another(self) -> None:
        answer = KeyRing([self.record("k1")])(ISSUER, "did:web:univ-other.example#k1", DAY)
        assert isinstance(answer, KeyNotListed)

    def test_without_a_key_id_only_one_key_is_meant(self) -> None:
        one, two = self.record("k1"), self.record("k2")
        assert KeyRing([one])(ISSUER, None, DAY) is one
        assert isinstance(KeyRing([one, two])(ISSUER, None, DAY), KeyUnknown)

    def test_prefers_the_record_in_force_at_signing(self) -> None:
        before = self.record("k1", valid_to=DAY)
        after = self.record("k1", valid_from=DAY)
        ring = KeyRing([before, after])
        assert ring(ISSUER, "k1", DAY - timedelta(seconds=1)) is before
        assert ring(ISSUER, "k1", DAY) is after
