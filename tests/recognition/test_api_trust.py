"""Statements of trust by API: four eyes for what widens, one person for what narrows, one log."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from mutua_kernel.database import Pool
from mutua_recognition.catalogue import statement_of
from mutua_recognition.domain.trust import EMPTY_LOG, extended

from .lisvik import LISVIK
from .worker import ASTERVIK, CORVELO

pytestmark = pytest.mark.servers

TRUST = {"trustee": LISVIK, "assurance": 2, "scope": {"eqf": [6, 7], "max_ects": "30"}}


async def test_a_statement_takes_effect_with_the_second_signature(
    first: Any, second: Any, worker: Any
) -> None:
    proposed = await first.post("/statements", TRUST)
    assert proposed.status_code == 201, proposed.text
    body = proposed.json()
    assert body["state"] == "waiting"
    assert body["subject_id"] == body["subject"]["id"]
    assert proposed.headers["location"] == f"/proposals/{body['id']}"
    assert (await first.get("/statements")).json() == {"items": [], "next": None}
    assert await worker.events() == []

    signed = await second.post(f"/proposals/{body['id']}/sign")
    assert signed.status_code == 200, signed.text
    told = signed.json()
    assert told["state"] == "released"
    assert told["first"]["person"] != told["second"]["person"]
    assert told["first"]["person"].startswith("p-")
    (event,) = await worker.events()
    assert event.type == "eu.mutua.trust.statement_published.v1"
    assert event.partitionkey == body["subject_id"]
    assert event.sequence == event.data.version == event.data.statement.recorded == 1
    assert event.data.statement.scope.max_ects == "30"
    assert event.tenant == ASTERVIK
    (item,) = (await first.get("/statements")).json()["items"]
    assert item["statement"]["truster"] == ASTERVIK
    assert item["statement"]["recorded"] == 1


async def test_the_same_person_cannot_sign_twice(first: Any, person: Callable[..., Any]) -> None:
    proposed = (await first.post("/statements", TRUST)).json()
    again = await person("first", ASTERVIK, "coordinator", "operator").post(
        f"/proposals/{proposed['id']}/sign"
    )
    assert again.status_code == 409
    assert again.json()["code"] == "same_signer"
    assert again.json()["fix"]
    assert (await first.get(f"/proposals/{proposed['id']}")).json()["state"] == "waiting"


async def test_signing_again_with_the_same_hand_changes_nothing(
    first: Any, second: Any, person: Callable[..., Any], worker: Any
) -> None:
    proposed = (await first.post("/statements", TRUST)).json()
    one = await second.post(f"/proposals/{proposed['id']}/sign")
    again = await second.post(f"/proposals/{proposed['id']}/sign")
    assert again.status_code == 200
    assert again.json() == one.json()
    assert len(await worker.events()) == 1
    third = await person("third").post(f"/proposals/{proposed['id']}/sign")
    assert third.status_code == 409
    assert third.json()["code"] == "already_released"


async def test_what_lets_no_more_through_needs_no_second_person(
    first: Any, release: Callable[..., Any], worker: Any
) -> None:
    await release("/statements", TRUST)
    narrower = await first.post("/statements", {**TRUST, "scope": {"eqf": [6], "max_ects": "10"}})
    assert narrower.json()["state"] == "released"
    assert narrower.json()["second"] is None
    wider = await first.post("/statements", {**TRUST, "depth": 1})
    assert wider.json()["state"] == "waiting"
    assert [event.sequence for event in await worker.events()] == [1, 2]


FLAWED = [
    ({**TRUST, "trustee": ASTERVIK}, "self_trust", "/trustee"),
    ({**TRUST, "dept": 1}, "unknown_member", "/dept"),
    ({**TRUST, "scope": {"eqfs": [6]}}, "unknown_member", "/scope/eqfs"),
    ({**TRUST, "assurance": 4}, "evidence_missing", "/evidence"),
    ({**TRUST, "depth": 4}, "out_of_range", "/depth"),
    ({"trustee": LISVIK}, "missing", "/assurance"),
    (
        {**TRUST, "in_force": {"from": "2027-01-01", "to": "2026-01-01"}},
        "reversed_interval",
        "/in_force/to",
    ),
    ({**TRUST, "scope": {"isced_f": ["9999"]}}, "unknown_code", "/scope/isced_f"),
]


async def test_what_is_wrong_is_said_by_code_and_place(first: Any) -> None:
    for body, code, path in FLAWED:
        answer = await first.post("/statements", body)
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["code"] == code
        assert problem["problems"][0]["path"].startswith(path)
        assert problem["expected"]


GIVEN = ["id", "truster", "recorded", "revoked"]


async def test_nobody_states_for_others_or_dates_the_log(first: Any) -> None:
    for member in GIVEN:
        answer = await first.post("/statements", {**TRUST, member: "x"})
        assert answer.status_code == 422
        assert answer.json()["code"] == "unknown_member"


async def test_one_person_revokes_at_once(
    first: Any, person: Callable[..., Any], release: Callable[..., Any], worker: Any
) -> None:
    id = (await release("/statements", TRUST))["subject_id"]
    trustee = person("theirs", LISVIK)
    assert (await trustee.post(f"/statements/{id}/revoke", {"reason": "OTHER"})).status_code == 404
    free_text = await first.post(f"/statements/{id}/revoke", {"reason": "they were rude"})
    assert free_text.status_code == 422
    ended = await first.post(f"/statements/{id}/revoke", {"reason": "AGREEMENT_ENDED"})
    assert ended.status_code == 200, ended.text
    assert ended.json()["statement"]["revoked"] == 2
    event = (await worker.events())[-1]
    assert event.type == "eu.mutua.trust.statement_revoked.v1"
    assert (event.partitionkey, event.sequence, event.data.reason) == (id, 2, "AGREEMENT_ENDED")
    again = await first.post(f"/statements/{id}/revoke", {"reason": "OTHER"})
    assert (again.status_code, again.json()["code"]) == (409, "already_revoked")
    same = await first.post("/statements", TRUST)
    assert (same.status_code, same.json()["code"]) == (409, "already_stated")
    in_force = await first.get("/statements", in_force_only=True)
    assert in_force.json()["items"] == []


async def test_the_log_is_one_chain_of_digests(first: Any, release: Callable[..., Any], worker: Any) -> None:
    one = (await release("/statements", TRUST))["subject_id"]
    await release("/statements", {**TRUST, "trustee": CORVELO})
    await first.post(f"/statements/{one}/revoke", {"reason": "REPLACED"})
    log = (await first.get("/trust/log")).json()
    assert [(entry["version"], entry["fact"]) for entry in log["items"]] == [
        (1, "published"),
        (2, "published"),
        (3, "revoked"),
    ]
    digest = EMPTY_LOG
    rows = {row["id"]: row["content"] for row in await worker.pool.fetch("select id, content from statement")}
    for entry in log["items"]:
        statement = statement_of(rows[entry["statement"]["id"]], 1, None)
        digest = extended(digest, entry["version"], entry["fact"], statement)
    assert (log["version"], log["digest"]) == (3, digest)
    assert [entry["version"] for entry in (await first.get("/trust/log", after=2)).json()["items"]] == [3]
    assert (await first.get("/trust/log", limit=1)).json()["next"] == "1"


async def test_who_is_trusted_sees_it_and_nobody_else(
    release: Callable[..., Any], person: Callable[..., Any], stranger: Any
) -> None:
    id = (await release("/statements", TRUST))["subject_id"]
    trustee = person("theirs", LISVIK)
    assert (await trustee.get(f"/statements/{id}")).status_code == 200
    assert len((await trustee.get("/statements", direction="about_me")).json()["items"]) == 1
    assert (await trustee.get("/statements", direction="own")).json()["items"] == []
    assert (await stranger.get(f"/statements/{id}")).status_code == 404
    assert (await stranger.get("/statements")).json()["items"] == []
    log = (await stranger.get("/trust/log")).json()
    assert (log["items"], log["version"]) == ([], 1)


async def test_many_at_once_leave_no_gap_in_the_log(
    first: Any, second: Any, worker: Any, api_pool: Pool
) -> None:
    bodies = [{**TRUST, "trustee": f"DEQARINST8{number:03}"} for number in range(12)]
    proposed = await asyncio.gather(*(first.post("/statements", body) for body in bodies))
    signed = await asyncio.gather(*(second.post(f"/proposals/{each.json()['id']}/sign") for each in proposed))
    assert {answer.status_code for answer in signed} == {200}
    versions = [event.sequence for event in await worker.events()]
    assert versions == sorted(versions) == list(range(1, 13))
    assert await api_pool.fetchval("select version from log_head") == 12


async def test_lists_come_in_pages(first: Any, release: Callable[..., Any]) -> None:
    for number in range(5):
        await release("/statements", {**TRUST, "trustee": f"DEQARINST8{number:03}"})
    seen: list[str] = []
    after: str | None = "0"
    while after is not None:
        answer = (await first.get("/statements", after=after, limit=2)).json()
        seen += [item["statement"]["trustee"] for item in answer["items"]]
        after = answer["next"]
    assert seen == [f"DEQARINST8{number:03}" for number in range(5)]
    proposals: list[str] = []
    more: dict[str, Any] = {}
    while True:
        answer = (await first.get("/proposals", limit=2, kind="statement", **more)).json()
        proposals += [item["id"] for item in answer["items"]]
        if answer["next"] is None:
            break
        more = {"after": answer["next"]}
    assert len(set(proposals)) == 5


async def test_the_same_words_enter_once_however_many_sign_at_once(
    first: Any, second: Any, worker: Any
) -> None:
    proposed = [(await first.post("/statements", TRUST)).json()["id"] for _ in range(4)]
    signed = await asyncio.gather(*(second.post(f"/proposals/{id}/sign") for id in proposed))
    assert sorted(answer.status_code for answer in signed) == [200, 409, 409, 409]
    assert {answer.json().get("code") for answer in signed} == {None, "already_stated"}
    assert len(await worker.events()) == 1
