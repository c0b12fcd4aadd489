"""The suites over canonical JSON (RFC 8785): `eddsa-jcs-2022` and `ecdsa-jcs-2019`.

They need no context and cover every byte of the document. The W3C recommendations on both suites say what is
hashed: the proof's options, then the document.
"""

import copy
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from mutua_credentials.digests import canonical
from mutua_credentials.instants import write_instant
from mutua_credentials.integrity.chains import without_proof
from mutua_credentials.integrity.multikey import encode_base58
from mutua_credentials.integrity.proofs import ASSERTION, Proof, check_signature, new_options, read_proofs
from mutua_credentials.integrity.suites import hash_name, suite_for
from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Signer


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
    options = new_options(
        document,
        suite_for(signer.alg, "jcs"),
        verification_method=verification_method,
        created=created,
        expires=expires,
        purpose=purpose,
    )
    if "@context" in document:
        options["@context"] = copy.deepcopy(document["@context"])
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
    return check_jcs(without_proof(document), proof, jwk) or proof


def check_jcs(unsecured: Mapping[str, Any], proof: Proof, jwk: Mapping[str, str]) -> Refused | None:
    """What is wrong with the signature of a JCS proof over a document without that proof.

    Codes: `proof_contexts`, `no_canonical_form`, `key_unusable`, `signature_wrong`.
    """
    if "@context" in proof.members and not is_prefix(proof.members["@context"], unsecured.get("@context")):
        return Refused("proof_contexts", "other contexts in the proof", "the first ones of the document")
    try:
        hashes = hash_jcs(unsecured, proof.options, hash_name(jwk))
    except ValueError as error:
        return Refused("no_canonical_form", str(error)[:200], "JSON that RFC 8785 can write")
    return check_signature(proof, hashes, jwk)


def hash_jcs(document: Mapping[str, Any], options: Mapping[str, Any], algorithm: str) -> bytes:
    """What is signed: the hash of the options, then of the document under the options' contexts."""
    covered = {**document, "@context": options["@context"]} if "@context" in options else document
    return b"".join(hashlib.new(algorithm, canonical(part)).digest() for part in (options, covered))


def is_prefix(contexts: Any, of: Any) -> bool:
    """Whether a proof's contexts are the first ones of the document, in their order, and at least one."""
    first, whole = _list(contexts), _list(of)
    return bool(first) and first == whole[: len(first)]


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [] if value is None else [value]
