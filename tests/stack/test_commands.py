"""The commands as a person runs them: what they print, how they end, and errors without a stack trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

MUTUA = (sys.executable, "-m", "mutua_cli.main")

FOREGROUND = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from rich.console import Console
from test_stack import FAKES
from mutua_local import main, stack
stack.Stack.__init__.__kwdefaults__["table"] = FAKES
sys.exit(main.up(Console(), Path({folder!r}), broker="preview", foreground=True))
"""


def mutua(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "COLUMNS": "200", **environment}
    return subprocess.run(
        [*MUTUA, *arguments], capture_output=True, text=True, env=told, check=False, timeout=60
    )


def test_status_of_nothing_makes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    done = mutua("status", "--data", str(folder))
    assert done.returncode == 1
    assert "recognition-worker" in done.stdout
    assert not folder.exists()


def test_status_for_programs(tmp_path: Path) -> None:
    rows = json.loads(mutua("status", "--json", "--data", str(tmp_path)).stdout)
    assert {row["state"] for row in rows} == {"stopped"}


def test_down_of_nothing(tmp_path: Path) -> None:
    done = mutua("down", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "0 processes stopped\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("token", "lisvik.issuer"), 1, "STACK_NOT_UP"),
        (("up", "--broker", "kafak"), 1, "BROKER_UNKNOWN"),
        (("up", "--nodes", "2"), 2, "found 2, expected 1 or 3"),
    ],
)
def test_errors_say_what_to_do(tmp_path: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    folder = tmp_path / "stack"
    done = mutua(*arguments, "--data", str(folder))
    try:
        assert done.returncode == code
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert code == 2 or "do next" in done.stderr
    finally:
        mutua("down", "--purge", "--data", str(folder))


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    done = mutua("up", "--data", str(tmp_path), MUTUA_DATABASE_URL="postgresql://nobody@127.0.0.1:1/postgres")
    assert done.returncode == 1
    assert "DATABASE_UNREACHABLE" in done.stderr


def test_doctor_says_what_is_off_and_how_to_mend_it(tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    done = mutua(
        "doctor", "--data", str(tmp_path), PATH=str(empty), JAVA_HOME="", XDG_CACHE_HOME=str(tmp_path)
    )
    assert "note  JDK: no `java` on PATH and no JAVA_HOME" in done.stdout
    assert "means  the stack uses the preview broker" in done.stdout
    assert "do     install a JDK 17 or later, or set JAVA_HOME" in done.stdout
    assert "ok    stack: not running" in done.stdout


def test_doctor_asks_the_servers_that_were_given(tmp_path: Path) -> None:
    done = mutua(
        *("doctor", "--data", str(tmp_path)),
        MUTUA_DATABASE_URL="postgresql://nobody@127.0.0.1:1/postgres",
        MUTUA_KAFKA_BOOTSTRAP="127.0.0.1:1",
    )
    assert done.returncode == 1
    assert "off   MUTUA_DATABASE_URL: ConnectionRefusedError" in done.stdout
    assert "off   MUTUA_KAFKA_BOOTSTRAP: KafkaConnectionError" in done.stdout


def _interruptible() -> None:
    """A shell has its background jobs ignore Ctrl-C, and their children with them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def foreground(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    here = str(Path(__file__).parent)
    folder = tmp_path / "stack"
    code = FOREGROUND.format(here=here, folder=str(folder))
    told = {**os.environ, "PYTHONPATH": here, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=told, preexec_fn=_interruptible
    ) as process:
        yield folder, process
        process.kill()
    mutua("down", "--purge", "--data", str(folder))


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    seen = ""
    while text not in seen:
        line = process.stdout.readline()
        assert line, f"it ended after:\n{seen}"
        seen += line
    return seen


def test_ctrl_c_stops_a_stack_in_the_foreground(foreground: tuple[Path, subprocess.Popen[str]]) -> None:
    folder, process = foreground
    seen = read_until(process, "Ctrl-C stops the stack.")
    assert "preview at 127.0.0.1" in seen
    assert "(asked for)" in seen
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    rows = json.loads(mutua("status", "--json", "--data", str(folder)).stdout)
    assert {row["state"] for row in rows} == {"stopped"}


def test_a_stack_in_the_foreground_tells_of_a_crash_and_ends_when_it_is_stopped_elsewhere(
    foreground: tuple[Path, subprocess.Popen[str]],
) -> None:
    folder, process = foreground
    read_until(process, "Ctrl-C stops the stack.")
    worker = json.loads((folder / "stack.json").read_text())["issuer-worker"]
    os.kill(worker["pid"], signal.SIGKILL)
    read_until(process, "issuer-worker ended by itself")
    began = time.monotonic()
    mutua("down", "--data", str(folder))
    assert process.wait(30) == 0
    assert time.monotonic() - began < 30
