"""What the ways to reports say, each alone and all together.

The provider's own and its predecessor's reports decide; the alliance's and the parent's speak where they do
not, and are heard where they contradict. What only refers never says yes, but may take one away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mutua_coverage.doubt import Counting, counted, in_every_case, may_refuse, uncertain
from mutua_coverage.grading import Question, governed
from mutua_coverage.judging import judge, notes
from mutua_coverage.model import Outcome, PathKind, Scope, Verdict
from mutua_coverage.paths import Reach
from mutua_coverage.reasons import Code, Reason
from mutua_coverage.sorting import Sorted, sort

_SAYS_MOST = (
    Outcome.COVERED,
    Outcome.COVERED_CONDITIONAL,
    Outcome.NOT_COVERED,
    Outcome.INDETERMINATE,
    Outcome.REFER,
    Outcome.EVIDENCE_ONLY,
    Outcome.EXPIRED,
    Outcome.NOT_YET,
    Outcome.NOT_FOUND,
)
"""Which path's verdict is taken where the provider's own reports leave the question open."""

_OWN = (PathKind.DIRECT, PathKind.SUCCESSOR)
"""Ways whose reports count as the provider's own."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """The reports on ways that carry coverage."""

    own: Sorted
    inherited: tuple[Sorted, ...]

    def as_if(self, counting: Counting) -> "_Heard":
        return _Heard(self.own.as_if(counting), tuple(each.as_if(counting) for each in self.inherited))


def alone(question: Question, way: Reach) -> Verdict:
    """What one way says by itself."""
    if way.unused:
        return Verdict(Outcome.NOT_FOUND, reasons=(way.unused,))
    reports = sort(question.credential, way.candidates)
    if way.refer:
        verdict = _at_most(question, way).noting(*notes(reports))
        if verdict.outcome.absent:
            return verdict
        return Verdict(Outcome.REFER, governing=verdict.governing, reasons=(way.refer, *verdict.reasons))
    verdict = in_every_case(uncertain(reports), lambda counting: judge(question, reports.as_if(counting)))
    return verdict.noting(*notes(reports))


def together(question: Question, ways: Sequence[Reach], each_alone: Sequence[Verdict]) -> Verdict:
    """What all ways say together, however uncertain reports stand."""
    carrying = [way for way in ways if not (way.refer or way.unused)]
    heard = _hear(question, carrying)
    everything = sort(question.credential, (each for way in carrying for each in way.candidates))
    referred = [verdict for way, verdict in zip(ways, each_alone, strict=True) if way.refer]

    def decide(counting: Counting) -> Verdict:
        verdict = _decide(question, heard.as_if(counting), referred)
        if not verdict.outcome.covers:
            return verdict
        against = _referred_against(question, ways, verdict, counting)
        return _contradiction(verdict, against) if against else verdict

    return in_every_case(uncertain(everything), decide).noting(*notes(everything))


def _hear(question: Question, carrying: Sequence[Reach]) -> _Heard:
    own = [each for way in carrying if way.kind in _OWN for each in way.candidates]
    inherited = [way.candidates for way in carrying if way.kind not in _OWN]
    return _Heard(
        sort(question.credential, own), tuple(sort(question.credential, each) for each in inherited)
    )


def _at_most(question: Question, way: Reach) -> Verdict:
    """What a way that only refers would say: a reason to look is one whether its reports count or not."""
    return judge(question, sort(question.credential, map(counted, way.candidates)))


def _referred_against(
    question: Question, ways: Sequence[Reach], yes: Verdict, counting: Counting
) -> Verdict | None:
    """What speaks against a yes on ways that only refer: the refusal of the programme itself, or what a
    predecessor's reports would change if it is one.
    """
    carrying = [way for way in ways if not (way.refer or way.unused)]
    for way in ways:
        if way.refer and way.kind is PathKind.SUCCESSOR:
            sure = replace(way, candidates=tuple(map(counted, way.candidates)))
            otherwise = _decide(question, _hear(question, [*carrying, sure]).as_if(counting), ())
            if otherwise.outcome is not yes.outcome:
                return otherwise
        elif way.refer and yes.scope is Scope.PROVIDER:
            verdict = _at_most(question, way)
            if verdict.outcome is Outcome.NOT_COVERED and verdict.scope is Scope.PROGRAMME:
                return verdict
    return None


def _decide(question: Question, heard: _Heard, referred: Sequence[Verdict]) -> Verdict:
    """The provider's own and its predecessor's reports decide; where they do not, the other ways do."""
    own = judge(question, heard.own)
    inherited = [judge(question, each) for each in heard.inherited]
    yes = next((verdict for verdict in (own, *inherited) if verdict.outcome.covers), None)
    no = next((verdict for verdict in inherited if yes and _speaks_against(verdict, yes)), None)
    if yes and no:
        return _contradiction(yes, no)
    if yes and (unreadable := [each for reports in heard.inherited for each in may_refuse(reports)]):
        return Verdict(Outcome.INDETERMINATE, governing=governed(*unreadable))
    if _decides(own):
        return own
    found = (*inherited, *(verdict for verdict in referred if not verdict.outcome.absent))
    return min((own, *found), key=lambda each: _SAYS_MOST.index(each.outcome))


def _decides(own: Verdict) -> bool:
    """Whether a decision on the provider or its programme is in force, not nothing or mere evidence."""
    if own.outcome is Outcome.REFER:
        return bool(own.governing)
    return own.outcome is not Outcome.EVIDENCE_ONLY and not own.outcome.absent


def _speaks_against(inherited: Verdict, yes: Verdict) -> bool:
    """A refusal does; what only a person can tell does where the yes is not about the programme itself."""
    if inherited.outcome is Outcome.REFER:
        return bool(inherited.governing) and yes.scope is Scope.PROVIDER
    return inherited.outcome is Outcome.NOT_COVERED


def _contradiction(yes: Verdict, no: Verdict) -> Verdict:
    governing = tuple(dict.fromkeys((*yes.governing, *no.governing)))
    found = f"{yes.outcome} but {no.outcome}"
    ids = tuple(each.report for each in governing)
    reason = Reason(Code.CONFLICTING_DECISIONS, found, "decisions in force that agree", ids)
    return Verdict(Outcome.REFER, governing=governing, reasons=(reason,))
