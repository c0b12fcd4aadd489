"""The suites over canonical RDF: `eddsa-rdfc-2022`, `ecdsa-rdfc-2019`, and the older `eddsa-2022` and
`Ed25519Signature2020`.

What is signed is the hash of the proof's options, read under the document's contexts, and the hash of the
document. Both come from a `Canonicaliser`; what its contexts do not define is refused, since it would not be
signed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mutua_credentials.integrity.multikey import encode_base58
from mutua_credentials.integrity.proofs import ASSERTION, new_options
from mutua_credentials.integrity.suites import suite_for
from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Signer
from mutua_credentials.linked_data.pool import Algorithm, Canonicaliser


def sign_rdfc(
    document: Mapping[str, Any],
    signer: Signer,
    *,
    verification_method: str,
    created: datetime,
    canonicaliser: Canonicaliser,
    expires: datetime | None = None,
    purpose: str = ASSERTION,
) -> dict[str, Any] | Refused:
    """The document with a proof: `eddsa-rdfc-2022` by an Ed25519 key, `ecdsa-rdfc-2019` by a P-256 key.

    A refusal says what in the document would not be signed, or that its canonical form was not obtained.
    Raises ValueError for a document that has a proof already, and for a key that neither suite takes.
    """
    options = new_options(
        document,
        suite_for(signer.alg, "rdfc"),
        verification_method=verification_method,
        created=created,
        expires=expires,
        purpose=purpose,
    )
    hashes = hash_rdfc(document, options, canonicaliser, {}, "sha256")
    if isinstance(hashes, Refused):
        return hashes
    return {**document, "proof": {**options, "proofValue": encode_base58(signer.sign(hashes))}}


def hash_rdfc(
    covered: Mapping[str, Any],
    options: Mapping[str, Any],
    canonicaliser: Canonicaliser,
    contexts: Mapping[str, Any],
    algorithm: Algorithm,
) -> bytes | Refused:
    """What is signed: the hash of the options under the document's contexts, then of the document.

    Codes of refusal: those of `Canonicaliser.hashes`.
    """
    configured = {**options, "@context": covered.get("@context")}
    found = canonicaliser.hashes([covered, configured], contexts, algorithm)
    return found if isinstance(found, Refused) else found[1] + found[0]
