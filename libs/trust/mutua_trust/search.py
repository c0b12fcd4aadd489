"""The winner: the best valid chain from recogniser to issuer, found without walking anybody's whole list.

A hop with j hops behind it needs depth j, so a chain of n hops is a travelling statement of the recogniser,
more travelling statements, and any statement about the issuer. The last two hops are joined by key: who,
among those that the one side lets travel, is a truster of the issuer? Every condition of a hop depends on the
statement, the chain's length and its place alone, except distrust, which is asked of the whole chain.
"""

from collections.abc import Iterator

from mutua_trust.graph import NOBODY, Bucket, Graph
from mutua_trust.policy import Policy
from mutua_trust.records import Ask
from mutua_trust.verdict import Chain

Members = tuple[str, ...]
"""The entities of a chain, recogniser first, issuer last."""
Hops = tuple[Bucket, ...]
"""Per hop, the statements that hold there; a chain takes one of each."""


class BudgetSpent(Exception):
    """More records were examined than the caller allows."""


class Meter:
    """Counts the records that one request examines. Raises BudgetSpent beyond the budget."""

    __slots__ = ("left",)

    def __init__(self, budget: int | None) -> None:
        self.left = float("inf") if budget is None else budget

    def examine(self, records: int) -> None:
        self.left -= records
        if self.left < 0:
            raise BudgetSpent


class Search:
    """One request against the graph, under one policy."""

    __slots__ = ("_foes", "_graph", "_meter", "_policy", "_trusters", "ask")

    def __init__(self, graph: Graph, ask: Ask, policy: Policy, meter: Meter) -> None:
        self._graph = graph
        self.ask = ask
        self._policy = policy
        self._meter = meter
        self._trusters = graph.about.get(ask.issuer, NOBODY)
        self._foes: dict[str, dict[str, Bucket]] = {}

    def winner(self) -> Chain | None:
        """Fewest hops, then highest weakest assurance, then smallest ids."""
        ends = (self.ask.recogniser, self.ask.issuer)
        if not self._trusters or ends[0] == ends[1] or self._vetoed(ends):
            return None
        for hops in range(1, self._policy.max_hops + 1):
            best = min((_rank(path) for _, path in self.valid(hops)), default=None)
            if best is not None:
                return best[1]
        return None

    def valid(self, hops: int) -> Iterator[tuple[Members, Hops]]:
        """Every valid chain of exactly so many hops, statements about the same hop taken together."""
        for members, path in self._extend((self.ask.recogniser,), (), hops):
            if not self._vetoed(members):
                yield members, path

    def _extend(self, members: Members, path: Hops, left: int) -> Iterator[tuple[Members, Hops]]:
        """All ways to reach the issuer in exactly `left` more hops, through nobody met before."""
        here, hops = members[-1], len(path) + left
        if left == 1:
            last = self.holding(self._trusters.get(here), 0, hops)
            if last:
                yield (*members, self.ask.issuer), (*path, last)
            return
        trustees = self._graph.travelling[left - 1].get(here)
        if not trustees:
            return
        if left == 2:
            self._meter.examine(min(len(trustees), len(self._trusters)))
            onward = trustees.keys() & self._trusters.keys()
        else:
            onward = trustees.keys()
        for there in onward:
            if there in members or there == self.ask.issuer:
                continue
            held = self.holding(trustees[there], left - 1, hops)
            if held:
                yield from self._extend((*members, there), (*path, held), left - 1)

    def holding(self, bucket: Bucket | None, behind: int, hops: int) -> Bucket | None:
        """The statements that hold for the request in a chain of `hops`, with `behind` of them behind this
        one.
        """
        if bucket is None:
            return None
        self._meter.examine(len(bucket))
        ask, least = self.ask, self._policy.min_assurance[hops - 1]
        need, version = ask.need, ask.version
        return [
            record
            for record in bucket
            if record.mask & need == need
            and record.recorded <= version < record.revoked
            and record.force_start <= ask.day < record.force_end
            and record.award_start <= ask.award_day < record.award_end
            and record.depth >= behind
            and record.assurance >= least
            and ask.ects <= record.max_ects
            and (record.assessments is None or ask.assessment in record.assessments)
            and (record.modes is None or ask.mode in record.modes)
        ]

    def _vetoed(self, members: Members) -> bool:
        """Whether a member distrusts a later one, or an authority that binds the recogniser distrusts any."""
        return any(True for _ in self._bars(members))

    def _bars(self, members: Members) -> Iterator[Bucket]:
        if not self._graph.distrusted:
            return
        for place, trustee in enumerate(members):
            if place and trustee in self._graph.distrusted:
                foes = self._foes.get(trustee)
                if foes is None:
                    foes = self._foes[trustee] = self._graph.foes(trustee, self.ask)
                for foe, bucket in foes.items():
                    if foe in self._policy.binding or foe in members[:place]:
                        yield bucket

    def vetoes(self, members: Members) -> tuple[str, ...]:
        """The sorted ids of all distrust that bars this chain."""
        return tuple(sorted({record.id for bucket in self._bars(members) for record in bucket}))


def _rank(path: Hops) -> tuple[int, Chain]:
    """How a path competes: its best weakest assurance, then the smallest ids that reach it. Smaller is
    better.
    """
    weakest = min(max(record.assurance for record in held) for held in path)
    chain = tuple(min(record.id for record in held if record.assurance >= weakest) for held in path)
    return -weakest, chain
