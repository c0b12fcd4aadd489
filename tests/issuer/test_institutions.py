"""Institutions: registered, changed, given new keys; each change is published to everybody and stated."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from mutua_credentials import issuer_documents
from mutua_credentials.keys import thumbprint
from mutua_issuer.domain.examples import REGISTRATION
from mutua_kernel.database import Pool
from tests.in_process import SettableClock

from .conftest import LISVIK, Institution

pytestmark = pytest.mark.servers


async def test_a_registered_institution_has_a_key_and_all_its_identifiers(lisvik: Institution) -> None:
    answer = await lisvik.post("/issuers", REGISTRATION)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body == (await lisvik.get(f"/issuers/{LISVIK}")).json()
    assert body["did"] == "did:web:univ-lisvik.example"
    assert [one["scheme"] for one in body["identifiers"]] == ["DEQARINST", "ETER", "ERASMUS", "SCHAC"]
    (key,) = body["keys"]
    assert key["kid"] == thumbprint(key["jwk"])
    assert (key["valid_from"], key["valid_to"]) == ("2026-11-20T10:00:00Z", None)


async def test_every_change_is_stated_whole(
    lisvik: Institution, clock: SettableClock, facts_of: Callable[[], Any]
) -> None:
    await lisvik.post("/issuers", REGISTRATION)
    profile = {"names": {"en": "Lisvik"}, "country": "NOR", "identifiers": []}
    assert (await lisvik.put(f"/issuers/{LISVIK}", profile)).status_code == 200
    assert (await lisvik.post(f"/issuers/{LISVIK}/keys", {})).status_code == 201
    first, second, third = await facts_of()
    assert [event.type for event in (first, second, third)] == ["eu.mutua.issuer.changed.v1"] * 3
    assert [event.sequence for event in (first, second, third)] == [1, 2, 3]
    assert {event.partitionkey for event in (first, second, third)} == {LISVIK}
    assert first.data.iss == "https://univ-lisvik.example"
    assert (second.data.names, second.data.country) == ({"en": "Lisvik"}, "NO")
    assert [(one.scheme, one.value) for one in second.data.identifiers] == [("DEQARINST", LISVIK)]
    old, new = third.data.keys
    assert old.kid == first.data.keys[0].kid
    assert old.valid_to == new.valid_from == datetime(2026, 11, 20, 10, 0, 5, tzinfo=UTC)
    assert new.valid_to is None


async def test_the_host_publishes_what_verifiers_look_for(
    lisvik: Institution, http: httpx.AsyncClient
) -> None:
    kid = (await lisvik.post("/issuers", REGISTRATION)).json()["keys"][0]["kid"]
    rotated = (await lisvik.post(f"/issuers/{LISVIK}/keys", {})).json()
    now = datetime(2026, 11, 20, 10, tzinfo=UTC)
    host, iss = {"Host": "univ-lisvik.example"}, "https://univ-lisvik.example"
    did = await http.get("/.well-known/did.json", headers=host)
    read = issuer_documents.read_did_document(did.json(), iss, source="test", as_of=now)
    assert isinstance(read, tuple)
    listed_kids = {key["kid"] for key in rotated["keys"] + rotated["proof_keys"]}
    assert {method["id"].rpartition("#")[2] for method in did.json()["verificationMethod"]} == listed_kids
    assert {record.kid for record in read} >= {key["kid"] for key in rotated["keys"]}
    metadata = await http.get("/.well-known/jwt-vc-issuer", headers=host)
    listed = issuer_documents.read_jwt_vc_issuer(metadata.json(), iss, source="test", as_of=now)
    assert isinstance(listed, tuple)
    assert kid in {record.kid for record in listed}
    assert did.headers["access-control-allow-origin"] == "*"
    assert (await http.get(f"/issuers/{LISVIK}/did.json")).json() == did.json()
    assert (await http.get(f"/issuers/{LISVIK}/jwt-vc-issuer")).json() == metadata.json()


async def test_a_web_identity_may_have_a_path(lisvik: Institution, http: httpx.AsyncClient) -> None:
    body = (await lisvik.post("/issuers", {**REGISTRATION, "iss": "https://Cards.example/lisvik/"})).json()
    assert (body["iss"], body["did"]) == ("https://cards.example/lisvik", "did:web:cards.example:lisvik")
    host = {"Host": "cards.example"}
    assert (await http.get("/lisvik/did.json", headers=host)).json()["id"] == body["did"]
    metadata = await http.get("/.well-known/jwt-vc-issuer/lisvik", headers=host)
    assert metadata.json()["issuer"] == body["iss"]
    assert (await http.get("/.well-known/did.json", headers=host)).status_code == 404


@pytest.mark.parametrize("host", ["nobody.example", "127.0.0.1:8000", "a b", "", "x" * 300])
async def test_other_hosts_publish_nothing(lisvik: Institution, http: httpx.AsyncClient, host: str) -> None:
    await lisvik.post("/issuers", REGISTRATION)
    answer = await http.get("/.well-known/did.json", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_private_keys_never_leave_and_rest_encrypted(lisvik: Institution, admin: Pool) -> None:
    answer = await lisvik.post("/issuers", REGISTRATION)
    assert set(answer.json()["keys"][0]["jwk"]) == {"kty", "crv", "x", "y"}
    rows = await admin.fetch("select alg, wrapped from signing_key order by alg")
    assert [row["alg"] for row in rows] == ["ES256", "Ed25519"]
    assert all(b"PRIVATE KEY" not in row["wrapped"] and len(row["wrapped"]) > 100 for row in rows)


async def test_an_institution_is_registered_once(lisvik: Institution, osterhav: Institution) -> None:
    await lisvik.post("/issuers", REGISTRATION)
    again = await lisvik.post("/issuers", {**REGISTRATION, "iss": "https://other.example"})
    assert (again.status_code, again.json()["code"]) == (409, "already_registered")
    foreign = await osterhav.post("/issuers", REGISTRATION)
    assert (foreign.status_code, foreign.json()["code"]) == (409, "web_identity_taken")


@pytest.mark.parametrize(
    ("member", "value", "code", "path"),
    [
        ("iss", "http://univ-lisvik.example", "no_web_identity", "/iss"),
        ("iss", "https://10.0.0.1", "no_web_identity", "/iss"),
        ("iss", "https://univ-lisvik.example/?a=b", "no_web_identity", "/iss"),
        ("country", "Norway", "unknown_code", "/country"),
        ("names", {}, "too_few", "/names"),
        ("names", {"en": "Lis\u0000vik"}, "control_character", "/names/en"),
        ("identifiers", [{"scheme": "GRID", "value": "1"}], "unknown_code", "/identifiers/0/scheme"),
        ("colour", "red", "unknown_member", "/colour"),
    ],
)
async def test_what_is_wrong_with_a_registration_is_said(
    lisvik: Institution, member: str, value: Any, code: str, path: str
) -> None:
    answer = await lisvik.post("/issuers", {**REGISTRATION, member: value})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problems = answer.json()["problems"]
    assert (path, code) in [(one["path"], one["code"]) for one in problems], problems


async def test_an_institution_speaks_for_itself_only(
    lisvik: Institution, osterhav: Institution, client_of: Callable[..., Institution]
) -> None:
    stolen = [{"scheme": "DEQARINST", "value": LISVIK}]
    answer = await osterhav.post("/issuers", {**REGISTRATION, "identifiers": stolen})
    assert (answer.status_code, answer.json()["code"]) == (422, "identifier_of_another")
    alliance = await client_of("alliance:boreal").post("/issuers", REGISTRATION)
    assert (alliance.status_code, alliance.json()["code"]) == (403, "tenant_is_no_institution")
    await lisvik.post("/issuers", REGISTRATION)
    for answer in (
        await osterhav.get(f"/issuers/{LISVIK}"),
        await osterhav.post(f"/issuers/{LISVIK}/keys", {}),
        await osterhav.put(f"/issuers/{LISVIK}", {"names": {"en": "x"}, "country": "SE"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_one_new_key_is_announced_at_a_time(lisvik: Institution, clock: SettableClock) -> None:
    await lisvik.post("/issuers", REGISTRATION)
    path = f"/issuers/{LISVIK}/keys"
    assert (await lisvik.post(path, {"valid_from": "2026-12-01T00:00:00Z"})).status_code == 201
    pending = await lisvik.post(path, {})
    assert (pending.status_code, pending.json()["code"]) == (409, "rotation_pending")
    clock.at = datetime(2026, 12, 1, tzinfo=UTC)
    assert (await lisvik.post(path, {})).status_code == 201
    keys = (await lisvik.get(f"/issuers/{LISVIK}")).json()["keys"]
    assert [key["valid_to"] for key in keys] == [key["valid_from"] for key in keys[1:]] + [None]


@pytest.mark.parametrize(
    ("roles", "status", "code"), [(("coordinator",), 403, "role_missing"), (("issuer",), 409, None)]
)
async def test_only_the_role_issuer_may_issue(
    client_of: Callable[..., Institution], roles: tuple[str, ...], status: int, code: str | None
) -> None:
    answer = await client_of(LISVIK, *roles).post("/credentials", {})
    assert (answer.status_code, answer.json()["code"]) == (status, code or "issuer_not_registered")


async def test_without_a_token_nothing_but_published_documents_is_answered(http: httpx.AsyncClient) -> None:
    described = (await http.get("/openapi.json")).json()
    public = ("did.json", "jwt-vc-issuer", "jwt-vc-issuer/{path}", "/status/{number}/{kind}")
    public += ("/holder/{token}", "/holder/{token}/{name}", "/contexts/annex-i/v1")
    for path, methods in described["paths"].items():
        for method in methods:
            answer = await http.request(method, path.replace("{number}", "1"), json={})
            if not path.endswith(public):
                assert (answer.status_code, answer.json()["code"]) == (401, "token_missing"), (method, path)
