"""Statements of trust on their way into the log: read strictly, named by content, wider told from narrower.

A proposal becomes a statement whose id is the digest of what was stated, so that the same words are never two
statements. Distrust is refused with a code until decisions honour it: accepting what has no effect would
mislead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.flaws import Flaw, Refused, quote, refused
from mutua_recognition.domain.trust import statement_digest
from mutua_trust import Flaw as TrustFlaw
from mutua_trust import Interval, Polarity, Scope, Statement, statement_from_json

_MEMBERS: Final = frozenset(
    {
        "truster",
        "trustee",
        "polarity",
        "scope",
        "depth",
        "assurance",
        "in_force",
        "covers_awards",
        "evidence",
    }
)
_NESTED: Final[Mapping[str, frozenset[str]]] = {
    "scope": frozenset({"isced_f", "eqf", "max_ects", "assessment", "mode", "aspects"}),
    "in_force": frozenset({"from", "to"}),
    "covers_awards": frozenset({"from", "to"}),
}
EVIDENCE_NEEDED: Final = 3
"""From this assurance on a statement rests on external quality assurance and must name it."""


def propose_statement(data: Json) -> Statement | Refused:
    """A statement as its truster proposes it, or what is wrong with it. Not in the log yet: `recorded` is 0.

    Members are those of the wire without `id`, `recorded` and `revoked`; an unknown one is refused, because a
    misspelt brake must not be lost. Codes beside those of the wire: `unknown_member`,
    `distrust_not_honoured` and `evidence_missing`.
    """
    unknown = [name for name in data if name not in _MEMBERS]
    for member, known in _NESTED.items():
        nested: Any = data.get(member)
        if isinstance(nested, dict):
            unknown += [f"{member}/{name}" for name in nested if name not in known]
    if unknown:
        return Refused(tuple(Flaw("unknown_member", f"/{name}", name, "no such member") for name in unknown))
    read = statement_from_json({**data, "polarity": data.get("polarity", "trust"), "id": "proposed"})
    if isinstance(read, TrustFlaw):
        path = "/" + (read.field or "").replace(".", "/")
        return Refused((Flaw(read.code, path, quote(read.found), read.expected),))
    if read.polarity is Polarity.DISTRUST:
        fix = "revoke your statements of trust instead; without them nothing is accepted automatically"
        return refused("distrust_not_honoured", "/polarity", read.polarity, "trust", fix)
    if read.assurance >= EVIDENCE_NEEDED and not read.evidence:
        expected = f"a report or agreement, as assurance {int(read.assurance)} needs one"
        return refused("evidence_missing", "/evidence", None, expected)
    return named(read)


def named(statement: Statement) -> Statement:
    """The statement under the id that its content gives it: the digest of all that the truster stated."""
    return replace(statement, id=statement_digest(statement))


def widens(statement: Statement, log: Iterable[Statement], version: int) -> bool:
    """Whether it lets more through than any one statement that already counts.

    What does not needs no second signer.
    """
    return not any(
        known.polarity is Polarity.TRUST and known.visible(version) and _within(statement, known)
        for known in log
    )


def _within(new: Statement, known: Statement) -> bool:
    return (
        (new.truster, new.trustee) == (known.truster, known.trustee)
        and new.depth <= known.depth
        and new.assurance <= known.assurance
        and _scope_within(new.scope, known.scope)
        and _days_within(new.in_force, known.in_force)
        and _days_within(new.covers_awards, known.covers_awards)
    )


def _scope_within(new: Scope, known: Scope) -> bool:
    pairs = (
        (new.fields, known.fields),
        (new.levels, known.levels),
        (new.assessments, known.assessments),
        (new.modes, known.modes),
        (new.aspects, known.aspects),
    )
    sets_within = all(outer is None or (inner is not None and inner <= outer) for inner, outer in pairs)
    limit = known.max_ects
    return sets_within and (limit is None or (new.max_ects is not None and new.max_ects <= limit))


def _days_within(new: Interval, known: Interval) -> bool:
    starts = known.start is None or (new.start is not None and known.start <= new.start)
    ends = known.end is None or (new.end is not None and new.end <= known.end)
    return starts and ends
