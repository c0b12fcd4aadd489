"""The public data set of the real backend, loaded and served."""

import os
from pathlib import Path

import httpx
import pytest

from mutua_local.deqar import Simulator, load_public_dataset

VECTORS = Path(os.environ.get("MUTUA_VECTORS") or Path(__file__).parents[2].parent / "shared" / "vectors")

pytestmark = pytest.mark.skipif(
    not (VECTORS / "deqar" / "dataset").is_dir(), reason="the public DEQAR vectors are absent (MUTUA_VECTORS)"
)


@pytest.fixture
def simulator(simulator: Simulator) -> Simulator:
    simulator.load(load_public_dataset(VECTORS / "deqar"))
    return simulator


async def test_everything_is_there(api: httpx.AsyncClient) -> None:
    state = (await api.get("/_control/state")).json()
    assert (state["agencies"], state["providers"], state["reports"]) == (2, 3, 11)
    assert len((await api.get("/webapi/v2/browse/countries/")).json()) == 49


async def test_defaults_of_the_backend_fill_what_fixtures_leave_out(api: httpx.AsyncClient) -> None:
    report = (await api.get("/webapi/v2/browse/reports/1/")).json()
    assert report["flag"] == "none"
    assert report["contributing_agencies"][0]["acronym_primary"] == "EKKA"
    assert [p["name_primary"] for p in report["programmes"]] == [
        "Verwaltung (B.A.)",
        "Verwaltungsbetriebswirtschaft (B.A.)",
    ]
    provider = (await api.get("/connectapi/v1/providers/3", params={"history": "true"})).json()
    assert {place["country_verified"] for place in provider["countries"]} == {True}
    assert len(provider["countries"]) == 4
    assert [name["acronym"] for name in provider["names"]] == ["HfPV", "VFH"]


async def test_a_partition_holds_reports_to_which_the_agency_contributed(api: httpx.AsyncClient) -> None:
    rows = (await api.get("/webapi/v2/browse/reports/", params={"agency_id": 2})).json()["results"]
    assert [(row["id"], row["agency"]["id"]) for row in rows] == [(1, 5)]
