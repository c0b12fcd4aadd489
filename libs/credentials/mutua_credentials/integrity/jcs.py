"""The suites over canonical JSON (RFC 8785): `eddsa-jcs-2022` and `ecdsa-jcs-2019`.

They need no context and cover every byte of the document. The W3C recommendations on both suites say what is
hashed: the proof's options, then the document.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from mutua_credentials.digests import canonical
from mutua_credentials.instants import write_instant
from mutua_credentials.integrity.multikey import encode_base58
from mutua_credentials.integrity.proofs import ASSERTION, Proof, read_proofs
from mutua_credentials.integrity.suites import DATA_INTEGRITY_PROOF, hash_name, verifies
from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Signer

_SUITE_OF_ALG = {"EdDSA": "eddsa-jcs-2022", "Ed25519": "eddsa-jcs-2022", "ES256": "ecdsa-jcs-2019"}


def sign_jcs(
    document: Mapping[str, Any],
    signer: Signer,
    *,
    verification_method: str,
    created: datetime,
    expires: datetime | None = None,
    purpose: str = ASSERTION,
) -> dict[str, Any]:
    """The document with a proof: `eddsa-jcs-2022` by an Ed25519 key, `ecdsa-jcs-2019` by a P-256 key.

    `verification_method` is the URL of the key in its controller's document. Raises ValueError for a document
    that has a proof already or no canonical form, and for a key that neither suite takes.
    """
    if "proof" in document:
        raise ValueError("found a document with a proof, expected one without")
    if signer.alg not in _SUITE_OF_ALG:
        raise ValueError(f"found a key for {signer.alg}, expected one for {' or '.join(_SUITE_OF_ALG)}")
    options: dict[str, Any] = {
        "type": DATA_INTEGRITY_PROOF,
        "cryptosuite": _SUITE_OF_ALG[signer.alg],
        "created": write_instant(created),
        "verificationMethod": verification_method,
        "proofPurpose": purpose,
    }
    if expires is not None:
        options["expires"] = write_instant(expires)
    if "@context" in document:
        options["@context"] = document["@context"]
    signature = signer.sign(hash_jcs(document, options, "sha256"))
    return {**document, "proof": {**options, "proofValue": encode_base58(signature)}}


def verify_jcs(
    document: Mapping[str, Any], jwk: Mapping[str, str], *, as_of: datetime, purpose: str = ASSERTION
) -> Proof | Refused:
    """The one proof of a document, where it is a JCS proof by this key, for this purpose, and not expired.

    The caller finds the key by `read_proofs(document)[0].verification_method` and answers for it: whoever
    holds it, not whoever the document names, has signed. Codes: those of `read_proofs`,
    `proof_not_single`, `suite_unsupported`, `purpose_wrong`, `proof_expired`, `proof_contexts`,
    `no_canonical_form`, `key_unusable`, `signature_wrong`.
    """
    proofs = read_proofs(document)
    if isinstance(proofs, Refused):
        return proofs
    proof = proofs[0]
    if len(proofs) > 1 or proof.previous:
        return Refused("proof_not_single", f"{len(proofs)} proofs", "one proof that builds on no other")
    if proof.suite is None or proof.suite.canonical != "jcs":
        return Refused("suite_unsupported", proof.name[:80], "eddsa-jcs-2022 or ecdsa-jcs-2019")
    if proof.purpose != purpose:
        return Refused("purpose_wrong", proof.purpose[:80], purpose)
    if proof.expires is not None and proof.expires <= as_of:
        return Refused("proof_expired", write_instant(proof.expires), f"after {write_instant(as_of)}")
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    return check_jcs(unsecured, proof, jwk) or proof


def check_jcs(unsecured: Mapping[str, Any], proof: Proof, jwk: Mapping[str, str]) -> Refused | None:
    """What is wrong with the signature of a JCS proof over a document without that proof.

    Codes: `proof_contexts`, `no_canonical_form`, `key_unusable`, `signature_wrong`.
    """
    if proof.suite is None:
        raise ValueError(f"found a proof of {proof.name}, expected a JCS suite")
    if not is_prefix(proof.options.get("@context"), unsecured.get("@context")):
        return Refused("proof_contexts", "other contexts in the proof", "the first ones of the document")
    try:
        hashes = hash_jcs(unsecured, proof.options, hash_name(jwk))
    except ValueError as error:
        return Refused("no_canonical_form", str(error)[:200], "JSON that RFC 8785 can write")
    verified = verifies(proof.suite, jwk, hashes, proof.signature)
    if isinstance(verified, Refused):
        return verified
    return None if verified else Refused("signature_wrong", "another signature", "one by this key")


def hash_jcs(document: Mapping[str, Any], options: Mapping[str, Any], algorithm: str) -> bytes:
    """What is signed: the hash of the options, then of the document under the options' contexts."""
    covered = {**document, "@context": options["@context"]} if "@context" in options else document
    return b"".join(hashlib.new(algorithm, canonical(part)).digest() for part in (options, covered))


def is_prefix(contexts: Any, of: Any) -> bool:
    """Whether a proof's contexts are the first ones of the document, in their order; none always are."""
    if contexts is None:
        return True
    first, whole = _list(contexts), _list(of)
    return first == whole[: len(first)]


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [] if value is None else [value]
