"""What an operator counts, and what a recogniser may read of the statements of others."""

from collections.abc import Callable
from typing import Any

import pytest

from .lisvik import LISVIK
from .worker import ASTERVIK, CORVELO

pytestmark = pytest.mark.servers


async def test_an_operator_counts_over_all_organisations(
    person: Callable[..., Any], evaluator: Any, worker: Any
) -> None:
    await worker.know_issuer()
    await worker.know_registry()
    credentials = [worker.issue() for _ in range(3)]
    for id, issued in credentials:
        await worker.receive(id, issued)
    asked = {"credential_id": credentials[0][0], "purpose": "CREDIT"}
    assert (await evaluator.post("/requests", asked)).status_code == 202
    operator = person("op", "operator", "operator")
    assert (await operator.get("/operations/counts")).json() == {
        "credentials": 3,
        "without_request": 2,
        "queued": 1,
        "requests": {ASTERVIK: {"waiting": 1}},
    }
    await worker.evaluate()
    told = (await operator.get("/operations/counts")).json()
    assert (told["queued"], told["requests"]) == (0, {ASTERVIK: {"in_review": 1}})


async def test_nobody_else_counts(first: Any, evaluator: Any, http: Any) -> None:
    for client in (first, evaluator):
        refused = await client.get("/operations/counts")
        assert (refused.status_code, refused.json()["code"]) == (403, "role_missing")
    assert (await http.get("/operations/counts")).status_code == 401


async def test_whoever_decides_by_a_chain_reads_all_of_it(
    person: Callable[..., Any],
    first: Any,
    evaluator: Any,
    stranger: Any,
    worker: Any,
    release: Callable[..., Any],
) -> None:
    await worker.know_issuer()
    await worker.know_registry()
    others = person("a", CORVELO), person("b", CORVELO)
    own = await release("/statements", {"trustee": CORVELO, "depth": 1, "assurance": 2})
    theirs = await release("/statements", {"trustee": LISVIK, "assurance": 2}, *others)
    assert (await first.get(f"/statements/{theirs['subject_id']}")).status_code == 404

    id, issued = worker.issue()
    await worker.receive(id, issued)
    asked = (await evaluator.post("/requests", {"credential_id": id, "purpose": "CREDIT"})).json()
    await worker.evaluate()
    record = (await evaluator.get(f"/requests/{asked['id']}")).json()["current"]["decision_id"]
    chain = (await evaluator.get(f"/decisions/{record}/statements")).json()
    assert [one["statement"]["id"] for one in chain] == [own["subject_id"], theirs["subject_id"]]
    assert [one["statement"]["truster"] for one in chain] == [ASTERVIK, CORVELO]

    # The right to read is the record's: lists and single statements show what they showed before.
    assert (await evaluator.get(f"/statements/{theirs['subject_id']}")).status_code == 404
    listed = (await evaluator.get("/statements")).json()["items"]
    assert [one["statement"]["id"] for one in listed] == [own["subject_id"]]
    assert (await stranger.get(f"/decisions/{record}/statements")).status_code == 404
