"""The EWP registry's catalogue, read: institutions with their identifiers, and the keys that speak for them.

A client's key speaks for every institution that its host covers. A server's key is bound to the addresses of
its host and to no institution, so it is not read as one's key. Addresses of people (`admin-email`) and notes
are never read. A key whose content does not have its digest is left out and named.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from mutua_deqar_sync.registries.port import CouldNotTell

_NAMESPACE: Final = "https://github.com/erasmus-without-paper/ewp-specs-api-registry/tree/stable-v1"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MOST_TAGS: Final = 2_000_000
"""The whole network has some hundred thousand; each costs memory when it is read."""


@dataclass(slots=True)
class Institution:
    """`other_ids` by type as the catalogue has them: a type may have several values, also contradicting
    ones.
    """

    names: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    other_ids: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    keys: set[str] = field(default_factory=set[str])
    apis: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    described: bool = False


@dataclass(slots=True)
class Key:
    """`spki` is its content in base64, where the catalogue has it; a certificate is known by digest only."""

    kind: str
    speaks_for: set[str] = field(default_factory=set[str])
    spki: str | None = None


@dataclass(slots=True)
class Catalogue:
    """By SCHAC identifier and by digest. `unread` are the rows that were left out, by kind and id."""

    institutions: dict[str, Institution] = field(default_factory=dict[str, Institution])
    keys: dict[str, Key] = field(default_factory=dict[str, Key])
    unread: dict[tuple[str, str], CouldNotTell] = field(default_factory=dict[tuple[str, str], CouldNotTell])


def read_catalogue(document: bytes) -> Catalogue | CouldNotTell:
    """Everything or nothing: a document that is not a catalogue says nothing about anybody."""
    if document.count(b"<") > _MOST_TAGS:
        return CouldNotTell("registry.shape_changed", f"more than {_MOST_TAGS} tags", "a catalogue")
    try:
        root = fromstring(document, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        return CouldNotTell("registry.shape_changed", f"no XML that may be read: {error}", "a catalogue")
    if root.tag != _name("catalogue"):
        return CouldNotTell("registry.shape_changed", f"an element {root.tag}", _name("catalogue"))
    listed = root.find(_name("institutions"))
    if listed is None or root.find(_name("host")) is None:
        return CouldNotTell("registry.shape_changed", "a catalogue without hosts or institutions", "both")
    catalogue = Catalogue()
    for element in listed.iterfind(_name("hei")):
        _institution(catalogue, element)
    for host in root.iterfind(_name("host")):
        _host(catalogue, host)
    for binary in root.iterfind(f"{_name('binaries')}/{_name('rsa-public-key')}"):
        _content(catalogue, binary)
    return catalogue


def _institution(catalogue: Catalogue, element: Element) -> None:
    key = (element.get("id") or "").strip().lower()
    if not key:
        catalogue.unread["institution", "?"] = CouldNotTell(
            "registry.shape_changed", "an institution without id", "a SCHAC identifier"
        )
        return
    found = catalogue.institutions.setdefault(key, Institution())
    found.described = True
    for name in element.iterfind(_name("name")):
        if text := _text(name):
            found.names.add((name.get(_LANGUAGE) or "", text))
    for other in element.iterfind(_name("other-id")):
        if text := _text(other):
            found.other_ids.add((other.get("type") or "", text))


def _host(catalogue: Catalogue, host: Element) -> None:
    covered: set[str] = set()
    for element in host.iterfind(f"{_name('institutions-covered')}/{_name('hei-id')}"):
        if len(element):
            catalogue.unread["institution", _text(element) or "?"] = CouldNotTell(
                "registry.shape_changed", "an identifier with elements inside", "a SCHAC identifier"
            )
        elif text := _text(element):
            covered.add(text.lower())
    apis = {(_local(api.tag), api.get("version") or "") for api in _children(host, "apis-implemented")}
    for key in covered:
        institution = catalogue.institutions.setdefault(key, Institution())
        institution.apis |= apis
    for element in _children(host, "client-credentials-in-use"):
        digest = (element.get("sha-256") or "").lower()
        kind = _local(element.tag)
        if not _DIGEST.fullmatch(digest):
            catalogue.unread["key", digest or "?"] = CouldNotTell(
                "registry.shape_changed", f"a {kind} with the digest {digest!r}", "SHA-256 in hexadecimal"
            )
            continue
        catalogue.keys.setdefault(digest, Key(kind)).speaks_for |= covered
        for key in covered:
            catalogue.institutions[key].keys.add(digest)


def _content(catalogue: Catalogue, binary: Element) -> None:
    digest = (binary.get("sha-256") or "").lower()
    if digest not in catalogue.keys:
        return  # a server's key only
    try:
        content = base64.b64decode("".join((binary.text or "").split()), validate=True)
    except binascii.Error:
        content = b""
    if hashlib.sha256(content).hexdigest() == digest:
        catalogue.keys[digest].spki = base64.b64encode(content).decode()
        return
    catalogue.unread["key", digest] = CouldNotTell(
        "registry.digest_mismatch", "a key with another content", f"content with the SHA-256 {digest}"
    )
    for institution in catalogue.institutions.values():
        institution.keys.discard(digest)
    del catalogue.keys[digest]


def _children(host: Element, section: str) -> Iterator[Element]:
    return (child for found in host.iterfind(_name(section)) for child in found)


def _name(local: str) -> str:
    return f"{{{_NAMESPACE}}}{local}"


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _text(element: Element) -> str:
    return (element.text or "").strip()
