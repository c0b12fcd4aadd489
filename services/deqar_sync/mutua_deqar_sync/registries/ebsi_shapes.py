"""EBSI's trusted issuers, read: an issuer, its attributes (accreditations) and their revisions.

An attribute's body is the accreditation itself, mostly a JWT credential; it must have the SHA-256 under
which the registry keeps it. A body that is null was offered by an accrediting organisation and not taken up.
"""

import base64
import contextlib
import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Literal, cast

import orjson

from mutua_deqar_sync.registries.port import CouldNotTell, Json

IssuerType = Literal["RootTAO", "TAO", "TI", "Revoked", "Undefined"]
ISSUER_TYPES: Final = ("RootTAO", "TAO", "TI", "Revoked", "Undefined")
_REGISTERED: Final = "EbsiAccreditationEntry"
"""Status of an accreditation that is revoked in the registry itself, and nowhere else."""


@dataclass(frozen=True, slots=True)
class Accreditation:
    """One attribute, in its latest revision or an earlier one. Days are inclusive where the credential has
    them; `accredited_for` are the types of credential that it names, none where it names none.

    `intact` is None where there is no body to check; `dated` is False where it states days that nobody can
    read; `status` is the kind of a status that the registry does not keep.
    """

    id: str
    hash: str
    type: IssuerType
    tao: str | None
    root_tao: str | None
    body: str | None
    intact: bool | None
    issuer: str | None = None
    subject: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    accredited_for: tuple[str, ...] = ()
    dated: bool = True
    status: str | None = None

    def covers(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def facts(self) -> Json:
        """Without the body: its hash stands for it."""
        return {
            "id": self.id,
            "hash": self.hash,
            "type": self.type,
            "tao": self.tao,
            "root_tao": self.root_tao,
            "has_body": self.body is not None,
            "intact": self.intact,
            "issuer": self.issuer,
            "subject": self.subject,
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "accredited_for": list(self.accredited_for),
        }


@dataclass(frozen=True, slots=True)
class Issuer:
    """A listed issuer with its accreditations; an issuer without any was entered and has accepted none."""

    did: str
    accreditations: tuple[Accreditation, ...]

    def facts(self) -> Json:
        return {"accreditations": sorted((a.facts() for a in self.accreditations), key=lambda f: f["id"])}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list with the addresses of itself and of the one behind it: the last points at itself."""

    items: tuple[Json, ...]
    total: int
    self: str | None
    next: str | None


def read_json(body: bytes) -> Json | CouldNotTell:
    try:
        found: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return CouldNotTell("registry.shape_changed", "no JSON", "an object")
    if not isinstance(found, dict):
        return CouldNotTell("registry.shape_changed", type(found).__name__, "an object")
    return cast("Json", found)


def read_list(body: Json, path: str) -> Listed | CouldNotTell:
    items, total, links = body.get("items"), body.get("total"), body.get("links")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in cast("list[Any]", items)):
        return _unlike(f"{path}/items", items, "an array of objects")
    if isinstance(total, bool) or not isinstance(total, int):
        return _unlike(f"{path}/total", total, "a whole number")
    if not isinstance(links, dict):
        return _unlike(f"{path}/links", links, "an object")
    page, following = body.get("self"), cast("Json", links).get("next")
    return Listed(
        tuple(cast("list[Json]", items)),
        total,
        page if isinstance(page, str) else None,
        following if isinstance(following, str) else None,
    )


def read_accreditation(did: str, key: str, body: Json, path: str) -> Accreditation | CouldNotTell:
    """Of this issuer, from `{did, attribute: {...}}`."""
    if body.get("did") != did:
        return _unlike(f"{path}/did", body.get("did"), did)
    return read_attribute(key, body.get("attribute"), f"{path}/attribute")


def read_inline(attributes: list[Any], path: str) -> tuple[Accreditation, ...] | CouldNotTell:
    """All of an issuer, as version 4 has them in the issuer itself: their hash is their id."""
    found: list[Accreditation] = []
    for number, attribute in enumerate(attributes):
        digest = _object(attribute).get("hash")
        one = read_attribute(str(digest), attribute, f"{path}/{number}")
        if isinstance(one, CouldNotTell):
            return one
        found.append(one)
    return tuple(found)


def read_attribute(key: str, attribute: Any, path: str) -> Accreditation | CouldNotTell:
    """Hash, body, type and whoever accredited."""
    if not isinstance(attribute, dict):
        return _unlike(path, attribute, "an object")
    found = cast("Json", attribute)
    digest, kind, text = found.get("hash"), found.get("issuerType"), found.get("body")
    if not isinstance(digest, str):
        return _unlike(f"{path}/hash", digest, "a text")
    if kind not in ISSUER_TYPES:
        return _unlike(f"{path}/issuerType", kind, "one of " + ", ".join(ISSUER_TYPES))
    if text is not None and not isinstance(text, str):
        return _unlike(f"{path}/body", text, "a text")
    text = text or None
    claims = _claims(text) if text is not None else {}
    credential = _object(claims.get("vc")) or claims
    subject = _object(credential.get("credentialSubject"))
    since = (credential.get("validFrom"), claims.get("nbf"))
    until = (credential.get("expirationDate") or credential.get("validUntil"), claims.get("exp"))
    return Accreditation(
        id=key,
        hash=_hex(digest),
        type=kind,
        tao=_did(found.get("tao")),
        root_tao=_did(found.get("rootTao")),
        body=text,
        intact=None if text is None else _hex(digest) in _digests(text),
        issuer=_did(claims.get("iss")) or _did(_identity(credential.get("issuer"))),
        subject=_did(claims.get("sub")) or _did(subject.get("id")),
        valid_from=_day(*since),
        valid_until=_day(*until),
        accredited_for=_types(subject.get("accreditedFor")),
        dated=not any(_day(*stated) is None and stated != (None, None) for stated in (since, until)),
        status=_kept_elsewhere(credential.get("credentialStatus")),
    )


def _claims(text: str) -> Json:
    """Of a JWT, or of JSON in base64; nothing where it is neither."""
    part = text.split(".")[1] if text.count(".") == 2 else text
    try:
        decoded: Any = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return _object(decoded)


def _digests(text: str) -> set[str]:
    """Of the body as it is sent, and of what it encodes: both are in use."""
    found = {hashlib.sha256(text.encode()).hexdigest()}
    with contextlib.suppress(ValueError):
        found.add(hashlib.sha256(base64.b64decode(text, validate=True)).hexdigest())
    return found


def _types(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    entries = [_object(entry) for entry in cast("list[Any]", value)]
    named = [kind for entry in entries for kind in _texts(entry.get("types"))]
    return tuple(sorted(set(named) - {"VerifiableCredential", "VerifiableAttestation"}))


def _texts(value: Any) -> list[str]:
    return (
        [text for text in cast("list[Any]", value) if isinstance(text, str)]
        if isinstance(value, list)
        else []
    )


def _kept_elsewhere(status: Any) -> str | None:
    entries = cast("list[Any]", status) if isinstance(status, list) else [status]
    kinds = [str(_object(entry).get("type")) for entry in entries if entry is not None]
    return next((kind for kind in kinds if kind != _REGISTERED), None)


def _object(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _identity(value: Any) -> Any:
    return cast("Json", value).get("id") if isinstance(value, dict) else value


def _did(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith("did:") else None


def _hex(digest: str) -> str:
    return digest.lower().removeprefix("0x")


def _day(text: Any, seconds: Any) -> date | None:
    try:
        if isinstance(text, str):
            return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).date()
        if isinstance(seconds, int) and not isinstance(seconds, bool):
            return datetime.fromtimestamp(seconds, UTC).date()
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _unlike(path: str, found: Any, expected: str) -> CouldNotTell:
    shown = "nothing" if found is None else f"{type(found).__name__} {str(found)[:40]!r}"
    return CouldNotTell("registry.shape_changed", f"{shown} at {path}", expected)
