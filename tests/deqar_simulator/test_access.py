"""Tokens, slashes, methods and media types: the errors that a client must tell apart."""

import httpx
import pytest

from mutua_local.deqar import Simulator, create_app

BROWSE = "/webapi/v2/browse"


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, "Authentication credentials were not provided."),
        ("Basic abc", "Authentication credentials were not provided."),
        ("Bearer", "Invalid token header. No credentials provided."),
        ("Bearer a b", "Invalid token header. Token string should not contain spaces."),
        ("Bearer wrong", "Invalid token."),
    ],
)
async def test_a_bad_token_is_403(api: httpx.AsyncClient, header: str | None, detail: str) -> None:
    api.headers.pop("authorization")
    headers = {"authorization": header} if header else {}
    answer = await api.get(f"{BROWSE}/countries/", headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"detail": detail})
    assert "www-authenticate" not in answer.headers
    assert (await api.get("/connectapi/v1/providers/", headers=headers)).status_code == 200


async def test_getting_and_rotating_a_token(api: httpx.AsyncClient, simulator: Simulator) -> None:
    good = {"username": "reader", "password": "reader"}
    for body in ({"json": good}, {"data": good}):
        answer = await api.post("/accounts/get_token/", **body)
        assert answer.json()["token"] == simulator.token
    wrong = await api.post("/accounts/get_token/", json={"username": "reader", "password": "no"})
    assert (wrong.status_code, wrong.json()["state"]) == (401, "error")
    assert (await api.post("/accounts/get_token", json=good)).status_code == 301
    rotated = (await api.get("/accounts/get_new_token/")).json()["token"]
    assert (await api.get(f"{BROWSE}/countries/")).status_code == 403
    answer = await api.get(f"{BROWSE}/countries/", headers={"authorization": f"bearer {rotated}"})
    assert answer.status_code == 200


async def test_slashes(api: httpx.AsyncClient) -> None:
    redirect = await api.get(f"{BROWSE}/reports", params={"limit": 3})
    assert redirect.status_code == 301
    assert redirect.headers["location"] == f"http://registry.example{BROWSE}/reports/?limit=3"
    for path in (
        "/connectapi/v1/providers/7101/",
        f"{BROWSE}/reports/abc/",
        f"{BROWSE}/institutions/by-identifier/SCHAC/univ-lisvik.example/",
        f"{BROWSE}/institutions/by-identifier/ROR/https:%2F%2Fror.example%2F1",
        "/nowhere",
    ):
        answer = await api.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"), path


@pytest.mark.parametrize(
    ("path", "name"), [("reports", "Report"), ("agencies", "Agency"), ("countries", "Country")]
)
async def test_a_missing_object_is_a_json_404(api: httpx.AsyncClient, path: str, name: str) -> None:
    answer = await api.get(f"{BROWSE}/{path}/424242/")
    assert (answer.status_code, answer.json()) == (404, {"detail": f"No {name} matches the given query."})
    by = await api.get(f"{BROWSE}/reports/institutional/by-institution/424242/")
    assert by.json() == {"detail": "No Institution matches the given query."}


async def test_methods_and_media_types(api: httpx.AsyncClient) -> None:
    answer = await api.post(f"{BROWSE}/reports/")
    assert (answer.status_code, answer.json()) == (405, {"detail": 'Method "POST" not allowed.'})
    assert (await api.get(f"{BROWSE}/reports/", headers={"accept": "image/png"})).status_code == 406
    assert (await api.get(f"{BROWSE}/reports/", params={"format": "xml"})).status_code == 404


async def test_the_control_api_is_off_unless_switched_on(simulator: Simulator) -> None:
    transport = httpx.ASGITransport(create_app(simulator))
    async with httpx.AsyncClient(transport=transport, base_url="http://registry.example") as client:
        assert (await client.get("/_control/state")).status_code == 404
        assert (await client.get("/readyz")).json() == {"ready": True}
