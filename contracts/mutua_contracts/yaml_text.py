"""YAML text of plain values: mappings, sequences, strings, numbers, booleans and null, in block style.

The committed document must not change with the version of a library, and this package depends on pydantic
only; strings that YAML could read as something else are written as JSON strings, which YAML reads alike.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


def to_yaml(value: Mapping[str, Any]) -> str:
    """The mapping as a YAML document, in the order of its members."""
    return "\n".join(_lines(value, 0)) + "\n"


def _lines(value: Mapping[str, Any] | Sequence[Any], depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, Mapping):
        for key, item in value.items():
            if _nested(item):
                yield f"{indent}{_scalar(key)}:"
                yield from _lines(item, depth + 1)
            else:
                yield f"{indent}{_scalar(key)}: {_scalar(item)}"
        return
    for item in value:
        if _nested(item):
            first, *rest = _lines(item, depth + 1)
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(item)}"


def _nested(value: object) -> bool:
    return isinstance(value, Mapping | list | tuple) and len(cast("Sequence[Any]", value)) > 0


def _scalar(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
