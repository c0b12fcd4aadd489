"""Strict reading of JSON that strangers send: what two readers could understand differently is refused.

Refused are texts that are not UTF-8, members named twice, numbers that not every reader holds exactly, lone
surrogates, and more nesting or size than the limits allow. The answer is a value: `Json` or `Refused`.
"""

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn, cast

SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 64
MAX_BYTES = 10 * 1024 * 1024
MAX_VALUES = 1_000_000
"""Values of a text, as its separators tell: each costs up to a hundred bytes of memory when it is read."""

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]')
_SURROGATE = re.compile("[\ud800-\udfff]")
_TYPE_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something was not read: a stable code, what was found and what was expected."""

    code: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON value that every reader understands alike."""

    value: Any


def read(data: bytes | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Json | Refused:
    """Read one JSON text strictly.

    Codes of refusal: `too_large`, `empty`, `not_utf8`, `not_json`, `duplicate_key`, `number_unsafe`,
    `too_deep`, `lone_surrogate`.
    """
    if len(data) > max_bytes:
        return Refused("too_large", f"{len(data)} bytes", f"at most {max_bytes} bytes")
    if isinstance(data, bytes):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            return Refused("not_utf8", f"byte 0x{data[error.start]:02x} at {error.start}", "UTF-8")
    else:
        text = data
    if not text.strip():
        return Refused("empty", "nothing", "a JSON text")
    containers = text.count("[") + text.count("{")
    if containers + text.count(",") > MAX_VALUES:
        if _begins_deep(text, max_depth):
            return Refused("too_deep", f"more than {max_depth} levels", f"at most {max_depth} levels")
        return Refused("too_large", f"more than {MAX_VALUES} values", f"at most {MAX_VALUES} values")
    try:
        value = _DECODER.decode(text)
    except _Unsafe as unsafe:
        return unsafe.refused
    except json.JSONDecodeError as error:
        return Refused("not_json", f"{error.msg} at line {error.lineno}, column {error.colno}", "JSON")
    except RecursionError:
        return Refused("too_deep", "more levels than can be read", f"at most {max_depth} levels")
    # Most texts show by their letters that there is nothing to look for: bytes that were UTF-8 hold half of a
    # pair only where it is written as an escape.
    may_hold_surrogate = "\\u" in text or (isinstance(data, str) and not data.isascii())
    if containers > max_depth or may_hold_surrogate:
        return _walk(value, max_depth) or Json(value)
    return Json(value)


def type_name(value: Any) -> str:
    """The JSON name of a value's type, for messages."""
    return "null" if value is None else _TYPE_NAMES.get(type(value), type(value).__name__)


class _Unsafe(Exception):
    def __init__(self, code: str, found: str, expected: str) -> None:
        super().__init__(code)
        self.refused = Refused(code, found, expected)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise _Unsafe("duplicate_key", f"member {twice[:80]!r} twice", "each member once")
    return members


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(number := int(digits)) > SAFE_INTEGER:
        raise _Unsafe("number_unsafe", digits[:40], f"an integer of at most {SAFE_INTEGER}")
    return number


def _fraction(digits: str) -> float:
    number = float(digits)
    if not abs(number) <= SAFE_INTEGER:
        raise _Unsafe("number_unsafe", digits[:40], f"a number of at most {SAFE_INTEGER}")
    return number


def _constant(name: str) -> NoReturn:
    raise _Unsafe("number_unsafe", name, "a finite number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)


def _begins_deep(text: str, max_depth: int) -> bool:
    """Whether a text that will not be read nests too deeply already near its beginning."""
    depth = 0
    for found in islice(_BRACKETS.finditer(text), 10_000):
        bracket = found.group()
        depth += 1 if bracket in "[{" else -1 if bracket in "]}" else 0
        if depth > max_depth:
            return True
    return False


def _walk(value: Any, max_depth: int) -> Refused | None:
    """Depth and surrogates, level by level, without recursion."""
    level: list[Any] = [value]
    for _ in range(max_depth + 1):
        below: list[Any] = []
        containers = 0
        for item in level:
            if isinstance(item, dict):
                containers += 1
                below.extend(cast("dict[str, Any]", item))
                below.extend(cast("dict[str, Any]", item).values())
            elif isinstance(item, list):
                containers += 1
                below.extend(cast("list[Any]", item))
            elif isinstance(item, str) and not item.isascii() and _SURROGATE.search(item):
                return Refused("lone_surrogate", "half of a surrogate pair", "Unicode text")
        if not containers:
            return None
        level = below
    return Refused("too_deep", f"more than {max_depth} levels", f"at most {max_depth} levels")
