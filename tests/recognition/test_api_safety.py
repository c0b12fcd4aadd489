"""What holds on every route: who may call, what a tenant sees, what repeats do, what bad input leads to."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from mutua_kernel.database import Pool, set_tenant
from mutua_recognition.api import mandates, policies, standing_rules, statements
from mutua_recognition.api.pseudonyms import Pseudonyms

from .lisvik import LISVIK
from .worker import ASTERVIK, CORVELO

pytestmark = pytest.mark.servers

TRUST = {"trustee": LISVIK, "assurance": 2}
RELEASED = {
    "/policies": policies.EXAMPLES["minimal"]["value"],
    "/mandates": mandates.EXAMPLES["decide"]["value"],
    "/standing-rules": standing_rules.EXAMPLES["alliance"]["value"],
}
COORDINATED = [
    ("/statements", TRUST),
    ("/statements/x/revoke", {"reason": "OTHER"}),
    *RELEASED.items(),
    ("/standing-rules/x/end", None),
    ("/alliances", {"name": "x"}),
    (f"/proposals/{uuid4()}/sign", None),
]
EVALUATED = [
    ("/requests", {"credential": "x", "purpose": "CREDIT"}),
    (f"/requests/{uuid4()}/settle", {"action": "recognise", "sequence": 1}),
]


def routes(app: Any) -> list[tuple[str, str]]:
    spared = ("/openapi.json", "/livez", "/readyz", "/metrics")
    return [
        (method.upper(), path.replace("{id}", str(uuid4())).replace("{number}", "1"))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if path not in spared
    ]


async def test_no_route_answers_without_a_token(app: Any, http: Any, tokens: Any) -> None:
    expired = tokens.bearer(ASTERVIK, "coordinator", "evaluator", exp=1)
    elsewhere = tokens.bearer(ASTERVIK, "coordinator", aud="another")
    for method, path in routes(app):
        for bearer in (None, "Bearer nonsense", expired, elsewhere):
            headers = {"Idempotency-Key": "k"} | ({"Authorization": bearer} if bearer else {})
            answer = await http.request(method, path, headers=headers, json={})
            assert answer.status_code == 401, (method, path, answer.text)
            assert answer.json()["code"] in ("token_missing", "token_refused")


async def test_no_route_answers_without_its_role(app: Any, http: Any, person: Callable[..., Any]) -> None:
    subscriber = person("reader", ASTERVIK, "subscriber")
    for method, path in routes(app):
        answer = await (subscriber.get(path) if method == "GET" else subscriber.post(path, {}))
        assert answer.status_code == 403, (method, path, answer.text)
        assert answer.json()["code"] == "role_missing"


async def test_evaluators_release_nothing(evaluator: Any) -> None:
    for path, body in COORDINATED:
        assert (await evaluator.post(path, body)).status_code == 403


async def test_coordinators_settle_nothing(first: Any) -> None:
    for path, body in EVALUATED:
        assert (await first.post(path, body)).status_code == 403


WRITES = COORDINATED[:3] + EVALUATED


async def test_a_write_needs_a_key(http: Any, tokens: Any) -> None:
    bearer = tokens.bearer(ASTERVIK, "coordinator", "evaluator")
    for path, body in WRITES:
        answer = await http.post(path, json=body, headers={"Authorization": bearer})
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


async def test_a_repeat_has_one_effect(first: Any, worker: Any) -> None:
    one = await first.post("/statements", TRUST, key="k-1")
    two = await first.post("/statements", TRUST, key="k-1")
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.content == two.content
    assert two.headers["idempotency-replayed"] == "true"
    assert await worker.pool.fetchval("select count(*) from proposal") == 1
    other = await first.post("/statements", {**TRUST, "depth": 1}, key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_belongs_to_one_organisation(first: Any, stranger: Any) -> None:
    one = await first.post("/statements", TRUST, key="shared")
    two = await stranger.post("/statements", TRUST, key="shared")
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["id"] != two.json()["id"]


async def test_while_the_first_runs_a_repeat_is_told_to_wait(first: Any, second: Any, api_pool: Pool) -> None:
    path = f"/proposals/{(await first.post('/statements', TRUST)).json()['id']}/sign"
    async with api_pool.acquire() as tx, tx.transaction():
        await tx.fetchval("select version from log_head for update")  # whoever signs waits for it
        running = asyncio.create_task(second.post(path, key="k-2"))
        waits = (
            "select count(*) from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        )
        async with asyncio.timeout(10):
            while not await api_pool.fetchval(waits):
                await asyncio.sleep(0.02)
        repeat = await second.post(path, key="k-2")
        assert (repeat.status_code, repeat.json()["code"]) == (409, "request_in_flight")
        assert repeat.headers["retry-after"]
    assert (await running).status_code == 200


async def test_a_refused_request_may_be_mended_under_the_same_key(first: Any) -> None:
    bad = await first.post("/statements", {"trustee": LISVIK}, key="k-3")
    good = await first.post("/statements", TRUST, key="k-3")
    assert (bad.status_code, good.status_code) == (422, 201)


async def everything(release: Callable[..., Any], evaluator: Any, worker: Any) -> dict[str, str]:
    """One of everything, of Astervik; answers the paths that show it."""
    await worker.know_issuer()
    await worker.know_registry()
    proposal = await release("/statements", TRUST)
    paths = {"statement": f"/statements/{proposal['subject_id']}", "proposal": f"/proposals/{proposal['id']}"}
    for path, body in RELEASED.items():
        paths[path] = f"{path}/{(await release(path, body))['subject_id']}"
    _, issued = worker.issue()
    text = {"credential": issued.bus_form, "purpose": "CREDIT"}
    request = (await evaluator.post("/requests", text)).json()
    await worker.evaluate()
    shown = (await evaluator.get(f"/requests/{request['id']}")).json()
    paths |= {
        "request": f"/requests/{request['id']}",
        "record": f"/requests/{request['id']}/records/1",
        "decision": f"/decisions/{shown['current']['decision_id']}",
    }
    return paths


async def test_another_organisation_sees_and_changes_nothing(
    release: Callable[..., Any], evaluator: Any, first: Any, stranger: Any, worker: Any
) -> None:
    paths = await everything(release, evaluator, worker)
    for path in paths.values():
        own = await first.get(path)
        assert own.status_code == 200, (path, own.text)
        assert (await stranger.get(path)).status_code == 404, path
    for path in ("/statements", "/policies", "/mandates", "/standing-rules", "/alliances", "/proposals"):
        assert (await stranger.get(path)).json()["items"] == [], path
    for path in ("/requests", "/reviews", "/trust/log"):
        assert (await stranger.get(path)).json()["items"] == [], path
    waiting = (await first.post("/statements", {**TRUST, "depth": 1})).json()
    attempts = [
        (f"/proposals/{waiting['id']}/sign", None),
        (f"{paths['statement']}/revoke", {"reason": "OTHER"}),
        (f"{paths['/standing-rules']}/end", None),
        (f"{paths['request']}/settle", {"action": "recognise", "sequence": 2}),
    ]
    before = len(await worker.events())
    for path, body in attempts:
        answer = await stranger.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert len(await worker.events()) == before


OWNED = (
    "proposal",
    "statement",
    "policy",
    "mandate",
    "standing_rule",
    "alliance",
    "request",
    "record",
    "due",
    "evidence",
    "evidence_use",
    "credential",
    "idempotency",
)


async def test_rows_are_apart_in_the_database_itself(
    release: Callable[..., Any], evaluator: Any, worker: Any, api_pool: Pool, person: Callable[..., Any]
) -> None:
    await everything(release, evaluator, worker)
    await release("/alliances", {"name": "B"}, person("a", "alliance:b"), person("b", "alliance:b"))
    _, issued = worker.issue()
    await evaluator.post("/requests", {"credential": issued.bus_form, "purpose": "CREDIT"})

    async def seen(tenant: str | None) -> dict[str, int]:
        async with api_pool.acquire() as tx, tx.transaction():
            if tenant is not None:
                await set_tenant(tx, tenant)
            return {name: await tx.fetchval(f"select count(*) from {name}") for name in OWNED}

    own = await seen(ASTERVIK)
    assert {name for name, count in own.items() if count == 0} == {"alliance"}
    assert set((await seen(CORVELO)).values()) == {0}
    assert set((await seen(None)).values()) == {0}
    assert (await seen("alliance:b"))["alliance"] == 1


async def test_the_api_cannot_write_for_others_or_rewrite_history(
    release: Callable[..., Any], evaluator: Any, worker: Any, api_pool: Pool
) -> None:
    await everything(release, evaluator, worker)
    forbidden = [
        "update statement set content = '{}'",
        "update statement set recorded = 0",
        "delete from statement",
        "update policy set content = '{}'",
        "update record set outcome = 'NOT_RECOGNISED'",
        "delete from record",
        "update proposal set first_person = 'p-x'",
        "update credential set body = 'x'",
        "insert into evidence (digest, kind, body) values ('x', 'x', '')",
        "delete from due",
        "insert into mandate select id, version + 1, 'DEQARINST7103', content, proposal from mandate",
        "insert into request (id, tenant, credential, purpose, regime, origin, holder, country, received_at)"
        " select gen_random_uuid(), 'DEQARINST7103', id, 'CREDIT', 'HEI', 'presented', 'checked', 'EE', now()"
        " from credential",
    ]
    for statement in forbidden:
        async with api_pool.acquire() as tx, tx.transaction():
            await set_tenant(tx, ASTERVIK)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await tx.execute(statement)
    async with api_pool.acquire() as tx, tx.transaction():
        await set_tenant(tx, CORVELO)
        assert await tx.execute("update request set state = 'decided'") == "UPDATE 0"
        assert await tx.execute("update statement set revoked = 1") == "UPDATE 0"


BAD_BODIES = [
    (b"x" * (1024 * 1024 + 1), 413, "too_large"),
    (b'{"trustee": "DEQARINST7105", "assurance": 2', 422, "not_json"),
    (b"\xff\xfe", 422, "not_utf8"),
    (b'{"trustee": "A", "trustee": "B", "assurance": 2}', 422, "duplicate_key"),
    (b'{"trustee": "A\\u0000", "assurance": 2}', 422, "nul_character"),
    (b'{"trustee": "\\ud800", "assurance": 2}', 422, "lone_surrogate"),
    (b'{"trustee": "A", "assurance": 12345678901234567890}', 422, "number_unsafe"),
    (b'{"scope": ' + b"[" * 5000 + b"]" * 5000 + b"}", 422, "too_deep"),
    (b"[]", 422, "invalid_request"),
    (b"null", 422, "invalid_request"),
    (b"", 422, "invalid_request"),
]


async def test_bad_bodies_are_told_by_code(first: Any) -> None:
    for raw, status, code in BAD_BODIES:
        answer = await first.send("/statements", raw)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert "Traceback" not in answer.text


async def test_a_backslash_before_u0000_is_text(first: Any) -> None:
    answer = await first.send(
        "/statements", b'{"trustee": "DEQARINST7105", "assurance": 2, "evidence": ["C:\\\\u0000"]}'
    )
    assert answer.status_code == 201, answer.text


BAD_PATHS = [
    "/statements/%00",
    "/policies/%ff",
    "/requests/not-a-uuid",
    "/requests?after=x",
    "/policies?after=%00",
    "/statements?after=-1",
    "/statements?limit=100000",
    f"/requests/{uuid4()}/records/99999999999",
]


async def test_bad_paths_are_told_by_code(first: Any) -> None:
    for path in BAD_PATHS:
        answer = await first.get(path)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "invalid_request"


async def test_a_bug_is_told_without_its_trace(
    first: Any, monkeypatch: pytest.MonkeyPatch, worker: Any
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(statements, "widens", broken)
    answer = await first.post("/statements", TRUST, key="k-9")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    monkeypatch.undo()
    assert await worker.pool.fetchval("select count(*) from proposal") == 0
    assert (await first.post("/statements", TRUST, key="k-9")).status_code == 201


def test_a_pseudonym_depends_on_organisation_issuer_and_person() -> None:
    made = Pseudonyms(bytes(32))
    names = {
        made.of(*three) for three in [("t", "i", "s"), ("u", "i", "s"), ("t", "j", "s"), ("t", "i", "r")]
    }
    assert len(names) == 4
    assert all(len(name) == 22 and name.startswith("p-") for name in names)
    assert made.of("t", "i", "s") == Pseudonyms(bytes(32)).of("t", "i", "s")
    assert made.of("t", "i", "s") != Pseudonyms(bytes([1] * 32)).of("t", "i", "s")
    with pytest.raises(ValueError, match="expected at least 32"):
        Pseudonyms(b"short")


async def test_people_appear_as_pseudonyms_only(
    first: Any, release: Callable[..., Any], worker: Any, recognition_admin: Any
) -> None:
    await release("/statements", TRUST)
    kept = await recognition_admin.dump()
    events = json.dumps([event.model_dump(mode="json") for event in await worker.events()])
    for subject in ("first", "second"):
        assert f'"{subject}"' not in events
    assert "p-" in kept


async def test_the_documents_are_openapi_31_with_examples(app: Any) -> None:
    told = app.openapi()
    assert told["openapi"].startswith("3.1")
    for path, methods in told["paths"].items():
        if path.startswith("/operations"):
            continue
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None:
                assert "examples" in body or "examples" in json.dumps(_schemas(told, body)), path


def _schemas(told: dict[str, Any], body: dict[str, Any]) -> list[Any]:
    names = [part.split('"')[0] for part in json.dumps(body).split("#/components/schemas/")[1:]]
    return [told["components"]["schemas"][name] for name in names]
