"""The impact of one statement before it is published or revoked: what becomes automatic, and what ceases to
be.

The change is supposed at a version after the head, so that before and after are two versions of one log and
every difference is a difference between two real decisions. Fields and levels that no statement in reach
tells apart are decided once.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from mutua_trust import engine
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
    index: TrustIndex, statement: Statement, like: Request, policies: PolicyBook, limit: int = 100_000
) -> Preview:
    """What the statement would change for requests like this one, in every field and at every level.

    Raises ValueError when the log already has a statement of this id.
    """
    graph, after = index.graph, index.head + 1
    if statement.id in index:
        raise ValueError(f"statement {statement.id} is already in the log")
    with _supposed(graph, replace(statement, recorded=after, revoked=None)) as record:
        return _compare(graph, record, statement.polarity, like, policies, after, limit)


def preview_revoking(
    index: TrustIndex, id: str, like: Request, policies: PolicyBook, limit: int = 100_000
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
    record.revoked = after
    try:
        polarity = Polarity.TRUST if id in graph.trust else Polarity.DISTRUST
        return _compare(graph, record, polarity, like, policies, after, limit)
    finally:
        record.revoked = NEVER


@contextmanager
def _supposed(graph: Graph, statement: Statement) -> Generator[Record]:
    record = compile_statement(statement)
    add = graph.add_trust if statement.polarity is Polarity.TRUST else graph.add_distrust
    add(record)
    try:
        yield record
    finally:
        graph.take_out(record.id)


def _compare(
    graph: Graph,
    changed: Record,
    polarity: Polarity,
    like: Request,
    policies: PolicyBook,
    after: int,
    limit: int,
) -> Preview:
    hops = policies.longest()
    if polarity is Polarity.TRUST:
        recognisers = {changed.truster} | _upstream(graph, changed.truster, hops - 1)
        issuers = {changed.trustee} | _downstream(graph, changed.trustee, min(changed.depth, hops - 1))
    else:
        recognisers = _upstream(graph, changed.trustee, hops)
        issuers = {changed.trustee} | _downstream(graph, changed.trustee, hops - 1)
    changes: list[Change] = []
    decisions = 0
    bars = [
        record.mask
        for trusters in graph.distrusted.values()
        for bucket in trusters.values()
        for record in bucket
    ]
    for recogniser in sorted(recognisers):
        ours = _masks_from(graph, recogniser, hops) | {changed.mask, *bars}
        for issuer in sorted(issuers - {recogniser}):
            theirs = (record.mask for bucket in graph.about.get(issuer, NOBODY).values() for record in bucket)
            points = list(_points(ours.union(theirs), changed.mask))
            decisions += 2 * len(points)
            if decisions > limit:
                return Preview(tuple(changes), decisions, complete=False)
            asked = replace(like, recogniser=recogniser, issuer=issuer, version=None)
            changes += _changes(graph, asked, points, policies, after)
    return Preview(tuple(changes), decisions, complete=True)


def _changes(
    graph: Graph, asked: Request, points: Iterable[tuple[int, int]], policies: PolicyBook, after: int
) -> list[Change]:
    """Decide every point before and after; fields and levels that change alike are told together."""
    policy = policies.of(asked.recogniser)
    found: dict[tuple[bool, int], int] = {}
    for fields, levels in points:
        request = replace(asked, fields=_any(fields_in(fields)), level=min(levels_in(levels)))
        was = engine.accepts(graph, request, policy, after - 1) is not None
        becomes = engine.accepts(graph, request, policy, after) is not None
        if was is not becomes:
            found[becomes, levels] = found.get((becomes, levels), 0) | fields
    alike: dict[tuple[bool, int], int] = {}
    for (gained, levels), fields in found.items():
        alike[gained, fields] = alike.get((gained, fields), 0) | levels
    changes = [
        Change(
            asked.recogniser,
            asked.issuer,
            shortest_codes(fields_in(fields)),
            tuple(sorted(levels_in(levels))),
            gained,
        )
        for (gained, fields), levels in alike.items()
    ]
    return sorted(changes, key=lambda change: (change.gained, change.fields, change.levels))


def _any(fields: frozenset[str]) -> frozenset[str]:
    return frozenset({min(fields)})


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
