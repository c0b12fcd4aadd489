"""Other libraries on the same tokens: what we issue they verify, what they sign we verify, and what they
refuse we refuse. sd-jwt (the reference implementation) and jwcrypto are development tools only.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mutua_credentials import jws, sdjwt
from mutua_credentials.keys import KeyRecord, KeyRing, PrivateKey
from mutua_credentials.verify import CheckName, Verdict, verify

jwcrypto_jwk = pytest.importorskip("jwcrypto.jwk", reason="jwcrypto is a development tool only")
jwcrypto_jws = pytest.importorskip("jwcrypto.jws", reason="jwcrypto is a development tool only")
sd_jwt_issuer = pytest.importorskip("sd_jwt.issuer", reason="sd-jwt is a development tool only")
sd_jwt_holder = pytest.importorskip("sd_jwt.holder", reason="sd-jwt is a development tool only")
sd_jwt_verifier = pytest.importorskip("sd_jwt.verifier", reason="sd-jwt is a development tool only")
SDObj = pytest.importorskip("sd_jwt.common", reason="sd-jwt is a development tool only").SDObj

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
ISSUER = "https://univ-lisvik.example"
NONCE, AUDIENCE = "n-0S6_WzA2Mj", "https://office.example"


def theirs(key: PrivateKey, *, private: bool = False) -> Any:
    if not private:
        return jwcrypto_jwk.JWK(**key.public_jwk)
    return jwcrypto_jwk.JWK.from_pem(key.to_pem())


class TestSdJwt:
    def test_what_we_issue_they_verify(self, issued: sdjwt.Issued, key: PrivateKey) -> None:
        verifier = sd_jwt_verifier.SDJWTVerifier(issued.holder_form, lambda *_: theirs(key))
        payload = verifier.get_verified_payload()
        ours = verify(
            issued.holder_form, as_of=NOW, keys=KeyRing([KeyRecord(ISSUER, key.kid, key.public_jwk)])
        )
        assert ours.verdict is Verdict.VALID
        assert ours.annex_i is not None
        assert ours.annex_i.learner.original == payload["learner"]

    def test_what_they_issue_we_verify(self, key: PrivateKey) -> None:
        holder = PrivateKey.generate()
        claims = {
            "iss": ISSUER,
            "vct": "urn:example:1",
            "iat": int(NOW.timestamp()),
            SDObj("given_name"): "Kari",
            SDObj("nationalities"): [SDObj("NO"), "SE"],
            SDObj("address"): {SDObj("city"): "Lisvik", "country": "NO"},
        }
        sd_jwt_issuer.SDJWTIssuer.SD_JWT_HEADER = "dc+sd-jwt"
        made = sd_jwt_issuer.SDJWTIssuer(
            claims, theirs(key, private=True), holder_key=theirs(holder), add_decoy_claims=True
        )
        presenting = sd_jwt_holder.SDJWTHolder(made.sd_jwt_issuance)
        presenting.create_presentation(
            {"given_name": True, "address": {"city": True}}, NONCE, AUDIENCE, theirs(holder, private=True)
        )
        ring = KeyRing([KeyRecord(ISSUER, key.kid, key.public_jwk)])
        # Their proof is dated by their clock.
        later = datetime.now(UTC) + timedelta(days=1)
        found = verify(presenting.sd_jwt_presentation, as_of=later, keys=ring, nonce=NONCE, audience=AUDIENCE)
        assert found.verdict is Verdict.VALID, found.checks
        assert found.check(CheckName.HOLDER_BINDING).code == "bound"
        other = verify(presenting.sd_jwt_presentation, as_of=later, keys=ring, nonce="x", audience=AUDIENCE)
        assert other.check(CheckName.HOLDER_BINDING).code == "key_binding_nonce"

    def test_what_we_bind_they_verify(self, key: PrivateKey) -> None:
        holder = PrivateKey.generate()
        claims = {"iss": ISSUER, "vct": "x", "iat": 1, "cnf": {"jwk": holder.public_jwk}}
        token = jws.sign({"typ": "dc+sd-jwt"}, json.dumps(claims).encode(), key) + "~"
        bound = sdjwt.bind(token, holder=holder, nonce=NONCE, audience=AUDIENCE, at=NOW)
        assert isinstance(bound, str)
        verifier = sd_jwt_verifier.SDJWTVerifier(bound, lambda *_: theirs(key), AUDIENCE, NONCE)
        assert verifier.get_verified_payload()["vct"] == "x"

    def test_both_refuse_what_was_changed(self, issued: sdjwt.Issued, key: PrivateKey) -> None:
        header, payload, signature = issued.bus_form[:-1].split(".")
        forged = jws.encode((jws.decode(payload) or b"").replace(b"2.5", b"9.5", 1))
        text = f"{header}.{forged}.{signature}~"
        assert text[:-1] != issued.bus_form[:-1]
        with pytest.raises(jwcrypto_jws.InvalidJWSSignature):
            sd_jwt_verifier.SDJWTVerifier(text, lambda *_: theirs(key))
        ring = KeyRing([KeyRecord(ISSUER, key.kid, key.public_jwk)])
        assert verify(text, as_of=NOW, keys=ring).verdict is Verdict.INVALID


class TestJwt:
    BODY = json.dumps(
        {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiableCredential"],
            "issuer": ISSUER,
            "credentialSubject": {"id": "did:example:1"},
        }
    )

    def test_what_they_sign_we_verify(self, key: PrivateKey) -> None:
        token = jwcrypto_jws.JWS(self.BODY)
        token.add_signature(
            theirs(key, private=True), None, json.dumps({"alg": "ES256", "typ": "vc+jwt", "kid": key.kid})
        )
        ring = KeyRing([KeyRecord(ISSUER, key.kid, key.public_jwk)])
        assert verify(token.serialize(compact=True), as_of=NOW, keys=ring).verdict is Verdict.VALID

    def test_what_we_sign_they_verify(self, key: PrivateKey) -> None:
        text = jws.sign({"typ": "vc+jwt"}, self.BODY.encode(), key)
        token = jwcrypto_jws.JWS()
        token.deserialize(text, theirs(key))
        assert token.payload == self.BODY.encode()
