"""Bad input ends in a named state, never in a wrong fact, and the run after it is complete again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mutua_deqar_sync.views.status import status
from mutua_local.deqar import Simulator
from mutua_local.deqar.faults import Fault
from mutua_local.deqar.model import Report
from tests.deqar_sync.alone import Alone
from tests.deqar_sync.conftest import served
from tests.deqar_sync.truth import assert_mirrors, there


async def ends_in_a_named_state(
    mirror: Alone, registry: Simulator, fault: Fault, code: str, source: str | None = None
) -> None:
    await mirror.sync()
    before = await mirror.dump()
    registry.edit("report", registry.truth.ids(Report)[0], {"decision": 3})
    registry.faults.entries.append(fault)
    outcome = await mirror.sync(source)
    assert (outcome.exit_code, outcome.code) == (4, code), outcome
    after = await mirror.dump()
    assert there(after).keys() == before.keys()
    async with mirror.view() as view:
        told = await status(view, datetime.now(UTC))
    assert told["last_pass"]["state"] != "complete"
    assert told["last_pass"]["reason"]
    assert told["snapshot"]["age_seconds"] > 0
    registry.faults.clear()
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(kind="html_200", count=10_000), "registry.unavailable"),
        (Fault(kind="cut_json", count=10_000), "registry.unavailable"),
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
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
async def test_wrong_answers(mirror: Alone, registry: Simulator, fault: Fault, code: str) -> None:
    await ends_in_a_named_state(mirror, registry, fault, code)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="cut_body", count=10_000),
        Fault(path="agencies/\\?", kind="reset", count=10_000),
    ],
    ids=lambda fault: fault.kind,
)
async def test_connections_that_break(mirror: Alone, registry: Simulator, fault: Fault) -> None:
    """These need a real socket."""
    async with served(registry) as address:
        await ends_in_a_named_state(mirror, registry, fault, "registry.unavailable", address)


@pytest.mark.parametrize("kind", ["repeat_page", "duplicate_row"])
async def test_a_page_that_repeats_makes_no_wrong_fact(mirror: Alone, registry: Simulator, kind: Any) -> None:
    await mirror.sync()
    registry.faults.entries.append(Fault(path="/reports/\\?", kind=kind, count=3, min_limit=2))
    outcome = await mirror.sync()
    assert outcome.exit_code in (0, 4)
    registry.faults.clear()
    assert (await mirror.sync()).exit_code == 0
    assert_mirrors(await mirror.dump(), registry)
