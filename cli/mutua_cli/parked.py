"""`mutua parked`: events that a service could not handle, why, and how to have them handled after all.

A parked event holds back the later ones of its key, so that order is kept. What was mended is re-driven by
the service itself, in order; it stops at the first event of a key that fails again.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from mutua_cli import terminal
from mutua_cli.reach import Service

app = typer.Typer(no_args_is_help=True, help="Events that could not be handled: ls, show, redrive.")

OPERATOR = "operator"
PAGE = 500


class ServiceName(StrEnum):
    """The services that have a park and an API."""

    ISSUER = "issuer"
    RECOGNITION = "recognition"
    NOTIFIER = "notifier"


Data = Annotated[Path | None, typer.Option("--data", help="Folder of the local stack.", envvar="MUTUA_DATA")]
Url = Annotated[
    str | None, typer.Option("--url", help="Address of the service's API; needs a service named.")
]
Token = Annotated[
    str | None, typer.Option("--token", help="Access token of an operator.", envvar="MUTUA_TOKEN")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Which = Annotated[ServiceName, typer.Argument(help="The service.")]


@app.command()
def ls(
    service: Annotated[
        ServiceName | None, typer.Argument(help="One service; all of them without it.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Only those with this reason.")] = None,
    key: Annotated[str | None, typer.Option(help="Only those of this key.")] = None,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List parked events, oldest first; exit code 0 where there are none, 3 where there are."""
    if url is not None and service is None:
        raise typer.BadParameter("found an address without a service, expected one", param_hint="SERVICE")
    names = list(ServiceName) if service is None else [service]
    found = [
        {"service": name.value, **event}
        for name in names
        for event in _events(_service(name, url, token, data), reason, key)
    ]
    console = terminal.console()
    if as_json:
        typer.echo(json.dumps(found, indent=1))
    elif not found:
        console.print(f"nothing is parked in {', '.join(names)}")
    else:
        console.print(_table(found))
    raise typer.Exit(3 if found else 0)


@app.command()
def show(
    service: Which,
    number: Annotated[int, typer.Argument(help="Its number, as `ls` shows it.")],
    url: Url = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show one parked event: what was found, what was expected, and its bytes."""
    event = _service(service, url, token, data).get(f"/operations/parked/{number}")
    if as_json:
        typer.echo(json.dumps(event, indent=1))
        return
    console = terminal.console()
    raw = event.pop("raw")
    encoded = event.pop("raw_base64")
    for name, value in event.items():
        console.print(f"{name:10} {escape(str(value))}", highlight=False, soft_wrap=True)
    console.print()
    console.print(escape(_readable(raw, encoded)), highlight=False, soft_wrap=True)


@app.command()
def redrive(
    service: Which,
    key: Annotated[str | None, typer.Option(help="This key.")] = None,
    reason: Annotated[str | None, typer.Option(help="Every key with this reason.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every key.")] = False,
    url: Url = None,
    token: Token = None,
    data: Data = None,
) -> None:
    """Ask a service to handle parked events again, in order; it does so within a second."""
    if key is None and reason is None and not everything:
        raise typer.BadParameter("found neither --key nor --reason nor --all, expected one of them")
    body = {"key": key, "reason": reason, "all": everything}
    answer = _service(service, url, token, data).post("/operations/parked/redrive", body)
    typer.echo(f"{answer['keys']} keys are handled again; see with `mutua parked ls {service}` what is left")


def _service(name: ServiceName, url: str | None, token: str | None, data: Path | None) -> Service:
    return Service.of(name.value, client=OPERATOR, url=url, token=token, data=data)


def _events(service: Service, reason: str | None, key: str | None) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = service.get("/operations/parked", reason=reason, key=key, after=after, limit=PAGE)
        events += page["events"]
        after = page["next"]
    return events


def _table(events: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("service", "number", "reason", "key", "tried", "since", "what was found"):
        table.add_column(title, justify="right" if title in ("number", "tried") else "left", overflow="fold")
    for one in events:
        cells = (one["service"], one["id"], one["reason"], one["key"], one["attempts"], one["parked_at"][:19])
        table.add_row(*(escape(str(cell)) for cell in (*cells, one["detail"])))
    return table


def _readable(raw: str | None, encoded: str | None) -> str:
    """The event, indented where it is JSON."""
    if raw is None:
        return "no bytes" if encoded is None else encoded
    try:
        return json.dumps(json.loads(raw), indent=1, ensure_ascii=False)
    except ValueError:
        return raw
