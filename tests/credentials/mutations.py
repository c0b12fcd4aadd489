"""Spoilt documents: every member and item replaced by what does not belong there, or taken away; and bytes
cut, doubled and flipped.
"""

import copy
import random
from collections.abc import Iterator
from typing import Any

REPLACEMENTS: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e300 / 1e290,
    "",
    "x" * 20_000,
    "_:b0",
    "did:key:z6Mk",
    "https://127.0.0.1:1/x",
    [],
    [[]],
    [None, {}],
    {},
    {"id": None, "type": []},
)


def spoilt(value: Any) -> Iterator[Any]:
    """Every variant of a JSON value with one place changed."""
    for path in _places(value):
        for replacement in REPLACEMENTS:
            yield _with(value, path, replacement)
        yield _without(value, path)


def torn(data: bytes, chance: random.Random) -> bytes:
    """The bytes, damaged once to four times."""
    for _ in range(chance.randint(1, 4)):
        at, until = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
        part = data[at:until]
        data = chance.choice(
            [
                data[:at] + data[until:],
                data[:until] + part[:2000] + data[until:],
                data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :],
                data[:at] + chance.choice(TOKENS) + data[at:],
                data[:at],
            ]
        )
    return data


TOKENS = (
    b'{"',
    b"[",
    b"]}",
    b",",
    b'"_:b"',
    b"null",
    b"1e999",
    b"\\ud800",
    b"~",
    b".",
    b"=",
    b"\x00",
    b"\xff",
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, member in items:
        yield from _places(member, (*path, name))


def _with(value: Any, path: tuple[Any, ...], replacement: Any) -> Any:
    changed = copy.deepcopy(value)
    _parent(changed, path)[path[-1]] = replacement
    return changed


def _without(value: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(value)
    del _parent(changed, path)[path[-1]]
    return changed


def _parent(value: Any, path: tuple[Any, ...]) -> Any:
    for name in path[:-1]:
        value = value[name]
    return value
