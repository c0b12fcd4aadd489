"""The database as the services expect it: one schema a service, three roles each, no other rights.

`<service>_owner` owns the schema and runs the migrations; `<service>_api` and `<service>_worker` may use
the schema and get rights on its tables from the migrations only. No role is a superuser or passes row-level
security. Running this again changes nothing but the passwords, which are set to the given ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString, cast
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from mutua_local.errors import StackError

SERVICES = ("issuer", "recognition", "deqar_sync", "notifier")
KINDS = ("owner", "api", "worker")
ROLES = tuple(f"{service}_{kind}" for service in SERVICES for kind in KINDS)
DATABASE = "mutua"
TOO_STRONG = """
    select rolname from pg_roles
    where rolname = any($1) and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)
"""


@dataclass(frozen=True, slots=True)
class Database:
    """A bootstrapped database: the server's address without a user, its name and the roles' passwords."""

    server: str
    name: str
    passwords: Mapping[str, str]

    def url(self, role: str) -> str:
        """The address for one role, e.g. `recognition_worker`."""
        return with_user(self.server, role, self.passwords[role], self.name)


def with_user(address: str, user: str, password: str, database: str) -> str:
    """The same server's URL for another user and database; options such as `sslmode` are kept."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"
    return urlunsplit((parts.scheme, netloc, f"/{quote(database, safe='')}", parts.query, ""))


def with_database(address: str, database: str) -> str:
    """The same server and user, another database."""
    return urlunsplit(urlsplit(address)._replace(path=f"/{quote(database, safe='')}"))


async def bootstrap(admin_url: str, passwords: Mapping[str, str], name: str = DATABASE) -> Database:
    """Make roles, database, schemas and rights; `passwords` has one for each of ROLES. Idempotent.

    Raises StackError DATABASE_UNREACHABLE, DATABASE_RIGHTS_MISSING or DATABASE_ROLE_TOO_STRONG.
    """
    await create_roles(admin_url, passwords)
    await create_database(admin_url, name)
    await create_schemas(with_database(admin_url, name))
    return Database(admin_url, name, passwords)


async def create_roles(admin_url: str, passwords: Mapping[str, str]) -> None:
    """The twelve roles of the server with their passwords and search paths."""
    connection = await connect(admin_url)
    try:
        async with connection.transaction():
            # Roles belong to the whole server: two stacks that begin at once must not both create one.
            await connection.execute("select pg_advisory_xact_lock(hashtext('mutua_local.roles'))")
            known = {row["rolname"] for row in await connection.fetch("select rolname from pg_roles")}
            for role in ROLES:
                verb = "alter" if role in known else "create"
                password = await connection.fetchval("select quote_literal($1::text)", passwords[role])
                await _run(connection, f"{verb} role {role} login password {password}")
                await _run(connection, f"alter role {role} set search_path = {role.rpartition('_')[0]}")
            strong = await connection.fetch(TOO_STRONG, ROLES)
    except asyncpg.InsufficientPrivilegeError as error:
        raise StackError(
            "DATABASE_RIGHTS_MISSING",
            found=str(error),
            expected="a user that may create roles and databases",
            fix="give MUTUA_DATABASE_URL such a user (`createrole` and `createdb` are enough)",
        ) from error
    finally:
        await connection.close()
    if strong:
        raise StackError(
            "DATABASE_ROLE_TOO_STRONG",
            found=", ".join(row["rolname"] for row in strong),
            expected="roles without superuser, bypassrls, createrole and createdb",
            fix="take these attributes away, or drop the roles and let the stack make them",
        )


async def create_database(admin_url: str, name: str, *, template: str | None = None) -> None:
    """The database, empty or a copy of `template`, open to the roles of the services only."""
    quoted = quote_identifier(name)
    connection = await connect(admin_url)
    try:
        exists = await connection.fetchval("select true from pg_database where datname = $1", name)
        if not exists:
            source = "template0" if template is None else quote_identifier(template)
            await _run(connection, f"create database {quoted} template {source} encoding 'UTF8'")
        # A copy has the schemas of its template but not the rights on the database itself.
        await _run(connection, f"revoke all on database {quoted} from public")
        await _run(connection, f"grant connect on database {quoted} to {', '.join(ROLES)}")
    except asyncpg.InsufficientPrivilegeError as error:
        raise StackError(
            "DATABASE_RIGHTS_MISSING",
            found=str(error),
            expected=f"a user that may create the database {name}",
            fix="give MUTUA_DATABASE_URL such a user (`createrole` and `createdb` are enough)",
        ) from error
    finally:
        await connection.close()


async def create_schemas(admin_url: str) -> None:
    """One schema a service in the database of the address, and nothing in `public`."""
    connection = await connect(admin_url)
    try:
        async with connection.transaction():
            await connection.execute("revoke all on schema public from public")
            for service in SERVICES:
                # On PostgreSQL 16+ a creator of roles is their member only by name: it must also be allowed
                # to act as one.
                await _run(connection, f"grant {service}_owner to current_user with set true, inherit true")
                await _run(connection, f"create schema if not exists {service} authorization {service}_owner")
                await _run(connection, f"grant usage on schema {service} to {service}_api, {service}_worker")
    finally:
        await connection.close()


async def drop_database(admin_url: str, name: str) -> None:
    """Remove a database, ending the connections to it."""
    connection = await connect(admin_url)
    try:
        await _run(connection, f"drop database if exists {quote_identifier(name)} with (force)")
    finally:
        await connection.close()


async def connect(address: str) -> asyncpg.Connection:
    """A connection, or StackError DATABASE_UNREACHABLE."""
    try:
        return await asyncpg.connect(address, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise StackError(
            "DATABASE_UNREACHABLE",
            found=f"{type(error).__name__}: {error}",
            expected="a PostgreSQL server that accepts this user",
            fix="check MUTUA_DATABASE_URL, or unset it to use the embedded server",
        ) from error


def quote_identifier(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


async def _run(connection: asyncpg.Connection, statement: str) -> None:
    # Statements of this kind take no parameters: names come from the tables above or are quoted, passwords
    # are literals.
    await connection.execute(cast("LiteralString", statement))
