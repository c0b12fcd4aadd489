"""What people do with a case by API: recognise or ask, and nothing else."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from .conftest import MANDATE, POLICY
from .lisvik import LISVIK
from .worker import ASTERVIK

pytestmark = pytest.mark.servers


@pytest.fixture
async def in_review(ready: Any, evaluator: Any) -> dict[str, Any]:
    """A request that waits for a person: nobody trusts Lisvik."""
    _, issued = ready.issue()
    body = {"credential": issued.bus_form, "purpose": "CREDIT", "holder_checked": True}
    made = await evaluator.post("/requests", body)
    await ready.evaluate()
    detail = (await evaluator.get(f"/requests/{made.json()['id']}")).json()
    assert detail["state"] == "in_review", detail
    return detail


async def test_a_person_recognises(ready: Any, evaluator: Any, in_review: dict[str, Any], clock: Any) -> None:
    (waiting,) = (await evaluator.get("/reviews")).json()["items"]
    assert (waiting["id"], waiting["urgency"], waiting["due_on"]) == (in_review["id"], "green", "2026-11-30")
    clock.pass_by(days=3)
    settlement = {"action": "recognise", "sequence": in_review["sequence"]}
    answer = await evaluator.post(f"/requests/{in_review['id']}/settle", settlement)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "decided"
    assert (await evaluator.get("/reviews")).json()["items"] == []

    record = (await evaluator.get(f"/requests/{in_review['id']}/records/2")).json()
    assert record["content"]["outcome"]["code"] == "RECOGNISED_FULL"
    assert record["content"]["outcome"]["effect"] == {
        "ects": "5",
        "level": "eqf:6",
        "counts_as": None,
        "remainder": [],
        "conditions": [],
        "holder": "checked",
    }
    act = record["act"]
    assert act["supersedes"] == in_review["current"]["decision_id"]
    assert (act["decided_by"]["mode"], act["legal"]["automated"]) == ("person", False)
    assert act["decided_by"]["people"][0]["id"].startswith("p-")
    assert [each["stage"] for each in act["differences"]] == ["S6"]

    *_, decided, closed = await ready.events_of(in_review["id"])
    assert decided.type == "eu.mutua.recognition.decided.v1"
    assert (decided.data.outcome, decided.data.decided_by) == ("RECOGNISED_FULL", "person")
    assert decided.data.content_digest == record["content_digest"]
    assert closed.type == "eu.mutua.review.closed.v1"
    assert closed.data.closed_as == "decided"
    assert [decided.sequence, closed.sequence] == [3, 4]
    assert decided.data.people == (closed.data.person,)
    used = "select count(*), count(distinct record) from evidence_use"
    assert tuple(await ready.pool.fetchrow(used))[1] == 2


async def test_a_person_asks_and_the_answer_is_evaluated(
    ready: Any, evaluator: Any, in_review: dict[str, Any], clock: Any
) -> None:
    path = f"/requests/{in_review['id']}/settle"
    question = {"element": "learning_outcomes", "code": "LO.FREE_TEXT", "remedy": "UPLOAD_SYLLABUS"}
    body = {"action": "ask", "sequence": in_review["sequence"], "questions": [question]}
    asked = await evaluator.post(path, body)
    assert asked.status_code == 200, asked.text
    assert (asked.json()["state"], asked.json()["due_on"]) == ("info_requested", None)
    event = (await ready.events_of(in_review["id"]))[-1]
    assert event.type == "eu.mutua.review.info_requested.v1"
    assert event.data.asked_by == "person"
    assert event.data.questions[0].element == "learning_outcomes"

    clock.pass_by(days=5)
    again = await evaluator.post("/requests", {"credential_id": in_review["credential"], "purpose": "CREDIT"})
    assert again.status_code == 202
    assert again.json()["holder"] == "checked"
    await ready.evaluate()
    detail = (await evaluator.get(f"/requests/{in_review['id']}")).json()
    assert (detail["state"], detail["due_on"]) == ("in_review", "2026-12-04")
    assert len(detail["trail"]) == 3


async def test_what_was_asked_may_still_be_recognised_and_the_pause_is_counted(
    ready: Any, evaluator: Any, in_review: dict[str, Any], clock: Any
) -> None:
    path = f"/requests/{in_review['id']}/settle"
    question = {"element": "grade", "code": "DOC.MISSING", "remedy": "NONE"}
    asked = await evaluator.post(
        path, {"action": "ask", "sequence": in_review["sequence"], "questions": [question]}
    )
    clock.pass_by(days=4)
    settled = await evaluator.post(path, {"action": "recognise", "sequence": asked.json()["sequence"]})
    assert settled.json()["state"] == "decided", settled.text
    record = (await evaluator.get(f"/requests/{in_review['id']}/records/3")).json()
    assert record["act"]["clock"]["paused_days"] == 4


async def test_two_people_cannot_settle_one_case(
    ready: Any, evaluator: Any, in_review: dict[str, Any], person: Callable[..., Any]
) -> None:
    path = f"/requests/{in_review['id']}/settle"
    body = {"action": "recognise", "sequence": in_review["sequence"]}
    other = person("other", ASTERVIK, "evaluator")
    answers = await asyncio.gather(evaluator.post(path, body), other.post(path, body))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    late = next(answer for answer in answers if answer.status_code == 409)
    assert late.json()["code"] == "changed_meanwhile"
    now = (await evaluator.get(f"/requests/{in_review['id']}")).json()["sequence"]
    closed = await evaluator.post(path, {**body, "sequence": now})
    assert (closed.status_code, closed.json()["code"]) == (409, "not_open")
    assert await ready.pool.fetchval("select count(*) from record") == 2


ODD_SETTLEMENTS = [
    {"action": "refuse", "sequence": 2},
    {"action": "NOT_RECOGNISED", "sequence": 2},
    {"action": "recognise"},
    {"action": "recognise", "sequence": 2, "outcome": "NOT_RECOGNISED"},
    {"action": "recognise", "sequence": 2, "note": "free text"},
    {"action": "ask", "sequence": 2, "questions": []},
    {"action": "ask", "sequence": 2, "questions": [{"element": "x", "code": "Y", "remedy": "SAY_NO"}]},
]


async def test_there_is_nothing_else_that_a_person_may_do(
    ready: Any, evaluator: Any, in_review: dict[str, Any]
) -> None:
    for body in ODD_SETTLEMENTS:
        answer = await evaluator.post(f"/requests/{in_review['id']}/settle", body)
        assert answer.status_code == 422, answer.text
        assert (await evaluator.get(f"/requests/{in_review['id']}")).json()["state"] == "in_review"


async def test_a_code_that_is_none_is_refused(evaluator: Any, in_review: dict[str, Any]) -> None:
    question = {"element": "grade", "code": "NO.SUCH_CODE", "remedy": "NONE"}
    body = {"action": "ask", "sequence": in_review["sequence"], "questions": [question]}
    answer = await evaluator.post(f"/requests/{in_review['id']}/settle", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_code")


async def test_the_api_knows_no_refusal(http: Any) -> None:
    text = (await http.get("/openapi.json")).text
    for word in ("NOT_RECOGNISED", "REJECT", "refuse recognition"):
        assert word not in text


async def test_a_report_that_ends_too_early_is_settled_by_a_person(
    worker: Any, evaluator: Any, release: Callable[..., Any]
) -> None:
    await worker.know_issuer()
    await worker.know_registry(valid_to=date(2025, 6, 19))
    await release("/policies", POLICY)
    await release("/mandates", MANDATE)
    await release("/statements", {"trustee": LISVIK, "assurance": 2})
    _, issued = worker.issue()
    made = await evaluator.post("/requests", {"credential": issued.bus_form, "purpose": "CREDIT"})
    await worker.evaluate()
    detail = (await evaluator.get(f"/requests/{made.json()['id']}")).json()
    assert detail["state"] == "in_review"
    record = (await evaluator.get(f"/decisions/{detail['current']['decision_id']}")).json()
    assert record["content"]["deciding_stage"] == "S5"
    body = {"action": "recognise", "sequence": detail["sequence"]}
    assert (await evaluator.post(f"/requests/{detail['id']}/settle", body)).json()["state"] == "decided"
