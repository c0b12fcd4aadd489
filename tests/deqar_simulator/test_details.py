"""The SQL views: details, agencies, countries, look-ups by identifier, and what history changes."""

from datetime import date
from typing import Any

import httpx

from mutua_local.deqar import Simulator
from mutua_local.deqar.model import Hierarchy, Succession

BROWSE = "/webapi/v2/browse"


async def get(api: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await api.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_countries_are_a_bare_array_of_members(api: httpx.AsyncClient, simulator: Simulator) -> None:
    simulator.edit("country", 59, {"ehea_is_member": False})
    rows = await get(api, f"{BROWSE}/countries/", limit=1)
    assert [row["iso_3166_alpha2"] for row in rows] == ["FR", "DE", "NO", "PL", "PT", "SE"]
    assert {row["agency_count"] for row in rows} == {0, 1}
    assert (await get(api, f"{BROWSE}/countries/59/"))["ehea_is_member"] is False


async def test_history_shows_ended_rows(api: httpx.AsyncClient) -> None:
    now = await get(api, f"{BROWSE}/countries/138/")
    ever = await get(api, f"{BROWSE}/countries/138/", history="true")
    assert [row["qa_requirement_type"] for row in now["qa_requirements"]] == [
        "institutional and programme level"
    ]
    assert len(ever["qa_requirements"]) == 2
    assert not {"url", "agency_count"} & ever.keys()


async def test_agencies_list_and_detail_differ(api: httpx.AsyncClient, simulator: Simulator) -> None:
    await api.post("/_control/actions/expire_agency", json={"id": 72})
    listed = {
        value: [row["id"] for row in (await get(api, f"{BROWSE}/agencies/", registered=value))["results"]]
        for value in ("True", "False", "All")
    }
    assert listed == {"True": [71], "False": [72], "All": [71, 72]}
    row = (await get(api, f"{BROWSE}/agencies/"))["results"][0]
    detail = await get(api, f"{BROWSE}/agencies/71/")
    assert not {"url", "name_primary", "acronym_primary"} & detail.keys()
    assert "is_registered" not in row
    assert detail["is_registered"] is True
    wrong = await api.get(f"{BROWSE}/agencies/", params={"registered": "all"})
    assert (wrong.status_code, list(wrong.json())) == (400, ["registered"])


async def test_lists_of_the_framework_have_links(small: httpx.AsyncClient) -> None:
    first = await get(small, f"{BROWSE}/agencies/", registered="All", limit=8)
    assert (first["count"], first["previous"]) == (20, None)
    assert (
        first["next"] == "http://registry.example/webapi/v2/browse/agencies/?limit=8&offset=8&registered=All"
    )
    second = (await small.get(first["next"])).json()
    assert second["previous"].endswith("?limit=8&registered=All")
    assert len((await get(small, f"{BROWSE}/agencies/", limit=0))["results"]) == 10
    assert len((await get(small, f"{BROWSE}/agencies/", limit="x", offset="-3"))["results"]) == 10


async def test_decisions_and_activity_groups(api: httpx.AsyncClient) -> None:
    decisions = await get(api, f"{BROWSE}/agencies/decisions/")
    assert decisions[0] == {
        "agency_acronym": "AQNH",
        "decision_date": "2025-02-26",
        "decision_type": "renewal",
        "decision_file": None,
        "decision_file_extra": None,
    }
    groups = await get(api, f"{BROWSE}/agencies/activity-groups/")
    assert groups[0]["members"][0]["activity_valid_from"] == "2010-03-01"


async def test_a_provider_by_its_identifiers(api: httpx.AsyncClient) -> None:
    by_id = await get(api, f"{BROWSE}/institutions/7105/")
    assert "deqar_id" not in by_id
    assert by_id["countries"][0]["country"]["report_count"] == 1
    assert await get(api, "/connectapi/v1/providers/7105") == by_id
    assert await get(api, f"{BROWSE}/institutions/by-eter/NO9105/") == by_id
    assert await get(api, f"{BROWSE}/institutions/by-identifier/Erasmus/N%20%20LISVIK01") == by_id
    for path in (
        f"{BROWSE}/countries/{2**63}/",
        f"{BROWSE}/reports/{2**31}/",
        f"/connectapi/v1/providers/{2**64}",
    ):
        assert (await api.get(path)).status_code == 404
    missing = await api.get(f"{BROWSE}/institutions/by-identifier/SCHAC/nobody.example")
    assert (missing.status_code, missing.json()) == (404, {"detail": "Not found."})


async def test_a_report_reads_as_of_the_clock(api: httpx.AsyncClient) -> None:
    await api.put("/_control/clock", json={"now": "2029-03-14T10:00:00Z"})
    assert (await get(api, f"{BROWSE}/reports/97103/"))["report_valid"] is False  # already on its last day
    await api.put("/_control/clock", json={"now": "2020-01-01T10:00:00Z"})
    report = await get(api, f"{BROWSE}/reports/97103/")
    assert report["report_valid"] is True  # though it has not begun
    assert not {"date_created", "created_at", "date_updated", "updated_at"} & report.keys()


async def test_relations_read_as_sentences(api: httpx.AsyncClient) -> None:
    merge = {"source": 7106, "target": 7101, "on": "2026-01-01", "kind": "succeeded by"}
    assert (await api.post("/_control/actions/merge", json=merge)).status_code == 200
    old = (await get(api, f"{BROWSE}/institutions/7106/"))["historical_relationships"][0]
    new = (await get(api, f"{BROWSE}/institutions/7101/"))["historical_relationships"][0]
    assert (old["relationship_type"], old["institution"]["id"]) == ("succeeded by", 7101)
    assert (new["relationship_type"], new["institution"]["id"]) == ("succeeded", 7106)


async def test_a_broken_programme_makes_a_page_of_html(api: httpx.AsyncClient) -> None:
    assert (await api.post("/_control/actions/break_report", json={"id": 97108})).status_code == 200
    answer = await api.get(f"{BROWSE}/reports/97108/")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")


async def test_countries_by_agency_and_by_reports(api: httpx.AsyncClient) -> None:
    focus = await get(api, f"{BROWSE}/countries/by-agency-focus/71/")
    assert [row["country"] for row in focus["results"]] == ["Norway", "Sweden", "Finland", "Poland"]
    assert (await get(api, f"{BROWSE}/countries/by-agency-focus/9/"))["count"] == 0
    rows = await get(api, f"{BROWSE}/countries/by-reports/")
    assert {row["iso_3166_alpha2"]: row["institution_count"] for row in rows}["DE"] == 2


async def test_agencies_by_country_and_why_not_to_combine_filters(api: httpx.AsyncClient) -> None:
    assert [r["id"] for r in (await get(api, f"{BROWSE}/agencies/based-in/64/"))["results"]] == [72]
    assert (await get(api, f"{BROWSE}/agencies/based-in/64/", registered="All"))["count"] == 2
    assert [r["id"] for r in (await get(api, f"{BROWSE}/agencies/focusing-to/166/"))["results"]] == [71]
    answer = await api.get(f"{BROWSE}/agencies/focusing-to/166/", params={"registered": "All"})
    assert answer.status_code == 500


async def test_an_agency_is_called_in_its_list_as_its_names_are_marked(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    """Reports mention what its own fields say: nothing keeps the two alike."""
    simulator.edit("agency", 71, {"acronym_primary": "FIELD"})
    rows = {row["id"]: row for row in (await get(api, f"{BROWSE}/agencies/"))["results"]}
    assert rows[71]["acronym_primary"] == "AQNH"
    assert (await get(api, f"{BROWSE}/reports/97101/"))["agency_acronym"] == "FIELD"
    simulator.edit("agency", 71, {"names": []})
    rows = {row["id"]: row for row in (await get(api, f"{BROWSE}/agencies/"))["results"]}
    assert (rows[71]["acronym_primary"], rows[71]["name_primary"]) == ("", "")


async def test_the_filters_that_a_provider_gives_away(api: httpx.AsyncClient, simulator: Simulator) -> None:
    """Of an institution that it succeeded, only reports that name that one as their provider count."""
    simulator.add(Hierarchy(id=1, parent=7101, child=7105, type=2, valid_from=date(2010, 1, 1)))
    simulator.add(Succession(id=1, source=7106, target=7101, type=2, date=date(2020, 1, 1)))
    found = await get(api, f"{BROWSE}/institutions/7101/")
    assert found["meili_filters"] == {
        "reports": [
            "institutions.id = 7101",
            "platforms.id = 7101",
            "( institutions.id = 7105 OR platforms.id = 7105 ) AND valid_to_calculated >= 1262304000",
            "institutions.id = 7106 AND valid_to_calculated >= 1577836800",
        ],
        "programmes": [
            "institutions = 7101",
            "platforms = 7101",
            "( institutions = 7105 OR platforms = 7105 ) AND report.valid_to_calculated >= 1262304000",
            "institutions = 7106 AND report.valid_to_calculated >= 1577836800",
        ],
    }


async def test_an_id_of_its_own(api: httpx.AsyncClient, simulator: Simulator) -> None:
    simulator.edit("provider", 7108, {"deqar_id": "DEQARINSTAP7108"})
    rows = (await get(api, "/connectapi/v1/providers/", limit=100))["results"]
    assert {row["id"]: row["deqar_id"] for row in rows}[7108] == "DEQARINSTAP7108"
    report = await get(api, f"{BROWSE}/reports/97108/")
    assert report["institutions"][0]["deqar_id"] == "DEQARINSTAP7108"
    assert (await get(api, "/connectapi/v1/providers/7108"))["id"] == 7108
