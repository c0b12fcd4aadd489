"""Multikey (W3C Controlled Identifiers): public keys as multibase text, and as the JWKs that we work with.

Read are Ed25519, P-256 and P-384 in base58btc; every other key has no reading. A did:key is its own key.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import base58
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mutua_credentials import jws

MAX_TEXT = 200
"""Longer than any key or signature that we read: decoding base58 takes quadratic time."""

_ED25519 = b"\xed\x01"
_CURVES: Mapping[bytes, tuple[str, ec.EllipticCurve]] = {
    b"\x80\x24": ("P-256", ec.SECP256R1()),
    b"\x81\x24": ("P-384", ec.SECP384R1()),
}


def decode_base58(text: Any) -> bytes | None:
    """The bytes of a multibase text in base58btc (`z...`), or None."""
    if not isinstance(text, str) or not text.startswith("z") or not 1 < len(text) <= MAX_TEXT:
        return None
    try:
        return base58.b58decode(text[1:])
    except ValueError:
        return None


def encode_base58(data: bytes) -> str:
    return "z" + base58.b58encode(data).decode("ascii")


def read_multikey(text: Any) -> dict[str, str] | None:
    """The JWK of a `publicKeyMultibase`, or None where it is of no kind that we read."""
    jwk = _read(text) if isinstance(text, str) and len(text) <= MAX_TEXT else None
    return None if jwk is None else dict(jwk)


@lru_cache(maxsize=4096)
def _read(text: str) -> Mapping[str, str] | None:
    data = decode_base58(text)
    if data is None:
        return None
    header, key = data[:2], data[2:]
    if header == _ED25519:
        return {"kty": "OKP", "crv": "Ed25519", "x": jws.encode(key)} if len(key) == 32 else None
    if header not in _CURVES:
        return None
    name, curve = _CURVES[header]
    size = (curve.key_size + 7) // 8
    if len(key) != size + 1:
        return None
    try:
        numbers = ec.EllipticCurvePublicKey.from_encoded_point(curve, key).public_numbers()
    except (ValueError, UnsupportedAlgorithm):
        return None
    x, y = (jws.encode(number.to_bytes(size, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": name, "x": x, "y": y}


def write_multikey(jwk: Mapping[str, str]) -> str:
    """The `publicKeyMultibase` of a public JWK. Raises ValueError where there is none."""
    name = jwk.get("crv")
    coordinates = [jws.decode(jwk.get(member, "")) or b"" for member in ("x", "y")]
    if name == "Ed25519" and len(coordinates[0]) == 32:
        return encode_base58(_ED25519 + coordinates[0])
    for header, (curve_name, curve) in _CURVES.items():
        if name == curve_name:
            x, y = (int.from_bytes(part, "big") for part in coordinates)
            point = ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
            return encode_base58(header + point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
    raise ValueError(f"found a key on {name!r}, expected Ed25519, P-256 or P-384")


def did_key(jwk: Mapping[str, str]) -> str:
    """The did:key of a public JWK. Its only verification method is `<did>#<the same text>`."""
    return f"did:key:{write_multikey(jwk)}"


def read_did_key(did: str) -> dict[str, str] | None:
    """The JWK that a did:key is, or None. A fragment must repeat the key."""
    body, mark, fragment = did.removeprefix("did:key:").partition("#")
    if not did.startswith("did:key:") or (mark and fragment != body):
        return None
    return read_multikey(body)
