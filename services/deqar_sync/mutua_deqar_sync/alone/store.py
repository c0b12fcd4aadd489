"""A database made ready for the mirror, and the lock that lets one command at a time read the registry."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from mutua_kernel.database import Pool, open_pool
from mutua_kernel.migrate import migrate

SCHEMA: Final = "deqar_sync"
_ROLES: Final = """
do $$
declare
    r text;
begin
    foreach r in array array['deqar_sync_owner', 'deqar_sync_api', 'deqar_sync_worker'] loop
        if not exists (select from pg_roles where rolname = r) then
            execute format('create role %I nologin', r);
        end if;
    end loop;
end
$$
"""
_LOCK: Final = "select pg_try_advisory_lock(hashtext('mutua registry sync'))"
_LOCK_PATIENCE: Final = 5.0
"""Seconds: a command that was killed loses its lock when the server notices."""

STORE_LOST: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidCatalogNameError,
)
"""What is raised where a database goes away, is shut down or has no room left."""


class Unprepared(Exception):
    """The database cannot be used for a mirror; the message is the database's own."""


async def prepare(url: str) -> None:
    """Roles, schema and tables of the mirror, where they are not there yet. Raises Unprepared."""
    try:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            await connection.execute(_ROLES)
            await connection.execute(f"create schema if not exists {SCHEMA}")
        finally:
            await connection.close()
        await asyncio.to_thread(migrate, "mutua_deqar_sync", url, SCHEMA)
    except (OSError, TimeoutError, ValueError, RuntimeError, asyncpg.PostgresError) as error:
        raise Unprepared(f"{type(error).__name__}: {error}") from error


@asynccontextmanager
async def mirror_pool(url: str) -> AsyncGenerator[Pool]:
    """Connections that find the mirror's tables. Raises Unprepared where the server does not answer."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {"search_path": SCHEMA}
    address = urlunsplit(parts._replace(query=urlencode(query)))
    try:
        pool = await open_pool(address, name="mutua-registry", size=2)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
        raise Unprepared(f"{type(error).__name__}: {error}") from error
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def alone(url: str) -> AsyncGenerator[bool]:
    """Whether no other command reads the registry into this database while the block runs."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        deadline = asyncio.get_running_loop().time() + _LOCK_PATIENCE
        while not (held := bool(await connection.fetchval(_LOCK))):
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(0.1)
        yield held
    finally:
        await connection.close()
