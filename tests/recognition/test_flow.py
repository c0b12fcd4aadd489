"""From issued credentials to outcomes on real PostgreSQL: what a worker does, without the broker in
between."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from mutua_contracts import Envelope, decode, encode, event_type_of
from mutua_contracts.credential import CredentialIssued, CredentialStatusChanged
from mutua_contracts.issuer import Identifier, IssuerChanged, IssuerKey, PublicJwk
from mutua_contracts.model import Wire
from mutua_contracts.registry import (
    AgencyChanged,
    AgencyFacts,
    AgencyRef,
    CountryChanged,
    CountryFacts,
    ProviderChanged,
    ProviderFacts,
    ProviderLocation,
    ProviderName,
    QfLevel,
    ReportChanged,
    ReportFacts,
    SnapshotCompleted,
)
from mutua_credentials import annex_i, sdjwt
from mutua_credentials.keys import PrivateKey
from mutua_kernel.database import Pool, open_pool
from mutua_kernel.events import Record
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor
from mutua_kernel.relay import Wakeup
from mutua_kernel.vault import Vault
from mutua_local.roles import Database
from mutua_recognition.catalogue import Catalogue
from mutua_recognition.domain.canonical import digest, write
from mutua_recognition.domain.codes import Purpose
from mutua_recognition.domain.inputs import replay
from mutua_recognition.domain.presets import adopt
from mutua_recognition.domain.statements import propose_statement
from mutua_recognition.domain.trust import extended, log_view, stated
from mutua_recognition.evaluation import Evaluations
from mutua_recognition.handlers import credential_handler, projection_handler
from mutua_recognition.verifying import Verifiers

pytestmark = pytest.mark.servers

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
ISSUER, FRIEND, RECOGNISER = "DEQARINST7105", "DEQARINST7103", "DEQARINST7101"
ISS = "https://univ-lisvik.example"


class At:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class World:
    """A worker's parts on one database."""

    def __init__(self, pool: Pool, owner: Pool, verifiers: Verifiers) -> None:
        self.pool, self.owner, self.clock = pool, owner, At()
        self.key = PrivateKey.generate()
        sealer = Sealer("recognition")
        self._projections = self._processor("projections", projection_handler(self.clock), sealer)
        handler = credential_handler(Catalogue(), self.clock, patience=30, on_queued=lambda: None)
        self._issued = self._processor("credentials", handler, sealer)
        self.evaluations = Evaluations(
            pool,
            Catalogue(),
            sealer,
            self.clock,
            at_once=50,
            budget=None,
            verifiers=verifiers,
            vault=Vault(bytes(32), "recognition"),
            queued=Wakeup(),
            published=Wakeup(),
        )
        self._offset = 0

    def _processor(self, name: str, handler: Any, sealer: Sealer) -> Processor:
        return Processor(
            name=name,
            pool=self.pool,
            handler=handler,
            sealer=sealer,
            clock=self.clock,
            on_commit=lambda: None,
        )

    def record(self, data: Wire, key: str, sequence: int = 1) -> Record:
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
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            data=data,
        )
        self._offset += 1
        return Record(declared.topic, 0, self._offset, key.encode(), encode(envelope), self.clock.now())

    async def project(self, *facts: tuple[Wire, str]) -> None:
        await self._projections.process([self.record(data, key) for data, key in facts])

    async def publish_issuer(self, compromised_at: datetime | None = None, sequence: int = 1) -> None:
        public = {name: self.key.public_jwk[name] for name in ("x", "y")}
        key = IssuerKey(
            kid=self.key.kid,
            alg="ES256",
            jwk=PublicJwk(**public),
            valid_from=datetime(2025, 1, 1, tzinfo=UTC),
            compromised_at=compromised_at,
        )
        state = IssuerChanged(
            issuer=ISSUER,
            iss=ISS,
            did="did:web:univ-lisvik.example",
            names={"en": "University of Lisvik"},
            country="NO",
            identifiers=(Identifier(scheme="DEQARINST", value=ISSUER),),
            keys=(key,),
        )
        await self._projections.process([self.record(state, ISSUER, sequence)])

    async def publish_registry(self, *, valid_to: date | None = None, snapshot: bool = True) -> None:
        place = ProviderLocation(country="NO", city="Lisvik", verified=True)
        common: dict[str, Any] = {"registry": "deqar", "revision": 1}
        provider = ProviderFacts(
            names=(ProviderName(name="University of Lisvik", kind="official"),),
            countries=(place,),
            founded=date(1968, 1, 1),
            levels=(QfLevel(eqf=6), QfLevel(eqf=7)),
        )
        report = ReportFacts(
            agency=AgencyRef(id="21", acronym="NAQA"),
            providers=(ISSUER,),
            type="institutional",
            status="obligatory",
            decision="positive",
            flag="none",
            valid_from=date(2022, 1, 1),
            valid_to=valid_to,
        )
        agency = AgencyFacts(acronym="NAQA", name="Northern Agency", registered_from=date(2015, 1, 1))
        country = CountryFacts(code="NO", name="Norway", ehea_member=True)
        await self.project(
            (ProviderChanged(id=ISSUER, facts=provider, **common), f"provider:{ISSUER}"),
            (ReportChanged(id="800123", facts=report, **common), "report:800123"),
            (AgencyChanged(id="21", facts=agency, **common), "agency:21"),
            (CountryChanged(id="1", facts=country, **common), "country:1"),
        )
        if snapshot:
            done = SnapshotCompleted(
                registry="deqar",
                snapshot="2026-11-15T02:00:00Z",
                started_at=NOW - timedelta(days=1),
                completed_at=NOW - timedelta(hours=23),
                digest="sha256:" + "e" * 64,
                counts={"provider": 1, "report": 1, "agency": 1, "country": 1},
            )
            await self.project((done, "snapshot"))

    async def release(
        self, kind: str, subject: dict[str, Any], tenant: str, country: str | None = None
    ) -> None:
        """Something released, as the API writes it."""
        proposal = uuid4()
        await self.owner.execute(
            "insert into proposal"
            " (id, tenant, kind, subject_id, subject, needs_second, first_person, first_at)"
            " values ($1, $2, $3, $4, $5, true, 'p-1', now())",
            proposal,
            tenant,
            kind,
            subject["id"],
            json.dumps(subject),
        )
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

    async def state(self, truster: str, trustee: str, **brakes: Any) -> str:
        """A statement of trust in the log."""
        found = propose_statement({"truster": truster, "trustee": trustee, "assurance": 2, **brakes})
        assert not hasattr(found, "flaws"), found
        statement: Any = found
        proposal = uuid4()
        await self.owner.execute(
            "insert into proposal"
            " (id, tenant, kind, subject_id, subject, needs_second, first_person, first_at)"
            " values ($1, $2, 'statement', $3, '{}', true, 'p-1', now())",
            proposal,
            truster,
            statement.id,
        )
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
        policy = adopt("annex-i-credit", id="uas-credit", owner=RECOGNISER, purpose=Purpose.CREDIT)
        await self.release("policy", write(policy), RECOGNISER)
        always = {"from": None, "to": None}
        mandate = {
            "id": "uas-automation",
            "recogniser": RECOGNISER,
            "version": 1,
            "purposes": ["CREDIT"],
            "effect": "decide",
            "legal_basis": ["LRC.V"],
            "during": always,
        }
        await self.release("mandate", mandate, RECOGNISER)
        rule = {
            "id": "uas-lisvik",
            "recogniser": RECOGNISER,
            "purpose": "CREDIT",
            "version": 1,
            "during": always,
            "target": None,
            "regime": "ALLIANCE",
            "issuers": [ISSUER],
            "alliance": None,
            "components": None,
        }
        await self.release("standing_rule", rule, RECOGNISER, "EE")

    def issued(self, *, tampered: bool = False) -> tuple[CredentialIssued, str]:
        content = annex_i.check(CONTENT)
        assert isinstance(content, annex_i.MicroCredential)
        id = f"urn:uuid:{uuid4()}"
        made = sdjwt.issue(
            content, signer=self.key, issuer=ISS, credential_id=id, issued_at=NOW - timedelta(hours=1)
        )
        form = made.bus_form
        if tampered:
            head, body, signature = form.removesuffix("~").split(".")
            form = f"{head}.{body}.{signature[:-8]}{'A' * 8}~"
        return (
            CredentialIssued(
                credential_id=id,
                issuer=ISSUER,
                awarding_body=ISSUER,
                country="NO",
                component="LIS-DAT-010",
                format="sd-jwt-vc",
                credential=form,
                digest=made.digest,
                award_date=date(2025, 6, 20),
                issued_at=NOW - timedelta(hours=1),
            ),
            id,
        )

    async def issue(self, *, tampered: bool = False) -> None:
        data, id = self.issued(tampered=tampered)
        await self._issued.process([self.record(data, id)])

    async def say(self, status: str, sequence: int, by: str = ISSUER) -> None:
        """The issuer says something of the one credential."""
        id = await self.pool.fetchval("select id from credential")
        data = CredentialStatusChanged(
            credential_id=id,
            issuer=by,
            status=status,
            previous="valid",
            reason="issued_in_error" if status == "revoked" else "under_review",
            changed_at=self.clock.now(),
        )
        await self._issued.process([self.record(data, id, sequence)])

    async def outcome(self) -> tuple[str, list[Any]]:
        """The one request's state, and the events of it."""
        await self.evaluations.step()
        state = await self.pool.fetchval("select state from request")
        rows = await self.pool.fetch("select payload from outbox order by position")
        return state, [decode(row["payload"]) for row in rows]


CONTENT: dict[str, Any] = {
    "learner": {"identifiers": [{"scheme": "local", "value": "s-1042"}]},
    "title": {"en": "Data literacy"},
    "country_of_issuer": {"country": "NO"},
    "awarding_body": {
        "name": {"en": "University of Lisvik"},
        "identifiers": [{"scheme": "DEQARINST", "value": ISSUER}],
    },
    "date_of_issuing": "2025-06-20",
    "learning_outcomes": [{"statement": {"en": "Explains what a sample can and cannot show"}}],
    "workload": {"ects": "5"},
    "level": {"eqf": 6},
    "type_of_assessment": ["written-examination"],
    "form_of_participation": ["online"],
    "type_of_quality_assurance": [{"type": "institutional-quality-assurance"}],
    "field_of_study": ["0613"],
    "component": "LIS-DAT-010",
}


async def own_schema(connection: Any) -> None:
    await connection.execute("set search_path = recognition")


@pytest.fixture
def migrated(service_database: Callable[..., Database]) -> Database:
    return service_database("recognition")


@pytest.fixture
async def world(migrated: Database, verifiers: Verifiers) -> AsyncIterator[World]:
    database = migrated
    pool = await open_pool(database.url("recognition_worker"), name="test", size=4)
    # The superuser stands for what the API has released: row-level security does not apply to it.
    url = database.url("recognition_owner").split("@")
    owner = await open_pool(
        database.server.split("@")[0] + "@" + url[1], name="test", size=2, setup=own_schema
    )
    yield World(pool, owner, verifiers)
    await pool.close()
    await owner.close()


def types(events: list[Any]) -> list[str]:
    return [event.type.removeprefix("eu.mutua.") for event in events]


async def prepared(world: World, *chain: tuple[str, str, int], valid_to: date | None = None) -> None:
    await world.publish_issuer()
    await world.publish_registry(valid_to=valid_to)
    await world.rules()
    for truster, trustee, depth in chain:
        await world.state(truster, trustee, depth=depth)


async def test_a_direct_statement_gives_an_automatic_yes(world: World) -> None:
    await prepared(world, (RECOGNISER, ISSUER, 0))
    await world.issue()
    state, events = await world.outcome()
    assert state == "anticipated"
    assert types(events) == ["recognition.requested.v1", "recognition.decided.v1"]
    assert [event.sequence for event in events] == [1, 2]
    decided = events[1].data
    assert decided.outcome == "RECOGNISED_FULL"
    assert decided.decided_by == "machine"
    assert decided.mandate == "uas-automation"
    assert decided.effect.holder == "on_presentation"
    assert "TRUST.DIRECT" in [reason.code for reason in decided.reasons]
    assert {event.traceparent for event in events} == {
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    }


async def test_a_friend_of_a_friend_gives_an_automatic_yes_that_replays(world: World) -> None:
    await prepared(world, (RECOGNISER, FRIEND, 1), (FRIEND, ISSUER, 0))
    await world.issue()
    state, events = await world.outcome()
    assert state == "anticipated"
    assert len(events[1].data.chain) == 2
    row = await world.pool.fetchrow("select content, content_digest, inputs_digest from record")
    assert row is not None
    bodies = {
        each["digest"]: json.loads(each["body"])
        for each in await world.pool.fetch("select digest, body from evidence")
    }
    head = await world.owner.fetchrow("select version, digest from log_head")
    assert head is not None
    catalogue = Catalogue()
    async with world.pool.acquire() as connection:
        await catalogue.refresh(connection)
    log = log_view(list(catalogue.index), head["version"], head["digest"])
    again = replay(bodies[row["inputs_digest"]], bodies, log)
    assert again.digest == row["content_digest"], again


async def test_distrust_of_whoever_relies_on_a_friend_bars_the_chain(world: World) -> None:
    await prepared(world, (RECOGNISER, FRIEND, 1), (FRIEND, ISSUER, 0))
    distrust = await world.state(RECOGNISER, ISSUER, polarity="distrust", assurance=1)
    await world.issue()
    assert (await world.outcome())[0] == "dormant"
    content = json.loads(await world.pool.fetchval("select content from record"))
    assert (content["trust"]["reason"], content["trust"]["vetoed_by"]) == ("distrust", [distrust])
    used = await world.pool.fetch("select evidence from evidence_use")
    assert f"statement:{distrust}" in [row["evidence"] for row in used]


async def test_a_chain_that_ends_too_early_stays_dormant(world: World) -> None:
    await prepared(world, (RECOGNISER, FRIEND, 0), (FRIEND, ISSUER, 0))
    await world.issue()
    state, events = await world.outcome()
    assert state == "dormant"
    assert types(events) == ["recognition.requested.v1"]
    assert events[0].data.state == "dormant"
    content = json.loads(await world.pool.fetchval("select content from record"))
    assert content["deciding_stage"] == "S6"
    assert content["trust"]["nearest_miss"]["failures"][0]["constraints"] == ["depth"]


async def test_presented_it_goes_to_review_and_a_person_is_given_until_when(world: World) -> None:
    await prepared(world, (RECOGNISER, ISSUER, 0), valid_to=date(2025, 6, 19))
    await world.issue()
    await world.outcome()
    await world.pool.execute("update request set presented_at = $1", NOW)
    await world.pool.execute(
        "insert into due (request, due_at, give_up_at, cause_kind, cause_id)"
        " select id, now(), now(), 'presented', 'c-2' from request"
    )
    state, events = await world.outcome()
    assert state == "in_review"
    assert types(events) == ["recognition.requested.v1", "review.requested.v1"]
    review = events[1].data
    assert review.deciding_stage == "S5"
    assert "QA.NOT_AT_AWARD_DATE" in [reason.code for reason in review.reasons]
    assert review.due_on == date(2026, 11, 30)
    assert events[1].sequence == 2
    assert await world.pool.fetchval("select count(*) from record") == 2


async def test_a_wrong_signature_in_an_authentic_event_is_inadmissible_and_hidden(world: World) -> None:
    await prepared(world, (RECOGNISER, ISSUER, 0))
    await world.issue(tampered=True)
    state, events = await world.outcome()
    assert state == "inadmissible"
    assert types(events) == ["recognition.requested.v1", "recognition.inadmissible.v1"]
    assert [reason.code for reason in events[1].data.reasons] == ["AUTH.SIG_INVALID"]
    content = json.loads(await world.pool.fetchval("select content from record"))
    assert content["coverage"] is None
    assert content["trust"] is None


async def test_evidence_that_is_not_there_yet_is_waited_for_then_a_person_looks(world: World) -> None:
    await world.rules()
    await world.publish_registry(snapshot=False)
    await world.issue()
    state, events = await world.outcome()
    assert (state, events) == ("waiting", [])
    await world.publish_issuer()
    await world.publish_registry()
    await world.state(RECOGNISER, ISSUER)
    await world.pool.execute("update due set due_at = now()")
    state, _ = await world.outcome()
    assert state == "anticipated"


async def test_evidence_that_never_comes_is_not_waited_for_for_ever(world: World) -> None:
    await world.rules()
    await world.publish_registry()
    await world.issue()
    assert (await world.outcome())[0] == "waiting"
    world.clock.time = datetime.now(UTC) + timedelta(minutes=1)
    await world.pool.execute("update due set due_at = now()")
    state, _ = await world.outcome()
    assert state == "dormant"
    content = json.loads(await world.pool.fetchval("select content from record"))
    assert "AUTH.KEY_UNREACHABLE" in [reason["code"] for reason in content["reasons"]]


async def test_a_revocation_counts_for_the_next_credential(world: World) -> None:
    await prepared(world, (RECOGNISER, ISSUER, 0))
    await world.issue()
    assert (await world.outcome())[0] == "anticipated"
    await world.owner.execute("update statement set revoked = 2")
    await world.owner.execute("update log_head set version = 2, digest = $1", "sha256:" + "1" * 64)
    await world.issue()
    await world.evaluations.step()
    rows = await world.pool.fetch("select state from request order by received_at, id")
    assert sorted(row["state"] for row in rows) == ["anticipated", "dormant"]


async def test_without_a_standing_rule_nobody_asks(world: World) -> None:
    await world.publish_issuer()
    await world.issue()
    assert await world.pool.fetchval("select count(*) from credential") == 1
    assert await world.pool.fetchval("select count(*) from request") == 0


def codes(event: Any) -> list[str]:
    return [reason.code for reason in event.data.reasons]


async def test_a_decision_stands_when_its_credential_is_suspended_and_a_person_is_told(world: World) -> None:
    await prepared(world, (RECOGNISER, ISSUER, 0))
    await world.issue()
    await world.outcome()
    await world.say("suspended", 2)
    await world.say("suspended", 2)
    state, events = await world.outcome()
    assert state == "anticipated"
    assert types(events)[2:] == ["review.requested.v1"]
    assert (codes(events[2]), events[2].sequence) == (["AUTH.SUSPENDED"], 3)
    assert events[2].data.content_digest == events[1].data.content_digest
    assert await world.pool.fetchval("select revisit from request") == "AUTH.SUSPENDED"
    await world.say("valid", 3)
    _, events = await world.outcome()
    assert types(events)[3:] == ["review.closed.v1"]
    assert (events[3].data.closed_as, events[3].data.role) == ("cleared", "machine")
    assert await world.pool.fetchval("select revisit from request") is None
    assert await world.pool.fetchval("select count(*) from record") == 1


async def test_what_was_revoked_before_it_was_looked_at_is_inadmissible(world: World) -> None:
    await prepared(world, (RECOGNISER, ISSUER, 0))
    await world.issue()
    await world.say("revoked", 2)
    state, events = await world.outcome()
    assert state == "inadmissible"
    assert codes(events[1]) == ["AUTH.REVOKED"]
    (reason,) = events[1].data.reasons
    assert reason.source.kind == "status_list"
    assert await world.pool.fetchval("select count(*) from evidence_use where evidence like 'status:%'") == 0


async def test_a_case_that_waits_for_a_person_is_looked_at_again_by_the_machine(world: World) -> None:
    await prepared(world, (RECOGNISER, ISSUER, 0))
    await world.issue()
    await world.pool.execute("update request set presented_at = $1", NOW)
    await world.say("suspended", 2)
    state, events = await world.outcome()
    assert (state, codes(events[1])[0]) == ("in_review", "AUTH.SUSPENDED")
    assert await world.pool.fetchval("select count(*) from evidence_use where evidence like 'status:%'") == 1
    await world.say("valid", 3)
    state, events = await world.outcome()
    assert (state, types(events)[-1]) == ("decided", "recognition.decided.v1")
    act = json.loads(await world.pool.fetchval("select act from record order by number desc limit 1"))
    assert act["cause"]["kind"] == "evidence_changed"


async def test_nobody_but_its_issuer_revokes_a_credential(world: World) -> None:
    await prepared(world, (RECOGNISER, ISSUER, 0))
    await world.issue()
    await world.say("revoked", 2, by=FRIEND)
    state, _ = await world.outcome()
    assert state == "anticipated"


async def test_what_rests_on_a_compromised_key_is_looked_at_unless_it_was_there_before(world: World) -> None:
    await prepared(world, (RECOGNISER, ISSUER, 0))
    await world.issue()
    await world.outcome()
    await world.issue()
    await world.evaluations.step()
    first, second = await world.pool.fetch("select id, credential from request order by received_at, id")
    await world.owner.execute(
        "update credential set received_at = $2 where id = $1", first["credential"], NOW - timedelta(days=9)
    )
    await world.publish_issuer(compromised_at=NOW - timedelta(days=1), sequence=2)
    await world.publish_issuer(compromised_at=NOW - timedelta(days=1), sequence=3)
    marked = await world.pool.fetch("select id, state from request where revisit = 'AUTH.KEY_UNBOUND'")
    assert [(row["id"], row["state"]) for row in marked] == [(second["id"], "anticipated")]
    _, events = await world.outcome()
    assert types(events)[4:] == ["review.requested.v1"]
    (reason,) = events[4].data.reasons
    assert (reason.code, reason.source.kind) == ("AUTH.KEY_UNBOUND", "key")
