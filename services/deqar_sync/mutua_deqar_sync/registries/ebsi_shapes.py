"""EBSI's trusted issuers, read: an issuer, its attributes (accreditations) and their revisions.

An attribute's body is the accreditation itself, mostly a JWT credential; it must have the SHA-256 under
which the registry keeps it. A body that is null was offered by an accrediting organisation and not taken up.
"""

import base64
import binascii
import contextlib
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Literal, cast

from mutua_deqar_sync.registries.port import CouldNotTell, Json

IssuerType = Literal["RootTAO", "TAO", "TI", "Revoked", "Undefined"]
ISSUER_TYPES: Final = ("RootTAO", "TAO", "TI", "Revoked", "Undefined")


@dataclass(frozen=True, slots=True)
class Accreditation:
    """One attribute, in its latest revision or an earlier one. Days are inclusive where the credential has
    them; `accredited_for` are the types of credential that it names, none where it names none.

    `intact` is None where there is no body to check.
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
    """A page of a list. `next` is the cursor behind it; the last page points at itself."""

    items: tuple[Json, ...]
    total: int
    next: str | None


def read_json(body: bytes) -> Json | CouldNotTell:
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        return CouldNotTell("registry.shape_changed", f"no JSON: {type(error).__name__}", "an object")
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
    following = cast("Json", links).get("next")
    return Listed(tuple(cast("list[Json]", items)), total, following if isinstance(following, str) else None)


def read_accreditation(key: str, body: Json, path: str) -> Accreditation | CouldNotTell:
    """From `{did, attribute: {...}}`."""
    attribute = body.get("attribute")
    if not isinstance(attribute, dict):
        return _unlike(f"{path}/attribute", attribute, "an object")
    found = cast("Json", attribute)
    digest, kind, text = found.get("hash"), found.get("issuerType"), found.get("body")
    if not isinstance(digest, str):
        return _unlike(f"{path}/attribute/hash", digest, "a text")
    if kind not in ISSUER_TYPES:
        return _unlike(f"{path}/attribute/issuerType", kind, "one of " + ", ".join(ISSUER_TYPES))
    if text is not None and not isinstance(text, str):
        return _unlike(f"{path}/attribute/body", text, "a text")
    text = text or None
    claims = _claims(text) if text is not None else {}
    credential = _object(claims.get("vc")) or claims
    subject = _object(credential.get("credentialSubject"))
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
        valid_from=_day(credential.get("validFrom"), claims.get("nbf")),
        valid_until=_day(credential.get("expirationDate") or credential.get("validUntil"), claims.get("exp")),
        accredited_for=_types(subject.get("accreditedFor")),
    )


def _claims(text: str) -> Json:
    """Of a JWT, or of JSON in base64; nothing where it is neither."""
    part = text.split(".")[1] if text.count(".") == 2 else text
    try:
        decoded: Any = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return _object(decoded)


def _digests(text: str) -> set[str]:
    """Of the body as it is sent, and of what it encodes: both are in use."""
    found = {hashlib.sha256(text.encode()).hexdigest()}
    with contextlib.suppress(ValueError, binascii.Error):
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
