"""From issued credentials to outcomes on real PostgreSQL: what a worker does, without the broker in
between."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from mutua_recognition.catalogue import Catalogue
from mutua_recognition.domain.inputs import replay
from mutua_recognition.domain.trust import log_view

from .flow_world import TRACE, World, prepared, types
from .lisvik import LISVIK
from .worker import ASTERVIK, CORVELO

pytestmark = pytest.mark.servers


async def test_a_direct_statement_gives_an_automatic_yes(world: World) -> None:
    await prepared(world, (ASTERVIK, LISVIK, 0))
    await world.publish_credential()
    state, events = await world.outcome()
    assert state == "anticipated"
    assert types(events) == ["recognition.requested.v1", "recognition.decided.v1"]
    assert [event.sequence for event in events] == [1, 2]
    decided = events[1].data
    assert decided.outcome == "RECOGNISED_FULL"
    assert decided.decided_by == "machine"
    assert decided.mandate == "uas-automation"
    assert decided.effect.holder == "on_presentation"
    assert "TRUST.DIRECT" in [reason.code for reason in decided.reasons]
    assert {event.traceparent for event in events} == {TRACE}


async def test_a_friend_of_a_friend_gives_an_automatic_yes_that_replays(world: World) -> None:
    await prepared(world, (ASTERVIK, CORVELO, 1), (CORVELO, LISVIK, 0))
    await world.publish_credential()
    state, events = await world.outcome()
    assert state == "anticipated"
    assert len(events[1].data.chain) == 2
    row = await world.pool.fetchrow("select content, content_digest, inputs_digest from record")
    assert row is not None
    bodies = {
        each["digest"]: json.loads(each["body"])
        for each in await world.pool.fetch("select digest, body from evidence")
    }
    head = await world.owner.fetchrow("select version, digest from log_head")
    assert head is not None
    catalogue = Catalogue()
    async with world.pool.acquire() as connection:
        await catalogue.refresh(connection)
    log = log_view(list(catalogue.index), head["version"], head["digest"])
    again = replay(bodies[row["inputs_digest"]], bodies, log)
    assert again.digest == row["content_digest"], again


async def test_distrust_of_whoever_relies_on_a_friend_bars_the_chain(world: World) -> None:
    await prepared(world, (ASTERVIK, CORVELO, 1), (CORVELO, LISVIK, 0))
    distrust = await world.state(ASTERVIK, LISVIK, polarity="distrust", assurance=1)
    await world.publish_credential()
    assert (await world.outcome())[0] == "dormant"
    content = json.loads(await world.pool.fetchval("select content from record"))
    assert (content["trust"]["reason"], content["trust"]["vetoed_by"]) == ("distrust", [distrust])
    used = await world.pool.fetch("select evidence from evidence_use")
    assert f"statement:{distrust}" in [row["evidence"] for row in used]


async def test_a_chain_that_ends_too_early_stays_dormant(world: World) -> None:
    await prepared(world, (ASTERVIK, CORVELO, 0), (CORVELO, LISVIK, 0))
    await world.publish_credential()
    state, events = await world.outcome()
    assert state == "dormant"
    assert types(events) == ["recognition.requested.v1"]
    assert events[0].data.state == "dormant"
    content = json.loads(await world.pool.fetchval("select content from record"))
    assert content["deciding_stage"] == "S6"
    assert content["trust"]["nearest_miss"]["failures"][0]["constraints"] == ["depth"]


async def test_presented_it_goes_to_review_and_a_person_is_given_until_when(world: World) -> None:
    await prepared(world, (ASTERVIK, LISVIK, 0), valid_to=date(2025, 6, 19))
    await world.publish_credential()
    await world.outcome()
    await world.pool.execute("update request set presented_at = $1", world.clock.now())
    await world.pool.execute(
        "insert into due (request, due_at, give_up_at, cause_kind, cause_id)"
        " select id, now(), now(), 'presented', 'c-2' from request"
    )
    state, events = await world.outcome()
    assert state == "in_review"
    assert types(events) == ["recognition.requested.v1", "review.requested.v1"]
    review = events[1].data
    assert review.deciding_stage == "S5"
    assert "QA.NOT_AT_AWARD_DATE" in [reason.code for reason in review.reasons]
    assert review.due_on == date(2026, 11, 30)
    assert events[1].sequence == 2
    assert await world.pool.fetchval("select count(*) from record") == 2


async def test_a_wrong_signature_in_an_authentic_event_is_inadmissible_and_hidden(world: World) -> None:
    await prepared(world, (ASTERVIK, LISVIK, 0))
    await world.publish_credential(tampered=True)
    state, events = await world.outcome()
    assert state == "inadmissible"
    assert types(events) == ["recognition.requested.v1", "recognition.inadmissible.v1"]
    assert [reason.code for reason in events[1].data.reasons] == ["AUTH.SIG_INVALID"]
    content = json.loads(await world.pool.fetchval("select content from record"))
    assert content["coverage"] is None
    assert content["trust"] is None


async def test_evidence_that_is_not_there_yet_is_waited_for_then_a_person_looks(world: World) -> None:
    await world.rules()
    await world.publish_registry(whole=False)
    await world.publish_credential()
    state, events = await world.outcome()
    assert (state, events) == ("waiting", [])
    await world.publish_issuer()
    await world.publish_registry()
    await world.state(ASTERVIK, LISVIK)
    await world.pool.execute("update due set due_at = now()")
    state, _ = await world.outcome()
    assert state == "anticipated"


async def test_evidence_that_never_comes_is_not_waited_for_for_ever(world: World) -> None:
    await world.rules()
    await world.publish_registry()
    await world.publish_credential()
    assert (await world.outcome())[0] == "waiting"
    world.clock.at = datetime.now(UTC) + timedelta(minutes=1)
    await world.pool.execute("update due set due_at = now()")
    state, _ = await world.outcome()
    assert state == "dormant"
    content = json.loads(await world.pool.fetchval("select content from record"))
    assert "AUTH.KEY_UNREACHABLE" in [reason["code"] for reason in content["reasons"]]


async def test_a_revocation_counts_for_the_next_credential(world: World) -> None:
    await prepared(world, (ASTERVIK, LISVIK, 0))
    await world.publish_credential()
    assert (await world.outcome())[0] == "anticipated"
    await world.owner.execute("update statement set revoked = 2")
    await world.owner.execute("update log_head set version = 2, digest = $1", "sha256:" + "1" * 64)
    await world.publish_credential()
    await world.evaluations.step()
    rows = await world.pool.fetch("select state from request order by received_at, id")
    assert sorted(row["state"] for row in rows) == ["anticipated", "dormant"]


async def test_without_a_standing_rule_nobody_asks(world: World) -> None:
    await world.publish_issuer()
    await world.publish_credential()
    assert await world.pool.fetchval("select count(*) from credential") == 1
    assert await world.pool.fetchval("select count(*) from request") == 0
