"""Whose key was named, and what it is: by the name itself (did:key, did:jwk), or by the documents in which an
issuer publishes its keys, in the copy that was in force when the credential was signed.

"Not listed" is said only of a document that was read; everything else that goes wrong is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from mutua_credentials import issuer_documents, json_text, jws
from mutua_credentials.identities import did_document_url, jwt_vc_issuer_url, same_identity
from mutua_credentials.integrity.multikey import read_did_key
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import KeyAnswer, KeyNotListed, KeyRecord, KeyUnknown
from mutua_credentials.verify.documents import Document, NotObtained, read_object
from mutua_credentials.verify.given import Given

_MAX_DID_JWK = 4096


@dataclass(frozen=True, slots=True)
class IssuerDocument:
    """What an issuer's own documents say: its keys, and the ids of all methods that may speak for it."""

    keys: tuple[KeyRecord, ...]
    asserted: frozenset[str]
    source: str
    as_of: datetime


def find_keys(
    issuer: str, method: str | None, at: datetime | None, given: Given
) -> tuple[KeyRecord, ...] | KeyNotListed | KeyUnknown:
    """The keys that `method` (a `kid`, or the URL of a verification method) may mean; never empty.

    A method that names its own controller is looked up there, another one in the issuer's documents. Without
    a method, every key of the issuer may be meant.
    """
    controller = controller_of(method, issuer)
    derived = _derived(controller, method)
    if derived is not None:
        return (derived,) if isinstance(derived, KeyRecord) else derived
    if given.keys is not None:
        known = given.keys(controller, method, at)
        if not isinstance(known, KeyUnknown) or known.code != "issuer_unknown":
            return (known,) if isinstance(known, KeyRecord) else known
    published = issuer_document(controller, at, given)
    if isinstance(published, KeyUnknown):
        return published
    named = published.keys
    if method is not None and method != controller:
        named = tuple(key for key in published.keys if key.answers_to(method))
    if not named and method is not None and _names_one_of(method, published.asserted):
        return KeyUnknown("key_kind_unsupported", method)
    return named or KeyNotListed(published.source, published.as_of)


def find_key(issuer: str, method: str | None, at: datetime | None, given: Given) -> KeyAnswer:
    """As `find_keys`, where exactly one key must be meant."""
    found = find_keys(issuer, method, at, given)
    if not isinstance(found, tuple):
        return found
    in_force = [key for key in found if at is None or key.in_force_at(at)] or list(found)
    if method is None and len(in_force) > 1:
        return KeyUnknown("kid_missing", f"{len(in_force)} keys of the issuer")
    return in_force[0]


def controller_of(method: str | None, issuer: str) -> str:
    """Who holds a method, as far as its name tells; else the issuer.

    A DID resolves by its own rules. An https address of another party is only a name: it is not fetched.
    """
    name = (method or "").partition("#")[0]
    return name if name.startswith("did:") or same_identity(name, issuer) else issuer


def issuer_document(issuer: str, at: datetime | None, given: Given) -> IssuerDocument | KeyUnknown:
    """Everything that could be obtained of an issuer's documents, as of an instant.

    Codes of unknown: `did_method_unsupported`, `issuer_not_resolvable`, `document_not_obtained`,
    `document_malformed`, `document_of_another`.
    """
    places = _places(issuer)
    if not places:
        other = issuer.startswith("did:") and not issuer.startswith("did:web:")
        return KeyUnknown("did_method_unsupported" if other else "issuer_not_resolvable", issuer[:200])
    read: list[IssuerDocument] = []
    why = KeyUnknown("document_not_obtained", places[0])
    for place in places:
        document = given.documents(place, at or given.as_of)
        if isinstance(document, NotObtained):
            if not read and why.code == "document_not_obtained":
                why = KeyUnknown("document_not_obtained", f"{place}: {document.code} {document.detail}")
            continue
        parsed = _parse(document, issuer, given)
        if isinstance(parsed, IssuerDocument):
            read.append(parsed)
        else:
            why = KeyUnknown(parsed.code, f"{place}: {parsed.found}")
    if not read:
        return why
    keys = tuple(key for one in read for key in one.keys)
    asserted = frozenset[str]().union(*(one.asserted for one in read))
    return IssuerDocument(keys, asserted, " ".join(one.source for one in read), read[0].as_of)


def _names_one_of(method: str, asserted: frozenset[str]) -> bool:
    """Whether a method is listed, though its key could not be read."""
    fragment = method.rpartition("#")[2]
    return any(one == method or one.rpartition("#")[2] == fragment for one in asserted)


def is_derivable(issuer: str) -> bool:
    """Whether a name carries its own and only key."""
    return issuer.startswith(("did:key:", "did:jwk:"))


def _places(issuer: str) -> list[str]:
    """Where an issuer may publish its keys, in the order of asking."""
    if issuer.startswith("did:web:"):
        url = did_document_url(issuer)
        return [] if url is None else [url]
    metadata = jwt_vc_issuer_url(issuer)
    return [] if metadata is None else [issuer, metadata]


def _parse(document: Document, issuer: str, given: Given) -> IssuerDocument | Refused:
    members = read_object(document)
    if isinstance(members, Refused):
        return Refused("document_malformed", f"{members.code}: {members.found}", members.expected)
    source, as_of = f"{document.source} {document.url}", document.observed_from or given.as_of
    if "jwks" in members or "jwks_uri" in members:
        metadata = _with_keys(members, document, given)
        keys = issuer_documents.read_jwt_vc_issuer(metadata, issuer, source=source, as_of=as_of)
    else:
        keys = issuer_documents.read_did_document(members, issuer, source=source, as_of=as_of)
    if isinstance(keys, Refused):
        return keys
    return IssuerDocument(keys, issuer_documents.asserted_methods(members, issuer), source, as_of)


def _with_keys(members: Mapping[str, Any], document: Document, given: Given) -> Mapping[str, Any]:
    """Metadata with the keys that stand at its `jwks_uri`, on the host that serves it."""
    place = members.get("jwks_uri")
    if "jwks" in members or not isinstance(place, str) or _host(place) != _host(document.url):
        return members
    found = given.documents(place, document.observed_from or given.as_of)
    keys = read_object(found) if isinstance(found, Document) else None
    return members if keys is None or isinstance(keys, Refused) else {**members, "jwks": keys}


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).netloc.lower() or None
    except ValueError:
        return None


def _derived(controller: str, method: str | None) -> KeyRecord | KeyNotListed | KeyUnknown | None:
    """The key that a name carries; None for a name that carries none."""
    if controller.startswith("did:key:"):
        jwk: Mapping[str, str] | None = read_did_key(controller)
        fragment = controller.removeprefix("did:key:")
    elif controller.startswith("did:jwk:"):
        jwk, fragment = _read_did_jwk(controller), "0"
    else:
        return None
    if jwk is None:
        return KeyUnknown("did_key_unsupported", controller[:200])
    own = (controller, f"{controller}#{fragment}", f"#{fragment}", fragment)
    if method is not None and method not in own:
        return KeyNotListed(controller)
    return KeyRecord(controller, fragment, jwk, source="the name itself")


def _read_did_jwk(did: str) -> dict[str, str] | None:
    """The JWK that a did:jwk is, or None."""
    text = did.removeprefix("did:jwk:")
    data = jws.decode(text) if len(text) <= _MAX_DID_JWK else None
    match None if data is None else json_text.read(data):
        case json_text.Json(value=dict() as members):
            jwk = cast("dict[str, Any]", members)
            return None if "d" in jwk else {name: one for name, one in jwk.items() if isinstance(one, str)}
        case _:
            return None
