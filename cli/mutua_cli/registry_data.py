"""The database of a mirror that works alone: PostgreSQL over the mirror's folder, or a server that is named.

Several commands may use one mirror at once, such as a dump while a sync runs: the first starts the server,
the last stops it. A command that was killed leaves the server running, and the next one takes it over.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mutua_local.errors import StackError
from mutua_local.files import locked
from mutua_local.folder import StackFolder
from mutua_local.places import find_places
from mutua_local.postgres import SUPERUSER, EmbeddedPostgres

ADDRESS = "MUTUA_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mirror is, and what people call it. `shared`: on a server that a service may use too."""

    address: str
    name: str
    shared: bool


def is_named(data: Path | None) -> bool:
    """Whether a mirror is named at all: by a folder, or by the address of a server."""
    return data is not None or bool(os.environ.get(ADDRESS))


def has_mirror(data: Path | None) -> bool:
    """Whether there is a mirror to read."""
    return bool(os.environ.get(ADDRESS)) or (data is not None and (data / "postgres").is_dir())


@contextmanager
def mirror_at(data: Path | None) -> Generator[Place]:
    """The mirror's database while the block runs. Raises StackError where the server does not start."""
    if address := os.environ.get(ADDRESS):
        yield Place(address, f"the database of {ADDRESS}", shared=True)
        return
    assert data is not None, "is_named was asked before"
    folder = StackFolder(data.expanduser().resolve())
    folder.path.mkdir(parents=True, exist_ok=True)
    server = EmbeddedPostgres(
        folder.path / "postgres",
        folder.processes,
        port=folder.port("postgres"),
        password=folder.passwords([SUPERUSER])[SUPERUSER],
    )
    turn = folder.path / "turn.lock"
    with (folder.path / "users.lock").open("a") as users:
        with locked(turn):
            fcntl.flock(users, fcntl.LOCK_SH)
            _start(server, folder)
        try:
            yield Place(server.admin_url, str(data), shared=False)
        finally:
            with locked(turn):
                if _is_last(users.fileno()):
                    server.stop()


def _start(server: EmbeddedPostgres, folder: StackFolder) -> None:
    left = server.folder.is_dir() and (find_places(server.folder).data / "postmaster.pid").exists()
    if left and not server.is_running():
        # The server of a command that was killed before it had written down what it started.
        folder.processes.end_orphans()
    try:
        server.start()
    except StackError as error:
        fix = f"read the log; where the data is broken, move {server.folder} away and read the registry anew"
        raise StackError(
            error.code, found=error.found, expected=error.expected, fix=fix, log=error.log
        ) from error


def _is_last(users: int) -> bool:
    """Whether nobody else uses the mirror now."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(users, fcntl.LOCK_UN)
        return False
    return True
