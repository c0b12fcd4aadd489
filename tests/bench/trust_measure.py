"""How the bench of trust chains measures: percentiles over requests, alternations with the peer, one line a
figure.
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

from mutua_trust import Policy, PolicyBook, Request

POLICY = Policy(max_hops=4, binding=frozenset({"centre-1", "centre-5"}))
BOOK = PolicyBook({"max_hops": 4, "binding": POLICY.binding})
TRIES = 4
Decide = Callable[[Request], object]


@dataclass(frozen=True)
class Percentiles:
    p50: float
    p99: float


def told(name: str, value: str, target: str = "") -> None:
    print(f"{name:<58} {value:>26}   {target}", flush=True)


def settled() -> None:
    """What is loaded is not looked through again by the collector while others are timed."""
    gc.collect()
    gc.freeze()


def measure(decide: Decide, asked: Sequence[Request]) -> Percentiles:
    """Microseconds; each request counts with the best of its tries, so that what else the machine does does
    not count.
    """
    times: list[float] = []
    clock = time.perf_counter
    for request in asked:
        best = inf
        for _ in range(TRIES):
            start = clock()
            decide(request)
            best = min(best, clock() - start)
        times.append(best * 1e6)
    times.sort()
    return Percentiles(times[len(times) // 2], times[len(times) * 99 // 100])


def alternate(
    one: Decide, other: Decide, asked: Sequence[Request], rounds: int
) -> tuple[list[Percentiles], list[Percentiles]]:
    both = [(measure(one, asked), measure(other, asked)) for _ in range(rounds)]
    return [pair[0] for pair in both], [pair[1] for pair in both]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(mine / other for mine, other in zip(ours, theirs, strict=True))


def timed(work: Callable[[], object]) -> float:
    """Seconds of the processor, for work that is long enough to be interrupted."""
    start = time.process_time()
    made = work()
    spent = time.process_time() - start
    del made  # what it takes to forget it again is not its price
    return spent
