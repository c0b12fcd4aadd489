"""The service as an operator runs it: migrate, api and worker as processes, then events on the broker."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from mutua_contracts import decode
from mutua_contracts.topics import topic_name
from mutua_issuer.domain.examples import AWARD, COMPONENT, REGISTRATION
from mutua_local.broker import Broker
from mutua_local.roles import Database

pytestmark = pytest.mark.servers

TENANT = "DEQARINST7105"
COMPONENT_BODY = {"code": "AST-DAT-020", "content": COMPONENT}


@pytest.fixture
def run(
    database: Database, topics_of: Broker, namespace: str, tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """A function that starts a process of the service with a role; all end with the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, role: str, **settings: str) -> subprocess.Popen[bytes]:
        told = {
            "MUTUA_DATABASE_URL": database.url(role),
            "MUTUA_KAFKA_BOOTSTRAP": topics_of.bootstrap,
            "MUTUA_NAMESPACE": namespace,
            **{f"MUTUA_{name.upper()}": value for name, value in settings.items()},
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MUTUA_")}
        log = (tmp_path / f"{'-'.join(arguments)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "mutua_issuer", *arguments], env=inherited | told, stdout=log, stderr=log
        )
        log.close()
        running.append(process)
        return process

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
    for process in running:
        process.wait(20)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def wait_until_ready(address: str, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the process ended"
        try:
            if httpx.get(f"{address}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not ready after {seconds} s")


@pytest.fixture
def sign_in(tmp_path: Path) -> Iterator[str]:
    """The address of a token issuer in a process of its own; its one client is Lisvik's."""
    clients = [{"client_id": "lisvik", "secret": "s" * 16, "tenant": TENANT, "roles": ["issuer"]}]
    (tmp_path / "clients.json").write_text(json.dumps(clients))
    port = free_port()
    told = {
        "MUTUA_HTTP_PORT": str(port),
        "MUTUA_CLIENTS_FILE": str(tmp_path / "clients.json"),
        "MUTUA_SIGNING_KEY_FILE": str(tmp_path / "signing.pem"),
    }
    process = subprocess.Popen([sys.executable, "-m", "mutua_local.token_issuer"], env={**os.environ, **told})
    wait_until_ready(f"http://127.0.0.1:{port}", process)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


def token_of(sign_in: str) -> str:
    answer = httpx.post(
        f"{sign_in}/token",
        data={"grant_type": "client_credentials"},
        auth=("lisvik", "s" * 16),
        trust_env=False,
    )
    return answer.json()["access_token"]


def test_an_issued_credential_reaches_the_broker_in_order_after_its_issuer(
    run: Callable[..., subprocess.Popen[bytes]],
    sign_in: str,
    topics_of: Broker,
    namespace: str,
    tmp_path: Path,
) -> None:
    for _ in range(2):  # the second time there is nothing left to do
        assert run("migrate", role="issuer_owner").wait(90) == 0
    (tmp_path / "vault").write_bytes(os.urandom(32))
    told = {"http_port": str(free_port()), "vault_key_file": str(tmp_path / "vault")}
    address = f"http://127.0.0.1:{told['http_port']}"
    api = run("api", role="issuer_api", oidc_issuers=json.dumps([sign_in]), **told)
    worker_port = str(free_port())
    worker = run("worker", role="issuer_worker", http_port=worker_port)
    wait_until_ready(address, api)
    wait_until_ready(f"http://127.0.0.1:{worker_port}", worker)

    token = token_of(sign_in)
    steps: list[tuple[str, Any]] = [
        ("/issuers", REGISTRATION),
        ("/components", COMPONENT_BODY),
        ("/credentials", {**AWARD, "learner_id": "s-77341900"}),
    ]
    with httpx.Client(
        base_url=address, headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ) as client:
        answers = [client.post(path, json=body, headers={"Idempotency-Key": path}) for path, body in steps]
    assert [answer.status_code for answer in answers] == [201, 201, 201], [one.text for one in answers]

    records = asyncio.run(read(topics_of, namespace, "mutua.issuer", "mutua.credential"))
    assert set(records) == {"mutua.issuer", "mutua.credential"}
    (issuer,), (credential,) = records["mutua.issuer"], records["mutua.credential"]
    assert (issuer[0], decode(issuer[1]).data.issuer) == (TENANT.encode(), TENANT)
    number = answers[2].json()["credential_id"]
    assert (credential[0], decode(credential[1]).data.credential_id) == (number.encode(), number)

    for process in (api, worker):
        process.send_signal(signal.SIGTERM)
    assert [process.wait(20) for process in (api, worker)] == [0, 0]
    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert "worker started" in logs
    for mark in ("s-77341900", "2001-02-03", token, "PRIVATE KEY"):
        assert mark not in logs


async def read(broker: Broker, namespace: str, *topics: str) -> dict[str, list[tuple[bytes, bytes]]]:
    """One record or more of each topic, as key and value."""
    names = {topic_name(namespace, topic): topic for topic in topics}
    consumer = AIOKafkaConsumer(*names, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found: dict[str, list[tuple[bytes, bytes]]] = {}
    deadline = time.monotonic() + 60
    try:
        while set(found) != set(topics) and time.monotonic() < deadline:
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                found.setdefault(names[partition.topic], []).extend(
                    (record.key, record.value) for record in records
                )
    finally:
        await consumer.stop()
    return found


@pytest.fixture
def told(sign_in: str, tmp_path: Path) -> dict[str, str]:
    """What an API process is told, always the same port and vault key."""
    (tmp_path / "vault").write_bytes(os.urandom(32))
    return {
        "http_port": str(free_port()),
        "vault_key_file": str(tmp_path / "vault"),
        "oidc_issuers": json.dumps([sign_in]),
    }


def awards(rows: int) -> str:
    header = "external_id,learner_id,component,date_of_issuing,given_name,family_name,grade"
    lines = [f"r-{n},s-{n % 700},AST-DAT-020,2026-06-20,Given{n},Family,B" for n in range(rows)]
    return "\n".join([header, *lines, ""])


@pytest.mark.parametrize(
    "rows", [1200, pytest.param(10_000, marks=[pytest.mark.storm, pytest.mark.timeout(900)])]
)
def test_a_batch_is_issued_once_whoever_is_killed_while_it_runs(
    run: Callable[..., subprocess.Popen[bytes]],
    sign_in: str,
    told: dict[str, str],
    database: Database,
    tmp_path: Path,
    rows: int,
) -> None:
    """The command is killed, then the service under the second command; a third run ends the file."""
    assert run("migrate", role="issuer_owner").wait(90) == 0
    address = f"http://127.0.0.1:{told['http_port']}"
    api = run("api", role="issuer_api", **told)
    wait_until_ready(address, api)
    token = token_of(sign_in)
    with httpx.Client(
        base_url=address, headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ) as client:
        for path, body in (("/issuers", REGISTRATION), ("/components", COMPONENT_BODY)):
            assert client.post(path, json=body, headers={"Idempotency-Key": path}).status_code == 201
    file = tmp_path / "awards.csv"
    file.write_text(awards(rows))

    def command() -> subprocess.Popen[bytes]:
        arguments = ["issue", str(file), "--url", address, "--token", token, "--json"]
        return subprocess.Popen(
            [sys.executable, "-m", "mutua_cli.main", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    first = command()
    until(lambda: count(database) >= rows // 6)
    first.kill()
    first.communicate()
    reached = count(database)
    assert 0 < reached < rows
    second = command()
    until(lambda: count(database) >= rows // 2)
    api.kill()
    api.wait(10)
    assert 0 < count(database) < rows
    wait_until_ready(address, run("api", role="issuer_api", **told))
    second.communicate(timeout=600)
    third = command()
    report = json.loads(third.communicate(timeout=600)[0])
    assert third.returncode == 0, report
    assert report["counts"].get("already_issued", 0) + report["counts"].get("issued", 0) == rows
    assert dict(facts(database)) == {
        "credentials": rows,
        "external ids": rows,
        "events": rows,
        "places": rows,
        "links": rows,
        "counted": rows,
        "learners": min(rows, 700),
    }


def until(holds: Callable[[], bool], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came so far"
        time.sleep(0.02)


FACTS = {
    "credentials": "select count(*) from credential",
    "external ids": "select count(distinct external_ref) from credential",
    "events": "select count(distinct key) from outbox where type = 'eu.mutua.credential.issued.v1'",
    "places": "select count(distinct (status_list, status_index)) from credential",
    "links": "select count(*) from holder_link join credential on credential.id = holder_link.credential",
    "counted": "select sum(used) from status_list",
    "learners": "select count(*) from learner where data_key is not null",
}


def facts(database: Database) -> dict[str, int]:
    """What there is, counted in the database by its superuser."""
    return asyncio.run(_asked(database, FACTS))


def count(database: Database) -> int:
    name = "credentials"
    return asyncio.run(_asked(database, {name: FACTS[name]}))[name]


async def _asked(database: Database, questions: dict[str, str]) -> dict[str, int]:
    connection = await asyncpg.connect(database.server.rpartition("/")[0] + f"/{database.name}")
    try:
        await connection.execute("set search_path = issuer")
        return {name: int(await connection.fetchval(question)) for name, question in questions.items()}
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "VAULT_KEY_UNUSABLE"), (b"short", "found a vault key of 5 bytes, expected 32")],
)
def test_an_api_without_its_vault_key_says_so(
    run: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "vault").write_bytes(content)
    process = run("api", role="issuer_api", vault_key_file=str(tmp_path / "vault"))
    assert process.wait(90) == 1
    log = (tmp_path / "api.log").read_text()
    assert said in log
    assert "Traceback" not in log
