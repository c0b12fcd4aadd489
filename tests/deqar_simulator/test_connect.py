"""What Connect publishes beside lists: the Europass export, verifiable credentials, and API documents."""

from xml.etree import ElementTree as ET

import httpx
import pytest
import yaml

from mutua_local.deqar import Simulator
from mutua_local.deqar.model import Provider, ProviderIdentifier, Report

EUROPASS = "/connectapi/v1/europass/accreditations-v2"
AMS = "{http://data.europa.eu/snb/model/ap/ams-constraints/}"
CREDENTIAL = "/connectapi/v1/letstrust/vc/issue"
EBSI = "/connectapi/v1/letstrust/ebsi-vc/issue"


@pytest.fixture
def api(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """Connect is public."""
    api.headers.pop("authorization")
    return api


async def exported(api: httpx.AsyncClient, country: str) -> dict[str, ET.Element]:
    answer = await api.get(f"{EUROPASS}/{country}/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    root = ET.fromstring(answer.content)
    assert (root.tag, root.get("xsdVersion")) == (f"{AMS}Accreditations", "3.0.0")
    return {one.get("id", ""): one for one in root.iter(f"{AMS}accreditation")}


async def test_europass_takes_obligatory_reports_that_are_neither_negative_nor_withheld(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    key, country = 97101, "SE"
    address = f"https://data.deqar.eu/report/{key}"
    for changes, there in (
        ({"status": 1, "decision": 1, "flag": 1}, True),
        ({"decision": 3}, False),
        ({"decision": 4}, True),
        ({"flag": 3}, False),
        ({"flag": 2}, True),
        ({"status": 2}, False),
    ):
        simulator.edit("report", key, changes)
        assert (address in await exported(api, country)) is there, changes
    simulator.edit("report", key, {"status": 1})
    seat = simulator.truth.get(Provider, 7101)
    ended = [{**place.model_dump(), "valid_to": "2001-01-01"} for place in seat.locations]
    simulator.edit("provider", 7101, {"locations": ended})
    assert address in await exported(api, country)
    simulator.edit("provider", 7101, {"locations": [{**ended[0], "verified": False}]})
    assert address not in await exported(api, country)


async def test_a_leap_day_ends_in_february_here_and_in_march_elsewhere(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    simulator.edit("report", 97101, {"status": 1, "valid_from": "2024-02-29", "valid_to": None})
    one = (await exported(api, "swe"))["https://data.deqar.eu/report/97101"]
    assert one.findtext(f"{AMS}reviewDate") == "2030-02-28T00:00:00"
    assert one.find(f"{AMS}expiryDate") is None
    credential = (await api.get(f"{CREDENTIAL}/97101")).json()
    assert credential["expirationDate"] == "2030-03-01T00:00:00Z"


async def test_countries_of_europass(api: httpx.AsyncClient) -> None:
    """Alpha-2 in capitals only, alpha-3 in any case."""
    for code, status in (("SE", 200), ("se", 404), ("swe", 200), ("SWE", 200), ("XYZ", 404)):
        answer = await api.get(f"{EUROPASS}/{code}/", params={"check": "false"})
        assert answer.status_code == status, code
        assert answer.headers["content-type"] == "application/xml"
    assert "<detail>No Country matches the given query.</detail>" in answer.text


async def test_a_negative_report_is_a_credential_like_any_other(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    simulator.edit("report", 97101, {"decision": 3})
    answer = await api.get(f"{CREDENTIAL}/97101")
    assert answer.headers["cache-control"] == "max-age=86400"
    credential = answer.json()
    assert credential["issuer"]["id"] == "did:web:data.deqar.eu"
    assert credential["credentialSubject"]["authorizationClaims"]["decision"] == "negative"
    assert "credentialStatus" not in credential
    assert "proof" not in credential
    missing = await api.get(f"{CREDENTIAL}/424242")
    assert (missing.status_code, missing.json()["detail"]) == (404, "No Report matches the given query.")
    await api.put("/_control/mode", json={"credentials": False})
    assert (await api.get(f"{CREDENTIAL}/97101")).status_code == 503


async def test_accreditations_for_ebsi_need_status_and_a_did(
    api: httpx.AsyncClient, simulator: Simulator
) -> None:
    simulator.edit("report", 97101, {"status": 2})
    assert "obligatory" in (await api.get(f"{EBSI}/97101")).json()["detail"]
    simulator.edit("report", 97101, {"status": 1})
    answer = await api.get(f"{EBSI}/97101")
    assert (answer.status_code, answer.json()["detail"][:31]) == (404, "No DID-EBSI identifier found fo")
    provider = simulator.truth.get(Report, 97101).institutions[0]
    did = ProviderIdentifier(identifier="did:ebsi:z1", resource="DID-EBSI").model_dump()
    simulator.edit("provider", provider, {"identifiers": [did]})
    credential = (await api.get(f"{EBSI}/97101")).json()
    assert credential["credentialSubject"]["id"] == "did:ebsi:z1"
    assert credential["type"][-1] == "DiplomaVerifiableAccreditation"


@pytest.mark.parametrize(
    ("base", "paths"),
    [("/webapi/v2", 20), ("/connectapi/v1", 10), ("/submissionapi/v2", 5)],
)
async def test_documents_of_the_apis(api: httpx.AsyncClient, base: str, paths: int) -> None:
    document = (await api.get(f"{base}/swagger.json")).json()
    assert (document["swagger"], document["basePath"], len(document["paths"])) == ("2.0", base, paths)
    assert yaml.safe_load((await api.get(f"{base}/swagger.yaml")).text) == document
    for page in ("swagger", "redoc"):
        assert (await api.get(f"{base}/{page}/")).headers["content-type"].startswith("text/html")
    identities = [
        operation["operationId"]
        for item in document["paths"].values()
        for name, operation in item.items()
        if name != "parameters"
    ]
    assert len(identities) == len(set(identities))


async def test_the_document_declares_what_the_lists_take(api: httpx.AsyncClient) -> None:
    document = (await api.get("/webapi/v2/swagger.json")).json()
    reports = document["paths"]["/browse/reports/"]["get"]["parameters"]
    names = {parameter["name"] for parameter in reports}
    assert {"agency_id", "valid_on", "limit", "offset", "ordering", "flag"} <= names
    assert "programme_type" not in names  # works, and is not declared
    detail = document["paths"]["/browse/institutions/{id}/"]
    assert detail["parameters"][0]["name"] == "id"
    assert [parameter["name"] for parameter in detail["get"]["parameters"]] == ["history"]
