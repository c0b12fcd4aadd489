"""Tenants cannot touch one another's rows, and a learner's data is nowhere but under the learner's key."""

import base64
import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from mutua_issuer.store import SQL
from mutua_kernel.database import Pool, set_tenant
from mutua_local.roles import Database

from .conftest import LISVIK, OSTERHAV, Institution

pytestmark = pytest.mark.servers


MARKS = ("Quirin", "Zabelfort", "1987-06-05", "s-77341900", "esi-90017734", "97 of 100", "matr-77341900")
PERSONAL = {
    "external_id": "matr-77341900",
    "learner_id": "s-77341900",
    "award": {
        "component": "AST-DAT-020",
        "date_of_issuing": "2026-06-20",
        "learner": {
            "given_name": "Quirin",
            "family_name": "Zabelfort",
            "birth_date": "1987-06-05",
            "identifiers": [{"scheme": "esi", "value": "esi-90017734"}],
        },
        "grade": {"value": "97 of 100"},
    },
}


async def world(lisvik: Institution, osterhav: Institution) -> UUID:
    """Two institutions, and a credential of Lisvik."""
    await lisvik.ready_to_issue()
    await osterhav.ready_to_issue("osterhav.example", "OTHER")
    answer = await lisvik.post("/credentials", PERSONAL)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["credential_id"])


PUBLIC = {
    "publication_of_host",
    "publication_of_institution",
    "publishing_institutions",
    "snapshot",
    "hold_link",
}
"""Queries that answer everybody: what an institution publishes, and whose link somebody has."""
READING = {
    "institution",
    "keys",
    "latest_components",
    "known_credentials",
    "learner_keys",
    "credential",
    "identifiers",
    "due_lists",
    "link",
    "lists_of",
    "lock_list",
}
"""Queries that find something for the tenant whose rows they are."""


async def reaching(admin: Pool, number: UUID) -> dict[str, tuple[Any, ...]]:
    """Every query of the service with the parameters that would reach Lisvik's rows."""
    kept = await admin.fetchrow("select * from credential")
    key = await admin.fetchrow("select * from signing_key where institution = $1", LISVIK)
    assert kept is not None
    assert key is not None
    profile = ("{}", "SE")
    place = await admin.fetchrow("select * from status_list")
    assert place is not None
    at = kept["issued_at"]
    credential = (
        [UUID(int=1)], [bytes(32)], [bytes(32)], [kept["learner_ref"]], ["c"], [1], [kept["award_date"]],
        [kept["issued_at"]], [kept["kid"]], ["x"], ["x"], [b"x"],
        [None], [place["id"]], [0], [bytes(32)],
    )  # fmt: skip
    return {
        "register": (LISVIK, "https://new.example", "did:web:new.example", *profile, kept["award_date"]),
        "institution": (LISVIK,),
        "hold_institution": (LISVIK,),
        "lock_institution": (LISVIK,),
        "change_institution": (LISVIK, *profile),
        "keys": (LISVIK,),
        "add_keys": (LISVIK, ["kid"], ["{}"], [at], [None], [b"x"], ["ES256"]),
        "end_keys": (LISVIK, at),
        "mark_compromised": (LISVIK, key["kid"], at),
        "identifiers": (LISVIK,),
        "drop_identifiers": (LISVIK,),
        "add_identifiers": (LISVIK, ["ROR"], ["1"], ["ROR - 1"], ["declared"], ["low"], [None]),
        "publish": ("https://univ-lisvik.example", OSTERHAV, "{}", "{}"),
        "add_component": (LISVIK, "AST-DAT-020", "{}", kept["issued_at"]),
        "latest_components": (["AST-DAT-020"],),
        "component_version": ("AST-DAT-020", 1),
        "list_components": ("", 100),
        "known_credentials": ([kept["external_ref"]],),
        "add_learners": (LISVIK, [bytes(32)], [b"x"]),
        "learner_keys": ([kept["learner_ref"]],),
        "add_credentials": (LISVIK, *credential),
        "credential": (number,),
        "list_credentials": (UUID(int=0), None, 100),
        "lock_credential": (number,),
        "change_status": (number, "revoked"),
        "add_status_change": (LISVIK, number, 2, "valid", "revoked", "replaced", at, "x"),
        "take_open_list": (None, 1000),
        "add_list": (UUID(int=3), LISVIK, None, at),
        "free_indices": (place["id"], [kept["status_index"]], 1),
        "count_used": (place["id"], 1),
        "lock_list": (place["id"],),
        "lists_of": (),
        "due_lists": (at + timedelta(days=9), at.date()),
        "states": (place["id"],),
        "add_snapshots": (place["id"], LISVIK, ["token"], ["x"], at + timedelta(1), at + timedelta(2)),
        "list_published": (place["id"], at),
        "link": (await admin.fetchval("select hash from holder_link"),),
        "set_link": (bytes(32), LISVIK, number, 2),
        "erase_learner": (kept["learner_ref"], at),
        "drop_links_of_learner": (kept["learner_ref"],),
        "blank_credentials": (kept["learner_ref"],),
    }


async def test_no_query_reads_or_changes_another_tenants_rows(
    lisvik: Institution, osterhav: Institution, pool: Pool, admin: Pool
) -> None:
    attempts = await reaching(admin, await world(lisvik, osterhav))
    assert set(attempts) | PUBLIC == set(SQL), "every query has its attempt here"
    for name, parameters in attempts.items():
        # A batch of rows of one's own is refused as a whole by the policy; a read or an update finds nothing.
        for tenant in (OSTERHAV, ""):
            found = await _attempt(pool, tenant, SQL[name], parameters)
            foreign = [row for row in found if row.get("code") != "OTHER" and name != "free_indices"]
            assert foreign == [], (name, tenant)
        # The same statement does reach the rows of its own tenant, or the test would prove nothing.
        if name in READING:
            assert await _attempt(pool, LISVIK, SQL[name], parameters), name
    documents = await pool.fetchrow(SQL["publication_of_host"], "https://univ-lisvik.example")
    assert documents is not None
    assert documents["did_document"] != "{}"


async def _attempt(
    pool: Pool, tenant: str, statement: str, parameters: tuple[Any, ...]
) -> list[dict[str, Any]]:
    """What a statement finds for `tenant`; nothing where the policy refuses it. Nothing is kept."""
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await set_tenant(connection, tenant)
            return [dict(row) for row in await connection.fetch(statement, *parameters)]
        except asyncpg.InsufficientPrivilegeError:
            return []
        finally:
            await transaction.rollback()


async def test_every_table_of_a_tenant_is_guarded(admin: Pool, pool: Pool, issuer_database: Database) -> None:
    rows = await admin.fetch(
        "select relname, relrowsecurity and relforcerowsecurity as guarded from pg_class"
        " where relnamespace = 'issuer'::regnamespace and relkind = 'r'"
    )
    kernel = {"schema_migrations", "inbox", "outbox", "parked_key", "parked_event"}
    assert {row["relname"] for row in rows if not row["guarded"]} == kernel
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("alter table credential disable row level security")
    worker = await asyncpg.connect(issuer_database.url("issuer_worker"))
    try:
        for row in rows:
            if row["relname"] not in kernel | {"idempotency"}:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await worker.fetch(f"select * from {row['relname']}")
    finally:
        await worker.close()


async def test_other_tenants_are_answered_as_if_there_was_nothing(
    lisvik: Institution, osterhav: Institution
) -> None:
    number = await world(lisvik, osterhav)
    for path in (f"/credentials/{number}", f"/credentials/{number}/holder-form", "/components/AST-DAT-020"):
        answer = await osterhav.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await osterhav.get("/credentials")).json()["credentials"] == []
    refused = await osterhav.post("/credentials", PERSONAL)
    assert refused.json()["problems"][0]["code"] == "unknown_component"
    # The same external id and the same learner id of another institution are another credential and learner.
    other = {**PERSONAL, "award": {**PERSONAL["award"], "component": "OTHER"}}
    assert (await osterhav.post("/credentials", other)).status_code == 201


async def test_a_learners_data_is_in_no_row_no_event_and_no_log(
    lisvik: Institution,
    osterhav: Institution,
    admin: Pool,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    await world(lisvik, osterhav)
    mistaken = {**PERSONAL["award"], "grade": {"value": 97}, "date_of_issuing": "2026-06-31"}
    rows = [
        PERSONAL,
        {**PERSONAL, "external_id": "e", "award": mistaken},
        {**PERSONAL, "external_id": "f", "award": {**PERSONAL["award"], "learner": MARKS[1]}},
    ]
    answer = await lisvik.post("/credentials/batch", {"rows": rows})
    assert answer.json()["counts"] == {"already_issued": 1, "invalid": 2}
    for refused in (rows[1], {**PERSONAL, "learner_id": "s-1"}):
        assert (await lisvik.post("/credentials", refused)).status_code in (409, 422)
    tables = await admin.fetch(
        "select relname from pg_class where relnamespace = 'issuer'::regnamespace and relkind = 'r'"
    )
    searched = 0
    for table in tables:
        for row in await admin.fetch(f"select * from {table['relname']}"):
            for column, value in dict(row).items():
                searched += 1
                assert _marks_in(value) == [], (table["relname"], column)
    assert searched > 60
    said = capfd.readouterr()
    assert _marks_in(said.out + said.err + caplog.text) == []
    # The search does find what is there.
    found = await lisvik.get("/credentials")
    number = found.json()["credentials"][0]["credential_id"]
    holders = (await lisvik.get(f"/credentials/{number}/holder-form")).json()["credential"]
    assert set(_marks_in(holders)) >= {"Quirin", "Zabelfort", "1987-06-05", "esi-90017734", "97 of 100"}


def _marks_in(value: Any) -> list[str]:
    """Personal marks in a value, also inside base64url as tokens carry it."""
    if isinstance(value, (bytes, memoryview)):
        text = bytes(value).decode("utf-8", "replace")
    else:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
    decoded = [
        base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")
        for part in re.findall(r"[A-Za-z0-9_-]{8,}", text)
        if len(part) % 4 != 1
    ]
    return [mark for mark in MARKS if any(mark in one for one in (text, *decoded))]
