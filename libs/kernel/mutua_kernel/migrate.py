"""Migrations: plain SQL, forward only, one schema a service, run by dbmate with the owner's role.

The kernel's own tables come first (version 0000), then the service's (0001 and up), then what the kernel
changed later (0900 and up); a version that is new is applied whatever stands above it already.
"""

import os
import subprocess
import sysconfig
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


class MigrationFailed(RuntimeError):
    """A migration could not be applied; the message is the database's own. Nothing of that file was kept."""


def migrate(package: str, url: str, schema: str) -> str:
    """Applies the kernel's and `package`'s migrations to `schema`; gives back what was done, a line each.

    `url` connects as the schema's owner. Running it again does nothing. Raises `MigrationFailed`.
    """
    with (
        as_file(files("mutua_kernel") / "migrations") as kernel,
        as_file(files(package) / "migrations") as own,
    ):
        return _dbmate(_dbmate_url(url, schema), (kernel, own))


def _dbmate(url: str, folders: tuple[Path, ...]) -> str:
    # The wheel installs the program beside the interpreter's other scripts.
    program = Path(sysconfig.get_path("scripts")) / "dbmate"
    command = [str(program), "--no-dump-schema", "--migrations-table", "schema_migrations"]
    for folder in folders:
        command += ["--migrations-dir", str(folder)]
    # By environment: arguments are seen by everybody on the machine.
    environment = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(  # noqa: S603
        [*command, "migrate"], capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode != 0:
        raise MigrationFailed(done.stderr.strip() or done.stdout.strip())
    return done.stdout.strip()


def _dbmate_url(url: str, schema: str) -> str:
    """The same database in dbmate's spelling: a socket's folder is `socket`, TLS only where it is asked
    for."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    folder = query.pop("host", None)
    if folder is not None:
        query["socket"] = folder
    query.setdefault("sslmode", "disable")
    query["search_path"] = schema
    return urlunsplit(("postgres", parts.netloc, parts.path, urlencode(query), ""))
