"""A worker that takes events as they come from the broker, and the trust and rules that it decides by."""

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from mutua_contracts import Envelope, encode, event_type_of
from mutua_contracts.credential import CredentialIssued, CredentialStatusChanged
from mutua_contracts.model import Wire
from mutua_kernel.database import Pool
from mutua_kernel.events import Record
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor
from mutua_recognition.catalogue import Catalogue
from mutua_recognition.domain.canonical import digest, write
from mutua_recognition.domain.codes import Purpose
from mutua_recognition.domain.presets import adopt
from mutua_recognition.domain.registry import KINDS
from mutua_recognition.domain.statements import propose_statement
from mutua_recognition.domain.trust import extended, stated
from mutua_recognition.handlers import credential_handler, projection_handler
from mutua_recognition.verifying import Verifiers
from tests.in_process import SettableClock

from .lisvik import LISVIK, issuer_state, registry_entries, snapshot
from .worker import ASTERVIK, Worker

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class World(Worker):
    """A worker with its consumers. `owner` stands for what the API has released: row-level security does not
    apply to it.
    """

    def __init__(self, pool: Pool, owner: Pool, clock: SettableClock, verifiers: Verifiers) -> None:
        super().__init__(pool, clock, verifiers)
        self.owner = owner
        self._projections = self._processor("projections", projection_handler(clock))
        handler = credential_handler(Catalogue(), clock, patience=30, on_queued=lambda: None)
        self._credentials = self._processor("credentials", handler)
        self._offset = 0

    def _processor(self, name: str, handler: Any) -> Processor:
        return Processor(
            name=name,
            pool=self.pool,
            handler=handler,
            sealer=Sealer("recognition"),
            clock=self.clock,
            on_commit=lambda: None,
        )

    def _record(self, data: Wire, key: str, sequence: int = 1) -> Record:
        declared = event_type_of(data)
        envelope: Envelope[Any] = Envelope[declared.model](
            id=uuid4(),
            source="urn:mutua:test",
            type=declared.name,
            subject=key,
            time=self.clock.now(),
            partitionkey=key,
            sequence=sequence,
            tenant="test",
            traceparent=TRACE,
            data=data,
        )
        self._offset += 1
        return Record(declared.topic, 0, self._offset, key.encode(), encode(envelope), self.clock.now())

    async def publish_issuer(self, compromised_at: datetime | None = None, sequence: int = 1) -> None:
        state = issuer_state(self.key, compromised_at=compromised_at)
        await self._projections.process([self._record(state, LISVIK, sequence)])

    async def publish_registry(self, *, valid_to: date | None = None, whole: bool = True) -> None:
        """The mirror's rows, and that it is `whole`."""
        facts = registry_entries(1, valid_to=valid_to)
        records = [self._record(fact, f"{KINDS[type(fact)]}:{fact.id}") for fact in facts]
        if whole:
            records.append(self._record(snapshot(self.clock.now() - timedelta(hours=23)), "snapshot"))
        await self._projections.process(records)

    async def release(
        self, kind: str, subject: dict[str, Any], tenant: str, country: str | None = None
    ) -> None:
        """Something released, as the API writes it."""
        proposal = await self._proposed(kind, subject["id"], tenant, json.dumps(subject))
        names = ["id", "version", "tenant", "content", "proposal"]
        values: list[Any] = [subject["id"], subject.get("version", 1), tenant, json.dumps(subject), proposal]
        if kind == "policy":
            names.append("digest")
            values.append(digest(subject))
        if kind == "standing_rule":
            names.append("country")
            values.append(country)
        marks = ", ".join(f"${number}" for number in range(1, len(names) + 1))
        await self.owner.execute(f"insert into {kind} ({', '.join(names)}) values ({marks})", *values)
        await self.owner.execute("update catalogue_head set version = version + 1")

    async def _proposed(self, kind: str, id: str, tenant: str, subject: str) -> UUID:
        """Put forward by somebody; waits for nobody here."""
        proposal = uuid4()
        await self.owner.execute(
            "insert into proposal"
            " (id, tenant, kind, subject_id, subject, needs_second, first_person, first_at)"
            " values ($1, $2, $3, $4, $5, true, 'p-1', now())",
            proposal,
            tenant,
            kind,
            id,
            subject,
        )
        return proposal

    async def state(self, truster: str, trustee: str, **brakes: Any) -> str:
        """A statement of trust in the log."""
        found = propose_statement({"truster": truster, "trustee": trustee, "assurance": 2, **brakes})
        assert not hasattr(found, "flaws"), found
        statement: Any = found
        proposal = await self._proposed("statement", statement.id, truster, "{}")
        head = await self.owner.fetchrow("select version, digest from log_head")
        assert head is not None
        version = head["version"] + 1
        await self.owner.execute(
            "insert into statement (id, tenant, trustee, content, digest, recorded, stated_as, proposal)"
            " values ($1, $2, $3, $4, $1, $5, $1, $6)",
            statement.id,
            truster,
            trustee,
            json.dumps({**stated(statement), "id": statement.id}),
            version,
            proposal,
        )
        await self.owner.execute(
            "update log_head set version = $1, digest = $2",
            version,
            extended(head["digest"], version, "published", statement),
        )
        return statement.id

    async def rules(self) -> None:
        """The recogniser's policy, mandate and standing rule."""
        policy = adopt("annex-i-credit", id="uas-credit", owner=ASTERVIK, purpose=Purpose.CREDIT)
        await self.release("policy", write(policy), ASTERVIK)
        always = {"from": None, "to": None}
        mandate = {
            "id": "uas-automation",
            "recogniser": ASTERVIK,
            "version": 1,
            "purposes": ["CREDIT"],
            "effect": "decide",
            "legal_basis": ["LRC.V"],
            "during": always,
        }
        await self.release("mandate", mandate, ASTERVIK)
        rule = {
            "id": "uas-lisvik",
            "recogniser": ASTERVIK,
            "purpose": "CREDIT",
            "version": 1,
            "during": always,
            "target": None,
            "regime": "ALLIANCE",
            "issuers": [LISVIK],
            "alliance": None,
            "components": None,
        }
        await self.release("standing_rule", rule, ASTERVIK, "EE")

    async def publish_credential(self, *, tampered: bool = False) -> None:
        """Lisvik issues the award."""
        id, made = self.issue()
        form = made.bus_form
        if tampered:
            head, body, signature = form.removesuffix("~").split(".")
            form = f"{head}.{body}.{signature[:-8]}{'A' * 8}~"
        data = CredentialIssued(
            credential_id=id,
            issuer=LISVIK,
            awarding_body=LISVIK,
            country="NO",
            component="LIS-DAT-010",
            format="sd-jwt-vc",
            credential=form,
            digest=made.digest,
            award_date=date(2025, 6, 20),
            issued_at=self.clock.now() - timedelta(hours=1),
        )
        await self._credentials.process([self._record(data, id)])

    async def say(self, status: str, sequence: int, by: str = LISVIK) -> None:
        """An issuer says something of the one credential."""
        id = await self.pool.fetchval("select id from credential")
        data = CredentialStatusChanged(
            credential_id=id,
            issuer=by,
            status=status,
            previous="valid",
            reason="issued_in_error" if status == "revoked" else "under_review",
            changed_at=self.clock.now(),
        )
        await self._credentials.process([self._record(data, id, sequence)])

    async def outcome(self) -> tuple[str, list[Any]]:
        """The one request's state, and the events of it."""
        await self.evaluations.step()
        return await self.pool.fetchval("select state from request"), await self.events()


async def prepared(world: World, *chain: tuple[str, str, int], valid_to: date | None = None) -> None:
    """All is there to decide by; `chain` are statements as (truster, trustee, depth)."""
    await world.publish_issuer()
    await world.publish_registry(valid_to=valid_to)
    await world.rules()
    for truster, trustee, depth in chain:
        await world.state(truster, trustee, depth=depth)


def types(events: list[Any]) -> list[str]:
    return [event.type.removeprefix("eu.mutua.") for event in events]


def codes(event: Any) -> list[str]:
    return [reason.code for reason in event.data.reasons]
