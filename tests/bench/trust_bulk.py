"""Bulk work with the compiled kernel: decisions of many, maps of all recognisers, impact previews."""

from collections.abc import Sequence
from functools import partial
from statistics import median

from trust_measure import BOOK, POLICY, ratio, timed, told

from mutua_trust import Polarity, Request, Statement, TrustIndex, synthetic
from mutua_trust.bulk import Kernel, portability
from mutua_trust.compiled import kernel
from mutua_trust.preview import preview_revoking


def bulk(index: TrustIndex, log: Sequence[Statement], asked: Sequence[Request], rounds: int) -> None:
    """A whole map against one decision of many, both compiled. Quality alone is accepted by most recognisers,
    through the register.
    """
    compiled = kernel(index, BOOK)
    if compiled is None:
        told("compiled kernel", "numba is not installed")
        return
    head = index.head
    maps = {
        "all aspects": [request for request in asked if len(request.aspects or ()) == 3][:200],
        "quality alone": [request for request in asked if len(request.aspects or ()) == 1][:50],
    }
    compiled.accepts(asked, head)
    differing = sum(
        found != index.decide(r, POLICY)
        for r, found in zip(asked, compiled.accepts(asked, head), strict=True)
        if found
    )
    for chosen in maps.values():
        found = portability(index, chosen[0], BOOK, compiled).accepted
        differing += found != portability(index, chosen[0], BOOK).accepted
    told("compiled answers that differ", str(differing), "0")
    single, each = [], {name: [] for name in maps}
    for _ in range(rounds):
        single.append(timed(lambda: compiled.accepts(asked, head)) / len(asked))
        for name, chosen in maps.items():
            spent = timed(partial(_maps, index, chosen, compiled))
            each[name].append(spent / len(chosen) / len(index.graph.by))
    told("a bulk decision, compiled", f"{median(single) * 1e6:.1f} us")
    for name, times in each.items():
        value = f"{median(times) * 1e9:.0f} ns, {ratio(times, single):.3f} decisions"
        told(f"portability, a recogniser, {name}", value, "<= 0.1")
    trust = [s for s in log if s.polarity is Polarity.TRUST and s.revoked is None]
    for depth in (0, 1):
        sample = [s for s in trust if s.depth == depth and synthetic.awards(s.truster)][::2000]
        preview = partial(preview_revoking, index, like=asked[0], policies=BOOK, kernel=compiled)
        spent = [timed(partial(preview, s.id)) for s in sample]
        told(f"impact preview, institutions, depth {depth}", f"{median(spent) * 1e3:.0f} ms")


def _maps(index: TrustIndex, chosen: Sequence[Request], compiled: Kernel) -> None:
    for request in chosen:
        portability(index, request, BOOK, compiled)
