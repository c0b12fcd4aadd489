"""The embedded PostgreSQL over crashes, stale lock files and folders that only root can reach."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import asyncpg
import pytest

from mutua_local import places, roles
from mutua_local.errors import StackError
from mutua_local.postgres import EmbeddedPostgres
from mutua_local.roles import ROLES


async def count(server: EmbeddedPostgres) -> int:
    connection = await roles.connect(server.admin_url)
    try:
        return int(await connection.fetchval("select count(*) from thing") or 0)
    finally:
        await connection.close()


async def add(server: EmbeddedPostgres) -> None:
    connection = await roles.connect(server.admin_url)
    try:
        await connection.execute("create table if not exists thing (id int)")
        await connection.execute("insert into thing values (1)")
    finally:
        await connection.close()


def lock_file(server: EmbeddedPostgres) -> Path:
    note = server.folder / "data-is-at"
    return Path(note.read_text() if note.exists() else server.folder) / "data" / "postmaster.pid"


def test_it_comes_back_with_what_was_committed(server: EmbeddedPostgres) -> None:
    server.start()
    asyncio.run(add(server))
    server.kill()
    assert not server.is_running()
    server.start()
    assert asyncio.run(count(server)) == 1
    server.stop()
    server.start()
    assert asyncio.run(count(server)) == 1


def test_an_initialisation_that_was_killed_is_done_anew(server: EmbeddedPostgres) -> None:
    server.start()
    server.kill()
    data = lock_file(server).parent
    (data.parent / "initialised").unlink()  # the last thing that happens
    (data / "global" / "pg_control").unlink()
    assert server.start(), "its data is new"


def test_a_lock_file_with_the_pid_of_somebody_else(server: EmbeddedPostgres) -> None:
    server.start()
    server.kill()
    lines = lock_file(server).read_text().splitlines()
    lock_file(server).write_text("\n".join([str(os.getppid()), *lines[1:]]))
    server.start()
    assert server.is_running()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_programs_that_only_root_can_reach_are_copied(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = places.find_wheel()
    assert wheel is not None
    closed = next(parent for parent in server.folder.parents if parent.name == "closed")
    for name in (wheel.name, f"{wheel.name}.libs"):
        shutil.copytree(wheel.parent / name, closed / name, symlinks=True)
    monkeypatch.setattr(places, "find_wheel", lambda: closed / wheel.name)
    server.start()
    asyncio.run(add(server))
    assert places.find_places(server.folder).programs.is_relative_to(lock_file(server).parent.parent)


def test_folders_above_the_data_stay_closed(server: EmbeddedPostgres) -> None:
    server.start()
    closed = next(parent for parent in server.folder.parents if parent.name == "closed")
    assert closed.stat().st_mode & 0o777 == 0o700
    data = lock_file(server).parent
    assert data.stat().st_mode & 0o777 == 0o700
    server.delete()
    assert not data.parent.exists()


async def test_an_administrator_who_is_no_superuser_can_prepare_the_database(
    postgres_server: EmbeddedPostgres,
) -> None:
    admin = await roles.connect(postgres_server.admin_url)
    name = f"landlord_{os.getpid()}"
    try:
        await admin.execute(f"create role {name} login createdb createrole password 'rent'")
        for role in ROLES:  # as if this user had made them
            await admin.execute(f"grant {role} to {name} with admin option")
        # A hash is taken as it is: the passwords that other tests know stay.
        found = await admin.fetch("select rolname, rolpassword from pg_authid where rolname = any($1)", ROLES)
        mine = {row["rolname"]: row["rolpassword"] for row in found}
        address = roles.with_user(postgres_server.admin_url, name, "rent", "postgres")
        database = await roles.bootstrap(address, mine, name)
        await roles.bootstrap(address, mine, name)
        owner = await admin.fetchval(
            "select datdba::regrole::text from pg_database where datname = $1", database.name
        )
        assert owner == name
    finally:
        await roles.drop_database(postgres_server.admin_url, name)
        await admin.execute(f"drop owned by {name}")
        await admin.execute(f"drop role {name}")
        await admin.close()


async def test_a_user_without_rights_is_told_so(
    postgres_server: EmbeddedPostgres, database: roles.Database
) -> None:
    with pytest.raises(StackError, match="DATABASE_RIGHTS_MISSING"):
        await roles.bootstrap(database.url("issuer_owner"), dict.fromkeys(ROLES, "x"), "other")
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(database.url("issuer_owner").replace(database.name, "postgres_not_there"))


async def test_a_role_that_could_read_every_tenant_is_refused(server: EmbeddedPostgres) -> None:
    await asyncio.to_thread(server.start)
    await roles.bootstrap(server.admin_url, dict.fromkeys(ROLES, "x"))
    admin = await roles.connect(server.admin_url)
    await admin.execute("alter role notifier_api bypassrls")
    await admin.close()
    with pytest.raises(StackError, match="DATABASE_ROLE_TOO_STRONG: found notifier_api;"):
        await roles.bootstrap(server.admin_url, dict.fromkeys(ROLES, "x"))
