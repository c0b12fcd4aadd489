"""How reports reach a provider: its own, its predecessors', its alliance's, its parent's.

Coverage travels only where the registry's own rules let it: over one succession, from the alliance in whose
provision a credential was awarded, and from a university to its faculty. Everything else is at most a reason
for a person to look, and what never carries coverage is named as such.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from mutua_contracts.registry import Relation, ReportFacts
from mutua_coverage.dates import last_day, within
from mutua_coverage.eligibility import Candidate, candidate
from mutua_coverage.grading import Question
from mutua_coverage.model import PathKind
from mutua_coverage.reasons import Code, Reason
from mutua_coverage.snapshot import Row

_FROM_BEFORE = ("succeeded", "absorbed")
"""Sentences in which the other provider came before this one."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A way to reports: the candidates found there, and why they only refer or never carry."""

    kind: PathKind
    provider: str
    candidates: tuple[Candidate, ...] = ()
    refer: Reason | None = None
    """Set where the reports are at most a reason to look."""
    unused: Reason | None = None
    """Set where nothing was looked up."""


def reaches(question: Question) -> tuple[Reach, ...]:
    """All ways, the provider's own reports first."""
    own = question.provider.id
    direct = Reach(PathKind.DIRECT, own, _candidates(question, PathKind.DIRECT, own))
    return (direct, *_history(question), *_hierarchy(question))


def platform_only(question: Question) -> Reason | None:
    """Says so where the registry knows the provider as a mere platform of other providers."""
    own = question.provider.id
    rows = question.snapshot.reports_naming(own)
    if not rows or any(own in row.facts.providers for row in rows):
        return None
    return Reason(Code.PLATFORM_ONLY, "platform", "provider", tuple(sorted(row.id for row in rows)))


def _candidates(
    question: Question, kind: PathKind, subject: str, since: date | None = None, institutional: bool = False
) -> tuple[Candidate, ...]:
    """Reports on `subject`, those that ended before `since` left out."""

    def wanted(row: Row[ReportFacts]) -> bool:
        facts = row.facts
        if subject not in facts.providers or (institutional and facts.type != "institutional"):
            return False
        return since is None or last_day(facts) >= since

    rows = question.snapshot.reports_naming(subject)
    return tuple(
        candidate(row, kind, subject, question.day, question.snapshot) for row in rows if wanted(row)
    )


def _history(question: Question) -> Iterable[Reach]:
    """Providers before this one, nearest first; one hop may carry, more only refers."""
    seen = {question.provider.id}
    front = [question.provider.id]
    hop = 0
    while front:
        hop += 1
        following: list[str] = []
        for later in front:
            for earlier, relations in _before(question, later):
                if earlier in seen:
                    continue
                seen.add(earlier)
                following.append(earlier)
                yield _from_before(question, later, earlier, relations, hop)
        front = following


def _before(question: Question, provider: str) -> list[tuple[str, list[Relation]]]:
    row = question.snapshot.provider(provider)
    relations = {
        (each.other, each.kind, each.on or date.min): each
        for each in (row.facts.relations if row else ())
        if each.role == "historical"
        and each.kind in _FROM_BEFORE
        and (each.on is None or each.on <= question.day)
    }
    ordered = [relations[key] for key in sorted(relations)]
    return [(other, list(group)) for other, group in groupby(ordered, key=lambda each: each.other)]


def _from_before(question: Question, later: str, earlier: str, relations: list[Relation], hop: int) -> Reach:
    sentence = "; ".join(
        f"{later} {each.kind} {earlier} on {each.on or 'an unknown day'}" for each in relations
    )
    since = min((each.on for each in relations if each.on is not None), default=None)
    if hop > 1:
        kind, code, expected = PathKind.HISTORY, Code.BEYOND_ONE_HOP, "one succession at most"
    elif all(each.kind == "absorbed" for each in relations):
        kind, code, expected = PathKind.ABSORBED, Code.ABSORBED, "a succession"
    elif len(relations) > 1 or since is None or _inverted(question, later, earlier):
        kind, code, expected = PathKind.SUCCESSOR, Code.SUCCESSION_UNCLEAR, "one dated succession"
    else:
        return Reach(PathKind.SUCCESSOR, earlier, _candidates(question, PathKind.SUCCESSOR, earlier, since))
    refer = Reason(code, sentence, expected, providers=(earlier,))
    return Reach(kind, earlier, _candidates(question, kind, earlier, since), refer)


def _inverted(question: Question, later: str, earlier: str) -> bool:
    """Whether the other provider claims to be the later one: the registry once told the direction wrongly."""
    row = question.snapshot.provider(earlier)
    return row is not None and any(
        each.role == "historical" and each.kind in _FROM_BEFORE and each.other == later
        for each in row.facts.relations
    )


def _hierarchy(question: Question) -> Iterable[Reach]:
    wanted = question.credential.alliance
    member = wanted is None or wanted == question.provider.id
    for relation in sorted(
        question.provider.facts.relations,
        key=lambda each: (each.other, each.kind, each.role, each.valid_from or date.min),
    ):
        if relation.role == "historical":
            if relation.kind not in _FROM_BEFORE:
                yield _never(relation, "a succession")
        elif within(question.day, relation.valid_from, relation.valid_to):
            member = member or _is_parent(relation, "alliance", wanted)
            yield _up(question, relation)
    if not member and wanted is not None:
        reason = Reason(Code.NEVER_CARRIES, "not a member", f"member of {wanted} on {question.day}")
        yield Reach(PathKind.ALLIANCE, wanted, unused=reason)


def _is_parent(relation: Relation, kind: str, other: str | None) -> bool:
    return (relation.kind, relation.role, relation.other) == (kind, "parent", other)


def _up(question: Question, relation: Relation) -> Reach:
    other = relation.other
    match relation.kind, relation.role:
        case "alliance", "parent":
            if other == question.credential.alliance:
                return Reach(PathKind.ALLIANCE, other, _candidates(question, PathKind.ALLIANCE, other))
            return _never(relation, "a credential of the alliance's provision", PathKind.ALLIANCE)
        case "faculty", "parent":
            found = _candidates(question, PathKind.FACULTY, other, institutional=True)
            return Reach(PathKind.FACULTY, other, found)
        case "independent faculty or school", "parent":
            kind = PathKind.INDEPENDENT_FACULTY
            refer = Reason(Code.INDEPENDENT_FACULTY, relation.kind, "faculty", providers=(other,))
            return Reach(kind, other, _candidates(question, kind, other, institutional=True), refer)
        case "franchise or validation", "parent":
            return _never(relation, "the institution that awards it, asked about itself")
        case _:
            return _never(relation, "a relation that carries coverage")


def _never(relation: Relation, expected: str, kind: PathKind = PathKind.UNUSABLE) -> Reach:
    found = f"{relation.kind} ({relation.role})"
    return Reach(kind, relation.other, unused=Reason(Code.NEVER_CARRIES, found, expected))
