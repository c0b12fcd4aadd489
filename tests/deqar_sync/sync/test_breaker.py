"""The circuit-breaker: too much has vanished at once, so nothing is removed until a person has looked."""

import pytest

from mutua_local.deqar import Simulator, actions
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Agency, Report
from tests.deqar_sync.alone import Alone
from tests.deqar_sync.truth import assert_mirrors, there


async def test_too_much_has_vanished(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    before = await mirror.dump()
    agency = max(registry.truth.ids(Agency), key=lambda a: len(registry.truth.reports_of(a, "agency")))
    actions.perform(registry, {"action": "void_agency", "id": agency})
    outcome = await mirror.sync()
    assert (outcome.exit_code, outcome.code) == (4, "registry.shrunk")
    assert f"reports:{agency}" in outcome.found
    assert there(await mirror.dump()).keys() == before.keys()
    assert (await mirror.sync(accept_loss=True)).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_an_agency_that_vanishes_with_its_reports(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    agency = registry.truth.ids(Agency)[0]
    registry.delete("agency", agency)
    for _ in range(2):
        outcome = await mirror.sync()
        assert (outcome.exit_code, outcome.code) == (4, "registry.shrunk")
        assert ("agency", str(agency)) in there(await mirror.dump())
    assert (await mirror.sync(accept_loss=True)).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_an_agency_that_vanishes_while_its_list_is_read(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    agency = registry.truth.ids(Agency)[0]
    gone = {"action": "delete", "kind": "agency", "id": agency}
    registry.faults.entries.append(Fault(path=f"/agencies/{agency}/", kind="mutate", actions=[gone]))
    assert (await mirror.sync()).code == "registry.shrunk"
    assert (await mirror.sync(accept_loss=True)).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_details_that_are_all_gone_remove_nothing(mirror: Alone, registry: Simulator) -> None:
    """The index still lists what the database has lost: the breaker looks at details, too."""
    await mirror.sync()
    before = await mirror.dump()
    registry.indexer.lost = 1.0
    for report in registry.truth.ids(Report)[:20]:
        registry.delete("report", report)
    assert (await mirror.sync(full=True)).code == "registry.shrunk"
    assert there(await mirror.dump()).keys() == before.keys()


async def test_more_rows_in_no_list_than_anybody_looks_into(
    mirror: Alone, registry: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken index of a large registry: it is said, rather than asking for every row one by one."""
    await mirror.sync()
    monkeypatch.setattr("mutua_deqar_sync.alone.sync.MOST_MISSING", 5)
    for report in registry.truth.ids(Report):
        registry.index.delete("reports", report)
    outcome = await mirror.sync()
    assert (outcome.exit_code, outcome.code) == (4, "registry.shrunk")
    assert "30 rows are in no list any more" in outcome.found
    assert (await mirror.sync(full=True)).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_what_was_allowed_ends_with_its_run(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    registry.faults.entries.append(Fault(kind="bad_gateway", count=1000))
    assert (await mirror.sync(accept_loss=True)).exit_code == 4
    async with mirror.view() as view:
        (head,) = await view.plain("head")
    assert head["accept_passes"] == 0
