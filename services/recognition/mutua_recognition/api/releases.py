"""What takes effect when everybody who has to has signed: a statement enters the log, a version is released.

All of it happens in the transaction of the last signature. The heads are locked first, so that versions have
neither gaps nor forks; what was overtaken while it waited for a signature is refused, never merged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from mutua_contracts.trust import AllianceChanged, PolicyReleased, StatementPublished, TrustStatement
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem
from mutua_kernel.outbox import Emit
from mutua_recognition.api.seats import seat_of
from mutua_recognition.catalogue import statement_of
from mutua_recognition.domain.canonical import Json, digest
from mutua_recognition.domain.content import amount
from mutua_recognition.domain.trust import extended, statement_digest
from mutua_recognition.store import SQL, compact

Kind = Literal["statement", "policy", "mandate", "standing_rule", "alliance"]


@dataclass(frozen=True, slots=True)
class Release:
    """A proposal that everybody has signed: its id and what it is about."""

    proposal: UUID
    tenant: str
    kind: Kind
    subject: Json
    at: datetime


async def release(tx: Connection, release: Release) -> Sequence[Emit]:
    """Puts it into effect; answers the facts to state. Raises `Problem` 409 where it has been overtaken."""
    match release.kind:
        case "statement":
            return await _statement(tx, release)
        case "policy":
            return await _policy(tx, release)
        case "mandate":
            await _versioned(tx, release)
            subject = release.subject
            await tx.execute(
                SQL["add_mandate"], *_key(subject), release.tenant, compact(subject), release.proposal
            )
            return ()
        case "standing_rule":
            await _versioned(tx, release)
            country = await seat_of(tx, release.tenant)
            subject = release.subject
            await tx.execute(
                SQL["add_standing_rule"],
                *_key(subject),
                release.tenant,
                compact(subject),
                country,
                release.proposal,
            )
            return ()
        case "alliance":
            return await _alliance(tx, release)


def wire(content: Json, recorded: int, revoked: int | None) -> TrustStatement:
    """A statement as events say it: credits are decimals as text."""
    scope: dict[str, Any] = dict(content["scope"])
    if scope.get("max_ects") is not None:
        scope["max_ects"] = amount(Decimal(str(scope["max_ects"])))
    return TrustStatement.model_validate(
        {**content, "scope": scope, "recorded": recorded, "revoked": revoked}
    )


async def advance_log(tx: Connection, fact: Literal["published", "revoked"], content: Json) -> int:
    """The log's next version, which this fact takes; the head is locked until the transaction ends."""
    head = await tx.fetchrow(SQL["lock_log"])
    if head is None:
        raise LookupError("the head of the trust log is missing: run the migrations")
    version = int(head["version"]) + 1
    statement = statement_of(compact(content), version, None)
    await tx.execute(SQL["advance_log"], version, extended(head["digest"], version, fact, statement))
    return version


async def _statement(tx: Connection, release: Release) -> Sequence[Emit]:
    content = release.subject
    version = await advance_log(tx, "published", content)
    added = await tx.fetchval(
        SQL["add_statement"],
        content["id"],
        release.tenant,
        content["trustee"],
        compact(content),
        statement_digest(statement_of(compact(content), version, None)),
        version,
        release.proposal,
    )
    if added is None:
        raise already_stated(str(content["id"]))
    fact = StatementPublished(statement=wire(content, version, None), version=version)
    return (Emit(fact, key=str(content["id"]), sequence=version, tenant=release.tenant),)


async def _policy(tx: Connection, release: Release) -> Sequence[Emit]:
    await _versioned(tx, release)
    id, version = _key(release.subject)
    content, name = release.subject, digest(release.subject)
    await tx.execute(SQL["add_policy"], id, version, release.tenant, compact(content), name, release.proposal)
    fact = PolicyReleased(policy=id, owner=release.tenant, version=version, digest=name, content=content)
    return (Emit(fact, key=id, sequence=version, tenant=release.tenant),)


async def _alliance(tx: Connection, release: Release) -> Sequence[Emit]:
    await _versioned(tx, release)
    id, version = _key(release.subject)
    content = {name: value for name, value in release.subject.items() if name != "version"}
    await tx.execute(SQL["put_alliance"], id, version, compact(content), release.proposal)
    fact = AllianceChanged.model_validate({**content, "alliance": id})
    return (Emit(fact, key=id, sequence=version, tenant=release.tenant),)


async def _versioned(tx: Connection, release: Release) -> None:
    """Raises the catalogue's head, and checks that this is the version after the newest one."""
    await tx.execute(SQL["advance_catalogue"])
    id, version = _key(release.subject)
    newest = await tx.fetchval(SQL[f"newest_{release.kind}"], id) or 0
    if version != newest + 1:
        raise Problem(
            409,
            "overtaken",
            "Another version was released while this one waited for its signature.",
            found=f"version {version}",
            expected=f"version {newest + 1}",
            fix="Propose it again on top of the newest version.",
        )


def already_stated(id: str) -> Problem:
    """The same words are one statement, for ever."""
    return Problem(
        409,
        "already_stated",
        "Your organisation has stated exactly this before.",
        found=id,
        expected="a statement that is not in the log",
        fix="If that one was revoked, state it anew with another `in_force` or `evidence`.",
    )


def _key(subject: Json) -> tuple[str, int]:
    return str(subject["id"]), int(subject["version"])
