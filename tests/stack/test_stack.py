"""The stack as a whole: up, up again, beside another one, after a crash of a process or of the stack
itself, down.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from mutua_local import roles, stack
from mutua_local.broker import Broker
from mutua_local.doctor import examine
from mutua_local.errors import StackError
from mutua_local.files import locked
from mutua_local.main import fetch_token
from mutua_local.places import delete_data
from mutua_local.postgres import EmbeddedPostgres
from mutua_local.processes import is_alive
from mutua_local.progress import Silent
from mutua_local.services import TABLE, Program
from mutua_local.stack import Stack
from mutua_local.topics import delete_topics

TOKEN_ISSUER = next(program for program in TABLE if program.name == "token-issuer")
FAKES = (
    TOKEN_ISSUER,
    Program("issuer-api", "fake_service", ("api",), "issuer_api"),
    Program("issuer-worker", "fake_service", ("worker",), "issuer_worker"),
)
NAMES = {"postgres", "preview-broker", "token-issuer", "issuer-api", "issuer-worker"}

MakeStack = Callable[[str], Stack]


@pytest.fixture(scope="module", autouse=True)
def surroundings() -> Iterator[None]:
    """The fake services can be found, and nothing of the machine's own settings is in the way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        for name in ("MUTUA_DATABASE_URL", "MUTUA_KAFKA_BOOTSTRAP", "MUTUA_NAMESPACE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, surroundings: None) -> Iterator[Stack]:
    """A stack that is up; tests that use it leave it so."""
    stack = Stack(tmp_path_factory.mktemp("standing"), Silent(), table=FAKES)
    stack.up(broker="preview")
    yield stack
    stack.down(purge=True)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeStack]:
    """A function that makes a stack of fake services below the test's folder; all are purged afterwards."""
    made: list[Stack] = []

    def new(name: str) -> Stack:
        made.append(Stack(tmp_path / name, Silent(), table=FAKES))
        return made[-1]

    yield new
    for each in made:
        each.down(purge=True)


def states(of: Stack) -> dict[str, str]:
    return {row.name: row.state for row in of.status()}


def pids(of: Stack) -> dict[str, int]:
    return {name: record.pid for name, record in of.folder.processes.records().items()}


def test_up_again_leaves_alone_what_runs_as_it_should(standing: Stack) -> None:
    assert states(standing) == dict.fromkeys(NAMES, "ready")
    before = pids(standing)
    around = standing.up()
    assert pids(standing) == before
    assert httpx.get(f"{around.address('issuer-api')}/readyz").text == "ready"
    assert fetch_token(around, "lisvik.issuer").count(".") == 2


def test_everything_is_where_it_was_after_down_and_up(make: MakeStack) -> None:
    one = make("one")
    before = one.up(broker="preview")
    assert one.down() == len(NAMES)
    assert one.down() == 0
    assert set(states(one).values()) == {"stopped"}
    after = one.up()
    assert after.bootstrap == before.bootstrap
    assert after.database.url("issuer_api") == before.database.url("issuer_api")
    assert after.address("token-issuer") == before.address("token-issuer")


def test_two_stacks_beside_one_another(make: MakeStack, standing: Stack) -> None:
    other = make("other")
    here, there = standing.around(), other.up(broker="preview")
    assert here.bootstrap != there.bootstrap
    assert not set(pids(standing).values()) & set(pids(other).values())
    stranger = roles.with_user(
        there.database.server, "issuer_api", here.database.passwords["issuer_api"], "mutua"
    )
    with pytest.raises(StackError, match="DATABASE_UNREACHABLE"):
        asyncio.run(roles.connect(stranger))
    other.down(purge=True)
    assert states(standing) == dict.fromkeys(NAMES, "ready")


def test_a_crashed_process_is_shown_and_started_again(make: MakeStack) -> None:
    one = make("one")
    one.up(broker="preview")
    before = pids(one)
    for name in ("issuer-worker", "preview-broker", "postgres"):
        one.folder.processes.kill(name)
    assert {n for n, state in states(one).items() if state == "ended"} == {
        "issuer-worker",
        "preview-broker",
        "postgres",
    }
    assert any(f.state == "note" and "issuer-worker" in f.found for f in examine(one)), "the doctor sees it"
    one.up()
    assert states(one) == dict.fromkeys(NAMES, "ready")
    assert pids(one)["issuer-api"] == before["issuer-api"]
    assert pids(one)["issuer-worker"] != before["issuer-worker"]


SUPERVISOR = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_stack import FAKES
from mutua_local.progress import Silent
from mutua_local.stack import Stack
Stack(Path({folder!r}), Silent(), table=FAKES).up(broker="preview")
"""


@pytest.mark.parametrize("stage", ["postgres", "preview-broker", "issuer-api"])
def test_the_stack_itself_is_killed_while_it_starts(make: MakeStack, stage: str) -> None:
    one = make("one")
    code = SUPERVISOR.format(here=str(Path(__file__).parent), folder=str(one.folder.path))
    supervisor = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while stage not in one.folder.processes.records():
        assert supervisor.poll() is None, "it ended before the stage was reached"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    survivors = [record for record in one.folder.processes.records().values() if is_alive(record)]
    assert survivors, "what was started does not depend on the command that started it"
    lost = survivors[-1]
    _forget(one, lost.name)  # as if it had been killed between start and record
    one.up(broker="preview")
    assert not is_alive(lost)
    assert states(one) == dict.fromkeys(NAMES, "ready")
    assert one.folder.processes.orphans() == []


def _forget(of: Stack, name: str) -> None:
    file = of.folder.path / "stack.json"
    known = json.loads(file.read_text())
    del known[name]
    file.write_text(json.dumps(known))


def test_a_database_that_is_gone_takes_the_events_with_it(make: MakeStack) -> None:
    one = make("one")
    one.up(broker="preview")
    one.folder.processes.kill("postgres")
    delete_data(one.folder.path / "postgres")
    broker = pids(one)["preview-broker"]
    one.up(broker="preview")
    assert states(one) == dict.fromkeys(NAMES, "ready")
    assert pids(one)["preview-broker"] != broker


def test_other_settings_restart_a_process(make: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    one = make("one")
    one.up(broker="preview")
    before = pids(one)
    monkeypatch.setenv("MUTUA_NAMESPACE", "trial")
    one.up()
    assert pids(one)["issuer-api"] != before["issuer-api"]
    assert pids(one)["token-issuer"] == before["token-issuer"], "it is not told of namespaces"


@pytest.mark.parametrize(
    ("fails", "code", "said"),
    [
        ("migrate", "MIGRATION_FAILED", "issuer-migrate ended with 1"),
        ("start", "PROGRAM_ENDED", "it ended before it was ready"),
        ("ready", "PROGRAM_NOT_READY", "503 the registry has no snapshot yet"),
    ],
)
def test_what_stands_in_the_way_is_said_with_its_log(
    make: MakeStack, monkeypatch: pytest.MonkeyPatch, fails: str, code: str, said: str
) -> None:
    monkeypatch.setenv("FAKE_FAILS", fails)
    monkeypatch.setattr(stack, "READY_SECONDS", 2.0)
    one = make("one")
    with pytest.raises(StackError) as caught:
        one.up(broker="preview")
    assert caught.value.code == code
    assert said in caught.value.found
    assert caught.value.log is not None
    if fails != "ready":
        assert "cannot" in "\n".join(caught.value.lines())
    monkeypatch.delenv("FAKE_FAILS")
    one.folder.processes.stop("issuer-api")
    one.folder.processes.stop("issuer-worker")
    one.up()
    assert states(one) == dict.fromkeys(NAMES, "ready")


def test_one_at_a_time(standing: Stack) -> None:
    with locked(standing.folder.path / "up.lock"), pytest.raises(StackError, match="STACK_BUSY"):
        standing.up(broker="preview")


def test_the_broker_that_holds_the_events_stays(standing: Stack) -> None:
    with pytest.raises(StackError, match="BROKER_DIFFERS"):
        standing.up(broker="127.0.0.1:9092")


def test_secrets_are_for_their_owner_only(standing: Stack) -> None:
    for name in ("secrets.json", "clients.json", "running.json", "stack.json", "keys/token-issuer.pem"):
        assert os.stat(standing.folder.path / name).st_mode & 0o077 == 0, name


def test_purge_removes_what_the_stack_made_and_nothing_else(make: MakeStack) -> None:
    one = make("one")
    one.folder.path.mkdir()
    mine = one.folder.path / "thesis.txt"
    mine.write_text("mine")
    one.up(broker="preview")
    one.down(purge=True)
    assert list(one.folder.path.iterdir()) == [mine]


async def test_a_server_that_exists_is_used_and_the_stack_on_it_is_not_locked_out(
    make: MakeStack, standing: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = standing.around().database.server
    admin = await asyncpg.connect(server)
    await admin.execute("create role landlord login createdb createrole password 'rent'")
    monkeypatch.setenv("MUTUA_DATABASE_URL", roles.with_user(server, "landlord", "rent", "postgres"))
    with pytest.raises(StackError, match="DATABASE_ROLES_TAKEN"):
        await asyncio.to_thread(make("guest").up, broker="preview")
    await admin.execute("drop role landlord")
    await admin.close()


def test_a_server_and_a_broker_that_exist_are_used_and_left_alone(
    make: MakeStack, broker: Broker, namespace: str, monkeypatch: pytest.MonkeyPatch, server: EmbeddedPostgres
) -> None:
    server.start()
    monkeypatch.setenv("MUTUA_DATABASE_URL", server.admin_url)
    monkeypatch.setenv("MUTUA_DATABASE_NAME", "borrowed")
    monkeypatch.setenv("MUTUA_KAFKA_BOOTSTRAP", broker.bootstrap)
    monkeypatch.setenv("MUTUA_NAMESPACE", namespace)
    guest = make("guest")
    around = guest.up()
    assert around.database.name == "borrowed"
    assert set(states(guest)) == {program.name for program in FAKES}
    guest.down(purge=True)
    assert server.is_running()
    assert broker.is_running()
    asyncio.run(delete_topics(broker.bootstrap, namespace=namespace))
