"""Serving HTTP inside a running event loop, and ending a process gracefully inside a limit."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Coroutine, Generator
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp

from mutua_kernel import telemetry

GRACE_EXCEEDED = 70
"""Exit code of a process that could not stop in time (EX_SOFTWARE)."""


class HttpServer:
    """An HTTP server that runs as a part of a process; signals belong to the process."""

    def __init__(self, app: ASGIApp, *, host: str, port: int) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
        )
        self._server = _Quiet(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listens; returns when requests are answered. Raises OSError where the port is taken."""
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            if self._task.done():
                await self._task
                raise OSError("the HTTP server could not listen: is the port taken?")
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Lets running requests finish (5 s at most) and stops listening."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.servers[0].sockets[0].getsockname()[1])


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def stop_signal(*, within: float) -> asyncio.Event:
    """An event that is set when the process is asked to stop (SIGTERM, SIGINT).

    From then on the process has `within` seconds for everything; after that it ends the hard way, whatever
    hangs, and what was in flight is delivered again.
    """
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    # A thread: it also ends a process whose event loop hangs, or is gone already.
    watchdog = threading.Timer(within, os._exit, (GRACE_EXCEEDED,))
    watchdog.daemon = True

    def ask() -> None:
        if not asked.is_set():
            watchdog.start()
            asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask)
    return asked


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs a process to its end on uvloop."""
    try:
        uvloop.run(main)
    finally:
        telemetry.shut_down()
