"""The documents by which an issuer publishes its keys: did:web and `/.well-known/jwt-vc-issuer`.

The builders return plain dictionaries to be served as they are. The readers turn a fetched document into key
records; a document that does not speak for the issuer gives a reason instead.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from mutua_credentials import jws
from mutua_credentials.identities import canonical_identity, did_web_from_url, same_identity
from mutua_credentials.instants import read_instant
from mutua_credentials.integrity.multikey import decode_base58, read_multikey, write_multikey
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import ALG, KeyRecord, thumbprint

DID_CONTEXTS = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/jwk/v1",
    "https://w3id.org/security/multikey/v1",
)


def did_document(issuer: str, keys: Iterable[KeyRecord]) -> dict[str, Any]:
    """The did:web document of an https issuer.

    Every key that ever signed stays listed with `expires` or `revoked`, so that old credentials remain
    verifiable; a compromised key is no longer an assertion method. Ed25519 keys, which make Data Integrity
    proofs, are written as Multikey. Raises ValueError where the issuer has no did:web spelling.
    """
    did = _did(issuer)
    methods = [_method(did, key) for key in keys]
    return {
        "@context": list(DID_CONTEXTS),
        "id": did,
        "alsoKnownAs": [canonical_identity(issuer)],
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods if "revoked" not in method],
    }


def jwt_vc_issuer(issuer: str, keys: Iterable[KeyRecord]) -> dict[str, Any]:
    """The JWT VC issuer metadata of an https issuer (SD-JWT VC): uncompromised keys for tokens."""
    jwks = [_jwk(key) for key in keys if key.compromised_at is None and not _is_ed25519(key)]
    return {"issuer": issuer, "jwks": {"keys": jwks}}


def read_did_document(
    document: Mapping[str, Any], issuer: str, *, source: str, as_of: datetime
) -> tuple[KeyRecord, ...] | Refused:
    """The keys that a did:web document lists as assertion methods of this issuer.

    Codes: `document_of_another` where its `id` is another party, `document_malformed` otherwise.
    """
    subject = document.get("id")
    if not isinstance(subject, str) or not same_identity(subject, issuer):
        return Refused("document_of_another", repr(subject)[:200], issuer)
    methods, asserting = document.get("verificationMethod", []), document.get("assertionMethod", [])
    if not isinstance(methods, list) or not isinstance(asserting, list):
        return Refused(
            "document_malformed", "no lists of methods", "verificationMethod and assertionMethod as arrays"
        )
    embedded = [method for method in cast("list[Any]", asserting) if isinstance(method, dict)]
    asserted = asserted_methods(document, subject)
    listed = [
        method
        for method in cast("list[Any]", methods)
        if isinstance(method, dict)
        and (_absolute(subject, str(method.get("id"))) in asserted or "revoked" in method)
    ]
    records = [
        _record(cast("dict[str, Any]", method), issuer, source=source, as_of=as_of)
        for method in embedded + listed
    ]
    return tuple(record for record in records if record is not None)


def asserted_methods(document: Mapping[str, Any], subject: str) -> frozenset[str]:
    """The ids of all methods that may speak for a document's subject, those of other parties among them."""
    asserting = document.get("assertionMethod")
    entries = cast("list[Any]", asserting) if isinstance(asserting, list) else []
    named = [cast("dict[str, Any]", one).get("id") if isinstance(one, dict) else one for one in entries]
    return frozenset(_absolute(subject, one) for one in named if isinstance(one, str))


def read_jwt_vc_issuer(
    metadata: Mapping[str, Any], issuer: str, *, source: str, as_of: datetime
) -> tuple[KeyRecord, ...] | Refused:
    """The keys of JWT VC issuer metadata. Codes as for a did:web document."""
    subject = metadata.get("issuer")
    if not isinstance(subject, str) or not same_identity(subject, issuer):
        return Refused("document_of_another", repr(subject)[:200], issuer)
    jwks = metadata.get("jwks")
    keys: Any = cast("dict[str, Any]", jwks).get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list):
        return Refused("document_malformed", "no jwks.keys", "jwks.keys as an array")
    records = [
        _record({"publicKeyJwk": jwk}, issuer, source=source, as_of=as_of) for jwk in cast("list[Any]", keys)
    ]
    return tuple(record for record in records if record is not None)


def _did(issuer: str) -> str:
    did = did_web_from_url(canonical_identity(issuer))
    if did is None:
        raise ValueError(f"found {issuer!r}, expected an https URL of a host, or a did:web")
    return did


def _jwk(key: KeyRecord) -> dict[str, Any]:
    return {**key.jwk, "kid": key.kid, "alg": ALG, "use": "sig"}


def _is_ed25519(key: KeyRecord) -> bool:
    return key.jwk.get("crv") == "Ed25519"


def _method(did: str, key: KeyRecord) -> dict[str, Any]:
    method: dict[str, Any] = {"id": f"{did}#{key.kid}", "controller": did}
    if _is_ed25519(key):
        method |= {"type": "Multikey", "publicKeyMultibase": write_multikey(key.jwk)}
    else:
        method |= {"type": "JsonWebKey", "publicKeyJwk": _jwk(key)}
    if key.valid_to is not None:
        method["expires"] = _instant_text(key.valid_to)
    if key.compromised_at is not None:
        method["revoked"] = _instant_text(key.compromised_at)
    return method


def _record(method: Mapping[str, Any], issuer: str, *, source: str, as_of: datetime) -> KeyRecord | None:
    """The key of one method, or None where it is of a kind that we do not read, or its end is unreadable."""
    members = _public_jwk(method)
    ends = {name: read_instant(method[name]) for name in ("expires", "revoked") if name in method}
    if members is None or None in ends.values():
        return None
    key = {name: members[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in members}
    identifier = method.get("id")
    named = identifier if isinstance(identifier, str) else ""
    fragment = named.rpartition("#")[2]
    try:
        hashed = thumbprint(key)
    except ValueError:
        return None
    return KeyRecord(
        issuer=issuer,
        kid=members.get("kid") or fragment or hashed,
        jwk=key,
        valid_to=ends.get("expires"),
        compromised_at=ends.get("revoked"),
        source=source,
        as_of=as_of,
        also=tuple(dict.fromkeys(name for name in (fragment, named, hashed) if name)),
    )


def _public_jwk(method: Mapping[str, Any]) -> dict[str, str] | None:
    """A method's key, written as a JWK, as multibase text or, of the year 2018, in base58."""
    jwk = method.get("publicKeyJwk")
    if isinstance(jwk, dict):
        return {name: text for name, text in cast("dict[str, Any]", jwk).items() if isinstance(text, str)}
    older = method.get("publicKeyBase58")
    if isinstance(older, str) and method.get("type") == "Ed25519VerificationKey2018":
        raw = decode_base58(f"z{older}") or b""
        return {"kty": "OKP", "crv": "Ed25519", "x": jws.encode(raw)} if len(raw) == 32 else None
    return read_multikey(method.get("publicKeyMultibase"))


def _absolute(did: str, reference: str) -> str:
    return did + reference if reference.startswith("#") else reference


def _instant_text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
