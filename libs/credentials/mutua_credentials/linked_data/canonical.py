"""JSON-LD to canonical N-Quads (RDFC-1.0) without loss: what the signature would not cover is refused.

A term that no context defines, a relative name, an index or a text direction disappears on the way to RDF; so
it could be added to a signed document unnoticed. The canonical text is compared as text, so a name with angle
brackets or line breaks could forge a line of it. This module loads PyLD, changes how it escapes, and is meant
for the worker process: it may take forever.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pyld import nquads
from pyld.canon import URDNA2015
from pyld.context_resolver import ContextResolver
from pyld.jsonld import JsonLdError, JsonLdProcessor

from mutua_credentials.json_text import Refused
from mutua_credentials.linked_data import allow_list
from mutua_credentials.linked_data.plain_form import refused_form

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20\x7f<>]*")
"""An absolute name, without what would end it in N-Quads. Other odd characters occur, and do no harm."""
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")

_ESCAPES = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | {
    ord(character): escape
    for character, escape in zip(
        '\b\t\n\f\r"\\', (r"\b", r"\t", r"\n", r"\f", r"\r", r"\"", r"\\"), strict=True
    )
}
_BUILT_IN_CACHE: dict[str, Any] = {}


def _escape(value: str) -> str:
    """A literal as RDFC-1.0 writes it (section 5); PyLD 3.3 leaves most control characters as they are."""
    return value.translate(_ESCAPES)


nquads.escape = _escape


class _Lossy(Exception):
    """Raised out of PyLD with what was found."""

    def __init__(self, code: str, found: str, expected: str) -> None:
        super().__init__(code)
        self.refused = Refused(code, found[:300], expected)


def canonicalise(
    document: Mapping[str, Any], supplied: Mapping[str, Any] | None = None, *, algorithm: str = "sha256"
) -> str | Refused:
    """The canonical N-Quads of one document whose contexts are vendored or supplied (address -> document).

    `algorithm` is the hash within RDFC: `sha384` for proofs by P-384 keys. Codes: those of
    `allow_list.refused_contexts` and of `plain_form.refused_form`, `undefined_term`, `relative_name`,
    `blank_node`, `name_malformed`, `empty`, `json_ld_malformed`.
    """
    if refused := allow_list.refused_contexts(document, supplied or {}) or refused_form(document):
        return refused
    loader = _Loader(supplied or {})
    options = {"base": None, "documentLoader": loader, "contextResolver": loader.resolver()}
    try:
        dataset = _Lossless().to_rdf(dict(document), options)
        text = str(_canonicaliser(algorithm).main(dataset, {"format": "application/n-quads"}))
    except _Lossy as lossy:
        return lossy.refused
    except (
        JsonLdError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        IndexError,
        RecursionError,
    ) as error:
        # PyLD answers malformed documents with whatever its code runs into, KeyError among it.
        if loader.missing is not None:
            expected = "a context that is built in or supplied with its digest"
            return Refused(allow_list.UNKNOWN_CONTEXT, loader.missing[:300], expected)
        return Refused("json_ld_malformed", _reason(error), "JSON-LD 1.1")
    return text if text else Refused("empty", "no statement", "at least one statement")


class _Loader:
    """PyLD's document loader over the known contexts. It remembers the address that it had to refuse."""

    def __init__(self, supplied: Mapping[str, Any]) -> None:
        self._supplied = supplied
        self.missing: str | None = None

    def __call__(self, url: str, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        if url in allow_list.index():
            context: Any = allow_list.load(url)
        elif url in self._supplied:
            context = self._supplied[url]
        else:
            self.missing = url
            raise _Lossy(allow_list.UNKNOWN_CONTEXT, url, "a known context")
        return {"contextUrl": None, "documentUrl": url, "document": context, "tag": "static"}

    def resolver(self) -> ContextResolver:
        """With a cache of its own where contexts were supplied: the next document may bring others."""
        return ContextResolver({} if self._supplied else _BUILT_IN_CACHE, self)


class _Lossless(JsonLdProcessor):
    """Expands as PyLD does, and refuses a document of which the expanded form lost something."""

    def __init__(self) -> None:
        super().__init__(on_property_dropped=_dropped)

    def expand(self, input_: Any, options: Any) -> Any:
        expanded = super().expand(input_, options)
        for node in _objects(expanded):
            _check(node)
        return expanded


def _dropped(term: Any) -> None:
    found = str(term) if term is not None else "a term that its context undefines"
    raise _Lossy("undefined_term", found, "terms that the contexts define")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of an expanded document, except inside JSON literals, which are signed as they are."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        yield members
        if "@value" not in members:
            for member in members.values():
                yield from _objects(member)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _objects(item)


def _check(node: Mapping[str, Any]) -> None:
    for name, value in node.items():
        if name in ("@id", "@type"):
            for reference in cast("list[Any]", value) if isinstance(value, list) else [value]:
                if not ("@value" in node and reference == "@json"):
                    _check_name(reference)
        elif name == "@language":
            if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
                raise _Lossy("not_in_rdf", f"@language {value!r}", "a language tag (BCP 47)")
        elif not name.startswith("@"):
            _check_name(name)


def _check_name(name: Any) -> None:
    if not isinstance(name, str):
        raise _Lossy("name_malformed", repr(name), "a text")
    if name.startswith("_:"):
        raise _Lossy("blank_node", name, "names that mean the same everywhere")
    if not _IRI.fullmatch(name):
        relative = ":" not in name
        code, expected = ("relative_name", "an absolute name") if relative else ("name_malformed", "an IRI")
        raise _Lossy(code, name, expected)


class _Sha384(URDNA2015):
    """RDFC-1.0 with SHA-384 inside."""

    def create_hash(self) -> Any:
        return hashlib.sha384()


def _canonicaliser(algorithm: str) -> URDNA2015:
    return _Sha384() if algorithm == "sha384" else URDNA2015()


def _reason(error: BaseException) -> str:
    """The innermost of PyLD's reasons, without the document that it quotes."""
    innermost = error
    while innermost.__cause__ is not None:
        innermost = innermost.__cause__
    if isinstance(innermost, JsonLdError):
        return f"{innermost.code or innermost.type}: {innermost.args[0]}"[:300]
    return f"{type(innermost).__name__}: {innermost}"[:300]
