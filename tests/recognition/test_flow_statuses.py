"""What an issuer says of a credential or a key afterwards: decisions stand, and people are told."""

import json
from datetime import timedelta

import pytest

from .flow_world import World, codes, prepared, types
from .lisvik import LISVIK
from .worker import ASTERVIK, CORVELO

pytestmark = pytest.mark.servers


async def test_a_decision_stands_when_its_credential_is_suspended_and_a_person_is_told(world: World) -> None:
    await prepared(world, (ASTERVIK, LISVIK, 0))
    await world.publish_credential()
    await world.outcome()
    await world.say("suspended", 2)
    await world.say("suspended", 2)
    state, events = await world.outcome()
    assert state == "anticipated"
    assert types(events)[2:] == ["review.requested.v1"]
    assert (codes(events[2]), events[2].sequence) == (["AUTH.SUSPENDED"], 3)
    assert events[2].data.content_digest == events[1].data.content_digest
    assert await world.pool.fetchval("select revisit from request") == "AUTH.SUSPENDED"
    await world.say("valid", 3)
    _, events = await world.outcome()
    assert types(events)[3:] == ["review.closed.v1"]
    assert (events[3].data.closed_as, events[3].data.role) == ("cleared", "machine")
    assert await world.pool.fetchval("select revisit from request") is None
    assert await world.pool.fetchval("select count(*) from record") == 1


async def test_what_was_revoked_before_it_was_looked_at_is_inadmissible(world: World) -> None:
    await prepared(world, (ASTERVIK, LISVIK, 0))
    await world.publish_credential()
    await world.say("revoked", 2)
    state, events = await world.outcome()
    assert state == "inadmissible"
    assert codes(events[1]) == ["AUTH.REVOKED"]
    (reason,) = events[1].data.reasons
    assert reason.source.kind == "status_list"
    assert await world.pool.fetchval("select count(*) from evidence_use where evidence like 'status:%'") == 0


async def test_a_case_that_waits_for_a_person_is_looked_at_again_by_the_machine(world: World) -> None:
    await prepared(world, (ASTERVIK, LISVIK, 0))
    await world.publish_credential()
    await world.pool.execute("update request set presented_at = $1", world.clock.now())
    await world.say("suspended", 2)
    state, events = await world.outcome()
    assert (state, codes(events[1])[0]) == ("in_review", "AUTH.SUSPENDED")
    assert await world.pool.fetchval("select count(*) from evidence_use where evidence like 'status:%'") == 1
    await world.say("valid", 3)
    state, events = await world.outcome()
    assert (state, types(events)[-1]) == ("decided", "recognition.decided.v1")
    act = json.loads(await world.pool.fetchval("select act from record order by number desc limit 1"))
    assert act["cause"]["kind"] == "evidence_changed"


async def test_nobody_but_its_issuer_revokes_a_credential(world: World) -> None:
    await prepared(world, (ASTERVIK, LISVIK, 0))
    await world.publish_credential()
    await world.say("revoked", 2, by=CORVELO)
    state, _ = await world.outcome()
    assert state == "anticipated"


async def test_what_rests_on_a_compromised_key_is_looked_at_unless_it_was_there_before(world: World) -> None:
    await prepared(world, (ASTERVIK, LISVIK, 0))
    await world.publish_credential()
    await world.outcome()
    await world.publish_credential()
    await world.evaluations.step()
    first, second = await world.pool.fetch("select id, credential from request order by received_at, id")
    await world.owner.execute(
        "update credential set received_at = $2 where id = $1",
        first["credential"],
        world.clock.now() - timedelta(days=9),
    )
    await world.publish_issuer(compromised_at=world.clock.now() - timedelta(days=1), sequence=2)
    await world.publish_issuer(compromised_at=world.clock.now() - timedelta(days=1), sequence=3)
    marked = await world.pool.fetch("select id, state from request where revisit = 'AUTH.KEY_UNBOUND'")
    assert [(row["id"], row["state"]) for row in marked] == [(second["id"], "anticipated")]
    _, events = await world.outcome()
    assert types(events)[4:] == ["review.requested.v1"]
    (reason,) = events[4].data.reasons
    assert (reason.code, reason.source.kind) == ("AUTH.KEY_UNBOUND", "key")
