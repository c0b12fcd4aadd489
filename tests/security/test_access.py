"""Who may call what: no route answers without a valid token, or one with a role that may, bar a named few."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from house import SERVICES, House
from joserfc import jwt
from joserfc.jwk import ECKey
from routes import ask, problem, routes

pytestmark = pytest.mark.servers

PUBLIC = {
    ("issuer", "/.well-known/did.json"),
    ("issuer", "/.well-known/jwt-vc-issuer"),
    ("issuer", "/.well-known/jwt-vc-issuer/{path}"),
    ("issuer", "/{path}/did.json"),
    ("issuer", "/issuers/{institution}/did.json"),
    ("issuer", "/issuers/{institution}/jwt-vc-issuer"),
    ("issuer", "/contexts/annex-i/v1"),
    ("issuer", "/status/{number}/{kind}"),
    ("issuer", "/holder/{token}"),
    ("issuer", "/holder/{token}/{name}"),
}
"""Documents by which institutions publish their keys and what became of credentials, and what a holder's link
opens (its token is the right): for everybody, to be read only."""


@pytest.mark.parametrize("service", SERVICES)
def test_only_published_documents_are_for_everybody(house: House, service: str) -> None:
    found = {(service, route.path) for route in routes(house, service) if route.public}
    assert found == {one for one in PUBLIC if one[0] == service}
    assert all(route.method == "GET" for route in routes(house, service) if route.public)


@pytest.mark.parametrize("service", SERVICES)
def test_no_route_answers_without_a_token(house: House, service: str) -> None:
    for route in routes(house, service):
        if route.public:
            continue
        for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}):
            answer = ask(house, route, headers=headers)
            assert answer.status_code == 401, f"{route}: {answer.text}"
            assert problem(answer, route)["code"] == "token_missing"
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("service", SERVICES)
def test_no_route_answers_a_role_that_may_not(house: House, service: str) -> None:
    headers = {"Authorization": f"Bearer {house.person('stranger').token}", "Idempotency-Key": "k"}
    for route in routes(house, service):
        if not route.public:
            answer = ask(house, route, headers=headers)
            assert answer.status_code == 403, f"{route}: {answer.text}"
            assert problem(answer, route)["code"] == "role_missing"


DOORS = {
    "issuer": {"issuer"},
    "recognition": {"coordinator", "evaluator"},
    "notifier": {"subscriber"},
}
"""Roles that may read something of a service, whose first part of the path is none of the operators'."""
OPERATORS = ("grants", "operations")


@pytest.mark.parametrize("role", ["issuer", "coordinator", "evaluator", "subscriber", "operator"])
def test_a_role_opens_its_own_doors_only(house: House, role: str) -> None:
    """Reading what belongs to another role is refused as well as writing it."""
    client = "operator" if role == "operator" else f"lisvik.{role}"
    headers = {"Authorization": f"Bearer {house.person(client).token}"}
    for service in SERVICES:
        for route in routes(house, service):
            may = {"operator"} if route.path.split("/")[1] in OPERATORS else DOORS[service]
            if not route.public and role not in may:
                answer = ask(house, route, headers=headers)
                assert answer.status_code == 403, f"{route} as {role}: {answer.text}"
                assert problem(answer, route)["code"] == "role_missing"


@pytest.mark.parametrize("service", SERVICES)
def test_a_token_that_proves_nothing_opens_nothing(house: House, service: str) -> None:
    path = {"issuer": "/credentials", "recognition": "/requests", "notifier": "/subscriptions"}[service]
    url = house.address(service) + path
    good = house.http.get(url, headers={"Authorization": f"Bearer {genuine(house)}"})
    assert good.status_code == 200, good.text
    for name, token in forged(house).items():
        answer = house.http.get(url, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, f"{name}: {answer.text}"
        body = problem(answer, name)
        assert body["code"] == "token_refused", name
        assert len(token) < 20 or token not in answer.text, "a token is never repeated"


def claims(house: House, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    told = {
        "iss": house.around.address("token-issuer"),
        "sub": "somebody",
        "aud": "mutua",
        "iat": now,
        "exp": now + 600,
        "tenant": "DEQARINST7106",
        "roles": ["issuer", "coordinator", "evaluator", "subscriber"],
    }
    return {name: value for name, value in {**told, **changes}.items() if value is not None}


def key_of(house: House) -> ECKey:
    return ECKey.import_key((house.path / "keys" / "token-issuer.pem").read_bytes())


def signed(house: House, key: ECKey | None = None, **changes: Any) -> str:
    """A token with these claims: by the stack's own issuer, or by another key under its name."""
    own = key_of(house)
    return jwt.encode({"alg": "ES256", "kid": own.thumbprint()}, claims(house, **changes), key or own)


def genuine(house: House) -> str:
    return signed(house)


def forged(house: House) -> dict[str, str]:
    """Tokens that look right, by what is wrong with them."""
    now = int(time.time())
    token = genuine(house)
    head, body, signature = token.split(".")
    other = json.dumps(claims(house, tenant="DEQARINST7101")).encode()
    public = key_of(house).as_pem(private=False)
    shared = part({"alg": "HS256", "typ": "JWT"}) + "." + body
    mac = base64.urlsafe_b64encode(hmac.digest(public, shared.encode(), hashlib.sha256)).rstrip(b"=").decode()
    return {
        "nothing of a token": "x",
        "three empty parts": "..",
        "no JSON": "e30.e30.e30",
        "far too long": "a" * 9000,
        "another tenant under the old signature": f"{head}.{text(other)}.{signature}",
        "no signature": f"{part({'alg': 'none'})}.{body}.",
        "signed by a shared secret that everybody knows": f"{shared}.{mac}",
        "signed by somebody else's key": signed(house, ECKey.generate_key("P-256")),
        "another issuer": signed(house, iss="https://sign-in.elsewhere.example"),
        "an issuer that is no text": signed(house, iss=["x"]),
        "another audience": signed(house, aud="elsewhere"),
        "no audience": signed(house, aud=None),
        "expired": signed(house, exp=now - 3600),
        "never expires": signed(house, exp=None),
        "not valid yet": signed(house, nbf=now + 3600),
        "nobody": signed(house, sub=""),
        "no organisation": signed(house, tenant=None),
        "roles as a text": signed(house, roles="operator"),
    }


def part(value: dict[str, Any]) -> str:
    return text(json.dumps(value).encode())


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
