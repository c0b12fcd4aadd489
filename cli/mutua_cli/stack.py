"""The commands of the local stack: up, down, status, doctor, token."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mutua_cli import terminal
from mutua_local import main as local

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of the stack; another folder is another stack.", envvar="MUTUA_DATA"),
]


def up(
    data: Data = None,
    broker: Annotated[
        str | None, typer.Option(help="kafka, preview or HOST:PORT; the best one is chosen without it.")
    ] = None,
    nodes: Annotated[int | None, typer.Option(help="Nodes of Apache Kafka: 1 (the default) or 3.")] = None,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, and stop all on Ctrl-C.")] = False,
) -> None:
    """Start PostgreSQL, a broker and all services; run it again to start what is missing."""
    if nodes not in (None, 1, 3):
        raise typer.BadParameter(f"found {nodes}, expected 1 or 3", param_hint="--nodes")
    raise typer.Exit(local.up(terminal.console(), data, broker=broker, nodes=nodes, foreground=foreground))


def down(
    data: Data = None,
    purge: Annotated[bool, typer.Option("--purge", help="Also remove the stack's data.")] = False,
) -> None:
    """Stop everything that `up` started."""
    raise typer.Exit(local.down(terminal.console(), data, purge=purge))


def status(
    data: Data = None, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Show every process of the stack; exit code 0 when all are ready."""
    raise typer.Exit(local.status(terminal.console(), data, as_json=as_json))


def doctor(data: Data = None) -> None:
    """Say what is there and what is off, what it means and how to mend it."""
    raise typer.Exit(local.doctor(terminal.console(), data))


def token(client: Annotated[str, typer.Argument(help="E.g. lisvik.issuer.")], data: Data = None) -> None:
    """Print an access token for a client of the stack."""
    raise typer.Exit(local.token(terminal.console(), client, data))
