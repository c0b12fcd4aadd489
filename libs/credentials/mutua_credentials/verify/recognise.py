"""What is this? Format and securing of whatever bytes come in, told without verifying anything.

Bytes that no reader understands in one way only fail; what may well be a credential, but of a kind that we do
not read, is unknown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from mutua_credentials import digests, json_text, jws
from mutua_credentials.json_text import MAX_BYTES, Refused
from mutua_credentials.jws import Jws
from mutua_credentials.sdjwt.disclosures import Resolved, resolve
from mutua_credentials.sdjwt.token import SdJwt, parse, read_payload
from mutua_credentials.verify.formats import format_of, listed
from mutua_credentials.verify.result import Check, CheckName, failed, unknown

Kind = Literal["jose", "jades", "integrity", "openbadges2"]

SUPPORTED = "a W3C credential, an Open Badge, a European digital credential or an SD-JWT VC"

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(~.*)?", re.DOTALL)
_PNG = b"\x89PNG\r\n\x1a\n"
_CBOR = re.compile(rb"(\xd8[\x3d\x18])?\xd2?\x84[\x40-\x5b]|\xd8\x3d|[\xa1-\xa9\xb9][\x60-\x7b\x00]")
"""How COSE_Sign1 (tagged or not), a CWT, and the maps of an mdoc begin."""
_ENVELOPED = re.compile(r"data:application/(?:vc\+jwt|vc\+sd-jwt|dc\+sd-jwt),(?P<token>.+)", re.DOTALL)
_ADDRESS = re.compile(r"https?://\S{1,2000}")
"""What a picture of Open Badges 1.0 or 2.0 may hold in the credential's stead."""
_OUR_LIMITS = {"too_large", "too_many_disclosures", "too_many_signatures"}  # they say nothing of the document
_PRESENTATIONS = frozenset(
    {"VerifiablePresentation", "EnvelopedVerifiablePresentation", "EuropeanDigitalPresentation"}
)


@dataclass(frozen=True, slots=True)
class Token:
    """A JWT or SD-JWT with its disclosures put into their places, or why that was not possible."""

    sd_jwt: SdJwt
    resolved: Resolved | Refused


@dataclass(frozen=True, slots=True)
class Recognised:
    """A credential of a format and a securing that we verify; nothing in it is believed.

    `body` is the credential itself. `document` is what its kind of securing works on: a `Token`, a
    `jades.Sealed`, the JSON object, or of a signed Open Badge 2.0 its `Jws`. `digest` names the credential;
    `flaw` is one of its outer form that fails its structure.
    """

    format: str
    securing: str | None
    kind: Kind
    body: Mapping[str, Any]
    document: Any
    digest: str
    flaw: Refused | None = None

    @property
    def token(self) -> SdJwt:
        """The token of the kind `jose`. Raises ValueError for another."""
        if not isinstance(self.document, Token):
            raise ValueError(f"found {self.kind}, expected a token")
        return self.document.sd_jwt

    @property
    def withheld(self) -> Mapping[str, int]:
        """Digests without a disclosure, by JSON Pointer; only a token has any."""
        resolved = self.document.resolved if isinstance(self.document, Token) else None
        return resolved.withheld if isinstance(resolved, Resolved) else {}


@dataclass(frozen=True, slots=True)
class NotVerified:
    """The `format` check that ends the run, with as much as could be told."""

    check: Check
    format: str | None = None
    securing: str | None = None


def recognise(data: bytes) -> Recognised | NotVerified:
    """Tell the format. Codes of the check: those of `json_text.read`, `format_unsupported`,
    `format_unrecognised`, `presentation_unsupported`, `typ_unknown`, those of `sdjwt.parse`, of
    `jades.open_sealed` and of `baking.extract`.
    """
    if len(data) > MAX_BYTES:
        return _unknown("too_large", f"{len(data)} bytes", f"at most {MAX_BYTES} bytes")
    if data.startswith(_PNG) or data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _picture(data)
    return _text(data)


def _picture(data: bytes) -> Recognised | NotVerified:
    from mutua_credentials.baking import extract

    baked = extract(data)
    if isinstance(baked, Refused):
        return _fail(baked)
    address = baked.decode("utf-8", "replace").strip()
    if _ADDRESS.fullmatch(address):
        return Recognised("openbadges2", None, "openbadges2", {}, address, digests.of_bytes(baked))
    return _text(baked)


def _text(data: bytes) -> Recognised | NotVerified:
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        if _CBOR.match(data):
            return _unsupported("CBOR (COSE or mdoc)")
        return _fail(Refused("not_utf8", f"byte 0x{data[error.start]:02x} at {error.start}", "UTF-8"))
    if _COMPACT.fullmatch(text):
        return _compact(text)
    match json_text.read(text):
        case Refused() as refused:
            return _fail(refused)
        case json_text.Json(value=dict() as members):
            return _object(cast("dict[str, Any]", members), digests.of_bytes(data))
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
    if "~" not in text and (kind in ("vc+jwt", "jwt") or "typ" not in jwt.header):
        return _jwt(jwt, kind)
    return _fail(Refused("typ_unknown", repr(typ)[:80], "dc+sd-jwt, vc+sd-jwt, vc+jwt or JWT"))


def _sd_jwt(text: str, typ: str) -> Recognised | NotVerified:
    """`vc+sd-jwt` is an older name of SD-JWT VC, and VC-JOSE's name of a W3C credential: the body tells."""
    token = parse(text)
    if isinstance(token, Refused):
        return _fail(token, None, typ)
    resolved = resolve(token.payload, token.disclosures)
    body = resolved.claims if isinstance(resolved, Resolved) else token.payload
    w3c = typ == "vc+sd-jwt" and "@context" in body
    known = (format_of(body) or "w3c-vc") if w3c else "sd-jwt-vc"
    unclear = isinstance(resolved, Refused) and resolved.code != "sd_alg_unsupported"
    flaw = resolved if isinstance(resolved, Refused) and unclear else None
    return Recognised(known, typ, "jose", body, Token(token, resolved), token.digest, flaw)


def _jwt(jwt: Jws, typ: str | None) -> Recognised | NotVerified:
    """`vc+jwt` holds the credential as its payload, the older JWT beside its claims or in `vc`.

    A plain JWT withholds nothing; `_sd` in it means nothing.
    """
    payload = read_payload(jwt)
    if isinstance(payload, Refused):
        return _fail(payload, None, "vc+jwt" if typ == "vc+jwt" else "vc-jwt")
    digest = digests.of_bytes(jwt.text.encode("ascii"))
    token = Token(SdJwt(jwt, payload, ()), Resolved(payload, {}, {}, ()))
    if _is_presentation(payload) or ("vp" in payload and typ != "vc+jwt"):
        return _unknown("presentation_unsupported", "a presentation in a JWT", "a credential")
    if typ == "vc+jwt":
        return Recognised(format_of(payload) or "w3c-vc", typ, "jose", payload, token, digest)
    inner = payload.get("vc", payload)
    if not isinstance(inner, dict):
        return _fail(Refused("vc_not_object", json_text.type_name(inner), "vc, an object"), None, "vc-jwt")
    # What the older encoding keeps only in claims (VCDM 1.1, 6.3.1) belongs to the body.
    left_out = {"issuer": "iss", "id": "jti"} if "vc" in payload else {}
    filled = {name: payload[claim] for name, claim in left_out.items() if claim in payload}
    body = filled | cast("dict[str, Any]", inner)
    known = format_of(body) or ("w3c-vc" if "vc" in payload else None)
    if known is None:
        return _unknown("format_unrecognised", "a JWT of no known format", SUPPORTED)
    if known == "openbadges2":
        return Recognised(known, None, "openbadges2", body, jwt, digest)
    return Recognised(known, "vc-jwt", "jose", body, token, digest)


def _object(members: Mapping[str, Any], digest: str) -> Recognised | NotVerified:
    if "signatures" in members or ("payload" in members and "protected" in members):
        return _jws_json(members, digest)
    if _is_presentation(members):
        return _unknown("presentation_unsupported", "VerifiablePresentation", "a credential")
    if "EnvelopedVerifiableCredential" in listed(members.get("type", members.get("@type"))):
        return _enveloped(members)
    known = format_of(members)
    if known is None:
        return _unknown("format_unrecognised", "a JSON object of no known format", SUPPORTED)
    if known == "openbadges2":
        return Recognised(known, None, "openbadges2", members, members, digest)
    return Recognised(known, _suites(members), "integrity", members, members, digest)


def _is_presentation(members: Mapping[str, Any]) -> bool:
    types = listed(members.get("type", members.get("@type")))
    return any(kind in _PRESENTATIONS for kind in types if isinstance(kind, str))


def _enveloped(members: Mapping[str, Any]) -> Recognised | NotVerified:
    """A token in the `data:` URL of an object (VCDM 2.0, 4.13): the object itself says nothing more."""
    named = members.get("id", members.get("@id"))
    found = _ENVELOPED.fullmatch(named) if isinstance(named, str) else None
    if found is None or not _COMPACT.fullmatch(found["token"]):
        return _fail(Refused("envelope_malformed", repr(named)[:80], "data:application/vc+jwt,<token>"))
    return _compact(found["token"])


def _jws_json(members: Mapping[str, Any], digest: str) -> Recognised | NotVerified:
    if (token := _as_compact(members)) is not None:
        return _compact(token)
    from mutua_credentials.jades import open_sealed

    sealed = open_sealed(members)
    if isinstance(sealed, Refused):
        return _fail(sealed, None, "jades")
    if _is_presentation(sealed.body):
        return _unknown("presentation_unsupported", "a sealed presentation", "a credential")
    return Recognised(format_of(sealed.body) or "edc", "jades", "jades", sealed.body, sealed, digest)


def _as_compact(members: Mapping[str, Any]) -> str | None:
    """An SD-JWT in its JSON form (RFC 9901, section 8) as the token that it is, or None for another JWS."""
    signatures = members.get("signatures", [members])
    match signatures:
        case [{"protected": str() as protected, "signature": str() as signature, "header": dict() as header}]:
            more = cast("dict[str, Any]", header)
        case _:
            return None
    disclosures, proof, payload = more.get("disclosures"), more.get("kb_jwt", ""), members.get("payload")
    if not isinstance(disclosures, list) or not isinstance(proof, str) or not isinstance(payload, str):
        return None
    texts = cast("list[Any]", disclosures)
    if not all(isinstance(one, str) for one in texts):
        return None
    return "~".join([f"{protected}.{payload}.{signature}", *texts, proof])


def _suites(members: Mapping[str, Any]) -> str | None:
    """What the proofs call their suites, in their order."""
    from mutua_credentials.integrity.suites import suite_name

    proofs = [proof for proof in listed(members.get("proof")) if isinstance(proof, dict)]
    names = [suite_name(cast("dict[str, Any]", proof)) for proof in proofs]
    return "+".join(name for name in names if name) or None


def _fail(refused: Refused, known: str | None = None, securing: str | None = None) -> NotVerified:
    if refused.code in _OUR_LIMITS:
        return _unknown(refused.code, refused.found, refused.expected)
    check = failed(CheckName.FORMAT, refused.code, refused.found, refused.expected)
    return NotVerified(check, known, securing)


def _unknown(code: str, found: str, expected: str) -> NotVerified:
    return NotVerified(unknown(CheckName.FORMAT, code, found, expected))


def _unsupported(found: str) -> NotVerified:
    return _unknown("format_unsupported", found, SUPPORTED)
