"""What is this? Format and securing of whatever bytes come in, told without verifying anything.

A format that we know but do not verify yet is unknown with the code `format_unsupported`; bytes that no
reader understands in one way only fail.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from mutua_credentials import digests, json_text, jws
from mutua_credentials.json_text import MAX_BYTES, Refused
from mutua_credentials.jws import Jws
from mutua_credentials.sdjwt.token import SdJwt, parse, read_payload
from mutua_credentials.verify.result import Check, CheckName, failed, unknown

SUPPORTED = "an SD-JWT VC (dc+sd-jwt), or a W3C credential as vc+jwt or vc+sd-jwt"

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(~.*)?", re.DOTALL)
_PNG = b"\x89PNG\r\n\x1a\n"
_CBOR_STARTS = frozenset({0xD2, 0x84, 0xA1, 0xA2, 0xA3})
"""COSE_Sign1 tagged and untagged, and the small maps that an mdoc starts with."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A token of a format that we verify; `digest` names the credential."""

    format: str
    securing: str
    token: SdJwt
    digest: str

    @property
    def selective(self) -> bool:
        """Whether parts of it may be withheld."""
        return self.securing.endswith("+sd-jwt")


@dataclass(frozen=True, slots=True)
class NotVerified:
    """The `format` check that ends the run, with as much as could be told."""

    check: Check
    format: str | None = None
    securing: str | None = None


def recognise(data: bytes) -> Recognised | NotVerified:
    """Tell the format. Codes of the check: those of `json_text.read`, `format_unsupported`,
    `format_unrecognised`, `presentation_unsupported`, `typ_unknown`, and those of `sdjwt.parse`.
    """
    if len(data) > MAX_BYTES:
        return _unknown("too_large", f"{len(data)} bytes", f"at most {MAX_BYTES} bytes")
    if data.startswith(_PNG):
        return _unsupported("a PNG picture")
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        if data[0] in _CBOR_STARTS:
            return _unsupported("CBOR (COSE or mdoc)")
        return _fail(Refused("not_utf8", f"byte 0x{data[error.start]:02x} at {error.start}", "UTF-8"))
    if _COMPACT.fullmatch(text):
        return _compact(text)
    if text.startswith("<"):
        return _unsupported("XML or SVG")
    match json_text.read(text):
        case Refused() as refused:
            return _fail(refused)
        case json_text.Json(value=dict() as members):
            return _object(cast("dict[str, Any]", members))
        case json_text.Json(value=other):
            return _fail(Refused("not_an_object", json_text.type_name(other), "an object or a token"))


def _compact(text: str) -> Recognised | NotVerified:
    jwt = jws.split(text.partition("~")[0])
    if isinstance(jwt, Refused):
        return _fail(jwt)
    typ = jwt.header.get("typ")
    kind = typ.lower().removeprefix("application/") if isinstance(typ, str) else None
    if kind in ("vp+jwt", "vp+sd-jwt"):
        return _unknown("presentation_unsupported", kind, "a credential")
    if kind in ("dc+sd-jwt", "vc+sd-jwt"):
        return _sd_jwt(text, kind)
    if kind in ("vc+jwt", "jwt", None) and "~" not in text:
        return _jwt(jwt, kind)
    return _fail(Refused("typ_unknown", repr(typ)[:80], "dc+sd-jwt, vc+sd-jwt, vc+jwt or JWT"))


def _sd_jwt(text: str, typ: str) -> Recognised | NotVerified:
    """`vc+sd-jwt` is an older name of SD-JWT VC, and VC-JOSE's name of a W3C credential: the body tells."""
    token = parse(text)
    if isinstance(token, Refused):
        return _fail(token, None, typ)
    known = "sd-jwt-vc"
    if typ == "vc+sd-jwt" and "@context" in token.payload:
        known = _w3c_format(token.payload) or "w3c-vc"
        if known != "w3c-vc":
            return _unsupported("a credential of another profile", known, typ)
    return Recognised(known, typ, token, token.digest)


def _jwt(jwt: Jws, typ: str | None) -> Recognised | NotVerified:
    """`vc+jwt` holds the credential as its payload; a JWT of the older encodings is only recognised."""
    payload = read_payload(jwt)
    if isinstance(payload, Refused):
        return _fail(payload, None, typ)
    if typ != "vc+jwt":
        inner = payload.get("vc", payload)
        known = _w3c_format(cast("dict[str, Any]", inner)) if isinstance(inner, dict) else None
        return _unsupported("a JWT credential", known, "vc-jwt")
    known = _w3c_format(payload) or "w3c-vc"
    if known != "w3c-vc":
        return _unsupported("a credential of another profile", known, typ)
    return Recognised(known, typ, SdJwt(jwt, payload, ()), digests.of_bytes(jwt.text.encode("ascii")))


def _object(members: Mapping[str, Any]) -> NotVerified:
    if "payload" in members and "signatures" in members:
        return _unsupported("a sealed European digital credential", "edc", "jades")
    if "VerifiablePresentation" in _list(members.get("type", members.get("@type"))):
        return _unknown("presentation_unsupported", "VerifiablePresentation", "a credential")
    known = _w3c_format(members)
    if known is None:
        return _unknown("format_unrecognised", "a JSON object of no known format", SUPPORTED)
    suites = [
        str(proof.get("cryptosuite", proof.get("type")))
        for proof in _list(members.get("proof"))
        if isinstance(proof, dict)
    ]
    return _unsupported("a W3C credential", known, "+".join(suites) or None)


def _w3c_format(members: Mapping[str, Any]) -> str | None:
    contexts = [name for name in _list(members.get("@context")) if isinstance(name, str)]
    types = [name for name in _list(members.get("type", members.get("@type"))) if isinstance(name, str)]
    if any(name.startswith("https://w3id.org/openbadges/v2") for name in contexts):
        return "openbadges2"
    if "ClrCredential" in types:
        return "clr2"
    if "OpenBadgeCredential" in types or "AchievementCredential" in types:
        return "openbadges3"
    if "EuropeanDigitalCredential" in types:
        return "edc"
    return "w3c-vc" if "VerifiableCredential" in types or contexts else None


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _fail(refused: Refused, known: str | None = None, securing: str | None = None) -> NotVerified:
    if refused.code == "too_large":
        return _unknown(refused.code, refused.found, refused.expected)
    check = failed(CheckName.FORMAT, refused.code, refused.found, refused.expected)
    return NotVerified(check, known, securing)


def _unknown(code: str, found: str, expected: str) -> NotVerified:
    return NotVerified(unknown(CheckName.FORMAT, code, found, expected))


def _unsupported(found: str, known: str | None = None, securing: str | None = None) -> NotVerified:
    check = unknown(CheckName.FORMAT, "format_unsupported", found, SUPPORTED)
    return NotVerified(check, known, securing)
