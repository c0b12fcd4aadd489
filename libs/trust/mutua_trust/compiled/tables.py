"""The log as arrays that compiled loops can read: a row a statement, a bar a distrust, numbers for entities.

Tables are a photograph of the graph: `follow` marks what was revoked since, and takes a new one when
something was entered. A log whose numbers have no exact counterpart in the arrays raises `Unfit`.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from math import isnan, nan
from typing import Any, Final

import numpy as np

from mutua_trust.compiled.rules import NONE, Array, link, unlink
from mutua_trust.graph import Graph
from mutua_trust.records import ALL_ASPECTS, ALL_FIELDS, ALL_LEVELS, Record, need_of
from mutua_trust.request import Request

LOW_BITS: Final = 64
LOW: Final = (1 << LOW_BITS) - 1

_MASK = [("low", "u8"), ("high", "u8")]
"""A mask has more bits than a number of the machine."""
_VERSIONS = [("recorded", "i8"), ("revoked", "i8")]
_ENDS = [("truster", "i4"), ("trustee", "i4")]
_FORCE = [("force_start", "i4"), ("force_end", "i4")]
_AWARDS = [("award_start", "i4"), ("award_end", "i4")]
_TYPES = [("assessments", "i4"), ("modes", "i4"), ("depth", "i4"), ("assurance", "i4")]
_NEXT = [("next_pair", "i4"), ("next_in", "i4"), ("next_in_far", "i4"), ("next_out_far", "i4")]

ROW: Final = np.dtype(
    [*_MASK, ("max_ects", "f8"), *_VERSIONS, *_ENDS, *_FORCE, *_AWARDS, *_TYPES, *_NEXT, ("rank", "i8")]
)
BAR: Final = np.dtype([*_MASK, *_VERSIONS, *_ENDS, *_FORCE, ("next_about", "i8")])
NEED: Final = ("low", "high", "fields_high", "levels", "aspects")
ASK: Final = np.dtype(
    [*((name, "u8") for name in NEED), ("ects", "f8"), ("version", "i8"),
     ("recogniser", "i4"), ("issuer", "i4"), ("policy", "i4"), ("day", "i4"), ("award_day", "i4"),
     ("assessment", "i4"), ("mode", "i4")]
)  # fmt: skip


class Unfit(Exception):
    """Some number of the log has no exact counterpart in the arrays."""


class Types:
    """Sets of opaque strings (assessment types or modes) by number; the first stands for all strings."""

    def __init__(self) -> None:
        self._sets: dict[frozenset[str] | None, int] = {None: 0}

    def __len__(self) -> int:
        return len(self._sets)

    def of(self, names: frozenset[str] | None) -> int:
        return self._sets.setdefault(names, len(self._sets))

    def asked(self, values: Sequence[str | None]) -> tuple[list[int], Array]:
        """A number for each of the requests' values, and [number, set]: whether the value is in the set."""
        numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
        members = [[s is None or value in s for s in self._sets] for value in numbers]
        return [numbers[value] for value in values], np.array(members, np.bool_)


class Tables:
    """The arrays. Rows are grouped by trustee: whoever asks about one reads one stretch of memory."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._photograph()

    def follow(self) -> bool:
        """Bring the arrays to what the graph holds now; whether entities may have other numbers."""
        graph = self._graph
        if self._changes == graph.changes:
            return False
        if self._size != _size(graph):
            self._photograph()
            return True
        self._changes = graph.changes
        self.rows["revoked"] = [record.revoked for record in self.records]
        self.bars["revoked"] = [record.revoked for record in self._distrust]
        return False

    def _photograph(self) -> None:
        graph = self._graph
        self._size, self._changes = _size(graph), graph.changes
        self.assessments, self.modes = Types(), Types()
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []
        self.records = [
            r for trusters in graph.about.values() for bucket in trusters.values() for r in bucket
        ]
        self._distrust = list(graph.bans())
        for record in (*self.records, *self._distrust):
            self.number(record.truster)
            self.number(record.trustee)
        self._entities = len(self.names)
        # A statement that is only supposed may bring two new entities.
        entities = self._entities + 2
        self.keyed = np.full(1 << (2 * len(self.records) + 2).bit_length(), NONE, np.int32)
        self.heads = np.full((4, entities), NONE, np.int32)
        self.barred = np.full(entities, NONE, np.int64)
        ranks = {id: rank for rank, id in enumerate(sorted(graph.trust))}
        self.rows = _array(map(self._row, self.records, (ranks[r.id] for r in self.records)), ROW)
        self.bars = _array(map(self._bar, self._distrust), BAR)
        link(self.rows, 0, self.keyed, self.heads)
        for at, record in enumerate(self._distrust):
            self._bar_from(at, record)

    def number(self, entity: str) -> int:
        known = self.numbers.get(entity)
        if known is None:
            known = self.numbers[entity] = len(self.names)
            self.names.append(entity)
        return known

    def _row(self, r: Record, rank: int) -> tuple[object, ...]:
        if isnan(machine_number(r.max_ects)):
            raise Unfit(f"{r.id}: {r.max_ects} credits")
        return (
            r.mask & LOW, r.mask >> LOW_BITS, r.max_ects, r.recorded, r.revoked,
            self.numbers[r.truster], self.numbers[r.trustee],
            r.force_start, r.force_end, r.award_start, r.award_end,
            self.assessments.of(r.assessments), self.modes.of(r.modes), r.depth, r.assurance,
            NONE, NONE, NONE, NONE, rank,
        )  # fmt: skip

    def _bar(self, r: Record) -> tuple[object, ...]:
        return (
            r.mask & LOW, r.mask >> LOW_BITS, r.recorded, r.revoked,
            self.numbers[r.truster], self.numbers[r.trustee], r.force_start, r.force_end, NONE,
        )  # fmt: skip

    def _bar_from(self, at: int, record: Record) -> None:
        trustee = self.numbers[record.trustee]
        self.bars[at]["next_about"], self.barred[trustee] = self.barred[trustee], at

    @contextmanager
    def supposing(self, record: Record, trust: bool) -> Generator[None]:
        """With one statement more until the end of the block."""
        self.number(record.truster)
        trustee = self.number(record.trustee)
        before = self.rows, self.bars, self.records
        if trust:
            self.rows = np.append(self.rows, _array([self._row(record, -1)], ROW))
            self.records = [*self.records, record]
            link(self.rows, len(self.rows) - 1, self.keyed, self.heads)
        else:
            self.bars = np.append(self.bars, _array([self._bar(record)], BAR))
            self._bar_from(len(self.bars) - 1, record)
        try:
            yield
        finally:
            if trust:
                unlink(self.rows, len(self.rows) - 1, self.keyed, self.heads)
            else:
                self.barred[trustee] = self.bars[-1]["next_about"]
            self.rows, self.bars, self.records = before
            while len(self.names) > self._entities:
                del self.numbers[self.names.pop()]

    @contextmanager
    def revoking(self, record: Record, version: int) -> Generator[None]:
        """With one statement revoked at this version until the end of the block."""
        revoked = self.rows["revoked"] if record in self.records else self.bars["revoked"]
        at = (self.records if record in self.records else self._distrust).index(record)
        before, revoked[at] = revoked[at], version
        try:
            yield
        finally:
            revoked[at] = before

    def asks(
        self, requests: Sequence[Request], policies: Sequence[int], version: int
    ) -> tuple[Array, Array, Array]:
        """Requests, each with the number of its policy; and which sets of types hold for their types.

        Entities that no statement names are NONE, credits that no machine number equals are no number.
        """
        asks, numbers = np.zeros(len(requests), ASK), self.numbers
        needs = [need_of(request.fields, request.level, request.aspects) for request in requests]
        places = {need: place for place, need in enumerate(dict.fromkeys(needs))}
        parts = np.array([_parts(need) for need in places], np.uint64).reshape(-1, len(NEED))
        for name, column in zip(NEED, parts[[places[need] for need in needs]].T, strict=True):
            asks[name] = column
        asks["version"], asks["policy"] = version, policies
        asks["ects"] = [machine_number(request.ects or 0) for request in requests]
        asks["day"] = [request.decision_day.toordinal() for request in requests]
        asks["award_day"] = [request.award_day.toordinal() for request in requests]
        asks["recogniser"] = [numbers.get(request.recogniser, NONE) for request in requests]
        asks["issuer"] = [numbers.get(request.issuer, NONE) for request in requests]
        asks["assessment"], assessed = self.assessments.asked([request.assessment for request in requests])
        asks["mode"], taught = self.modes.asked([request.mode for request in requests])
        return asks, assessed.reshape(-1, len(self.assessments)), taught.reshape(-1, len(self.modes))


def _parts(need: int) -> tuple[int, ...]:
    """The numbers under which an ask holds what must be covered, whole and by dimension."""
    dimensions = (need & whole for whole in (ALL_FIELDS, ALL_LEVELS, ALL_ASPECTS))
    return need & LOW, need >> LOW_BITS, *(dimension >> LOW_BITS for dimension in dimensions)


def machine_number(number: float) -> float:
    """The number as the arrays hold it; nan where they would hold another."""
    try:
        held = float(number)
    except OverflowError:
        return nan
    return held if held == number else nan


def _array(rows: Iterable[tuple[object, ...]], kind: Any) -> Array:
    return np.array(list(rows), kind)


def _size(graph: Graph) -> tuple[int, int, int]:
    """What grows when something is entered."""
    return len(graph.trust), len(graph.distrust), len(graph.bars)
