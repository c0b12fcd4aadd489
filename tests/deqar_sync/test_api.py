"""The public interface of the mirror: whoever reads the feed has the mirror, and people see what changed."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import orjson
import pytest
from fastapi import FastAPI

from mutua_deqar_sync.alone.store import mirror_pool
from mutua_deqar_sync.api import routes
from mutua_kernel.clock import SystemClock
from mutua_kernel.http.application import build
from mutua_kernel.http.auth import TokenChecker
from mutua_kernel.http.writes import Store
from mutua_kernel.outbox import Sealer
from mutua_kernel.settings import ServiceSettings
from mutua_local.deqar import Simulator
from mutua_local.roles import Database

from .alone import Alone


@pytest.fixture
async def http(mirror: Alone, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The mirror of the demo as the API's own role sees it."""
    await mirror.sync()
    address = database.url("deqar_sync_api")
    async with mirror_pool(address) as pool:
        settings = ServiceSettings.model_validate({"database_url": address})
        store = Store(pool, Sealer("deqar_sync"), SystemClock())
        nobody = cast("TokenChecker", None)  # no route asks for a token
        app: FastAPI = build(
            title="t",
            summary="s",
            settings=settings,
            store=store,
            checker=nobody,
            routers=[routes.router],
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.example/registry") as client:
            yield client


async def test_the_feed_rebuilds_the_mirror(
    http: httpx.AsyncClient, mirror: Alone, registry: Simulator
) -> None:
    registry.edit("report", 97101, {"decision": 2})
    registry.delete("report", 97103)
    await mirror.sync()
    rebuilt: dict[tuple[str, str], Any] = {}
    cursor, positions = 0, []
    while True:
        page = (await http.get("/feed", params={"after": cursor, "limit": 7})).json()
        for entry in page["entries"]:
            positions.append(entry["position"])
            rebuilt[entry["kind"], entry["id"]] = (entry["gone"], entry["revision"], entry["facts"])
        cursor = page["next"]
        if not page["more"]:
            break
    assert positions == sorted(set(positions))
    assert rebuilt == {
        key: (row["gone"], row["revision"], row["facts"]) for key, row in (await mirror.dump()).items()
    }
    assert (await http.get("/feed", params={"after": cursor})).json() == {
        "entries": [],
        "next": cursor,
        "more": False,
    }


async def test_the_dump_in_both_forms(http: httpx.AsyncClient, mirror: Alone) -> None:
    lines = [orjson.loads(line) for line in (await http.get("/dump")).content.splitlines()]
    assert {(row["kind"], row["id"]): row for row in lines} == await mirror.dump()
    table = list(csv.DictReader(io.StringIO((await http.get("/dump?kind=report&format=csv")).text)))
    reports = [row for row in lines if row["kind"] == "report"]
    assert [row["id"] for row in table] == [row["id"] for row in reports]
    assert orjson.loads(table[0]["providers"]) == reports[0]["facts"]["providers"]
    assert (await http.get("/dump?format=csv")).status_code == 422
    assert (await http.get("/dump?as_of=2001-01-01")).content == b""


async def test_coverage_changes_rows_and_status(
    http: httpx.AsyncClient, mirror: Alone, registry: Simulator
) -> None:
    then = datetime.now(UTC).isoformat()
    registry.edit("report", 97101, {"decision": 3})
    await mirror.sync()
    question = {"provider": "DEQARINST7101", "award_date": "2025-06-20", "level": 6}
    assert (await http.get("/coverage", params=question)).json()["outcome"] == "NOT_COVERED"
    assert (await http.get("/coverage", params={**question, "as_of": then})).json()["outcome"] == "COVERED"
    assert (await http.get("/coverage", params={**question, "provider": "who"})).status_code == 422
    early = (await http.get("/coverage", params={**question, "as_of": "2001-01-01"})).json()
    assert (early["outcome"], early["reasons"][0]["code"]) == ("INDETERMINATE", "no_snapshot")
    now = datetime.now(UTC).isoformat()
    (change,) = (await http.get("/changes", params={"from": then, "to": now})).json()["changes"]
    assert change["members"] == {"decision": {"from": "positive", "to": "negative"}}
    (row,) = (await http.get("/rows", params={"id": "report:97101"})).json()["rows"]
    assert [step["change"] for step in row["history"]] == ["new", "changed"]
    state = (await http.get("/status")).json()
    assert state["rows"]["report"]["there"] == 8
    assert state["snapshot"]["age_seconds"] >= 0
    page = await http.get("/days")
    assert page.status_code == 200
    assert "report 97101" in page.text
    assert (await http.get("/days?day=2001-01-01")).text.count("No row changed") == 1
