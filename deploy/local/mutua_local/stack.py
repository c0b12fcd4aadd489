"""One local stack, up and down: PostgreSQL, a broker, database, topics and every process of the table.

`up` may be run at any time: it starts what is missing, leaves alone what runs as it should, and ends what a
killed `up` has left behind. It returns with everything running; nothing depends on the command that started
it.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path
from typing import Literal

import asyncpg

from mutua_local import broker as brokers
from mutua_local import roles, topics
from mutua_local.errors import StackError
from mutua_local.files import locked, write_atomically
from mutua_local.folder import StackFolder
from mutua_local.places import delete_data
from mutua_local.ports import LOOPBACK
from mutua_local.postgres import NAME as POSTGRES
from mutua_local.postgres import SUPERUSER, EmbeddedPostgres
from mutua_local.processes import Command, Record, is_alive
from mutua_local.progress import Progress
from mutua_local.roles import Database
from mutua_local.services import CLIENTS_FILE, TABLE, Program, Surroundings, migrations
from mutua_local.tenants import seeded_clients

READY_SECONDS = 240.0
MIGRATE_SECONDS = 120.0
MADE = ("postgres", "broker", "logs", "keys")

State = Literal["ready", "not ready", "ended", "stopped"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `status`; `remark` is what an unready process says is missing."""

    name: str
    state: State
    pid: int | None = None
    port: int | None = None
    since: str | None = None
    log: str | None = None
    remark: str = ""


class Stack:
    """The stack of one folder."""

    def __init__(self, path: Path, progress: Progress, *, table: Sequence[Program] = TABLE) -> None:
        self.folder = StackFolder(path)
        self._progress = progress
        self._table = table

    def up(self, *, broker: str | None = None, nodes: int | None = None) -> Surroundings:
        """Start everything that does not run and wait until all of it is ready.

        Raises StackError with the first thing that stood in the way; what runs by then keeps running.
        """
        with self._alone():
            orphans = self.folder.processes.end_orphans()
            if orphans:
                self._progress.say(f"ended {orphans} processes that an interrupted start had left behind")
            server = self._start_postgres()
            given = self._start_broker(broker, nodes)
            around = self._prepare(server, given.bootstrap)
            self._write_clients()
            self._migrate(around)
            self._start_programs(around)
            self._wait_ready()
        return around

    def _start_postgres(self) -> str:
        """The administrator's address of the server."""
        if address := os.environ.get("MUTUA_DATABASE_URL"):
            self._progress.say("PostgreSQL: the server of MUTUA_DATABASE_URL")
            asyncio.run(self._check_roles_are_ours(address))
            return address
        with self._progress.step("PostgreSQL 18"):
            server = self._embedded()
            new = server.start()
        if new:
            self._drop_events()
        return server.admin_url

    def _drop_events(self) -> None:
        """Events of a database that is gone would be read as if they had taken effect: they go with it."""
        if not (self.folder.path / "broker").exists():
            return
        self._progress.say(
            "the database was gone (a temporary folder was emptied?): the broker starts empty too"
        )
        tabled = {program.name for program in self._table}
        for name in self.folder.processes.records():
            if name not in tabled and name != POSTGRES:
                self.folder.processes.stop(name)
        shutil.rmtree(self.folder.path / "broker")

    def _embedded(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(
            self.folder.path / "postgres",
            self.folder.processes,
            port=self.folder.port("postgres"),
            password=self.folder.passwords([SUPERUSER])[SUPERUSER],
        )

    async def _check_roles_are_ours(self, address: str) -> None:
        """Roles belong to a whole server: setting our passwords would lock another stack out."""
        role = roles.ROLES[0]
        server = await roles.connect(address)
        try:
            known = await server.fetchval("select true from pg_roles where rolname = $1", role)
        finally:
            await server.close()
        if not known:
            return
        password = self.folder.passwords([role])[role]
        try:
            connection = await asyncpg.connect(
                roles.with_user(address, role, password, "postgres"), timeout=10
            )
        except asyncpg.InvalidPasswordError as error:
            raise StackError(
                "DATABASE_ROLES_TAKEN",
                found=f"a role {role} with a password that is not this stack's",
                expected="no such roles, or those of this stack",
                fix=f"copy the secrets.json of the stack that made them to {self.folder.path}, or drop them",
            ) from error
        except asyncpg.PostgresError:
            return  # the password was right, the role just may not use this database
        await connection.close()

    def _start_broker(self, wish: str | None, nodes: int | None) -> brokers.Broker:
        with self._progress.step("broker") as note:
            broker = brokers.start(
                wish,
                self.folder.path / "broker",
                self.folder.processes,
                self.folder.port,
                nodes=nodes,
                say=note,
            )
            note(f"{broker.kind} at {broker.bootstrap} ({broker.reason})")
        return broker

    def _prepare(self, server: str, bootstrap: str) -> Surroundings:
        """Roles, database, schemas and topics."""
        name = os.environ.get("MUTUA_DATABASE_NAME", roles.DATABASE)
        namespace = os.environ.get("MUTUA_NAMESPACE") or None
        with self._progress.step("database and topics") as note:
            passwords = self.folder.passwords(roles.ROLES)
            database = asyncio.run(roles.bootstrap(server, passwords, name))
            created = asyncio.run(topics.ensure_topics(bootstrap, namespace=namespace))
            outcome = f"{len(created)} topics created" if created else "topics verified"
            note(f"database {name}, {outcome}")
        known = {"server": server, "name": name, "bootstrap": bootstrap, "namespace": namespace}
        write_atomically(self.folder.path / "running.json", json.dumps(known, indent=1))
        return Surroundings(self.folder, database, bootstrap, namespace)

    def _write_clients(self) -> None:
        """The token issuer's table: what is there stays, also what a person added; new clients are added."""
        file = self.folder.path / CLIENTS_FILE
        known: list[dict[str, object]] = json.loads(file.read_text()) if file.exists() else []
        names = {entry["client_id"] for entry in known}
        added = [
            {**asdict(client), "secret": secrets.token_urlsafe(24)}
            for client in seeded_clients()
            if client.client_id not in names
        ]
        write_atomically(file, json.dumps([*known, *added], indent=1))

    def _migrate(self, around: Surroundings) -> None:
        programs = migrations(self._table)
        if not programs:
            return
        with self._progress.step("migrations"), ThreadPoolExecutor(len(programs)) as pool:
            commands = [self._command(program, around) for program in programs]
            codes = list(pool.map(self.folder.processes.run, commands, repeat(MIGRATE_SECONDS)))
        for command, code in zip(commands, codes, strict=True):
            if code != 0:
                raise StackError(
                    "MIGRATION_FAILED",
                    found=f"{command.name} ended with {code}",
                    expected="the schema of the service in its newest form",
                    fix="read the log and run `mutua up` again",
                    log=command.log,
                )

    def _start_programs(self, around: Surroundings) -> None:
        """Start what does not run; restart what was told other settings than it would be told now."""
        for program in self._table:
            command = self._command(program, around)
            record = self.folder.processes.running(program.name)
            if record is not None and record.fingerprint == command.fingerprint():
                continue
            self.folder.processes.stop(program.name)
            self.folder.processes.spawn(command)

    def _command(self, program: Program, around: Surroundings) -> Command:
        log = self.folder.path / "logs" / f"{program.name}.log"
        return Command(program.name, program.argv(), log, program.environment(around))

    def _wait_ready(self) -> None:
        waiting = {program.name for program in self._table}
        if not waiting:
            return
        deadline = time.monotonic() + READY_SECONDS
        with self._progress.step(f"{len(waiting)} processes") as note:
            while waiting:
                rows = [row for row in self.status() if row.name in waiting]
                for row in rows:
                    if row.state in ("ended", "stopped"):
                        raise _failure(row, "PROGRAM_ENDED", "it ended before it was ready")
                waiting = {row.name for row in rows if row.state != "ready"}
                if waiting and time.monotonic() > deadline:
                    row = next(row for row in rows if row.name in waiting)
                    raise _failure(row, "PROGRAM_NOT_READY", row.remark or "it does not answer /readyz")
                note(f"waiting for {', '.join(sorted(waiting))}" if waiting else "all ready")
                if waiting:
                    time.sleep(0.1)

    def down(self, *, purge: bool = False) -> int:
        """Stop everything that belongs to the stack, the servers last; with `purge` its data goes too.

        How many processes there were to stop.
        """
        with self._alone():
            names = list(self.folder.processes.records())
            programs = [program.name for program in self._table if program.name in names]
            stopped = self._stop(programs)
            servers = [name for name in names if name not in programs and name != POSTGRES]
            stopped += self._stop(servers) + self._stop([POSTGRES] if POSTGRES in names else [])
            stopped += self.folder.processes.end_orphans()
            if purge:
                self._delete_data()
        return stopped

    def _stop(self, names: Sequence[str]) -> int:
        if not names:
            return 0
        with self._progress.step(f"stopping {', '.join(names)}"), ThreadPoolExecutor(len(names)) as pool:
            return sum(pool.map(self.folder.processes.stop, names))

    def _delete_data(self) -> None:
        """Remove what a stack makes and nothing else: a person may keep other things in the folder."""
        delete_data(self.folder.path / "postgres")
        for name in MADE:
            shutil.rmtree(self.folder.path / name, ignore_errors=True)
        for file in [*self.folder.path.glob("*.json"), *self.folder.path.glob("*.lock")]:
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.path.rmdir()

    def status(self) -> list[Row]:
        """Every process of the stack: the servers that it started, then the table."""
        records = self.folder.processes.records()
        tabled = [program.name for program in self._table]
        names = [name for name in records if name not in tabled] + tabled
        with ThreadPoolExecutor(max(1, len(names))) as pool:
            return list(pool.map(self._row, names, map(records.get, names), map(tabled.__contains__, names)))

    def _row(self, name: str, record: Record | None, asks: bool) -> Row:
        if record is None:
            return Row(name, "stopped")
        port = self.folder.known_ports().get(name)
        if not is_alive(record):
            return Row(name, "ended", port=port, since=record.since, log=record.log)
        remark = _unready(port) if asks else None
        state: State = "ready" if remark is None else "not ready"
        return Row(name, state, record.pid, port, record.since, record.log, remark or "")

    def around(self) -> Surroundings:
        """What a stack that has been up is made of; raises StackError STACK_NOT_UP."""
        file = self.folder.path / "running.json"
        if not file.exists():
            raise StackError(
                "STACK_NOT_UP",
                found=f"no stack in {self.folder.path}",
                expected="one that has been started",
                fix="run `mutua up`, or name its folder with --data",
            )
        known = json.loads(file.read_text())
        database = Database(known["server"], known["name"], self.folder.passwords(roles.ROLES))
        return Surroundings(self.folder, database, known["bootstrap"], known["namespace"])

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        return locked(
            self.folder.path / "up.lock",
            busy=StackError(
                "STACK_BUSY",
                found=f"another `mutua up` or `down` at work on {self.folder.path}",
                expected="one at a time",
                fix="wait for it, or start a second stack with --data FOLDER",
            ),
        )


def _unready(port: int | None) -> str | None:
    """None where /readyz says yes, else what it says."""
    # Asked many times while everything starts: an httpx client costs 35 ms of processor time each, for TLS.
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        text = answer.read(800).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return f"no answer ({type(error).__name__})"
    finally:
        connection.close()
    return None if answer.status == 200 else f"{answer.status} {text[:200]}"


def _failure(row: Row, code: str, found: str) -> StackError:
    return StackError(
        code,
        found=f"{row.name}: {found}",
        expected=f"every process ready within {READY_SECONDS:.0f} seconds",
        fix="read the log; `mutua up` again starts what is missing",
        log=Path(row.log) if row.log else None,
    )
