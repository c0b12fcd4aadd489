"""Manners and patience towards registries that are not DEQAR."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from mutua_deqar_sync.registries.conversation import Conversation, Reply
from mutua_deqar_sync.registries.port import CouldNotTell
from mutua_deqar_sync.transport import Manners

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


class Registry:
    """Answers in turn, and remembers what was asked and how long nobody asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.pauses: list[float] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def ask(self, **manners: Any) -> Reply | CouldNotTell:
        transport = httpx.MockTransport(self.answer)
        async with httpx.AsyncClient(transport=transport, base_url="http://registry.example") as http:
            polite = Manners(**{"rate": 0, "attempts": 3, "timeout": 0.2, **manners})
            return await Conversation(http, polite, lambda: NOW, self.pause, lambda: 1.0).get("/x")


@pytest.mark.parametrize(
    ("value", "pauses"),
    [
        ("7", [7.0, 7.0]),
        ("Mon, 16 Nov 2026 09:00:30 GMT", [30.0, 30.0]),
        ("Mon, 16 Nov 2020 09:00:30 GMT", [1.0, 2.0]),
        ("-5", [1.0, 2.0]),
        ("soon", [1.0, 2.0]),
        ("601", []),
        ("9" * 400, []),
    ],
)
async def test_retry_after_is_obeyed_or_ends_it(value: str, pauses: list[float]) -> None:
    registry = Registry(httpx.Response(429, headers={"retry-after": value}))
    assert isinstance(await registry.ask(), CouldNotTell)
    assert registry.pauses == pauses


async def test_times_are_ours_alone() -> None:
    """No time-out of the library's own cuts a registry short that is slow to begin."""
    registry = Registry(httpx.Response(200, content=b"x"))
    assert isinstance(await registry.ask(timeout=90), Reply)
    assert set(registry.asked[0].extensions["timeout"].values()) == {None}


async def test_a_body_that_drips_for_ever() -> None:
    async def drops() -> Any:
        while True:
            await asyncio.sleep(0.01)
            yield b" "

    registry = Registry(httpx.Response(200, content=drops()))
    found = await registry.ask(attempts=1)
    assert isinstance(found, CouldNotTell)
    assert "nothing within 0.2 s" in found.found


async def test_an_encoding_that_it_is_not() -> None:
    class Raw(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b"plain"

    registry = Registry(httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Raw()))
    assert isinstance(await registry.ask(attempts=1), CouldNotTell)


async def test_a_body_that_is_too_large() -> None:
    found = await Registry(httpx.Response(200, content=b" " * 100)).ask(max_body_bytes=99)
    assert isinstance(found, CouldNotTell)
    assert "more than 99 bytes" in found.found


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_answers(status: int) -> None:
    registry = Registry(httpx.Response(status, headers={"location": "http://elsewhere.example/"}))
    reply = await registry.ask()
    assert isinstance(reply, Reply)
    assert reply.status == status
    assert len(registry.asked) == 1
