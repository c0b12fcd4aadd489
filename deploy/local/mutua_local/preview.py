"""The preview broker: the wheel `noida-db`, a small program that speaks Kafka's protocol, without Java.

It carries the happy path and a restart with the same identity. It never lets a dead member of a group
expire and keeps its topics in memory, so promises about crashes, take-over and order are not tested on it.
"""

from __future__ import annotations

import importlib.util
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

from mutua_local.errors import StackError
from mutua_local.ports import LOOPBACK, answers
from mutua_local.processes import Command, Processes, wait_until

START_SECONDS = 20.0


class PreviewBroker:
    """One process; the broker is its only node."""

    kind = "preview"
    name = "preview-broker"

    def __init__(self, folder: Path, processes: Processes, *, port: int, reason: str = "asked for") -> None:
        self.folder = folder
        self.reason = reason
        self.log = folder / "server.log"
        self._port = port
        self._processes = processes

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def nodes(self) -> Sequence[PreviewBroker]:
        """Itself."""
        return (self,)

    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._processes.running(self.name) is not None

    def start(self) -> None:
        """Start over the data that is there and wait until it listens."""
        if not self.is_running():
            self.folder.mkdir(parents=True, exist_ok=True)
            options = ("start", "--data-dir", str(self.folder / "data"), "--only", "kafka")
            command = (_program(self.folder), *options, "--kafka-port", str(self._port))
            self._processes.spawn(Command(self.name, command, self.log, folder=self.folder, grace=10.0))
        wait_until(self._is_ready, alive=self.is_running, seconds=START_SECONDS, failure=self._failure)

    def stop(self) -> None:
        """End in good order."""
        self._processes.stop(self.name)

    def kill(self) -> None:
        """SIGKILL."""
        self._processes.kill(self.name)

    def pause(self) -> None:
        """SIGSTOP."""
        self._processes.pause(self.name)

    def resume(self) -> None:
        """SIGCONT."""
        self._processes.resume(self.name)

    def restart(self) -> None:
        """Stop and start again."""
        self.stop()
        self.start()

    def delete(self) -> None:
        """Kill and remove the data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_ready(self) -> bool:
        return answers(self._port)

    def _failure(self, found: str) -> StackError:
        return StackError(
            "PREVIEW_BROKER_NOT_STARTED",
            found=found,
            expected=f"the preview broker listening on {self.bootstrap}",
            fix="read the log; with a JDK 17+ and Maven the stack uses Apache Kafka instead",
            log=self.log,
        )


def _program(folder: Path) -> str:
    """The wheel's program, or a copy where an installer dropped its permission to run."""
    spec = importlib.util.find_spec("noida_db")
    program = Path((spec.submodule_search_locations or [""])[0], "noida-db") if spec is not None else None
    if program is None or not program.is_file():
        raise StackError(
            "PREVIEW_BROKER_MISSING",
            found="no program of the wheel noida-db in this Python",
            expected="the wheel for this platform",
            fix="run `make install`, install a JDK 17+ with Maven, or give `--broker HOST:PORT`",
        )
    if program.stat().st_mode & stat.S_IXUSR:
        return str(program)
    copy = folder / "noida-db"
    shutil.copyfile(program, copy)
    copy.chmod(0o700)
    return str(copy)
