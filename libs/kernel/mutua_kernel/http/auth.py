"""Access tokens: OIDC bearer tokens of any accepted issuer, checked by discovery, JWKS, audience and
algorithm.

Keys are cached and fetched again when a token names one that is not known (rotation), at most every ten
seconds.
A token says who acts (`sub`), for which organisation (`tenant`) and in which roles.
"""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

import httpx
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mutua_kernel.clock import Clock
from mutua_kernel.http.problems import Problem

ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "Ed25519")
"""Asymmetric signatures only: no `none`, no shared secret."""
LEEWAY_SECONDS = 30
REFETCH_SECONDS = 10
MAX_TOKEN_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever calls: a person or a machine of an organisation."""

    issuer: str
    subject: str
    tenant: str
    roles: frozenset[str]


class Refused(Exception):
    """A token that is not accepted; the reason is for the caller and holds nothing of the token."""


class TokenChecker:
    """Checks bearer tokens against the accepted issuers."""

    def __init__(
        self, issuers: Sequence[str], audience: str, *, client: httpx.AsyncClient, clock: Clock
    ) -> None:
        self._issuers = tuple(issuers)
        self._audience = audience
        self._client = client
        self._clock = clock
        self._keys: dict[str, KeySet] = {}
        self._fetched: dict[str, float] = {}
        self._lock = asyncio.Lock()

    async def check(self, token: str) -> Principal:
        """The principal of `token`. Raises `Refused`, or `httpx.HTTPError` where its issuer cannot be
        reached."""
        if len(token) > MAX_TOKEN_BYTES:
            raise Refused("found a token that is too long")
        issuer = self._claimed_issuer(token)
        for fresh in (False, True):
            keys = await self._keys_of(issuer, fresh=fresh)
            try:
                verified = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            except (JoseError, ValueError, TypeError) as error:  # a header of unexpected types is a TypeError
                if fresh:
                    raise Refused(
                        "found a signature that no key of the issuer made, or an algorithm not allowed"
                    ) from error
                continue
            return self._principal(issuer, dict(verified.claims))
        raise AssertionError("unreachable")

    def _claimed_issuer(self, token: str) -> str:
        """The issuer that the unverified token names, if it is one of those accepted: it chooses the keys."""
        try:
            payload = token.split(".")[1]
            claims: Any = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            issuer: Any = claims["iss"]
        except (IndexError, ValueError, KeyError, TypeError, RecursionError):
            raise Refused("found no JWT with an issuer") from None
        if issuer not in self._issuers:
            raise Refused("found an issuer that is not accepted here")
        return cast("str", issuer)

    async def _keys_of(self, issuer: str, *, fresh: bool) -> KeySet:
        async with self._lock:
            known = self._keys.get(issuer)
            age = time.monotonic() - self._fetched.get(issuer, float("-inf"))
            if known is not None and (not fresh or age < REFETCH_SECONDS):
                return known
            discovery = await self._get(issuer.rstrip("/") + "/.well-known/openid-configuration")
            if discovery.get("issuer") != issuer:
                raise Refused("found a discovery document of another issuer")
            found = KeySet.import_key_set(cast("Any", await self._get(str(discovery["jwks_uri"]))))
            self._keys[issuer], self._fetched[issuer] = found, time.monotonic()
            return found

    async def _get(self, url: str) -> dict[str, Any]:
        answer = await self._client.get(url)
        answer.raise_for_status()
        return cast("dict[str, Any]", answer.json())

    def _principal(self, issuer: str, claims: dict[str, Any]) -> Principal:
        now = self._clock.now().timestamp()
        audience = claims.get("aud")
        named = cast("list[object]", audience) if isinstance(audience, list) else [audience]
        if self._audience not in named:
            raise Refused("found another audience")
        if not isinstance(claims.get("exp"), int | float) or claims["exp"] + LEEWAY_SECONDS < now:
            raise Refused("found a token that has expired")
        if isinstance(claims.get("nbf"), int | float) and claims["nbf"] - LEEWAY_SECONDS > now:
            raise Refused("found a token that is not valid yet")
        subject, tenant, roles = claims.get("sub"), claims.get("tenant"), claims.get("roles", [])
        if not (
            isinstance(subject, str)
            and subject
            and isinstance(tenant, str)
            and tenant
            and isinstance(roles, list)
        ):
            raise Refused("found a token without sub, tenant or roles")
        return Principal(
            issuer, subject, tenant, frozenset(str(role) for role in cast("list[object]", roles))
        )


_bearer = HTTPBearer(auto_error=False, description="An OIDC access token with `sub`, `tenant` and `roles`.")


async def principal(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    """Dependency: whoever calls. Answers 401 without a valid token, 503 where the issuer cannot be
    reached."""
    checker = cast("TokenChecker", request.app.state.token_checker)
    challenge = {"WWW-Authenticate": 'Bearer realm="mutua"'}
    if credentials is None:
        raise Problem(
            401,
            "token_missing",
            "This API needs an access token.",
            found="no bearer token",
            expected="Authorization: Bearer <token>",
            fix="Get a token from your organisation's sign-in and send it.",
            headers=challenge,
        )
    try:
        return await checker.check(credentials.credentials)
    except Refused as refused:
        raise Problem(
            401,
            "token_refused",
            "This access token is not accepted.",
            found=str(refused).removeprefix("found "),
            expected="a valid token of an accepted issuer for this audience",
            fix="Get a new token; if it is refused too, ask the operator which issuers are accepted.",
            headers={"WWW-Authenticate": 'Bearer realm="mutua", error="invalid_token"'},
        ) from None
    except (httpx.HTTPError, KeyError, ValueError):
        raise Problem(
            503,
            "token_issuer_unreachable",
            "The token could not be checked, because its issuer does not answer as expected.",
            fix="Try again in a moment.",
            headers={"Retry-After": "2"},
        ) from None


Caller = Annotated[Principal, Depends(principal)]


def require(*roles: str) -> Callable[[Principal], Any]:
    """Dependency: a caller who has one of `roles`; answers 403 otherwise."""

    async def check(caller: Caller) -> Principal:
        if caller.roles.isdisjoint(roles):
            raise Problem(
                403,
                "role_missing",
                "Your token does not carry a role that may do this.",
                found=", ".join(sorted(caller.roles)) or "no role",
                expected=" or ".join(roles),
                fix="Ask your organisation's coordinator for the role.",
            )
        return caller

    return check
