"""Status lists of both kinds, good and broken in every way: only a proven list says anything."""

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mutua_credentials import jws
from mutua_credentials.integrity import Ed25519Key, sign_jcs
from mutua_credentials.jws import Named
from mutua_credentials.keys import PrivateKey
from mutua_credentials.status_lists import (
    Publication,
    TokenStatus,
    bitstring_entry,
    encode_bitstring,
    token_status_list,
)
from mutua_credentials.verify import CheckName, Verdict, Verification
from mutua_credentials.verify.status_bits import bitstring_value, token_value

from .verify_world import DID_JSON, LIST, NOW, WEB, World, body, by_did_key, did_document, secure

KEY = PrivateKey.generate()
SIGNER = Named(KEY, f"{WEB}#0")
DAY = timedelta(days=1)
ABOUT = Publication(LIST, WEB, NOW - DAY, NOW + DAY, timedelta(days=2))
REVOKED, GOOD = 6, 7
ENTRY = bitstring_entry(LIST, REVOKED, "revocation")


def status(found: Verification) -> tuple[str, str]:
    check = found.check(CheckName.STATUS)
    return check.result.value, check.code


def verified(entry: Any, data: bytes | str | None, **given: Any) -> Verification:
    world = World({DID_JSON: did_document(KEY)})
    if data is not None:
        world.documents[LIST] = data.encode() if isinstance(data, str) else data
    return world.verify(secure(body(WEB, credentialStatus=entry), SIGNER), **given)


def list_credential(purpose: str = "revocation") -> dict[str, Any]:
    """A Bitstring Status List with one credential marked."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": WEB,
        "validFrom": "2026-11-15T09:00:00Z",
        "validUntil": "2026-11-17T09:00:00Z",
        "credentialSubject": {
            "id": f"{LIST}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode_bitstring([REVOKED]),
            "ttl": 2 * 24 * 3600 * 1000,
        },
    }


def the_list(change: Callable[[dict[str, Any]], None] | None = None, signer: Any = SIGNER) -> str:
    """The same, changed and signed."""
    credential = list_credential()
    if change is not None:
        change(credential)
    return jws.sign({"typ": "vc+jwt"}, json.dumps(credential).encode(), signer)


class TestBitstring:
    def test_revoked_and_good(self) -> None:
        assert status(verified(ENTRY, the_list())) == ("fail", "revoked")
        found = verified(bitstring_entry(LIST, GOOD, "revocation"), the_list())
        assert status(found) == ("pass", "good")
        assert found.verdict is Verdict.VALID
        assert found.check(CheckName.STATUS).evidence["index"] == GOOD

    def test_suspended(self) -> None:
        token = secure(list_credential("suspension"), SIGNER)
        assert status(verified(bitstring_entry(LIST, REVOKED, "suspension"), token)) == ("fail", "suspended")

    def test_any_entry_counts(self) -> None:
        entries = [bitstring_entry(LIST, GOOD, "revocation"), ENTRY]
        found = verified(entries, the_list())
        assert status(found) == ("fail", "revoked")
        assert [one["code"] for one in found.check(CheckName.STATUS).evidence["entries"]] == [
            "good",
            "revoked",
        ]

    def test_a_message_changes_nothing(self) -> None:
        def as_message(credential: dict[str, Any]) -> None:
            credential["credentialSubject"]["statusPurpose"] = "message"

        found = verified(ENTRY | {"statusPurpose": "message"}, the_list(as_message))
        assert status(found) == ("pass", "good")

    def test_a_proof_inside_the_list(self) -> None:
        key = Ed25519Key.generate()
        did = f"did:key:{key.public_multikey}"
        credential = list_credential() | {"issuer": did}
        signed = sign_jcs(
            credential, key, verification_method=f"{did}#{key.public_multikey}", created=NOW - DAY
        )
        found = verified(ENTRY, json.dumps(signed), status_issuers=[did])
        assert status(found) == ("fail", "revoked")
        assert status(verified(ENTRY, json.dumps(signed))) == ("unknown", "list_of_another")
        signed["validFrom"] = "2026-11-02T00:00:00Z"
        assert status(verified(ENTRY, json.dumps(signed), status_issuers=[did])) == (
            "unknown",
            "list_tampered",
        )

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"validUntil": "2026-11-16T09:00:00Z"}, "list_expired"),
            ({"validFrom": "2026-11-17T00:00:00Z"}, "list_not_yet_valid"),
            ({"type": ["VerifiableCredential"]}, "list_type_wrong"),
            ({"type": ["VerifiableCredential", "StatusList2021Credential"]}, "list_type_wrong"),
            ({"issuer": "did:web:univ-other.example"}, "list_not_proven"),
            ({"credentialSubject": {"type": "Something"}}, "list_type_wrong"),
            ({"credentialSubject": "x"}, "list_not_proven"),
        ],
    )
    def test_lists_that_say_nothing(self, change: dict[str, Any], code: str) -> None:
        assert status(verified(ENTRY, the_list(lambda credential: credential.update(change)))) == (
            "unknown",
            code,
        )

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"statusPurpose": "suspension"}, "list_purpose_wrong"),
            ({"statusPurpose": None}, "list_purpose_wrong"),
            ({"encodedList": None}, "list_encoding_wrong"),
            ({"encodedList": "u"}, "list_encoding_wrong"),
            ({"encodedList": "uAAAA"}, "list_encoding_wrong"),
            ({"encodedList": jws.encode(gzip.compress(bytes(16)))}, "list_encoding_wrong"),
            ({"encodedList": "u" + jws.encode(zlib.compress(bytes(16)))}, "list_encoding_wrong"),
            ({"encodedList": "u" + jws.encode(gzip.compress(bytes(16))[:-4])}, "list_encoding_wrong"),
            ({"encodedList": "u" + jws.encode(gzip.compress(bytes(17 << 20)))}, "list_too_large"),
            ({"encodedList": "u" + jws.encode(gzip.compress(b""))}, "index_out_of_range"),
            ({"ttl": 60_000}, "list_stale"),
            ({"ttl": "1"}, "list_not_proven"),
            ({"type": "StatusList2021"}, "list_type_wrong"),
        ],
    )
    def test_lists_whose_content_says_nothing(self, change: dict[str, Any], code: str) -> None:
        def changed(credential: dict[str, Any]) -> None:
            credential["credentialSubject"] |= change

        assert status(verified(ENTRY, the_list(changed))) == ("unknown", code)

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (None, "list_not_obtained"),
            ("", "list_not_proven"),
            ("{}", "list_not_proven"),
            ("[]", "list_not_proven"),
            ("<html>", "list_not_proven"),
        ],
    )
    def test_what_is_no_list(self, data: str | None, code: str) -> None:
        assert status(verified(ENTRY, data)) == ("unknown", code)

    def test_an_unsigned_list(self) -> None:
        assert status(verified(ENTRY, json.dumps(list_credential()))) == ("unknown", "list_unsigned")

    def test_a_tampered_list(self) -> None:
        assert status(verified(ENTRY, the_list(signer=Named(PrivateKey.generate(), f"{WEB}#0")))) == (
            "unknown",
            "list_tampered",
        )

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"type": "1EdTechRevocationList"}, "list_unsigned"),
            ({"type": "RevocationList2020Status"}, "status_type_unsupported"),
            ({"type": None}, "status_type_unsupported"),
            ({"statusListCredential": None}, "status_malformed"),
            ({"statusListIndex": "-1"}, "status_malformed"),
            ({"statusListIndex": "1.5"}, "status_malformed"),
            ({"statusListIndex": True}, "status_malformed"),
            ({"statusListIndex": "9" * 30}, "status_malformed"),
            ({"statusListIndex": "131072"}, "index_out_of_range"),
            ({"statusPurpose": "sabotage"}, "status_purpose_unknown"),
            ({"statusPurpose": ["revocation"]}, "status_purpose_unknown"),
            ({"statusSize": 0}, "status_malformed"),
            ({"statusSize": "1"}, "status_malformed"),
        ],
    )
    def test_entries_that_say_nothing(self, change: dict[str, Any], code: str) -> None:
        assert status(verified(ENTRY | change, the_list())) == ("unknown", code)

    def test_what_is_only_warned_of(self) -> None:
        def short(credential: dict[str, Any]) -> None:
            credential["credentialSubject"]["encodedList"] = "u" + jws.encode(gzip.compress(b"\x01"))
            credential["id"] = "https://univ-lisvik.example/elsewhere"

        found = verified(ENTRY | {"statusListIndex": 7}, the_list(short))
        assert status(found) == ("fail", "revoked")
        warnings = found.check(CheckName.STATUS).evidence["warnings"]
        assert warnings == ["list_too_short", "index_not_text", "list_id_differs"]

    def test_older_lists_have_no_prefix(self) -> None:
        def older(credential: dict[str, Any]) -> None:
            credential["type"] = ["VerifiableCredential", "StatusList2021Credential"]
            members = credential["credentialSubject"]
            members |= {"type": "StatusList2021", "encodedList": members["encodedList"][1:]}

        assert status(verified(ENTRY | {"type": "StatusList2021Entry"}, the_list(older))) == (
            "fail",
            "revoked",
        )


class TestTokenList:
    def verified(self, idx: Any, data: str | None, **given: Any) -> Verification:
        world = World({DID_JSON: did_document(KEY)})
        if data is not None:
            world.documents[LIST] = data.encode()
        credential = body(WEB, status={"status_list": {"idx": idx, "uri": LIST}})
        return world.verify(secure(credential, SIGNER), **given)

    def token(self, **claims: Any) -> str:
        statuses = {REVOKED: TokenStatus.INVALID, 8: TokenStatus.SUSPENDED}
        token = token_status_list(statuses, ABOUT, SIGNER)
        payload = json.loads(jws.decode(token.split(".")[1]) or b"") | claims
        kept = {name: value for name, value in payload.items() if value is not None}
        return jws.sign({"typ": "statuslist+jwt"}, json.dumps(kept).encode(), SIGNER)

    def test_values(self) -> None:
        assert status(self.verified(REVOKED, self.token())) == ("fail", "revoked")
        assert status(self.verified(8, self.token())) == ("fail", "suspended")
        assert status(self.verified(GOOD, self.token())) == ("pass", "good")

    def test_without_an_issuer_it_is_the_credentials(self) -> None:
        assert status(self.verified(REVOKED, self.token(iss=None))) == ("fail", "revoked")

    @pytest.mark.parametrize(
        ("claims", "code"),
        [
            ({"sub": "https://univ-lisvik.example/status/2"}, "list_of_another_address"),
            ({"exp": NOW.timestamp()}, "list_expired"),
            ({"exp": "x"}, "list_not_proven"),
            ({"iat": None}, "list_not_proven"),
            ({"iat": NOW.timestamp() + 3600}, "list_not_yet_valid"),
            ({"ttl": 3600}, "list_stale"),
            ({"ttl": -1}, "list_not_proven"),
            ({"iss": "did:web:univ-other.example"}, "list_not_proven"),
            ({"status_list": None}, "list_encoding_wrong"),
            ({"status_list": {"bits": 3, "lst": "eNrbuRgAAhcBXQ"}}, "list_encoding_wrong"),
            ({"status_list": {"bits": True, "lst": "eNrbuRgAAhcBXQ"}}, "list_encoding_wrong"),
            ({"status_list": {"bits": 1, "lst": 7}}, "list_encoding_wrong"),
            (
                {"status_list": {"bits": 1, "lst": jws.encode(gzip.compress(bytes(16)))}},
                "list_encoding_wrong",
            ),
            ({"status_list": {"bits": 1, "lst": jws.encode(zlib.compress(b""))}}, "index_out_of_range"),
            (
                {"status_list": {"bits": 8, "lst": jws.encode(zlib.compress(b"\x03" * 9))}},
                "status_value_unknown",
            ),
        ],
    )
    def test_lists_that_say_nothing(self, claims: dict[str, Any], code: str) -> None:
        assert status(self.verified(REVOKED, self.token(**claims))) == ("unknown", code)

    @pytest.mark.parametrize("idx", [-1, "6", None, 1.5, True])
    def test_indices(self, idx: Any) -> None:
        assert status(self.verified(idx, self.token())) == ("unknown", "status_malformed")

    def test_types_and_signatures(self) -> None:
        header, payload, signature = self.token().split(".")
        assert status(self.verified(REVOKED, None)) == ("unknown", "list_not_obtained")
        assert status(self.verified(REVOKED, "x")) == ("unknown", "list_unsigned")
        assert status(self.verified(REVOKED, the_list())) == ("unknown", "list_type_wrong")
        forged = f"{header}.{payload}.{jws.encode(bytes(64))}"
        assert status(self.verified(REVOKED, forged)) == ("unknown", "list_tampered")
        assert signature

    def test_the_units_of_ttl_are_opposite(self) -> None:
        """A day and a half: in seconds it is long enough here, in milliseconds there."""
        seconds = int(timedelta(days=1.5).total_seconds())
        assert status(self.verified(GOOD, self.token(ttl=seconds))) == ("pass", "good")

        def in_seconds(credential: dict[str, Any]) -> None:
            credential["credentialSubject"]["ttl"] = seconds

        good = bitstring_entry(LIST, GOOD, "revocation")
        assert status(verified(good, the_list(in_seconds))) == ("unknown", "list_stale")


def test_the_bit_orders_are_opposite() -> None:
    """The draft's examples of one and two bits; W3C's order is the mirror image."""
    one, two = bytes([0xB9, 0xA3]), bytes([0xC9, 0x44, 0xF9])
    assert [token_value(one, at, 1) for at in range(16)] == [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    assert [token_value(two, at, 2) for at in range(12)] == [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    assert [bitstring_value(one, at) for at in range(8)] == [1, 0, 1, 1, 1, 0, 0, 1]
    assert bitstring_value(two, 1, 4) == 0x9
    assert token_value(one, 16, 1) is None
    assert bitstring_value(one, 16) is None


def test_a_list_by_another_key_of_the_world_is_foreign() -> None:
    did, signer = by_did_key(PrivateKey.generate())
    foreign = the_list(lambda credential: credential.update(issuer=did), signer)
    assert status(verified(ENTRY, foreign)) == ("unknown", "list_of_another")
    assert status(verified(ENTRY, foreign, status_issuers=[did])) == ("fail", "revoked")
