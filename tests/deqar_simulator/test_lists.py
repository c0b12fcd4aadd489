"""The search-backed lists: envelope, floor paging, caps, facets, filters, and shapes of their own."""

from typing import Any

import httpx
import pytest

from mutua_local.deqar import Simulator

BROWSE = "/webapi/v2/browse"
REPORTS = f"{BROWSE}/reports/"
PROVIDERS = "/connectapi/v1/providers/"


async def get(api: httpx.AsyncClient, path: str, **params: Any) -> dict[str, Any]:
    answer = await api.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(api: httpx.AsyncClient, **params: Any) -> list[int]:
    return [row["id"] for row in (await get(api, REPORTS, **params))["results"]]


async def test_the_envelope_has_a_boolean_next_and_no_previous(api: httpx.AsyncClient) -> None:
    body = await get(api, REPORTS, limit=3)
    assert list(body) == ["count", "next", "results", "facets"]
    assert (body["count"], body["next"], len(body["results"])) == (8, True, 3)
    assert set(body["facets"]) == {
        "facet_queries",
        "facet_fields",
        "facet_ranges",
        "facet_intervals",
        "facet_heatmaps",
    }


async def test_an_offset_is_floored_to_a_page_but_next_is_not(api: httpx.AsyncClient) -> None:
    assert await ids(api, limit=3, offset=4) == await ids(api, limit=3, offset=3)
    last = await get(api, REPORTS, limit=5, offset=4)
    assert last["next"] is False  # 4 + 5 >= 8, though rows 5 to 7 were never served
    assert [row["id"] for row in last["results"]] == await ids(api, limit=5, offset=0)


async def test_limits(api: httpx.AsyncClient, small: httpx.AsyncClient) -> None:
    assert len((await get(small, REPORTS))["results"]) == 10
    assert len((await get(small, REPORTS, limit=""))["results"]) == 10
    assert len((await get(small, REPORTS, limit=100000))["results"]) > 2900
    nothing = await get(api, REPORTS, limit=0)
    assert (nothing["count"], nothing["next"], nothing["results"]) == (8, True, [])
    beyond = await get(api, REPORTS, limit=10, offset=100)
    assert (beyond["results"], beyond["next"]) == ([], False)
    for wrong in ("-1", "x", "1.5"):
        answer = await api.get(REPORTS, params={"limit": wrong})
        assert (answer.status_code, list(answer.json())) == (400, ["detail"])


async def test_the_count_is_cut_at_the_cap_and_facets_are_not(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    simulator.index.caps["reports"] = 5
    body = await get(api, REPORTS, limit=100)
    assert (body["count"], len(body["results"]), body["next"]) == (5, 5, False)
    facet = body["facets"]["facet_fields"]["status_facet"]
    assert sum(facet[1::2]) == 8


async def test_facets_are_flat_sorted_by_value_and_absent_without_values(api: httpx.AsyncClient) -> None:
    fields = (await get(api, REPORTS))["facets"]["facet_fields"]
    assert fields["status_facet"] == ["part of obligatory EQA system", 7, "voluntary", 1]
    assert fields["agency_facet"] == ["AQNH", 4, "CCAC", 4]
    assert (await get(api, REPORTS, agency_id=99999))["facets"]["facet_fields"] == {}


async def test_a_row_mixes_three_forms_of_dates(api: httpx.AsyncClient) -> None:
    row = (await get(api, REPORTS, limit=1))["results"][0]
    assert row["valid_from"] == "2021-05-20T00:00:00Z"
    assert row["date_created"] == "2021-06-01T00:00:00Z"
    assert isinstance(row["institutions"][0]["locations"][0]["country_valid_from"], int)
    provider = (await get(api, PROVIDERS, limit=1))["results"][0]
    assert provider["founding_date"] == "1977-07-01"
    assert provider["date_created"] == "2019-01-01T00:00:00Z"


async def test_partitions_by_agency_are_not_looked_up(api: httpx.AsyncClient) -> None:
    assert len(await ids(api, agency_id=71)) == 4
    for unknown in ("99999", "abc"):
        assert (await get(api, REPORTS, agency_id=unknown))["count"] == 0
    for looked_up in ({"agency": "NOBODY"}, {"country": "germany"}, {"status_id": "9"}):
        answer = await api.get(REPORTS, params=looked_up)
        assert answer.status_code == 400
        assert "unknown value" in answer.json()["detail"]
    assert (await get(api, REPORTS, status="nonsense"))["count"] == 0
    assert (await get(api, REPORTS, status="Voluntary"))["count"] == 1  # the engine ignores case
    assert (await api.get(REPORTS, params={"agency_id": "1 2"})).json().keys() == {"error"}


@pytest.mark.parametrize("spelling", ["Yes", "yes", "TRUE", "True", "true"])
async def test_booleans_have_a_few_spellings(api: httpx.AsyncClient, spelling: str) -> None:
    assert (await get(api, REPORTS, other_provider_covered=spelling))["count"] == 1


async def test_any_other_boolean_is_a_bare_array(api: httpx.AsyncClient) -> None:
    for wrong in ("YES", "1", "on", "t"):
        answer = await api.get(REPORTS, params={"other_provider_covered": wrong})
        assert (answer.status_code, answer.json()) == (400, ["Must be a valid boolean."])


async def test_high_flags_hide_in_lists_only(api: httpx.AsyncClient, simulator: Simulator) -> None:
    simulator.edit("report", 97105, {"flag": 3})
    assert 97105 not in await ids(api, limit=100)
    assert await ids(api, limit=100, flag="High Level") == [97105]
    detail = (await api.get(f"{REPORTS}97105/")).json()
    assert detail["flag"] == "high level"
    listed = await get(api, f"{REPORTS}institutional/by-institution/7105/", flag="high level")
    assert listed["count"] == 0


async def test_ordering(api: httpx.AsyncClient) -> None:
    assert await ids(api, ordering="-date_created", limit=1) == [97108]
    assert await ids(api, ordering="date_updated", limit=1) == [97106]
    for wrong in ("id", "programme_sort", "nonsense"):
        answer = await api.get(REPORTS, params={"ordering": wrong})
        assert answer.json() == {"detail": f"unknown field [{wrong}] for ordering"}


async def test_ties_follow_slots_that_new_rows_take_over(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    before = await ids(api, limit=100)
    simulator.edit("report", before[2], {"summary": "edited in place"})
    assert await ids(api, limit=100) == before
    simulator.delete("report", before[1])
    added = (await api.post("/_control/records/report", json=_new_report())).json()["id"]
    assert await ids(api, limit=100) == [before[0], added, *before[2:]]


async def test_dates_of_validity(api: httpx.AsyncClient) -> None:
    on_last_day = {"valid_on": "2023-02-28", "agency_id": 71}
    assert 97106 in await ids(api, **on_last_day)
    assert 97106 not in await ids(api, valid_on="2023-03-01")
    assert 97104 in await ids(api, valid_on="2028-02-01")  # no last day: six years
    assert 97104 not in await ids(api, valid_on="2028-02-02")
    assert (await api.get(REPORTS, params={"valid_on": "20230228"})).status_code == 400
    assert 97106 in await ids(api, year=2023)
    assert 97106 not in await ids(api, active="true")
    assert len(await ids(api, active="false")) == 8  # filters nothing


async def test_rows_keep_old_names_and_files_without_an_address_show_the_request(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    simulator.edit("provider", 7101, {"name_primary": "Renamed University"})
    report = await api.patch("/_control/records/report/97102", json={"files": [{"id": 2, "languages": []}]})
    assert report.status_code == 200
    rows = {row["id"]: row for row in (await get(api, REPORTS, limit=100))["results"]}
    assert rows[97101]["institutions"][0]["name_primary"] == "University of Astervik"
    assert rows[97102]["report_files"][0]["file"] == f"http://registry.example{REPORTS}?limit=100"
    detail = (await api.get(f"{REPORTS}97101/")).json()
    assert detail["institutions"][0]["name_primary"] == "Renamed University"
    assert (await api.get(f"{REPORTS}97102/")).json()["report_files"][0]["file"] is None


async def test_by_institution_lists_have_shapes_of_their_own(api: httpx.AsyncClient) -> None:
    row = (await get(api, f"{REPORTS}institutional/by-institution/7101/"))["results"][0]
    assert {"flag", "created_at", "updated_at"} <= row.keys()
    assert not {"flag_level", "date_created", "agency_name", "agency_acronym", "country"} & row.keys()
    assert row["institutions"][0]["locations"][0]["country_valid_from"] == "1977-07-01T00:00:00Z"
    programme = (await get(api, f"{REPORTS}programme/by-institution/7108/"))["results"][0]
    assert programme["institutions"] == [7108]
    assert programme["degree_outcome"] is False
    assert programme["report"]["local_identifier"] == "CCAC-MC-12"


async def test_the_web_api_lists_only_providers_with_reports(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    simulator.delete("report", 97103)
    assert (await get(api, f"{BROWSE}/institutions/", limit=100))["count"] == 7
    everyone = await get(api, PROVIDERS, limit=100, ordering="deqar_id")
    assert [row["deqar_id"] for row in everyone["results"]] == [f"DEQARINST710{n}" for n in range(1, 9)]
    assert (await get(api, "/connectapi/v1/institutions/", limit=100))["count"] == 7


async def test_searching_an_id_is_fuzzy_unless_quoted(api: httpx.AsyncClient) -> None:
    assert (await get(api, PROVIDERS, search_field="deqar_id", query="DEQARINST7103"))["count"] == 8
    assert (await get(api, PROVIDERS, search_field="deqar_id", query='"DEQARINST7103"'))["count"] == 1
    answer = await api.get(PROVIDERS, params={"search_field": "name", "query": "x"})
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert (await api.get(PROVIDERS, params={"country": "de"})).status_code == 400
    assert (await get(api, PROVIDERS, country="DE"))["count"] == 2


def _new_report() -> dict[str, Any]:
    return {
        "agency": 71,
        "activities": [7101],
        "institutions": [7105],
        "status": 1,
        "decision": 1,
        "valid_from": "2026-01-01",
    }
