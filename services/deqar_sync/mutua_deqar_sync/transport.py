"""One polite conversation with the registry: one request at a time, at our own rate, patient, and honest
about failure.

A request ends in a JSON body, in `MISSING` (the JSON 404 that alone says that an object does not exist),
or in one of the errors of errors.py. Troubles that may pass are tried again after a growing, random pause;
Retry-After is obeyed.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import MappingProxyType
from typing import Any, Final, cast

import httpx
import orjson

from mutua_deqar_sync.errors import RequestRefused, TokenRefused, Trouble, Unavailable

USER_AGENT: Final = "Mutua-DEQAR-mirror/1 (+https://mutua.example/registry-mirror)"
Params = Mapping[str, str | int]
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_NO_JSON: Final = object()
_ALL_ALIKE: Final[Mapping[int, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Manners:
    """How we behave. Times in seconds, `timeout` from asking to the last byte of the answer; `rate` in
    requests a second, 0 for as fast as the registry answers.
    """

    rate: float = 2.0
    timeout: float = 90.0
    attempts: int = 5
    first_pause: float = 1.0
    longest_pause: float = 60.0
    longest_retry_after: float = 600.0
    max_body_bytes: int = 128 * 1024 * 1024
    user_agent: str = USER_AGENT


@dataclass(slots=True)
class Traffic:
    """What the conversation has cost so far; seconds are those spent waiting for answers."""

    requests: int = 0
    retries: int = 0
    bytes: int = 0
    seconds: float = 0.0
    paused: float = 0.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A JSON body and when it was asked for: the facts in it are at least that fresh."""

    body: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """The registry says that there is no such object."""

    at: datetime


@dataclass(frozen=True, slots=True)
class _Failure:
    trouble: Trouble
    status: int | None = None
    retry_after: float | None = None


@dataclass(slots=True)
class Transport:
    """`http` carries the base address and is closed by its owner; clock, pause and chance are injected for
    tests.
    """

    http: httpx.AsyncClient
    token: str | None = None
    manners: Manners = field(default_factory=Manners)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: random.Random = field(default_factory=random.Random)
    traffic: Traffic = field(default_factory=Traffic)
    _next: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(
        self,
        path: str,
        params: Params | None = None,
        *,
        public: bool = False,
        attempts: int | None = None,
        tries: Mapping[int, int] = _ALL_ALIKE,
    ) -> Fetched | Missing:
        """`tries` are attempts after which a status is final, where trying again would not change it.

        Raises TokenRefused, RequestRefused or, when patience is at its end, Unavailable.
        """
        async with self._turn:
            return await self._patiently(
                path, params or {}, public=public, attempts=attempts or self.manners.attempts, tries=tries
            )

    async def _patiently(
        self, path: str, params: Params, *, public: bool, attempts: int, tries: Mapping[int, int]
    ) -> Fetched | Missing:
        for attempt in range(1, attempts + 1):
            await self._wait_for_our_turn()
            outcome = await self._once(path, params, public=public)
            if not isinstance(outcome, _Failure):
                return outcome
            too_long = (outcome.retry_after or 0.0) > self.manners.longest_retry_after
            last = min(attempts, tries.get(outcome.status or 0, attempts))
            if attempt >= last or too_long:
                raise Unavailable(outcome.trouble, path=path, status=outcome.status, attempts=attempt)
            self.traffic.retries += 1
            await self._rest(self._pause_after(attempt, outcome.retry_after))
        raise AssertionError("the last attempt returns or raises")

    async def _wait_for_our_turn(self) -> None:
        if self.manners.rate <= 0:
            return
        if (wait := self._next - self.monotonic()) > 0:
            await self._rest(wait)
        self._next = max(self._next, self.monotonic()) + 1.0 / self.manners.rate

    async def _rest(self, seconds: float) -> None:
        self.traffic.paused += seconds
        await self.pause(seconds)

    def _pause_after(self, attempt: int, retry_after: float | None) -> float:
        """Random up to a doubling bound, so that clients that failed together do not return together."""
        bound = min(self.manners.longest_pause, self.manners.first_pause * 2 ** (attempt - 1))
        return max(retry_after or 0.0, self.chance.uniform(bound / 2, bound))

    async def _once(self, path: str, params: Params, *, public: bool) -> Fetched | Missing | _Failure:
        headers = {"accept": "application/json", "user-agent": self.manners.user_agent}
        if self.token is not None and not public:
            headers["authorization"] = f"Bearer {self.token}"
        asked_at, started = self.now(), self.monotonic()
        self.traffic.requests += 1
        try:
            async with (
                asyncio.timeout(self.manners.timeout),
                self.http.stream(
                    "GET", path, params=dict(params), headers=headers, timeout=None, follow_redirects=False
                ) as response,
            ):
                raw = await self._body(response)
        except (TimeoutError, httpx.TimeoutException):
            return _Failure("timeout")
        except (httpx.RemoteProtocolError, httpx.DecodingError):
            return _Failure("cut_body")
        except httpx.HTTPError:
            return _Failure("connection")
        finally:
            self.traffic.seconds += self.monotonic() - started
        if raw is None:
            return _Failure("too_large", response.status_code)
        return self._judge(response, raw, asked_at, path, public=public)

    async def _body(self, response: httpx.Response) -> bytearray | None:
        raw = bytearray()
        async for chunk in response.aiter_bytes():
            raw += chunk
            if len(raw) > self.manners.max_body_bytes:
                return None
        self.traffic.bytes += len(raw)
        return raw

    def _judge(
        self, response: httpx.Response, raw: bytearray, asked_at: datetime, path: str, *, public: bool
    ) -> Fetched | Missing | _Failure:
        status = response.status_code
        if status == 200:
            body = _json(response, raw)
            return _Failure("not_json", status) if body is _NO_JSON else Fetched(body, asked_at)
        if status == 404 and _says_missing(_json(response, raw)):
            return Missing(asked_at)
        if status in (401, 403) and not public:
            raise TokenRefused(
                found=f"status {status} at {path}: {_excerpt(raw)}", expected="a token that is valid"
            )
        if status in (429, 503):
            return _Failure("throttled", status, retry_after(response, asked_at))
        if status >= 500:
            return _Failure("server_error", status)
        said = response.headers.get("location") or _excerpt(raw)
        raise RequestRefused(
            found=f"status {status} at {path}: {said}",
            expected='status 200, or 404 with {"detail": ...} as JSON',
        )


def _json(response: httpx.Response, raw: bytearray) -> Any:
    if not response.headers.get("content-type", "").lower().startswith("application/json"):
        return _NO_JSON
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _NO_JSON


def _says_missing(body: Any) -> bool:
    """The registry's own 404 has a detail; a gateway that knows no such route may say JSON as well."""
    return isinstance(body, dict) and isinstance(cast("dict[str, Any]", body).get("detail"), str)


def _excerpt(raw: bytearray) -> str:
    """The beginning, without what a terminal or a database would not bear."""
    text = raw[:120].decode("utf-8", "replace")
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def open_http(address: str) -> httpx.AsyncClient:
    """A connection to a registry: scheme and host, with a path in front of its own paths where it has one."""
    base = httpx.URL(address.rstrip("/"))
    return httpx.AsyncClient(
        base_url=base,
        # A proxy of the environment is for the world outside, not for a registry on this machine.
        trust_env=base.host not in _LOOPBACK,
        # DEQAR asks for a session before it looks at a token: a cookie could make us somebody else.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds, or a date of HTTP; anything else is as if it were not there."""
    value = response.headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return max(0.0, (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now.timestamp())
