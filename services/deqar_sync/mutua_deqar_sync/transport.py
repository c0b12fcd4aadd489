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
from typing import Any, Final

import httpx
import orjson

from mutua_deqar_sync.errors import RequestRefused, TokenRefused, Trouble, Unavailable

USER_AGENT: Final = "Mutua-DEQAR-mirror/1 (+https://mutua.example/registry-mirror)"
Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Manners:
    """How we behave. Times in seconds; `rate` in requests a second, 0 for as fast as the registry answers."""

    rate: float = 2.0
    timeout: float = 90.0
    attempts: int = 5
    first_pause: float = 1.0
    longest_pause: float = 60.0
    longest_retry_after: float = 600.0
    max_body_bytes: int = 256 * 1024 * 1024
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
        final: frozenset[int] = frozenset(),
    ) -> Fetched | Missing:
        """`final` are statuses that trying again would not change.

        Raises TokenRefused, RequestRefused or, when patience is at its end, Unavailable.
        """
        async with self._turn:
            return await self._patiently(
                path, params or {}, public=public, attempts=attempts or self.manners.attempts, final=final
            )

    async def _patiently(
        self, path: str, params: Params, *, public: bool, attempts: int, final: frozenset[int]
    ) -> Fetched | Missing:
        for attempt in range(1, attempts + 1):
            await self._wait_for_our_turn()
            outcome = await self._once(path, params, public=public)
            if not isinstance(outcome, _Failure):
                return outcome
            too_long = (outcome.retry_after or 0.0) > self.manners.longest_retry_after
            if attempt == attempts or too_long or outcome.status in final:
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
            async with self.http.stream(
                "GET",
                path,
                params=dict(params),
                headers=headers,
                timeout=self.manners.timeout,
                follow_redirects=False,
            ) as response:
                raw = await self._body(response)
        except httpx.TimeoutException:
            return _Failure("timeout")
        except httpx.RemoteProtocolError:
            return _Failure("cut_body")
        except httpx.TransportError:
            return _Failure("connection")
        finally:
            self.traffic.seconds += self.monotonic() - started
        if raw is None:
            return _Failure("too_large", response.status_code)
        return self._judge(response, raw, asked_at, path)

    async def _body(self, response: httpx.Response) -> bytes | None:
        raw = bytearray()
        async for chunk in response.aiter_bytes():
            raw += chunk
            if len(raw) > self.manners.max_body_bytes:
                return None
        self.traffic.bytes += len(raw)
        return bytes(raw)

    def _judge(
        self, response: httpx.Response, raw: bytes, asked_at: datetime, path: str
    ) -> Fetched | Missing | _Failure:
        status = response.status_code
        is_json = response.headers.get("content-type", "").startswith("application/json")
        if status == 200:
            try:
                return Fetched(orjson.loads(raw), asked_at) if is_json else _Failure("not_json", status)
            except orjson.JSONDecodeError:
                return _Failure("not_json", status)
        if status == 404 and is_json:
            return Missing(asked_at)
        if status == 403:
            raise TokenRefused(
                found=f"status 403 at {path}: {_excerpt(raw)}", expected="a token that is valid"
            )
        if status in (429, 503):
            return _Failure("throttled", status, _retry_after(response, asked_at))
        if status >= 500:
            return _Failure("server_error", status)
        raise RequestRefused(
            found=f"status {status} at {path}: {_excerpt(raw)}", expected="status 200 or a JSON 404"
        )


def _excerpt(raw: bytes) -> str:
    return " ".join(raw[:120].decode("utf-8", "replace").split())


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds, or a date of HTTP; anything else is as if it were not there."""
    value = response.headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now.timestamp())
