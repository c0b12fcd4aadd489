"""Issuing by API: complete, once, provable by anybody, readable by its institution only."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from mutua_contracts.credential import CredentialIssued
from mutua_credentials import sdjwt
from mutua_credentials.verify import Verdict, verify
from mutua_issuer.domain.examples import AWARD, COMPONENT, WHOLE
from mutua_kernel.database import Pool
from tests.in_process import SettableClock

from .conftest import LISVIK, Institution

pytestmark = pytest.mark.servers


def row(external_id: str, learner_id: str = "s-1042", **award: Any) -> dict[str, Any]:
    own = {**AWARD["award"], **award}
    return {"external_id": external_id, "learner_id": learner_id, "award": own}


@pytest.mark.parametrize("body", [AWARD, WHOLE])
async def test_what_travels_is_verifiable_by_anybody_and_names_nobody(
    lisvik: Institution, anybody: Callable[..., Any], facts_of: Callable[[], Any], body: dict[str, Any]
) -> None:
    await lisvik.ready_to_issue()
    answer = await lisvik.post("/credentials", body)
    assert answer.status_code == 201, answer.text
    event = (await facts_of())[-1]
    fact = event.data
    assert isinstance(fact, CredentialIssued)
    assert event.partitionkey == event.correlationid == fact.credential_id == answer.json()["credential_id"]
    assert (event.sequence, event.tenant, fact.issuer, fact.awarding_body) == (1, LISVIK, LISVIK, LISVIK)
    assert (fact.country, fact.component) == ("NO", "AST-DAT-020")
    now = datetime(2026, 11, 20, 10, 0, 30, tzinfo=UTC)
    found = verify(fact.credential, as_of=now, documents=await anybody(fact.credential))
    assert found.verdict is Verdict.VALID, found.checks
    assert found.annex_i is not None
    states = {name: str(state) for name, state in found.annex_i.states().items()}
    assert states["learner"] == states["grade"] == "withheld"
    assert states["title"] == states["level"] == "present"
    assert found.digest == fact.digest == answer.json()["digest"]
    assert sdjwt.leaks(fact.credential) == ()


async def test_the_holder_gets_everything(lisvik: Institution, anybody: Callable[..., Any]) -> None:
    await lisvik.ready_to_issue()
    number = (await lisvik.post("/credentials", AWARD)).json()["credential_id"]
    answer = await lisvik.get(f"/credentials/{number}/holder-form")
    assert answer.headers["cache-control"] == "no-store"
    now = datetime(2026, 11, 20, 10, 0, 30, tzinfo=UTC)
    whole = answer.json()["credential"]
    found = verify(whole, as_of=now, documents=await anybody(whole))
    assert found.verdict is Verdict.VALID
    assert found.annex_i is not None
    assert found.annex_i.learner.value is not None
    assert found.annex_i.learner.value.family_name == "Family"
    assert found.annex_i.grade.value is not None
    assert found.annex_i.grade.value.value == "B"


async def test_the_same_row_is_issued_once(lisvik: Institution, facts_of: Callable[[], Any]) -> None:
    await lisvik.ready_to_issue()
    first = await lisvik.post("/credentials", AWARD, key="k-1")
    replayed = await lisvik.post("/credentials", AWARD, key="k-1")
    again = await lisvik.post("/credentials", AWARD, key="k-2")
    assert (first.status_code, replayed.status_code, again.status_code) == (201, 201, 200)
    assert replayed.json() == first.json()
    assert replayed.headers["idempotency-replayed"] == "true"
    assert again.json() == {**first.json(), "status": "already_issued"}
    other = await lisvik.post("/credentials", row(AWARD["external_id"], grade={"value": "C"}))
    assert (other.status_code, other.json()["code"]) == (409, "issued_differently")
    assert [event.type for event in await facts_of()].count("eu.mutua.credential.issued.v1") == 1


async def test_a_repeat_stays_a_repeat_when_the_component_has_changed(lisvik: Institution) -> None:
    await lisvik.ready_to_issue()
    await lisvik.post("/credentials", row("a"))
    changed = {"code": "AST-DAT-020", "content": {**COMPONENT, "workload": {"ects": "6"}}}
    described = await lisvik.post("/components", changed)
    assert (described.status_code, described.json()["version"]) == (201, 2)
    assert (await lisvik.post("/credentials", row("a"))).json()["status"] == "already_issued"
    number = (await lisvik.post("/credentials", row("b"))).json()["credential_id"]
    assert (await lisvik.get(f"/credentials/{number}")).json()["component_version"] == 2


async def test_a_described_component_is_a_version_only_when_it_changed(lisvik: Institution) -> None:
    await lisvik.ready_to_issue()
    same = await lisvik.post("/components", {"code": "AST-DAT-020", "content": COMPONENT})
    assert (same.status_code, same.json()["version"]) == (200, 1)
    await lisvik.post("/components", {"code": "X/1", "content": {**COMPONENT, "title": {"en": "Other"}}})
    first = (await lisvik.get("/components?limit=1")).json()
    assert [one["code"] for one in first["components"]] == ["AST-DAT-020"]
    second = (await lisvik.get("/components", after=first["next"])).json()
    assert [one["code"] for one in second["components"]] == ["X/1"]
    assert (await lisvik.get("/components/X/1?version=1")).json()["content"]["title"] == {"en": "Other"}
    assert (await lisvik.get("/components/X/1?version=2")).status_code == 404


async def test_rows_of_a_batch_have_outcomes_of_their_own(
    lisvik: Institution, facts_of: Callable[[], Any]
) -> None:
    await lisvik.ready_to_issue()
    await lisvik.post("/credentials", row("old"))
    rows = [
        row("a"),
        row("b", date_of_issuing="20.06.2026"),
        row("old"),
        row("old-2", component="AST-???"),
        row("a"),
        7,
        row("c", "s-2000"),
    ]
    answer = (await lisvik.post("/credentials/batch", {"rows": rows})).json()
    assert answer["counts"] == {"issued": 2, "already_issued": 1, "invalid": 4}
    assert [one["row"] for one in answer["rows"]] == [1, 2, 3, 4, 5, 6, 7]
    wrong = {one["row"]: one["errors"][0] for one in answer["rows"] if one["status"] == "invalid"}
    assert wrong[2] == {
        "path": "/award/date_of_issuing",
        "code": "not_a_date",
        "found": "'20.06.2026'",
        "expected": "a date, YYYY-MM-DD",
    }
    assert [wrong[n]["code"] for n in (4, 5)] == ["unknown_component", "duplicate_row"]
    assert wrong[5]["found"] == "the external id of row 1 again"
    issued = [event.partitionkey for event in await facts_of() if event.type.endswith("issued.v1")]
    assert issued[1:] == [one["credential_id"] for one in answer["rows"] if one["status"] == "issued"]


async def test_a_dry_run_says_the_same_and_keeps_nothing(lisvik: Institution, admin: Pool) -> None:
    await lisvik.ready_to_issue()
    rows = [row("a"), row("b", grade={"value": ""}), row("c", "s-2")]
    before = [await admin.fetchval(f"select count(*) from {table}") for table in ("outbox", "idempotency")]
    answer = (await lisvik.post("/credentials/batch?dry_run=true", {"rows": rows})).json()
    assert answer["counts"] == {"would_issue": 2, "invalid": 1}
    for table in ("credential", "learner"):
        assert await admin.fetchval(f"select count(*) from {table}") == 0
    after = [await admin.fetchval(f"select count(*) from {table}") for table in ("outbox", "idempotency")]
    assert before == after
    assert (await lisvik.post("/credentials?dry_run=true", row("a"))).json()["status"] == "would_issue"
    wet = (await lisvik.post("/credentials/batch", {"rows": rows})).json()
    assert wet["counts"] == {"issued": 2, "invalid": 1}


async def test_two_batches_at_once_issue_each_row_once(
    lisvik: Institution, facts_of: Callable[[], Any], admin: Pool
) -> None:
    await lisvik.ready_to_issue()
    rows = [row(f"r-{n}", learner_id=f"s-{n % 7}") for n in range(60)]
    answers = await asyncio.gather(
        lisvik.post("/credentials/batch", {"rows": rows}),
        lisvik.post("/credentials/batch", {"rows": rows[::-1]}),
        lisvik.post("/credentials/batch", {"rows": rows[30:] + rows[:30]}),
    )
    counts = [answer.json()["counts"] for answer in answers]
    assert sum(one.get("issued", 0) for one in counts) == 60, counts
    assert sum(one.get("already_issued", 0) for one in counts) == 120, counts
    assert len([event for event in await facts_of() if event.type.endswith("issued.v1")]) == 60
    assert await admin.fetchval("select count(*) from learner") == 7


async def test_a_learner_has_one_key_over_all_credentials(lisvik: Institution, admin: Pool) -> None:
    await lisvik.ready_to_issue()
    for name in ("a", "b"):
        assert (await lisvik.post("/credentials", row(name))).status_code == 201
    assert await admin.fetchval("select count(*) from learner") == 1


async def test_the_key_in_force_signs(
    lisvik: Institution, anybody: Callable[..., Any], clock: SettableClock
) -> None:
    await lisvik.ready_to_issue()
    await lisvik.post(f"/issuers/{LISVIK}/keys", {})
    kids: list[str] = []
    for name, wait in (("a", 4.0), ("b", 0.7), ("c", 1.0)):
        clock.pass_by(seconds=wait)
        number = (await lisvik.post("/credentials", row(name))).json()["credential_id"]
        shown = (await lisvik.get(f"/credentials/{number}")).json()
        kids.append(shown["kid"])
        now = clock.now()
        documents = await anybody(shown["credential"])
        found = verify(shown["credential"], as_of=now, documents=documents)
        assert found.verdict is Verdict.VALID, found.checks
    keys = [key["kid"] for key in (await lisvik.get(f"/issuers/{LISVIK}")).json()["keys"]]
    assert kids == [keys[0], keys[0], keys[1]]


async def test_credentials_are_listed_in_pages(lisvik: Institution) -> None:
    await lisvik.ready_to_issue()
    rows = [row(f"r-{n}") for n in range(5)]
    await lisvik.post("/credentials/batch", {"rows": rows})
    found: list[dict[str, Any]] = []
    after = {}
    while True:
        answer = (await lisvik.get("/credentials", limit=2, **after)).json()
        found += answer["credentials"]
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert sorted(one["external_id"] for one in found) == [f"r-{n}" for n in range(5)]
    assert {one["learner_id"] for one in found} == {"s-1042"}
    assert (await lisvik.get("/credentials?component=other")).json()["credentials"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"rows": []}, 422, "invalid_request"),
        ({"rows": [AWARD] * 201}, 422, "invalid_request"),
        ({"row": [AWARD]}, 422, "invalid_request"),
        ([], 422, "invalid_request"),
    ],
)
async def test_a_batch_that_is_none_is_refused(
    lisvik: Institution, body: Any, status: int, code: str
) -> None:
    await lisvik.ready_to_issue()
    answer = await lisvik.post("/credentials/batch", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_wrong_request_is_told_without_what_is_personal(lisvik: Institution) -> None:
    await lisvik.ready_to_issue()
    wrong = row("a", learner={"given_name": "Quirin", "family_name": "", "birth_date": "Zabelfort"})
    answer = await lisvik.post("/credentials", wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_credential")
    paths = [one["path"] for one in answer.json()["problems"]]
    assert paths == ["/award/learner/family_name", "/award/learner/birth_date"]
    assert "Zabelfort" not in answer.text


async def test_nothing_unknown_is_found(lisvik: Institution) -> None:
    await lisvik.ready_to_issue()
    for path in (f"/credentials/{uuid4()}", f"/credentials/{uuid4()}/holder-form", "/components/none"):
        answer = await lisvik.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_body_that_is_too_large_is_refused(lisvik: Institution) -> None:
    answer = await lisvik.post("/credentials", {"external_id": "x" * 1_100_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_the_description_shows_every_element_and_an_example(http: httpx.AsyncClient) -> None:
    described = (await http.get("/openapi.json")).json()
    assert described["openapi"].startswith("3.1")
    schemas = described["components"]["schemas"]
    body = described["paths"]["/credentials"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["$ref"].endswith("/IssueRequest")
    assert schemas["IssueRequest"]["examples"][0] == AWARD
    assert len(schemas["MicroCredential"]["properties"]) == 18
    assert schemas["Batch"]["properties"]["rows"]["items"]["$ref"].endswith("/IssueRequest")
