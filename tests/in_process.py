"""A service's API in this process: who signs people in, a client with a token, a clock that obeys.

The tokens are real ones, of an issuer that is in memory only.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey

from mutua_kernel.clock import Clock
from mutua_kernel.http.auth import TokenChecker

SIGN_IN = "https://sign-in.example"


@dataclass
class SettableClock:
    """A clock that stands still until a test moves it."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        """Moves it on by what a `timedelta` is made of."""
        self.at += timedelta(**time)


class Tokens:
    """An OpenID Connect issuer: discovery and keys by HTTP, tokens by hand."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = ECKey.generate_key("P-256", {"kid": "test"})

    @asynccontextmanager
    async def checker(self) -> AsyncIterator[TokenChecker]:
        """What a service checks these tokens with."""
        public = {**self._key.as_dict(private=False), "alg": "ES256", "use": "sig"}
        answers = {
            "/.well-known/openid-configuration": {"issuer": SIGN_IN, "jwks_uri": f"{SIGN_IN}/jwks"},
            "/jwks": {"keys": [public]},
        }
        transport = httpx.MockTransport(lambda request: httpx.Response(200, json=answers[request.url.path]))
        async with httpx.AsyncClient(transport=transport) as client:
            yield TokenChecker((SIGN_IN,), "mutua", client=client, clock=self._clock)

    def bearer(self, tenant: str, /, *roles: str, **claims: Any) -> str:
        """The header of somebody of `tenant`; `claims` go over those that are right."""
        right = {
            "iss": SIGN_IN,
            "sub": "somebody",
            "aud": "mutua",
            "exp": int(self._clock.now().timestamp()) + 90 * 86400,
            "tenant": tenant,
            "roles": list(roles),
        }
        return "Bearer " + jwt.encode({"alg": "ES256", "kid": "test"}, right | claims, self._key)


class Client:
    """A person or a program of an organisation at an API."""

    def __init__(self, http: httpx.AsyncClient, tenant: str, bearer: str) -> None:
        self.tenant = tenant
        self._http = http
        self._headers = {"Authorization": bearer}

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self._http.get(path, headers=self._headers, params=query or None)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        return await self._http.post(path, json=body, headers=self._written(key))

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self._http.put(path, json=body, headers=self._written())

    async def send(self, path: str, raw: bytes) -> httpx.Response:
        """A body of any bytes."""
        headers = {**self._written(), "Content-Type": "application/json"}
        return await self._http.post(path, content=raw, headers=headers)

    def _written(self, key: str | None = None) -> dict[str, str]:
        return {**self._headers, "Idempotency-Key": key or str(uuid4())}


@asynccontextmanager
async def without_token(app: FastAPI, host: str) -> AsyncIterator[httpx.AsyncClient]:
    """The API as anybody reaches it."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        yield client
