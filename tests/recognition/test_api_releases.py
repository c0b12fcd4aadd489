"""Policies, mandates, standing rules and alliances by API: versions, four eyes, and what the worker makes of
them.
"""

from collections.abc import Callable
from typing import Any

import pytest

from mutua_recognition.api import alliances, mandates, policies, standing_rules, statements
from mutua_recognition.catalogue import Catalogue
from mutua_recognition.domain.canonical import digest

from .lisvik import LISVIK
from .worker import ASTERVIK, CORVELO

pytestmark = pytest.mark.servers

BOREAL = "alliance:boreal"
POLICY = policies.EXAMPLES["annex-i-credit"]["value"]
MANDATE = mandates.EXAMPLES["decide"]["value"]
RULE = standing_rules.EXAMPLES["alliance"]["value"]
ALLIANCE = alliances.EXAMPLES["members"]["value"]


async def test_a_policy_is_released_by_two_and_told(
    first: Any, release: Callable[..., Any], worker: Any
) -> None:
    released = await release("/policies", POLICY)
    assert released["subject_id"] == f"{ASTERVIK}:annex-i-credit"
    (event,) = await worker.events()
    assert event.type == "eu.mutua.policy.released.v1"
    assert (event.partitionkey, event.sequence) == (released["subject_id"], 1)
    assert event.data.digest == digest(event.data.content)
    shown = (await first.get(f"/policies/{released['subject_id']}")).json()
    assert (shown["version"], shown["digest"]) == (1, event.data.digest)
    assert shown["content"]["owner"] == ASTERVIK


async def test_versions_follow_one_another(first: Any, release: Callable[..., Any], worker: Any) -> None:
    await release("/policies", POLICY)
    await release("/policies", {**POLICY, "level_needed": 6})
    id = f"{ASTERVIK}:annex-i-credit"
    assert (await first.get(f"/policies/{id}")).json()["version"] == 2
    assert (await first.get(f"/policies/{id}", version=1)).json()["content"]["level_needed"] is None
    assert (await first.get(f"/policies/{id}", version=3)).status_code == 404
    assert len((await first.get("/policies")).json()["items"]) == 1
    assert [event.sequence for event in await worker.events()] == [1, 2]


async def test_what_was_overtaken_is_not_released(
    first: Any, second: Any, release: Callable[..., Any]
) -> None:
    old = (await first.post("/policies", POLICY)).json()
    await release("/policies", {**POLICY, "level_needed": 6})
    late = await second.post(f"/proposals/{old['id']}/sign")
    assert (late.status_code, late.json()["code"]) == (409, "overtaken")
    assert (await first.get(f"/proposals/{old['id']}")).json()["state"] == "waiting"


FLAWED = [
    ("/policies", {**POLICY, "required_stages": ["S99"]}, "unknown_code"),
    ("/policies", {**POLICY, "trust": {"max_hops": 9}}, "out_of_range"),
    ("/policies", {**POLICY, "trust": {"max_hop": 2}}, "unknown_member"),
    ("/policies", {**POLICY, "version": 7}, "unknown_member"),
    ("/policies", {**POLICY, "owner": CORVELO}, "unknown_member"),
    ("/policies", {**POLICY, "name": "../x"}, "bad_name"),
    ("/policies", {"purpose": "CREDIT"}, "missing"),
    ("/policies", {"name": "no-purpose"}, "missing"),
    ("/mandates", {**MANDATE, "purposes": []}, "empty"),
    ("/mandates", {**MANDATE, "legal_basis": []}, "empty"),
    ("/mandates", {**MANDATE, "effect": "refuse"}, "unknown_code"),
    ("/standing-rules", {**RULE, "alliance": None}, "unbounded_rule"),
    ("/standing-rules", {**RULE, "purpose": "EXEMPTION"}, "target_missing"),
    ("/standing-rules", {**RULE, "components": []}, "empty"),
]


async def test_the_domain_says_what_is_wrong(first: Any, worker: Any) -> None:
    await worker.know_registry()
    for path, body, code in FLAWED:
        answer = await first.post(path, body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == code, answer.text


async def test_every_flaw_is_told(first: Any) -> None:
    body = {**POLICY, "required_stages": ["S99"], "review_working_days": 0, "surprise": True}
    problem = (await first.post("/policies", body)).json()
    assert {each["path"] for each in problem["problems"]} == {
        "/required_stages/0",
        "/review_working_days",
        "/surprise",
    }


async def test_a_mandate_and_a_rule_reach_the_worker(
    first: Any, release: Callable[..., Any], worker: Any
) -> None:
    await worker.know_registry()
    await release("/policies", POLICY)
    await release("/mandates", MANDATE)
    target = {"id": "AST-DAT-020", "version": 3, "level": 6, "ects": "5"}
    await release("/standing-rules", {**RULE, "purpose": "EXEMPTION", "target": target})
    catalogue = Catalogue()
    async with worker.pool.acquire() as tx:
        await catalogue.refresh(tx)
    assert [policy.owner for policy in catalogue.policies] == [ASTERVIK]
    assert [mandate.id for mandate in catalogue.mandates] == [f"{ASTERVIK}:automation"]
    ((rule, country),) = catalogue.newest_rules()
    assert (rule.recogniser, country) == (ASTERVIK, "EE")
    assert rule.target is not None
    assert rule.target.digest.startswith("sha256:")
    assert (await first.get("/mandates")).json()["items"][0]["version"] == 1
    assert (await first.get(f"/mandates/{ASTERVIK}:automation")).status_code == 200
    assert (await first.get("/standing-rules")).json()["items"][0]["country"] == "EE"


async def test_one_person_ends_a_rule_and_no_older_version_comes_back(
    first: Any, release: Callable[..., Any], worker: Any
) -> None:
    await worker.know_registry()
    await release("/standing-rules", RULE)
    await release("/standing-rules", {**RULE, "components": ["LIS-DAT-010"]})
    id = f"{ASTERVIK}:boreal-credit"
    ended = await first.post(f"/standing-rules/{id}/end")
    assert ended.status_code == 200, ended.text
    assert ended.json()["ended_at"] is not None
    catalogue = Catalogue()
    async with worker.pool.acquire() as tx:
        await catalogue.refresh(tx)
    assert catalogue.rules == []
    assert (await first.post(f"/standing-rules/{id}/end")).json()["ended_at"] == ended.json()["ended_at"]
    assert (await first.post("/standing-rules/none/end")).status_code == 404
    await release("/standing-rules", RULE)
    assert (await first.get(f"/standing-rules/{id}")).json()["version"] == 3


async def test_a_rule_waits_for_the_registry(first: Any) -> None:
    answer = await first.post("/standing-rules", RULE)
    assert (answer.status_code, answer.json()["code"]) == (409, "registry_not_ready")
    assert answer.headers["retry-after"]


async def test_members_see_their_alliance_and_its_policy(
    person: Callable[..., Any], release: Callable[..., Any], worker: Any, first: Any
) -> None:
    one, other = person("chair", BOREAL), person("secretary", BOREAL)
    await release("/alliances", ALLIANCE, one, other)
    await release("/policies", POLICY, one, other)
    changed, _ = await worker.events()
    assert changed.type == "eu.mutua.alliance.changed.v1"
    assert (changed.partitionkey, changed.sequence) == (BOREAL, 1)
    assert [member.entity for member in changed.data.members] == [ASTERVIK, CORVELO, LISVIK]
    assert (await first.get(f"/alliances/{BOREAL}")).json()["content"]["name"] == ALLIANCE["name"]
    assert (await first.get("/policies")).json()["items"][0]["owner"] == BOREAL
    outsider = person("outsider", "DEQARINST7107")
    assert (await outsider.get(f"/alliances/{BOREAL}")).status_code == 404
    assert (await outsider.get("/alliances")).json()["items"] == []
    assert (await outsider.get("/policies")).json()["items"] == []

    await release("/alliances", {**ALLIANCE, "members": ALLIANCE["members"][1:]}, one, other)
    assert (await worker.events())[-1].sequence == 2
    assert (await first.get(f"/alliances/{BOREAL}")).status_code == 404
    catalogue = Catalogue()
    async with worker.pool.acquire() as tx:
        await catalogue.refresh(tx)
    assert len(catalogue.alliances[BOREAL].members) == 2


async def test_only_an_alliance_states_its_members(first: Any, person: Callable[..., Any]) -> None:
    answer = await first.post("/alliances", ALLIANCE)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["path"] == "/id"
    twice = {**ALLIANCE, "members": [ALLIANCE["members"][0], ALLIANCE["members"][0]]}
    overlapping = await person("chair", BOREAL).post("/alliances", twice)
    assert overlapping.json()["code"] == "overlapping_membership"


async def test_names_of_two_organisations_do_not_collide(
    person: Callable[..., Any], release: Callable[..., Any], first: Any
) -> None:
    await release("/policies", POLICY)
    await release("/policies", POLICY, person("a", CORVELO), person("b", CORVELO))
    assert [item["owner"] for item in (await first.get("/policies")).json()["items"]] == [ASTERVIK]


def _examples() -> list[tuple[str, dict[str, Any]]]:
    modules = {
        "/statements": statements,
        "/policies": policies,
        "/mandates": mandates,
        "/standing-rules": standing_rules,
    }
    return [(path, one["value"]) for path, of in modules.items() for one in of.EXAMPLES.values()]


EXAMPLES = _examples()


async def test_what_the_documents_show_is_accepted(
    first: Any, worker: Any, release: Callable[..., Any], person: Callable[..., Any]
) -> None:
    await worker.know_registry()
    boreal = [person(name, "alliance:boreal") for name in ("one", "two")]
    await release("/alliances", {"name": "Boreal"}, *boreal)
    for path, body in EXAMPLES:
        answer = await first.post(path, body)
        assert answer.status_code == 201, answer.text


async def test_a_rule_names_issuers_that_exist(first: Any, worker: Any) -> None:
    await worker.know_registry()
    rule = {"name": "r", "purpose": "CREDIT", "during": {}, "issuers": ["DEQARINST7105", "DEQARINST9999"]}
    answer = await first.post("/standing-rules", rule)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_entity")
    assert [flaw["path"] for flaw in answer.json()["problems"]] == ["/issuers/1"]
