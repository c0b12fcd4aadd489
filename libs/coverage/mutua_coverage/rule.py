"""The rule: whether the registry's reports covered a credential on the day of its award.

A pure function of a credential and a snapshot. Absence of reports is never a refusal, and whatever cannot be
told or contradicts itself goes to a person.
"""

from collections.abc import Sequence

from mutua_coverage.grading import Question
from mutua_coverage.judging import judge
from mutua_coverage.model import Coverage, Credential, Outcome, Path, PathKind, Verdict
from mutua_coverage.paths import Reach, platform_only, reaches
from mutua_coverage.reasons import Code, Reason
from mutua_coverage.resolve import Unresolved, not_open, resolve
from mutua_coverage.seat import seat_of
from mutua_coverage.snapshot import Dependencies, Recorder, Snapshot

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


def covered(credential: Credential, snapshot: Snapshot) -> Coverage:
    """What `snapshot` says about `credential` on its award date."""
    recorder = Recorder(snapshot)
    provider = resolve(credential, recorder)
    if isinstance(provider, Unresolved):
        ambiguous = provider.reason.code is Code.PROVIDER_AMBIGUOUS
        outcome = Outcome.INDETERMINATE if ambiguous else Outcome.NOT_FOUND
        return _coverage(credential, recorder, None, Verdict(outcome, reasons=(provider.reason,)), ())
    question = Question(credential, provider, recorder)
    ways = reaches(question)
    paths = tuple(Path(way.kind, way.provider, _alone(question, way)) for way in ways)
    closed = not_open(provider, credential.award_date)
    verdict = (
        Verdict(Outcome.INDETERMINATE, reasons=(closed,)) if closed else _together(question, ways, paths)
    )
    return _coverage(credential, recorder, provider.id, _with_context(question, verdict), paths)


def dependencies(credential: Credential, snapshot: Snapshot) -> Dependencies:
    """Every registry id that the answer to this question rests on."""
    return covered(credential, snapshot).dependencies


def _alone(question: Question, way: Reach) -> Verdict:
    """What one way says by itself."""
    if way.unused:
        return Verdict(Outcome.NOT_FOUND, reasons=(way.unused,))
    verdict = judge(question, way.candidates)
    if way.refer is None or verdict.outcome.absent:
        return verdict
    return Verdict(Outcome.REFER, governing=verdict.governing, reasons=(way.refer, *verdict.reasons))


def _together(question: Question, ways: Sequence[Reach], paths: Sequence[Path]) -> Verdict:
    """The provider's own and its predecessor's reports decide; where they do not, the other paths do."""
    carried = [way for way in ways if way.kind in (PathKind.DIRECT, PathKind.SUCCESSOR) and not way.refer]
    own = paths[0].verdict  # the direct path
    if len(carried) > 1:
        own = judge(question, [each for way in carried for each in way.candidates])
    inherited = [path.verdict for path in paths if path.kind in (PathKind.ALLIANCE, PathKind.FACULTY)]
    yes = [verdict for verdict in (own, *inherited) if verdict.outcome.covers]
    no = [verdict for verdict in inherited if verdict.outcome is Outcome.NOT_COVERED]
    if yes and no:
        return _contradiction(yes[0], no[0])
    if _decides(own):
        return own
    referring = [path.verdict for way, path in zip(ways, paths, strict=True) if way.refer]
    referred = [verdict for verdict in referring if not verdict.outcome.absent]
    return min((own, *inherited, *referred), key=lambda each: _SAYS_MOST.index(each.outcome))


def _decides(own: Verdict) -> bool:
    """Whether a decision on the provider or its programme is in force, not nothing or mere evidence."""
    if own.outcome is Outcome.REFER:
        return bool(own.governing)
    return own.outcome is not Outcome.EVIDENCE_ONLY and not own.outcome.absent


def _contradiction(yes: Verdict, no: Verdict) -> Verdict:
    governing = (*yes.governing, *no.governing)
    found = f"{yes.outcome} but {no.outcome}"
    ids = tuple(each.report for each in governing)
    reason = Reason(Code.CONFLICTING_DECISIONS, found, "decisions in force that agree", ids)
    return Verdict(Outcome.REFER, governing=governing, reasons=(reason,))


def _with_context(question: Question, verdict: Verdict) -> Verdict:
    """Adds what a reviewer needs to read an absence: whether the registry claims to be complete."""
    notes: list[Reason] = []
    if platform := platform_only(question):
        notes.append(platform)
    if verdict.outcome.absent:
        seat = seat_of(question.provider, question.day, question.snapshot)
        listed = None if seat.country is None else seat.country.has_full_institution_list
        found = "unknown" if listed is None else "complete" if listed else "incomplete"
        notes.append(Reason(Code.INSTITUTION_LIST, found, "complete", providers=(question.provider.id,)))
    return verdict.noting(*notes)


def _coverage(
    credential: Credential,
    recorder: Recorder,
    provider: str | None,
    verdict: Verdict,
    paths: tuple[Path, ...],
) -> Coverage:
    return Coverage(
        outcome=verdict.outcome,
        grade=verdict.grade,
        scope=verdict.scope,
        governing=verdict.governing,
        permissions=verdict.permissions,
        reasons=verdict.reasons,
        paths=paths,
        provider=provider,
        award_date=credential.award_date,
        snapshot=recorder.id,
        as_of=recorder.as_of,
        dependencies=recorder.dependencies(),
    )
