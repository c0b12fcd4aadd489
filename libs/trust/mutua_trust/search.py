"""The winner: the best valid chain from recogniser to issuer, found without walking anybody's whole list.

A hop with j hops behind it needs depth j, so a chain of n hops is a travelling statement of the recogniser,
more travelling statements, and any statement about the issuer. The last two hops are joined by key: who,
among those that the one side lets travel, is a truster of the issuer? Every condition of a hop depends on the
statement, the chain's length and its place alone, except distrust, which is asked of the whole chain.
"""

from collections.abc import Iterator
from typing import cast

from mutua_trust.graph import NOBODY, Bucket, Graph
from mutua_trust.policy import Policy
from mutua_trust.records import Ask, Record
from mutua_trust.request import Request
from mutua_trust.verdict import Chain

Members = tuple[str, ...]
"""The entities of a chain, recogniser first, issuer last."""
Hops = tuple[Bucket, ...]
"""Per hop, the statements that hold there; a chain takes one of each."""
Walk = tuple[Members, Hops]


class BudgetSpent(Exception):
    """More records were examined than the caller allows."""


class Meter:
    """Counts the records that one request examines. Raises BudgetSpent beyond the budget."""

    __slots__ = ("left",)

    def __init__(self, budget: int) -> None:
        self.left = budget

    def examine(self, records: int) -> None:
        self.left -= records
        if self.left < 0:
            raise BudgetSpent


class Search(Ask):
    """One request against the graph, under one policy. Without a meter it has no budget."""

    __slots__ = ("_foes", "_graph", "_least", "_meter", "_policy", "_trusters")

    def __init__(
        self, graph: Graph, request: Request, version: int, policy: Policy, meter: Meter | None
    ) -> None:
        Ask.__init__(self, request, version)
        self._graph = graph
        self._policy = policy
        self._least = policy.min_assurance
        self._meter = meter
        self._trusters = graph.about.get(request.issuer, NOBODY)
        self._foes: dict[str, dict[str, Bucket]] = {}

    def winner(self) -> Chain | None:
        """Fewest hops, then highest weakest assurance, then smallest ids."""
        recogniser, travelling = self.recogniser, self._graph.travelling
        if not self._trusters or recogniser == self.issuer:
            return None
        for hops in range(1, self._policy.max_hops + 1):
            if recogniser not in travelling[hops - 1]:
                return None
            valid = self.valid(hops)
            if valid:
                return _best(valid)
        return None

    def valid(self, hops: int) -> list[Walk]:
        """Every valid chain of exactly so many hops, statements about the same hop taken together."""
        recogniser, issuer, trusters = self.recogniser, self.issuer, self._trusters
        if hops == 1:
            only = self.holding(trusters[recogniser], 0, 1) if recogniser in trusters else None
            return (
                [((recogniser, issuer), (only,))] if only and not self._vetoed((recogniser, issuer)) else []
            )
        walks: list[Walk] = []
        travelling, lasts = self._graph.travelling[1], cast("dict[str, Bucket]", {})
        for members, path in self._starts(hops) if hops > 2 else (((recogniser,), ()),):
            onward = travelling.get(members[-1])
            if onward is None:
                continue
            if self._meter is not None:
                self._meter.examine(min(len(onward), len(trusters)))
            for there in onward.keys() & trusters.keys():
                if there in members:
                    continue
                last = lasts.get(there)
                if last is None:
                    last = lasts[there] = self.holding(trusters[there], 0, hops)
                held = last and self.holding(onward[there], 1, hops)
                if held:
                    whole = (*members, there, issuer)
                    if not self._vetoed(whole):
                        walks.append((whole, (*path, held, last)))
        return walks

    def _starts(self, hops: int) -> list[Walk]:
        """All but the last two hops: whoever can be reached by statements that travel far enough.

        Whoever lets no truster of the issuer travel is no start of the last two hops.
        """
        issuer, joined = self.issuer, self._graph.travelling[1]
        apart = self._trusters.keys().isdisjoint
        starts: list[Walk] = [((self.recogniser,), ())]
        for behind in range(hops - 1, 1, -1):
            travelling = self._graph.travelling[behind]
            starts = [
                ((*members, there), (*path, held))
                for members, path in starts
                for there, bucket in travelling.get(members[-1], NOBODY).items()
                if (behind > 2 or not apart(joined.get(there, NOBODY).keys()))
                and there not in members
                and there != issuer
                and (held := self.holding(bucket, behind, hops))
            ]
        return starts

    def holding(self, bucket: Bucket, behind: int, hops: int) -> Bucket:
        """The statements that hold for the request in a chain of `hops`, with `behind` of them behind this
        one.
        """
        if self._meter is not None:
            self._meter.examine(len(bucket))
        held: Bucket = []
        need, least = self.need, self._least[hops - 1]
        for record in bucket:
            if (
                record.mask & need == need
                and record.depth >= behind
                and record.assurance >= least
                and record.recorded <= self.version < record.revoked
                and (record.unlimited or self._within(record))
            ):
                held.append(record)
        return held

    def _within(self, record: Record) -> bool:
        """Whether the request's days, credits and types are among those that the statement speaks of."""
        return (
            record.force_start <= self.day < record.force_end
            and record.award_start <= self.award_day < record.award_end
            and self.ects <= record.max_ects
            and (record.assessments is None or self.assessment in record.assessments)
            and (record.modes is None or self.mode in record.modes)
        )

    def _vetoed(self, members: Members) -> bool:
        """Whether a member distrusts a later one, or an authority that binds the recogniser distrusts any."""
        if self._graph.distrusted.keys().isdisjoint(members):
            return False
        return any(True for _ in self._bars(members))

    def _bars(self, members: Members) -> Iterator[Bucket]:
        for place, trustee in enumerate(members):
            if place and trustee in self._graph.distrusted:
                foes = self._foes.get(trustee)
                if foes is None:
                    foes = self._foes[trustee] = self._graph.foes(trustee, self)
                for foe, bucket in foes.items():
                    if foe in self._policy.binding or foe in members[:place]:
                        yield bucket

    def vetoes(self, members: Members) -> tuple[str, ...]:
        """The sorted ids of all distrust that bars this chain."""
        return tuple(sorted({record.id for bucket in self._bars(members) for record in bucket}))


def _best(walks: list[Walk]) -> Chain:
    path = walks[0][1]
    if len(walks) == 1 and max(map(len, path)) == 1:
        return tuple([only.id for (only,) in path])
    return min([_rank(path) for _, path in walks])[1]


def _rank(path: Hops) -> tuple[int, Chain]:
    """How a path competes: its best weakest assurance, then the smallest ids that reach it. Smaller is
    better.
    """
    weakest = min([max([record.assurance for record in held]) for held in path])
    chain = tuple([min([record.id for record in held if record.assurance >= weakest]) for held in path])
    return -weakest, chain
