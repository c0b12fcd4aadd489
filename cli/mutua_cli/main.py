"""The `mutua` command: its commands put together, and errors told so that a person can act on them.

Exit code 70 and the code `internal_error` say that the fault is ours; MUTUA_DEBUG=1 then shows the trace.

A command's module is imported when it is asked for: checking one credential must not pay for the local stack.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Final

import typer
from rich.markup import escape
from typer.core import TyperGroup

from mutua_cli import terminal
from mutua_local.errors import StackError

COMMANDS: Final = {
    "demo": "mutua_cli.demo:app",
    "up": "mutua_cli.stack:up",
    "down": "mutua_cli.stack:down",
    "status": "mutua_cli.stack:status",
    "doctor": "mutua_cli.stack:doctor",
    "token": "mutua_cli.stack:token",
    "issue": "mutua_cli.issue:app",
    "verify": "mutua_cli.verify:verify",
    "why": "mutua_cli.why:why",
    "parked": "mutua_cli.parked:app",
    "trust": "mutua_cli.trust:app",
    "registry": "mutua_cli.registry:app",
}
"""Where each command lives: a function, or a Typer of several commands; in the order of the help."""


class _OnDemand(TyperGroup):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 (asked of every group alike)
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        found: Any = getattr(import_module(module), name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False)
            alone.command()(found)
            found = alone
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="mutua",
    cls=_OnDemand,
    help="Recognition of micro-credentials across borders: the local stack and the tools around it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root() -> None:  # pyright: ignore[reportUnusedFunction] (Typer makes a group of an app with a callback)
    """Recognition of micro-credentials across borders: the local stack and the tools around it."""


def main() -> None:
    """Run the command line; an error that a person can mend ends with code 1, never with a stack trace."""
    try:
        app()
    except StackError as error:
        _tell(error.lines())
        sys.exit(1)
    except Exception as error:
        if os.environ.get("MUTUA_DEBUG"):
            raise
        _tell(_about_our_fault(error))
        sys.exit(70)


def _about_our_fault(error: Exception) -> list[str]:
    return [
        "internal_error",
        f"  found     {type(error).__name__} where none may be: a fault of this program",
        "  expected  an answer",
        "  do next   run it again with MUTUA_DEBUG=1 and report what it shows",
    ]


def _tell(lines: Iterable[str]) -> None:
    console = terminal.console(stderr=True)
    for line in lines:
        console.print(escape(line), highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
