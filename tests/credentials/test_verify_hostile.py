"""Whatever strangers write, verification answers: never an exception, always ten checks, never "valid" for
what was spoilt after signing, nothing believed after a failed signature.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mutua_credentials import jws
from mutua_credentials.integrity import Ed25519Key, sign_jcs
from mutua_credentials.jws import Named
from mutua_credentials.keys import PrivateKey
from mutua_credentials.status_lists import encode_bitstring
from mutua_credentials.verify import CHECKS, CheckName, Result, Verdict, Verification

from . import fuzz
from .mutations import spoilt, torn
from .verify_world import DID_JSON, LIST, NOW, WEB, World, body, did_document

KEY = PrivateKey.generate()
SIGNER = Named(KEY, f"{WEB}#0")
BADGE: dict[str, Any] = body(
    WEB,
    type=["VerifiableCredential", "OpenBadgeCredential"],
    validUntil="2027-01-01T00:00:00Z",
    credentialSubject={
        "id": "did:example:1",
        "type": ["AchievementSubject"],
        "achievement": {"id": "urn:uuid:2", "type": ["Achievement"], "name": "x", "creditsAvailable": 5},
        "result": [{"type": ["Result"], "value": "A"}],
    },
    credentialStatus={
        "id": f"{LIST}#1",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "1",
        "statusListCredential": LIST,
    },
    credentialSchema={"id": "https://univ-lisvik.example/schema", "type": "JsonSchema"},
)
STATUS_LIST = body(
    WEB,
    id=LIST,
    type=["VerifiableCredential", "BitstringStatusListCredential"],
    credentialSubject={
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": encode_bitstring([6]),
        "ttl": 10**12,
    },
)


def sign(payload: Any, typ: str = "vc+jwt", **header: Any) -> str:
    return jws.sign({"typ": typ, **header}, json.dumps(payload).encode(), SIGNER)


def world(**documents: bytes) -> World:
    served = {DID_JSON: did_document(KEY), LIST: sign(STATUS_LIST).encode()}
    return World({**served, **documents})


def sound(found: Verification) -> Verification:
    """What holds of every answer."""
    assert tuple(check.name for check in found.checks) == CHECKS
    assert len(json.dumps(found.to_json())) < 20_000_000
    ended = any(check.ends for check in found.checks)
    assert (found.issuer is None) == ended
    assert found.annex_i is None or not ended
    assert all(len(text or "") <= 500 for check in found.checks for text in (check.found, check.expected))
    return found


def test_the_seed_is_good() -> None:
    assert sound(world().verify(sign(BADGE))).verdict is Verdict.VALID


@pytest.mark.parametrize("typ", ["vc+jwt", "JWT"])
def test_every_member_of_a_badge(typ: str) -> None:
    for variant in spoilt(BADGE):
        sound(world().verify(sign(variant, typ)))


def test_every_member_in_the_legacy_claim() -> None:
    claims = {"iss": WEB, "sub": "did:example:1", "jti": BADGE["id"], "nbf": 1793491200, "exp": 1798761600}
    for variant in spoilt({**claims, "vc": {name: BADGE[name] for name in ("@context", "type", "issuer")}}):
        sound(world().verify(sign(variant, "JWT")))


def test_every_member_of_a_header() -> None:
    header = {
        "typ": "vc+jwt",
        "alg": "ES256",
        "kid": SIGNER.kid,
        "x5c": ["AA"],
        "jwk": {},
        "crit": [],
        "cty": "vc",
    }
    payload = jws.encode(json.dumps(BADGE).encode())
    for variant in spoilt(header):
        signing_input = f"{jws.encode(json.dumps(variant).encode())}.{payload}"
        sound(world().verify(f"{signing_input}.{jws.encode(KEY.sign(signing_input.encode()))}"))


def test_every_member_of_an_sd_jwt(claims: dict[str, Any]) -> None:
    holder = {"cnf": {"jwk": KEY.public_jwk}, "status": {"status_list": {"idx": 1, "uri": LIST}}}
    for variant in spoilt(claims | {"iss": WEB, "exp": 1800000000, "nbf": 1} | holder):
        sound(world().verify(sign(variant, "dc+sd-jwt") + "~", nonce="n"))


def test_every_member_of_a_key_binding() -> None:
    token = sign({"iss": WEB, "vct": "x", "cnf": {"jwk": KEY.public_jwk}}, "dc+sd-jwt") + "~"
    for variant in spoilt({"iat": 1, "nonce": "n", "aud": "a", "sd_hash": "x"}):
        proof = jws.sign({"typ": "kb+jwt"}, json.dumps(variant).encode(), KEY)
        found = sound(world().verify(token + proof, nonce="n"))
        assert found.verdict is Verdict.INVALID


def test_every_member_of_an_issuers_document() -> None:
    for variant in spoilt(json.loads(did_document(KEY))):
        found = sound(world(**{DID_JSON: json.dumps(variant).encode()}).verify(sign(BADGE)))
        assert found.check(CheckName.SIGNATURE).result is not Result.SKIPPED


def test_every_member_of_a_status_list() -> None:
    for variant in spoilt(STATUS_LIST):
        found = sound(world(**{LIST: sign(variant).encode()}).verify(sign(BADGE)))
        assert found.check(CheckName.STATUS).result in (Result.PASS, Result.UNKNOWN)


def test_every_member_of_a_token_status_list() -> None:
    credential = {"iss": WEB, "vct": "x", "status": {"status_list": {"idx": 1, "uri": LIST}}}
    token = sign(credential, "dc+sd-jwt") + "~"
    listed = {"iss": WEB, "sub": LIST, "iat": 1, "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"}}
    for variant in spoilt(listed):
        found = sound(world(**{LIST: sign(variant, "statuslist+jwt").encode()}).verify(token))
        assert found.check(CheckName.STATUS).result in (Result.PASS, Result.UNKNOWN, Result.FAIL)


def test_every_member_under_a_proof() -> None:
    """A proof by eddsa-jcs-2022 covers every byte: nothing that was changed afterwards is ever valid."""
    key = Ed25519Key.generate()
    did = f"did:key:{key.public_multikey}"
    plain = {
        name: value
        for name, value in BADGE.items()
        if not name.startswith("credentialS") or name[10:] == "Subject"
    }
    signed = sign_jcs(
        plain | {"issuer": did}, key, verification_method=f"{did}#{key.public_multikey}", created=NOW
    )
    assert sound(world().verify(json.dumps(signed))).verdict is Verdict.VALID
    for variant in spoilt(signed):
        assert sound(world().verify(json.dumps(variant))).verdict is not Verdict.VALID or variant == signed


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes(data: bytes) -> None:
    sound(World().verify(data))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "@context",
                        "type",
                        "id",
                        "issuer",
                        "proof",
                        "credentialSubject",
                        "payload",
                        "signatures",
                    ]
                )
                | st.text(max_size=5),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_json(value: Any) -> None:
    sound(World().verify(json.dumps(value)))


def test_torn_vectors(vectors: Path) -> None:
    """Public credentials of every kind, damaged at random places; the seed is fixed."""
    chance = random.Random(2026)
    for data in _seeds(vectors):
        for _ in range(12):
            sound(World().verify(torn(data, chance)))


def test_a_short_run_of_the_fuzzer(vectors: Path) -> None:
    corpus, before = fuzz.read_corpus(vectors / "verify"), fuzz.peak()
    for number in range(300):
        chance = random.Random(number)
        data = fuzz.damaged(chance.choice(corpus), chance)
        assert fuzz.judged(data, chance, corpus) is None, number
    assert fuzz.peak() - before < fuzz.MEMORY


def _seeds(vectors: Path) -> Iterator[bytes]:
    cases = json.loads((vectors / "verify" / "cases.json").read_text("utf-8"))
    kinds = {str(case["id"]).split("-no")[0]: case["file"] for case in cases}
    for file in kinds.values():
        yield (vectors / "verify" / file).read_bytes()
