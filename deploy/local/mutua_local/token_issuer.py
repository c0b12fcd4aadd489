"""A small OpenID Connect issuer for the local stack: discovery, keys and client credentials.

It signs with one P-256 key that survives a restart. The table of clients is a file that is read at every
request for a token, so that a demonstration may add a client while the issuer runs. It is not meant for
anything but a local stack.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, unquote_plus
from uuid import uuid4

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LIFETIME_SECONDS = 3600
MOST_BODY = 8192
NO_STORE = {"Cache-Control": "no-store"}


class Client(BaseModel):
    """One entry of the table of clients."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str
    secret: Annotated[str, Field(min_length=16)]
    tenant: str
    roles: tuple[str, ...]


CLIENTS = TypeAdapter(list[Client])


class Settings(BaseSettings):
    """What the process is told."""

    model_config = SettingsConfigDict(env_prefix="MUTUA_", frozen=True, extra="ignore")

    http_host: str = "127.0.0.1"
    http_port: int
    oidc_audience: str = "mutua"
    clients_file: Path
    signing_key_file: Path


class TokenIssuer:
    """Issues access tokens (RFC 9068) for the clients of a file."""

    def __init__(self, address: str, audience: str, clients: Path, key: ECKey) -> None:
        self.address = address
        self._audience = audience
        self._clients = clients
        self._key = key
        self._key_id = key.thumbprint()

    def keys(self) -> dict[str, Any]:
        """The public keys as a JWK set."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self._key_id, "alg": "ES256", "use": "sig"}]}

    def discovery(self) -> dict[str, Any]:
        """The document at /.well-known/openid-configuration."""
        return {
            "issuer": self.address,
            "jwks_uri": f"{self.address}/jwks",
            "token_endpoint": f"{self.address}/token",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    def client(self, client_id: str, secret: str) -> Client | None:
        """The client of this id where the secret is right."""
        found = next(
            (c for c in CLIENTS.validate_json(self._clients.read_bytes()) if c.client_id == client_id), None
        )
        # Compared also where there is no such client, so that the answer takes as long.
        right = hmac.compare_digest((found.secret if found else "-" * 32).encode(), secret.encode())
        return found if right else None

    def token(self, client: Client, now: int) -> str:
        """A signed access token; `now` is seconds since the epoch."""
        header = {"alg": "ES256", "kid": self._key_id, "typ": "at+jwt"}
        claims: dict[str, Any] = {
            "iss": self.address,
            "sub": client.client_id,
            "client_id": client.client_id,
            "aud": self._audience,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": str(uuid4()),
            "tenant": client.tenant,
            "roles": list(client.roles),
        }
        return jwt.encode(header, claims, self._key)


def create_app(issuer: TokenIssuer, clock: Callable[[], float] = time.time) -> Starlette:
    """The issuer's HTTP side."""

    async def discovery(_request: Request) -> Response:
        return JSONResponse(issuer.discovery())

    async def keys(_request: Request) -> Response:
        return JSONResponse(issuer.keys())

    async def ready(_request: Request) -> Response:
        return JSONResponse({"ready": True})

    async def token(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _refusal("invalid_request", f"a body of more than {MOST_BODY} bytes", 413)
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        if (grant := form.get("grant_type")) != "client_credentials":
            found = repr(grant) if grant else "no grant_type"
            return _refusal("unsupported_grant_type", f"{found}, expected client_credentials", 400)
        credentials = _credentials(request.headers, form)
        client = issuer.client(*credentials) if credentials else None
        if client is None:
            return _refusal("invalid_client", "no client with this id and secret", 401)
        signed = issuer.token(client, int(clock()))
        answer = {"access_token": signed, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS}
        return JSONResponse(answer, headers=NO_STORE)

    endpoints: dict[str, tuple[Callable[[Request], Awaitable[Response]], str]] = {
        "/.well-known/openid-configuration": (discovery, "GET"),
        "/jwks": (keys, "GET"),
        "/readyz": (ready, "GET"),
        "/token": (token, "POST"),
    }
    return Starlette(routes=[Route(path, to, methods=[method]) for path, (to, method) in endpoints.items()])


def load_key(path: Path) -> ECKey:
    """The signing key of a PEM file, drawn when there is none."""
    if not path.exists():
        key = ECKey.generate_key("P-256")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_bytes(key.as_pem(private=True))
        temporary.replace(path)
    return ECKey.import_key(path.read_bytes())


async def _body(request: Request) -> bytes | None:
    """The body, or None where it is larger than a request for a token can be."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY:
            return None
    return body


def _credentials(headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[str, str] | None:
    """Id and secret by HTTP Basic (RFC 6749, 2.3.1: each form-encoded first) or in the body."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            text = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        client_id, colon, secret = text.partition(":")
        return (unquote_plus(client_id), unquote_plus(secret)) if colon else None
    if "client_id" in form and "client_secret" in form:
        return form["client_id"], form["client_secret"]
    return None


def _refusal(error: str, description: str, status: int) -> Response:
    headers = {**NO_STORE, "WWW-Authenticate": "Basic"} if status == 401 else NO_STORE
    return JSONResponse({"error": error, "error_description": description}, status, headers=headers)


def main() -> None:
    """Serve until the process is asked to stop; refuses to listen anywhere but on loopback."""
    settings = Settings.model_validate({})
    if not ipaddress.ip_address(settings.http_host).is_loopback:
        raise SystemExit(
            f"LOOPBACK_ONLY: found {settings.http_host}; expected an address of this machine alone"
        )
    os.umask(0o077)
    address = f"http://{settings.http_host}:{settings.http_port}"
    key = load_key(settings.signing_key_file)
    issuer = TokenIssuer(address, settings.oidc_audience, settings.clients_file, key)
    uvicorn.run(
        create_app(issuer),
        host=settings.http_host,
        port=settings.http_port,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
