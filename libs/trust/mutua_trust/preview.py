"""The impact of one statement before it is published or revoked: what becomes automatic, and what ceases to
be.

The change is supposed at a version after the head, so that before and after are two versions of one log and
every difference is a difference between two real decisions. Fields and levels that no statement in reach
tells apart are decided once.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Final

from mutua_trust import engine
from mutua_trust.bulk import Kernel
from mutua_trust.fields import shortest_codes
from mutua_trust.graph import NOBODY, Graph
from mutua_trust.index import TrustIndex
from mutua_trust.policy import PolicyBook
from mutua_trust.records import (
    ALL_FIELDS,
    ALL_LEVELS,
    NEVER,
    Record,
    compile_statement,
    fields_in,
    levels_in,
)
from mutua_trust.request import Request
from mutua_trust.statement import Polarity, Statement


@dataclass(frozen=True, slots=True)
class Change:
    """One recogniser and issuer whose credentials change between automatic and review."""

    recogniser: str
    issuer: str
    fields: tuple[str, ...]
    """ISCED-F codes, as short as they can be"""
    levels: tuple[int, ...]
    gained: bool
    """True: becomes automatic; False: ceases to be."""


@dataclass(frozen=True, slots=True)
class Preview:
    """All changes, sorted; `complete` is False when the limit of decisions was reached before the end."""

    changes: tuple[Change, ...]
    decisions: int
    complete: bool


def preview_publishing(
    index: TrustIndex,
    statement: Statement,
    like: Request,
    policies: PolicyBook,
    limit: int = 100_000,
    kernel: Kernel | None = None,
) -> Preview:
    """What the statement would change for requests like this one, in every field and at every level.

    Raises ValueError when the log already has a statement of this id.
    """
    graph, after = index.graph, index.head + 1
    if statement.id in index:
        raise ValueError(f"statement {statement.id} is already in the log")
    record, polarity = compile_statement(replace(statement, recorded=after, revoked=None)), statement.polarity
    supposed = nullcontext() if kernel is None else kernel.supposing(record, polarity is Polarity.TRUST)
    with supposed, _supposed(graph, record, polarity):
        return _Comparison(index, record, polarity, like, policies, limit, kernel).preview()


def preview_revoking(
    index: TrustIndex,
    id: str,
    like: Request,
    policies: PolicyBook,
    limit: int = 100_000,
    kernel: Kernel | None = None,
) -> Preview:
    """What revoking the statement would change; nothing when it is revoked already. Raises KeyError if
    unknown.
    """
    graph, after = index.graph, index.head + 1
    record = graph.record(id)
    if record is None:
        raise KeyError(id)
    if record.revoked != NEVER:
        return Preview((), 0, True)
    polarity = Polarity.TRUST if id in graph.trust else Polarity.DISTRUST
    with nullcontext() if kernel is None else kernel.revoking(record, after):
        record.revoked = after
        try:
            return _Comparison(index, record, polarity, like, policies, limit, kernel).preview()
        finally:
            record.revoked = NEVER


@contextmanager
def _supposed(graph: Graph, record: Record, polarity: Polarity) -> Generator[None]:
    add = graph.add_trust if polarity is Polarity.TRUST else graph.add_distrust
    add(record)
    try:
        yield
    finally:
        graph.take_out(record.id)


A_MAP: Final = 20
"""A map of all recognisers takes about as long as so many decisions, and counts as much."""

Differing = dict[tuple[bool, int], int]
"""What one recogniser decides otherwise about one issuer: (becomes automatic, levels) -> fields."""


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Before and after one changed statement."""

    index: TrustIndex
    changed: Record
    polarity: Polarity
    like: Request
    policies: PolicyBook
    limit: int
    kernel: Kernel | None

    def preview(self) -> Preview:
        """Everybody whom the change could concern, asked about everybody whom it could reach."""
        graph, changed, hops = self.index.graph, self.changed, self.policies.longest()
        if self.polarity is Polarity.TRUST:
            recognisers = {changed.truster} | _upstream(graph, changed.truster, hops - 1)
            issuers = {changed.trustee} | _downstream(graph, changed.trustee, min(changed.depth, hops - 1))
        else:
            recognisers = _upstream(graph, changed.trustee, hops)
            issuers = {changed.trustee} | _downstream(graph, changed.trustee, hops - 1)
        if self.kernel is not None and self.kernel.fits(self.like):
            return self._by_maps(self.kernel, sorted(issuers))
        return self._by_decisions(sorted(recognisers), sorted(issuers))

    def _by_decisions(self, recognisers: list[str], issuers: list[str]) -> Preview:
        """Fields and levels that no statement in reach tells apart are decided once."""
        graph, hops, decisions = self.index.graph, self.policies.longest(), 0
        changes: list[Change] = []
        bars = {record.mask for record in graph.bans()}
        for recogniser in recognisers:
            ours = _masks_from(graph, recogniser, hops) | bars | {self.changed.mask}
            for issuer in issuers:
                if issuer == recogniser:
                    continue
                theirs = (record.mask for b in graph.about.get(issuer, NOBODY).values() for record in b)
                points = list(_points(ours.union(theirs), self.changed.mask))
                decisions += 2 * len(points)
                if decisions > self.limit:
                    return Preview(tuple(changes), decisions, complete=False)
                asked = replace(self.like, recogniser=recogniser, issuer=issuer, version=None)
                changes += _changes(recogniser, issuer, self._differing(asked, points))
        return Preview(tuple(changes), decisions, complete=True)

    def _differing(self, asked: Request, points: Iterable[tuple[int, int]]) -> Differing:
        graph, policy, head = self.index.graph, self.policies.of(asked.recogniser), self.index.head
        found: Differing = {}
        for fields, levels in points:
            request = _at(asked, fields, levels)
            was = engine.accepts(graph, request, policy, head) is not None
            becomes = engine.accepts(graph, request, policy, head + 1) is not None
            if was is not becomes:
                found[becomes, levels] = found.get((becomes, levels), 0) | fields
        return found

    def _masks(self) -> set[int]:
        graph = self.index.graph
        return {record.mask for record in (*graph.trust.values(), *graph.bans())}

    def _by_maps(self, kernel: Kernel, issuers: list[str]) -> Preview:
        """All recognisers at once, for all fields and levels that any statement tells apart."""
        head, decisions = self.index.head, 0
        found: dict[tuple[str, str], Differing] = {}
        points = list(_points(self._masks(), self.changed.mask))
        for issuer in issuers:
            decisions += 2 * len(points) * A_MAP
            if decisions > self.limit:
                break
            for fields, levels in points:
                request = _at(replace(self.like, issuer=issuer), fields, levels)
                lost, won = kernel.differing(request, head, head + 1)
                for gained, recognisers in ((False, lost), (True, won)):
                    for recogniser in recognisers:
                        differing = found.setdefault((recogniser, issuer), {})
                        differing[gained, levels] = differing.get((gained, levels), 0) | fields
        changes = [change for ends in sorted(found) for change in _changes(*ends, found[ends])]
        return Preview(tuple(changes), decisions, complete=decisions <= self.limit)


def _changes(recogniser: str, issuer: str, differing: Differing) -> list[Change]:
    """Fields and levels that change alike are told together."""
    alike: Differing = {}
    for (gained, levels), fields in differing.items():
        alike[gained, fields] = alike.get((gained, fields), 0) | levels
    changes = [
        Change(
            recogniser, issuer, shortest_codes(fields_in(fields)), tuple(sorted(levels_in(levels))), gained
        )
        for (gained, fields), levels in alike.items()
    ]
    return sorted(changes, key=lambda change: (change.gained, change.fields, change.levels))


def _at(request: Request, fields: int, levels: int) -> Request:
    """The request in one of the fields and at one of the levels."""
    return replace(request, fields=frozenset({min(fields_in(fields))}), level=min(levels_in(levels)))


def _points(masks: Iterable[int], within: int) -> Iterator[tuple[int, int]]:
    """Classes of fields and of levels that none of the masks tells apart, within one mask."""
    fields, levels = [within & ALL_FIELDS], [within & ALL_LEVELS]
    for mask in set(masks):
        fields = [part for whole in fields for part in (whole & mask, whole & ~mask) if part]
        levels = [part for whole in levels for part in (whole & mask, whole & ~mask) if part]
    return ((field, level) for field in fields for level in levels)


def _upstream(graph: Graph, entity: str, hops: int) -> set[str]:
    """Who could rely on this entity through so many hops, each of which lets trust travel far enough."""
    found: set[str] = set()
    layer = {entity}
    for behind in range(1, hops + 1):
        layer = {
            truster
            for one in layer
            for truster, bucket in graph.about.get(one, NOBODY).items()
            if any(record.depth >= behind - 1 for record in bucket)
        }
        found |= layer
    return found


def _downstream(graph: Graph, entity: str, hops: int) -> set[str]:
    """Whom this entity's trust could reach in so many hops."""
    found: set[str] = set()
    layer = {entity}
    for _ in range(hops):
        layer = {trustee for one in layer for trustee in graph.by.get(one, NOBODY)}
        found |= layer
    return found


def _masks_from(graph: Graph, recogniser: str, hops: int) -> set[int]:
    """Scopes of every travelling statement that a chain of the recogniser could use before its last hop."""
    found: set[int] = set()
    layer = {recogniser}
    travelling = graph.travelling[1]
    for _ in range(hops - 1):
        following: set[str] = set()
        for one in layer:
            for trustee, bucket in travelling.get(one, NOBODY).items():
                following.add(trustee)
                found.update(record.mask for record in bucket)
        layer = following
    return found
