"""Compact JWS (RFC 7515) with an allow-list: split, sign, check a signature with a given key.

Headers are read strictly; nothing that a header offers (`jwk`, `jku`, `x5u`, `x5c`) is ever used as the key.
The mathematics is joserfc's and cryptography's.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Protocol, cast

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from mutua_credentials import json_text
from mutua_credentials.digests import canonical
from mutua_credentials.json_text import Refused

ALGORITHMS = ("ES256", "ES384", "ES512", "PS256", "RS256", "Ed25519", "EdDSA")
"""What we verify; other names, `none` among them, are refused. Open Badges and European seals need RS256,
which we never sign with.
"""

MAX_HEADER_BYTES = 64 * 1024
MIN_RSA_BITS = 2048

_MODELS = {name: JWSRegistry.algorithms[name] for name in ALGORITHMS} | {
    # RFC 9864 renamed EdDSA with Ed25519; both names mean the same signature here, Ed448 is not accepted.
    "EdDSA": JWSRegistry.algorithms["Ed25519"]
}
_KEY_TYPES: Mapping[str, type[ECKey | OKPKey | RSAKey]] = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}


class Signer(Protocol):
    """Something that signs and tells by which key: a key in memory, a file, a hardware module."""

    @property
    def kid(self) -> str: ...

    @property
    def alg(self) -> str: ...

    def sign(self, data: bytes) -> bytes:
        """The JWS signature (for ES256: r and s, 32 bytes each) over exactly these bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """A key that signs under another name, such as the DID URL that W3C formats name it by."""

    key: Signer
    kid: str

    @property
    def alg(self) -> str:
        """The key's own."""
        return self.key.alg

    def sign(self, data: bytes) -> bytes:
        """The key's own signature."""
        return self.key.sign(data)


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS, taken apart but not verified."""

    text: str
    header: Mapping[str, Any]
    payload: bytes
    signature: bytes

    @property
    def signing_input(self) -> bytes:
        return self.text.rpartition(".")[0].encode("ascii")


def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes | None:
    """The bytes of an unpadded base64url text in its only right spelling, or None."""
    try:
        data = base64.b64decode(
            text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        return None
    return data if encode(data) == text else None


def sign(header: Mapping[str, Any], payload: bytes, signer: Signer) -> str:
    """A compact JWS. `alg` and `kid` come from the signer."""
    protected = canonical({**header, "alg": signer.alg, "kid": signer.kid})
    signing_input = f"{encode(protected)}.{encode(payload)}"
    return f"{signing_input}.{encode(signer.sign(signing_input.encode('ascii')))}"


def split(text: str) -> Jws | Refused:
    """Take a compact JWS apart. Codes: those of `json_text.read`, `not_jws`, `header_not_object`."""
    parts = text.split(".")
    if len(parts) != 3:
        return Refused("not_jws", f"{len(parts)} parts", "header.payload.signature")
    header, payload, signature = (decode(part) for part in parts)
    if header is None or payload is None or signature is None:
        return Refused("not_jws", "characters outside base64url, or padding", "unpadded base64url")
    match json_text.read(header, max_bytes=MAX_HEADER_BYTES):
        case Refused() as refused:
            return refused
        case json_text.Json(value=dict() as members):
            return Jws(text, MappingProxyType(cast("dict[str, Any]", members)), payload, signature)
        case json_text.Json(value=other):
            return Refused("header_not_object", json_text.type_name(other), "an object")


def refused_header(header: Mapping[str, Any]) -> Refused | None:
    """What speaks against a header whatever the key. Codes: `alg_not_allowed`, `crit_not_understood`."""
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in _MODELS:
        return Refused("alg_not_allowed", repr(alg)[:80], " or ".join(ALGORITHMS))
    if "crit" in header:
        return Refused("crit_not_understood", repr(header["crit"])[:80], "no critical header")
    return None


def verifies(jws: Jws, jwk: Mapping[str, str]) -> bool | Refused:
    """Whether the signature is by this key. A refusal says that no such check is possible.

    Codes: `alg_not_allowed`, `crit_not_understood`, `key_unusable` (of another type than `alg` needs, or
    broken).
    """
    if refused := refused_header(jws.header):
        return refused
    alg: str = jws.header["alg"]
    model = _MODELS[alg]
    try:
        key = _public_key(
            tuple(sorted((name, jwk[name]) for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk))
        )
        model.check_key(key)
        return model.verify(jws.signing_input, jws.signature, key)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        return Refused("key_unusable", str(error)[:200], f"a public key for {alg}")


@lru_cache(maxsize=4096)
def _public_key(members: tuple[tuple[str, str], ...]) -> ECKey | OKPKey | RSAKey:
    jwk: dict[str, str | list[str]] = dict(members)
    if jwk["kty"] == "RSA" and len(decode(str(jwk["n"])) or b"") * 8 < MIN_RSA_BITS:
        raise ValueError(f"an RSA key of less than {MIN_RSA_BITS} bits")
    return _KEY_TYPES[str(jwk["kty"])].import_key(jwk)
