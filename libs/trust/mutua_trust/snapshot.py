"""The log as bytes, for a fast start: columns of numbers beside tables of texts and scopes.

The caller reads and writes the file. A damaged, truncated or foreign file raises `SnapshotError`; it never
loads as half a log. Reading checks against accidents only: a snapshot is to be trusted as much as the process
that wrote it.
"""

import json
import sys
from array import array
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate, pairwise
from math import inf
from typing import Any, Final
from zlib import crc32

from mutua_trust.graph import Graph
from mutua_trust.records import CompiledScope, Record

MAGIC: Final = b"MUTUA-TRUST-SNAPSHOT-1\n"
NUMBERS: Final = "IIIIIBBqq"
"""Types of the columns: force from and to, award from and to, scope, depth, assurance, recorded, revoked."""


class SnapshotError(ValueError):
    """The bytes are no snapshot that this version can read."""


def dump(graph: Graph, head: int) -> bytes:
    """All statements with their versions, and the head."""
    entities: dict[str, int] = {}
    scopes: dict[CompiledScope, int] = {}
    blocks: list[bytes] = []
    for records in (graph.trust.values(), graph.distrust.values(), graph.bars):
        blocks += _columns(records, entities, scopes)
    header = {"head": head, "scopes": [_scope_to_json(scope) for scope in scopes], "notes": graph.notes}
    parts = [json.dumps(header).encode(), *_texts(entities), *blocks]
    body = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
    return MAGIC + crc32(body).to_bytes(4, "little") + body


def load(data: bytes) -> tuple[Graph, int]:
    """The graph and its head. Raises SnapshotError."""
    parts = _parts(data)
    header = json.loads(next(parts))
    entities = _read_texts(parts)
    graph = Graph()
    scopes = [graph.shared(_scope_from_json(scope)) for scope in header["scopes"]]
    graph.notes.update(
        {id: (tuple(evidence), signature) for id, (evidence, signature) in header["notes"].items()}
    )
    graph.add_all_trust(_read_records(parts, entities, scopes))
    for add in (graph.add_distrust, graph.bar):
        for record in _read_records(parts, entities, scopes):
            add(record)
    return graph, header["head"]


def _columns(
    records: Collection[Record], entities: dict[str, int], scopes: dict[CompiledScope, int]
) -> Iterator[bytes]:
    """One block a column, in the order in which `_read_records` takes them."""
    yield from _texts([record.id for record in records])
    for end in ("truster", "trustee"):
        yield _packed("I", (entities.setdefault(getattr(record, end), len(entities)) for record in records))
    rows = (
        (
            record.force_start,
            record.force_end,
            record.award_start,
            record.award_end,
            scopes.setdefault(record.scope, len(scopes)),
            record.depth,
            record.assurance,
            record.recorded,
            record.revoked,
        )
        for record in records
    )
    columns = list(zip(*rows, strict=True)) or [()] * len(NUMBERS)
    for type_code, column in zip(NUMBERS, columns, strict=True):
        yield _packed(type_code, column)


def _read_records(
    parts: Iterator[bytes], entities: list[str], scopes: list[CompiledScope]
) -> Iterator[Record]:
    ids = _read_texts(parts)
    trusters, trustees = (map(entities.__getitem__, _unpacked("I", next(parts))) for _ in range(2))
    force_start, force_end, award_start, award_end, scope, *others = (
        _unpacked(type_code, next(parts)) for type_code in NUMBERS
    )
    shown = map(scopes.__getitem__, scope)
    days = (force_start, force_end, award_start, award_end)
    return map(Record, ids, trusters, trustees, shown, *days, *others)


def _texts(texts: Iterable[str]) -> tuple[bytes, bytes]:
    """Lengths in characters, and all texts in one."""
    kept = list(texts)
    return _packed("I", map(len, kept)), "".join(kept).encode("utf-8", "surrogatepass")


def _read_texts(parts: Iterator[bytes]) -> list[str]:
    lengths = _unpacked("I", next(parts))
    text = next(parts).decode("utf-8", "surrogatepass")
    return [text[start:end] for start, end in pairwise(accumulate(lengths, initial=0))]


def _packed(type_code: str, numbers: Iterable[int]) -> bytes:
    column = array(type_code, numbers)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _unpacked(type_code: str, block: bytes) -> "array[int]":
    column = array(type_code)
    column.frombytes(block)
    if sys.byteorder == "big":
        column.byteswap()
    return column


def _parts(data: bytes) -> Iterator[bytes]:
    if not data.startswith(MAGIC):
        raise SnapshotError("not a snapshot of this version")
    start = len(MAGIC) + 4
    if crc32(memoryview(data)[start:]).to_bytes(4, "little") != data[len(MAGIC) : start]:
        raise SnapshotError("the snapshot is damaged or cut short")
    while start < len(data):
        end = start + 8 + int.from_bytes(data[start : start + 8], "little")
        yield data[start + 8 : end]
        start = end


def _scope_to_json(scope: CompiledScope) -> list[Any]:
    mask, limit, assessments, modes = scope
    listed = [None if names is None else sorted(names) for names in (assessments, modes)]
    return [f"{mask:x}", None if limit == inf else limit, *listed]


def _scope_from_json(scope: list[Any]) -> CompiledScope:
    mask, limit, assessments, modes = scope
    named = [None if names is None else frozenset(names) for names in (assessments, modes)]
    return (int(mask, 16), inf if limit is None else limit, named[0], named[1])
