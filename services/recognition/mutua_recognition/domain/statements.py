"""Statements of trust and distrust on their way into the log: read strictly, named by content, wider told
from narrower.

A proposal becomes a statement whose id is the digest of what was stated, so that the same words are never two
statements. What a member says about an alliance says whether later members count, and enters the log as what
it means for each member of the day, or follows them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.flaws import Flaw, Refused, quote, refused
from mutua_recognition.domain.trust import statement_digest
from mutua_trust import Flaw as TrustFlaw
from mutua_trust import Interval, Polarity, Scope, Statement, statement_from_json
from mutua_trust.groups import Membership
from mutua_trust.statement import Assurance

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
        "membership",
    }
)
_NESTED: Final[Mapping[str, frozenset[str]]] = {
    "scope": frozenset({"isced_f", "eqf", "max_ects", "assessment", "mode", "aspects"}),
    "in_force": frozenset({"from", "to"}),
    "covers_awards": frozenset({"from", "to"}),
}
ALLIANCE: Final = "alliance:"
"""How ids of alliances begin."""
_DECIMAL: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
EVIDENCE_NEEDED: Final = 3
"""From this assurance on a statement rests on external quality assurance and must name it."""


def propose_statement(data: Json) -> Statement | Refused:
    """A statement as its truster proposes it, or what is wrong with it. Not in the log yet: `recorded` is 0.

    Members are those of the wire without `id`, `recorded` and `revoked`, and `membership`; an unknown one is
    refused, because a misspelt brake must not be lost. Codes beside those of the wire: `unknown_member`,
    `evidence_missing` and those of `membership_of`.
    """
    unknown = [name for name in data if name not in _MEMBERS]
    for member, known in _NESTED.items():
        nested: Any = data.get(member)
        if isinstance(nested, dict):
            unknown += [f"{member}/{name}" for name in nested if name not in known]
    if unknown:
        return Refused(tuple(Flaw("unknown_member", f"/{name}", name, "no such member") for name in unknown))
    given = {**_numbers(data), "polarity": data.get("polarity", "trust"), "id": "proposed"}
    read = statement_from_json(given)
    if isinstance(read, TrustFlaw):
        path = "/" + (read.field or "").replace(".", "/")
        return Refused((Flaw(read.code, path, quote(read.found), read.expected),))
    if read.assurance >= EVIDENCE_NEEDED and not read.evidence:
        expected = f"a report or agreement, as assurance {int(read.assurance)} needs one"
        return refused("evidence_missing", "/evidence", None, expected)
    membership = membership_of(data, read)
    return membership if isinstance(membership, Refused) else named(read)


def _numbers(data: Json) -> Json:
    """Credits as the trust library takes them: here, as in events, they may be decimals as text."""
    scope: Any = data.get("scope")
    limit: Any = scope.get("max_ects") if isinstance(scope, dict) else None
    if isinstance(limit, str) and _DECIMAL.fullmatch(limit):
        return {**data, "scope": {**scope, "max_ects": float(limit)}}
    return data


def membership_of(data: Json, statement: Statement) -> Membership | Refused | None:
    """What a statement says about members that join an alliance later; None where it is about no alliance, or
    does not travel to its members.

    Codes: `unknown_code`, `not_an_alliance`, `membership_missing`, `assurance_too_low`.
    """
    given: Any = data.get("membership")
    if given is not None and given not in list(Membership):
        return refused("unknown_code", "/membership", given, "frozen or follow")
    travels = statement.polarity is Polarity.TRUST and statement.depth > 0
    if given is None:
        if not travels or not statement.trustee.startswith(ALLIANCE):
            return None
        expected = "frozen (the members of today) or follow (members from their entry)"
        return refused("membership_missing", "/membership", None, expected)
    if not statement.trustee.startswith(ALLIANCE) or not travels:
        return refused("not_an_alliance", "/membership", given, "trust in an alliance, of depth 1 or more")
    if given == Membership.FOLLOW and statement.assurance < Assurance.AGREEMENT:
        return refused("assurance_too_low", "/assurance", int(statement.assurance), "2 or more to follow")
    return Membership(given)


def named(statement: Statement) -> Statement:
    """The statement under the id that its content gives it: the digest of all that the truster stated."""
    return replace(statement, id=statement_digest(statement))


def widens(statement: Statement, log: Iterable[Statement], version: int) -> bool:
    """Whether it lets more through than any one statement that already counts.

    What does not needs no second signer; distrust never does.
    """
    return statement.polarity is Polarity.TRUST and not any(
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
