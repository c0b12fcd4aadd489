"""The code lists that Annex I values are drawn from: data with ids, a version and a digest.

A list is looked up by our code or by the URI of the EU vocabulary. The digest covers every list, so that a
decision record can say by which lists it was made.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from mutua_credentials import digests

ID = "mutua-codes"
VERSION = "2026.11"

ListId = Literal[
    "assessment",
    "country",
    "credit",
    "eqf",
    "identifier-scheme",
    "isced-f",
    "participation",
    "qf-ehea",
    "quality-assurance",
    "stackability",
    "supervision",
]
LIST_IDS: tuple[ListId, ...] = ListId.__args__


@dataclass(frozen=True, slots=True)
class Code:
    """One entry. `more` holds what only some lists have: `alpha3`, `alias`, `eqf`, `class`, `supervised`."""

    code: str
    label: str
    uri: str | None
    broader: str | None = None
    more: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list, in the order of its file."""

    id: str
    title: str
    source: str
    _by_code: Mapping[str, Code]
    _by_name: Mapping[str, Code]

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __iter__(self) -> Iterator[Code]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def get(self, code: str) -> Code | None:
        return self._by_code.get(code)

    def find(self, name: str) -> Code | None:
        """By code, by URI, and for countries by alpha-3 code or alias (`EL`, `UK`)."""
        return self._by_code.get(name) or self._by_name.get(name)

    def leaves(self, code: str) -> tuple[str, ...]:
        """The codes without narrower ones at or below this one; nothing for a code that the list does not
        have.
        """
        if code not in self:
            return ()
        below = [entry.code for entry in self if entry.broader == code]
        return tuple(leaf for narrower in below for leaf in self.leaves(narrower)) if below else (code,)


@cache
def get(list_id: ListId) -> CodeList:
    """One list by its id."""
    content = _content(list_id)
    codes = [_code(entry) for entry in content["codes"]]
    names = {
        name: code
        for code in codes
        for name in (code.uri, code.more.get("alpha3"), code.more.get("alias"))
        if name
    }
    by_code = MappingProxyType({code.code: code for code in codes})
    return CodeList(content["id"], content["title"], content["source"], by_code, MappingProxyType(names))


@cache
def digest() -> str:
    """`sha256:` over the canonical JSON of every list."""
    return digests.of_json({list_id: _content(list_id) for list_id in LIST_IDS})


def eqf_of_cycle(cycle: str) -> int | None:
    """The EQF level that a QF-EHEA cycle corresponds to: short 5, first 6, second 7, third 8."""
    code = get("qf-ehea").get(cycle)
    return int(code.more["eqf"]) if code else None


def _code(entry: Mapping[str, Any]) -> Code:
    named = ("code", "label", "uri", "broader")
    more = {name: value for name, value in entry.items() if name not in named}
    return Code(entry["code"], entry["label"], entry["uri"], entry.get("broader"), MappingProxyType(more))


def _content(list_id: str) -> dict[str, Any]:
    return json.loads(
        resources.files("mutua_credentials").joinpath("data", f"{list_id}.json").read_text("utf-8")
    )
