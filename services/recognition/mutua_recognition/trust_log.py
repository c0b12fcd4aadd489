"""The append-only log of statements: how one enters it, and how one ends.

Both happen in the transaction of whoever has the last word, a person or the worker when a delay is over. The
head is locked first, so that versions have neither gaps nor forks, and each fact takes one. Everything is
checked here, on entry, and never again: both parties are known, and the proof is the truster's own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from mutua_contracts.issuer import IssuerChanged
from mutua_contracts.trust import SignedForm as SignedFormWire
from mutua_contracts.trust import StatementPublished, StatementRevoked, TrustStatement
from mutua_credentials.keys import KeyRecord
from mutua_kernel.database import Connection
from mutua_kernel.outbox import Emit
from mutua_recognition.catalogue import statement_of
from mutua_recognition.custody import Custody
from mutua_recognition.domain.canonical import Json, canonical
from mutua_recognition.domain.content import amount
from mutua_recognition.domain.flaws import Refused, refused
from mutua_recognition.domain.signed import SignedForm, check_signature, signed_form, unsecured
from mutua_recognition.domain.statements import membership_of, propose_statement
from mutua_recognition.domain.trust import extended, stated, statement_digest
from mutua_recognition.store import SQL, compact
from mutua_trust import Statement
from mutua_trust.groups import Membership, expand

SIGNED = "signed"
"""Member of a proposal's subject: the document that the truster signed."""


@dataclass(frozen=True, slots=True)
class Entering:
    """A statement that everybody has signed who has to. `subject` is what was put forward."""

    proposal: UUID
    truster: str
    subject: Json
    at: datetime


async def unknown_party(tx: Connection, truster: str, trustee: str) -> Refused | None:
    """A refusal where one of the parties is not known here: `registry_not_ready` while the mirror has not
    passed a first snapshot, else `unknown_entity`.
    """
    known = {row[0] for row in await tx.fetch(SQL["known_entities"], [truster, trustee])}
    for member, entity in (("truster", truster), ("trustee", trustee)):
        if entity in known:
            continue
        if await tx.fetchval(SQL["snapshot_passed"]) is None:
            fix = "wait until the mirror has caught up"
            expected = "a first snapshot of the registry"
            return refused("registry_not_ready", f"/{member}", entity, expected, fix)
        expected = "an organisation of the registry, a released alliance, or an office that is known"
        return refused("unknown_entity", f"/{member}", entity, expected)
    return None


async def keys_of(tx: Connection, truster: str) -> list[KeyRecord]:
    """Every key that may sign for an organisation: those it publishes, and those registered here."""
    issuers = await tx.fetch(SQL["issuers_of"], [], [truster])
    published = [
        KeyRecord(
            issuer=issuer.did,
            kid=key.kid,
            jwk=key.jwk.model_dump(),
            valid_from=key.valid_from,
            valid_to=key.valid_to,
            compromised_at=key.compromised_at,
            source="truster",
        )
        for issuer in (IssuerChanged.model_validate_json(row["content"]) for row in issuers)
        for key in issuer.proof_keys
    ]
    registered = [
        KeyRecord(
            issuer=row["id"].partition("#")[0],
            kid=row["id"],
            jwk=json.loads(row["jwk"]),
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            compromised_at=row["compromised_at"],
            source=row["holder"],
        )
        for row in await tx.fetch(SQL["signing_keys_of"], truster)
    ]
    return published + registered


async def enter(tx: Connection, custody: Custody, entering: Entering) -> Sequence[Emit] | Refused:
    """Puts a statement into the log; what has to be stated, or why it cannot enter.

    Codes: those of `unknown_party` and of `check_signature`, `already_stated`, `document_differs`,
    `nobody_to_trust`.
    """
    subject, truster = entering.subject, entering.truster
    statement = statement_of(compact(subject), 0, None)
    barred = await unknown_party(tx, truster, statement.trustee)
    if barred is not None:
        return barred
    head = await _lock(tx)
    if await tx.fetchval(SQL["stated"], statement.id) is not None:
        return already_stated(statement.id)
    form = await _form(tx, custody, entering)
    if isinstance(form, Refused):
        return form
    made = await expanded(tx, statement, subject, head.version)
    if isinstance(made, Refused):
        return made
    facts: list[Emit] = []
    for each in made:
        entered = head.next("published", each)
        row = _row(entered, entering, statement, form)
        await tx.execute(SQL["add_statement"], *row.values(), entering.proposal)
        fact = StatementPublished(statement=wire({**row, "revoked": None}), version=head.version)
        facts.append(Emit(fact, key=each.id, sequence=head.version, tenant=truster))
    await tx.execute(SQL["advance_log"], head.version, head.digest)
    return facts


async def end(tx: Connection, id: str, reason: str) -> Sequence[Emit]:
    """Ends a statement, and whatever rests on it; nothing where all of it has ended already."""
    head = await _lock(tx)
    facts: list[Emit] = []
    for row in await tx.fetch(SQL["lock_resting"], id):
        statement = statement_of(row["content"], row["recorded"], None)
        head.next("revoked", statement)
        await tx.execute(SQL["revoke_statement"], row["id"], head.version, reason)
        told = wire({**dict(row), "revoked": head.version})
        fact = StatementRevoked(statement=told, version=head.version, reason=reason)
        facts.append(Emit(fact, key=row["id"], sequence=head.version, tenant=row["tenant"]))
    await tx.execute(SQL["advance_log"], head.version, head.digest)
    return facts


def wire(row: Mapping[str, Any]) -> TrustStatement:
    """A statement as events and views say it, from its row: credits are decimals as text."""
    content: Json = json.loads(row["content"])
    scope: dict[str, Any] = dict(content["scope"])
    if scope.get("max_ects") is not None:
        scope["max_ects"] = amount(Decimal(str(scope["max_ects"])))
    signed = None
    if row["document"] is not None:
        document = json.loads(row["document"])
        signed = SignedFormWire(by=row["signed_by"], digest=row["document_digest"], document=document)
    return TrustStatement.model_validate(
        {
            **content,
            "scope": scope,
            "recorded": row["recorded"],
            "revoked": row["revoked"],
            "signed": signed,
            "rests_on": tuple(row["rests_on"]),
        }
    )


def already_stated(id: str) -> Refused:
    """The same words are one statement, for ever."""
    fix = "if that one was revoked, state it anew with another `in_force` or `evidence`"
    return refused("already_stated", "/id", id, "a statement that is not in the log", fix)


@dataclass(slots=True)
class _Head:
    """The log's head while this transaction holds it."""

    version: int
    digest: str

    def next(self, fact: Literal["published", "revoked"], statement: Statement) -> Statement:
        """Takes the next version for a fact; answers the statement as recorded then."""
        self.version += 1
        self.digest = extended(self.digest, self.version, fact, statement)
        return replace(statement, recorded=self.version)


async def _lock(tx: Connection) -> _Head:
    row = await tx.fetchrow(SQL["lock_log"])
    if row is None:
        raise LookupError("the head of the trust log is missing: run the migrations")
    return _Head(row["version"], row["digest"])


async def _form(tx: Connection, custody: Custody, entering: Entering) -> SignedForm | Refused:
    """The signed form: the truster's own, or one that the service signs now in the truster's name."""
    document: Json | None = entering.subject.get(SIGNED)
    if document is None:
        words = {name: value for name, value in entering.subject.items() if name != "id"}
        document = await custody.sign(tx, entering.truster, words, entering.at)
    key = check_signature(document, await keys_of(tx, entering.truster), entering.at)
    if isinstance(key, Refused):
        return key
    read = propose_statement(unsecured(document))
    if isinstance(read, Refused):
        return read
    if read.id != entering.subject["id"]:
        return refused("document_differs", "/proof", read.id, f"the statement {entering.subject['id']}")
    return signed_form(document, key)


async def expanded(
    tx: Connection, statement: Statement, subject: Json, version: int
) -> list[Statement] | Refused:
    """What enters: the statement itself, or what it means for each member of an alliance today.

    `subject` is what was put forward, with its `membership`. Codes: those of `membership_of`,
    `nobody_to_trust`.
    """
    membership = membership_of(subject, statement)
    if isinstance(membership, Refused):
        return membership
    if membership is not Membership.FROZEN:
        return [statement]
    await tx.execute(SQL["name_alliance"], statement.trustee)
    rows = await tx.fetch(SQL["statements_by"], statement.trustee)
    by_alliance = [statement_of(row["content"], row["recorded"], row["revoked"]) for row in rows]
    made = expand(statement, membership, [one for one in by_alliance if one.visible(version)])
    if not made:
        expected = "an alliance that states trust in members, for what you rely on"
        return refused("nobody_to_trust", "/trustee", statement.trustee, expected)
    return made


def _row(entered: Statement, entering: Entering, source: Statement, form: SignedForm) -> dict[str, Any]:
    """A new row of the log, in the order of `add_statement`."""
    apart = entered.id != source.id
    return {
        "id": entered.id,
        "tenant": entering.truster,
        "trustee": entered.trustee,
        "content": compact({"id": entered.id, **stated(entered)}),
        "digest": statement_digest(entered),
        "recorded": entered.recorded,
        "signed_by": form.by,
        "document": canonical(form.document).decode(),
        "document_digest": form.digest,
        "stated_as": source.id,
        "rests_on": entered.id.split("+") if apart else [],
        "alliance": source.trustee if apart else None,
    }
