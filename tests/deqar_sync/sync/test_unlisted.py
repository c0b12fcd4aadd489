"""Rows that no list shows although they exist: found by number and by name, and never mistaken for gone."""

from itertools import islice

import pytest

from mutua_deqar_sync.unlisted import _unasked
from mutua_local.deqar import Simulator
from mutua_local.deqar.model import Agency, Country, Provider, Report
from tests.deqar_sync.alone import Alone
from tests.deqar_sync.truth import assert_mirrors, there


async def test_countries_that_no_list_shows(mirror: Alone, registry: Simulator) -> None:
    last = max(registry.truth.ids(Country))
    registry.add(Country(id=last + 3, alpha2="CL", alpha3="CHL", name_english="Chile"))
    assert (await mirror.sync()).exit_code == 0
    assert ("country", str(last + 3)) in await mirror.dump()


async def test_new_rows_that_the_index_never_heard_of(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    registry.indexer.lost = 1.0
    report = registry.truth.get(Report, max(registry.truth.ids(Report)))
    provider = registry.truth.get(Provider, max(registry.truth.ids(Provider)))
    for n in (1, 2, 6):  # what was deleted before anybody saw it leaves gaps
        named = {"id": provider.id + n, "deqar_id": f"DEQARINST{provider.id + n:04d}", "eter_id": None}
        registry.add(added := provider.model_copy(update=named))
        registry.add(report.model_copy(update={"id": report.id + n, "institutions": [added.id]}))
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_an_index_that_knows_a_part_only(mirror: Alone, registry: Simulator) -> None:
    """What it does not know was found by number: it has not vanished because no list shows it again."""
    for report in registry.truth.ids(Report)[::2]:
        registry.index.delete("reports", report)
    for _ in range(3):
        assert (await mirror.sync()).exit_code == 0
        assert_mirrors(await mirror.dump(), registry)


async def test_an_index_that_loses_everything(mirror: Alone, registry: Simulator) -> None:
    for provider in registry.truth.ids(Provider):
        registry.index.delete("institutions", provider)
    for report in registry.truth.ids(Report):
        registry.index.delete("reports", report)
    for _ in range(2):
        assert (await mirror.sync()).exit_code == 0
        assert_mirrors(await mirror.dump(), registry)


async def test_an_agency_that_is_deleted_between_list_and_detail(mirror: Alone, registry: Simulator) -> None:
    """Its reports belong to no partition that anybody reads: they are looked into nevertheless."""
    await mirror.sync()
    agency = registry.truth.ids(Agency)[0]
    kept = registry.truth.reports_of(agency, "agency")[:2]
    for report in registry.truth.reports_of(agency, "agency")[2:]:
        registry.delete("report", report)
    await mirror.sync(accept_loss=True)
    await mirror.execute("update mirror set gone = true where kind = 'agency' and id = $1", str(agency))
    registry.delete("agency", agency)
    assert (await mirror.sync()).exit_code == 0
    assert not {("report", str(report)) for report in kept} & there(await mirror.dump()).keys()


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (set[int](), [1, 2, 3, 4, 5, 6]),
        ({1, 2, 3}, []),
        ({3}, [2, 1]),
        ({2, 9}, [8, 3, 1, 7, 4, 6, 5]),
        ({1, 10_000}, [9999, 2, 9998, 3, 9997, 4]),
    ],
)
def test_ids_next_to_known_ones_are_tried_first(known: set[int], asked: list[int]) -> None:
    assert list(islice(_unasked(known), max(6, len(asked)))) == asked


async def test_a_registry_that_answers_to_every_number_is_not_followed_for_ever(
    mirror: Alone, registry: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mutua_deqar_sync.unlisted.BEYOND_AT_MOST", 15)
    last = max(registry.truth.ids(Report))
    report = registry.truth.get(Report, last)
    registry.indexer.lost = 1.0
    for n in range(1, 41):
        registry.add(report.model_copy(update={"id": last + n}))
    await mirror.sync()
    found = [int(id) for kind, id in await mirror.dump() if kind == "report"]
    assert max(found) == last + 15
