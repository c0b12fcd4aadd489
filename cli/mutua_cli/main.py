"""The `mutua` command: its modules put together, and errors told so that a person can act on them."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.markup import escape

from mutua_cli import parked, stack, trust
from mutua_cli.demo import demo
from mutua_cli.issue import issue
from mutua_cli.why import why
from mutua_local.errors import StackError

app = typer.Typer(
    name="mutua",
    help="Recognition of micro-credentials across borders: the local stack and the tools around it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True}, add_help_option=False
)(demo)
app.add_typer(stack.app)
app.command()(issue)
app.command()(why)
app.add_typer(parked.app, name="parked")
app.add_typer(trust.app, name="trust")


def main() -> None:
    """Run the command line; an error that a person can mend ends with code 1 and no stack trace."""
    try:
        app()
    except StackError as error:
        console = Console(stderr=True)
        for line in error.lines():
            console.print(escape(line), highlight=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
