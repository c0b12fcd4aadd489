"""JWTs of the older encoding (Open Badges 3.0, VCDM 1.1) beside those of VC-JOSE: told apart by `typ`."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jws as oracle
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from mutua_credentials.keys import KeyRecord, KeyRing
from mutua_credentials.verify import CheckName, Result, Verdict, Verification, verify

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
ISSUER = "https://univ-lisvik.example"
SINCE = 1_762_000_000
KEYS: dict[str, Key] = {
    "RS256": RSAKey.generate_key(2048),
    "PS256": RSAKey.generate_key(2048),
    "ES256": ECKey.generate_key("P-256"),
    "ES384": ECKey.generate_key("P-384"),
    "ES512": ECKey.generate_key("P-521"),
    "EdDSA": OKPKey.generate_key("Ed25519"),
    "Ed25519": OKPKey.generate_key("Ed25519"),
}
BADGE: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    "id": "urn:uuid:6f1c0f0e-0000-4000-8000-000000000001",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": ISSUER, "type": ["Profile"], "name": "University of Lisvik"},
    "validFrom": datetime.fromtimestamp(SINCE, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "credentialSubject": {
        "id": "did:example:1",
        "type": ["AchievementSubject"],
        "achievement": {"id": "urn:uuid:2", "type": ["Achievement"], "name": "Data literacy"},
    },
}
CLAIMS = {"iss": ISSUER, "sub": "did:example:1", "jti": BADGE["id"], "nbf": SINCE}


def public(alg: str) -> Mapping[str, str]:
    return {name: text for name, text in KEYS[alg].as_dict(private=False).items() if isinstance(text, str)}


def sign(payload: Mapping[str, Any], alg: str = "ES256", **header: Any) -> str:
    """By another library than ours."""
    registry = oracle.JWSRegistry(algorithms=list(KEYS), strict_check_header=False)
    members = {"alg": alg, "typ": "JWT", "kid": "key-1"} | header
    members = {name: value for name, value in members.items() if value is not None}
    return oracle.serialize_compact(members, json.dumps(payload), KEYS[alg], registry=registry)


def run(token: str, alg: str = "ES256", **given: Any) -> Verification:
    ring = KeyRing([KeyRecord(ISSUER, "key-1", public(alg))])
    return verify(token, **{"as_of": NOW, "keys": ring, **given})


@pytest.mark.filterwarnings("ignore:EdDSA:Warning")
@pytest.mark.parametrize("alg", KEYS)
@pytest.mark.parametrize(("typ", "securing"), [("JWT", "vc-jwt"), ("vc+jwt", "vc+jwt"), (None, "vc-jwt")])
def test_every_algorithm(alg: str, typ: str | None, securing: str) -> None:
    found = run(sign(BADGE | CLAIMS, alg, typ=typ), alg)
    assert found.verdict is Verdict.VALID, found.checks
    assert (found.format, found.securing) == ("openbadges3", securing)


def test_the_legacy_claim_holds_the_credential() -> None:
    found = run(sign({"vc": BADGE, **CLAIMS}))
    assert found.verdict is Verdict.VALID
    assert found.issuer is not None
    assert found.issuer.name == "University of Lisvik"


def test_what_the_legacy_encoding_leaves_to_the_claims() -> None:
    body = {name: value for name, value in BADGE.items() if name not in ("issuer", "id")}
    found = run(sign({"vc": body, **CLAIMS}))
    assert found.verdict is Verdict.VALID
    assert found.credential_id == BADGE["id"]


def test_an_older_body_in_a_jwt() -> None:
    body = BADGE | {"@context": ["https://www.w3.org/2018/credentials/v1", BADGE["@context"][1]]}
    body["issuanceDate"] = body.pop("validFrom")
    body["expirationDate"] = "2026-01-01T00:00:00Z"
    assert run(sign({"vc": body, **CLAIMS})).check(CheckName.DATES).code == "expired"


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        ({"iss": "https://univ-other.example"}, "claims_disagree"),
        ({"sub": "did:example:2"}, "claims_disagree"),
        ({"jti": "urn:uuid:9"}, "claims_disagree"),
        ({"nbf": SINCE + 1}, "claims_disagree"),
        ({"exp": "soon"}, "date_malformed"),
        ({"nbf": None}, "date_malformed"),
        ({"issuer": None}, "issuer_missing"),
        ({"@context": ["https://example.org/first"]}, "context_missing"),
        ({"validFrom": "2025-11-01"}, "date_malformed"),
        ({"holder": "_:b0"}, "blank_node"),
    ],
)
def test_structure(spoilt: dict[str, Any], code: str) -> None:
    found = run(sign(BADGE | CLAIMS | spoilt))
    structure = found.check(CheckName.STRUCTURE)
    assert (structure.result, structure.code) == (Result.FAIL, code)
    assert found.issuer is None


def test_vc_has_no_place_in_vc_jwt() -> None:
    found = run(sign(BADGE | {"vc": BADGE}, typ="vc+jwt"))
    assert found.check(CheckName.STRUCTURE).code == "old_encoding"


@pytest.mark.parametrize("typ", ["JWS", "at+jwt", "vc+ld+jwt", "statuslist+jwt", 7])
def test_an_unknown_typ_fails(typ: Any) -> None:
    found = run(sign(BADGE, typ=typ) if isinstance(typ, str) else sign(BADGE, typ="x"))
    assert found.check(CheckName.FORMAT).code == "typ_unknown"
    assert found.verdict is Verdict.INVALID


def test_a_jwt_that_is_no_credential_is_unknown() -> None:
    assert run(sign({"sub": "x", "scope": "openid"})).check(CheckName.FORMAT).code == "format_unrecognised"
    assert run(sign({"vp": {}})).check(CheckName.FORMAT).code == "presentation_unsupported"


@pytest.mark.parametrize("header", [{"jwk": {}}, {"jku": "https://x.example"}, {"x5u": "https://x.example"}])
def test_what_a_header_offers_is_never_the_key(header: dict[str, Any]) -> None:
    mallory = ECKey.generate_key("P-256")
    brought = {"jwk": mallory.as_dict(private=False)} if "jwk" in header else header
    members = {"alg": "ES256", "typ": "JWT", "kid": "key-1", **brought}
    registry = oracle.JWSRegistry(strict_check_header=False)
    token = oracle.serialize_compact(members, json.dumps(BADGE), mallory, registry=registry)
    asked: list[str] = []

    def documents(url: str, at: datetime | None) -> Any:
        asked.append(url)
        raise AssertionError(url)

    found = run(token, documents=documents)
    assert found.check(CheckName.SIGNATURE).code == "signature_wrong"
    assert asked == []


def test_a_key_of_another_kind_than_the_algorithm() -> None:
    found = run(sign(BADGE, "RS256"), "ES256")
    assert found.check(CheckName.SIGNATURE).code == "key_unusable"


def test_without_kid_every_key_of_the_issuer_may_be_meant() -> None:
    document = {
        "id": ISSUER,
        "verificationMethod": [
            {"id": f"{ISSUER}#{alg}", "type": "JsonWebKey", "publicKeyJwk": public(alg)} for alg in KEYS
        ],
        "assertionMethod": [f"{ISSUER}#{alg}" for alg in KEYS],
    }
    from mutua_credentials.verify import MappingDocuments

    given = MappingDocuments({ISSUER: json.dumps(document).encode()})
    found = run(sign(BADGE, "ES384", kid=None), keys=None, documents=given)
    assert found.verdict is Verdict.VALID


def test_an_enveloped_credential_is_the_token_in_it() -> None:
    envelope = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "type": "EnvelopedVerifiableCredential",
        "id": "data:application/vc+jwt," + sign(BADGE, typ="vc+jwt"),
    }
    assert run(json.dumps(envelope)).verdict is Verdict.VALID
    broken = run(json.dumps(envelope | {"id": "data:text/plain,x"}))
    assert broken.check(CheckName.FORMAT).code == "envelope_malformed"
