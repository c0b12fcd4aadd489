"""Rows that the registry cannot deliver, or in a shape that we do not know: named, with their last good facts
in place, and everything else complete.
"""

from mutua_local.deqar import Simulator, actions
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Agency, Report
from tests.deqar_sync.alone import Alone
from tests.deqar_sync.truth import assert_mirrors


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


async def test_each_row_that_lists_cannot_deliver_is_named_once(mirror: Alone, registry: Simulator) -> None:
    """One is in the lists of two agencies, one is withheld: it is in no agency's list."""
    await mirror.sync()
    first, second, *_ = registry.truth.ids(Agency)
    registry.add(registry.truth.get(Agency, first).model_copy(update={"id": 900, "deqar_id": 900}))
    shared, hidden, *_ = registry.truth.reports_of(first, "agency")
    registry.edit("report", shared, {"contributing_agencies": [second, 900]})
    registry.edit("report", hidden, {"contributing_agencies": [900], "flag": 3})
    registry.delete("agency", 900)
    for _ in range(2):
        outcome = await mirror.sync()
        assert outcome.exit_code == 3
        assert [(row["kind"], row["id"]) for row in outcome.unreadable] == sorted(
            ("report", str(report)) for report in (shared, hidden)
        )
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
