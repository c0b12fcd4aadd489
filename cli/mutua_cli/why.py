"""`mutua why DECISION`: a decision record in plain words, with its checks, its chain and what would help."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from mutua_cli import terminal
from mutua_cli.reach import Refused, Service
from mutua_local.tenants import TENANTS

NOT_FOUND = 404


def why(
    decision: Annotated[UUID, typer.Argument(help="Id of a decision, as events and requests name it.")],
    client: Annotated[
        str | None,
        typer.Option("--as", help="Client of the local stack who asks, e.g. astervik.evaluator."),
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Address of recognition's API.")] = None,
    token: Annotated[
        str | None, typer.Option("--token", help="Access token of the recogniser.", envvar="MUTUA_TOKEN")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the local stack.", envvar="MUTUA_DATA")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The record itself, for programs.")] = False,
) -> None:
    """Explain a decision: what came out, each check with its source, the chain of trust, what would help."""
    service, record = _found(decision, client, url, token, data)
    if as_json:
        typer.echo(json.dumps(record, indent=1, ensure_ascii=False))
        return
    from mutua_local.demo.explanation import explain

    statements = service.get(f"/decisions/{decision}/statements")
    console = terminal.console()
    console.print(explain(record, statements, {tenant.id: tenant.name for tenant in TENANTS}))


def _found(
    decision: UUID, client: str | None, url: str | None, token: str | None, data: Path | None
) -> tuple[Service, dict[str, Any]]:
    """The record and where it was. Whoever gives no name asks as every university of the local stack."""
    missing: Refused | None = None
    for name in _askers(client, token):
        service = Service.of("recognition", client=name, url=url, token=token, data=data)
        try:
            return service, service.get(f"/decisions/{decision}")
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
            missing = refused
    assert missing is not None, "somebody has asked"
    raise missing


def _askers(client: str | None, token: str | None) -> Iterator[str]:
    if client is not None or token is not None:
        yield client or ""
        return
    for tenant in TENANTS:
        if tenant.kind == "institution":
            yield f"{tenant.short}.evaluator"
