"""Adapters over simulated registries in the process: no sockets, no waiting, a fixed clock."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from mutua_deqar_sync.registries.conversation import Conversation
from mutua_deqar_sync.transport import Manners

TODAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
MANNERS = Manners(rate=0, attempts=2, timeout=5)


@pytest.fixture
async def converse() -> AsyncIterator[Callable[..., Awaitable[Conversation]]]:
    """Opens a conversation with an ASGI application; its pauses are not waited for."""

    async def unwaited(_seconds: float) -> None:
        return None

    async with AsyncExitStack() as stack:

        async def open_with(app: Any, manners: Manners = MANNERS) -> Conversation:
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry.example")
            http = await stack.enter_async_context(client)
            return Conversation(http, manners, now=lambda: TODAY, pause=unwaited, chance=lambda: 1.0)

        yield open_with
