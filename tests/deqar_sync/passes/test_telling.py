"""What passes tell: everything once, then each change once, however the registry shuffles its answers."""

from mutua_deqar_sync.full_pass import PassResult
from mutua_local.deqar import Simulator
from mutua_local.deqar.model import Agency, Country
from tests.deqar_sync.watched import Watched


async def test_a_first_pass_tells_everything_and_then_that_it_is_complete(watched: Watched) -> None:
    assert await watched.run() == PassResult("complete", None, 0)
    events = await watched.events()
    kinds = [event.type.split(".")[3].removesuffix("_changed") for event in events]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "country": 7,
        "agency": 2,
        "provider": 8,
        "report": 8,
        "snapshot_completed": 1,
    }
    done = events[-1].data
    assert done.counts == {"country": 7, "agency": 2, "provider": 8, "report": 8}
    assert all(event.sequence == 1 for event in events)
    lisvik = next(e for e in events if e.partitionkey == "provider:DEQARINST7105")
    assert (lisvik.data.id, lisvik.tenant) == ("DEQARINST7105", "registry:deqar")
    assert lisvik.data.detailed_at is not None


async def test_an_idle_pass_tells_nothing_but_that_it_is_complete(watched: Watched) -> None:
    await watched.run()
    first = (await watched.events())[-1].data
    await watched.run()
    (again,) = await watched.events()
    assert again.data.digest == first.digest
    assert again.data.snapshot > first.snapshot


async def test_a_silent_edit_is_found_and_nothing_else(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    await watched.events()
    registry.edit("report", 97103, {"valid_to": "2027-03-14"})
    registry.edit("provider", 7104, {"closure_date": "2026-11-01"})
    registry.boot += 1
    await watched.run(refresh=0)
    assert sorted(await watched.changes()) == [("97103", 2, False), ("DEQARINST7104", 2, False)]


async def test_an_edit_that_never_reached_the_index_is_found_by_refreshing(
    watched: Watched, registry: Simulator
) -> None:
    await watched.run()
    await watched.events()
    registry.indexer.lost = 1.0
    registry.edit("report", 97103, {"decision": 3})
    await watched.run(refresh=0)
    assert await watched.changes() == []
    await watched.run()
    (event, _) = await watched.events()
    assert (event.data.id, event.data.revision, event.data.gone) == ("97103", 2, False)
    assert event.data.listed_at is not None  # though it was the detail that told


async def test_a_stale_row_does_not_undo_what_the_detail_said(watched: Watched, registry: Simulator) -> None:
    """List and detail contradict for ever: the detail wins, and nothing flaps."""
    await watched.run()
    registry.indexer.lost = 1.0
    registry.edit("report", 97103, {"decision": 3})
    await watched.run()
    await watched.events()
    await watched.run()
    await watched.run(refresh=0)
    assert await watched.changes() == []


async def test_a_renamed_agency_is_told_once_and_its_reports_are_not(
    watched: Watched, registry: Simulator
) -> None:
    await watched.run()
    await watched.events()
    agency = registry.truth.get(Agency, 71)
    version = agency.names[0].versions[0].model_copy(update={"acronym": "NEW"})
    names = [agency.names[0].model_copy(update={"versions": [version]}).model_dump()]
    registry.edit("agency", 71, {"acronym_primary": "NEW", "names": names})
    await watched.run()
    assert await watched.changes() == [("71", 2, False)]


async def test_what_was_known_on_a_day(watched: Watched, registry: Simulator) -> None:
    await watched.run()
    learned = watched.clock.at
    registry.edit("report", 97103, {"decision": 2})
    await watched.run()
    query = """select facts ->> 'decision' from mirror_history where kind = 'report' and id = '97103'
        and recorded_at <= $1 order by revision desc limit 1"""
    async with watched.pool.acquire() as connection:
        known = [await connection.fetchval(query, day) for day in (learned, watched.clock.at)]
    assert known == ["positive", "conditional"]


async def test_countries_outside_the_ehea_come_with_their_providers(
    watched: Watched, registry: Simulator
) -> None:
    registry.add(Country(id=300, alpha2="CL", alpha3="CHL", name_english="Chile"))
    registry.edit("provider", 7103, {"locations": [{"country": 300, "city": "Corvelo"}]})
    await watched.run()
    events = await watched.events()
    codes = {event.data.facts.code for event in events if event.partitionkey.startswith("country:")}
    assert "CL" in codes
