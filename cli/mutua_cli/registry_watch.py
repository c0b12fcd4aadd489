"""How far a reading of the registry is, on standard error: a bar on a terminal, a line now and then
elsewhere. Both tell rows done and expected, requests a second, and how long the rest will take.
"""

from __future__ import annotations

import time
from collections import deque
from datetime import timedelta
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from mutua_deqar_sync.transport import Traffic

_EVERY: Final = 2.0
"""Seconds between two lines where there is no terminal."""
_SETTLED: Final = 3.0
"""Seconds before a rate says anything."""
_RECENT: Final = 60.0
"""Seconds by which the rest is judged: rows of lists come by the thousand, details one by one."""


class Watch:
    """Takes what a reading tells. `traffic` is set when the reading begins."""

    def __init__(self, console: Console) -> None:
        self.traffic: Traffic | None = None
        self._console = console
        self._began = time.monotonic()
        self._told = self._began
        self._phase = "first answers"
        self._expected = 0
        self._done = 0
        self._marks = deque([(self._began, 0)])
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
        self._bar = Bar(*columns, console=console, transient=True) if console.is_terminal else None
        self._task = self._bar.add_task("", total=None, told="") if self._bar else None

    def __enter__(self) -> Watch:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
        else:
            self._tell()

    def phase(self, name: str) -> None:
        self._phase = name
        self._show()

    def expect(self, rows: int) -> None:
        self._expected += rows

    def done(self, rows: int = 1) -> None:
        self._done += rows
        self._show()

    def cost(self) -> str:
        """Requests, their rate, and the time that it took."""
        requests = self.traffic.requests if self.traffic else 0
        return f"{requests} requests in {self._elapsed()} ({self._rate():.1f}/s)"

    def _show(self) -> None:
        if self._bar is not None and self._task is not None:
            told = self._line()
            total = max(self._expected, self._done)
            self._bar.update(
                self._task, description=self._phase, completed=self._done, total=total, told=told
            )
        elif time.monotonic() - self._told >= _EVERY:
            self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        self._console.print(f"{self._phase}: {self._line()}", highlight=False, markup=False, soft_wrap=True)

    def _line(self) -> str:
        expected = max(self._expected, self._done)
        return f"{self._done} of {expected} rows, {self._rate():.1f} requests/s, ETA {self._left()}"

    def _rate(self) -> float:
        seconds = time.monotonic() - self._began
        return (self.traffic.requests if self.traffic else 0) / max(seconds, 0.001)

    def _left(self) -> str:
        """By the speed of the last minute; the first seconds say nothing."""
        now = time.monotonic()
        if now - self._marks[-1][0] >= 1.0:
            self._marks.append((now, self._done))
        while len(self._marks) > 2 and now - self._marks[1][0] > _RECENT:
            self._marks.popleft()
        then, before = self._marks[0]
        if now - self._began < _SETTLED or self._done == before:
            return "not known yet"
        rest = max(0, self._expected - self._done) * (now - then) / (self._done - before)
        return str(timedelta(seconds=round(rest)))

    def _elapsed(self) -> str:
        return str(timedelta(seconds=round(time.monotonic() - self._began)))
