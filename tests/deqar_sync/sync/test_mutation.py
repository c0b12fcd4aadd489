"""A registry that is changed, withheld, merged and deleted between runs and while one reads: the next quiet
run holds its database, row by row.
"""

import os
import random

import pytest

from mutua_local.deqar import Simulator
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Agency, Country, Hierarchy, Provider, Report
from tests.deqar_sync.alone import Alone
from tests.deqar_sync.disturbance import Disturbance
from tests.deqar_sync.truth import assert_mirrors

SEEDS = int(os.environ.get("MUTUA_TEST_SEEDS", "2"))
"""More of them take long, and belong to a search for what nobody has thought of."""


@pytest.fixture
def few_details(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a registry that is too large for all of its details to be read again."""
    monkeypatch.setattr("mutua_deqar_sync.alone.sync.MOST_DETAILS", 0)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_whatever_happens_between_runs_is_mirrored(
    mirror: Alone, registry: Simulator, seed: int
) -> None:
    disturb = Disturbance(registry, random.Random(seed))
    registry.indexer.lost = 0.3  # some changes never reach the index
    for _ in range(3):
        assert (await mirror.sync()).exit_code == 0
        assert_mirrors(await mirror.dump(), registry)
        for _ in range(12):
            disturb()
    assert (await mirror.sync(full=True)).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_quiet_run_mends_what_disturbed_ones_saw(
    mirror: Alone, registry: Simulator, seed: int
) -> None:
    """Something happens just before every tenth request or so."""
    chance = random.Random(seed)
    disturb = Disturbance(registry, chance)
    assert (await mirror.sync()).exit_code == 0
    for _ in range(2):
        mirror.before_request = lambda: disturb() if chance.random() < 0.1 else None
        assert (await mirror.sync()).exit_code in (0, 3, 4)
    mirror.before_request = None
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


@pytest.mark.usefixtures("few_details")
async def test_a_provider_that_is_deleted_under_its_reports(mirror: Alone, registry: Simulator) -> None:
    """It goes, and the reports of which it was one of the providers name it no more."""
    await mirror.sync(full=True)
    registry.delete("provider", registry.truth.ids(Provider)[3])
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


@pytest.mark.usefixtures("few_details")
async def test_reports_of_a_provider_that_is_deleted_are_read_in_the_same_run(
    mirror: Alone, registry: Simulator
) -> None:
    """Their rows in lists go on naming it for ever."""
    await mirror.sync(full=True)
    provider = next(p for p in registry.truth.ids(Provider) if registry.truth.reports_of(p, "institution"))
    for report in registry.truth.reports_of(provider, "institution"):
        edited = registry.truth.get(Report, report)
        registry.truth.put(
            edited.model_copy(update={"institutions": [p for p in edited.institutions if p != provider]})
        )
    registry.delete("provider", provider)
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


@pytest.mark.usefixtures("few_details")
async def test_both_ends_of_a_relation_are_read(mirror: Alone, registry: Simulator) -> None:
    """A relation is one row of the database, and the index may hear of one end only."""
    await mirror.sync(full=True)
    child, parent = registry.truth.ids(Provider)[:2]
    registry.truth.put(Hierarchy(id=900, parent=parent, child=child, type=2))
    registry.edit("provider", child, {"founding_date": "1901-02-03"})
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)
    registry.delete("hierarchy", 900)
    registry.edit("provider", parent, {"founding_date": "1902-02-03"})
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


@pytest.mark.usefixtures("few_details")
async def test_a_new_report_teaches_its_provider(mirror: Alone, registry: Simulator) -> None:
    """Levels are in no list of providers: a submission brings them with its programmes."""
    await mirror.sync(full=True)
    report = registry.truth.get(Report, max(registry.truth.ids(Report)))
    (provider, *_) = report.institutions
    known = registry.truth.get(Provider, provider).levels
    levels = [*known, {"level": min({1, 2, 3, 4} - {each.level for each in known})}]
    registry.edit("provider", provider, {"levels": levels})
    registry.add(report.model_copy(update={"id": report.id + 1}))
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_flags_that_the_index_does_not_know(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    raised, cleared, *_ = registry.truth.ids(Report)
    registry.edit("report", cleared, {"flag": 3})
    await mirror.sync()
    registry.indexer.lost = 1.0
    registry.edit("report", cleared, {"flag": 1})
    registry.edit("report", raised, {"flag": 3})
    for _ in range(2):
        assert (await mirror.sync()).exit_code == 0
        assert_mirrors(await mirror.dump(), registry)


async def test_a_flag_between_list_and_detail(mirror: Alone, registry: Simulator) -> None:
    report = registry.truth.ids(Report)[3]
    flag = {"action": "flag", "id": report, "level": "high"}
    registry.faults.entries.append(Fault(path=f"/reports/{report}/", kind="mutate", actions=[flag]))
    for _ in range(2):
        assert (await mirror.sync()).exit_code == 0
        assert_mirrors(await mirror.dump(), registry)


async def test_reports_that_change_their_agency(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    first, second, *_ = registry.truth.ids(Agency)
    told, lost = registry.truth.reports_of(first, "agency")[:2]
    registry.edit("report", told, {"agency": second})
    registry.indexer.lost = 1.0
    registry.edit("report", lost, {"agency": second})
    for _ in range(2):
        assert (await mirror.sync()).exit_code == 0
        assert_mirrors(await mirror.dump(), registry)


async def test_reports_deleted_restored_and_never_seen(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    report = registry.truth.get(Report, registry.truth.ids(Report)[4])
    unseen = report.model_copy(update={"id": max(registry.truth.ids(Report)) + 1})
    registry.add(unseen)
    registry.delete("report", unseen.id)
    registry.delete("report", report.id)
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)
    registry.add(report)
    registry.add(unseen.model_copy(update={"decision": 3}))
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_a_restored_report_that_the_index_does_not_know(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    report = registry.truth.get(Report, registry.truth.ids(Report)[4])
    registry.delete("report", report.id)
    assert (await mirror.sync()).exit_code == 0
    registry.indexer.lost = 1.0
    registry.add(report)
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_rows_of_the_index_that_outlive_their_report(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    registry.indexer.lost = 1.0
    for report in registry.truth.ids(Report)[:2]:
        registry.delete("report", report)
    for _ in range(3):
        assert (await mirror.sync()).exit_code == 0
        assert_mirrors(await mirror.dump(), registry)


async def test_countries_that_change(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    member = next(c for c in registry.truth.every(Country) if c.ehea_is_member)
    outside = next(c for c in registry.truth.every(Country) if not c.ehea_is_member)
    registry.edit("country", member.id, {"has_full_institution_list": not member.has_full_institution_list})
    registry.edit("country", outside.id, {"ehea_is_member": True})
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)
    registry.edit("country", member.id, {"ehea_is_member": False})
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)
