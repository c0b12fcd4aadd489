"""Whether a JSON-LD document means in RDF what its JSON says to a reader of members.

The same signed statements can be written in many ways: `credentialStatus` under its full address, or on
another node of the same id, verifies all the same, and a reader of JSON no longer sees it. So a document must
be written in the terms of its contexts, without the keywords that move content, and with its own members at
its top.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mutua_credentials.json_text import Refused

_KEYWORDS = frozenset({"@context", "@id", "@type", "@value", "@language", "@list", "@set"})
"""All that a credential needs. The others move content, or vanish: `@graph`, `@index`, `@direction`."""
_OF_THE_WHOLE = frozenset(
    {
        "credentialSchema",
        "credentialStatus",
        "credentialSubject",
        "expirationDate",
        "issuanceDate",
        "issuer",
        "validFrom",
        "validUntil",
    }
)
"""What verification reads at the top of a credential."""


def refused_form(document: Mapping[str, Any]) -> Refused | None:
    """What is not plain in a document. Codes: `not_in_rdf`, `name_not_a_term`, `member_misplaced`."""
    own = document.get("id", document.get("@id"))
    for node in _objects(document):
        for name in node:
            if name.startswith("@") and name not in _KEYWORDS:
                return Refused("not_in_rdf", name[:300], "only " + ", ".join(sorted(_KEYWORDS)))
            if ":" in name:
                return Refused("name_not_a_term", name[:300], "terms that the contexts define")
        if node is not document and own is not None and node.get("id", node.get("@id")) == own:
            for name in sorted(_OF_THE_WHOLE & node.keys()):
                return Refused("member_misplaced", name, f"{name} at the top of the document")
    return None


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of a document but its contexts. Its depth was bounded before."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        yield members
        for name, member in members.items():
            if name != "@context":
                yield from _objects(member)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _objects(item)
