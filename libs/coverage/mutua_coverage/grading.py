"""What a positive report is worth: its grade, the permissions that it needs, and what stands in the way.

Grade A needs the obligatory system of a country in the EHEA. Everything else that covers is grade B.
"""

from dataclasses import dataclass
from datetime import date

from mutua_contracts.registry import ProviderFacts
from mutua_coverage.dates import within
from mutua_coverage.eligibility import Candidate
from mutua_coverage.matching import Match, by_identifier, by_name, differences
from mutua_coverage.model import (
    Credential,
    Governing,
    Grade,
    Outcome,
    PathKind,
    Permission,
    Scope,
    Verdict,
)
from mutua_coverage.reasons import Code, Reason
from mutua_coverage.seat import Seat, seat_of
from mutua_coverage.snapshot import Row, Snapshot

_REVIEWED_FOR_ANOTHER = (PathKind.ALLIANCE, PathKind.FACULTY)

_REVIEWED_BY_PROGRAMME = {Permission.OTHER_PROVIDER, Permission.OUTSIDE_EHEA}
"""Those whose programmes have to be reviewed themselves."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a credential of a provider that is known by now."""

    credential: Credential
    provider: Row[ProviderFacts]
    snapshot: Snapshot

    @property
    def day(self) -> date:
        return self.credential.award_date


_Obstacle = tuple[Outcome, Reason]
"""What the outcome becomes instead of coverage, and why. The first one found decides."""


@dataclass(frozen=True, slots=True)
class _Worth:
    grade: Grade
    permissions: frozenset[Permission]
    reasons: tuple[Reason, ...]
    obstacles: tuple[_Obstacle, ...]


def governed(*candidates: Candidate) -> tuple[Governing, ...]:
    """The candidates as governing reports."""
    return tuple(
        Governing(each.report.id, each.facts.agency.id, each.report.listed_at, each.report.detailed_at)
        for each in candidates
    )


def covering(question: Question, scope: Scope, report: Candidate) -> Verdict:
    """The verdict of a positive report that governs its scope."""
    worth = _worth(question, scope, report)
    if scope is Scope.PROGRAMME:
        obstacles, notes = _programme_obstacles(question, report), ()
    else:
        obstacles, notes = _provider_obstacles(question, report)
    obstacles = (*_assessment_obstacle(question, report), *obstacles, *worth.obstacles)
    if obstacles:
        reasons = tuple(reason for _, reason in obstacles)
        return Verdict(obstacles[0][0], governing=governed(report), reasons=reasons)
    conditional = report.facts.decision == "conditional"
    covers = Code.PROGRAMME_COVERED if scope is Scope.PROGRAMME else Code.PROVIDER_COVERED
    window = f"from {report.facts.valid_from} to {report.facts.valid_to or 'six years later'}"
    reasons = [Reason(covers, window, f"in force on {question.day}", (report.report.id,))]
    if conditional:
        reasons.append(Reason(Code.CONDITIONS, report.facts.decision, "positive", (report.report.id,)))
    return Verdict(
        Outcome.COVERED_CONDITIONAL if conditional else Outcome.COVERED,
        worth.grade,
        scope,
        governed(report),
        worth.permissions | ({Permission.CONDITIONAL} if conditional else frozenset()),
        (*reasons, *worth.reasons, *notes),
    )


def undecided(question: Question, scope: Scope, report: Candidate) -> Verdict:
    """The verdict of a report without one that governs its scope: evidence, unless its programme is not what
    the credential says.
    """
    obstacles = _programme_obstacles(question, report) if scope is Scope.PROGRAMME else ()
    none = Reason(Code.NO_VERDICT, report.facts.decision, "positive", (report.report.id,))
    outcome = Outcome.REFER if obstacles else Outcome.EVIDENCE_ONLY
    reasons = (*(reason for _, reason in obstacles), none)
    return Verdict(outcome, governing=governed(report), reasons=reasons)


def _worth(question: Question, scope: Scope, report: Candidate) -> _Worth:
    bodies = [question.provider]
    missing = False
    if report.kind in _REVIEWED_FOR_ANOTHER:
        subject = question.snapshot.provider(report.subject)
        missing = subject is None or subject.gone
        bodies += [] if subject is None else [subject]
    seats = [seat_of(body, question.day, question.snapshot) for body in bodies]
    if missing:
        seats.append(Seat(None, f"{report.subject}: not in the snapshot"))
    permissions: set[Permission] = set()
    reasons: list[Reason] = []
    about = (report.report.id,)
    if not report.obligatory:
        permissions.add(Permission.VOLUNTARY)
        reasons.append(Reason(Code.VOLUNTARY, report.facts.status, "obligatory", about))
    if others := [body.id for body in bodies if body.facts.other_provider]:
        permissions.add(Permission.OTHER_PROVIDER)
        reasons.append(Reason(Code.OTHER_PROVIDER, ", ".join(others), "higher education institution", about))
    if outside := [seat.found for seat in seats if seat.in_ehea is False]:
        permissions.add(Permission.OUTSIDE_EHEA)
        reasons.append(Reason(Code.OUTSIDE_EHEA, ", ".join(outside), "seat in the EHEA", about))
    unclear = [seat.found for seat in seats if seat.in_ehea is None]
    obstacles: list[_Obstacle] = []
    if unclear:
        reason = Reason(Code.SEAT_UNCERTAIN, "; ".join(unclear), "one verified seat in the EHEA", about)
        if not permissions:  # only grade A depends on the seat
            obstacles.append((Outcome.INDETERMINATE, reason))
        permissions.add(Permission.OUTSIDE_EHEA)
        reasons.append(reason)
    if scope is Scope.PROVIDER and permissions & _REVIEWED_BY_PROGRAMME:
        permissions.add(Permission.NO_PROGRAMME_MATCH)
    return _Worth(
        Grade.B if permissions else Grade.A, frozenset(permissions), tuple(reasons), tuple(obstacles)
    )


def _programme_obstacles(question: Question, report: Candidate) -> tuple[_Obstacle, ...]:
    """Where the programme is not what the credential says; a row with its identifier goes before others."""
    credential, facts = question.credential, report.facts
    identified = [row for row in facts.programmes if by_identifier(credential, facts, row)]
    named = [row for row in facts.programmes if by_name(credential, row) is Match.EXACT]
    gaps = min((differences(credential, row) for row in identified or named), key=len)
    return tuple(
        (
            Outcome.REFER,
            Reason(Code.PROGRAMME_DIFFERS, f"{what} {found}", f"{what} {expected}", (report.report.id,)),
        )
        for what, found, expected in gaps
    )


def _assessment_obstacle(question: Question, report: Candidate) -> tuple[_Obstacle, ...]:
    stated = question.credential.assessment
    if stated in (None, "assessment"):
        return ()
    return ((Outcome.REFER, Reason(Code.NOT_ASSESSED, stated, "assessment", (report.report.id,))),)


def _provider_obstacles(
    question: Question, report: Candidate
) -> tuple[tuple[_Obstacle, ...], tuple[Reason, ...]]:
    """What stands in the way of coverage as a provider, and what is only worth a note."""
    obstacles: list[_Obstacle] = []
    notes: list[Reason] = []
    levels = question.provider.facts.levels
    offered = sorted({each.eqf for each in levels if within(question.day, each.valid_from, each.valid_to)})
    level, about = question.credential.level, (report.report.id,)
    if not levels:
        notes.append(Reason(Code.LEVELS_UNKNOWN, "no levels in the registry", f"level {level}", about))
    elif level is None and offered:
        notes.append(Reason(Code.LEVEL_NOT_STATED, "no level", f"one of {offered}", about))
    elif level not in offered:
        reason = Reason(Code.LEVEL_NOT_OFFERED, f"level {level}", f"one of {offered}", about)
        obstacles.append((Outcome.REFER, reason))
    if question.credential.degree:
        obstacles.extend(_degree_obstacle(question, about))
    return tuple(obstacles), tuple(notes)


def _degree_obstacle(question: Question, about: tuple[str, ...]) -> list[_Obstacle]:
    seat = seat_of(question.provider, question.day, question.snapshot)
    required = seat.requires_programme_level(question.day)
    if required is None:
        expected = f"one verified seat in a system whose requirements on {question.day} are known"
        return [(Outcome.INDETERMINATE, Reason(Code.REQUIREMENTS_UNKNOWN, seat.found, expected, about))]
    if not required:
        return []
    expected = "a report on the degree programme"
    return [(Outcome.EVIDENCE_ONLY, Reason(Code.PROGRAMME_LEVEL_REQUIRED, seat.found, expected, about))]
