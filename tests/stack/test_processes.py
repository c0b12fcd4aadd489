"""Processes are stopped by identity, found again after their record was lost, and never confused with
others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from mutua_local.errors import StackError
from mutua_local.processes import Command, Processes, find

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
IGNORE = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); "
STUBBORN = (sys.executable, "-c", IGNORE + "time.sleep(600)")
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path / "stack.json", str(tmp_path))
    yield processes
    for name in processes.records():
        processes.kill(name)
    processes.end_orphans()


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def command(tmp_path: Path, argv: tuple[str, ...] = SLEEP, *, grace: float = 5.0) -> Command:
    return Command("sleeper", argv, tmp_path / "sleeper.log", grace=grace)


def test_a_process_outlives_what_remembers_it(processes: Processes, tmp_path: Path) -> None:
    record = processes.spawn(command(tmp_path))
    again = Processes(tmp_path / "stack.json", str(tmp_path))
    assert again.running("sleeper") == record
    assert again.stop("sleeper")
    assert processes.running("sleeper") is None
    assert not again.stop("sleeper")


def test_a_pid_that_somebody_else_has_by_now_is_not_signalled(processes: Processes, tmp_path: Path) -> None:
    stranger = subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL)
    try:
        record = processes.spawn(command(tmp_path))
        state = tmp_path / "stack.json"
        known = json.loads(state.read_text())
        known["sleeper"]["pid"] = stranger.pid
        known["sleeper"]["started"] -= 3600
        state.write_text(json.dumps(known))
        assert processes.running("sleeper") is None
        assert not processes.stop("sleeper")
        assert stranger.poll() is None
        assert processes.end_orphans() == 1, "the process whose record was lost carries the mark"
        assert find(record.pid, record.started) is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_process_that_ignores_the_request_is_killed_after_its_grace(
    processes: Processes, tmp_path: Path
) -> None:
    record = processes.spawn(command(tmp_path, STUBBORN, grace=0.3))
    until(lambda: "up" in (tmp_path / "sleeper.log").read_text())
    assert processes.stop("sleeper")
    assert find(record.pid, record.started) is None


def test_a_killed_process_stays_in_the_records_until_it_is_stopped(
    processes: Processes, tmp_path: Path
) -> None:
    processes.spawn(command(tmp_path))
    assert processes.kill("sleeper")
    assert processes.running("sleeper") is None
    assert "sleeper" in processes.records()


def test_a_paused_process_does_not_run_and_is_not_gone(processes: Processes, tmp_path: Path) -> None:
    record = processes.spawn(command(tmp_path))
    processes.pause("sleeper")
    until(lambda: psutil.Process(record.pid).status() == psutil.STATUS_STOPPED)
    assert processes.running("sleeper") == record
    processes.resume("sleeper")
    until(lambda: psutil.Process(record.pid).status() != psutil.STATUS_STOPPED)


def test_children_of_known_processes_are_no_orphans(processes: Processes, tmp_path: Path) -> None:
    record = processes.spawn(command(tmp_path, (sys.executable, "-c", PARENT)))
    until(lambda: psutil.Process(record.pid).children())
    child = psutil.Process(record.pid).children()[0]
    assert processes.orphans() == []
    processes.kill("sleeper")
    assert [orphan.pid for orphan in processes.orphans()] == [child.pid]
    assert processes.end_orphans() == 1
    assert processes.orphans() == []


def test_settings_of_the_caller_do_not_reach_a_process(
    processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUTUA_DATABASE_URL", "postgresql://somewhere/else")
    log = tmp_path / "env.log"
    code = "import os; print(sorted(k for k in os.environ if k.startswith('MUTUA_')))"
    assert processes.run(Command("env", (sys.executable, "-c", code), log, {"MUTUA_X": "1"}), 30) == 0
    assert log.read_text().strip() == "['MUTUA_STACK', 'MUTUA_X']"


def test_a_program_that_takes_too_long_is_ended(processes: Processes, tmp_path: Path) -> None:
    assert processes.run(command(tmp_path), 0.2) is None
    assert processes.orphans() == []


def test_a_program_that_cannot_be_run_is_said(processes: Processes, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="PROGRAM_NOT_STARTED: found /no/such/program") as caught:
        processes.spawn(command(tmp_path, ("/no/such/program",)))
    assert caught.value.fix


def test_the_records_are_for_their_owner_only(processes: Processes, tmp_path: Path) -> None:
    processes.spawn(command(tmp_path))
    assert os.stat(tmp_path / "stack.json").st_mode & 0o077 == 0
