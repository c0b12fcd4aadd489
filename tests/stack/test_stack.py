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
from mutua_local.errors import StackError
from mutua_local.main import fetch_token
from mutua_local.processes import is_alive, locked
from mutua_local.progress import Silent
from mutua_local.services import TABLE, Program
from mutua_local.stack import Stack

TOKEN_ISSUER = next(program for program in TABLE if program.name == "token-issuer")
FAKES = (
    TOKEN_ISSUER,
    Program("issuer-api", "fake_service", ("api",), "issuer_api"),
    Program("issuer-worker", "fake_service", ("worker",), "issuer_worker"),
)
NAMES = {"postgres", "preview-broker", "token-issuer", "issuer-api", "issuer-worker"}

MakeStack = Callable[[str], Stack]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeStack]:
    """A function that makes a stack of fake services below the test's folder; all are purged afterwards."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    for name in ("MUTUA_DATABASE_URL", "MUTUA_KAFKA_BOOTSTRAP", "MUTUA_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
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


def test_up_twice_and_down(make: MakeStack) -> None:
    one = make("one")
    around = one.up(broker="preview")
    assert states(one) == dict.fromkeys(NAMES, "ready")
    first = pids(one)
    one.up()
    assert pids(one) == first, "what runs as it should is left alone"
    assert httpx.get(f"{around.address('issuer-api')}/readyz").text == "ready"
    assert fetch_token(around, "lisvik.issuer").count(".") == 2
    assert one.down() == len(NAMES)
    assert one.down() == 0
    assert set(states(one).values()) == {"stopped"}


def test_everything_is_where_it_was_after_down_and_up(make: MakeStack) -> None:
    one = make("one")
    before = one.up(broker="preview")
    one.down()
    after = one.up()
    assert after.bootstrap == before.bootstrap
    assert after.database.url("issuer_api") == before.database.url("issuer_api")
    assert after.address("token-issuer") == before.address("token-issuer")


def test_two_stacks_beside_one_another(make: MakeStack) -> None:
    one, two = make("one"), make("two")
    here, there = one.up(broker="preview"), two.up(broker="preview")
    assert here.bootstrap != there.bootstrap
    assert not set(pids(one).values()) & set(pids(two).values())
    with pytest.raises(StackError, match="DATABASE_UNREACHABLE"):
        asyncio.run(roles.connect(roles.with_user(there.database.server, "issuer_api", "of-one", "mutua")))
    one.down(purge=True)
    assert states(two) == dict.fromkeys(NAMES, "ready")


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
    monkeypatch.setattr(stack, "READY_SECONDS", 3.0)
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


def test_one_at_a_time(make: MakeStack) -> None:
    one = make("one")
    with locked(one.folder.path / "up.lock"), pytest.raises(StackError, match="STACK_BUSY"):
        one.up(broker="preview")


def test_the_broker_that_holds_the_events_stays(make: MakeStack) -> None:
    one = make("one")
    one.up(broker="preview")
    with pytest.raises(StackError, match="BROKER_DIFFERS"):
        one.up(broker="127.0.0.1:9092")


def test_purge_removes_what_the_stack_made_and_nothing_else(make: MakeStack) -> None:
    one = make("one")
    one.folder.path.mkdir()
    mine = one.folder.path / "thesis.txt"
    mine.write_text("mine")
    one.up(broker="preview")
    one.down(purge=True)
    assert list(one.folder.path.iterdir()) == [mine]


def test_secrets_are_for_their_owner_only(make: MakeStack) -> None:
    one = make("one")
    one.up(broker="preview")
    for name in ("secrets.json", "clients.json", "running.json", "stack.json", "keys/token-issuer.pem"):
        assert os.stat(one.folder.path / name).st_mode & 0o077 == 0, name


async def test_a_server_that_exists_is_used_and_another_stack_is_not_locked_out(
    make: MakeStack, postgres_server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    del postgres_server
    keeper = await asyncio.to_thread(make("keeper").up, broker="preview")
    admin = await asyncpg.connect(keeper.database.server)
    await admin.execute("create role landlord login createdb createrole password 'rent'")
    await admin.close()
    address = roles.with_user(keeper.database.server, "landlord", "rent", "postgres")
    monkeypatch.setenv("MUTUA_DATABASE_URL", address)
    with pytest.raises(StackError, match="DATABASE_ROLES_TAKEN"):
        await asyncio.to_thread(make("guest").up, broker="preview")
