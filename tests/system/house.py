"""The whole house for tests: every service as a process of its own, as `mutua up` starts it, once a run.

Tests speak to it as people and programs do: by HTTP with tokens, by Kafka, and, to count, by SQL of their
own. The folder belongs to the run; one that a killed run has left behind is ended by the next run.
`MUTUA_SYSTEM_STACK` names a folder of a stack to use, and to leave running, while one writes tests.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import httpx
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from listening import Listener
from rich.console import Console

from mutua_contracts.topics import TOPICS, topic_name
from mutua_local.deqar.demo import demo_dataset
from mutua_local.deqar.model import RECORDS
from mutua_local.files import write_atomically
from mutua_local.folder import StackFolder
from mutua_local.progress import Terminal
from mutua_local.roles import with_database
from mutua_local.services import CLIENTS_FILE, TABLE, Program, Surroundings
from mutua_local.stack import Stack

T = TypeVar("T")
Record = ConsumerRecord[bytes | None, bytes | None]

PREFIX = "mutua-tests-"
VECTORS = Path(os.environ.get("MUTUA_VECTORS") or Path(__file__).parents[3] / "shared" / "vectors")
PUBLIC = VECTORS / "deqar"
PUBLIC_INSTITUTIONS = ("DEQARINST0001", "DEQARINST0002", "DEQARINST0003")
PATIENCE_SECONDS = 3

ROLES = ("issuer", "coordinator", "evaluator", "subscriber")
SERVICES = ("issuer", "recognition", "notifier")
"""Services with a public API."""


def until(ask: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """The first answer that is one; fails with `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, f"not after {seconds:.0f} s: {what}"
        time.sleep(0.1)
    return found


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Whoever holds a client's token; every POST carries a new Idempotency-Key unless told one."""

    house: House
    client_id: str
    tenant: str
    token: str

    def get(self, service: str, path: str, **query: Any) -> httpx.Response:
        return self.ask(service, "GET", path, params=query)

    def post(
        self, service: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        given = {"Idempotency-Key": str(uuid4()), **(headers or {})}
        return self.ask(service, "POST", path, json=body, headers=given)

    def ask(self, service: str, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.house.http.request(method, self.house.address(service) + path, headers=headers, **options)

    def done(self, service: str, path: str, body: Any = None) -> dict[str, Any]:
        """The answer of a POST that has to be taken."""
        answer = self.post(service, path, body)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def seen(self, service: str, path: str, **query: Any) -> Any:
        """The answer of a GET that has to be given."""
        answer = self.get(service, path, **query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


@dataclass(repr=False)
class House:
    """A running stack. `up` starts whatever does not run."""

    path: Path
    broker: str | None
    namespace: str
    spans: Listener
    http: httpx.Client
    around: Surroundings = field(init=False)
    _people: dict[str, Person] = field(default_factory=dict)

    def up(self, table: Sequence[Program] | None = None) -> None:
        with (self.path / "up.txt").open("a") as told, _only(MUTUA_NAMESPACE=self.namespace):
            console = Console(file=told, width=200)
            stack = Stack(self.path, Terminal(console), table=self.table if table is None else table)
            self.around = stack.up(broker=self.broker)

    def down(self) -> None:
        with (self.path / "up.txt").open("a") as told:
            Stack(self.path, Terminal(Console(file=told)), table=self.table).down(purge=True)

    @property
    def table(self) -> tuple[Program, ...]:
        """The stack's table, told less patience and where traces go."""
        told = {"MUTUA_OTLP_ENDPOINT": self.spans.url, "MUTUA_PATIENCE_SECONDS": str(PATIENCE_SECONDS)}
        public = {"MUTUA_DEQAR_DATASET": str(PUBLIC)} if PUBLIC.exists() else {}
        more = {program.name: told if program.role else {} for program in TABLE} | {"deqar": public}
        return tuple(_also(program, more[program.name]) for program in TABLE)

    @property
    def kafka(self) -> bool:
        """Whether the broker is Apache Kafka, on which alone promises about crashes and order count."""
        return "kafka-1" in self.around.folder.processes.records()

    def address(self, service: str) -> str:
        """Address of a process; of a service its API's."""
        return self.around.address(f"{service}-api" if service in SERVICES else service)

    def person(self, client_id: str) -> Person:
        """Whoever signs in as this client."""
        if client_id not in self._people:
            clients: list[dict[str, Any]] = json.loads((self.path / CLIENTS_FILE).read_text())
            client = next(one for one in clients if one["client_id"] == client_id)
            answer = self.http.post(
                self.around.address("token-issuer") + "/token",
                data={"grant_type": "client_credentials"},
                auth=(client_id, client["secret"]),
            )
            assert answer.status_code == 200, answer.text
            token = answer.json()["access_token"]
            self._people[client_id] = Person(self, client_id, client["tenant"], token)
        return self._people[client_id]

    def add_client(self, client_id: str, tenant: str, *roles: str) -> None:
        """A client more, as a person may add one by hand."""
        file = self.path / CLIENTS_FILE
        known: list[dict[str, Any]] = json.loads(file.read_text()) if file.exists() else []
        if not any(one["client_id"] == client_id for one in known):
            secret = secrets.token_urlsafe(24)
            new = {"client_id": client_id, "secret": secret, "tenant": tenant, "roles": roles}
            write_atomically(file, json.dumps([*known, new]))

    # --- what is there, read by means of the tests' own

    @property
    def admin_url(self) -> str:
        """The database as a superuser sees it: all schemas, all rows."""
        return with_database(self.around.database.server, self.around.database.name)

    def sql(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Rows of a query, as superuser."""

        async def fetch() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.admin_url)
            try:
                return await connection.fetch(query, *arguments)
            finally:
                await connection.close()

        return asyncio.run(fetch())

    def value(self, query: str, *arguments: Any) -> Any:
        """The first value of a query's first row, as superuser."""
        return self.sql(query, *arguments)[0][0]

    def topic(self, declared: str) -> str:
        """A declared topic by the name that it has on the broker."""
        return topic_name(self.around.namespace, declared)

    def records(self, *declared: str) -> list[Record]:
        """Every record of these topics (of all without any), in the order of each partition."""
        wanted = {
            self.topic(one.name): one.partitions for one in TOPICS if not declared or one.name in declared
        }
        return asyncio.run(_read(self.around.bootstrap, wanted))

    def events(self, *declared: str) -> list[dict[str, Any]]:
        """The same as JSON, without tombstones and what is no object."""
        found: list[dict[str, Any]] = []
        for record in self.records(*declared):
            try:
                event = json.loads(record.value or b"null")
            except ValueError:
                continue
            if isinstance(event, dict):
                found.append(event)
        return found

    def about(self, credential: str, *declared: str) -> list[dict[str, Any]]:
        """Events of these topics that speak of a credential."""
        return [event for event in self.events(*declared) if credential_of(event) == credential]

    def logs(self) -> dict[str, str]:
        """What every process has written, by the name of its file."""
        return {file.name: file.read_text("utf-8", "replace") for file in (self.path / "logs").glob("*.log")}


def credential_of(event: Mapping[str, Any]) -> str | None:
    """The credential that an event speaks of, if it does."""
    data: Any = event.get("data")
    return data.get("credential_id") if isinstance(data, dict) else None


def _also(program: Program, more: Mapping[str, str]) -> Program:
    return replace(program, settings=lambda around: {**program.settings(around), **more})


async def _read(bootstrap: str, topics: Mapping[str, int]) -> list[Record]:
    """Every record from the beginning to where the topics ended when it was asked for."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for topic, many in topics.items() for number in range(many)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place, start in (await consumer.beginning_offsets(places)).items():
            consumer.seek(place, start)
        found: list[Record] = []
        waiting = {place for place, end in ends.items() if await consumer.position(place) < end}
        while waiting:
            batch = await consumer.getmany(*waiting, timeout_ms=500)
            for records in batch.values():
                found += records
            waiting = {place for place in waiting if await consumer.position(place) < ends[place]}
        return sorted(found, key=lambda record: (record.topic, record.partition, record.offset))
    finally:
        await consumer.stop()


@contextmanager
def _only(**told: str) -> Generator[None]:
    """The environment without settings of whoever runs the tests: no stack of theirs may be touched."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MUTUA_DATABASE_URL", "MUTUA_DATABASE_NAME", "MUTUA_KAFKA_BOOTSTRAP"):
            patch.delenv(name, raising=False)
        for name, value in told.items():
            patch.setenv(name, value)
        yield


def _furnish(house: House) -> None:
    """Registry and clients, before any service starts: the first pass over the registry finds all of it."""
    short = [f"public-{number}" for number, _ in enumerate(PUBLIC_INSTITUTIONS, 1)]
    for name, tenant in zip(short, PUBLIC_INSTITUTIONS, strict=True):
        house.add_client(f"{name}.issuer", tenant, "issuer")
        house.add_client(f"{name}.coordinator", tenant, "coordinator")
        house.add_client(f"{name}.coordinator-2", tenant, "coordinator")
        house.add_client(f"{name}.evaluator", tenant, "evaluator")
    house.add_client("stranger", "alliance:stranger", "stranger")
    house.add_client("everybody", "DEQARINST7108", *ROLES, "operator")
    house.add_client("neighbour", "DEQARINST7106", *ROLES)
    for client in ("danubia-enic", "portolan-enic"):
        house.add_client(f"{client}.subscriber", f"office:{client}", "subscriber")
    house.up([program for program in house.table if program.role is None])
    if PUBLIC.exists():
        _add_demo(house)


def _add_demo(house: House) -> None:
    """The registry of the demonstration, beside the public one and its countries."""
    demo = demo_dataset()
    kinds = {kind: name for name, kind in RECORDS.items()}
    control = house.around.address("deqar") + "/_control/records/"
    for name in type(demo).model_fields:
        for record in getattr(demo, name):
            kind = kinds[type(record)]
            url = f"{control}{kind}"
            if house.http.get(f"{url}/{record.id}").status_code == 404:
                answer = house.http.post(url, json=record.model_dump(mode="json"))
                assert answer.status_code == 200, f"{kind} {record.id}: {answer.text}"


def _new_folder() -> Path:
    """A folder of this run that the next run cleans up where this one is killed."""
    path = Path(tempfile.gettempdir()) / f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
    path.mkdir(mode=0o711)
    (path / "owner.json").write_text(json.dumps([os.getpid(), psutil.Process().create_time()]))
    return path


@pytest.fixture(scope="session")
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """All services, running, with the registry synced."""
    lent = os.environ.get("MUTUA_SYSTEM_STACK")
    path = Path(lent) if lent else _new_folder()
    path.mkdir(mode=0o711, exist_ok=True)
    broker = request.config.getoption("--broker")
    namespace = f"s{path.name[-6:]}"
    with (
        Listener(port=_port(path)) as spans,
        httpx.Client(timeout=60, trust_env=False) as http,
    ):
        house = House(path, broker, namespace, spans, http)
        try:
            _furnish(house)
            house.up()
            yield house
        finally:
            if not lent:
                house.down()
                shutil.rmtree(path, ignore_errors=True)


def _port(path: Path) -> int:
    """A port for traces that stays with the folder, since processes that run were told it."""
    return StackFolder(path).port("spans")


@pytest.fixture
def on_kafka(house: House) -> House:
    """The house on Apache Kafka."""
    if not house.kafka:
        pytest.skip("counts on Apache Kafka only, and this house stands on another broker")
    return house
