"""What a mirror answers after its runs: what was known when, what changed, who stands for whom, coverage."""

from datetime import UTC, date, datetime, timedelta

from mutua_deqar_sync.views.changes import changes_between
from mutua_deqar_sync.views.coverage import coverage_of
from mutua_deqar_sync.views.question import question
from mutua_deqar_sync.views.status import history_of, status
from mutua_local.deqar import Simulator, actions
from mutua_local.deqar.model import Provider, Report
from tests.deqar_sync.alone import Alone


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
