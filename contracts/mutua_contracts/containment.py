"""Whether every value that one JSON Schema lets through is accepted by another: explicit rules, with a path.

It covers the keywords that pydantic makes of our models and refuses every other one, so what it cannot decide
is a gap and never a silent yes. It errs on the strict side: two different patterns are taken as unequal sets.
"""

import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

Schema = Mapping[str, Any] | bool
Object = Mapping[str, Any]

_ANNOTATIONS = frozenset(
    (
        *("$schema", "$id", "$defs", "$comment", "title", "description", "default", "examples"),
        *("x-mutua-codes", "x-mutua-topic"),
    )
)
_KNOWN = _ANNOTATIONS | {
    *("$ref", "anyOf", "type", "const", "enum", "properties", "required", "additionalProperties", "items"),
    *(
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}
_TYPES = frozenset(("null", "boolean", "integer", "number", "string", "array", "object"))
_SIZES = {"string": "Length", "array": "Items", "object": "Properties"}


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where the reader may refuse what the writer may write. `path` is a JSON pointer into the value;
    `*` stands for any position of an array or any key of a map."""

    path: str
    text: str


def gaps(writer: Schema, reader: Schema, *, additions_only: bool = False) -> list[Gap]:
    """Every gap between what `writer` lets through and what `reader` accepts; none means: all is accepted.

    With `additions_only`, a member that the reader knows and the writer does not is a gap even where it was
    optional: within a major version members are only added.
    """
    return _Comparison(writer, reader, additions_only).compare(writer, reader, "")


@dataclass(slots=True)
class _Comparison:
    writer_root: Schema
    reader_root: Schema
    additions_only: bool
    open_pairs: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])

    def compare(self, writer: Schema, reader: Schema, path: str) -> list[Gap]:
        if reader is True or not (reader is False or reader.keys() - _ANNOTATIONS):
            return []
        try:
            accepted = list(_options(reader, self.reader_root))
            return [
                gap
                for written in _options(writer, self.writer_root)
                for gap in self._nearest(written, accepted, path)
            ]
        except _Undecidable as reason:
            return [Gap(path, f"cannot be decided: {reason}")]

    def _nearest(self, writer: Object, accepted: Sequence[Object], path: str) -> list[Gap]:
        """Gaps between one branch of the writer and the branch of the reader that fits it best."""
        attempts = [self._guarded(writer, reader, path) for reader in accepted]
        if not attempts:
            return [Gap(path, "the reader accepts nothing here")]
        # A branch of the right type tells best what is wrong.
        return min(attempts, key=lambda gaps: (any(gap.path == path for gap in gaps), len(gaps)))

    def _guarded(self, writer: Object, reader: Object, path: str) -> list[Gap]:
        pair = (id(writer), id(reader))
        if pair in self.open_pairs:  # a recursive model: decided where the pair was met first
            return []
        self.open_pairs.add(pair)
        try:
            return list(self._single(writer, reader, path))
        finally:
            self.open_pairs.remove(pair)

    def _single(self, writer: Object, reader: Object, path: str) -> Iterator[Gap]:
        """Gaps between two schemas without branches or references."""
        values = _enumerated(writer)
        if values is not None:
            refused = [value for value in values if not _accepts(reader, value)]
            if refused:
                yield Gap(path, f"the writer may write {_listed(refused)}, which the reader does not accept")
            return
        if _enumerated(reader) is not None:
            yield Gap(path, "the reader accepts listed values only, the writer is not held to them")
            return
        written, read = _types(writer), _types(reader)
        unread = {one for one in written - read if not (one == "integer" and "number" in read)}
        if unread:
            yield Gap(path, f"the writer may write {_listed(unread)}, the reader expects {_listed(read)}")
            return
        for kind in sorted(written & _SIZES.keys()):
            yield from _bounds(writer, reader, path, f"min{_SIZES[kind]}", f"max{_SIZES[kind]}")
        if "string" in written:
            yield from _text(writer, reader, path)
        if written & {"integer", "number"}:
            yield from _bounds(writer, reader, path, "minimum", "maximum")
            yield from _bounds(writer, reader, path, "exclusiveMinimum", "exclusiveMaximum")
        if "array" in written:
            yield from self.compare(writer.get("items", True), reader.get("items", True), f"{path}/*")
        if "object" in written:
            yield from self._members(writer, reader, path)

    def _members(self, writer: Object, reader: Object, path: str) -> Iterator[Gap]:
        written: Object = writer.get("properties", {})
        read: Object = reader.get("properties", {})
        rest_written: Schema = writer.get("additionalProperties", True)
        rest_read: Schema = reader.get("additionalProperties", True)
        for name, schema in written.items():
            yield from self.compare(schema, read.get(name, rest_read), f"{path}/{name}")
        if rest_written is not False:
            yield from self.compare(rest_written, rest_read, f"{path}/*")
        for name in [*read, *(name for name in reader.get("required", ()) if name not in read)]:
            if name in reader.get("required", ()) and name not in writer.get("required", ()):
                yield Gap(f"{path}/{name}", "the reader requires it, the writer may leave it out")
            elif name not in written and self.additions_only:
                yield Gap(f"{path}/{name}", "it was removed: within a major version members are only added")
            if name not in written and rest_written is not False:
                yield from self.compare(rest_written, read.get(name, rest_read), f"{path}/{name}")


class _Undecidable(Exception):
    """A schema says something that these rules do not cover."""


def _options(schema: Schema, root: Schema) -> Iterator[Object]:
    """The branches of a schema, without references and `anyOf`. Nothing at all for the schema `false`."""
    if isinstance(schema, bool):
        if schema:
            yield {}
        return
    constraints = schema.keys() - _ANNOTATIONS
    if unknown := constraints - _KNOWN:
        raise _Undecidable(f"unknown keyword {_listed(unknown)}")
    for keyword in ("$ref", "anyOf"):
        if keyword in schema and len(constraints) > 1:
            raise _Undecidable(f"{keyword} beside {_listed(constraints - {keyword})}")
    if "$ref" in schema:
        yield from _options(_resolved(schema["$ref"], root), root)
    elif "anyOf" in schema:
        for branch in schema["anyOf"]:
            yield from _options(branch, root)
    else:
        yield schema


def _resolved(reference: str, root: Schema) -> Schema:
    prefix, _, name = reference.rpartition("/")
    definitions: Object = {} if isinstance(root, bool) else root.get("$defs", {})
    if prefix != "#/$defs" or name not in definitions:
        raise _Undecidable(f"the reference {reference}")
    return cast("Schema", definitions[name])


def _types(schema: Object) -> frozenset[str]:
    declared: str | Sequence[str] | None = schema.get("type")
    if declared is None:
        return _TYPES - {"integer"}
    return frozenset((declared,) if isinstance(declared, str) else declared)


def _enumerated(schema: Object) -> Sequence[Any] | None:
    return (schema["const"],) if "const" in schema else schema.get("enum")


def _text(writer: Object, reader: Object, path: str) -> Iterator[Gap]:
    for keyword in ("pattern", "format"):
        if keyword in reader and writer.get(keyword) != reader[keyword]:
            held = f"held to {writer[keyword]}" if keyword in writer else "not held to any"
            yield Gap(path, f"the reader expects the {keyword} {reader[keyword]}, the writer is {held}")


def _bounds(writer: Object, reader: Object, path: str, low: str, high: str) -> Iterator[Gap]:
    for keyword, fits in ((low, operator.ge), (high, operator.le)):
        if keyword in reader and not (keyword in writer and fits(writer[keyword], reader[keyword])):
            held = f"has {writer[keyword]}" if keyword in writer else "has none"
            yield Gap(path, f"the reader expects {keyword} {reader[keyword]}, the writer {held}")


_PYTHON_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (type(None), "null"),
)


def _accepts(reader: Object, value: object) -> bool:
    """Whether `reader` accepts one listed value. Lists of arrays or objects are beyond these rules."""
    values = _enumerated(reader)
    if values is not None:
        return any(type(one) is type(value) and one == value for one in values)
    kind = next((name for python, name in _PYTHON_TYPES if isinstance(value, python)), None)
    if kind is None:
        raise _Undecidable("a listed array or object")
    if kind not in _types(reader) and not (kind == "integer" and "number" in _types(reader)):
        return False
    if isinstance(value, str):
        if "format" in reader:
            raise _Undecidable(f"a listed value against the format {reader['format']}")
        fits = "pattern" not in reader or re.search(reader["pattern"], value) is not None
        return fits and reader.get("minLength", 0) <= len(value) <= reader.get("maxLength", len(value))
    if isinstance(value, int | float):
        return reader.get("minimum", value) <= value <= reader.get("maximum", value) and reader.get(
            "exclusiveMinimum", value - 1
        ) < value < reader.get("exclusiveMaximum", value + 1)
    return True


def _listed(values: Iterator[Any] | Sequence[Any] | frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(str(value) for value in values))
