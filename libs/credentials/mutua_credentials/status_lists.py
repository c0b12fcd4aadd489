"""Status lists as an issuer publishes them: W3C Bitstring Status List v1.0 and IETF Token Status List.

Both say of many credentials at once what became of each, by its index. Their bit orders and units are
opposite: a bitstring counts from the most significant bit and its `ttl` is milliseconds, a token list
counts from the least significant bit and its `ttl` is seconds. What is signed here is read by anybody's
verifier.
"""

import gzip
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final, Literal

from mutua_credentials import jws
from mutua_credentials.digests import canonical
from mutua_credentials.instants import write_instant
from mutua_credentials.integrity import sign_jcs
from mutua_credentials.jws import Signer
from mutua_credentials.linked_data.allow_list import CREDENTIALS_V2

ENTRIES: Final = 131_072
"""Entries of a list: the least that Bitstring Status List allows, so that one entry hides among many."""

TOKEN_LIST_TYP: Final = "statuslist+jwt"  # noqa: S105 - a media type, not a secret
TOKEN_LIST_MEDIA_TYPE: Final = "application/statuslist+jwt"  # noqa: S105
BITSTRING_MEDIA_TYPE: Final = "application/vc"

Purpose = Literal["revocation", "suspension"]

_TOKEN_BITS = 2


class TokenStatus(IntEnum):
    """The values of a Token Status List that we use (section 7 of its draft)."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2


@dataclass(frozen=True, slots=True)
class Publication:
    """What is alike in every signed list: where it stands, who says it, from when to when it may be believed.

    `ttl` is how long a reader may go on without asking again.
    """

    uri: str
    issuer: str
    valid_from: datetime
    valid_until: datetime
    ttl: timedelta


def bitstring_entry(uri: str, index: int, purpose: Purpose) -> dict[str, Any]:
    """The `credentialStatus` of a credential whose bit is at `index` of the list at `uri`."""
    return {
        "id": f"{uri}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": uri,
    }


def encode_bitstring(indices: Iterable[int], entries: int = ENTRIES) -> str:
    """`encodedList` of a bitstring with these bits set: multibase `u`, base64url of GZIP."""
    bits = bytearray(entries // 8)
    for index in _inside(indices, entries):
        bits[index >> 3] |= 0x80 >> (index & 7)
    return "u" + jws.encode(gzip.compress(bytes(bits), mtime=0))


def encode_token_list(statuses: Mapping[int, TokenStatus], entries: int = ENTRIES) -> str:
    """`lst` of a token list with two bits an entry: base64url of ZLIB; what is not named is VALID."""
    packed = bytearray(entries * _TOKEN_BITS // 8)
    for index in _inside(statuses, entries):
        place = index * _TOKEN_BITS
        packed[place >> 3] |= statuses[index] << (place & 7)
    return jws.encode(zlib.compress(bytes(packed), 9))


def token_status_list(statuses: Mapping[int, TokenStatus], about: Publication, signer: Signer) -> str:
    """A signed Token Status List: a JWT of the type `statuslist+jwt`."""
    claims = {
        "iss": about.issuer,
        "sub": about.uri,
        "iat": int(about.valid_from.timestamp()),
        "exp": int(about.valid_until.timestamp()),
        "ttl": int(about.ttl.total_seconds()),
        "status_list": {"bits": _TOKEN_BITS, "lst": encode_token_list(statuses)},
    }
    return jws.sign({"typ": TOKEN_LIST_TYP}, canonical(claims), signer)


def bitstring_status_list(
    indices: Iterable[int],
    purpose: Purpose,
    about: Publication,
    signer: Signer,
    *,
    verification_method: str,
) -> dict[str, Any]:
    """A signed Bitstring Status List for one purpose: a credential with a proof over every byte of it.

    The suite is the signer's: `eddsa-jcs-2022`, or `ecdsa-jcs-2019` for a P-256 key.
    """
    credential = {
        "@context": [CREDENTIALS_V2],
        "id": about.uri,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": about.issuer,
        "validFrom": write_instant(about.valid_from),
        "validUntil": write_instant(about.valid_until),
        "credentialSubject": {
            "id": f"{about.uri}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode_bitstring(indices),
            "ttl": int(about.ttl.total_seconds() * 1000),
        },
    }
    return sign_jcs(credential, signer, verification_method=verification_method, created=about.valid_from)


def _inside(indices: Iterable[int], entries: int) -> Iterable[int]:
    for index in indices:
        if not 0 <= index < entries:
            raise ValueError(f"found the index {index}, expected 0 to {entries - 1}")
        yield index
