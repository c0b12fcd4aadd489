"""Many decisions at once: where one credential is portable to, and what must be decided again.

Both give exactly the single decisions. What they save is asking where the answer is known: a recogniser from
which no valid hop leads towards the issuer cannot accept, and a decision that does not cite a statement does
not lose it.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from mutua_trust import engine
from mutua_trust.graph import NOBODY, Graph
from mutua_trust.index import TrustIndex
from mutua_trust.policy import Policy, PolicyBook
from mutua_trust.records import Record
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


class Kernel(Protocol):
    """What `mutua_trust.compiled.kernel` gives: the engine's answers in bulk, for one index and book."""

    index: TrustIndex
    policies: PolicyBook

    def accepts(self, requests: Sequence[Request], version: int) -> list[Verdict | None]: ...
    def fits(self, request: Request) -> bool: ...
    def portability(self, request: Request, version: int) -> Mapping[str, Verdict]: ...
    def differing(self, request: Request, before: int, after: int) -> tuple[Set[str], Set[str]]: ...
    def supposing(self, record: Record, trust: bool) -> AbstractContextManager[None]: ...
    def revoking(self, record: Record, version: int) -> AbstractContextManager[None]: ...


def portability(
    index: TrustIndex, request: Request, policies: PolicyBook, kernel: Kernel | None = None
) -> Portability:
    """The decision of every recogniser about the request's credential; its own `recogniser` is not read.

    Raises ValueError when the index has not reached the version that is asked for.
    """
    version = _version(index, request.version)
    if kernel is not None and kernel.fits(request):
        accepted = kernel.portability(request, version)
    else:
        accepted = _portability(index.graph, request, version, policies)
    recognisers = len(index.graph.by) + sum(id not in index.graph.by for id in policies.recognisers)
    return Portability(accepted, recognisers, version)


def accepts(
    index: TrustIndex,
    requests: Sequence[Request],
    policies: PolicyBook,
    version: int | None = None,
    kernel: Kernel | None = None,
) -> list[Verdict | None]:
    """The accept of each request at one version (the head), None for a review: many decisions that need no
    explanation. The requests' own versions are not read.
    """
    asked = _version(index, version)
    if kernel is not None:
        return kernel.accepts(requests, asked)
    return [
        engine.accepts(index.graph, request, policies.of(request.recogniser), asked) for request in requests
    ]


def _version(index: TrustIndex, asked: int | None) -> int:
    if asked is not None and asked > index.head:
        raise ValueError(f"version {asked} is above the newest, {index.head}")
    return index.head if asked is None else asked


def _portability(graph: Graph, request: Request, version: int, policies: PolicyBook) -> dict[str, Verdict]:
    accepted: dict[str, Verdict] = {}
    for recogniser in sorted(_within_reach(graph, request, version, policies)):
        asked = replace(request, recogniser=recogniser)
        verdict = engine.accepts(graph, asked, policies.of(recogniser), version)
        if verdict is not None:
            accepted[recogniser] = verdict
    return accepted


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

    def redecide(
        self, index: TrustIndex, policies: PolicyBook, statement: str, kernel: Kernel | None = None
    ) -> Iterator[Redecision]:
        """Decide again, at the head, whatever cites the statement. What is noted stays as it was."""
        citing = self.citing(statement)
        found = accepts(index, [request for request, _ in citing], policies, kernel=kernel)
        for (request, before), after in zip(citing, found, strict=True):
            # Only a review needs its explanation.
            yield Redecision(
                request,
                before,
                after or index.decide(request, policies.of(request.recogniser), version=index.head),
            )
