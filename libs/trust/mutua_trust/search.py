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


class Search:
    """One request against the graph, under one policy. Without a meter it has no budget."""

    __slots__ = ("_foes", "_graph", "_least", "_meter", "_policy", "_trusters", "ask")

    def __init__(self, graph: Graph, ask: Ask, policy: Policy, meter: Meter | None) -> None:
        self._graph = graph
        self._policy = policy
        self._least = policy.min_assurance
        self._meter = meter
        self._trusters = graph.about.get(ask.issuer, NOBODY)
        self._foes: dict[str, dict[str, Bucket]] = {}
        self.ask = ask

    def winner(self) -> Chain | None:
        """Fewest hops, then highest weakest assurance, then smallest ids."""
        ends = (self.ask.recogniser, self.ask.issuer)
        if not self._trusters or ends[0] == ends[1] or self._vetoed(ends):
            return None
        for hops in range(1, self._policy.max_hops + 1):
            if ends[0] not in self._graph.travelling[hops - 1]:
                return None
            valid = self.valid(hops)
            if valid:
                return _best(valid)
        return None

    def valid(self, hops: int) -> list[Walk]:
        """Every valid chain of exactly so many hops, statements about the same hop taken together."""
        recogniser, issuer, trusters = self.ask.recogniser, self.ask.issuer, self._trusters
        walks: list[Walk] = []
        if hops == 1:
            # That the recogniser or an authority distrusts the issuer was found before any search.
            only = self.holding(trusters[recogniser], 0, 1) if recogniser in trusters else None
            if only:
                walks.append(((recogniser, issuer), (only,)))
            return walks
        lasts: dict[str, Bucket] = {}
        for members, path in self._starts(hops) if hops > 2 else (((recogniser,), ()),):
            onward = self._graph.travelling[1].get(members[-1])
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
        """All but the last two hops: whoever can be reached by statements that travel far enough."""
        starts: list[Walk] = [((self.ask.recogniser,), ())]
        for behind in range(hops - 1, 1, -1):
            travelling = self._graph.travelling[behind]
            starts = [
                ((*members, there), (*path, held))
                for members, path in starts
                for there, bucket in travelling.get(members[-1], NOBODY).items()
                if (behind > 2 or self._joins(there))
                and there not in members
                and there != self.ask.issuer
                and (held := self.holding(bucket, behind, hops))
            ]
        return starts

    def _joins(self, entity: str) -> bool:
        """Whether somebody that this entity lets trust travel to is a truster of the issuer."""
        onward = self._graph.travelling[1].get(entity, NOBODY)
        return not onward.keys().isdisjoint(self._trusters.keys())

    def holding(self, bucket: Bucket, behind: int, hops: int) -> Bucket:
        """The statements that hold for the request in a chain of `hops`, with `behind` of them behind this
        one.
        """
        held: Bucket = []
        if self._meter is not None:
            self._meter.examine(len(bucket))
        ask, least = self.ask, self._least[hops - 1]
        need, version = ask.need, ask.version
        for record in bucket:
            if (
                record.mask & need == need
                and record.depth >= behind
                and record.assurance >= least
                and record.recorded <= version < record.revoked
                and record.force_start <= ask.day < record.force_end
                and record.award_start <= ask.award_day < record.award_end
                and ask.ects <= record.max_ects
                and (record.assessments is None or ask.assessment in record.assessments)
                and (record.modes is None or ask.mode in record.modes)
            ):
                held.append(record)
        return held

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
                    foes = self._foes[trustee] = self._graph.foes(trustee, self.ask)
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
