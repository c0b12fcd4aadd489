"""The layout of the log in memory: keyed both ways, and once more by how far a statement may travel.

A decision joins the few statements of the recogniser that may travel with the trusters of the issuer, by
key; it never walks the list of a hub. Nothing is ever taken out: a revoked statement stays, with the version
at which it ceased to count, so that every past version can be asked.
"""

from collections.abc import Iterator
from typing import Final

from mutua_trust.records import (
    ALL_ASPECTS,
    ALL_FIELDS,
    ALL_LEVELS,
    Ask,
    Record,
    statement_of,
)
from mutua_trust.statement import DEEPEST, Polarity, Statement

Bucket = list[Record]
"""All statements of one truster about one trustee."""
Keyed = dict[str, dict[str, Bucket]]

NOBODY: Final[dict[str, Bucket]] = {}


class Graph:
    """Trust and distrust by their two ends."""

    __slots__ = (
        "about",
        "bars",
        "by",
        "changes",
        "distrust",
        "distrusted",
        "notes",
        "travelling",
        "trust",
    )

    def __init__(self) -> None:
        self.by: Keyed = {}
        """truster -> trustee -> bucket"""
        self.about: Keyed = {}
        """trustee -> truster -> the same bucket"""
        self.travelling: tuple[Keyed, ...] = (self.by, *({} for _ in range(DEEPEST)))
        """[depth] -> truster -> trustee -> the same bucket, where it holds something of this depth or more"""
        self.distrusted: Keyed = {}
        """trustee -> truster -> bucket of distrust"""
        self.bars: list[Record] = []
        self.changes = 0
        """How often something was entered or revoked: whoever keeps a copy sees whether it is still true."""
        self.trust: dict[str, Record] = {}
        self.distrust: dict[str, Record] = {}
        self.notes: dict[str, tuple[tuple[str, ...], str | None]] = {}
        """id -> evidence and signature, which no decision reads"""

    def add_trust(self, record: Record) -> None:
        truster, trustee = record.truster, record.trustee
        self.changes += 1
        self.trust[record.id] = record
        bucket = self.by.get(truster, NOBODY).get(trustee)
        if bucket is None:
            bucket = [record]
            self.by.setdefault(truster, {})[trustee] = bucket
            self.about.setdefault(trustee, {})[truster] = bucket
        else:
            bucket.append(record)
        if record.depth:
            for travelling in self.travelling[1 : record.depth + 1]:
                travelling.setdefault(truster, {})[trustee] = bucket

    def add_distrust(self, record: Record) -> None:
        self.distrust[record.id] = record
        self._distrusted(record)

    def bar(self, record: Record) -> None:
        """Distrust that is honoured although its id may be somebody else's."""
        self.bars.append(record)
        self._distrusted(record)

    def _distrusted(self, record: Record) -> None:
        self.changes += 1
        self.distrusted.setdefault(record.trustee, {}).setdefault(record.truster, []).append(record)

    def revoke(self, record: Record, version: int) -> None:
        self.changes += 1
        record.revoked = version

    def take_out(self, id: str) -> None:
        """Undo the last addition: for what is only supposed, never for what the log holds."""
        self.changes -= 1
        record = self.trust.pop(id, None)
        if record is None:
            record = self.distrust.pop(id)
            bucket = self.distrusted[record.trustee][record.truster]
            bucket.remove(record)
            if not bucket:
                _forget(self.distrusted, record.trustee, record.truster)
            return
        bucket = self.by[record.truster][record.trustee]
        bucket.remove(record)
        for depth in range(record.depth + 1):
            if all(other.depth < depth for other in bucket):
                _forget(self.travelling[depth], record.truster, record.trustee)
        if not bucket:
            _forget(self.about, record.trustee, record.truster)

    def record(self, id: str) -> Record | None:
        return self.trust.get(id) or self.distrust.get(id)

    def statement(self, id: str) -> Statement | None:
        record = self.record(id)
        if record is None:
            return None
        polarity = Polarity.TRUST if id in self.trust else Polarity.DISTRUST
        return statement_of(record, polarity, *self.notes.get(id, ((), None)))

    def bans(self) -> Iterator[Record]:
        """All distrust, also that of refused lines."""
        yield from self.distrust.values()
        yield from self.bars

    def ids(self) -> Iterator[str]:
        yield from self.trust
        yield from self.distrust

    def foes(self, entity: str, ask: Ask) -> dict[str, Bucket]:
        """Who distrusts this entity in a way that touches the request, and by which statements.

        Distrust need not cover: it is enough that its fields, levels and aspects overlap those asked for.
        """
        trusters = self.distrusted.get(entity)
        if not trusters:
            return NOBODY
        found = {
            truster: [
                record
                for record in bucket
                if record.recorded <= ask.version < record.revoked
                and record.force_start <= ask.day < record.force_end
                and (common := record.mask & ask.need) & ALL_FIELDS
                and common & ALL_LEVELS
                and common & ALL_ASPECTS
            ]
            for truster, bucket in trusters.items()
        }
        return {truster: bucket for truster, bucket in found.items() if bucket}


def _forget(keyed: Keyed, outer: str, inner: str) -> None:
    del keyed[outer][inner]
    if not keyed[outer]:
        del keyed[outer]
