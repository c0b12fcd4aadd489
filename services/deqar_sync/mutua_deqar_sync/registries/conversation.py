"""A polite conversation with a registry over plain HTTP, for adapters whose registry is not DEQAR.

Requests come one at a time and at our own rate; what may pass is tried again after a growing, random pause,
Retry-After is obeyed or ends the conversation, times and bodies are bounded, redirects are not followed.
Every end that is no answer is a CouldNotTell with the reason.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from mutua_deqar_sync.registries.port import CouldNotTell
from mutua_deqar_sync.transport import Manners, retry_after

_TRANSIENT = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is worth reading, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(slots=True)
class Conversation:
    """`http` carries the base address and is closed by its owner; clock, pause and chance are injected for
    tests.
    """

    http: httpx.AsyncClient
    manners: Manners = field(default_factory=Manners)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    _next: float = 0.0

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply | CouldNotTell:
        """The answer with its status; a status that may pass is one only after the last attempt."""
        last = CouldNotTell("registry.unavailable", "no attempt", "an answer")
        for attempt in range(self.manners.attempts):
            await self._our_turn()
            got, wait = await self._once(path, params or {}, headers or {})
            if isinstance(got, Reply):
                return got
            last = got
            if wait > self.manners.longest_retry_after:
                break
            if attempt + 1 < self.manners.attempts:
                await self.pause(max(wait, self._growing(attempt)))
        return last

    async def _once(
        self, path: str, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[Reply | CouldNotTell, float]:
        """What came, and the seconds for which the registry asks to be left alone."""
        at = self.now()
        sent = {"user-agent": self.manners.user_agent, **headers}
        try:
            async with (
                asyncio.timeout(self.manners.timeout),
                self.http.stream("GET", path, params=params, headers=sent, timeout=None) as answer,
            ):
                if answer.status_code in _TRANSIENT:
                    wait = retry_after(answer, at) or 0.0
                    return self._trouble(path, f"status {answer.status_code}"), wait
                body = await self._bounded(answer)
        except TimeoutError:
            return self._trouble(path, f"nothing within {self.manners.timeout:g} s"), 0.0
        except httpx.HTTPError as error:
            return self._trouble(path, f"{type(error).__name__} while reading"), 0.0
        if body is None:
            return self._trouble(path, f"more than {self.manners.max_body_bytes} bytes"), 0.0
        return Reply(answer.status_code, answer.headers, body, at), 0.0

    async def _bounded(self, answer: httpx.Response) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        async for part in answer.aiter_bytes():
            size += len(part)
            if size > self.manners.max_body_bytes:
                return None
            parts.append(part)
        return b"".join(parts)

    async def _our_turn(self) -> None:
        if self.manners.rate > 0:
            moment = time.monotonic()
            if self._next > moment:
                await self.pause(self._next - moment)
            self._next = max(self._next, moment) + 1 / self.manners.rate

    def _growing(self, attempt: int) -> float:
        ceiling = min(self.manners.first_pause * 2**attempt, self.manners.longest_pause)
        return ceiling * (0.5 + self.chance() / 2)

    def _trouble(self, path: str, found: str) -> CouldNotTell:
        return CouldNotTell("registry.unavailable", f"{found} at {path}", "an answer")
