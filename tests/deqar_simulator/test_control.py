"""What tests can do to the registry: drift, poisoned pages, rows that move, and planned faults."""

import json
from typing import Any

import httpx
import pytest

from mutua_local.deqar import Clock, Simulator, create_app

REPORTS = "/webapi/v2/browse/reports/"


async def listed(api: httpx.AsyncClient, **params: Any) -> list[int]:
    answer = await api.get(REPORTS, params={"limit": 100, **params})
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["results"]]


async def test_details_are_immediate_and_lists_lag(api: httpx.AsyncClient) -> None:
    await api.put("/_control/index", json={"lag": 3600})
    await api.delete("/_control/records/report/97101")
    assert 97101 in await listed(api)
    assert (await api.get(f"{REPORTS}97101/")).status_code == 404
    assert (await api.get("/_control/state")).json()["index"]["waiting"] == 2
    await api.post("/_control/index/flush")
    assert 97101 not in await listed(api)


async def test_updates_can_be_lost(api: httpx.AsyncClient) -> None:
    await api.put("/_control/index", json={"lost": 1.0})
    await api.patch("/_control/records/report/97101", json={"decision": 3})
    row = next(r for r in (await api.get(REPORTS)).json()["results"] if r["id"] == 97101)
    assert row["decision"] == "positive"
    assert (await api.get(f"{REPORTS}97101/")).json()["decision"] == "negative"


async def test_a_silent_edit_moves_no_date(api: httpx.AsyncClient) -> None:
    before = next(r for r in (await api.get(REPORTS)).json()["results"] if r["id"] == 97101)
    await api.post("/_control/actions/end_report", json={"id": 97101, "valid_to": "2027-01-01"})
    after = next(r for r in (await api.get(REPORTS)).json()["results"] if r["id"] == 97101)
    assert after["valid_to"] == "2027-01-01T00:00:00Z"
    assert after["date_updated"] == before["date_updated"]


async def test_a_row_that_names_a_deleted_agency_poisons_its_pages(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    spare = {"id": 73, "deqar_id": 73, "name_primary": "Spare", "acronym_primary": "SPARE"}
    spare |= {"registration_start": "2020-01-01", "country": 64}
    assert (await api.post("/_control/records/agency", json=spare)).status_code == 200
    simulator.edit("report", 97102, {"contributing_agencies": [73]})
    assert 97102 in await listed(api, agency_id=73)
    await api.delete("/_control/records/agency/73")
    for params in ({"limit": 100}, {"limit": 100000}, {"agency_id": 72}):
        assert (await api.get(REPORTS, params=params)).status_code == 500
    counted = (await api.get(REPORTS, params={"limit": 0})).json()
    assert counted["count"] == 8
    assert counted["facets"]["facet_fields"]["agency_facet"][-2:] == ["unknown ID: 73", 1]
    assert (await api.get(f"{REPORTS}97102/")).json()["contributing_agencies"] == []
    simulator.indexer.rebuild()
    assert 97102 in await listed(api)


async def test_rows_name_a_deleted_provider_and_details_do_not(api: httpx.AsyncClient) -> None:
    await api.delete("/_control/records/provider/7103")
    row = next(r for r in (await api.get(REPORTS)).json()["results"] if r["id"] == 97103)
    assert row["institutions"][0]["id"] == 7103
    assert (await api.get(f"{REPORTS}97103/")).json()["institutions"] == []


async def test_rows_move_while_a_client_is_paging(api: httpx.AsyncClient) -> None:
    """One row is deleted and one added between two pages: counts stay equal, and a live row is missed."""
    new = {"action": "edit", "kind": "report", "id": 97108, "set": {"summary": "touched"}}
    plan = {
        "path": REPORTS,
        "kind": "mutate",
        "after": 1,
        "actions": [{"action": "delete", "kind": "report", "id": 97106}, new],
    }
    assert (await api.post("/_control/faults", json=plan)).status_code == 200
    first = await listed(api, limit=3, ordering="date_created")
    second = await listed(api, limit=3, offset=3, ordering="date_created")
    assert first[0] == 97106
    assert 97104 not in [*first, *second]


async def test_planned_faults(api: httpx.AsyncClient) -> None:
    plan = [
        {"path": REPORTS, "kind": "html_500"},
        {"path": REPORTS, "kind": "bad_gateway"},
        {"path": REPORTS, "kind": "too_many", "seconds": 7},
        {"path": REPORTS, "kind": "html_200"},
        {"path": REPORTS, "kind": "patch", "patch": {"results.0.valid_from": 5, "no.such": 1}},
    ]
    assert (await api.post("/_control/faults", json=plan)).status_code == 200
    answers = [await api.get(REPORTS) for _ in range(6)]
    assert [a.status_code for a in answers] == [500, 502, 429, 200, 200, 200]
    assert answers[2].headers["retry-after"] == "7"
    assert answers[3].headers["content-type"].startswith("text/html")
    assert answers[4].json()["results"][0]["valid_from"] == 5
    assert len((await api.get("/_control/faults")).json()["served"]) == 6


async def test_mistakes_are_told(api: httpx.AsyncClient) -> None:
    for path, body in (
        ("/_control/actions/flag", {"id": 97101, "level": "loud"}),
        ("/_control/records/report", {"agency": 71}),
        ("/_control/faults", {"kind": "explode"}),
    ):
        assert (await api.post(path, json=body)).status_code == 422
    assert (await api.patch("/_control/records/report/97101", json={"nonsense": 1})).status_code == 422
    assert (await api.post("/_control/actions/flag", json={"id": 1})).status_code == 404
    assert (await api.get("/_control/records/nothing")).status_code == 404


async def test_agencies_expire_and_renew(api: httpx.AsyncClient) -> None:
    await api.post("/_control/actions/expire_agency", json={"id": 71})
    ended = (await api.get("/webapi/v2/browse/agencies/71/")).json()
    assert (ended["is_registered"], ended["registration_valid_to"]) == (False, "2026-11-15")
    await api.post("/_control/actions/renew_agency", json={"id": 71, "valid_to": "2031-06-30"})
    renewed = (await api.get("/webapi/v2/browse/agencies/71/")).json()
    assert (renewed["is_registered"], renewed["registration_valid_to"]) == (True, "2031-06-30")
    assert renewed["decisions"][0]["decision_date"] == "2026-11-16"


async def test_programme_ids_are_not_stable(api: httpx.AsyncClient) -> None:
    before = (await api.get(f"{REPORTS}97108/")).json()["programmes"][0]
    await api.post("/_control/actions/reshuffle_programmes", json={"id": 97108})
    after = (await api.get(f"{REPORTS}97108/")).json()["programmes"][0]
    assert after.pop("id") != before.pop("id")
    assert after == before


async def test_the_same_seed_and_clock_give_the_same_bytes(
    small: httpx.AsyncClient, small_dataset: Simulator
) -> None:
    other = Simulator(token=small_dataset.token, clock=Clock(small_dataset.clock.now()))
    other.seed("small")
    transport = httpx.ASGITransport(create_app(other))
    async with httpx.AsyncClient(
        transport=transport, base_url=small.base_url, headers=small.headers
    ) as client:
        for path in (f"{REPORTS}?limit=3000", "/connectapi/v1/providers/?limit=300"):
            assert (await small.get(path)).content == (await client.get(path)).content
    other.close()


async def test_faults_of_content_change_the_real_answer(api: httpx.AsyncClient) -> None:
    real = (await api.get(REPORTS, params={"limit": 4, "offset": 4, "ordering": "date_created"})).json()
    plan = [
        {"path": REPORTS, "kind": "repeat_page"},
        {"path": REPORTS, "kind": "duplicate_row"},
        {"path": REPORTS, "kind": "wrong_count", "amount": -3},
        {"path": REPORTS, "kind": "cut_json"},
    ]
    await api.post("/_control/faults", json=plan)

    async def ask() -> httpx.Response:
        return await api.get(REPORTS, params={"limit": 4, "offset": 4, "ordering": "date_created"})

    repeated = (await ask()).json()["results"]
    assert repeated == (await listed_rows(api, limit=4, ordering="date_created"))
    assert [row["id"] for row in (await ask()).json()["results"]] != [r["id"] for r in real["results"]]
    assert (await ask()).json()["count"] == real["count"] - 3
    cut = await ask()
    assert (cut.status_code, cut.headers["content-type"]) == (200, "application/json")
    assert int(cut.headers["content-length"]) == len(cut.content)
    with pytest.raises(json.JSONDecodeError):
        cut.json()
    assert (await ask()).json() == real


async def listed_rows(api: httpx.AsyncClient, **params: Any) -> list[Any]:
    await api.post("/_control/faults", json=[])
    entries = (await api.get("/_control/faults")).json()["entries"]
    await api.delete("/_control/faults")
    rows = (await api.get(REPORTS, params=params)).json()["results"]
    await api.post("/_control/faults", json=[entry for entry in entries if entry["count"]])
    return rows


async def test_an_outage_lasts_and_a_connection_breaks(api: httpx.AsyncClient) -> None:
    await api.post("/_control/faults", json={"kind": "outage", "seconds": 3600, "after": 1})
    assert [(await api.get(REPORTS)).status_code for _ in range(4)] == [200, 502, 502, 502]
    await api.delete("/_control/faults")
    assert (await api.get(REPORTS)).status_code == 200
    await api.post("/_control/faults", json={"kind": "reset"})
    with pytest.raises(ConnectionAbortedError):
        await api.get(REPORTS)


async def test_a_token_is_revoked_between_two_pages(api: httpx.AsyncClient) -> None:
    plan = {"path": REPORTS, "kind": "mutate", "after": 1, "actions": [{"action": "rotate_token"}]}
    await api.post("/_control/faults", json=plan)
    assert [(await api.get(REPORTS)).status_code for _ in range(3)] == [200, 403, 403]


async def test_a_registration_that_was_void_takes_its_reports_along(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    reports = simulator.truth.reports_of(72, "agency")
    await api.post("/_control/actions/void_agency", json={"id": 72})
    detail = (await api.get("/webapi/v2/browse/agencies/72/")).json()
    assert detail["is_registered"] is False
    assert detail["registration_valid_to"] == detail["registration_start"]
    assert {(await api.get(f"{REPORTS}{key}/")).status_code for key in reports} == {404}


async def test_a_report_without_activity_says_so(api: httpx.AsyncClient) -> None:
    """Activities can be deleted; their reports stay, and the server knows no kind for them."""
    await api.delete("/_control/records/activity/7101")
    detail = (await api.get(f"{REPORTS}97101/")).json()
    assert (detail["agency_esg_activities"], detail["agency_esg_activity_type"]) == ([], "N/A")
