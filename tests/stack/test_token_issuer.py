"""Tokens of the local issuer: what they say, who gets one, and what a client learns from a refusal."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from mutua_local.services import AUDIENCE
from mutua_local.tenants import seeded_clients
from mutua_local.token_issuer import LIFETIME_SECONDS, TokenIssuer, create_app, load_key

NOW = 1_790_000_000
ADDRESS = "http://127.0.0.1:20001"
SECRET = "a-secret-with:colon+plus"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    table = [
        {"client_id": c.client_id, "secret": SECRET, "tenant": c.tenant, "roles": c.roles}
        for c in seeded_clients()
    ]
    (tmp_path / "clients.json").write_text(json.dumps(table))
    issuer = TokenIssuer(
        ADDRESS, AUDIENCE, tmp_path / "clients.json", load_key(tmp_path / "keys" / "key.pem")
    )
    transport = httpx.ASGITransport(create_app(issuer, lambda: NOW))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield client


async def test_a_token_says_whose_it_is_and_what_it_may(client: httpx.AsyncClient) -> None:
    discovery = (await client.get("/.well-known/openid-configuration")).json()
    assert discovery["issuer"] == ADDRESS
    keys = KeySet.import_key_set((await client.get(discovery["jwks_uri"])).json())
    answer = await client.post(
        discovery["token_endpoint"],
        data={
            "grant_type": "client_credentials",
            "client_id": "lisvik.coordinator-2",
            "client_secret": SECRET,
        },
    )
    assert answer.headers["cache-control"] == "no-store"
    token = jwt.decode(answer.json()["access_token"], keys, algorithms=["ES256"])
    claims = dict(token.claims)
    assert claims.pop("jti")
    assert claims == {
        "iss": ADDRESS,
        "sub": "lisvik.coordinator-2",
        "client_id": "lisvik.coordinator-2",
        "aud": AUDIENCE,
        "iat": NOW,
        "exp": NOW + LIFETIME_SECONDS,
        "tenant": "DEQARINST7105",
        "roles": ["coordinator"],
    }
    assert not any("d" in key for key in (await client.get("/jwks")).json()["keys"]), "no private part"


async def test_basic_authentication_is_form_encoded_inside(client: httpx.AsyncClient) -> None:
    encoded = ("operator", "a-secret-with%3Acolon%2Bplus")
    answer = await client.post("/token", data={"grant_type": "client_credentials"}, auth=encoded)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("data", "status", "error"),
    [
        (
            {"grant_type": "client_credentials", "client_id": "operator", "client_secret": "wrong"},
            401,
            "invalid_client",
        ),
        (
            {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": SECRET},
            401,
            "invalid_client",
        ),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, 400, "unsupported_grant_type"),
        ({"grant_type": "x" * 10_000}, 413, "invalid_request"),
    ],
)
async def test_refusals(client: httpx.AsyncClient, data: dict[str, str], status: int, error: str) -> None:
    answer = await client.post("/token", data=data)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("header", ["Basic !!!", "Basic b3BlcmF0b3I=", "Basic /w==", "Bearer x"])
async def test_broken_credentials(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.post(
        "/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
    )
    assert answer.status_code == 401


def test_the_key_survives_a_restart_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "key.pem"
    assert load_key(path).thumbprint() == load_key(path).thumbprint()
    assert path.stat().st_mode & 0o077 == 0


def test_two_people_can_make_four_eyes() -> None:
    ids = [client.client_id for client in seeded_clients()]
    assert len(ids) == len(set(ids))
    assert {"boreal.coordinator", "boreal.coordinator-2", "varnland-enic.subscriber", "operator"} <= set(ids)
