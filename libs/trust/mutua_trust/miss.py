"""The nearest miss: of all chains of at most three hops, in any condition, the one that lacks least.

Least is: fewest failing statements, then fewest hops, then fewest failing constraints, then smallest ids;
distrust is not looked at. Since these sums add up hop by hop, each hop can take its own best statement, and a
chain is given up as soon as its first statement alone makes it worse than the best one known.
"""

from collections.abc import Iterator

from mutua_trust.graph import NOBODY, Bucket, Graph
from mutua_trust.policy import Policy
from mutua_trust.records import ALL_ASPECTS, ALL_FIELDS, ALL_LEVELS, Ask, Record
from mutua_trust.search import Members, Meter
from mutua_trust.verdict import Chain, Constraint, Failure, NearestMiss

FARTHEST = 3
"""Nearest misses of more hops would explain little and cost much."""

Cost = tuple[int, int, str]
"""Failing or not, number of failing constraints, id: what one statement adds to its chain."""
Rank = tuple[int, int, int, Chain]
"""Failing statements, hops, failing constraints, ids: smaller is nearer."""


class MissSearch:
    """One request for which no valid chain was found."""

    __slots__ = ("_ask", "_best", "_graph", "_members", "_meter", "_policy")

    def __init__(self, graph: Graph, ask: Ask, policy: Policy, meter: Meter | None) -> None:
        self._graph = graph
        self._ask = ask
        self._policy = policy
        self._meter = meter
        self._best: Rank | None = None
        self._members: Members = ()

    def nearest(self) -> tuple[NearestMiss, Members] | None:
        """The nearest miss with its entities; None when nothing leads to the issuer in any condition."""
        trusters = self._graph.about.get(self._ask.issuer, NOBODY)
        if self._ask.recogniser != self._ask.issuer:
            self._directly(trusters)
            if self._policy.max_hops >= 2:
                self._through_one(trusters)
            if self._policy.max_hops >= FARTHEST:
                self._through_two(trusters)
        if self._best is None:
            return None
        _, hops, _, chain = self._best
        failures = [
            Failure(id, tuple(self._failing(self._graph.trust[id], hops, hops - 1 - place)))
            for place, id in enumerate(chain)
        ]
        return NearestMiss(chain, tuple(f for f in failures if f.constraints)), self._members

    def _directly(self, trusters: dict[str, Bucket]) -> None:
        only = self._least(trusters.get(self._ask.recogniser), 1, 0)
        if only is not None:
            self._offer((self._ask.recogniser, self._ask.issuer), only)

    def _through_one(self, trusters: dict[str, Bucket]) -> None:
        ours = self._graph.by.get(self._ask.recogniser, NOBODY)
        for middle in self._meeting(ours, trusters):
            first, last = self._least(ours[middle], 2, 1), self._least(trusters[middle], 2, 0)
            if first is not None and last is not None:
                self._offer((self._ask.recogniser, middle, self._ask.issuer), first, last)

    def _through_two(self, trusters: dict[str, Bucket]) -> None:
        recogniser, issuer = self._ask.recogniser, self._ask.issuer
        lasts: dict[str, Cost | None] = {}
        ours = self._graph.by.get(recogniser, NOBODY)
        firsts = [(there, self._least(bucket, 3, 2)) for there, bucket in ours.items() if there != issuer]
        # The sound statements first: they find a good chain early, and with it most others are given up at
        # once.
        known = sorted((cost, there) for there, cost in firsts if cost is not None)
        for first, one in known:
            if self._hopeless(first):
                return
            theirs = self._graph.by.get(one, NOBODY)
            for two in self._meeting(theirs, trusters):
                if two == recogniser:
                    continue
                if two not in lasts:
                    lasts[two] = self._least(trusters[two], 3, 0)
                last = lasts[two]
                if last is None or self._hopeless(first, last):
                    continue
                second = self._least(theirs[two], 3, 1)
                if second is not None:
                    self._offer((recogniser, one, two, issuer), first, second, last)

    def _meeting(self, ours: dict[str, Bucket], theirs: dict[str, Bucket]) -> set[str]:
        if self._meter is not None:
            self._meter.examine(min(len(ours), len(theirs)))
        return ours.keys() & theirs.keys()

    def _hopeless(self, *hops: Cost) -> bool:
        """Whether a chain of three hops with these among them cannot be nearer than the best."""
        if self._best is None:
            return False
        return (sum(hop[0] for hop in hops), FARTHEST, sum(hop[1] for hop in hops)) > self._best[:3]

    def _offer(self, members: Members, *hops: Cost) -> None:
        rank = (
            sum(hop[0] for hop in hops),
            len(hops),
            sum(hop[1] for hop in hops),
            tuple(hop[2] for hop in hops),
        )
        if self._best is None or rank < self._best:
            self._best, self._members = rank, members

    def _least(self, bucket: Bucket | None, hops: int, behind: int) -> Cost | None:
        """What the best of these statements costs in this place; None when none is recorded yet."""
        if bucket is None:
            return None
        if self._meter is not None:
            self._meter.examine(len(bucket))
        costs: list[Cost] = []
        for record in bucket:
            if record.recorded <= self._ask.version:
                constraints = sum(1 for _ in self._failing(record, hops, behind))
                costs.append((min(constraints, 1), constraints, record.id))
        return min(costs, default=None)

    def _failing(self, record: Record, hops: int, behind: int) -> Iterator[Constraint]:
        """Every constraint that the statement fails in a chain of `hops`, with `behind` hops behind it."""
        ask = self._ask
        lacking = ask.need & ~record.mask
        if record.revoked <= ask.version:
            yield Constraint.REVOKED
        if not record.force_start <= ask.day < record.force_end:
            yield Constraint.NOT_IN_FORCE
        if not record.award_start <= ask.award_day < record.award_end:
            yield Constraint.AWARD_NOT_COVERED
        if lacking & ALL_FIELDS:
            yield Constraint.FIELD
        if lacking & ALL_LEVELS:
            yield Constraint.LEVEL
        if lacking & ALL_ASPECTS:
            yield Constraint.ASPECT
        if record.assessments is not None and ask.assessment not in record.assessments:
            yield Constraint.ASSESSMENT
        if record.modes is not None and ask.mode not in record.modes:
            yield Constraint.MODE
        if ask.ects > record.max_ects:
            yield Constraint.ECTS
        if record.depth < behind:
            yield Constraint.DEPTH
        if record.assurance < self._policy.min_assurance[hops - 1]:
            yield Constraint.ASSURANCE
