"""How the story looks: chapters, lines and tables on a terminal, the same as plain lines elsewhere."""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDTH = 110
"""Columns where the output is no terminal."""


def console() -> Console:
    """The console of the demo."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=WIDTH)


class Teller:
    """Tells the chapters in order and keeps what was promised and held."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.kept: list[str] = []
        self._chapter = 0

    def chapter(self, title: str) -> None:
        """Begins the next chapter."""
        self._chapter += 1
        self.console.print()
        if self.console.is_terminal:
            self.console.rule(Text(f"{self._chapter}  {title}", style="bold"), align="left", style="dim")
        else:
            self.console.print(f"{self._chapter}  {title}")
        self.console.print()

    def say(self, text: str) -> None:
        """A sentence."""
        self.console.print(Padding(Text(text), (0, 2), expand=False))

    def command(self, line: str) -> None:
        """A command as one would type it."""
        self.console.print(Text(f"  $ {line}", style="bold"), soft_wrap=True)

    def held(self, promise: str) -> None:
        """Something that was promised, was looked at and holds."""
        self.kept.append(promise)
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_row(Text("✓", style="green"), Text(promise))
        self.show(line)

    def show(self, what: RenderableType) -> None:
        """A table, or anything else."""
        self.console.print(Padding(what, (0, 0, 0, 2), expand=False))

    def gap(self) -> None:
        """An empty line."""
        self.console.print()


def table(*titles: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table in the demo's style; columns in `right` hold numbers."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for title in titles:
        made.add_column(title, justify="right" if title in right else "left", no_wrap=title in right)
    return made
