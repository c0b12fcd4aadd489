"""Which reports can say what about a credential: on its programme, on its provider, or on something else.

A report is sorted by its kind of activity and by how well its best programme fits, whether it is in force or
not.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mutua_coverage.eligibility import Candidate, Standing
from mutua_coverage.matching import Match, by_identifier, by_name, match
from mutua_coverage.model import Credential

_ON_PROGRAMMES = ("programme", "joint programme", "institutional/programme")


@dataclass(frozen=True, slots=True)
class Sorted:
    """Reports by what they can say about the credential, each part oldest first."""

    exact: tuple[Candidate, ...]
    """On its programme."""
    unclear: tuple[Candidate, ...]
    """On a programme that may be it: a level is not known, or two agencies use the same identifier."""
    namesakes: tuple[Candidate, ...]
    """On a programme of equal name at another level."""
    institutional: tuple[Candidate, ...]
    mixed: tuple[Candidate, ...]
    """Institutional/programme: weaker evidence about the provider, whatever its programmes."""
    others: tuple[Candidate, ...]
    """On other programmes."""
    unreadable: tuple[Candidate, ...]
    """Of a type that this version does not know."""

    @property
    def relevant(self) -> tuple[Candidate, ...]:
        """All that can change the answer, each once, oldest first."""
        return _once(*self.decisive, *self.alike, *self.unreadable)

    @property
    def alike(self) -> tuple[Candidate, ...]:
        """Those on programmes of equal name that are not matched, each once, oldest first."""
        return _once(*self.unclear, *self.namesakes)

    @property
    def decisive(self) -> tuple[Candidate, ...]:
        """Those on the programme itself or on the provider, each once, oldest first."""
        return _once(*self.exact, *self.institutional, *self.mixed)

    def as_if(self, standing: Callable[[Candidate], Candidate]) -> "Sorted":
        """The same reports with another standing."""
        return self._each(lambda part: tuple(map(standing, part)))

    def only(self, standing: Standing) -> "Sorted":
        """The reports of one standing."""
        return self._each(lambda part: tuple(each for each in part if each.standing is standing))

    def _each(self, change: Callable[[tuple[Candidate, ...]], tuple[Candidate, ...]]) -> "Sorted":
        return Sorted(
            change(self.exact),
            change(self.unclear),
            change(self.namesakes),
            change(self.institutional),
            change(self.mixed),
            change(self.others),
            change(self.unreadable),
        )


def sort(credential: Credential, candidates: Iterable[Candidate]) -> Sorted:
    """Each report under what it can say, whatever the order in which they come."""
    ordered = _once(*candidates)
    on_programmes = [each for each in ordered if each.facts.type in _ON_PROGRAMMES]
    fits = _fits(credential, on_programmes)

    def fitting(wanted: Match) -> tuple[Candidate, ...]:
        return tuple(each for each in on_programmes if fits[each.report.id] is wanted)

    return Sorted(
        exact=fitting(Match.EXACT),
        unclear=fitting(Match.UNCLEAR),
        namesakes=fitting(Match.NAMESAKE),
        institutional=tuple(each for each in ordered if each.facts.type == "institutional"),
        mixed=tuple(each for each in on_programmes if each.facts.type == "institutional/programme"),
        others=fitting(Match.NONE),
        unreadable=tuple(
            each for each in ordered if each.facts.type not in (*_ON_PROGRAMMES, "institutional")
        ),
    )


def _fits(credential: Credential, reports: Sequence[Candidate]) -> dict[str, Match]:
    """How well each report's best programme fits.

    A local identifier given without its agency counts only while one agency uses it.
    """
    fits = {
        each.report.id: max(
            (match(credential, each.facts, row) for row in each.facts.programmes), default=Match.NONE
        )
        for each in reports
    }
    if all(each.agency for each in credential.programme_identifiers):
        return fits
    identified = [
        each
        for each in reports
        if each.visible and any(by_identifier(credential, each.facts, row) for row in each.facts.programmes)
    ]
    if len({each.facts.agency.id for each in identified}) > 1:
        for each in identified:
            named = any(by_name(credential, row) is Match.EXACT for row in each.facts.programmes)
            fits[each.report.id] = Match.EXACT if named else Match.UNCLEAR
    return fits


def _once(*candidates: Candidate) -> tuple[Candidate, ...]:
    """Each report once, the way that comes first, oldest report first."""
    first = {each.report.id: each for each in reversed(candidates)}
    return tuple(sorted(first.values(), key=lambda each: each.order))
