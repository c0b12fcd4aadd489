"""One request in, one verdict out, over the keyed layout of the log.

The order of the rules is here and nowhere else: what can be said without a search, then the winner, then the
quorum, then the nearest miss; aspect by aspect where the policy wants it. Over budget is an answer of its
own.
"""

from dataclasses import replace

from mutua_trust.graph import Graph
from mutua_trust.miss import MissSearch
from mutua_trust.policy import Mode, Policy
from mutua_trust.quorum import quorum_met
from mutua_trust.request import Request
from mutua_trust.search import BudgetSpent, Meter, Search
from mutua_trust.statement import Aspect
from mutua_trust.verdict import Chain, NearestMiss, Outcome, Reason, Verdict, accept, review


def decide(graph: Graph, head: int, request: Request, policy: Policy, budget: int | None) -> Verdict:
    """The verdict of the log as the graph holds it, with `head` as its newest version."""
    version = head if request.version is None else request.version
    if not request.complete():
        return review(request.id, version, Reason.INCOMPLETE)
    if version > head:
        return review(request.id, version, Reason.STALE)
    meter = None if budget is None else Meter(budget)
    try:
        if policy.mode is Mode.JOINT and not request.subjects:
            return _decide_alone(graph, request, policy, version, meter)
        return _decide_per_aspect(graph, request, policy, version, meter)
    except BudgetSpent:
        return review(request.id, version, Reason.BUDGET)


def winner(graph: Graph, request: Request, policy: Policy, version: int) -> Chain | None:
    """The best valid chain for all asked aspects together, before any quorum; None where there is none."""
    return Search(graph, request, version, policy, None).winner() if request.complete() else None


def accepts(graph: Graph, request: Request, policy: Policy, version: int) -> Verdict | None:
    """The accept at this version, None for any review: bulk work has no use for the explanation."""
    if not request.complete():
        return None
    if policy.mode is Mode.JOINT and not request.subjects:
        _, settled = _settle(graph, request, policy, version, None)
        return settled if settled is not None and settled.accepted else None
    chains: dict[Aspect, Chain] = {}
    for aspect in request.asked():
        _, settled = _settle(graph, request.alone(aspect), policy, version, None)
        if settled is None or settled.chain is None:
            return None
        chains[aspect] = settled.chain
    return Verdict(request.id, Outcome.ACCEPT, version, chains=chains)


def _decide_per_aspect(
    graph: Graph, request: Request, policy: Policy, version: int, meter: Meter | None
) -> Verdict:
    """Each asked aspect alone; the first that fails is the one shown."""
    chains: dict[Aspect, Chain] = {}
    for aspect in request.asked():
        verdict = _decide_alone(graph, request.alone(aspect), policy, version, meter)
        if verdict.chain is None:
            return replace(verdict, aspect=aspect)
        chains[aspect] = verdict.chain
    return Verdict(request.id, Outcome.ACCEPT, version, chains=chains)


def _decide_alone(
    graph: Graph, request: Request, policy: Policy, version: int, meter: Meter | None
) -> Verdict:
    search, settled = _settle(graph, request, policy, version, meter)
    if settled is not None:
        return settled
    found = MissSearch(graph, search, policy, meter).nearest()
    if found is None:
        return review(request.id, version, Reason.NO_RELATION)
    nearest, members = found
    if nearest.failures:
        return review(request.id, version, Reason.CONSTRAINTS, nearest)
    return review(request.id, version, Reason.DISTRUST, nearest, search.vetoes(members))


def _settle(
    graph: Graph, request: Request, policy: Policy, version: int, meter: Meter | None
) -> tuple[Search, Verdict | None]:
    """What the winner settles, the quorum being the last word; None where there is no winner."""
    search = Search(graph, request, version, policy, meter)
    winner = search.winner()
    if winner is None:
        return search, None
    if policy.quorum > 1 and len(winner) >= 3 and not quorum_met(search, policy, meter):
        return search, review(request.id, version, Reason.QUORUM, NearestMiss(winner))
    return search, accept(request.id, version, winner)
