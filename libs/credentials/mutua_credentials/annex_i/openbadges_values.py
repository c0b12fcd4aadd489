"""What Open Badges of every version have in common, translated into Annex I's terms: texts with a language,
identities, identifiers of organisations, alignments to frameworks.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from mutua_credentials import code_lists
from mutua_credentials.annex_i.found import Found, unreadable
from mutua_credentials.instants import read_instant
from mutua_credentials.pointers import pointer

MAX_ITEMS = 1000
UNDETERMINED = "und"
"""BCP 47 for a text whose language nobody says."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SCHEMES = {
    "deqarinst": "DEQARINST",
    "deqar": "DEQARINST",
    "eter": "ETER",
    "erasmus": "ERASMUS",
    "schac": "SCHAC",
    "pic": "EU-PIC",
    "eu-pic": "EU-PIC",
    "vat": "EU-VAT",
    "eu-vat": "EU-VAT",
    "eidas": "EIDAS",
    "eidasidentifier": "EIDAS",
    "ror": "ROR",
}
_FRAMEWORKS = ("eqf", "isced-f", "participation", "assessment", "quality-assurance", "supervision")


class TooMany(Exception):
    """An array of more items than any badge has: it is not read at all."""

    def __init__(self, path: tuple[str, ...], count: int) -> None:
        super().__init__(f"{count} items at {pointer(*path)}")
        self.path, self.count = path, count


SourceT = TypeVar("SourceT")


def read_each(
    readers: Mapping[str, Callable[[SourceT], Found | None]], source: SourceT
) -> dict[str, Found | None]:
    """What each element's reader finds; an element with too many items is unreadable."""
    found: dict[str, Found | None] = {}
    for name, read in readers.items():
        try:
            found[name] = read(source)
        except TooMany as many:
            expected = f"at most {MAX_ITEMS} items"
            found[name] = unreadable(name, pointer(*many.path), many.count, "too_many", expected)
    return found


def items(value: Any, *path: str) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """A member that may stand alone or in an array: each item with its path. Raises TooMany."""
    if isinstance(value, list):
        listed = cast("list[Any]", value)
        if len(listed) > MAX_ITEMS:
            raise TooMany(path, len(listed))
        for place, item in enumerate(listed):
            yield item, (*path, str(place))
    elif value is not None:
        yield value, path


def objects(value: Any, *path: str) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
    """As `items`, but only those that are objects."""
    for item, at in items(value, *path):
        if isinstance(item, dict):
            yield cast("dict[str, Any]", item), at


def member(value: Any, name: str) -> Any:
    return cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None


def text(value: Any, language: Any = None) -> Any:
    """A text by language: of a plain string, a value with `@language`, or several of them. Anything else is
    given back as it is, for the model to refuse.
    """
    if isinstance(value, str):
        known = isinstance(language, str) and _LANGUAGE.fullmatch(language)
        return {language if known else UNDETERMINED: value}
    found: dict[str, Any] = {}
    for item, _ in items(value):
        if isinstance(item, str):
            found |= text(item, language)
        elif isinstance(member(item, "@value"), str):
            found |= text(member(item, "@value"), member(item, "@language") or language)
        else:
            return value
    return found


def day(value: Any) -> Any:
    """The UTC date of an instant; a plain date as it is."""
    instant = read_instant(value)
    return value if instant is None else instant.date().isoformat()


def identifiers(value: Any, *path: str) -> list[dict[str, str]]:
    """Identifiers of an organisation (`otherIdentifier`), those whose scheme we know."""
    found: list[dict[str, str]] = []
    for entry, _ in objects(value, *path):
        kind, name = entry.get("identifierType"), entry.get("identifier")
        scheme = _SCHEMES.get(kind.lower().removeprefix("ext:")) if isinstance(kind, str) else None
        if scheme and isinstance(name, str):
            found.append({"scheme": scheme, "value": name})
    return found


@dataclass(frozen=True, slots=True)
class Alignments:
    """Alignments, told apart by what they name: a code of an EU list, or an outcome or skill."""

    codes: Mapping[str, Sequence[tuple[str, tuple[str, ...], Any]]]
    """By list: code, path and original."""
    outcomes: Sequence[tuple[Mapping[str, Any], tuple[str, ...]]]


def alignments(value: Any, *path: str) -> Alignments:
    codes: dict[str, list[tuple[str, tuple[str, ...], Any]]] = {}
    outcomes: list[tuple[Mapping[str, Any], tuple[str, ...]]] = []
    for alignment, at in objects(value, *path):
        listed = _listed(alignment.get("targetUrl"))
        if listed is None:
            outcomes.append((alignment, at))
        else:
            codes.setdefault(listed[0], []).append((listed[1], at, alignment))
    return Alignments(codes, outcomes)


def _listed(url: Any) -> tuple[str, str] | None:
    """The list and code that a URI of an EU vocabulary names."""
    if not isinstance(url, str) or not url.startswith(("http://data.europa.eu/", "https://data.europa.eu/")):
        return None
    uri = "http" + url.removeprefix("https").removeprefix("http")
    for name in _FRAMEWORKS:
        code = code_lists.get(name).find(uri.rstrip("/"))
        if code is not None:
            return name, code.code
    return None


def level(found: Alignments) -> Found | None:
    """M8 by alignment to an EQF URI; two different levels are none."""
    stated = found.codes.get("eqf", ())
    if not stated:
        return None
    code, path, original = stated[0]
    if len({other for other, _, _ in stated}) > 1:
        originals = [alignment for _, _, alignment in stated]
        return unreadable("level", pointer(*path[:-1]), originals, "contradiction", "one EQF level")
    return Found({"eqf": int(code)}, pointer(*path), original)


def codes(found: Alignments, name: str) -> Found | None:
    """The codes of one list that alignments name."""
    stated = found.codes.get(name, ())
    if not stated:
        return None
    source = pointer(*(stated[0][1] if len(stated) == 1 else stated[0][1][:-1]))
    originals = [alignment for _, _, alignment in stated]
    return Found(sorted({code for code, _, _ in stated}), source, originals)


def outcomes(found: Alignments, language: Any) -> Found | None:
    """M6 by alignments that name an outcome, a competence or a skill."""
    if not found.outcomes:
        return None
    value: list[dict[str, Any]] = []
    for alignment, _ in found.outcomes:
        outcome: dict[str, Any] = {"statement": text(alignment.get("targetName"), language)}
        if isinstance(alignment.get("targetUrl"), str) and alignment["targetUrl"].startswith("http"):
            outcome["skills"] = [alignment["targetUrl"]]
        if isinstance(alignment.get("targetCode"), str):
            outcome["id"] = alignment["targetCode"]
        value.append(outcome)
    path = found.outcomes[0][1]
    source = pointer(*(path if len(found.outcomes) == 1 else path[:-1]))
    return Found(value, source, [alignment for alignment, _ in found.outcomes])
