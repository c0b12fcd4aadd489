"""Open Badges 2.0 as import: what an assertion says of itself, and whether a signed one was signed so.

A hosted assertion is as good as the address it was taken from, which no signature shows: it stays unknown. So
does a signed one whose key was not obtained.
"""

from collections.abc import Mapping
from typing import Any, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from mutua_credentials import jws
from mutua_credentials.annex_i import AnnexI
from mutua_credentials.instants import read_instant
from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Jws
from mutua_credentials.keys import KeyRecord
from mutua_credentials.verify.documents import NotObtained, read_object
from mutua_credentials.verify.formats import listed
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.reading import Reading, malformed
from mutua_credentials.verify.recognise import Recognised
from mutua_credentials.verify.result import Check, CheckName, failed, passed, unknown
from mutua_credentials.verify.securing import COVERED, Secured
from mutua_credentials.verify.w3c_vc import blank_nodes, identifier

NAME = CheckName.SIGNATURE


def read_openbadges2(body: Mapping[str, Any]) -> Reading | Check:
    """Codes where the structure fails: `type_missing`, `badge_missing`, `issuer_missing`, `blank_node`,
    `date_malformed`. An empty body stands for an assertion of which only the address is known.
    """
    if body and "Assertion" not in listed(body.get("type", body.get("@type"))):
        return malformed("type_missing", body.get("type"), "Assertion among the types")
    for blank in blank_nodes(body):
        return malformed("blank_node", blank, "identifiers that name something")
    badge = body.get("badge")
    if body and identifier(badge) is None and not isinstance(badge, dict):
        return malformed("badge_missing", badge, "a badge class, or its address")
    issuer = identifier(cast("dict[str, Any]", badge).get("issuer")) if isinstance(badge, dict) else badge
    if body and issuer is None:
        return malformed("issuer_missing", None, "an issuer of the badge class, or its address")
    dates = {name: read_instant(body[name]) for name in ("issuedOn", "expires") if body.get(name) is not None}
    for name, date in dates.items():
        if date is None:
            return malformed("date_malformed", body[name], f"{name}, an instant with a time zone")
    issued, expires = dates.get("issuedOn"), dates.get("expires")
    return Reading(
        issuer=issuer or "",
        credential_id=identifier(body),
        signed_at=issued,
        starts=(issued,) if issued else (),
        ends=(expires,) if expires else (),
        status=None,
        annex_i=lambda: _annex_i(body),
    )


def secure_openbadges2(found: Recognised, reading: Reading, given: Given) -> Secured:
    """Signature and issuer binding of a signed assertion, by the key that it names and what was obtained."""
    if not isinstance(found.document, Jws):
        return _not_signed("hosted", "a signed assertion")
    creator = _creator(found.body)
    key = _obtain(creator, given) if creator is not None else NotObtained("not_named")
    if isinstance(key, NotObtained):
        return _not_signed(f"{key.code} {key.detail}".strip(), "the key that verification.creator names")
    record = _record(key, str(creator))
    if record is None:
        return _not_signed("a document without publicKeyPem", "an RSA key of at least 2048 bits")
    verified = jws.verifies(found.document, record.jwk)
    if isinstance(verified, Refused):
        return Secured(COVERED, failed(NAME, verified.code, verified.found, verified.expected))
    if not verified:
        return Secured(COVERED, failed(NAME, "signature_wrong", "another signature", "one by this key"))
    profile = _obtain(reading.issuer, given)
    return Secured(
        COVERED,
        passed(NAME, "verified", evidence={"key": creator}),
        issuer_binding=_bind(reading.issuer, record, profile),
        key=record,
        status=_revocation_list(profile),
    )


def _not_signed(found: str, expected: str) -> Secured:
    return Secured(COVERED, unknown(NAME, "not_signed_format", found[:300], expected))


def _creator(body: Mapping[str, Any]) -> str | None:
    return _identifier_of(body.get("verification", body.get("verify")), "creator")


def _identifier_of(value: Any, name: str) -> str | None:
    """A member that is an id, or an object with one."""
    return identifier(cast("dict[str, Any]", value).get(name)) if isinstance(value, dict) else None


def _obtain(url: str, given: Given) -> Mapping[str, Any] | NotObtained:
    document = given.documents(url, given.as_of)
    if isinstance(document, NotObtained):
        return document
    members = read_object(document)
    return NotObtained(members.code, url) if isinstance(members, Refused) else members


def _record(key: Mapping[str, Any], creator: str) -> KeyRecord | None:
    pem, owner = key.get("publicKeyPem"), _identifier_of(key, "owner")
    if not isinstance(pem, str) or owner is None:
        return None
    try:
        loaded = load_pem_public_key(pem.encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(loaded, rsa.RSAPublicKey):
        return None
    numbers = loaded.public_numbers()
    n, e = (number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (numbers.n, numbers.e))
    return KeyRecord(owner, creator, {"kty": "RSA", "n": jws.encode(n), "e": jws.encode(e)}, source=creator)


def _bind(issuer: str, key: KeyRecord, profile: Mapping[str, Any] | NotObtained) -> Check:
    """The key counts as the issuer's where the issuer's own profile, obtained, names it: the key's document
    may claim any owner.
    """
    name = CheckName.ISSUER_BINDING
    if isinstance(profile, NotObtained):
        found = f"{profile.code} {profile.detail}"[:300]
        return unknown(name, "issuer_document_not_obtained", found, f"the profile {issuer}"[:300])
    named = [identifier(one) for one in listed(profile.get("publicKey"))]
    if profile.get("id") == issuer and key.kid in named and key.issuer == issuer:
        return passed(name, "key_listed_by_issuer", key.kid, expected=issuer)
    return failed(name, "key_of_another", key.kid[:300], f"a key that {issuer} names"[:300])


def _revocation_list(profile: Mapping[str, Any] | NotObtained) -> dict[str, Any] | None:
    """The list that a profile names, as a status reference. It is not signed, so it stays unknown."""
    named = None if isinstance(profile, NotObtained) else _identifier_of(profile, "revocationList")
    return None if named is None else {"type": "RevocationList", "id": named}


def _annex_i(body: Mapping[str, Any]) -> AnnexI:
    from mutua_credentials.annex_i.openbadges2 import read_assertion

    return read_assertion(body)
