"""Signatures of given bytes by given public keys: the algorithms that are allowed, and no others.

JWS names an algorithm as a whole; CMS, CRLs and OCSP answers name the hash and leave the rest to the key.
"""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from mutua_credentials.json_text import Refused
from mutua_credentials.jws import MIN_RSA_BITS

ALGORITHMS = ("RS256", "ES256", "ES384", "ES512", "PS256", "Ed25519", "EdDSA")
"""Of seals. RS256 and ES256 are what Europe uses."""

STRONG_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
"""Of certificates, time stamps and revocation data; SHA-1 and MD5 prove nothing any more."""

_RSA_PADDINGS = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
}
_CURVES: dict[str, tuple[type[ec.EllipticCurve], hashes.HashAlgorithm, int]] = {
    "ES256": (ec.SECP256R1, hashes.SHA256(), 32),
    "ES384": (ec.SECP384R1, hashes.SHA384(), 48),
    "ES512": (ec.SECP521R1, hashes.SHA512(), 66),
}


def verifies_jws(alg: object, key: object, signature: bytes, data: bytes) -> bool | Refused:
    """Whether a JWS signature is by this key. Codes: `alg_not_allowed`, `key_unusable`."""
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        return Refused("alg_not_allowed", repr(alg)[:80], " or ".join(ALGORITHMS))
    try:
        if alg in _RSA_PADDINGS and isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
            key.verify(signature, data, _RSA_PADDINGS[alg], hashes.SHA256())
            return True
        if alg in _CURVES and isinstance(key, ec.EllipticCurvePublicKey):
            curve, algorithm, size = _CURVES[alg]
            if isinstance(key.curve, curve):
                return len(signature) == 2 * size and _verify_ec(key, signature, data, algorithm)
        if alg in ("Ed25519", "EdDSA") and isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
            return True
    except InvalidSignature:
        return False
    found = getattr(getattr(key, "curve", None), "name", None) or type(key).__name__.strip("_")
    return Refused("key_unusable", f"{found}, {getattr(key, 'key_size', '?')} bits", f"a key for {alg}")


def verifies(
    key: object,
    signature: bytes,
    data: bytes,
    algorithm: hashes.HashAlgorithm | None,
    *,
    probabilistic: bool = False,
) -> bool:
    """Whether a signature as X.509 writes it is by this key, over a strong hash; `None` is Ed25519's own.

    `probabilistic` is RSASSA-PSS instead of PKCS #1 v1.5.
    """
    try:
        if algorithm is None:
            if not isinstance(key, Ed25519PublicKey):
                return False
            key.verify(signature, data)
            return True
        if algorithm.name not in STRONG_HASHES:
            return False
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
            salted = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)
            key.verify(signature, data, salted if probabilistic else padding.PKCS1v15(), algorithm)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(algorithm))
            return True
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return False


def _verify_ec(
    key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes, algorithm: hashes.HashAlgorithm
) -> bool:
    """A JWS writes r and s side by side, each as long as the curve."""
    half = len(signature) // 2
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    key.verify(encode_dss_signature(r, s), data, ec.ECDSA(algorithm))
    return True
