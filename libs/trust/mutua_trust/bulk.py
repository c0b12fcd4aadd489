"""Many decisions at once: where one credential is portable to, and what must be decided again.

Both give exactly the single decisions. What they save is asking where the answer is known: a recogniser from
which no valid hop leads towards the issuer cannot accept, and a decision that does not cite a statement does
not lose it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mutua_trust import engine
from mutua_trust.graph import NOBODY, Graph
from mutua_trust.index import TrustIndex
from mutua_trust.policy import Policy, PolicyBook
from mutua_trust.request import Request
from mutua_trust.search import Search
from mutua_trust.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Portability:
    """Where one credential would be accepted; everybody else would review it."""

    accepted: Mapping[str, Verdict]
    """recogniser -> its accept, sorted by recogniser"""
    recognisers: int
    """How many there are: all entities that state trust, and those the policies name."""
    version: int


def portability(index: TrustIndex, request: Request, policies: PolicyBook) -> Portability:
    """The decision of every recogniser about the request's credential; its own `recogniser` is not read.

    Raises ValueError when the index has not reached the version that is asked for.
    """
    version = index.head if request.version is None else request.version
    if version > index.head:
        raise ValueError(f"version {version} is above the newest, {index.head}")
    graph = index.graph
    accepted: dict[str, Verdict] = {}
    for recogniser in sorted(_within_reach(graph, request, version, policies)):
        asked = replace(request, recogniser=recogniser)
        verdict = engine.accepts(graph, asked, policies.of(recogniser), version)
        if verdict is not None:
            accepted[recogniser] = verdict
    return Portability(accepted, len(graph.by.keys() | policies.recognisers.keys()), version)


def _within_reach(graph: Graph, request: Request, version: int, policies: PolicyBook) -> set[str]:
    """Everybody from whom hops that hold lead to the issuer, under the weakest policy of the book."""
    if not request.complete():
        return set()
    asked = request.alone(request.asked()[0]) if policies.apart() or request.subjects else request
    longest = policies.longest()
    weakest = Policy(max_hops=longest, min_assurance=(1, 1, 1, 1))
    search = Search(graph, asked, version, weakest, None)
    found: set[str] = set()
    layer = {asked.issuer}
    for behind in range(longest):
        layer = {
            truster
            for entity in layer
            for truster, bucket in graph.about.get(entity, NOBODY).items()
            if search.holding(bucket, behind, behind + 1)
        }
        found |= layer
    return found


@dataclass(frozen=True, slots=True)
class Redecision:
    """A decision that cited a statement, and what it would be now."""

    request: Request
    before: Verdict
    after: Verdict

    @property
    def withdrawn(self) -> bool:
        """No longer automatic: flagged for people, never undone by itself."""
        return self.before.accepted and not self.after.accepted


class Citations:
    """The reverse index from a statement to the accepts that rest on it."""

    def __init__(self) -> None:
        self._decided: dict[str, tuple[Request, Verdict]] = {}
        self._citing: dict[str, dict[str, None]] = {}

    def note(self, request: Request, verdict: Verdict) -> None:
        """Remember a decision; a later one about the same request takes its place."""
        earlier = self._decided.get(request.id)
        if earlier is not None:
            for id in earlier[1].cited:
                del self._citing[id][request.id]
        self._decided[request.id] = (request, verdict)
        for id in verdict.cited:
            self._citing.setdefault(id, {})[request.id] = None

    def citing(self, statement: str) -> list[tuple[Request, Verdict]]:
        """The decisions that rest on this statement, in the order in which they were noted."""
        return [self._decided[id] for id in self._citing.get(statement, {})]

    def redecide(self, index: TrustIndex, policies: PolicyBook, statement: str) -> Iterator[Redecision]:
        """Decide again, at the head, whatever cites the statement. What is noted stays as it was."""
        for request, before in self.citing(statement):
            after = index.decide(request, policies.of(request.recogniser), version=index.head)
            yield Redecision(request, before, after)
