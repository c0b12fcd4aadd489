"""Which JSON-LD contexts are known: those vendored in `contexts/`, pinned by digest, and those that a caller
vouches for.

A context decides what a signed term means. So a document may name contexts by their address only, and an
address that is not known here ends the run instead of being fetched.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, cast

from mutua_credentials.json_text import Refused, type_name

ANNEX_I = "https://mutua.example/contexts/annex-i/v1"
CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"

UNKNOWN_CONTEXT = "unknown_context"
"""The only code here that means "could not tell"."""

_FOLDER = resources.files("mutua_credentials.linked_data") / "contexts"


@cache
def index() -> Mapping[str, Mapping[str, str]]:
    """The vendored contexts by address: `file`, `sha256`, `source`, `licence`."""
    return cast("dict[str, dict[str, str]]", json.loads((_FOLDER / "index.json").read_bytes()))


def load(url: str) -> dict[str, Any]:
    """A vendored context. Raises KeyError for another address, ValueError for a file that was altered."""
    entry = index()[url]
    data = (_FOLDER / entry["file"]).read_bytes()
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise ValueError(f"found another text in {entry['file']}, expected the one pinned for {url}")
    return cast("dict[str, Any]", json.loads(data))


def refused_contexts(document: Any, supplied: Mapping[str, Any]) -> Refused | None:
    """What is wrong with the contexts that a document names, anywhere in it.

    Codes: `inline_context` for anything but addresses, `unknown_context` for an address that is neither
    vendored nor among `supplied`. What is wrong for certain is said first.
    """
    named = list(_contexts(document))
    for context in named:
        if not isinstance(context, str):
            return Refused("inline_context", type_name(context), "contexts by their address")
    for url in named:
        if url not in index() and url not in supplied:
            return Refused(
                UNKNOWN_CONTEXT, url[:300], "a context that is built in or supplied with its digest"
            )
    return None


def _contexts(value: Any) -> Iterator[Any]:
    """Every context of a document: single ones, and the items of arrays. Its depth was bounded before."""
    if isinstance(value, dict):
        for name, member in cast("dict[str, Any]", value).items():
            if name == "@context":
                yield from cast("list[Any]", member) if isinstance(member, list) else [member]
            else:
                yield from _contexts(member)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _contexts(item)
