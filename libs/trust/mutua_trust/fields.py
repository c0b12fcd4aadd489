"""ISCED-F 2013: the 80 detailed fields of education, and what a shorter or vaguer code stands for.

Two fields of study are compared as sets of detailed fields (leaves), never as texts. A statement may name a
broad, narrow or detailed field; a request may also carry the "not further defined" and "not elsewhere
classified" codes that registers hand out, which either widen to their parent or say nothing at all.
"""

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import Final

_DETAILED: Final = """
    0011 0021 0031
    0111 0112 0113 0114
    0211 0212 0213 0214 0215 0221 0222 0223 0231 0232
    0311 0312 0313 0314 0321 0322
    0411 0412 0413 0414 0415 0416 0417 0421
    0511 0512 0521 0522 0531 0532 0533 0541 0542
    0611 0612 0613
    0711 0712 0713 0714 0715 0716 0721 0722 0723 0724 0731 0732
    0811 0812 0821 0831 0841
    0911 0912 0913 0914 0915 0916 0917 0921 0922 0923
    1011 1012 1013 1014 1015 1021 1022 1031 1032 1041
"""
LEAVES: Final[tuple[str, ...]] = tuple(_DETAILED.split())


class Unreadable(Enum):
    """Why a code of a request names no field."""

    MISSING = "missing"
    """A known code that says nothing ("field unknown", "inter-disciplinary"): the request is incomplete."""

    UNKNOWN = "unknown"
    """Not a code of ISCED-F at all: the request is refused."""


def _leaves_below() -> dict[str, frozenset[str]]:
    codes = {leaf[:digits] for leaf in LEAVES for digits in (2, 3, 4)}
    return {code: frozenset(leaf for leaf in LEAVES if leaf.startswith(code)) for code in codes}


FIELDS: Final[dict[str, frozenset[str]]] = _leaves_below()
"""Every broad (2 digits), narrow (3) and detailed (4) code, with the leaves below it."""


def leaves_of_request(code: str) -> frozenset[str] | Unreadable:
    """The leaves that a request with this code asks for: all of them below a broad or narrow field.

    `..00` and `...0` read as their parent, so does `..0` with three digits; the codes for "not elsewhere
    classified", "inter-disciplinary" and "unknown", and those whose parent is no field, name nothing.
    """
    if code in FIELDS:
        return FIELDS[code]
    if not (code.isascii() and code.isdigit()):
        return Unreadable.UNKNOWN
    if _says_nothing(code):
        return Unreadable.MISSING
    parent = _parent_of_vague(code)
    if parent is None:
        return Unreadable.UNKNOWN
    return FIELDS.get(parent, Unreadable.MISSING)


def _says_nothing(code: str) -> bool:
    match len(code):
        case 2:
            return code == "99"
        case 3:
            return code[2] in "89"
        case 4:
            # 0000 has the shape of "not further defined", but what it would define, 000, is no field.
            return code[3] == "9" or code[2:] == "88" or code in ("0228", "0000")
        case _:
            return False


def _parent_of_vague(code: str) -> str | None:
    """The field that a "not further defined" code repeats, whether or not that field exists."""
    match len(code):
        case 3 if code.endswith("0"):
            return code[:2]
        case 4 if code.endswith("00"):
            return code[:2]
        case 4 if code.endswith("0"):
            return code[:3]
        case _:
            return None


@lru_cache(maxsize=4096)
def shortest_codes(leaves: frozenset[str]) -> tuple[str, ...]:
    """The sorted codes, as short as possible, that together stand for exactly these leaves."""
    codes: list[str] = []
    left = set(leaves)
    for code in sorted(FIELDS, key=lambda code: (len(code), code)):
        if FIELDS[code] <= left:
            codes.append(code)
            left -= FIELDS[code]
    return tuple(sorted(codes))


@lru_cache(maxsize=4096)
def leaves_of(codes: tuple[str, ...]) -> frozenset[str]:
    """The leaves below codes that are all known (`KeyError` otherwise): how a statement's scope reads."""
    return _union(FIELDS[code] for code in codes)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
