"""Migrations and roles: run twice they change nothing; each role may do its own work and nobody rules."""

import asyncpg
import pytest

from mutua_kernel.migrate import MigrationFailed, migrate
from mutua_local.roles import ROLES, Database

pytestmark = pytest.mark.servers

FORBIDDEN = [
    ("issuer_api", "select * from inbox"),
    ("issuer_api", "insert into inbox (consumer, event_id) values ('x', gen_random_uuid())"),
    ("issuer_api", "delete from outbox"),
    ("issuer_api", "update parked_event set detail = ''"),
    ("issuer_api", "update parked_key set key = 'other'"),
    ("issuer_api", "delete from parked_key"),
    ("issuer_api", "truncate idempotency"),
    ("issuer_api", "alter table idempotency disable row level security"),
    ("issuer_api", "create table mine (id int)"),
    ("issuer_worker", "create table mine (id int)"),
    ("issuer_worker", "drop table inbox"),
    ("issuer_worker", "alter table outbox add column mine int"),
    ("issuer_worker", "insert into schema_migrations (version) values ('9999')"),
    ("issuer_worker", "set role issuer_owner"),
    ("issuer_worker", "create role mine superuser"),
    ("recognition_worker", "select * from issuer.outbox"),
    ("recognition_owner", "select * from issuer.inbox"),
]


@pytest.mark.parametrize(("role", "statement"), FORBIDDEN)
async def test_a_role_may_not(ledger: Database, role: str, statement: str) -> None:
    connection = await asyncpg.connect(ledger.url(role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_an_api_sees_the_answers_of_its_tenant_only(ledger: Database) -> None:
    connection = await asyncpg.connect(ledger.url("issuer_api"))
    add = (
        "insert into idempotency (tenant, key, request_hash, status, body)"
        " values ($1, 'same', 'x', 201, 'secret')"
    )
    try:
        for tenant in ("DEQARINST7105", "DEQARINST7112"):
            async with connection.transaction():
                await connection.execute("select set_config('app.tenant', $1, true)", tenant)
                await connection.execute(add, tenant)
                found = await connection.fetch("select tenant from idempotency")
                assert [row["tenant"] for row in found] == [tenant]
        assert await connection.fetch("select * from idempotency") == []  # outside: nobody's rows
        async with connection.transaction():
            await connection.execute("select set_config('app.tenant', 'DEQARINST7105', true)")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(add, "DEQARINST7119")
    finally:
        await connection.close()


async def test_nobody_is_superuser_or_passes_row_level_security(ledger: Database) -> None:
    connection = await asyncpg.connect(ledger.url("issuer_worker"))
    rows = await connection.fetch(
        "select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as strong"
        " from pg_roles where rolname = any($1)",
        ROLES,
    )
    await connection.close()
    assert {row["rolname"] for row in rows} == set(ROLES)
    assert [row["rolname"] for row in rows if row["strong"]] == []


async def test_migrations_run_twice_change_nothing(ledger: Database) -> None:
    owner = await asyncpg.connect(ledger.url("issuer_owner"))
    await owner.execute("insert into inbox (consumer, event_id) values ('x', gen_random_uuid())")
    before = await owner.fetch("select * from schema_migrations order by version")
    assert migrate("ledger", ledger.url("issuer_owner"), "issuer") == ""
    assert await owner.fetch("select * from schema_migrations order by version") == before
    assert await owner.fetchval("select count(*) from inbox") == 1
    await owner.close()


@pytest.mark.parametrize("role", ["issuer_api", "issuer_worker"])
async def test_only_the_owner_migrates(database: Database, role: str) -> None:
    with pytest.raises(MigrationFailed):
        migrate("ledger", database.url(role), "issuer")
