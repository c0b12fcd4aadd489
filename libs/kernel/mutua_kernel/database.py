"""The way to PostgreSQL: a pool with this process's role, and SQL that lives in files, by name.

Errors of the database are told apart once, here: infrastructure is retried in place, data is parked.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import asyncpg

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
"""A connection, inside a transaction wherever a parameter is called `tx`."""
Pool = asyncpg.Pool

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)

_INFRASTRUCTURE_CLASSES = ("08", "40", "53", "55", "57", "58")
"""SQLSTATE classes that say nothing about the data: connection, rollback, resources, in use, operator,
system."""
_INFRASTRUCTURE_CODES = ("25006", "25P03", "25P04")
"""The same of single codes: a standby that only reads (after a fail-over), a transaction ended for time."""


async def open_pool(url: str, *, name: str, size: int, **options: Any) -> Pool:
    """A pool of at most `size` connections that call themselves `name`."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        command_timeout=60,
        server_settings={"application_name": name, "timezone": "UTC"},
        **options,
    )


def load_queries(package: str) -> Mapping[str, str]:
    """The statements of `queries.sql` in `package`, by the name in their `-- name: x` line."""
    text = files(package).joinpath("queries.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    names, bodies = parts[0::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{package}/queries.sql names a query twice")
    return {name: body.strip() for name, body in zip(names, bodies, strict=True)}


def sqlstate(error: asyncpg.PostgresError) -> str:
    """The error's five-character code, empty where the server gave none."""
    return str(getattr(error, "sqlstate", None) or "")


def is_infrastructure(error: BaseException) -> bool:
    """Whether `error` says that the database could not be used, and nothing about the data.

    Such an error is retried in place; every other one belongs to the data (SQLSTATE 22, 23) or is a bug,
    and its culprit is searched and parked (class 42, a schema or rights that do not fit, halts the stream).
    """
    if isinstance(error, asyncpg.PostgresError):
        code = sqlstate(error)
        return code[:2] in _INFRASTRUCTURE_CLASSES or code in _INFRASTRUCTURE_CODES
    if isinstance(error, asyncpg.InterfaceError):
        # asyncpg tells a lost connection and an argument that it cannot encode by the same class; the
        # latter is a
        # ValueError too.
        return not isinstance(error, ValueError)
    # What asyncpg calls an internal error of the client is a connection that the server ended while this
    # process stood still: the next statement finds it in a state that it does not know.
    return isinstance(error, OSError | TimeoutError | asyncpg.InternalClientError)


def is_unstorable(error: BaseException) -> bool:
    """Whether a value itself cannot be stored: U+0000 or half a surrogate pair in a text."""
    if isinstance(error, asyncpg.PostgresError):
        return sqlstate(error) in ("22021", "22P05")
    return isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)


async def set_tenant(tx: Connection, tenant: str) -> None:
    """Shows `tx` the rows of `tenant` only, until the transaction ends (row-level security)."""
    await tx.execute("select set_config('app.tenant', $1, true)", tenant)
