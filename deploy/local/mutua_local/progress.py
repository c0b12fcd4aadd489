"""What a person sees while the stack starts: steps with a spinner on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape

Note = Callable[[str], None]


class Progress(Protocol):
    """Where steps and remarks go."""

    def say(self, text: str) -> None:
        """One line."""
        ...

    def step(self, title: str) -> AbstractContextManager[Note]:
        """Something that takes a while; what is yielded takes a remark that is shown beside it."""
        ...


class Terminal:
    """On a console: a spinner while a step lasts, its seconds when it is done; elsewhere plain lines."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str) -> None:
        """One line."""
        self._console.print(escape(text), highlight=False)

    @contextmanager
    def step(self, title: str) -> Generator[Note]:
        """A step with its duration."""
        began = time.monotonic()
        remarks: list[str] = []
        status = self._console.status(escape(title))

        def note(text: str) -> None:
            remarks[:] = [text]
            status.update(escape(f"{title}: {text}"))

        try:
            with status:
                yield note
        except BaseException:
            self._console.print(f"[red]failed[/] {escape(title)}", highlight=False)
            raise
        seconds = f"{time.monotonic() - began:5.1f} s"
        remark = f"  [dim]{escape(remarks[0])}[/]" if remarks else ""
        self._console.print(
            f"[green]done[/] {seconds}  {escape(title)}{remark}", highlight=False, soft_wrap=True
        )


class Silent:
    """Nowhere."""

    def say(self, text: str) -> None:
        """Nothing."""

    @contextmanager
    def step(self, title: str) -> Generator[Note]:  # noqa: ARG002
        """Nothing."""

        def note(_text: str) -> None:
            return

        yield note
