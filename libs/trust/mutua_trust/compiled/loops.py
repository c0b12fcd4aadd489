"""The rules once more, as loops over arrays that numba compiles: winners one by one, and all at once.

Who asks for one winner walks from the recogniser and joins the last two hops by key, as
`mutua_trust.search` does. Who asks for all recognisers walks from the issuer, keeping for every entity and
every weakest assurance the smallest next id; the only condition that depends on more than one hop, distrust
between hops apart, is asked of the chains found.
"""

import numpy as np

from mutua_trust.compiled.cache import jit
from mutua_trust.compiled.rules import (
    DEEPEST,
    IN,
    IN_FAR,
    NONE,
    OUT_FAR,
    Array,
    Row,
    Table,
    distrusts,
    holds,
    pair,
    touches,
    vetoed,
)

LONGEST = 4
STRONGEST = 4
UNSETTLED = -1
"""Number of hops of an answer that the kernel leaves to the engine."""

MAX_HOPS, QUORUM, BINDING, LEAST = 0, 1, 2, 3
"""Columns of the policies; the least assurance of a chain of n hops is at LEAST + n."""


@jit
def chain_of(
    hops: int, ask: Row, least: int, rows: Table, keyed: Array, heads: Array, bars: Table, barred: Array,
    authorities: Array, assessed: Array, taught: Array, best: Array,
) -> bool:  # fmt: skip
    """The best valid chain of exactly so many hops, into `best`; whether there is one."""
    found, best_weakest = False, 0
    members, path, onward = np.empty(6, np.int32), np.empty(4, np.int32), np.empty(4, np.int32)
    members[0] = ask.recogniser
    level = 0
    onward[0] = heads[OUT_FAR, ask.recogniser] if hops > 1 else NONE
    while True:
        last = NONE
        if hops == 1:
            last = pair(rows, keyed, ask.recogniser, ask.issuer)
        else:
            at = onward[level]
            if at == NONE:
                level -= 1
                if level < 0:
                    break
                continue
            row = rows[at]
            onward[level] = row.next_out_far
            behind = hops - 1 - level
            met = row.trustee == ask.issuer
            for place in range(level + 1):
                met = met or members[place] == row.trustee
            if met:
                continue
            if behind == 1:
                last = pair(rows, keyed, row.trustee, ask.issuer)
                if last == NONE:
                    continue
            if not holds(row, ask, behind, least, assessed, taught):
                continue
            path[level] = at
            members[level + 1] = row.trustee
            if behind > 1:
                level += 1
                onward[level] = heads[OUT_FAR, row.trustee]
                continue
        members[hops] = ask.issuer
        unbarred = False
        while last != NONE:
            if holds(rows[last], ask, 0, least, assessed, taught):
                if not unbarred and vetoed(members, hops, ask, bars, barred, authorities):
                    break
                unbarred = True
                path[hops - 1] = last
                weakest = STRONGEST
                for place in range(hops):
                    weakest = min(weakest, rows[path[place]].assurance)
                if not found or weakest > best_weakest or (
                    weakest == best_weakest and smaller(rows, path, best, hops)
                ):  # fmt: skip
                    found, best_weakest = True, weakest
                    best[:hops] = path[:hops]
            last = rows[last].next_pair
        if hops == 1:
            break
    return found


@jit
def smaller(rows: Table, path: Array, best: Array, hops: int) -> bool:
    """Whether the ids of one path come before those of the other, compared one after the other."""
    for place in range(hops):
        if path[place] != best[place]:
            return rows[path[place]].rank < rows[best[place]].rank
    return False


@jit
def winners(
    asks: Table, policies: Array, rows: Table, keyed: Array, heads: Array, bars: Table, barred: Array,
    authorities: Array, assessed: Array, taught: Array, lengths: Array, chains: Array,
) -> None:  # fmt: skip
    """For each request, how many hops its winner has (0: review) and the winner's rows."""
    for number in range(len(asks)):
        ask = asks[number]
        policy = policies[ask.policy]
        lengths[number] = 0
        if ask.recogniser == ask.issuer or ask.recogniser == NONE or ask.issuer == NONE:
            continue
        for hops in range(1, policy[MAX_HOPS] + 1):
            if chain_of(
                hops, ask, policy[LEAST + hops], rows, keyed, heads, bars, barred,
                authorities[policy[BINDING]], assessed, taught, chains[number],
            ):  # fmt: skip
                lengths[number] = UNSETTLED if hops >= 3 and policy[QUORUM] > 1 else hops
                break


@jit
def reach(
    ask: Row, longest: int, rows: Table, heads: Array, bars: Table, barred: Array, authorities: Array,
    assessed: Array, taught: Array, level: Array, following: Array,
) -> None:  # fmt: skip
    """From the issuer outwards: `level[k, x]` becomes the best weakest assurance of walks of k hops from x to
    the issuer (0: none), and `following[k, w, x]` the first row of the one with the smallest ids among those
    whose weakest assurance is w or more. Distrust between hops apart is not looked at.
    """
    issuer, entities = ask.issuer, level.shape[1]
    refuses, blocked = np.zeros(entities, np.bool_), np.zeros(entities, np.bool_)
    for at in range(len(bars)):
        bar = bars[at]
        if touches(bar, ask):
            if bar.trustee == issuer:
                refuses[bar.truster] = True
            if authorities[bar.truster]:
                blocked[bar.trustee] = True
    if blocked[issuer]:
        return
    frontier, others = np.empty(entities, np.int32), np.empty(entities, np.int32)
    frontier[0], count = issuer, 1
    for hops in range(1, longest + 1):
        joined = 0
        for place in range(count):
            trustee = frontier[place]
            if hops > 1 and heads[DEEPEST, trustee] < hops - 1:
                continue
            so_far = STRONGEST if hops == 1 else level[hops - 1, trustee]
            at = heads[IN if hops == 1 else IN_FAR, trustee]
            while at != NONE:
                row = rows[at]
                here = at
                at = row.next_in if hops == 1 else row.next_in_far
                truster = row.truster
                if truster == issuer or refuses[truster]:
                    continue
                if not holds(row, ask, hops - 1, 1, assessed, taught):
                    continue
                if distrusts(truster, trustee, ask, bars, barred):
                    continue
                weakest, known = min(row.assurance, so_far), level[hops, truster]
                for least in range(1, weakest + 1):
                    if least > known or row.rank < rows[following[hops, least, truster]].rank:
                        following[hops, least, truster] = here
                if weakest > known:
                    level[hops, truster] = weakest
                    if known == 0 and not blocked[truster]:
                        others[joined] = truster
                        joined += 1
        frontier, others, count = others, frontier, joined


@jit
def map_of(
    ask: Row, policies: Array, bound: Array, binding: int, longest: int, rows: Table, heads: Array,
    bars: Table, barred: Array, authorities: Array, assessed: Array, taught: Array, lengths: Array,
    chains: Array,
) -> None:  # fmt: skip
    """As `winners`, for every entity as the recogniser whose policy has these binding authorities."""
    entities = len(lengths)
    level = np.zeros((LONGEST + 1, entities), np.int8)
    following = np.empty((LONGEST + 1, STRONGEST + 1, entities), np.int32)
    members = np.empty(LONGEST + 2, np.int32)
    reach(
        ask, longest, rows, heads, bars, barred, authorities[binding], assessed, taught, level, following,
    )  # fmt: skip
    for recogniser in range(entities):
        policy = policies[bound[recogniser]]
        if policy[BINDING] != binding:
            continue
        for hops in range(1, policy[MAX_HOPS] + 1):
            weakest = level[hops, recogniser]
            if weakest == 0 or weakest < policy[LEAST + hops]:
                continue
            here = recogniser
            for place in range(hops):
                members[place] = here
                chains[recogniser, place] = following[hops - place, weakest, here]
                here = rows[chains[recogniser, place]].trustee
            members[hops] = ask.issuer
            settled = (hops < 3 or policy[QUORUM] == 1) and not vetoed(
                members, hops, ask, bars, barred, authorities[binding]
            )
            lengths[recogniser] = hops if settled else UNSETTLED
            break
