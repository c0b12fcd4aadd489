"""What every API does alike: operators' routes, one effect for a repeated request, limits, coded errors."""

import hashlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from ledger import api
from ledger.facts import Tape, event_id, issued
from ledger.neighbours import Neighbours
from ledger.processes import Process

from mutua_contracts import decode, encode
from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Pool, open_pool
from mutua_kernel.http.application import build
from mutua_kernel.http.auth import TokenChecker
from mutua_kernel.http.writes import Store
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor
from mutua_kernel.settings import ServiceSettings
from mutua_local.roles import Database

pytestmark = pytest.mark.servers

TENANT = "DEQARINST7105"
FACT = {"key": "a", "sequence": 1}


@pytest.fixture
def known() -> Neighbours:
    return Neighbours()


@pytest.fixture
async def http(ledger: Database, known: Neighbours) -> AsyncIterator[httpx.AsyncClient]:
    """The ledger's API in this process, with the role of an API."""
    pool = await open_pool(ledger.url("issuer_api"), name="ledger-api", size=2)
    async with httpx.AsyncClient(transport=known.transport()) as client:
        app = build(
            title="Ledger",
            summary="For tests.",
            settings=ServiceSettings.model_validate({"database_url": "unused", "max_body_bytes": 2048}),
            store=Store(pool, Sealer("ledger"), SystemClock()),
            checker=TokenChecker((known.address,), "mutua", client=client, clock=SystemClock()),
            routers=[api.router],
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://ledger.example") as found:
            yield found
    await pool.close()


@pytest.fixture
async def parked(processor: Processor, tape: Tape) -> None:
    """Key `a` waits with three events, key `b` with one."""
    await processor.process(
        [
            tape.fact("a", 1, "park"),
            tape.fact("a", 2),
            tape.fact("a", 3),
            tape.fact("b", 1, "bug"),
            tape.fact("c", 1),
        ]
    )


async def test_an_operator_lists_looks_at_and_redrives_what_is_parked(
    http: httpx.AsyncClient, known: Neighbours, parked: None, processor: Processor, pool: Pool
) -> None:
    operator = known.bearer(TENANT, "operator")
    page = (await http.get("/operations/parked", headers=operator)).json()
    assert [(one["key"], one["reason"]) for one in page["events"]] == [
        ("a", "refused"),
        ("a", "behind"),
        ("a", "behind"),
        ("b", "broken:RuntimeError"),
    ]
    first = await http.get("/operations/parked", headers=operator, params={"limit": 2})
    rest = await http.get("/operations/parked", headers=operator, params={"after": first.json()["next"]})
    assert len(first.json()["events"]) + len(rest.json()["events"]) == 4
    refused = await http.get("/operations/parked", headers=operator, params={"reason": "refused"})
    (culprit,) = refused.json()["events"]
    assert culprit["detail"] == "found park, expected anything else"
    shown = (await http.get(f"/operations/parked/{culprit['id']}", headers=operator)).json()
    assert decode(shown["raw"].encode()).id == event_id("a", 1)
    assert (await http.get("/operations/parked/999999", headers=operator)).json()["code"] == "not_found"

    mended = encode(issued("a", 1))
    await pool.execute("update parked_event set raw = $1 where event_id = $2", mended, event_id("a", 1))
    ask = {**operator, "Idempotency-Key": "redrive-a"}
    asked = await http.post("/operations/parked/redrive", headers=ask, json={"key": "a"})
    assert (asked.status_code, asked.json()) == (202, {"keys": 1})
    assert await processor.redrive(lambda _topic, _partition: True) == 3
    rows = await pool.fetch("select sequence from ledger_entry where key = 'a' order by version")
    assert [row["sequence"] for row in rows] == [1, 2, 3]
    left = (await http.get("/operations/parked", headers=operator)).json()["events"]
    assert [one["key"] for one in left] == ["b"]


async def test_whoever_is_no_operator_sees_and_moves_nothing(
    http: httpx.AsyncClient, known: Neighbours, parked: None, pool: Pool
) -> None:
    assert (await http.get("/operations/parked")).json()["code"] == "token_missing"
    issuer = {**known.bearer(TENANT, "issuer"), "Idempotency-Key": "x"}
    assert (await http.get("/operations/parked", headers=issuer)).json()["code"] == "role_missing"
    asked = await http.post("/operations/parked/redrive", headers=issuer, json={"all": True})
    assert asked.json()["code"] == "role_missing"
    operator = {**known.bearer(TENANT, "operator"), "Idempotency-Key": "x"}
    nothing = await http.post("/operations/parked/redrive", headers=operator, json={})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_named")
    assert await pool.fetchval("select count(*) from parked_key where redrive_at is not null") == 0


async def test_a_repeated_request_has_one_effect_and_the_same_answer(
    http: httpx.AsyncClient, known: Neighbours, pool: Pool
) -> None:
    headers = {**known.bearer(TENANT, "issuer"), "Idempotency-Key": "same"}
    first = await http.post("/facts", headers=headers, json=FACT)
    second = await http.post("/facts", headers=headers, json=FACT)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["idempotency-replayed"] == "true"
    other = await http.post("/facts", headers=headers, json={**FACT, "sequence": 2})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = {**known.bearer("DEQARINST7112", "issuer"), "Idempotency-Key": "same"}
    assert (await http.post("/facts", headers=elsewhere, json=FACT)).status_code == 201
    assert await pool.fetchval("select count(*) from outbox") == 2


@pytest.mark.storm
async def test_a_request_that_is_repeated_after_a_crash_has_one_effect(
    start: Callable[..., Process], neighbours: Neighbours, pool: Pool
) -> None:
    """The process dies before the commit, then after it and before the answer."""
    issuers = f'["{neighbours.address}"]'
    headers = {**neighbours.bearer(TENANT, "issuer"), "Idempotency-Key": "one"}
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        for moment, rows in (("effect", 0), ("answer", 1)):
            process = start("api", oidc_issuers=issuers).until_ready()
            with pytest.raises(httpx.TransportError):
                await client.post(f"{process.address}/facts", headers={**headers, "X-Die": moment}, json=FACT)
            assert process.wait(10) == -9
            assert await pool.fetchval("select count(*) from outbox") == rows
        process = start("api", oidc_issuers=issuers).until_ready()
        again = await client.post(f"{process.address}/facts", headers=headers, json=FACT)
    assert (again.status_code, again.json()) == (201, {"key": "a"})
    assert again.headers["idempotency-replayed"] == "true"
    assert await pool.fetchval("select count(*) from outbox") == 1


async def test_bad_requests_are_told_by_code_and_hold_no_content(
    http: httpx.AsyncClient, known: Neighbours
) -> None:
    headers = {**known.bearer(TENANT, "issuer"), "Idempotency-Key": "bad"}
    for sent, status, code in (
        ({"content": b"{" + b" " * 4000}, 413, "too_large"),
        ({"content": b"not json"}, 422, "invalid_request"),
        ({"json": {"key": "a learner's name", "sequence": "a learner's name"}}, 422, "invalid_request"),
        ({"json": {**FACT, "more": "a learner's name"}}, 422, "invalid_request"),
    ):
        answer = await http.post("/facts", headers=headers, **sent)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert "learner" not in answer.text
        assert "Traceback" not in answer.text
    without = {name: value for name, value in headers.items() if name != "Idempotency-Key"}
    missing = await http.post("/facts", headers=without, json=FACT)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")


async def test_a_request_whose_twin_is_still_running_is_told_to_wait(
    http: httpx.AsyncClient, known: Neighbours, pool: Pool
) -> None:
    headers = {**known.bearer(TENANT, "issuer"), "Idempotency-Key": "twin"}
    turn = hashlib.sha256(f"{TENANT}\x00twin".encode()).digest()
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("select pg_advisory_xact_lock($1)", int.from_bytes(turn[:8], "big", signed=True))
        answer = await http.post("/facts", headers=headers, json=FACT)
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_flight")
    assert (await http.post("/facts", headers=headers, json=FACT)).status_code == 201
