"""What holds however uncertain reports stand.

The registry shows one interval of registration per agency, so of some reports it cannot be told whether they
count. Neither taking nor dropping them would be right: both are tried, for all of them together.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import chain, combinations

from mutua_coverage.eligibility import Candidate, Standing
from mutua_coverage.grading import governed
from mutua_coverage.model import Grade, Outcome, Scope, Verdict
from mutua_coverage.sorting import Sorted

MOST_UNCERTAIN = 6
"""All combinations of so many uncertain reports are tried; with more the answer is INDETERMINATE."""

Counting = Callable[[Candidate], Candidate]
"""A candidate as it stands in one of the cases."""


def uncertain(reports: Sorted) -> tuple[Candidate, ...]:
    """Those that could change the answer, and of which it cannot be told whether they count."""
    return tuple(each for each in reports.relevant if each.standing is Standing.UNCERTAIN)


def may_refuse(reports: Sorted) -> tuple[Candidate, ...]:
    """Those in their window with codes that this version does not know, and that may be a no."""
    return tuple(each for each in reports.relevant if each.standing is Standing.UNREADABLE and each.doubtful)


def in_every_case(doubtful: tuple[Candidate, ...], decide: Callable[[Counting], Verdict]) -> Verdict:
    """The weakest of equal outcomes, if they are equal in every case; the case in which no doubtful report
    counts comes first.
    """
    sizes = range(len(doubtful) + 1) if len(doubtful) <= MOST_UNCERTAIN else ()
    cases = chain.from_iterable(combinations(doubtful, size) for size in sizes)
    verdicts = [decide(_counting(each)) for each in cases]
    if len({verdict.outcome for verdict in verdicts}) == 1:
        return max(verdicts, key=_weakness)
    return Verdict(Outcome.INDETERMINATE, governing=governed(*doubtful))


def counted(candidate: Candidate) -> Candidate:
    """The report as if it were certain that it counts."""
    if candidate.standing is Standing.UNCERTAIN:
        return replace(candidate, standing=Standing.IN_FORCE)
    return candidate


def _counting(these: Iterable[Candidate]) -> Counting:
    ids = {each.report.id for each in these}
    return lambda candidate: counted(candidate) if candidate.report.id in ids else candidate


def _weakness(verdict: Verdict) -> tuple[bool, int, bool]:
    return verdict.grade is Grade.B, len(verdict.permissions), verdict.scope is Scope.PROVIDER
