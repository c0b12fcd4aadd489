"""The servers of a run: one PostgreSQL and one broker of its own, started and stopped by the stack's code.

PostgreSQL runs with the settings of the stack (with fsync), the broker is the one that the stack chooses or
that is asked for. Topics have the partitions that are declared, as in production.
"""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mutua_kernel.migrate import migrate
from mutua_local import broker as brokers
from mutua_local import roles, topics
from mutua_local.broker import Broker
from mutua_local.folder import StackFolder
from mutua_local.places import delete_data
from mutua_local.postgres import EmbeddedPostgres
from mutua_local.roles import Database
from tests.bench.report import progress

SCHEMA = "issuer"
"""The ledger, the service that is measured, lives in the issuer's schema: roles belong to the server."""


@dataclass(frozen=True, slots=True)
class Servers:
    """What a measurement needs to reach its servers."""

    database: Database
    broker: Broker
    namespace: str

    @property
    def worker_url(self) -> str:
        """The database with the role of a worker."""
        return self.database.url(f"{SCHEMA}_worker")

    @property
    def owner_url(self) -> str:
        """The database with the role that may truncate tables."""
        return self.database.url(f"{SCHEMA}_owner")


@contextmanager
def servers(wish: str | None) -> Iterator[Servers]:
    """Starts both, with the ledger's tables and every declared topic; stops and removes them afterwards."""
    path = Path(tempfile.mkdtemp(prefix="mutua-bench-"))
    path.chmod(0o711)  # PostgreSQL may run as another user and must be able to pass
    folder = StackFolder(path)
    try:
        progress("starting PostgreSQL")
        yield from _started(folder, wish)
    finally:
        for name in reversed(folder.processes.records()):
            folder.processes.stop(name)
        folder.processes.end_orphans()
        delete_data(path / "postgres")
        shutil.rmtree(path, ignore_errors=True)


def _started(folder: StackFolder, wish: str | None) -> Iterator[Servers]:
    passwords = folder.passwords(("superuser", *roles.ROLES))
    postgres = EmbeddedPostgres(
        folder.path / "postgres",
        folder.processes,
        port=folder.port("postgres"),
        password=passwords["superuser"],
    )
    postgres.start()
    database = asyncio.run(roles.bootstrap(postgres.admin_url, passwords))
    migrate("ledger", database.url(f"{SCHEMA}_owner"), SCHEMA)
    progress("starting the broker")
    broker = brokers.start(
        wish, folder.path / "broker", folder.processes, folder.port, say=lambda text: progress(text)
    )
    namespace = f"bench{secrets.token_hex(3)}"
    asyncio.run(topics.ensure_topics(broker.bootstrap, namespace=namespace))
    yield Servers(database, broker, namespace)
