"""The mirror's one command against a registry whose data is changed, withheld, merged and deleted while it
reads: what it holds afterwards is the registry's database, row by row, or it says why not.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mutua_deqar_sync.views.changes import changes_between
from mutua_deqar_sync.views.coverage import coverage_of
from mutua_deqar_sync.views.question import question
from mutua_deqar_sync.views.status import history_of, status
from mutua_local.deqar import Clock, Simulator, actions
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.generate import Profile, generate
from mutua_local.deqar.model import Agency, Country, Provider, Report
from mutua_local.roles import Database, with_database

from .alone import Alone, assert_mirrors, disturb, forget_gaps, there
from .conftest import TODAY, TOKEN, served

SIZE = Profile(agencies=3, providers=12, reports=45)


@pytest.fixture
def registry() -> Iterator[Simulator]:
    simulator = Simulator(token=TOKEN, clock=Clock(TODAY))
    simulator.load(*generate(SIZE, 7, TODAY))
    yield simulator
    simulator.close()


@pytest.fixture
def database(service_database: Callable[..., Database]) -> Database:
    return service_database("deqar_sync")


@pytest.fixture
async def mirror(registry: Simulator, database: Database) -> AsyncIterator[Alone]:
    mine = with_database(database.server, database.name)
    await forget_gaps(mine, registry)
    async with served(registry) as address:
        yield Alone(mine, address)


async def test_the_mirror_is_the_registry(mirror: Alone, registry: Simulator) -> None:
    outcome = await mirror.sync()
    assert (outcome.state, outcome.exit_code) == ("complete", 0)
    assert_mirrors(await mirror.dump(), registry)


async def test_an_idle_run_changes_nothing(mirror: Alone) -> None:
    await mirror.sync()
    before = await mirror.dump()
    await mirror.sync(full=True)
    after = await mirror.dump()
    assert {k: (r["revision"], r["facts"]) for k, r in before.items()} == {
        k: (r["revision"], r["facts"]) for k, r in after.items()
    }


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens_between_two_runs_is_mirrored(
    mirror: Alone, registry: Simulator, seed: int
) -> None:
    chance = random.Random(seed)
    registry.indexer.lost = 0.3  # some changes never reach the index
    assert (await mirror.sync()).exit_code == 0
    for _ in range(12):
        disturb(registry, chance)
    for report in chance.sample(registry.truth.ids(Report), 3):
        registry.delete("report", report)
    registry.delete("provider", chance.choice(registry.truth.ids(Provider)))
    added = registry.truth.get(Report, max(registry.truth.ids(Report)))
    registry.add(added.model_copy(update={"id": added.id + 1}))
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


@pytest.mark.parametrize("seed", range(2))
async def test_a_quiet_run_mends_what_a_disturbed_one_saw(
    mirror: Alone, registry: Simulator, seed: int
) -> None:
    chance = random.Random(seed)
    outcomes: set[int] = set()
    assert (await mirror.sync()).exit_code == 0
    for _ in range(2):

        async def disturbing() -> None:
            while True:
                await asyncio.sleep(0.02)
                disturb(registry, chance)

        for report in chance.sample(registry.truth.ids(Report), 2):
            path = f"/reports/{chance.choice(registry.truth.ids(Report))}/"
            gone = {"action": "delete", "kind": "report", "id": report}
            registry.faults.entries.append(Fault(path=path, kind="mutate", actions=[gone]))

        task = asyncio.create_task(disturbing())
        outcomes.add((await mirror.sync()).exit_code)
        task.cancel()
    assert outcomes <= {0, 3, 4}
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_a_row_that_lists_cannot_deliver_is_found_and_named(mirror: Alone, registry: Simulator) -> None:
    """Its index row names an agency that is gone: known or not, its detail tells."""
    spare = registry.truth.get(Agency, registry.truth.ids(Agency)[0])
    registry.add(spare.model_copy(update={"id": 900, "deqar_id": 900}))
    poisoned = registry.truth.ids(Report)[20]
    registry.edit("report", poisoned, {"contributing_agencies": [900]})
    registry.delete("agency", 900)
    outcome = await mirror.sync()
    assert (outcome.state, outcome.exit_code) == ("complete but for unreadable rows", 3)
    assert_mirrors(await mirror.dump(), registry)


async def test_a_report_whose_detail_fails_keeps_its_facts_and_is_named(
    mirror: Alone, registry: Simulator
) -> None:
    await mirror.sync()
    before = await mirror.dump()
    broken = next(r.id for r in registry.truth.every(Report) if r.programmes)
    actions.perform(registry, {"action": "break_report", "id": broken})
    outcome = await mirror.sync()
    assert outcome.exit_code == 3
    assert [(row["kind"], row["id"], row["cause"]) for row in outcome.unreadable] == [
        ("report", str(broken), "detail")
    ]
    row = (await mirror.dump())["report", str(broken)]
    assert (row["facts"], row["gone"]) == (before["report", str(broken)]["facts"], False)


async def test_a_report_without_activity_is_mirrored(mirror: Alone, registry: Simulator) -> None:
    for activity in {a for r in registry.truth.every(Report) for a in r.activities[:1]}:
        registry.delete("activity", activity)
    assert (await mirror.sync()).exit_code in (0, 3)  # rows of the index that name it may fail
    types = {row["facts"]["type"] for (kind, _), row in (await mirror.dump()).items() if kind == "report"}
    assert "unknown" in types


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
    outcome = await mirror.sync()
    assert (outcome.exit_code, outcome.code) == (4, "registry.shrunk")
    assert ("agency", str(agency)) in there(await mirror.dump())


async def test_details_that_are_all_gone_remove_nothing(mirror: Alone, registry: Simulator) -> None:
    """The index still lists what the database has lost: the breaker looks at details, too."""
    await mirror.sync()
    registry.indexer.lost = 1.0
    for report in registry.truth.ids(Report)[:20]:
        registry.delete("report", report)
    assert (await mirror.sync(full=True)).code == "registry.shrunk"
    assert sum(kind == "report" for kind, _ in there(await mirror.dump())) == 45


async def test_countries_that_no_list_shows(mirror: Alone, registry: Simulator) -> None:
    last = max(registry.truth.ids(Country))
    registry.add(Country(id=last + 3, alpha2="CL", alpha3="CHL", name_english="Chile"))
    assert (await mirror.sync()).exit_code == 0
    assert ("country", str(last + 3)) in await mirror.dump()


async def test_older_shapes(mirror: Alone, registry: Simulator) -> None:
    registry.legacy = True
    outcome = await mirror.sync()
    assert outcome.exit_code in (0, 3)
    assert sum(kind == "report" for kind, _ in await mirror.dump()) == 45


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(kind="html_200", count=10_000), "registry.unavailable"),
        (Fault(kind="cut_json", count=10_000), "registry.unavailable"),
        (Fault(kind="cut_body", count=10_000), "registry.unavailable"),
        (Fault(kind="bad_gateway", count=10_000), "registry.unavailable"),
        (Fault(kind="forbidden", count=10_000, after=20), "registry.token_refused"),
        (Fault(kind="mutate", after=25, actions=[{"action": "rotate_token"}]), "registry.token_refused"),
        (
            Fault(path="/reports/\\?", kind="patch", patch={"results": {}}, count=10_000),
            "registry.shape_changed",
        ),
        (
            Fault(path="/reports/\\?", kind="patch", patch={"count": "many"}, count=99),
            "registry.shape_changed",
        ),
        (Fault(path="/reports/\\?", kind="wrong_count", count=10_000, amount=2), "registry.moving"),
        (Fault(path="agencies/\\?", kind="reset", count=10_000), "registry.unavailable"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
async def test_bad_input_ends_in_a_named_state(
    mirror: Alone, registry: Simulator, fault: Fault, code: str
) -> None:
    await mirror.sync()
    before = await mirror.dump()
    registry.edit("report", registry.truth.ids(Report)[0], {"decision": 3})
    registry.faults.entries.append(fault)
    outcome = await mirror.sync()
    assert (outcome.exit_code, outcome.code) == (4, code), outcome
    after = await mirror.dump()
    assert there(after).keys() == before.keys()
    async with mirror.view() as view:
        told = await status(view, datetime.now(UTC))
    assert told["last_pass"]["state"] != "complete"
    assert told["last_pass"]["reason"]
    assert told["snapshot"]["age_seconds"] > 0
    registry.faults.clear()
    assert (await mirror.sync(token=registry.token)).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


@pytest.mark.parametrize("kind", ["repeat_page", "duplicate_row"])
async def test_a_page_that_repeats_makes_no_wrong_fact(mirror: Alone, registry: Simulator, kind: Any) -> None:
    await mirror.sync()
    registry.faults.entries.append(Fault(path="/reports/\\?", kind=kind, count=3, min_limit=2))
    outcome = await mirror.sync()
    assert outcome.exit_code in (0, 4)
    registry.faults.clear()
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


async def test_a_changed_type_is_named_with_path_and_field(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    before = await mirror.dump()
    report = registry.truth.ids(Report)[5]
    drift = Fault(path=f"/reports/{report}/", kind="patch", patch={"valid_from": [2020]}, count=10_000)
    registry.faults.entries.append(drift)
    outcome = await mirror.sync()
    (row,) = outcome.unreadable
    assert outcome.exit_code == 3
    assert (row["id"], row["cause"], row["path"], row["found"]) == (
        str(report),
        "shape",
        "/valid_from",
        "an array",
    )
    after = (await mirror.dump())["report", str(report)]
    assert (after["facts"], after["revision"]) == (before["report", str(report)]["facts"], 1)


async def test_a_retry_after_is_obeyed(mirror: Alone, registry: Simulator) -> None:
    registry.faults.entries.append(Fault(kind="too_many", count=2, seconds=1))
    outcome = await mirror.sync()
    assert outcome.exit_code == 0
    assert outcome.traffic is not None
    assert outcome.traffic.paused >= 2


async def test_one_run_at_a_time(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    registry.faults.entries.append(Fault(kind="slow", seconds=1, count=8))
    first = asyncio.create_task(mirror.sync())
    await asyncio.sleep(0.5)
    assert (await mirror.sync()).state == "busy"
    assert (await first).exit_code == 0


async def test_what_was_known_and_what_changed(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    then = datetime.now(UTC)
    first, second, *_ = registry.truth.ids(Report)
    registry.edit("report", first, {"decision": 3})
    registry.edit("report", second, {"flag": 3})
    await mirror.sync()
    known, now = await mirror.dump(then), await mirror.dump()
    assert known["report", str(first)]["facts"]["decision"] != "negative"
    assert now["report", str(first)]["facts"]["decision"] == "negative"
    assert known["report", str(first)]["revision"] == 1
    assert await mirror.dump(then - timedelta(days=1)) == {}
    async with mirror.view() as view:
        changes = await changes_between(view, then, datetime.now(UTC))
        (row,) = [each for each in await view.find(str(first)) if each.kind == "report"]
        history = await history_of(view, row)
    assert [(change.id, change.how) for change in changes] == [
        (str(first), "changed"),
        (str(second), "withheld"),
    ]
    assert changes[0].members["decision"][1] == "negative"
    assert [step["change"] for step in history["history"]] == ["new", "changed"]


async def test_who_stands_for_whom(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    old, new, lost, heir, *_ = (p.id for p in registry.truth.every(Provider) if not p.closure_date)
    actions.perform(registry, {"action": "merge", "source": old, "target": new, "on": "2026-10-01"})
    named = registry.truth.get(Provider, lost)
    registry.edit("provider", heir, {"eter_id": named.eter_id or "XX0001"})
    actions.perform(registry, {"action": "reassign", "source": lost, "target": heir})
    registry.delete("provider", lost)
    await mirror.sync()
    async with mirror.view() as view:
        told = {
            (alias["other"], alias["how"], alias["since"])
            for id in (old, lost)
            for alias in await view.plain("aliases", f"DEQARINST{id:04d}")
        }
    assert (f"DEQARINST{new:04d}", "succeeded", date(2026, 10, 1)) in told
    assert {how for other, how, _ in told if other == f"DEQARINST{heir:04d}"} & {
        "same identifier",
        "reports moved",
    }


async def test_coverage_by_the_mirror(mirror: Alone, registry: Simulator) -> None:
    await mirror.sync()
    then = datetime.now(UTC)
    async with mirror.view() as view:
        answers = {
            provider: await coverage_of(
                view, question({"provider": [f"DEQARINST{provider:04d}"], "award_date": "2025-06-01"}), None
            )
            for provider in registry.truth.ids(Provider)
        }
    covered = next(provider for provider, answer in answers.items() if answer.outcome.covers)
    for report in answers[covered].reports:
        registry.edit("report", int(report), {"decision": 3})
    await mirror.sync()
    asked = question({"provider": [f"DEQARINST{covered:04d}"], "award_date": "2025-06-01"})
    async with mirror.view() as view:
        assert (await coverage_of(view, asked, then)).outcome.covers
        assert not (await coverage_of(view, asked, None)).outcome.covers


async def test_a_clock_that_went_back_is_named(mirror: Alone) -> None:
    await mirror.sync()
    async with mirror.view() as view:
        assert (await status(view, datetime.now(UTC)))["clock"] == "ok"
        told = await status(view, datetime.now(UTC) - timedelta(days=1))
    assert told["clock"] == "behind the newest snapshot"
