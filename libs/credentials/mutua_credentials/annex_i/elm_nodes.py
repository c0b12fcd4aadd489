"""Walking through an ELM document, where every member may stand alone or in an array, and what its small
values mean: texts by language, notes, concepts of code lists, durations.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile
from typing import Any, cast

from mutua_credentials import code_lists
from mutua_credentials.pointers import pointer

UNDETERMINED = "und"
"""BCP 47 for a text whose language nobody says."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place in the document."""

    value: Any
    path: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        return pointer(*self.path)

    @property
    def members(self) -> Mapping[str, Any]:
        return cast("dict[str, Any]", self.value) if isinstance(self.value, dict) else {}

    def all(self, *names: str) -> Iterator["Node"]:
        """Every node that this chain of members leads to."""
        if not names:
            yield self
            return
        value = self.members.get(names[0])
        for item in _items(Node(value, (*self.path, names[0]))):
            yield from item.all(*names[1:])

    def first(self, *names: str) -> "Node | None":
        return next(self.all(*names), None)

    def value_of(self, *names: str) -> Any:
        """The first value there, or None."""
        found = self.first(*names)
        return None if found is None else found.value

    def picked(self, *names: str) -> dict[str, Any]:
        """Of its members, those of these names that are there."""
        return {name: self.members[name] for name in names if self.members.get(name) is not None}

    def place_of(self, *names: str) -> tuple[str, Any] | None:
        """Where something stands that is read from several members, and its original: the one member that is
        there, or this node with those that are.
        """
        picked = self.picked(*names)
        if len(picked) == 1:
            ((name, value),) = picked.items()
            return pointer(*self.path, name), value
        return (self.source, picked) if picked else None

    def is_a(self, kind: str) -> bool:
        return any(node.value == kind for node in self.all("type"))


MAX_ITEMS = 1_000
"""Of an array, so many are looked at; no element of ours allows a tenth of it, so more are refused anyway."""


def _items(node: Node) -> Iterator[Node]:
    if isinstance(node.value, list):
        for place, item in enumerate(cast("list[Any]", node.value)[:MAX_ITEMS]):
            yield from _items(Node(item, (*node.path, str(place))))
    elif node.value is not None:
        yield node


def shared_source(nodes: Sequence[Node]) -> str:
    """The nearest place that all of them stand in; of one, its own."""
    levels = zip(*(node.path for node in nodes), strict=False)
    return pointer(*(names[0] for names in takewhile(lambda names: len(set(names)) == 1, levels)))


def texts(node: Node | None) -> Any:
    """A text by language. Several in one language become lines; what is no such text is given back as it is,
    for the model to refuse.
    """
    if node is None or not isinstance(node.value, dict):
        said = None if node is None else node.value
        return {UNDETERMINED: said} if isinstance(said, str) else said
    return {
        _language(tag): "\n".join(str(line) for line in cast("list[Any]", said))
        if isinstance(said, list)
        else said
        for tag, said in node.members.items()
    }


def _language(tag: str) -> str:
    """Tags know no capitals; `@none` is how JSON-LD writes that there is none."""
    primary, dash, rest = tag.partition("-")
    return UNDETERMINED if tag == "@none" else primary.lower() + dash + rest


def one_text(node: Node | None) -> Any:
    """One text where ours has no languages: English, else the first."""
    said = texts(node)
    if not isinstance(said, dict):
        return said
    by_language = cast("dict[str, Any]", said)
    return by_language.get("en", next(iter(by_language.values()), None))


def note(node: Node | None) -> Any:
    """The text of a Note, by language."""
    return None if node is None else texts(node.first("noteLiteral"))


def identity(node: Node | None) -> str | None:
    """The id of a thing that stands there as an object, or as its id alone."""
    named = None if node is None else node.members.get("id", None if node.members else node.value)
    return named if isinstance(named, str) else None


def code(list_id: code_lists.ListId, concept: Node) -> Any:
    """The code that a concept means: by its URI; by its English label where its id is a local one, as much of
    what is in use. A concept that means none is given back by its id, for the model to refuse.
    """
    entries = code_lists.get(list_id)
    named = identity(concept)
    known = entries.find(named) if named is not None else None
    if known is not None:
        return known.code
    label = one_text(concept.first("prefLabel"))
    if (named is None or named.startswith("urn:")) and isinstance(label, str):
        spoken = _spoken(label)
        known = next((entry for entry in entries if _spoken(entry.label) == spoken), None)
    return known.code if known is not None else (named or label or "")


def _spoken(label: str) -> str:
    """A label without what publishers vary: capitals, dashes, the long form of ID."""
    return (
        re.sub(r"[\s-]+", " ", label.casefold()).replace("identity verification", "id verification").strip()
    )


_DURATION = re.compile(r"P(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?)", re.ASCII)


def hours(duration: Any) -> Decimal | None:
    """The hours of an xsd:duration that is written in hours and minutes. Months, weeks and days are no
    measure of work: `P60M` is sixty months.
    """
    found = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
    if found is None:
        return None
    whole, minutes = (Decimal(part or 0) for part in found.groups())
    return (whole + minutes / 60).quantize(Decimal("0.01")) or None
