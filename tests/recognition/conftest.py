"""Recognition's API in this process: on a real database, with tokens of an issuer that is in memory only.

Beside it stands what its worker does, without the broker between: projections are written, credentials
arrive, and what is due is evaluated, all at a clock that stands still until a test moves it.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey

from mutua_contracts import Envelope, decode
from mutua_contracts.issuer import Identifier, IssuerChanged, IssuerKey, PublicJwk
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
    RegistryChange,
    ReportChanged,
    ReportFacts,
    SnapshotCompleted,
)
from mutua_credentials import annex_i, sdjwt
from mutua_credentials.keys import PrivateKey
from mutua_kernel.database import Pool, open_pool
from mutua_kernel.http.application import build
from mutua_kernel.http.auth import TokenChecker
from mutua_kernel.http.writes import Store
from mutua_kernel.outbox import Sealer
from mutua_kernel.relay import Wakeup
from mutua_kernel.vault import Vault
from mutua_local.roles import Database
from mutua_recognition import api, store
from mutua_recognition.catalogue import Catalogue
from mutua_recognition.custody import Custody
from mutua_recognition.evaluation import Evaluations
from mutua_recognition.inquiries import Inquiries
from mutua_recognition.projections import IssuerRow, registry_row
from mutua_recognition.scheduled import Scheduled
from mutua_recognition.settings import Settings
from mutua_recognition.store import IssuedCredential
from mutua_recognition.verifying import Verifiers

SIGN_IN = "https://sign-in.example"
ASTERVIK, CORVELO, LISVIK = "DEQARINST7101", "DEQARINST7103", "DEQARINST7105"
BOREAL = "alliance:boreal"
ISS = "https://univ-lisvik.example"

CONTENT: dict[str, Any] = {
    "learner": {
        "given_name": "Ylva",
        "family_name": "Testperson",
        "identifiers": [{"scheme": "local", "value": "s-1042"}],
    },
    "title": {"en": "Data literacy"},
    "country_of_issuer": {"country": "NO"},
    "awarding_body": {
        "name": {"en": "University of Lisvik"},
        "identifiers": [{"scheme": "DEQARINST", "value": LISVIK}],
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


@dataclass
class SettableClock:
    """A clock that stands still until a test moves it."""

    at: datetime = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


class Tokens:
    """An OpenID Connect issuer: discovery and keys by HTTP, tokens by hand."""

    def __init__(self, clock: SettableClock) -> None:
        self._clock = clock
        self._key = ECKey.generate_key("P-256", {"kid": "test"})

    def transport(self) -> httpx.MockTransport:
        public = {**self._key.as_dict(private=False), "alg": "ES256", "use": "sig"}
        answers = {
            "/.well-known/openid-configuration": {"issuer": SIGN_IN, "jwks_uri": f"{SIGN_IN}/jwks"},
            "/jwks": {"keys": [public]},
        }
        return httpx.MockTransport(lambda request: httpx.Response(200, json=answers[request.url.path]))

    def bearer(self, tenant: str, *roles: str, sub: str = "somebody", **claims: Any) -> str:
        told = {
            "iss": SIGN_IN,
            "sub": sub,
            "aud": "mutua",
            "exp": int(self._clock.now().timestamp()) + 90 * 86400,
            "tenant": tenant,
            "roles": list(roles),
        }
        return "Bearer " + jwt.encode({"alg": "ES256", "kid": "test"}, {**told, **claims}, self._key)


class Client:
    """A person of an organisation at the API."""

    def __init__(self, http: httpx.AsyncClient, tenant: str, bearer: str) -> None:
        self.tenant = tenant
        self._http = http
        self._headers = {"Authorization": bearer}

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self._http.get(path, headers=self._headers, params=query or None)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        headers = {**self._headers, "Idempotency-Key": key or str(uuid4())}
        return await self._http.post(path, json=body, headers=headers)

    async def send(self, path: str, raw: bytes) -> httpx.Response:
        """A body of any bytes."""
        headers = {**self._headers, "Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        return await self._http.post(path, content=raw, headers=headers)


class Worker:
    """What recognition's worker does, in this process."""

    def __init__(self, pool: Pool, clock: SettableClock, verifiers: Verifiers) -> None:
        self.pool, self.clock = pool, clock
        self.verifiers = verifiers
        self.key = PrivateKey.generate()
        self._catalogue = Catalogue()
        vault = Vault(bytes(range(32, 64)), "recognition")
        self.scheduled = Scheduled(pool, Custody(vault), Sealer("recognition"), clock, Wakeup())
        self.inquiries = Inquiries(pool, Catalogue(), clock, budget=None)
        self._vault = vault
        self.verify_by(verifiers)

    def verify_by(self, verifiers: Any) -> None:
        """Verifies by these from now on."""
        self._evaluations = Evaluations(
            self.pool,
            self._catalogue,
            Sealer("recognition"),
            self.clock,
            at_once=50,
            budget=None,
            verifiers=verifiers,
            vault=self._vault,
            queued=Wakeup(),
            published=Wakeup(),
        )

    async def evaluate(self) -> None:
        """Evaluates all that is due. The clocks differ: whatever waits is made due."""
        await self.pool.execute("update due set due_at = now()")
        await self._evaluations.step()

    async def know_issuer(self) -> None:
        """Lisvik's key arrives."""
        public = {name: self.key.public_jwk[name] for name in ("x", "y")}
        since = datetime(2025, 1, 1, tzinfo=UTC)
        state = IssuerChanged(
            issuer=LISVIK,
            iss=ISS,
            did="did:web:univ-lisvik.example",
            names={"en": "University of Lisvik"},
            country="NO",
            identifiers=(Identifier(scheme="DEQARINST", value=LISVIK),),
            keys=(IssuerKey(kid=self.key.kid, alg="ES256", jwk=PublicJwk(**public), valid_from=since),),
        )
        async with self.pool.acquire() as tx, tx.transaction():
            await store.project_issuers(tx, [IssuerRow(LISVIK, 1, ISS, state.model_dump_json())])

    async def know_names(self) -> None:
        """Institutions are listed; where they have their seats is not known yet."""
        nameless = ProviderFacts(names=(ProviderName(name="A university", kind="official"),))
        listed = [ASTERVIK, CORVELO, LISVIK, *(f"DEQARINST8{number:03}" for number in range(13))]
        rows = [
            registry_row(ProviderChanged(registry="deqar", revision=1, id=id, facts=nameless))
            for id in listed
        ]
        async with self.pool.acquire() as tx, tx.transaction():
            await store.project_registry(tx, rows)

    async def know_registry(self, valid_to: date | None = None) -> None:
        """The mirror arrives: two universities in Norway and Estonia, and a report about Lisvik."""
        common: dict[str, Any] = {"registry": "deqar", "revision": 2}
        report = ReportFacts(
            agency=AgencyRef(id="21", acronym="NAQA"),
            providers=(LISVIK,),
            type="institutional",
            status="obligatory",
            decision="positive",
            flag="none",
            valid_from=date(2022, 1, 1),
            valid_to=valid_to,
        )
        agency = AgencyFacts(acronym="NAQA", name="Northern Agency", registered_from=date(2015, 1, 1))
        country = CountryFacts(code="NO", name="Norway", ehea_member=True)
        changes: list[RegistryChange] = [
            *(ProviderChanged(id=id, facts=_provider(place), **common) for id, place in _SEATS.items()),
            ReportChanged(id="800123", facts=report, **common),
            AgencyChanged(id="21", facts=agency, **common),
            CountryChanged(id="1", facts=country, **common),
        ]
        now = self.clock.now()
        snapshot = SnapshotCompleted(
            registry="deqar",
            snapshot="s-1",
            started_at=now - timedelta(hours=2),
            completed_at=now - timedelta(hours=1),
            digest="sha256:" + "e" * 64,
            counts={"provider": len(_SEATS)},
        )
        async with self.pool.acquire() as tx, tx.transaction():
            await store.project_registry(tx, [registry_row(change) for change in changes])
            await store.project_snapshot(tx, snapshot)

    def issue(self, id: str | None = None, **content: Any) -> tuple[str, sdjwt.Issued]:
        """A credential of Lisvik, known to nobody yet."""
        checked = annex_i.check({**CONTENT, **content})
        assert isinstance(checked, annex_i.MicroCredential), checked
        id = id or f"urn:uuid:{uuid4()}"
        issued_at = self.clock.now() - timedelta(hours=1)
        return id, sdjwt.issue(checked, signer=self.key, issuer=ISS, credential_id=id, issued_at=issued_at)

    async def receive(self, id: str, issued: sdjwt.Issued, body: str | None = None) -> None:
        """A credential arrives from the bus, where no standing rule asks for it."""
        row = IssuedCredential(
            id,
            LISVIK,
            LISVIK,
            "NO",
            "LIS-DAT-010",
            date(2025, 6, 20),
            "sd-jwt-vc",
            issued.digest,
            body or issued.bus_form,
        )
        async with self.pool.acquire() as tx, tx.transaction():
            await store.store_issued(tx, [row], [], now=self.clock.now(), patience=30)

    async def events(self) -> list[Envelope[Any]]:
        """The outbox, in order, read by the contracts."""
        rows = await self.pool.fetch("select payload from outbox order by position")
        return [decode(row["payload"]) for row in rows]


_SEATS = {ASTERVIK: "EE", LISVIK: "NO"}


def _provider(country: str) -> ProviderFacts:
    return ProviderFacts(
        names=(ProviderName(name="A university", kind="official"),),
        countries=(ProviderLocation(country=country, verified=True),),
        founded=date(1968, 1, 1),
        levels=(QfLevel(eqf=6), QfLevel(eqf=7)),
    )


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def tokens(clock: SettableClock) -> Tokens:
    return Tokens(clock)


@pytest.fixture
def recognition_database(service_database: Callable[..., Database]) -> Database:
    return service_database("recognition")


@pytest.fixture
async def api_pool(recognition_database: Database) -> AsyncIterator[Pool]:
    """A pool with the role of the API."""
    opened = await open_pool(recognition_database.url("recognition_api"), name="api", size=4)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def verifiers() -> Iterator[Verifiers]:
    """The processes that verify, for all tests."""
    made = Verifiers(1)
    yield made
    made.close()


@pytest.fixture
async def worker(
    recognition_database: Database, clock: SettableClock, verifiers: Verifiers
) -> AsyncIterator[Worker]:
    opened = await open_pool(recognition_database.url("recognition_worker"), name="worker", size=2)
    yield Worker(opened, clock, verifiers)
    await opened.close()


class Admin:
    """The database as its superuser sees it."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def dump(self) -> str:
        """Every row of every table of the service, as one text."""
        tables = await self.pool.fetch(
            "select table_name from information_schema.tables where table_schema = 'recognition'"
        )
        texts: list[str] = []
        for (name,) in tables:
            for (row,) in await self.pool.fetch(f"select to_jsonb(t)::text from recognition.{name} t"):
                texts.append(row)
            if name in ("outbox", "record", "evidence", "idempotency"):
                column = {"outbox": "payload", "record": "content"}.get(name, "body")
                raw = await self.pool.fetch(f"select {column} from recognition.{name}")
                texts += [bytes(row[0]).decode("utf-8", "replace") for row in raw]
        return "\n".join(texts)


@pytest.fixture
async def recognition_admin(recognition_database: Database) -> AsyncIterator[Admin]:
    address = recognition_database.server.rpartition("/")[0] + f"/{recognition_database.name}"
    opened = await open_pool(address, name="tests", size=2)
    yield Admin(opened)
    await opened.close()


@pytest.fixture
async def app(
    api_pool: Pool, worker: Worker, clock: SettableClock, tokens: Tokens, tmp_path: Path
) -> AsyncIterator[FastAPI]:
    """The API. The registry knows some institutions by name, and nothing else of them."""
    await worker.know_names()
    key = tmp_path / "pseudonyms.key"
    key.write_bytes(bytes(range(32)))
    vault = tmp_path / "vault.key"
    vault.write_bytes(bytes(range(32, 64)))
    settings = Settings.model_validate(
        {
            "database_url": "unused",
            "pseudonym_key_file": key,
            "vault_key_file": vault,
            "widening_delay_seconds": 0,
        }
    )
    async with httpx.AsyncClient(transport=tokens.transport()) as client:
        made = build(
            title="Mutua recognition",
            summary="As in production",
            settings=settings,
            store=Store(api_pool, Sealer("recognition"), clock),
            checker=TokenChecker((SIGN_IN,), "mutua", client=client, clock=clock),
            routers=api.routers,
            larger={api.UPLOADS: settings.max_upload_bytes},
        )
        async with AsyncExitStack() as stack:
            await api.extend(made, stack)
            made.state.verifiers = worker.verifiers  # one process for all tests
            yield made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The API without any token."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://recognition.example") as client:
        yield client


@pytest.fixture
def person(http: httpx.AsyncClient, tokens: Tokens) -> Callable[..., Client]:
    """A function: somebody of a tenant, with roles; a coordinator of Astervik without more said."""

    def make(sub: str, tenant: str = ASTERVIK, *roles: str) -> Client:
        return Client(http, tenant, tokens.bearer(tenant, *(roles or ("coordinator",)), sub=sub))

    return make


@pytest.fixture
def first(person: Callable[..., Client]) -> Client:
    """A coordinator of Astervik."""
    return person("first")


@pytest.fixture
def second(person: Callable[..., Client]) -> Client:
    """Another coordinator of Astervik."""
    return person("second")


@pytest.fixture
def evaluator(person: Callable[..., Client]) -> Client:
    """An evaluator of Astervik."""
    return person("evaluator", ASTERVIK, "evaluator")


@pytest.fixture
def stranger(person: Callable[..., Client]) -> Client:
    """Somebody of another organisation with every role."""
    return person("stranger", CORVELO, "coordinator", "evaluator")


@pytest.fixture
def release(first: Client, second: Client) -> Callable[..., Any]:
    """A function: something proposed by one and signed by the other; answers the released proposal."""

    async def make(path: str, body: dict[str, Any], one: Client = first, other: Client = second) -> Any:
        proposed = await one.post(path, body)
        assert proposed.status_code == 201, proposed.text
        if proposed.json()["state"] == "released":
            return proposed.json()
        signed = await other.post(f"/proposals/{proposed.json()['id']}/sign")
        assert signed.status_code == 200, signed.text
        assert signed.json()["state"] == "released"
        return signed.json()

    return make
