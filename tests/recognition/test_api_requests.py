"""Presenting and settling by API, with the worker's evaluation in between."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from mutua_contracts.ids import request_id
from mutua_credentials import jws, sdjwt
from mutua_recognition.api import mandates, policies
from mutua_recognition.api.presented import derived_id
from mutua_recognition.domain.canonical import canonical

pytestmark = pytest.mark.servers

ASTERVIK, LISVIK = "DEQARINST7101", "DEQARINST7105"
POLICY = policies.EXAMPLES["annex-i-credit"]["value"]
MANDATE = mandates.EXAMPLES["decide"]["value"]


@pytest.fixture
async def ready(worker: Any, release: Callable[..., Any]) -> Any:
    """Keys and registry are known, policy and mandate are released; nobody is trusted."""
    await worker.know_issuer()
    await worker.know_registry()
    await release("/policies", POLICY)
    await release("/mandates", MANDATE)
    return worker


@pytest.fixture
async def trusted(ready: Any, release: Callable[..., Any]) -> Any:
    """The same, and Lisvik is trusted."""
    await release("/statements", {"trustee": LISVIK, "assurance": 2})
    return ready


async def events_of(worker: Any, id: str) -> list[Any]:
    return [event for event in await worker.events() if event.partitionkey == id]


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
    requested, decided = await events_of(trusted, body["id"])
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


async def test_nothing_of_the_learner_is_kept(trusted: Any, evaluator: Any, recognition_admin: Any) -> None:
    _, issued = trusted.issue(grade={"value": "excellent indeed"})
    assert len(issued.holder_form) > len(issued.bus_form)
    answer = await evaluator.post("/requests", {"credential": issued.holder_form, "purpose": "CREDIT"})
    await trusted.evaluate()
    kept = await recognition_admin.dump()
    disclosures = [part for part in issued.holder_form.split("~")[1:] if part]
    assert disclosures
    for secret in ("Ylva", "Testperson", "s-1042", "excellent indeed", "evaluator\x00", *disclosures):
        assert secret not in kept
        assert secret not in answer.text


async def test_disclosures_about_the_course_are_kept(trusted: Any, evaluator: Any) -> None:
    """An issuer may withhold more than the learner; what the holder discloses serves this request only."""
    _, issued = trusted.issue()
    token = sdjwt.parse(issued.bus_form)
    assert isinstance(token, sdjwt.SdJwt)
    claims = dict(token.payload)
    level = sdjwt.disclosures.make("eqf", claims["level"]["eqf"], "salt")
    learner = sdjwt.disclosures.make("given_name", "Ylva", "salt")
    claims["level"] = {"_sd": [sdjwt.disclosures.digest(level)]}
    claims["learner"] = {"_sd": [sdjwt.disclosures.digest(learner)]}
    jwt = jws.sign({"typ": "dc+sd-jwt"}, canonical(claims), trusted.key)
    withheld = await evaluator.post("/requests", {"credential": f"{jwt}~", "purpose": "CREDIT"})
    assert withheld.status_code == 202, withheld.text
    await trusted.evaluate()
    asked = (await evaluator.get(f"/requests/{withheld.json()['id']}")).json()
    assert asked["state"] == "info_requested"

    text = f"{jwt}~{learner}~{level}~"
    again = await evaluator.post("/requests", {"credential": text, "purpose": "CREDIT"})
    assert again.status_code == 202
    assert again.json()["state"] == "waiting"
    assert await trusted.pool.fetchval("select presented from request") == f"{jwt}~{level}~"
    assert await trusted.pool.fetchval("select body from credential") == f"{jwt}~"


UNREADABLE = [
    ("x" * (256 * 1024 + 1), "INTAKE.TOO_LARGE"),
    ("not a credential", "INTAKE.MALFORMED"),
    ("a.b.c~", "INTAKE.MALFORMED"),
    ("{}", "INTAKE.UNKNOWN_FORMAT"),
    ("<xml/>", "INTAKE.MALFORMED"),
    ("naïve", "INTAKE.MALFORMED"),
]


async def test_what_cannot_be_read_is_said_and_kept_nowhere(ready: Any, evaluator: Any) -> None:
    for credential, code in UNREADABLE:
        answer = await evaluator.post("/requests", {"credential": credential, "purpose": "CREDIT"})
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == code
        assert answer.json()["problems"][0]["path"] == "/credential"
        assert await ready.pool.fetchval("select count(*) from credential") == 0


async def test_a_person_in_clear_is_not_taken_in(ready: Any, evaluator: Any) -> None:
    claims = {"iss": "https://univ-lisvik.example", "vct": "x", "sub": "s-1042", "given_name": "Ylva"}
    text = jws.sign({"typ": "dc+sd-jwt"}, json.dumps(claims).encode(), ready.key) + "~"
    answer = await evaluator.post("/requests", {"credential": text, "purpose": "CREDIT"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "personal_in_clear"
    assert {each["path"] for each in problem["problems"]} == {"/credential/sub", "/credential/given_name"}
    assert "Ylva" not in answer.text


async def test_disclosures_that_nobody_signed_are_not_taken_in(ready: Any, evaluator: Any) -> None:
    _, issued = ready.issue()
    text = issued.bus_form + sdjwt.disclosures.make("level", {"eqf": 8}, "salt") + "~"
    answer = await evaluator.post("/requests", {"credential": text, "purpose": "CREDIT"})
    assert (answer.status_code, answer.json()["code"]) == (422, "INTAKE.MALFORMED")
    assert answer.json()["found"] == "disclosure_not_signed"


async def test_a_forged_credential_cannot_take_anothers_place(trusted: Any, evaluator: Any) -> None:
    id, issued = trusted.issue()
    head, body, signature = issued.bus_form.removesuffix("~").split(".")
    forged = f"{head}.{body}.{signature[:-8]}{'A' * 8}~"
    first = await evaluator.post("/requests", {"credential": forged, "purpose": "CREDIT"})
    assert first.status_code == 202, first.text
    assert first.json()["credential"] != id
    assert (first.json()["issuer"], first.json()["award_country"]) == (None, None)

    await trusted.receive(id, issued)
    await trusted.evaluate()
    assert (await evaluator.get(f"/requests/{first.json()['id']}")).json()["state"] == "inadmissible"
    (_, closed) = await events_of(trusted, first.json()["id"])
    assert closed.type == "eu.mutua.recognition.inadmissible.v1"
    genuine = await evaluator.post("/requests", {"credential": issued.bus_form, "purpose": "CREDIT"})
    assert genuine.status_code == 202
    assert genuine.json()["credential"] == id
    await trusted.evaluate()
    assert (await evaluator.get(f"/requests/{genuine.json()['id']}")).json()["state"] == "decided"


async def test_a_credential_of_an_unknown_issuer_is_called_by_its_digest(worker: Any, evaluator: Any) -> None:
    await worker.know_registry()
    _, issued = worker.issue()
    one = await evaluator.post("/requests", {"credential": issued.bus_form, "purpose": "CREDIT"})
    assert one.json()["credential"] == derived_id(issued.digest)
    two = await evaluator.post("/requests", {"credential": issued.holder_form, "purpose": "CREDIT"})
    assert (two.status_code, two.json()["id"]) == (200, one.json()["id"])


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
    events = await events_of(ready, asked["id"])
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

    *_, decided, closed = await events_of(ready, in_review["id"])
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
    event = (await events_of(ready, in_review["id"]))[-1]
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
