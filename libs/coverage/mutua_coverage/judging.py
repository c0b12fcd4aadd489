"""What a set of reports says together: the newest in force governs its scope, programme before provider.

Where the answer would depend on a report of which it cannot be told whether it counts, the answer is
INDETERMINATE. Where decisions in force contradict one another, a person decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

from mutua_coverage.eligibility import Candidate, Standing
from mutua_coverage.grading import Question, covering, governed
from mutua_coverage.matching import Match, by_identifier, by_name, match
from mutua_coverage.model import Grade, Outcome, Scope, Verdict
from mutua_coverage.reasons import Code, Reason

_MOST_UNCERTAIN = 6
"""All combinations of so many uncertain reports are tried; with more the answer is INDETERMINATE."""


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Reports by what they can say about the credential, each part oldest first."""

    exact: tuple[Candidate, ...]
    """On its programme."""
    near: tuple[Candidate, ...]
    """On a programme that may be it."""
    institutional: tuple[Candidate, ...]
    mixed: tuple[Candidate, ...]
    """Institutional/programme: weaker evidence about the provider, whatever its programmes."""
    unmatched: tuple[Candidate, ...]
    """On other programmes."""
    unreadable: tuple[Candidate, ...]
    """Of a type that this version does not know."""

    @property
    def relevant(self) -> tuple[Candidate, ...]:
        """All that can change the answer, each once, oldest first."""
        doubtful = (each for each in self.near if each.doubtful)
        parts = (*self.exact, *doubtful, *self.institutional, *self.mixed, *self.unreadable)
        return tuple(sorted({each.report.id: each for each in parts}.values(), key=lambda each: each.order))

    def only(self, kept: Iterable[Candidate]) -> "_Sorted":
        """The part of it that is in `kept`."""
        ids = {each.report.id for each in kept}

        def keep(part: Sequence[Candidate]) -> tuple[Candidate, ...]:
            return tuple(each for each in part if each.report.id in ids)

        return _Sorted(
            keep(self.exact),
            keep(self.near),
            keep(self.institutional),
            keep(self.mixed),
            keep(self.unmatched),
            keep(self.unreadable),
        )


def judge(question: Question, candidates: Iterable[Candidate]) -> Verdict:
    """The verdict of the candidates taken together, whatever their order."""
    sorted_ = _sort(question, candidates)
    relevant = sorted_.relevant
    certain = [each for each in relevant if each.standing is Standing.IN_FORCE]
    uncertain = [each for each in relevant if each.standing is Standing.UNCERTAIN]
    unreadable = [each for each in relevant if each.standing is Standing.UNREADABLE]
    if unreadable or len(uncertain) > _MOST_UNCERTAIN:
        verdict = Verdict(Outcome.INDETERMINATE, governing=governed(*unreadable, *uncertain))
    else:
        worlds = chain.from_iterable(combinations(uncertain, n) for n in range(len(uncertain) + 1))
        verdict = _common(
            [_decide(question, sorted_.only([*certain, *world])) for world in worlds], uncertain
        )
    if verdict.outcome.absent:
        verdict = _absence(question, sorted_)
    return verdict.noting(*_notes(relevant))


def _sort(question: Question, candidates: Iterable[Candidate]) -> _Sorted:
    known = ("programme", "joint programme", "institutional/programme")
    ordered = sorted(candidates, key=lambda each: each.order)
    on_programmes = [each for each in ordered if each.facts.type in known]
    fits = _fits(question, on_programmes)
    return _Sorted(
        exact=tuple(each for each in on_programmes if fits[each.report.id] is Match.EXACT),
        near=tuple(each for each in on_programmes if fits[each.report.id] is Match.NEAR),
        institutional=tuple(each for each in ordered if each.facts.type == "institutional"),
        mixed=tuple(each for each in on_programmes if each.facts.type == "institutional/programme"),
        unmatched=tuple(each for each in on_programmes if fits[each.report.id] is Match.NONE),
        unreadable=tuple(each for each in ordered if each.facts.type not in (*known, "institutional")),
    )


def _fits(question: Question, reports: Sequence[Candidate]) -> dict[str, Match]:
    """How well each report's best programme fits.

    A local identifier given without its agency counts only while one agency uses it.
    """
    credential = question.credential
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
        if any(by_identifier(credential, each.facts, row) for row in each.facts.programmes)
    ]
    if len({each.facts.agency.id for each in identified}) > 1:
        for each in identified:
            named = any(by_name(credential, row) is Match.EXACT for row in each.facts.programmes)
            fits[each.report.id] = Match.EXACT if named else Match.NEAR
    return fits


def _common(verdicts: Sequence[Verdict], uncertain: Sequence[Candidate]) -> Verdict:
    """What holds however the uncertain reports stand: the weakest of equal outcomes, if they are equal."""
    if len({verdict.outcome for verdict in verdicts}) == 1:
        return max(verdicts, key=lambda each: (each.grade is Grade.B, len(each.permissions)))
    return Verdict(Outcome.INDETERMINATE, governing=governed(*uncertain))


def _decide(question: Question, standing: _Sorted) -> Verdict:
    """The verdict of reports that all count."""
    programme = _govern(question, Scope.PROGRAMME, standing.exact)
    provider = _with_mixed(_govern(question, Scope.PROVIDER, standing.institutional), standing)
    verdict = _combine(programme, provider, standing)
    doubtful = [each for each in standing.near if each.negative]
    if doubtful and verdict.outcome.covers and verdict.scope is Scope.PROVIDER:
        ids = tuple(each.report.id for each in doubtful)
        found = "a negative decision on a programme of equal name"
        reason = Reason(Code.NO_EXACT_PROGRAMME, found, "the same programme or another one", ids)
        return Verdict(Outcome.REFER, governing=governed(*doubtful), reasons=(reason, *verdict.reasons))
    return verdict


def _govern(question: Question, scope: Scope, reports: Sequence[Candidate]) -> Verdict | None:
    """The newest report governs, but that a voluntary one overturns an obligatory one is a conflict."""
    if not reports:
        return None
    newest = reports[-1]
    obligatory = _newest_obligatory(reports)
    if obligatory is not None and not newest.obligatory and newest.contradicts(obligatory):
        return _conflict(obligatory, newest)
    if newest.negative:
        reason = Reason(Code.NEGATIVE, "negative", "positive", (newest.report.id,))
        return Verdict(Outcome.NOT_COVERED, scope=scope, governing=governed(newest), reasons=(reason,))
    if newest.positive:
        verdict = covering(question, scope, newest)
    else:
        reason = Reason(Code.NO_VERDICT, newest.facts.decision, "positive", (newest.report.id,))
        verdict = Verdict(Outcome.EVIDENCE_ONLY, governing=governed(newest), reasons=(reason,))
    older = tuple(each for each in reports[:-1] if each.facts.decision != newest.facts.decision)
    if not older:
        return verdict
    found = ", ".join(f"{each.facts.decision} of {each.facts.valid_from}" for each in older)
    ids = tuple(each.report.id for each in older)
    note = Reason(Code.OLDER_DECISION_IN_FORCE, found, f"the newest governs: {newest.report.id}", ids)
    return verdict.noting(note)


def _newest_obligatory(reports: Sequence[Candidate]) -> Candidate | None:
    return next((each for each in reversed(reports) if each.obligatory), None)


def _with_mixed(provider: Verdict | None, standing: _Sorted) -> Verdict | None:
    """Institutional/programme reports never cover the provider, but a newer negative one is a doubt."""
    if not standing.mixed:
        return provider
    newest = standing.mixed[-1]
    reason = Reason(
        Code.WEAKER_EVIDENCE,
        f"{newest.facts.type}, {newest.facts.decision}",
        "institutional",
        (newest.report.id,),
    )
    if provider is None:
        outcome = Outcome.REFER if newest.negative else Outcome.EVIDENCE_ONLY
        return Verdict(outcome, governing=governed(newest), reasons=(reason,))
    if provider.outcome.covers and newest.negative and newest.order > standing.institutional[-1].order:
        return _conflict(standing.institutional[-1], newest)
    return provider


def _combine(programme: Verdict | None, provider: Verdict | None, standing: _Sorted) -> Verdict:
    """The programme's verdict comes first; what speaks about the provider may only complete it."""
    if programme is None or provider is None:
        return programme or provider or Verdict(Outcome.NOT_FOUND)
    if programme.outcome is Outcome.NOT_COVERED:
        refused, obligatory = standing.exact[-1], _newest_obligatory(standing.institutional)
        if obligatory is not None and not refused.obligatory and refused.contradicts(obligatory):
            return _conflict(obligatory, refused)
        return programme
    if provider.outcome is Outcome.NOT_COVERED:
        accepted, refused = standing.exact[-1], standing.institutional[-1]
        return _conflict(accepted, refused) if programme.outcome.covers else provider
    if programme.outcome is Outcome.EVIDENCE_ONLY:
        return provider
    if programme.outcome is provider.outcome and provider.grade is Grade.A and programme.grade is Grade.B:
        return provider.noting(*programme.reasons)
    return programme


def _conflict(first: Candidate, second: Candidate) -> Verdict:
    both = sorted((first, second), key=lambda each: each.order)
    found = " but ".join(f"{each.facts.decision} ({each.facts.status}, {each.facts.type})" for each in both)
    ids = tuple(each.report.id for each in both)
    reason = Reason(Code.CONFLICTING_DECISIONS, found, "decisions in force that agree", ids)
    return Verdict(Outcome.REFER, governing=governed(*both), reasons=(reason,))


def _absence(question: Question, sorted_: _Sorted) -> Verdict:
    """No report in force speaks: a person looks, and is told how near the reports come."""
    in_force = (Standing.IN_FORCE, Standing.UNCERTAIN)
    others = [each for each in (*sorted_.near, *sorted_.unmatched) if each.standing in in_force]
    if others and question.credential.names_programme:
        ids = tuple(each.report.id for each in others)
        found = f"{len(others)} reports on programmes in force"
        reason = Reason(Code.NO_EXACT_PROGRAMME, found, "equal identifier, or equal name and level", ids)
        return Verdict(Outcome.REFER, reasons=(reason,))
    about = sorted_.only((*sorted_.exact, *sorted_.institutional, *sorted_.mixed)).relevant
    if ended := [each for each in about if each.standing is Standing.ENDED]:
        return _outside(question, Outcome.EXPIRED, Code.ENDED_BEFORE_AWARD, ended[-1])
    if later := [each for each in about if each.standing is Standing.NOT_STARTED]:
        return _outside(question, Outcome.NOT_YET, Code.STARTS_AFTER_AWARD, later[0])
    reason = Reason(Code.NO_REPORT, "no report", f"one in force on {question.day}")
    return Verdict(Outcome.NOT_FOUND, reasons=(reason,))


def _outside(question: Question, outcome: Outcome, code: Code, report: Candidate) -> Verdict:
    found = f"from {report.facts.valid_from} to {report.facts.valid_to or 'six years later'}"
    reason = Reason(code, found, f"in force on {question.day}", (report.report.id,))
    return Verdict(outcome, governing=governed(report), reasons=(reason,))


def _notes(relevant: Sequence[Candidate]) -> tuple[Reason, ...]:
    """What a reviewer should know whatever the outcome."""
    notes = [each.note for each in relevant if each.note]
    for each in relevant:
        about = (each.report.id,)
        if each.standing is Standing.WITHHELD:
            notes.append(Reason(Code.HIGH_FLAG, "withheld by the registry", "no high flag", about))
        elif each.standing is Standing.GONE:
            notes.append(Reason(Code.REPORT_GONE, "removed from the registry", "still there", about))
        elif each.facts.flag == "low":
            notes.append(Reason(Code.LOW_FLAG, "low flag", "no flag", about))
    return tuple(notes)
