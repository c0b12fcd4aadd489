"""What takes effect when everybody who has to has signed: a statement enters the log, a version is released.

All of it happens in the transaction of the last signature. The heads are locked first, so that versions have
neither gaps nor forks; what was overtaken while it waited for a signature is refused, never merged.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from mutua_contracts.trust import AllianceChanged, PolicyReleased
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem
from mutua_kernel.outbox import Emit
from mutua_recognition import trust_log
from mutua_recognition.api.refusals import accepted
from mutua_recognition.api.seats import seat_of
from mutua_recognition.custody import Custody
from mutua_recognition.domain.canonical import Json, digest
from mutua_recognition.store import SQL, compact

Kind = Literal["statement", "revocation", "signing_key", "policy", "mandate", "standing_rule", "alliance"]
DELAYED: frozenset[Kind] = frozenset({"statement", "revocation"})
"""What lets more through by trust takes effect some time after its second signature."""


@dataclass(frozen=True, slots=True)
class Release:
    """A proposal that everybody has signed: its id and what it is about."""

    proposal: UUID
    tenant: str
    kind: Kind
    subject: Json
    at: datetime


async def release(tx: Connection, release: Release, custody: Custody) -> Sequence[Emit]:
    """Puts it into effect; answers the facts to state. Raises `Problem` where it must not."""
    match release.kind:
        case "statement":
            entering = trust_log.Entering(release.proposal, release.tenant, release.subject, release.at)
            return accepted(await trust_log.enter(tx, custody, entering), "statement")
        case "revocation":
            return await trust_log.end(tx, release.subject["id"], release.subject["reason"])
        case "signing_key":
            return await _signing_key(tx, release)
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


async def _signing_key(tx: Connection, release: Release) -> Sequence[Emit]:
    method, jwk = release.subject["id"], json.dumps(release.subject["jwk"])
    row = (method, release.tenant, jwk, "truster", release.at, release.proposal)
    if await tx.fetchval(SQL["add_signing_key"], *row) is None:
        raise Problem(
            409,
            "already_registered",
            "This key is registered already.",
            found=method,
            expected="a key that nobody has registered",
            fix="Make a new key.",
        )
    return ()


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


def _key(subject: Json) -> tuple[str, int]:
    return str(subject["id"]), int(subject["version"])
