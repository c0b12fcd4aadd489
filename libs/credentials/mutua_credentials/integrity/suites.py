"""The cryptographic suites of Data Integrity that we verify: how each canonicalises, hashes and signs.

A suite that is not in the table is unknown, not wrong: what it protects may be sound.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from mutua_credentials import jws
from mutua_credentials.json_text import Refused

DATA_INTEGRITY_PROOF = "DataIntegrityProof"

_CURVES: Mapping[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {"P-256": hashes.SHA256, "P-384": hashes.SHA384}


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite. `legacy` suites are verified and never issued."""

    name: str
    canonical: Literal["rdfc", "jcs"]
    curves: tuple[str, ...]
    legacy: bool = False


SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite("eddsa-rdfc-2022", "rdfc", ("Ed25519",)),
        Suite("eddsa-jcs-2022", "jcs", ("Ed25519",)),
        Suite("ecdsa-rdfc-2019", "rdfc", ("P-256", "P-384")),
        Suite("ecdsa-jcs-2019", "jcs", ("P-256", "P-384")),
        Suite("eddsa-2022", "rdfc", ("Ed25519",), legacy=True),
        Suite("Ed25519Signature2020", "rdfc", ("Ed25519",), legacy=True),
    )
}
_NAMED_BY_TYPE = frozenset({"Ed25519Signature2020"})
"""Suites older than `cryptosuite`: the proof's type is their name."""


_OF_ALGORITHM = {"EdDSA": "eddsa-{}-2022", "Ed25519": "eddsa-{}-2022", "ES256": "ecdsa-{}-2019"}


def suite_for(alg: str, canonical: Literal["rdfc", "jcs"]) -> str:
    """The suite that we issue with a key for this JWS algorithm. Raises ValueError where there is none."""
    if alg not in _OF_ALGORITHM:
        raise ValueError(f"found a key for {alg}, expected one for {' or '.join(_OF_ALGORITHM)}")
    return _OF_ALGORITHM[alg].format(canonical)


def suite_name(proof: Mapping[str, Any]) -> str | None:
    """What a proof says of its suite: `cryptosuite`, or its type where that is older than `cryptosuite`."""
    kind = proof.get("type")
    if kind == DATA_INTEGRITY_PROOF:
        named = proof.get("cryptosuite")
        return named if isinstance(named, str) and named not in _NAMED_BY_TYPE else None
    return kind if isinstance(kind, str) else None


def suite_of(proof: Mapping[str, Any]) -> Suite | None:
    """The suite of a proof, or None where we do not verify it."""
    name = suite_name(proof)
    suite = SUITES.get(name) if name is not None else None
    if suite is None or (proof.get("type") == DATA_INTEGRITY_PROOF) == (suite.name in _NAMED_BY_TYPE):
        return None
    return suite


def hash_name(jwk: Mapping[str, str]) -> Literal["sha256", "sha384"]:
    """The hash of documents and proofs: P-384 keys take SHA-384, within RDFC too."""
    return "sha384" if jwk.get("crv") == "P-384" else "sha256"


def verifies(suite: Suite, jwk: Mapping[str, str], data: bytes, signature: bytes) -> bool | Refused:
    """Whether the signature over the hashes is by this key. Code of refusal: `key_unusable`."""
    curve = jwk.get("crv", "")
    if curve not in suite.curves:
        return Refused("key_unusable", f"a key on {curve or jwk.get('kty')}"[:80], " or ".join(suite.curves))
    try:
        key = _public_key(curve, jwk.get("x", ""), jwk.get("y", ""))
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        else:
            key.verify(_der(signature, key.curve), data, ec.ECDSA(_HASHES[curve]()))
    except InvalidSignature:
        return False
    except ValueError as error:
        return Refused("key_unusable", str(error)[:200], f"a public key on {curve}")
    return True


@lru_cache(maxsize=4096)
def _public_key(curve: str, x: str, y: str) -> Ed25519PublicKey | ec.EllipticCurvePublicKey:
    """Raises ValueError where there is no such key."""
    if curve == "Ed25519":
        return Ed25519PublicKey.from_public_bytes(jws.decode(x) or b"")
    x_number, y_number = (int.from_bytes(jws.decode(part) or b"", "big") for part in (x, y))
    return ec.EllipticCurvePublicNumbers(x_number, y_number, _CURVES[curve]).public_key()


def _der(signature: bytes, curve: ec.EllipticCurve) -> bytes:
    """From r and s side by side (IEEE P1363), as proofs have them."""
    size = curve.key_size // 8
    if len(signature) != 2 * size:
        raise InvalidSignature
    r, s = (int.from_bytes(part, "big") for part in (signature[:size], signature[size:]))
    return encode_dss_signature(r, s)
