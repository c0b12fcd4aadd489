"""The log as bytes, for a fast start: columns of numbers beside tables of texts and scopes.

The caller reads and writes the file. A damaged, truncated or foreign file raises `SnapshotError`; it never
loads as half a log. Reading checks against accidents only: a snapshot is to be trusted as much as the process
that wrote it.
"""

import gc
import json
import sys
from array import array
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, chain, islice, pairwise
from math import inf
from operator import attrgetter
from typing import Any, Final, TypeVar
from zlib import crc32

from mutua_trust.graph import Graph
from mutua_trust.records import CompiledScope, Record

T = TypeVar("T")

MAGIC: Final = b"MUTUA-TRUST-SNAPSHOT-2\n"
NUMBERS: Final = ("force_start", "force_end", "award_start", "award_end", "recorded", "revoked")
"""Members of a record that are written as places in a table of numbers: few are different."""
SMALL_NUMBERS: Final = ("depth", "assurance")


class SnapshotError(ValueError):
    """The bytes are no snapshot that this version can read."""


class _Places:
    """Tables of what is written once and meant often: each gets the place at which it was first met."""

    def __init__(self) -> None:
        self.entities: dict[str, int] = {}
        self.scopes: dict[CompiledScope, int] = {}
        self.numbers: dict[int, int] = {}


def dump(graph: Graph, head: int) -> bytes:
    """All statements with their versions, how they are keyed, and the head."""
    places = _Places()
    blocks: list[bytes] = []
    for records in (graph.trust.values(), graph.distrust.values(), graph.bars):
        blocks += _columns(records, places)
    blocks += _layout(graph, places)
    header = {
        "head": head,
        "scopes": [_scope_to_json(scope) for scope in places.scopes],
        "notes": graph.notes,
    }
    tables = [*_texts(places.entities), _packed("q", places.numbers)]
    parts = [json.dumps(header).encode(), *tables, *blocks]
    body = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
    return MAGIC + crc32(body).to_bytes(4, "little") + body


def load(data: bytes) -> tuple[Graph, int]:
    """The graph and its head. Raises SnapshotError."""
    parts = _parts(data)
    header = json.loads(next(parts))
    entities, graph = _read_texts(parts), Graph()
    numbers = list(_unpacked("q", next(parts)))
    scopes = [_scope_from_json(scope) for scope in header["scopes"]]
    graph.notes.update(
        {id: (tuple(evidence), signature) for id, (evidence, signature) in header["notes"].items()}
    )
    with _uncollected():
        trust, distrust, bars = (_read_records(parts, entities, scopes, numbers) for _ in range(3))
        graph.trust.update(zip(map(attrgetter("id"), trust), trust, strict=True))
        for add, records in ((graph.add_distrust, distrust), (graph.bar, bars)):
            for record in records:
                add(record)
        _read_layout(parts, graph, trust, entities)
    return graph, header["head"]


@contextmanager
def _uncollected() -> Generator[None]:
    """What is loaded is one large tree: looking through it for garbage while it grows doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if not gc.get_freeze_count():  # else it is the caller's to thaw
                gc.freeze()
                gc.unfreeze()  # what was frozen and thawed is old: the next collection passes it by
            gc.enable()


def _columns(records: Collection[Record], places: _Places) -> Iterator[bytes]:
    """One block a column, in the order in which `_read_records` takes them."""
    yield from _texts([record.id for record in records])
    for end in ("truster", "trustee"):
        yield _placed(places.entities, (getattr(record, end) for record in records))
    yield _placed(places.scopes, (record.scope for record in records))
    for name in NUMBERS:
        yield _placed(places.numbers, (getattr(record, name) for record in records))
    for name in SMALL_NUMBERS:
        yield _packed("B", (getattr(record, name) for record in records))


def _read_records(
    parts: Iterator[bytes], entities: list[str], scopes: list[CompiledScope], numbers: list[int]
) -> list[Record]:
    ids = _read_texts(parts)
    trusters, trustees = (_meant(entities, parts) for _ in range(2))
    shown = _meant(scopes, parts)
    force_start, force_end, award_start, award_end, recorded, revoked = (
        _meant(numbers, parts) for _ in NUMBERS
    )
    depth, assurance = (_unpacked("B", next(parts)) for _ in SMALL_NUMBERS)
    days = (force_start, force_end, award_start, award_end)
    versions = (recorded, revoked)
    return list(map(Record, ids, trusters, trustees, shown, *days, depth, assurance, *versions))


def _layout(graph: Graph, places: _Places) -> Iterator[bytes]:
    """Which records share a bucket, and where each bucket is keyed."""
    numbers = {name: number for number, name in enumerate(graph.trust)}
    buckets = [bucket for trustees in graph.by.values() for bucket in trustees.values()]
    yield _packed("I", map(len, buckets))
    yield _packed("I", (numbers[record.id] for bucket in buckets for record in bucket))
    place = {id(bucket): number for number, bucket in enumerate(buckets)}
    for keyed in (graph.about, *graph.travelling):
        yield _placed(places.entities, keyed)
        yield _packed("I", map(len, keyed.values()))
        yield _placed(places.entities, chain.from_iterable(keyed.values()))
        yield _packed("I", (place[id(bucket)] for inner in keyed.values() for bucket in inner.values()))


def _read_layout(parts: Iterator[bytes], graph: Graph, trust: list[Record], entities: list[str]) -> None:
    sizes, order = _unpacked("I", next(parts)), _meant(trust, parts)
    buckets = [[next(order)] if size == 1 else list(islice(order, size)) for size in sizes]
    for keyed in (graph.about, *graph.travelling):
        outer, counts = _meant(entities, parts), _unpacked("I", next(parts))
        entries = zip(_meant(entities, parts), _meant(buckets, parts), strict=True)
        keyed.update((one, dict(islice(entries, count))) for one, count in zip(outer, counts, strict=True))


def _placed(table: dict[T, int], items: Iterable[T]) -> bytes:
    return _packed("I", (table.setdefault(item, len(table)) for item in items))


def _meant(table: Sequence[T], parts: Iterator[bytes]) -> Iterator[T]:
    """What the places of the next block stand for."""
    return map(table.__getitem__, _unpacked("I", next(parts)))


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
