"""Status lists as documents: verified like any credential, with the dates and the freshness that they claim.

`ttl` is milliseconds in a Bitstring Status List and seconds in a Token Status List.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from mutua_credentials import digests, jws
from mutua_credentials.json_text import Refused
from mutua_credentials.sdjwt.disclosures import Resolved
from mutua_credentials.sdjwt.token import SdJwt, read_payload
from mutua_credentials.verify.documents import Document
from mutua_credentials.verify.formats import listed
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.issuer_binding import bind
from mutua_credentials.verify.key_finding import find_keys
from mutua_credentials.verify.reading import Reading, numeric_date
from mutua_credentials.verify.recognise import NotVerified, recognise
from mutua_credentials.verify.result import Check, Result, instant_text
from mutua_credentials.verify.signature import check_signature, refused_header
from mutua_credentials.verify.status_bits import TOKEN_BITS, read_bitstring, read_token_list

_NOT_PROVEN = "list_not_proven"
_REASONS = {
    "unsecured": "list_unsigned",
    "signature_wrong": "list_tampered",
    "expired": "list_expired",
    "not_yet_valid": "list_not_yet_valid",
}
TOKEN_TYPES = frozenset({"statuslist+jwt", "application/statuslist+jwt"})


@dataclass(frozen=True, slots=True)
class Bitstring:
    """A W3C list that was proven: who signed it, for which purposes, its bits."""

    issuer: str
    id: str | None
    purposes: tuple[str, ...]
    bits: bytes
    digest: str
    as_of: str | None


@dataclass(frozen=True, slots=True)
class TokenList:
    """An IETF list that was proven; `size` bits an entry."""

    issuer: str
    size: int
    bits: bytes
    digest: str
    as_of: str | None


def read_bitstring_list(
    document: Document, credential_type: str, subject_type: str, given: Given
) -> Bitstring | Refused:
    """The list, or why it says nothing."""
    from mutua_credentials.verify.run import examine

    found = recognise(document.data)
    if isinstance(found, NotVerified):
        return Refused(_NOT_PROVEN, f"format: {found.check.code}", "a signed status list")
    if credential_type not in listed(found.body.get("type")):
        return Refused("list_type_wrong", repr(found.body.get("type"))[:80], credential_type)
    reading, checks = examine(found, replace(given, nonce=None, audience=None))
    flaw = next((one for one in checks if one.result in (Result.FAIL, Result.UNKNOWN)), None)
    if flaw is not None or not isinstance(reading, Reading):
        return _refused(flaw)
    subject: Any = found.body.get("credentialSubject")
    if not isinstance(subject, dict) or cast("dict[str, Any]", subject).get("type") != subject_type:
        return Refused("list_type_wrong", repr(subject)[:80], f"one subject of the type {subject_type}")
    members = cast("dict[str, Any]", subject)
    if stale := _stale(members.get("ttl"), timedelta(milliseconds=1), reading.starts, document, given):
        return stale
    bits = read_bitstring(members.get("encodedList"), multibase=subject_type == "BitstringStatusList")
    if isinstance(bits, Refused):
        return bits
    purposes = tuple(one for one in listed(members.get("statusPurpose")) if isinstance(one, str))
    as_of = instant_text(document.observed_from or max(reading.starts, default=given.as_of))
    return Bitstring(
        reading.issuer, reading.credential_id, purposes, bits, digests.of_bytes(document.data), as_of
    )


def _refused(flaw: Check | None) -> Refused:
    if flaw is None:
        return Refused(_NOT_PROVEN, "nothing that could be read", "a signed status list")
    code = _REASONS.get(flaw.code, _NOT_PROVEN)
    return Refused(
        code, f"{flaw.name}: {flaw.code} {flaw.found or ''}"[:200], flaw.expected or "a proven list"
    )


def read_token_status_list(document: Document, url: str, issuer: str, given: Given) -> TokenList | Refused:
    """The list, or why it says nothing. A list that names no issuer is taken for the credential issuer's."""
    jwt = jws.split(document.data.decode("ascii", "replace").strip())
    if isinstance(jwt, Refused):
        return Refused("list_unsigned", f"{jwt.code}: {jwt.found}"[:200], "a JWT of the type statuslist+jwt")
    if str(jwt.header.get("typ")).lower() not in TOKEN_TYPES:
        return Refused("list_type_wrong", repr(jwt.header.get("typ"))[:80], "statuslist+jwt")
    claims = read_payload(jwt)
    if isinstance(claims, Refused):
        return Refused(_NOT_PROVEN, f"{claims.code}: {claims.found}"[:200], claims.expected)
    if claims.get("sub") != url:
        return Refused("list_of_another_address", repr(claims.get("sub"))[:200], url[:200])
    signer = claims.get("iss", issuer)
    issued, ends = numeric_date(claims.get("iat")), numeric_date(claims.get("exp"))
    if not isinstance(signer, str) or issued is None or (ends is None and "exp" in claims):
        return Refused(_NOT_PROVEN, "iss, iat or exp", "a text and numbers")
    if refused := _token_dates(issued, ends, claims, document, given) or _token_proof(
        SdJwt(jwt, claims, ()), signer, issued, given
    ):
        return refused
    return _token_bits(claims, signer, document, issued)


def _token_dates(
    issued: datetime, ends: datetime | None, claims: Mapping[str, Any], document: Document, given: Given
) -> Refused | None:
    as_of = str(instant_text(given.as_of))
    if ends is not None and ends <= given.as_of:
        return Refused("list_expired", str(instant_text(ends)), f"after {as_of}")
    if issued > given.as_of + given.leeway:
        return Refused("list_not_yet_valid", str(instant_text(issued)), f"by {as_of}")
    return _stale(claims.get("ttl"), timedelta(seconds=1), (issued,), document, given)


def _token_proof(token: SdJwt, signer: str, issued: datetime, given: Given) -> Refused | None:
    if refused := refused_header(token.jwt):
        return _refused(refused)
    kid = token.jwt.header.get("kid")
    named = kid if isinstance(kid, str) else None
    keys = find_keys(signer, named, issued, given)
    whole = Resolved(token.payload, {}, {}, ())
    signature, key = check_signature(token, signer, named, keys, whole, issued, given)
    if key is None or signature.ends:
        return _refused(signature)
    binding = bind(signer, key, issued, given)
    return None if binding.result is Result.PASS else _refused(binding)


def _token_bits(
    claims: Mapping[str, Any], signer: str, document: Document, issued: datetime
) -> TokenList | Refused:
    inside = claims.get("status_list")
    members = cast("dict[str, Any]", inside) if isinstance(inside, dict) else {}
    size = members.get("bits")
    if not isinstance(size, int) or isinstance(size, bool) or size not in TOKEN_BITS:
        return Refused("list_encoding_wrong", f"bits {size!r}"[:80], "1, 2, 4 or 8 bits")
    bits = read_token_list(members.get("lst"))
    if isinstance(bits, Refused):
        return bits
    as_of = instant_text(document.observed_from or issued)
    return TokenList(signer, size, bits, digests.of_bytes(document.data), as_of)


def _stale(
    ttl: Any, unit: timedelta, starts: tuple[datetime, ...], document: Document, given: Given
) -> Refused | None:
    """Whether a list has been kept for longer than it allows; it counts from when it was seen or issued."""
    if ttl is None:
        return None
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or ttl < 0:
        return Refused(_NOT_PROVEN, f"ttl {ttl!r}"[:80], "a number that is not negative")
    seen = max((*starts, *((document.observed_from,) if document.observed_from else ())), default=None)
    if seen is None or given.as_of.timestamp() - seen.timestamp() <= ttl * unit.total_seconds():
        return None
    return Refused(
        "list_stale", f"of {instant_text(seen)}, ttl {ttl}", f"not older by {instant_text(given.as_of)}"
    )
