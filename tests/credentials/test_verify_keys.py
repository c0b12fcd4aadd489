"""Whose key signed, and whether it speaks for the issuer: every way in which a key is named and published."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import base58
import pytest

from mutua_credentials import jws
from mutua_credentials.integrity import Ed25519Key
from mutua_credentials.jws import Named
from mutua_credentials.keys import PrivateKey
from mutua_credentials.verify import CheckName, Document, Verdict, Verification

from .verify_world import DID_JSON, WEB, World, body, by_did_key, did_document, secure

KEY, OTHER = PrivateKey.generate(), PrivateKey.generate()
HTTPS = "https://univ-lisvik.example/issuers/1"


def told(found: Verification, name: CheckName) -> tuple[str, str]:
    check = found.check(name)
    return check.result.value, check.code


def binding(found: Verification) -> tuple[str, str]:
    return told(found, CheckName.ISSUER_BINDING)


def signature(found: Verification) -> tuple[str, str]:
    return told(found, CheckName.SIGNATURE)


class TestNamesThatCarryTheirKey:
    def test_did_key(self) -> None:
        did, signer = by_did_key(KEY)
        world = World()
        found = world.verify(secure(body(did), signer))
        assert found.verdict is Verdict.VALID
        assert world.asked == []

    def test_did_jwk(self) -> None:
        did = "did:jwk:" + jws.encode(json.dumps(KEY.public_jwk).encode())
        for kid in (f"{did}#0", did, "#0", "0"):
            assert World().verify(secure(body(did), Named(KEY, kid))).verdict is Verdict.VALID
        wrong = World().verify(secure(body(did), Named(KEY, f"{did}#1")))
        assert signature(wrong) == ("fail", "key_not_listed")

    def test_a_did_jwk_with_a_private_key_in_it_is_no_key(self) -> None:
        did = "did:jwk:" + jws.encode(json.dumps(KEY.public_jwk | {"d": "AA"}).encode())
        found = World().verify(secure(body(did), Named(KEY, f"{did}#0")))
        assert signature(found) == ("unknown", "key_not_obtained")

    @pytest.mark.parametrize(
        "did", ["did:key:z6MkNonsense", "did:key:", "did:jwk:e30", "did:ebsi:zx", "did:web:"]
    )
    def test_names_that_cannot_be_read_are_unknown_or_fail(self, did: str) -> None:
        found = World().verify(secure(body(did), Named(KEY, f"{did}#x")))
        assert found.verdict is not Verdict.VALID
        assert found.issuer is None

    def test_an_unsupported_method_is_unknown(self) -> None:
        found = World().verify(secure(body("did:ebsi:zx"), Named(KEY, "did:ebsi:zx#1")))
        assert signature(found) == ("unknown", "key_not_obtained")
        assert "did_method_unsupported" in str(found.check(CheckName.SIGNATURE).found)

    def test_another_did_key_than_the_issuers(self) -> None:
        did, _ = by_did_key(OTHER)
        _, signer = by_did_key(KEY)
        found = World().verify(secure(body(did), signer))
        assert signature(found)[0] == "pass"
        assert binding(found) == ("fail", "key_of_another")


class TestDocuments:
    @pytest.mark.parametrize(
        "kid", [f"{WEB}#0", "#0", "0", KEY.kid], ids=["did url", "fragment", "name", "thumbprint"]
    )
    def test_did_web(self, kid: str) -> None:
        world = World({DID_JSON: did_document(KEY)})
        found = world.verify(secure(body(WEB), Named(KEY, kid)))
        assert found.verdict is Verdict.VALID
        assert found.check(CheckName.SIGNATURE).evidence["source"] == f"test {DID_JSON}"

    def test_a_multikey_method(self) -> None:
        key = Ed25519Key.generate()
        method = {"id": "#m", "type": "Multikey", "publicKeyMultibase": key.public_multikey}
        world = World({DID_JSON: json.dumps({"id": WEB, "assertionMethod": [method]}).encode()})
        token = jws.sign({"typ": "vc+jwt"}, json.dumps(body(WEB)).encode(), _Renamed(key, f"{WEB}#m"))
        assert world.verify(token).verdict is Verdict.VALID

    def test_a_key_of_the_year_2018(self) -> None:
        key = Ed25519Key.generate()
        raw = base58.b58encode(jws.decode(key.public_jwk["x"]) or b"").decode()
        method = {"id": "#m", "type": "Ed25519VerificationKey2018", "publicKeyBase58": raw}
        world = World({DID_JSON: json.dumps({"id": WEB, "assertionMethod": [method]}).encode()})
        token = jws.sign({"typ": "vc+jwt"}, json.dumps(body(WEB)).encode(), _Renamed(key, f"{WEB}#m"))
        assert world.verify(token).verdict is Verdict.VALID

    def test_an_https_issuers_document(self) -> None:
        world = World({HTTPS: did_document(KEY, did=HTTPS)})
        assert world.verify(secure(body(HTTPS), Named(KEY, f"{HTTPS}#0"))).verdict is Verdict.VALID

    def test_the_well_known_metadata(self) -> None:
        place = "https://univ-lisvik.example/.well-known/jwt-vc-issuer/issuers/1"
        jwks = {"issuer": HTTPS, "jwks": {"keys": [KEY.public_jwk | {"kid": "k"}]}}
        world = World({place: json.dumps(jwks).encode()})
        assert world.verify(secure(body(HTTPS), Named(KEY, "k"))).verdict is Verdict.VALID
        assert world.asked == [HTTPS, place]

    @pytest.mark.parametrize(
        ("host", "result"), [("univ-lisvik.example", "pass"), ("keys.mallory.example", "unknown")]
    )
    def test_keys_that_stand_elsewhere_on_the_same_host(self, host: str, result: str) -> None:
        place = "https://univ-lisvik.example/.well-known/jwt-vc-issuer/issuers/1"
        jwks = f"https://{host}/jwks"
        world = World({place: json.dumps({"issuer": HTTPS, "jwks_uri": jwks}).encode()})
        world.documents[jwks] = json.dumps({"keys": [KEY.public_jwk | {"kid": "k"}]}).encode()
        assert signature(world.verify(secure(body(HTTPS), Named(KEY, "k"))))[0] == result

    def test_a_document_that_was_read_and_lacks_the_key(self) -> None:
        world = World({DID_JSON: did_document(OTHER)})
        assert signature(world.verify(secure(body(WEB), Named(KEY, "other")))) == ("fail", "key_not_listed")
        assert signature(world.verify(secure(body(WEB), Named(KEY, "#0")))) == ("fail", "signature_wrong")

    def test_a_method_that_may_not_assert(self) -> None:
        world = World({DID_JSON: did_document(KEY, assertionMethod=[])})
        assert signature(world.verify(secure(body(WEB), Named(KEY, "#0")))) == ("fail", "key_not_listed")

    @pytest.mark.parametrize(
        "document",
        [
            b"",
            b"<html>",
            b"[]",
            b'{"id":"a","id":"b"}',
            b"{}",
            did_document(KEY, did="did:web:univ-other.example"),
            did_document(KEY, verificationMethod={}),
        ],
    )
    def test_a_document_that_says_nothing_is_unknown(self, document: bytes) -> None:
        found = World({DID_JSON: document}).verify(secure(body(WEB), Named(KEY, "#0")))
        assert signature(found) == ("unknown", "key_not_obtained")

    def test_no_document_is_unknown_even_if_expired(self) -> None:
        found = World().verify(secure(body(WEB, validUntil="2026-11-02T00:00:00Z"), Named(KEY, "#0")))
        assert signature(found) == ("unknown", "key_not_obtained")
        assert found.verdict is Verdict.UNKNOWN

    def test_kid_of_another_host_is_not_fetched(self) -> None:
        world = World({HTTPS: did_document(KEY, did=HTTPS)})
        found = world.verify(secure(body(HTTPS), Named(OTHER, "https://mallory.example/keys#1")))
        assert signature(found) == ("fail", "key_not_listed")
        assert not any("mallory" in url for url in world.asked)


class TestBinding:
    def test_the_issuers_document_lists_a_key_of_another_name(self) -> None:
        did, signer = by_did_key(KEY)
        world = World({DID_JSON: did_document(assertionMethod=[signer.kid])})
        assert binding(world.verify(secure(body(WEB), signer))) == ("pass", "key_listed_by_issuer")
        world = World({DID_JSON: did_document(KEY)})
        assert binding(world.verify(secure(body(WEB), signer))) == ("pass", "key_listed_by_issuer")
        assert did.startswith("did:key:")

    def test_the_issuers_document_does_not_list_it(self) -> None:
        _, signer = by_did_key(KEY)
        world = World({DID_JSON: did_document(OTHER)})
        assert binding(world.verify(secure(body(WEB), signer))) == ("fail", "key_of_another")

    def test_the_issuers_document_could_not_be_obtained(self) -> None:
        _, signer = by_did_key(KEY)
        found = World().verify(secure(body(WEB), signer))
        assert signature(found)[0] == "pass"
        assert binding(found) == ("unknown", "issuer_document_not_obtained")
        assert found.verdict is Verdict.UNKNOWN


class TestDatedCopies:
    ROTATED = datetime(2026, 6, 1, tzinfo=UTC)

    def world(self) -> World:
        first = Document(DID_JSON, did_document(KEY), "test", observed_until=self.ROTATED)
        second = Document(DID_JSON, did_document(OTHER), "test", observed_from=self.ROTATED)
        return World({DID_JSON: [first, second]})

    @pytest.mark.parametrize(
        ("signed_at", "signer", "result"),
        [
            (ROTATED - timedelta(days=1), KEY, "pass"),
            (ROTATED - timedelta(days=1), OTHER, "fail"),
            (ROTATED, KEY, "fail"),
            (ROTATED, OTHER, "pass"),
        ],
    )
    def test_the_copy_in_force_when_it_was_signed_rules(
        self, signed_at: datetime, signer: PrivateKey, result: str
    ) -> None:
        credential = body(WEB, validFrom=signed_at.isoformat().replace("+00:00", "Z"))
        found = self.world().verify(secure(credential, Named(signer, "#0")))
        assert signature(found)[0] == result

    def test_no_copy_of_that_time_is_unknown(self) -> None:
        world = self.world()
        world.documents[DID_JSON] = [replace(one, observed_from=self.ROTATED) for one in _copies(world)]
        credential = body(WEB, validFrom="2020-01-01T00:00:00Z")
        assert signature(world.verify(secure(credential, Named(KEY, "#0"))))[0] == "unknown"


class TestRevocationOfKeys:
    def found(self, **method: str) -> Verification:
        document = json.loads(did_document(KEY))
        document["verificationMethod"][0] |= method
        world = World({DID_JSON: json.dumps(document).encode()})
        return world.verify(secure(body(WEB), Named(KEY, "#0")))

    def test_revoked(self) -> None:
        signed_at, later = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"
        assert signature(self.found(revoked=signed_at)) == ("fail", "key_compromised")
        assert signature(self.found(revoked=later)) == ("unknown", "key_compromised_since")

    def test_expired(self) -> None:
        assert signature(self.found(expires="2026-11-01T00:00:00Z")) == ("fail", "key_not_in_force")
        assert signature(self.found(expires="2026-11-01T00:00:01Z")) == ("pass", "verified")

    def test_a_listed_key_that_cannot_be_read_is_unknown(self) -> None:
        assert signature(self.found(revoked="yes")) == ("unknown", "key_not_obtained")
        assert signature(self.found(publicKeyJwk="x")) == ("unknown", "key_not_obtained")


class _Renamed:
    """An Ed25519 key that signs under another name."""

    def __init__(self, key: Ed25519Key, kid: str) -> None:
        self._key, self.kid, self.alg = key, kid, key.alg

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)


def _copies(world: World) -> list[Document]:
    found: Any = world.documents[DID_JSON]
    return found
