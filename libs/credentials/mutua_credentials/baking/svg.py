"""Badges in SVG: one element `credential` (3.0) or `assertion` (2.0) of Open Badges' namespace.

Its content is the credential as JSON, or its attribute `verify` is a compact JWT or an address. The standard
DOCTYPE is accepted, since drawing programs write it; declarations of one's own and entities are not, and
nothing is ever loaded.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from mutua_credentials.json_text import Refused

NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
MAX_DEPTH = 500
_NAMESPACES = re.compile(r"https?://(purl\.imsglobal\.org|openbadges\.org|w3id\.org/openbadges)(/.*)?")
_ELEMENTS = ("credential", "assertion")
"""In the order of preference: a picture may hold a badge of both versions."""
_START_TAG = re.compile(rb"""<(?:[\w.-]+:)?svg(?:[^<>"']|"[^"]*"|'[^']*')*>""")


def extract(picture: bytes) -> bytes | Refused:
    """The credential. Codes: `no_credential_in_picture`, `credentials_several`, `picture_malformed`."""
    found = _read(picture)
    if isinstance(found, Refused):
        return found
    for name in _ELEMENTS:
        texts = found.get(name, set())
        if len(texts) > 1:
            return Refused("credentials_several", f"{len(texts)} different ones", "one credential")
        if texts:
            return texts.pop().encode("utf-8")
    return Refused("no_credential_in_picture", "a picture without one", "an element openbadges:credential")


def bake(picture: bytes, credential: str) -> bytes:
    """The picture with an element for this credential. Raises ValueError as `baking.bake` says."""
    found, start = _read(picture), _START_TAG.search(picture)
    if isinstance(found, Refused) or start is None or start.group().endswith(b"/>"):
        raise ValueError("found no picture that can be read, expected an SVG picture in UTF-8")
    if found:
        raise ValueError("found a picture with a credential, expected one without")
    if credential.lstrip().startswith("{"):
        attribute, content = "", "<![CDATA[" + credential.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    else:
        attribute, content = f" verify={quoteattr(credential)}", ""
    element = (
        f'<openbadges:credential xmlns:openbadges="{NAMESPACE}"{attribute}>{content}</openbadges:credential>'
    )
    return picture[: start.end()] + element.encode("utf-8") + picture[start.end() :]


def _read(picture: bytes) -> dict[str, set[str]] | Refused:
    """The texts by name of element, from a picture that is read once and never built as a tree."""
    collected = _Collected()
    parser = _Parser(target=collected)
    try:
        parser.feed(picture)
        parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        return Refused("picture_malformed", f"{type(error).__name__}: {error}"[:200], "an SVG picture")
    return collected.texts


class _Parser(DefusedXMLParser):  # type: ignore[misc] - the library has no types
    """Refuses entities (the base does) and declarations inside the document."""

    def __init__(self, target: "_Collected") -> None:
        super().__init__(target=target, forbid_dtd=False, forbid_entities=True, forbid_external=True)
        self.parser.StartDoctypeDeclHandler = self._refuse_internal

    def _refuse_internal(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        if internal:
            self.defused_start_doctype_decl(name, system, public, bool(internal))


class _Collected:
    """A parser's target: remembers the texts of Open Badges' elements, and forgets the rest."""

    def __init__(self) -> None:
        self.texts: dict[str, set[str]] = {}
        self._name: str | None = None
        self._verify = ""
        self._parts: list[str] = []
        self._depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError(f"more than {MAX_DEPTH} elements inside each other")
        namespace, _, name = tag.removeprefix("{").rpartition("}")
        if name in _ELEMENTS and _NAMESPACES.fullmatch(namespace):
            self._name, self._verify, self._parts = name, attributes.get("verify", ""), []

    def data(self, text: str) -> None:
        if self._name is not None:
            self._parts.append(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._name is not None and tag.rpartition("}")[2] == self._name:
            text = "".join(self._parts).strip() or self._verify.strip()
            if text:
                self.texts.setdefault(self._name, set()).add(text)
            self._name = None

    def close(self) -> Any:
        return None
