"""The rule: whether the registry's reports covered a credential on the day of its award.

A pure function of a credential and a snapshot. Absence of reports is never a refusal, and whatever cannot be
told or contradicts itself goes to a person.
"""

from mutua_coverage.grading import Question
from mutua_coverage.model import Coverage, Credential, Outcome, Path, Verdict
from mutua_coverage.paths import platform_only, reaches
from mutua_coverage.reasons import Code, Reason
from mutua_coverage.resolve import Unresolved, not_open, resolve
from mutua_coverage.seat import seat_of
from mutua_coverage.snapshot import Dependencies, Recorder, Snapshot
from mutua_coverage.weighing import alone, together


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
    verdicts = [alone(question, way) for way in ways]
    if closed := not_open(provider, credential.award_date):
        verdict = Verdict(Outcome.INDETERMINATE, reasons=(closed,))
    else:
        verdict = together(question, ways, verdicts)
    paths = tuple(Path(way.kind, way.provider, each) for way, each in zip(ways, verdicts, strict=True))
    return _coverage(credential, recorder, provider.id, _with_context(question, verdict), paths)


def untold(credential: Credential, snapshot: Snapshot) -> Coverage:
    """The answer where no reading of the registry was complete: what is missing may be anything."""
    reason = Reason(Code.NO_SNAPSHOT, "no complete reading of the registry", "one, however old")
    verdict = Verdict(Outcome.INDETERMINATE, reasons=(reason,))
    return _coverage(credential, Recorder(snapshot), None, verdict, ())


def dependencies(credential: Credential, snapshot: Snapshot) -> Dependencies:
    """Every registry id that the answer to this question rests on."""
    return covered(credential, snapshot).dependencies


def _with_context(question: Question, verdict: Verdict) -> Verdict:
    """Adds what a reviewer needs to read the answer, above all an absence: whether the registry claims to be
    complete.
    """
    context: list[Reason] = []
    if platform := platform_only(question):
        context.append(platform)
    if question.day > (known := question.snapshot.as_of.date()):
        context.append(Reason(Code.AWARD_AFTER_SNAPSHOT, f"facts of {known}", f"facts of {question.day}"))
    if verdict.outcome.absent:
        seat = seat_of(question.provider, question.day, question.snapshot)
        listed = None if seat.country is None else seat.country.has_full_institution_list
        found = "unknown" if listed is None else "complete" if listed else "incomplete"
        context.append(Reason(Code.INSTITUTION_LIST, found, "complete", providers=(question.provider.id,)))
    return verdict.noting(*context)


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
