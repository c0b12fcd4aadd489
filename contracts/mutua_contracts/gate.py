"""The compatibility gate: a change of an event breaks no reader and no writer of any released version.

Two judges must both say yes: the explicit rules of `containment`, which name the place, and the library
jsoncompat, which proves containment by other means. jsoncompat 0.3 does not look at `pattern` and `format`
and gives no path, so it is never the only judge; where either cannot decide, the gate refuses.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mutua_contracts.containment import gaps
from mutua_contracts.schemas import TOPIC_KEYWORD, Schema

Judge = Callable[[Schema, Schema], bool]
"""Whether everything that the first schema (a writer's) lets through is accepted by the second (a reader's).

Raises ValueError where it cannot decide."""


class GateUnavailable(RuntimeError):
    """The gate cannot judge, because a tool of it is not installed."""


@dataclass(frozen=True, slots=True)
class Version:
    """The two schemas of one version of an event."""

    reader: Schema
    writer: Schema


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which a change breaks somebody."""

    type: str
    direction: str
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.type}: {self.direction}: {self.path or 'the whole event'}: {self.text}"


def judge(name: str, new: Version, released: Mapping[int, Version], second: Judge) -> list[Finding]:
    """Everything that `new` breaks for the released versions of the event `name`, or within itself."""
    found = list(_pair(name, "new writer to new reader", new.writer, new.reader, second))
    for number, old in sorted(released.items()):
        forth, back = f"new writer to reader {number}", f"writer {number} to new reader"
        if new.reader.get(TOPIC_KEYWORD) != old.reader.get(TOPIC_KEYWORD):
            found.append(Finding(name, forth, "", f"it moved away from {old.reader.get(TOPIC_KEYWORD)}"))
        found += _pair(name, forth, new.writer, old.reader, second, additions_only=True)
        found += _pair(name, back, old.writer, new.reader, second)
    return found


def _pair(
    name: str, direction: str, writer: Schema, reader: Schema, second: Judge, *, additions_only: bool = False
) -> Iterator[Finding]:
    places = gaps(writer, reader, additions_only=additions_only)
    yield from (Finding(name, direction, place.path, place.text) for place in places)
    if places:
        return
    try:
        if not second(writer, reader):
            yield Finding(name, direction, "", "jsoncompat refuses what the explicit rules accept")
    except ValueError as error:
        yield Finding(name, direction, "", f"jsoncompat cannot decide: {error}")


def jsoncompat_judge() -> Judge:
    """The second judge. Raises `GateUnavailable` where jsoncompat is not installed."""
    try:
        import jsoncompat
    except ImportError:
        raise GateUnavailable(
            "the gate needs jsoncompat, which is not installed: pip install 'mutua-contracts[gate]'"
        ) from None

    def contained(writer: Schema, reader: Schema) -> bool:
        # As if the reader's schema were replaced by the writer's, on the side that serialises.
        return jsoncompat.check_compat(_plain(reader), _plain(writer), "serializer")

    return contained


def _plain(schema: Schema) -> str:
    # It takes `$id` for the base of references and resolves none but local ones.
    return json.dumps({keyword: value for keyword, value in schema.items() if keyword != "$id"})
