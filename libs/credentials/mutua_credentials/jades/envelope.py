"""The envelope of a European Digital Credential: general JWS JSON, taken apart but not verified.

The payload is a text that is signed as it stands (`b64: false`). Everything is read strictly, so that no two
readers find different credentials in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from mutua_credentials import json_text, jws
from mutua_credentials.json_text import Refused

MAX_SEALS = 8
MAX_HEADER_BYTES = 1024 * 1024
"""A protected header holds certificates and a time stamp; real ones have some 15 kB."""

_FLATTENED = ("protected", "header", "signature")


@dataclass(frozen=True, slots=True)
class Seal:
    """One signature of the envelope. Texts are kept as they stand: time stamps cover them."""

    protected_text: str
    signature_text: str
    header: Mapping[str, Any]
    """The protected header."""
    unprotected: Mapping[str, Any]
    signature: bytes
    payload_text: str

    @property
    def signing_input(self) -> bytes:
        return f"{self.protected_text}.{self.payload_text}".encode()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed credential: its parsed payload and its seals. Nothing in it is believed yet."""

    body: Mapping[str, Any]
    seals: tuple[Seal, ...]


def open_sealed(members: Mapping[str, Any]) -> Sealed | Refused:
    """Take a JWS in JSON apart.

    Codes: `serialisation_unsupported` (flattened), `payload_detached`, `not_jws`, `too_many_signatures`,
    `header_not_object`, `encodings_mixed`, `payload_not_object`, and those of `json_text.read`.
    """
    signatures = members.get("signatures")
    if not isinstance(signatures, list) or any(name in members for name in _FLATTENED):
        return Refused("serialisation_unsupported", "no general JWS JSON", "payload and signatures, no more")
    entries = cast("list[Any]", signatures)
    payload_text = members.get("payload")
    if not isinstance(payload_text, str):
        return Refused("payload_detached", json_text.type_name(payload_text), "the payload as a text")
    if len(entries) > MAX_SEALS:
        return Refused("too_many_signatures", str(len(entries)), f"at most {MAX_SEALS}")
    seals: list[Seal] = []
    for entry in entries:
        seal = _seal(entry, payload_text)
        if isinstance(seal, Refused):
            return seal
        seals.append(seal)
    if len({seal.header.get("b64", True) is False for seal in seals}) > 1:
        return Refused("encodings_mixed", "b64 true and false", "one encoding for all signatures (RFC 7797)")
    encoded = bool(seals) and seals[0].header.get("b64", True) is not False
    payload = jws.decode(payload_text) if encoded else payload_text.encode()
    if payload is None:
        return Refused("not_jws", "a payload outside base64url", "base64url, or b64: false")
    return _read_body(payload, tuple(seals))


def _read_body(payload: bytes, seals: tuple[Seal, ...]) -> Sealed | Refused:
    match json_text.read(payload):
        case Refused() as refused:
            return refused
        case json_text.Json(value=dict() as body):
            return Sealed(cast("dict[str, Any]", body), seals)
        case json_text.Json(value=other):
            return Refused("payload_not_object", json_text.type_name(other), "an object")


def _seal(entry: Any, payload_text: str) -> Seal | Refused:
    if not isinstance(entry, dict):
        return Refused("not_jws", json_text.type_name(entry), "an object for each signature")
    members = cast("dict[str, Any]", entry)
    protected_text, signature_text = members.get("protected"), members.get("signature")
    unprotected = members.get("header", {})
    if not isinstance(protected_text, str) or not isinstance(signature_text, str):
        return Refused("not_jws", "a signature without its texts", "protected and signature")
    if not isinstance(unprotected, dict):
        return Refused("header_not_object", json_text.type_name(unprotected), "an object")
    protected, signature = jws.decode(protected_text), jws.decode(signature_text)
    if protected is None or signature is None:
        return Refused("not_jws", "characters outside base64url, or padding", "unpadded base64url")
    match json_text.read(protected, max_bytes=MAX_HEADER_BYTES):
        case Refused() as refused:
            return refused
        case json_text.Json(value=dict() as header):
            return Seal(
                protected_text,
                signature_text,
                MappingProxyType(cast("dict[str, Any]", header)),
                MappingProxyType(cast("dict[str, Any]", unprotected)),
                signature,
                payload_text,
            )
        case json_text.Json(value=other):
            return Refused("header_not_object", json_text.type_name(other), "an object")
