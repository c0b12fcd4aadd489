"""Presenting a credential by API, with the evaluation of the worker in between."""

import hashlib
from typing import Any
from uuid import uuid4

import pytest

from mutua_contracts.ids import request_id
from mutua_recognition.domain.canonical import canonical

from .lisvik import LISVIK
from .worker import ASTERVIK

pytestmark = pytest.mark.servers


async def test_a_presented_credential_is_decided(trusted: Any, evaluator: Any) -> None:
    id, issued = trusted.issue()
    answer = await evaluator.post("/requests", {"credential": issued.holder_form, "purpose": "CREDIT"})
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert answer.headers["location"] == f"/requests/{body['id']}"
    assert body["id"] == str(request_id(id, ASTERVIK, "CREDIT", None))
    assert (body["state"], body["origin"], body["country"]) == ("waiting", "presented", "EE")
    assert (body["issuer"], body["award_country"], body["credential"]) == (LISVIK, "NO", id)

    await trusted.evaluate()
    shown = await evaluator.get(f"/requests/{body['id']}")
    assert shown.headers["etag"] == '"2"'
    detail = shown.json()
    assert detail["state"] == "decided"
    assert detail["current"]["outcome"] == "RECOGNISED_FULL"
    assert detail["trail"] == [detail["current"]]
    requested, decided = await trusted.events_of(body["id"])
    assert requested.type == "eu.mutua.recognition.requested.v1"
    assert (requested.data.state, requested.data.origin) == ("active", "presented")
    assert decided.data.decided_by == "machine"
    assert [requested.sequence, decided.sequence] == [1, 2]

    again = await evaluator.post("/requests", {"credential_id": id, "purpose": "CREDIT"})
    assert again.status_code == 200
    assert again.json()["current"] == detail["current"]
    assert await trusted.pool.fetchval("select count(*) from due") == 0


async def test_a_record_is_given_byte_for_byte(trusted: Any, evaluator: Any) -> None:
    _, issued = trusted.issue()
    id = (await evaluator.post("/requests", {"credential": issued.bus_form, "purpose": "CREDIT"})).json()[
        "id"
    ]
    await trusted.evaluate()
    current = (await evaluator.get(f"/requests/{id}")).json()["current"]
    whole = await evaluator.get(f"/decisions/{current['decision_id']}")
    assert whole.headers["content-type"] == "application/json"
    record = whole.json()
    assert set(record) == {"record", "content", "content_digest", "act", "proof"}
    content = canonical(record["content"])
    assert content in whole.content
    assert "sha256:" + hashlib.sha256(content).hexdigest() == record["content_digest"]
    assert record["act"]["decision_id"] == current["decision_id"]
    numbered = await evaluator.get(f"/requests/{id}/records/1")
    assert numbered.content == whole.content
    assert (await evaluator.get(f"/requests/{id}/records/2")).status_code == 404
    assert (await evaluator.get(f"/decisions/{uuid4()}")).status_code == 404


async def test_an_id_that_nobody_knows(ready: Any, evaluator: Any) -> None:
    answer = await evaluator.post("/requests", {"credential_id": f"urn:uuid:{uuid4()}", "purpose": "CREDIT"})
    assert (answer.status_code, answer.json()["code"]) == (404, "credential_unknown")


async def test_exemption_asks_for_its_target(ready: Any, evaluator: Any) -> None:
    id, issued = ready.issue()
    await ready.receive(id, issued)
    body: dict[str, Any] = {"credential_id": id, "purpose": "EXEMPTION"}
    answer = await evaluator.post("/requests", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "INTAKE.TARGET_MISSING")
    targets = [{"id": "AST-1", "version": 1}, {"id": "AST-2", "version": 1, "level": 6, "ects": "7.5"}]
    made = [(await evaluator.post("/requests", {**body, "target": target})).json() for target in targets]
    assert made[0]["id"] != made[1]["id"]
    assert made[1]["target"]["ects"] == "7.5"
    assert made[1]["target"]["digest"].startswith("sha256:")


ODD_PRESENTATIONS = [
    {"purpose": "CREDIT"},
    {"purpose": "CREDIT", "credential": "a", "credential_id": f"urn:uuid:{uuid4()}"},
    {"purpose": "REFUSAL", "credential": "a"},
    {"purpose": "CREDIT", "credential": "a", "regime": "LAW"},
    {"purpose": "CREDIT", "credential_id": "urn:uuid:x"},
    {"purpose": "CREDIT", "credential": "a", "outcome": "NOT_RECOGNISED"},
    {"purpose": "CREDIT", "credential": "a", "target": {"id": "a b", "version": 0}},
]


async def test_a_presentation_that_says_something_else(evaluator: Any) -> None:
    for body in ODD_PRESENTATIONS:
        answer = await evaluator.post("/requests", body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "invalid_request"


async def test_a_dormant_request_wakes(ready: Any, evaluator: Any, clock: Any) -> None:
    id, issued = ready.issue()
    await ready.receive(id, issued)
    await by_rule(ready, id)
    await ready.evaluate()
    (asked,) = (await evaluator.get("/requests", state="dormant")).json()["items"]
    assert asked["presented_at"] is None

    clock.pass_by(days=2)
    body = {"credential_id": id, "purpose": "CREDIT", "holder_checked": True}
    woken = await evaluator.post("/requests", body)
    assert woken.status_code == 202, woken.text
    assert (woken.json()["id"], woken.json()["holder"]) == (asked["id"], "checked")
    assert woken.json()["presented_at"] is not None
    assert woken.json()["complete_on"] == "2026-11-18"
    await ready.evaluate()
    detail = (await evaluator.get(f"/requests/{asked['id']}")).json()
    assert detail["state"] == "in_review"
    assert len(detail["trail"]) == 2
    events = await ready.events_of(asked["id"])
    assert [event.type.split(".", 2)[2] for event in events] == [
        "recognition.requested.v1",
        "review.requested.v1",
    ]


async def test_an_anticipated_decision_takes_effect_on_presentation(trusted: Any, evaluator: Any) -> None:
    id, issued = trusted.issue()
    await trusted.receive(id, issued)
    await by_rule(trusted, id)
    await trusted.evaluate()
    (anticipated,) = (await evaluator.get("/requests", state="anticipated")).json()["items"]
    body = {"credential_id": id, "purpose": "CREDIT", "holder_checked": True}
    answer = await evaluator.post("/requests", body)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["state"], told["holder"]) == ("decided", "checked")
    assert told["current"] == anticipated["current"]


async def by_rule(worker: Any, credential: str) -> None:
    """A request that a standing rule made."""
    id = request_id(credential, ASTERVIK, "CREDIT", None)
    await worker.pool.execute(
        "insert into request (id, tenant, credential, purpose, regime, origin, holder, rule, country, issuer,"
        " award_country, received_at, complete_on) values ($1, $2, $3, 'CREDIT', 'HEI', 'standing_rule',"
        " 'on_presentation', 'rule', 'EE', $4, 'NO', $5, $6)",
        id,
        ASTERVIK,
        credential,
        LISVIK,
        worker.clock.now(),
        worker.clock.now().date(),
    )
    await worker.pool.execute(
        "insert into due (request, due_at, give_up_at, cause_kind, cause_id)"
        " values ($1, now(), now(), 'credential_issued', 'c-1')",
        id,
    )


async def test_requests_are_listed_in_pages(ready: Any, evaluator: Any, clock: Any) -> None:
    for _ in range(5):
        _, issued = ready.issue()
        await evaluator.post("/requests", {"credential": issued.bus_form, "purpose": "CREDIT"})
    await ready.evaluate()
    for path in ("/requests", "/reviews"):
        seen: list[str] = []
        query: dict[str, Any] = {"limit": 2}
        while True:
            answer = (await evaluator.get(path, **query)).json()
            seen += [item["id"] for item in answer["items"]]
            if answer["next"] is None:
                break
            query["after"] = answer["next"]
        assert len(seen) == len(set(seen)) == 5
    assert (await evaluator.get("/requests", state="decided")).json()["items"] == []
    assert (await evaluator.get("/requests", purpose="ACCESS")).json()["items"] == []
    assert (await evaluator.get("/requests", state="rejected")).status_code == 422
