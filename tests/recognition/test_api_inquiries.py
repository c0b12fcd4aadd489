"""Previews and replays: the worker answers what takes the whole trust log, and shows nobody's business."""

from collections.abc import Callable
from typing import Any

import pytest

from mutua_recognition.api import policies

from .lisvik import LISVIK
from .worker import ASTERVIK, CORVELO

pytestmark = pytest.mark.servers

POLICY = {"name": "credit", "purpose": "CREDIT", **policies.PRESETS["annex-i-credit"]}


@pytest.fixture
def ask(first: Any, worker: Any) -> Callable[..., Any]:
    """A function: an inquiry with the worker's answer."""

    async def make(path: str, body: Any = None, by: Any = first) -> dict[str, Any]:
        asked = await by.post(path, body)
        assert asked.status_code == 202, asked.text
        assert asked.json()["answer"] is None
        assert await worker.inquiries.step() == 0
        return (await by.get(asked.headers["location"])).json()["answer"]

    return make


@pytest.fixture
async def others(release: Any, person: Callable[..., Any]) -> Any:
    """Corvelo relies on Astervik and on whom Astervik relies on; both have policies."""
    one, two = person("c-one", CORVELO), person("c-two", CORVELO)
    await release("/policies", POLICY)
    await release("/policies", POLICY, one, two)
    await release("/statements", {"trustee": ASTERVIK, "assurance": 2, "depth": 1}, one, two)
    return one


WORDS = {"trustee": LISVIK, "assurance": 2, "scope": {"eqf": [6, 7], "isced_f": ["061"]}}
GAINED = {"issuer": LISVIK, "isced_f": ["06"], "eqf": [6, 7], "gained": True}


async def test_a_proposal_tells_what_it_would_let_through_before_it_is_signed(
    first: Any, others: Any, ask: Any, worker: Any
) -> None:
    proposal = (await first.post("/statements", WORDS)).json()
    told = await ask("/previews", {"proposal": proposal["id"]})
    assert told["complete"] is True
    assert told["own"] == [GAINED]
    assert told["others"] == [{**GAINED, "recognisers": 1}]
    assert told["decisions"] is None
    assert CORVELO not in str(told)
    too_many_credits = await ask(
        "/previews", {"proposal": proposal["id"], "like": {"award_date": "2020-01-01", "ects": 30}}
    )
    assert too_many_credits["own"] == [GAINED]
    assert await worker.inquiries.step() > 0
    assert len(await worker.events()) == 3


async def test_the_end_of_a_statement_tells_what_it_would_stop(
    release: Any, others: Any, ask: Any, person: Callable[..., Any], first: Any
) -> None:
    id = (await release("/statements", WORDS))["subject_id"]
    told = await ask("/previews", {"revoke": id})
    assert told["own"] == [{**GAINED, "gained": False}]
    assert told["others"] == [{**GAINED, "gained": False, "recognisers": 1}]
    assert told["decisions"] == {"own": [], "own_number": 0, "others_number": 0}
    theirs = person("theirs", LISVIK)
    assert (await theirs.post("/previews", {"revoke": id})).status_code == 404
    assert (await first.post("/previews", {})).json()["code"] == "invalid_request"
    distrust = (await first.post("/statements", {**WORDS, "trustee": CORVELO, "polarity": "distrust"})).json()
    assert (await ask("/previews", {"revoke": distrust["subject_id"]}))["complete"] is True


async def test_decisions_that_rest_on_it_are_named_and_replay_to_the_same_bytes(
    release: Any, ask: Any, worker: Any, evaluator: Any, first: Any
) -> None:
    await worker.know_issuer()
    await worker.know_registry()
    await release("/policies", POLICY)
    mandate = {
        "name": "m",
        "purposes": ["CREDIT"],
        "effect": "decide",
        "legal_basis": ["LRC.V"],
        "during": {},
    }
    await release("/mandates", mandate)
    id = (await release("/statements", {"trustee": LISVIK, "assurance": 2}))["subject_id"]
    credential, issued = worker.issue()
    await worker.receive(credential, issued)
    request = await evaluator.post("/requests", {"credential_id": credential, "purpose": "CREDIT"})
    await worker.evaluate()
    shown = (await evaluator.get(f"/requests/{request.json()['id']}")).json()
    assert shown["state"] == "decided"
    decision = shown["current"]["decision_id"]
    told = await ask("/previews", {"revoke": id})
    assert told["decisions"] == {"own": [decision], "own_number": 1, "others_number": 0}
    await release("/statements", {"trustee": CORVELO, "assurance": 2})
    again = await ask(f"/requests/{shown['id']}/replay", by=evaluator)
    assert (again["record"], again["same"], again["refused"]) == (decision, True, None)
    assert again["replayed_digest"] == shown["current"]["content_digest"]
    missing = await evaluator.post(f"/requests/{shown['id']}/replay?number=2")
    assert missing.status_code == 404
