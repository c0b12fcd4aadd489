"""The write side: what is accepted, how the registry refuses, and what readers then see."""

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from mutua_local.deqar import Simulator
from mutua_local.deqar.model import (
    Activity,
    ActivityGroup,
    Agency,
    Hierarchy,
    Location,
    Provider,
    ProviderIdentifier,
)

SUBMIT = "/submissionapi/v2/submit/report"
REPORTS = "/webapi/v2/browse/reports/"
VECTORS = Path(os.environ.get("MUTUA_VECTORS") or Path(__file__).parents[2].parent / "shared" / "vectors")
AUDIT: dict[str, Any] = {
    "agency": "AQNH",
    "activities": [{"id": "7101"}],
    "local_identifier": "AUDIT-1",
    "status": "part of obligatory EQA system",
    "decision": "1",
    "valid_from": "15/01/2026",
    "valid_to": "15/01/2031",
    "date_format": "%d/%m/%Y",
    "report_files": [{"original_location": "https://aqnh.example/a.pdf", "report_language": ["eng"]}],
    "report_links": [{"link": "https://aqnh.example/1"}],
    "institutions": [{"deqar_id": "DEQARINST7101"}],
}
COURSE: dict[str, Any] = {
    "name_primary": "Data for Harbours",
    "qf_ehea_level": "1",
    "degree_outcome": "no full degree",
    "workload_ects": 5,
    "assessment_certification": "2",
    "identifiers": [{"identifier": "H1"}],
    "field_study": "0612",
}
PROGRAMMES: dict[str, Any] = {
    **AUDIT,
    "agency": "72",
    "activities": [{"id": 7202}],
    "status": "2",
    "institutions": [{"eter_id": "DE9102"}],
    "programmes": [COURSE],
}


async def errors_of(agency: httpx.AsyncClient, body: Any) -> Any:
    answer = await agency.post(SUBMIT, json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["submission_status"] == "errors"
    assert answer.json()["original_data"] == body
    return answer.json()["errors"]


async def test_an_accepted_report_is_listed_with_todays_dates(agency: httpx.AsyncClient) -> None:
    answer = await agency.post(SUBMIT, json=AUDIT)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["submission_status"], body["report_flag"]) == ("success", "none")
    stored = body["submitted_report"]
    assert (stored["valid_from"], stored["valid_to"]) == ("2026-01-15", "2031-01-15")
    assert stored["agency"] == "AQNH - Agency for Quality in Northern Higher Education"
    rows = (await agency.get(REPORTS, params={"agency": "AQNH", "limit": 100})).json()["results"]
    row = next(row for row in rows if row["id"] == stored["id"])
    assert (row["date_created"], row["date_updated"]) == ("2026-11-16T00:00:00Z",) * 2
    assert row["report_files"][0]["file"].startswith(f"http://registry.example{REPORTS}?")
    detail = (await agency.get(f"{REPORTS}{stored['id']}/")).json()
    assert detail["report_files"][0]["file"] is None
    assert detail["report_files"][0]["file_display_name"] == "a.pdf"
    assert detail["report_links"][0]["link_display_name"] == "View report record on agency site"


async def test_programmes_get_new_ids_with_every_update(agency: httpx.AsyncClient) -> None:
    first = (await agency.post(SUBMIT, json=PROGRAMMES)).json()["submitted_report"]
    await agency.put("/_control/clock", json={"now": "2026-11-20T10:00:00Z"})
    again = await agency.put(SUBMIT, json={**PROGRAMMES, "report_id": str(first["id"])})
    assert again.status_code == 200
    second = again.json()["submitted_report"]
    assert second["id"] == first["id"]
    assert second["programmes"][0]["id"] > first["programmes"][0]["id"]
    rows = (await agency.get(REPORTS, params={"ordering": "-date_updated"})).json()["results"]
    assert (rows[0]["id"], rows[0]["date_updated"]) == (first["id"], "2026-11-20T00:00:00Z")
    assert rows[0]["date_created"] == "2026-11-16T00:00:00Z"
    programme = (await agency.get(f"{REPORTS}{first['id']}/")).json()["programmes"][0]
    assert programme["programme_type"] == "Micro-credential"
    assert programme["programme_identifiers"][0]["resource"] == "local identifier"
    assert programme["field_study"] == "http://data.europa.eu/esco/isced-f/0612"


async def test_errors_of_fields_come_in_the_frameworks_forms(agency: httpx.AsyncClient) -> None:
    body = {
        "agency": 71,
        "activities": {},
        "status": "3",
        "decision": "perhaps",
        "valid_from": "",
        "summary": None,
        "institutions": [],
        "report_links": [{"link": "https://fine.example"}, {"link": "nowhere"}],
        "report_files": [{}],
        "programmes": [COURSE, {**COURSE, "workload_ects": "many", "countries": ["XX"]}],
        "other_comment": "",
    }
    assert await errors_of(agency, body) == {
        "agency": ["Incorrect type. Expected a string, but got int"],
        "activities": {"non_field_errors": ['Expected a list of items but got type "dict".']},
        "status": ["Please provide valid Report Status ID."],
        "decision": ["Please provide valid Report Decision."],
        "valid_from": ["This field may not be blank."],
        "summary": ["This field may not be null."],
        "date_format": ["This field is required."],
        "institutions": {"non_field_errors": ["This list may not be empty."]},
        "report_links": [{}, {"link": ["Enter a valid URL."]}],
        "report_files": [{"report_language": ["This field is required."]}],
        "programmes": [
            {},
            {
                "workload_ects": ["A valid integer is required."],
                "countries": {"0": ["Please provide valid country code."]},
            },
        ],
    }


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"date_format": "%Y"}, "Date format string is not applicable to the submitted date."),
        ({"valid_to": "15/01/2026"}, "Report's validity start should be earlier then validity end."),
        (
            {"valid_from": "28/02/2010"},
            "Report's validity date must fall between the Agency EQAR registration dates.",
        ),
        ({"programmes": [COURSE]}, "Please remove programme information with this particular Activity type."),
        (
            {"institutions": [{"deqar_id": "DEQARINST7108"}]},
            "Status should be 'voluntary' if all organisations are other providers.",
        ),
        (
            {"platforms": [{"deqar_id": "DEQARINST7101"}]},
            "Platform and education provider should be different.",
        ),
    ],
)
async def test_rules_about_the_whole(agency: httpx.AsyncClient, change: Any, error: str) -> None:
    assert error in (await errors_of(agency, {**AUDIT, **change}))["non_field_errors"]


async def test_rules_of_programmes(agency: httpx.AsyncClient) -> None:
    short = {name: COURSE[name] for name in ("name_primary", "qf_ehea_level", "degree_outcome")}
    assert (await errors_of(agency, {**PROGRAMMES, "programmes": [short]}))["programmes"] == [
        {
            "workload_ects": ["ECTS credits are required, when degree_outcome field is '2 / no full degree'"],
            "assessment_certification": [
                "Assessment information is required, when degree_outcome field is '2 / no full degree'."
            ],
        }
    ]
    two = [{"deqar_id": "DEQARINST7101"}, {"deqar_id": "DEQARINST7102"}]
    assert (await errors_of(agency, {**PROGRAMMES, "institutions": two, "programmes": []}))[
        "non_field_errors"
    ] == [
        "Please provide only one institution with this particular Activity type.",
        "Please provide at least one programme with this particular Activity type.",
    ]


async def test_providers_are_found_by_their_identifiers(
    agency: httpx.AsyncClient, simulator: Simulator
) -> None:
    shared = ProviderIdentifier(identifier="X1", resource="Erasmus").model_dump()
    for key in (7101, 7103):
        simulator.edit("provider", key, {"identifiers": [shared]})
    own = ProviderIdentifier(identifier="L1", resource="local identifier", agency=72).model_dump()
    simulator.edit("provider", 7104, {"identifiers": [own]})

    async def institutions(**given: Any) -> Any:
        return (await errors_of(agency, {**AUDIT, "institutions": [given]}))["institutions"]

    several = await institutions(identifiers=[{"identifier": "X1", "resource": "Erasmus"}])
    assert "identifying more institutions" in several[0][0]
    assert "cannot be linked" in (await institutions(identifiers=[{"identifier": "L1"}]))[0][0]
    assert "does not match" in (await institutions(deqar_id="DEQARINST7101", eter_id="DE9102"))[0][0]
    twice = [{"identifier": "a"}, {"identifier": "b"}]
    assert (await institutions(identifiers=twice))[0] == {
        "identifiers": ["You can only submit one identifier without resource."]
    }


async def test_a_local_identifier_is_used_once(agency: httpx.AsyncClient) -> None:
    first = (await agency.post(SUBMIT, json=AUDIT)).json()["submitted_report"]
    again = await agency.post(SUBMIT, json=AUDIT)
    message = "Report with this Agency and Local Report Identifier already exists."
    assert (again.status_code, again.json()) == (400, {"non_field_errors": [message]})
    check = "/submissionapi/v2/check/local-identifier"
    found = await agency.get(check, params={"agency": "aqnh", "local_identifier": "AUDIT-1"})
    assert (found.status_code, found.json()["id"]) == (200, first["id"])
    missing = await agency.get(check, params={"agency": "AQNH", "local_identifier": "no"})
    assert (missing.status_code, missing.json()) == (404, "Not Found")
    assert (await agency.get(check)).json()["agency"] == ["This field is required."]
    wrong = {**AUDIT, "report_id": str(first["id"])}
    assert "PUT" in (await errors_of(agency, wrong))["non_field_errors"][0]


async def test_checks_flag_and_teach(agency: httpx.AsyncClient, simulator: Simulator) -> None:
    """Portugal is no official country of the agency: an obligatory report is withheld from lists."""
    simulator.edit("agency", 71, {"focus_countries": []})
    body = (await agency.post(SUBMIT, json=AUDIT)).json()
    assert (body["sanity_check_status"], body["report_flag"]) == ("warnings", "high level")
    assert body["report_warnings"][0] == (
        "Institution country [Sweden] was not on a list as an Agency Focus country for [AQNH]."
    )
    key = body["submitted_report"]["id"]
    listed = (await agency.get(REPORTS, params={"limit": 100})).json()["results"]
    assert key not in {row["id"] for row in listed}
    assert (await agency.get(f"{REPORTS}{key}/")).json()["flag"] == "high level"
    assert simulator.truth.get(Agency, 71).focus_countries[0].is_crossborder

    level = {**COURSE, "qf_ehea_level": "short cycle"}
    taught = await agency.post(SUBMIT, json={**PROGRAMMES, "status": "1", "programmes": [level]})
    name = simulator.truth.get(Provider, 7102).name_primary
    assert taught.json()["report_warnings"] == [
        f"QF-EHEA Level [short cycle] was added to the institution [{name}]"
    ]
    assert 1 in {known.level for known in simulator.truth.get(Provider, 7102).levels}


async def test_a_deletion_is_only_asked_for(agency: httpx.AsyncClient) -> None:
    key = (await agency.post(SUBMIT, json=AUDIT)).json()["submitted_report"]["id"]
    answer = await agency.delete(f"/submissionapi/v2/delete/report/{key}/")
    assert (answer.status_code, answer.json()) == (200, ["OK"])
    assert (await agency.get(f"{REPORTS}{key}/")).json()["flag"] == "none"
    again = await agency.put(SUBMIT, json={**AUDIT, "report_id": str(key)})
    assert again.json()["report_flag"] == "none"
    gone = await agency.delete("/submissionapi/v2/delete/report/424242/")
    assert gone.json() == {"detail": "No Report matches the given query."}


async def test_files_of_a_report_change_without_the_list_hearing(agency: httpx.AsyncClient) -> None:
    path = "/submissionapi/v2/manage/report-file"
    body = (await agency.post(SUBMIT, json=AUDIT)).json()["submitted_report"]
    embedded = {"file": "JVBERi0=", "file_name": "b.pdf", "report_language": ["de"]}
    assert (await agency.post(path, json={**embedded, "report_id": body["id"]})).json() == "success"
    files = (await agency.get(f"{REPORTS}{body['id']}/")).json()["report_files"]
    assert files[1]["file"] == "http://registry.example/reports/AQNH/20261116_0900_b.pdf"
    row = (await agency.get(REPORTS, params={"ordering": "-date_created"})).json()["results"][0]
    assert (row["id"], len(row["report_files"])) == (body["id"], 1)
    renamed = {**embedded, "display_name": "B", "report_file_id": files[1]["id"]}
    assert (await agency.put(path, json=renamed)).json() == "success"
    for key, status, answer in (
        (files[0]["id"], 200, "deleted"),
        (files[1]["id"], 400, None),
        (424242, 400, {"report_file_id": ['Invalid pk "424242" - object does not exist.']}),
    ):
        found = await agency.request("DELETE", path, json={"report_file_id": key})
        assert found.status_code == status
        assert answer is None or found.json() == answer
    neither = {"report_id": body["id"], "report_language": ["de"]}
    assert (await agency.post(path, json=neither)).json() == {
        "non_field_errors": ["Either file or original_location URL is required."]
    }


async def test_a_platform_becomes_a_relation(agency: httpx.AsyncClient, simulator: Simulator) -> None:
    body = {**AUDIT, "status": "2", "platforms": [{"deqar_id": "DEQARINST7108"}]}
    key = (await agency.post(SUBMIT, json=body)).json()["submitted_report"]["id"]
    rows = [r for r in simulator.truth.every(Hierarchy) if r.parent == 7108 and r.type == 6]
    assert [row.child for row in rows] == [7101]
    detail = (await agency.get(f"{REPORTS}{key}/")).json()
    assert [p["id"] for p in detail["platforms"]] == [7108]


async def test_a_table_answers_row_by_row(agency: httpx.AsyncClient) -> None:
    table = (
        "agency,activities[1].id,status,decision,valid_from,date_format,institution[1].deqar_id,"
        "programme[1].name_primary,programme[1].qf_ehea_level,programme[1].degree_outcome,"
        "programme[1].workload_ects,programme[1].assessment_certification,programme[1].identifier[1],"
        "programme[1].learning_outcome[1],file[1].original_location,file[1].report_language[1]\n"
        "CCAC,7202,2,1,2026-02-01,%Y-%m-%d,DEQARINST7102,Soil,2,2,10,2,S1,"
        "http://data.europa.eu/esco/skill/1,https://ccac.example/s.pdf,EN\n"
        "CCAC,7202,2,1,2026-02-01,%Y-%m-%d,DEQARINST0000,,,,,,,,,\n"
    )
    headers = {"content-type": "text/csv"}
    answer = await agency.post("/submissionapi/v2/submit/csv", content=table, headers=headers)
    assert answer.status_code == 200
    good, bad = answer.json()
    assert good["submission_status"] == "success"
    assert bad["errors"] == {"institutions": [["Please provide valid DEQAR ID."]]}
    detail = (await agency.get(f"{REPORTS}{good['submitted_report']['report_id']}/")).json()
    assert detail["programmes"][0]["learning_outcomes"] == [
        {"learning_outcome_esco": "http://data.europa.eu/esco/skill/1"}
    ]


async def test_who_may_submit(api: httpx.AsyncClient, agency: httpx.AsyncClient) -> None:
    """A user without an agency makes the server fail; a wrong agency is an error of the field."""
    assert (await api.post(SUBMIT, json=AUDIT)).status_code == 500
    assert (await api.delete("/submissionapi/v2/delete/report/97101/")).status_code == 500
    assert (await api.get("/connectapi/v1/activities/")).status_code == 500
    assert (await agency.get("/connectapi/v1/activities/")).json()["count"] == 3
    await agency.put("/_control/submitter", json={"agencies": [72]})
    assert (await errors_of(agency, AUDIT))["agency"] == ["You can't submit data to this Agency."]
    assert (await agency.get("/connectapi/v1/activities/")).json()["count"] == 2


async def test_bodies_that_are_no_object(agency: httpx.AsyncClient) -> None:
    for content, kind, status in (
        (b"{", "application/json", 400),
        (b"agency=71", "text/plain", 415),
        (b"[]", "application/json", 400),
        (b'{"activities": [{"id": "7101"}]}', "application/json", 500),
    ):
        answer = await agency.post(SUBMIT, content=content, headers={"content-type": kind})
        assert answer.status_code == status
    assert (await agency.get(SUBMIT)).status_code == 405
    assert (await agency.post(f"{SUBMIT}/", json=AUDIT)).headers["content-type"].startswith("text/html")


@pytest.mark.skipif(
    not (VECTORS / "deqar" / "submission").is_dir(),
    reason="the public DEQAR vectors are absent (MUTUA_VECTORS)",
)
@pytest.mark.parametrize("name", ["institutional", "institutional_programme", "joint_programme", "programme"])
async def test_bodies_of_the_first_version(
    agency: httpx.AsyncClient, simulator: Simulator, name: str
) -> None:
    """Refused today with 410, and accepted in the shapes of earlier years."""
    bodies = json.loads((VECTORS / "deqar" / "submission" / f"{name}.json").read_text("utf-8"))
    path = "/submissionapi/v1/submit/report"
    assert (await agency.post(path, json=bodies)).status_code == 410
    await agency.put("/_control/mode", json={"legacy": True})
    _teach(simulator, bodies if isinstance(bodies, list) else [bodies])
    answer = await agency.post(path, json=bodies)
    assert answer.status_code == 200, answer.text
    stored = answer.json() if isinstance(bodies, list) else [answer.json()]
    assert {each["submission_status"] for each in stored} == {"success"}
    assert "DEQARINST" in stored[0]["submitted_report"]["institutions"][0]["deqar_id"]


def _teach(simulator: Simulator, bodies: list[Any]) -> None:
    """Enter what the bodies name: the agency, its activities, and the providers."""
    kinds = {"programmes": 1, "joint programmes": 3, "institutions": 2, "Institutional Review": 4}
    known: dict[str, int] = {}
    for body in bodies:
        if body["agency"] not in known:
            known[body["agency"]] = key = 900 + len(known)
            facts = {"registration_start": "2008-01-01", "country": 64}
            names = {"name_primary": body["agency"], "acronym_primary": body["agency"]}
            simulator.add(Agency.model_validate({"id": key, "deqar_id": key, **facts, **names}))
        agency, words = known[body["agency"]], str(body["activity"])
        kind = next((kind for tail, kind in kinds.items() if words.endswith(tail)), 1)
        if "joint" in words:
            kind = 3
        number = int(words) if words.isdigit() else simulator.truth.next_id(Activity)
        simulator.add(ActivityGroup(id=number, activity=words, type=kind))
        simulator.add(Activity(id=number, agency=agency, group=number, activity=words))
        for provider in body["institutions"]:
            _provider(simulator, agency, provider)


def _provider(simulator: Simulator, agency: int, given: Any) -> None:
    if "name_official" in given:
        return
    deqar_id = given.get("deqar_id", "")
    key = int(deqar_id.removeprefix("DEQARINST")) if deqar_id else simulator.truth.next_id(Provider)
    simulator.add(
        Provider(
            id=key,
            eter_id=given.get("eter_id"),
            name_primary=f"University {key}",
            identifiers=[
                ProviderIdentifier(identifier=i["identifier"], resource="local identifier", agency=agency)
                for i in given.get("identifiers", [])
            ],
            locations=[Location(country=64)],
            created_at=simulator.clock.now().replace(tzinfo=None),
        )
    )
