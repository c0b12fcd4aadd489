"""Start, watch and stop operating-system processes that outlive the command which started them.

Each process runs in a session of its own, writes to its own log and is remembered in a state file by pid
*and* start time, so that a pid which the system has given to somebody else is never signalled. Every child
also carries the stack's mark in its environment: a child whose record was lost (the stack itself was killed
between start and record) is found by it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

import psutil

from mutua_local.errors import StackError
from mutua_local.files import locked, write_atomically

MARK = "MUTUA_STACK"
# Seconds. The system computes a start time from the boot time, which moves a little with the wall clock.
START_TOLERANCE = 1.0


@dataclass(frozen=True, slots=True)
class Command:
    """What to run; `environment` is added to the caller's, `user` is (uid, gid) or None for the caller."""

    name: str
    argv: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    folder: Path | None = None
    user: tuple[int, int] | None = None
    stop_signal: int = signal.SIGTERM
    grace: float = 20.0

    def fingerprint(self) -> str:
        """Equal for two commands that run the same program with the same settings."""
        told = json.dumps([self.argv, sorted(self.environment.items())])
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Record:
    """A started process as the state file remembers it; `started` is in seconds since the epoch."""

    name: str
    pid: int
    started: float
    since: str
    log: str
    stop_signal: int
    grace: float
    fingerprint: str


def find(pid: int, started: float) -> psutil.Process | None:
    """The live process with this pid and start time; None when it ended or is another one by now."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or abs(process.create_time() - started) > START_TOLERANCE:
            return None
    except psutil.NoSuchProcess:
        return None
    return process


def is_alive(record: Record) -> bool:
    """Whether this very process still runs."""
    return find(record.pid, record.started) is not None


def signal_group(process: psutil.Process, number: int) -> None:
    """Send a signal to a process and what it started (each of ours leads a session of its own)."""
    with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


def marked(matches: Callable[[str], bool]) -> Iterator[tuple[psutil.Process, str]]:
    """Live processes that carry such a mark in their environment, as far as this user may see them."""
    for process in psutil.process_iter():
        try:
            value = process.environ().get(MARK)
            if value is not None and matches(value) and process.status() != psutil.STATUS_ZOMBIE:
                yield process, value
        except (psutil.Error, OSError):
            continue


class _User(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as_user(user: tuple[int, int] | None) -> _User:
    """The arguments of Popen that make a child run as another user, without the caller's groups."""
    return {} if user is None else {"user": user[0], "group": user[1], "extra_groups": []}


class Processes:
    """The processes of one stack and the file that remembers them.

    Several commands may use the same file at once; each change is read, made and written under a lock.
    """

    def __init__(self, state: Path, mark: str) -> None:
        self._state = state
        self._mark = mark

    def spawn(self, command: Command) -> Record:
        """Start a process and remember it; raises StackError PROGRAM_NOT_STARTED when the system refuses."""
        child = self._launch(command)
        record = Record(
            command.name,
            child.pid,
            psutil.Process(child.pid).create_time(),  # of a zombie too: nobody has reaped it yet
            datetime.now(UTC).isoformat(timespec="seconds"),
            str(command.log),
            int(command.stop_signal),
            command.grace,
            command.fingerprint(),
        )
        child.returncode = 0  # it outlives this object on purpose; without it Popen warns of that
        with self._changing() as records:
            records[command.name] = record
        return record

    def run(self, command: Command, seconds: float) -> int | None:
        """Run a program to its end; its exit code, or None when it took too long and was killed."""
        child = self._launch(command)
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if child.returncode is None:
                child.kill()
                child.wait()

    def _launch(self, command: Command) -> subprocess.Popen[bytes]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MUTUA_")}
        environment |= {**command.environment, MARK: self._mark}
        command.log.parent.mkdir(parents=True, exist_ok=True)
        with command.log.open("ab") as log:
            try:
                return subprocess.Popen(  # noqa: S603
                    command.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    cwd=command.folder,
                    start_new_session=True,
                    **_as_user(command.user),
                )
            except OSError as error:
                raise StackError(
                    "PROGRAM_NOT_STARTED",
                    found=f"{command.argv[0]}: {error.strerror or error}",
                    expected=f"a program that can be run as {command.name}",
                    fix="run `mutua doctor`",
                ) from error

    def record(self, name: str) -> Record | None:
        """What is remembered about a process, whether it runs or not."""
        return self.records().get(name)

    def records(self) -> dict[str, Record]:
        """Everything remembered, in the order of starting."""
        try:
            text = self._state.read_text()
        except FileNotFoundError:
            return {}
        return {name: Record(**values) for name, values in json.loads(text).items()}

    def running(self, name: str) -> Record | None:
        """The record of a process that runs now, or None."""
        record = self.record(name)
        return record if record is not None and is_alive(record) else None

    def stop(self, name: str) -> bool:
        """Ask a process to end, wait its grace, then kill it and what it started; whether there was one."""
        record = self.running(name)
        process = None if record is None else find(record.pid, record.started)
        if record is not None and process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(record.stop_signal)
            if not _gone(process, record.grace):
                signal_group(process, signal.SIGKILL)
                _gone(process, 10.0)
        self._forget(name)
        return process is not None

    def kill(self, name: str) -> bool:
        """End a process at once by SIGKILL, it alone; whether there was one."""
        return self._signal(name, signal.SIGKILL, wait=True)

    def pause(self, name: str) -> bool:
        """Freeze a process by SIGSTOP; `resume` thaws it."""
        return self._signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> bool:
        """Thaw a process that `pause` has frozen."""
        return self._signal(name, signal.SIGCONT)

    def orphans(self) -> list[psutil.Process]:
        """Live processes with this stack's mark that the state file does not know, oldest first."""
        known = {record.pid for record in self.records().values() if is_alive(record)}
        found = [process for process, _ in marked(self._mark.__eq__)]
        strangers = [p for p in found if p.pid not in known and not _has_ancestor(p, known)]
        return sorted(strangers, key=lambda process: process.create_time())

    def end_orphans(self) -> int:
        """End the processes that a killed stack left behind without a record; how many there were."""
        orphans = self.orphans()
        for process in orphans:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in orphans:
            if not _gone(process, 10.0):
                signal_group(process, signal.SIGKILL)
        return len(orphans)

    def _signal(self, name: str, number: int, *, wait: bool = False) -> bool:
        record = self.running(name)
        process = None if record is None else find(record.pid, record.started)
        if process is None:
            return False
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        if wait:
            _gone(process, 10.0)
        return True

    def _forget(self, name: str) -> None:
        with self._changing() as records:
            records.pop(name, None)

    @contextlib.contextmanager
    def _changing(self) -> Generator[dict[str, Record]]:
        with locked(self._state.with_suffix(".lock")):
            records = self.records()
            yield records
            write_atomically(self._state, json.dumps({n: asdict(r) for n, r in records.items()}, indent=1))


def _gone(process: psutil.Process, seconds: float) -> bool:
    """Whether a process ended within so many seconds.

    A zombie has ended: in many containers nobody reaps it, and its pid might never vanish.
    """
    deadline = time.monotonic() + seconds
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        with contextlib.suppress(ChildProcessError):  # it may be a child of an earlier command
            os.waitpid(process.pid, os.WNOHANG)
    return True


def _has_ancestor(process: psutil.Process, pids: set[int]) -> bool:
    try:
        return any(parent.pid in pids for parent in process.parents())
    except psutil.Error:
        return False


def wait_until(
    ready: Callable[[], bool],
    *,
    alive: Callable[[], bool],
    seconds: float,
    failure: Callable[[str], Exception],
) -> None:
    """Poll `ready`; raise `failure(what was found)` when the process ends first or the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive():
            raise failure("it ended before it was ready")
        if time.monotonic() > deadline:
            raise failure(f"it was not ready after {seconds:.0f} seconds")
        time.sleep(0.05)
