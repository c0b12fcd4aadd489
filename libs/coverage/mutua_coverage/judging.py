"""What a set of reports says together: the newest in force governs its scope, programme before provider.

Where decisions in force contradict one another, or it is not clear which programme they are about, a person
decides. Only reports that are in force count here; `doubt` asks what follows if uncertain ones were.
"""

from collections.abc import Sequence

from mutua_coverage.eligibility import Candidate, Standing
from mutua_coverage.grading import Question, covering, governed, undecided
from mutua_coverage.model import Grade, Outcome, PathKind, Scope, Verdict
from mutua_coverage.reasons import Code, Reason
from mutua_coverage.sorting import Sorted

_EXACT = "equal identifier, or equal name and level"


def judge(question: Question, reports: Sorted) -> Verdict:
    """The verdict of the reports taken together."""
    if unreadable := [each for each in reports.relevant if each.standing is Standing.UNREADABLE]:
        return Verdict(Outcome.INDETERMINATE, governing=governed(*unreadable))
    standing = reports.only(Standing.IN_FORCE)
    programme = _govern(question, Scope.PROGRAMME, standing.exact)
    provider = _govern(question, Scope.PROVIDER, standing.institutional) or _weaker(standing.mixed)
    verdict = _combine(programme, provider, standing)
    if verdict.outcome.covers or verdict.outcome is Outcome.EVIDENCE_ONLY:
        return _doubted(verdict, standing) or verdict
    return _absence(question, reports) if verdict.outcome.absent else verdict


def notes(reports: Sorted) -> tuple[Reason, ...]:
    """What a reviewer should know of these reports whatever the outcome."""
    told: list[Reason] = []
    for each in reports.relevant:
        about = (each.report.id,)
        if each.note:
            told.append(each.note)
        if each.standing is Standing.WITHHELD:
            told.append(Reason(Code.HIGH_FLAG, "withheld by the registry", "no high flag", about))
        elif each.standing is Standing.GONE:
            told.append(Reason(Code.REPORT_GONE, "removed from the registry", "still there", about))
        elif each.facts.flag == "low":
            told.append(Reason(Code.LOW_FLAG, "low flag", "no flag", about))
    return tuple(told)


def _govern(question: Question, scope: Scope, reports: Sequence[Candidate]) -> Verdict | None:
    """The newest report governs, but for what it cannot overturn."""
    if not reports:
        return None
    newest = reports[-1]
    if overturned := _not_to_be_overturned(reports):
        return _conflict(overturned, newest)
    if newest.negative:
        reason = Reason(Code.NEGATIVE, "negative", "positive", (newest.report.id,))
        return Verdict(Outcome.NOT_COVERED, scope=scope, governing=governed(newest), reasons=(reason,))
    verdict = (covering if newest.positive else undecided)(question, scope, newest)
    older = tuple(each for each in reports[:-1] if each.facts.decision != newest.facts.decision)
    if not older:
        return verdict
    found = ", ".join(f"{each.facts.decision} of {each.facts.valid_from}" for each in older)
    ids = tuple(each.report.id for each in older)
    note = Reason(Code.OLDER_DECISION_IN_FORCE, found, f"the newest governs: {newest.report.id}", ids)
    return verdict.noting(note)


def _not_to_be_overturned(reports: Sequence[Candidate]) -> Candidate | None:
    """A decision in force that the newest report contradicts without being able to end it.

    A voluntary report does not overturn an obligatory one, in either direction; and a predecessor's yes does
    not undo the refusal of another provider that is part of the same one now.
    """
    newest, obligatory = reports[-1], _newest_obligatory(reports)
    if obligatory is not None and not newest.obligatory and newest.contradicts(obligatory):
        return obligatory
    if newest.kind is not PathKind.SUCCESSOR or not newest.positive:
        return None
    newest_of_each = {each.subject: each for each in reports}
    return next((each for each in newest_of_each.values() if each.negative), None)


def _newest_obligatory(reports: Sequence[Candidate]) -> Candidate | None:
    return next((each for each in reversed(reports) if each.obligatory), None)


def _weaker(mixed: Sequence[Candidate]) -> Verdict | None:
    """Institutional/programme reports never cover the provider."""
    if not mixed:
        return None
    newest = mixed[-1]
    found = f"{newest.facts.type}, {newest.facts.decision}"
    reason = Reason(Code.WEAKER_EVIDENCE, found, "institutional", (newest.report.id,))
    outcome = Outcome.REFER if newest.negative else Outcome.EVIDENCE_ONLY
    return Verdict(outcome, governing=governed(newest), reasons=(reason,))


def _combine(programme: Verdict | None, provider: Verdict | None, standing: Sorted) -> Verdict:
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


def _doubted(verdict: Verdict, standing: Sorted) -> Verdict | None:
    """What a yes, or mere evidence, becomes where another report in force may speak against it."""
    by_id = {each.report.id: each for each in standing.relevant}
    accepted = by_id[verdict.governing[0].report]
    refused = [each for each in standing.mixed if each.negative and each.order > accepted.order]
    if refused and accepted.positive:  # weaker evidence, but not to be passed over
        return _conflict(accepted, refused[-1])
    alike = list(standing.alike)
    if standing.exact:
        matched = standing.exact[-1]
        newer = [each for each in standing.unclear if each.order > matched.order]
        alike = [each for each in newer if each.facts.decision != matched.facts.decision]
    return _unmatched(alike).noting(*verdict.reasons) if alike else None


def _unmatched(alike: Sequence[Candidate]) -> Verdict:
    ids = tuple(each.report.id for each in alike)
    found = ", ".join(f"{each.facts.decision} on a programme that may be it" for each in alike)
    reason = Reason(Code.NO_EXACT_PROGRAMME, found, _EXACT, ids)
    return Verdict(Outcome.REFER, governing=governed(*alike), reasons=(reason,))


def _conflict(first: Candidate, second: Candidate) -> Verdict:
    both = sorted((first, second), key=lambda each: each.order)
    found = " but ".join(f"{each.facts.decision} ({each.facts.status}, {each.facts.type})" for each in both)
    ids = tuple(each.report.id for each in both)
    reason = Reason(Code.CONFLICTING_DECISIONS, found, "decisions in force that agree", ids)
    return Verdict(Outcome.REFER, governing=governed(*both), reasons=(reason,))


def _absence(question: Question, reports: Sorted) -> Verdict:
    """No report in force speaks: a person looks, and is told how near the reports come."""
    if alike := [each for each in reports.alike if each.standing is Standing.IN_FORCE]:
        return _unmatched(alike)
    in_force = (Standing.IN_FORCE, Standing.UNCERTAIN)
    others = [each for each in reports.others if each.standing in in_force]
    if others and question.credential.names_programme:
        ids = tuple(each.report.id for each in others)
        found = f"{len(others)} reports on other programmes in force"
        return Verdict(Outcome.REFER, reasons=(Reason(Code.NO_EXACT_PROGRAMME, found, _EXACT, ids),))
    about = reports.decisive
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
