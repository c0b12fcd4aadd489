"""The one place that chooses the servers of a test run: one PostgreSQL and one broker, on first use.

A test gets a database of its own (a copy of a template) and a namespace of its own for topics, groups and
instances. All processes of a run share the servers (also under pytest-xdist); the next run ends what a
killed run has left behind. Tests that stop or kill the shared servers belong to runs with `-n0`; those of
`tests/stack` start servers of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from mutua_kernel.migrate import migrate
from mutua_local import broker as brokers
from mutua_local import roles, topics
from mutua_local.broker import Broker
from mutua_local.files import locked
from mutua_local.folder import StackFolder
from mutua_local.places import delete_data
from mutua_local.postgres import TEST_SETTINGS, EmbeddedPostgres
from mutua_local.processes import find
from mutua_local.roles import Database

RUN = "MUTUA_TEST_RUN"
PREFIX = "mutua-tests-"
TEMPLATE = "template_roles"
MOST_PARTITIONS = 4

T = TypeVar("T")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--broker",
        default=os.environ.get("MUTUA_TEST_BROKER"),
        help="kafka, preview or HOST:PORT; the one that the stack would choose without it",
    )


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that owns the run, not a worker of pytest-xdist
        os.environ[RUN] = str(Path(tempfile.gettempdir()) / f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}")


def pytest_unconfigure(config: pytest.Config) -> None:
    run = os.environ.get(RUN)
    if run is not None and not hasattr(config, "workerinput"):
        _end(Path(run))
        del os.environ[RUN]


def now(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine from a fixture that is not one, without touching the loop of the tests."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


def _end(run: Path) -> None:
    if not run.is_dir():
        return
    folder = StackFolder(run)
    for name in reversed(folder.processes.records()):
        folder.processes.stop(name)
    folder.processes.end_orphans()
    delete_data(run / "postgres")
    shutil.rmtree(run, ignore_errors=True)


def _end_abandoned_runs() -> None:
    for run in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = run / "owner.json"
        if owner.exists() and find(*json.loads(owner.read_text())) is None:
            _end(run)


@pytest.fixture(scope="session")
def run_folder() -> StackFolder:
    """The folder of the run's servers."""
    path = Path(os.environ[RUN])
    if not path.exists():
        _end_abandoned_runs()
    path.mkdir(mode=0o711, exist_ok=True)
    owner = int(path.name.removeprefix(PREFIX).partition("-")[0])
    (path / "owner.json").write_text(json.dumps([owner, psutil.Process(owner).create_time()]))
    return StackFolder(path)


@pytest.fixture(scope="session")
def postgres_server(run_folder: StackFolder) -> EmbeddedPostgres:
    """The run's PostgreSQL, with the roles of all services and the template of the databases."""
    passwords = run_folder.passwords(("superuser", *roles.ROLES))
    with locked(run_folder.path / "postgres.lock"):
        server = EmbeddedPostgres(
            run_folder.path / "postgres",
            run_folder.processes,
            port=run_folder.port("postgres"),
            password=passwords["superuser"],
            settings=TEST_SETTINGS,
        )
        if not server.is_running():
            server.start()
            now(roles.bootstrap(server.admin_url, passwords, TEMPLATE))
    return server


@pytest.fixture(scope="session")
def broker(run_folder: StackFolder, request: pytest.FixtureRequest) -> Broker:
    """The run's broker: the one that the stack chooses on this machine, or that `--broker` names."""
    with locked(run_folder.path / "broker.lock"):
        return brokers.start(
            request.config.getoption("--broker"),
            run_folder.path / "broker",
            run_folder.processes,
            run_folder.port,
            say=lambda text: print(text),
        )


@pytest.fixture
def kafka_broker(broker: Broker) -> Iterator[Broker]:
    """Apache Kafka, for promises that count on it only; nodes that a test has killed run again afterwards."""
    if broker.kind != "kafka":
        pytest.skip(f"counts on Apache Kafka only, this run uses the broker `{broker.kind}`: {broker.reason}")
    yield broker
    broker.start()


@pytest.fixture
def namespace() -> str:
    """A name before topics, groups and instance ids that no other test has."""
    return f"t{secrets.token_hex(5)}"


@pytest.fixture
def topics_of(broker: Broker, namespace: str) -> Iterator[Broker]:
    """The broker with all declared topics in the test's namespace, of at most 4 partitions each."""
    now(topics.ensure_topics(broker.bootstrap, namespace=namespace, most_partitions=MOST_PARTITIONS))
    yield broker
    now(topics.delete_topics(broker.bootstrap, namespace=namespace))


@pytest.fixture
def new_database(postgres_server: EmbeddedPostgres) -> Iterator[Callable[[str], Database]]:
    """A function that copies a template to a database of this test; all are dropped afterwards."""
    admin = postgres_server.admin_url
    passwords = StackFolder(Path(os.environ[RUN])).passwords(roles.ROLES)
    made: list[str] = []

    def make(template: str) -> Database:
        name = f"test_{secrets.token_hex(6)}"
        made.append(name)
        now(roles.create_database(admin, name, template=template))
        return Database(admin, name, passwords)

    yield make
    for name in made:
        now(roles.drop_database(admin, name))


@pytest.fixture
def database(new_database: Callable[[str], Database]) -> Database:
    """A fresh database with the schemas and roles of all services and no tables."""
    return new_database(TEMPLATE)


@pytest.fixture
def service_database(
    run_folder: StackFolder, postgres_server: EmbeddedPostgres, new_database: Callable[[str], Database]
) -> Callable[..., Database]:
    """`service_database("issuer", ...)` makes a fresh database with the migrations of these services.

    The migrations run once a run, into a template.
    """

    def make(*services: str) -> Database:
        template = "_".join(("template", *sorted(services)))
        with locked(run_folder.path / "templates.lock"):
            done = run_folder.path / f"{template}.done"
            if not done.exists():
                admin = postgres_server.admin_url
                now(roles.drop_database(admin, template))
                now(roles.create_database(admin, template, template=TEMPLATE))
                source = Database(admin, template, run_folder.passwords(roles.ROLES))
                for service in services:
                    migrate(f"mutua_{service}", source.url(f"{service}_owner"), service)
                done.touch()
        return new_database(template)

    return make
