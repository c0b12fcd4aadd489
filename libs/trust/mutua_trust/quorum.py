"""The quorum: are there so many valid chains that pairwise share nobody but the ends?

Asked last and only about winners of three or more hops, because it is the one rule that more trust can break.
The answer is exact: a greedy family mostly settles it, otherwise the search branches on one entity of that
family.
"""

from collections.abc import Iterable, Sequence

from mutua_trust.policy import Policy
from mutua_trust.search import Meter, Search

Between = frozenset[str]
"""The entities of one chain without its ends."""


def quorum_met(search: Search, policy: Policy, meter: Meter | None) -> bool:
    """Whether the policy's number of valid chains, of any allowed length, is disjoint between the ends."""
    between: set[Between] = set()
    greedy: list[Between] = []
    for hops in range(1, policy.max_hops + 1):
        for members, _ in search.valid(hops):
            entities = frozenset(members[1:-1])
            between.add(entities)
            if all(entities.isdisjoint(other) for other in greedy):
                greedy.append(entities)
                if len(greedy) >= policy.quorum:
                    return True
    return _packs(sorted(between, key=len), policy.quorum, meter)


def _packs(sets: Sequence[Between], wanted: int, meter: Meter | None) -> bool:
    """Whether `wanted` of the sets are pairwise disjoint."""
    if meter is not None:
        meter.examine(len(sets))
    used, found = _greedy(sets)
    if found >= wanted:
        return True
    # No set avoids what the greedy family uses, so disjoint sets number at most its entities.
    if len(used) < wanted:
        return False
    pivot = min(used, key=lambda entity: (sum(entity in each for each in sets), entity))
    return any(
        _packs([other for other in sets if other.isdisjoint(chosen)], wanted - 1, meter)
        for chosen in sets
        if pivot in chosen
    ) or _packs([other for other in sets if pivot not in other], wanted, meter)


def _greedy(sets: Iterable[Between]) -> tuple[set[str], int]:
    used: set[str] = set()
    found = 0
    for each in sets:
        if used.isdisjoint(each):
            used |= each
            found += 1
    return used, found
