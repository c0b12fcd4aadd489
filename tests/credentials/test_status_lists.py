"""Status lists that we publish: the published examples of both formats, their opposite orders, and other
readers."""

import base64
import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey
from openvc import status as other

from mutua_credentials import status_lists
from mutua_credentials.integrity import Ed25519Key, Proof, verify_jcs
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import PrivateKey
from mutua_credentials.status_lists import ENTRIES, Publication, TokenStatus

KEY = PrivateKey.generate()
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
URI = "https://univ-lisvik.example/status/1/token"
ABOUT = Publication(URI, "https://univ-lisvik.example", AT, AT + timedelta(days=7), timedelta(minutes=5))


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, after another library has checked the signature."""
    verified = joserfc_jws.deserialize_compact(token, ECKey.import_key(KEY.public_jwk), ["ES256"])
    return dict(verified.headers()), json.loads(verified.payload or b"")


def test_the_two_bit_example_of_the_draft() -> None:
    example = (1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3)
    states = {index: TokenStatus(value) for index, value in enumerate(example) if 0 < value < 3}
    packed = bytearray(zlib.decompress(decoded(status_lists.encode_token_list(states, 16))))
    for index in (3, 10, 11):  # the value 3 is the application's own in the draft, and not one of ours
        packed[index >> 2] |= 3 << (index & 3) * 2
    assert bytes(packed) == bytes.fromhex("c944f900")


def test_the_least_list_of_the_recommendation_is_16_kilobytes_of_nothing() -> None:
    encoded = status_lists.encode_bitstring([])
    assert encoded[0] == "u"
    assert gzip.decompress(decoded(encoded[1:])) == bytes(16_384)
    assert status_lists.encode_bitstring([]) == encoded, "the same list has the same bytes"


@given(st.dictionaries(st.integers(0, ENTRIES - 1), st.sampled_from(TokenStatus), max_size=30))
def test_both_orders_are_read_back_by_their_definitions(states: dict[int, TokenStatus]) -> None:
    packed = zlib.decompress(decoded(status_lists.encode_token_list(states)))
    bits = gzip.decompress(decoded(status_lists.encode_bitstring(states)[1:]))
    for index, state in states.items():
        assert packed[index // 4] >> index % 4 * 2 & 3 == state
        assert f"{bits[index // 8]:08b}"[index % 8] == "1"
    assert sum(f"{byte:b}".count("1") for byte in bits) == len(states)


@pytest.mark.parametrize("index", [-1, ENTRIES])
def test_an_index_outside_is_a_mistake_of_the_caller(index: int) -> None:
    with pytest.raises(ValueError, match="expected 0 to 131071"):
        status_lists.encode_bitstring([index])
    with pytest.raises(ValueError, match="expected 0 to 131071"):
        status_lists.encode_token_list({index: TokenStatus.INVALID})


def test_a_token_list_says_where_it_stands_and_how_long_it_may_be_believed() -> None:
    token = status_lists.token_status_list({7: TokenStatus.SUSPENDED}, ABOUT, KEY)
    header, claims = signed(token)
    assert (header["typ"], header["kid"]) == ("statuslist+jwt", KEY.kid)
    assert (claims["iss"], claims["sub"]) == ("https://univ-lisvik.example", URI)
    assert (claims["exp"] - claims["iat"], claims["ttl"]) == (7 * 86400, 300)
    assert claims["status_list"]["bits"] == 2


@pytest.mark.parametrize("key", [Ed25519Key.generate(), KEY], ids=["eddsa-jcs-2022", "ecdsa-jcs-2019"])
def test_a_bitstring_list_is_a_credential_with_a_proof(
    key: Ed25519Key | PrivateKey, request: pytest.FixtureRequest
) -> None:
    listed = listing([7], key)
    assert listed["id"] == URI
    assert listed["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert (listed["validFrom"], listed["validUntil"]) == ("2026-11-20T10:00:00Z", "2026-11-27T10:00:00Z")
    subject = listed["credentialSubject"]
    assert (subject["type"], subject["statusPurpose"]) == ("BitstringStatusList", "revocation")
    assert subject["ttl"] == 300_000
    proof = verify_jcs(listed, key.public_jwk, as_of=AT)
    assert isinstance(proof, Proof)
    assert proof.name in request.node.name
    altered = {**listed, "validUntil": "2036-11-27T10:00:00Z"}
    assert isinstance(verify_jcs(altered, key.public_jwk, as_of=AT), Refused)


def listing(indices: list[int], key: Ed25519Key | PrivateKey = KEY) -> dict[str, Any]:
    method = f"did:web:univ-lisvik.example#{key.kid}"
    return status_lists.bitstring_status_list(indices, "revocation", ABOUT, key, verification_method=method)


def test_another_library_reads_the_same() -> None:
    states = {7: TokenStatus.SUSPENDED, 8: TokenStatus.INVALID, ENTRIES - 1: TokenStatus.INVALID}
    token = status_lists.token_status_list(states, ABOUT, KEY)
    public = {**KEY.public_jwk, "alg": "ES256"}
    claims = other.verify_status_list_token(token, public_key_jwk=public, expected_uri=URI, now=AT)
    packed = other.decode_status_list(claims["status_list"]["lst"])
    assert [other.get_status(packed, index, bits=2) for index in (6, 7, 8, ENTRIES - 1)] == [0, 2, 1, 1]

    listed = listing([8])
    for index, revoked in ((7, False), (8, True)):
        entry = status_lists.bitstring_entry(URI, index, "revocation")
        found = other.check_credential_status(
            {"credentialStatus": entry}, resolve_status_list=lambda _: listed
        )
        assert found.revoked is revoked
