"""The commands of the local stack, as the `mutua` command calls them: up, down, status, doctor, token.

Each prints for a person, raises StackError for what a person can mend, and returns the exit code.
"""

from __future__ import annotations

import json
import signal
import time
from dataclasses import asdict
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from mutua_local import doctor as examination
from mutua_local.errors import StackError
from mutua_local.folder import default_folder
from mutua_local.progress import Terminal
from mutua_local.services import CLIENTS_FILE, Surroundings
from mutua_local.stack import Row, Stack
from mutua_local.token_issuer import CLIENTS

WATCH_SECONDS = 1.0
COLOURS = {"ready": "green", "not ready": "yellow", "ended": "red", "stopped": "dim"}
SIGNS = {"ok": "[green]ok  [/]", "note": "[yellow]note[/]", "off": "[red]off [/]"}


def up(
    console: Console,
    data: Path | None = None,
    *,
    broker: str | None = None,
    nodes: int | None = None,
    foreground: bool = False,
) -> int:
    """Start the stack; in the foreground stay until Ctrl-C and stop it then."""
    stack = _stack(console, data)
    if foreground:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # asks for the same as Ctrl-C
    try:
        around = stack.up(broker=broker, nodes=nodes)
        _show_addresses(console, stack, around)
        if foreground:
            console.print("\nCtrl-C stops the stack.")
            _watch(console, stack)
    except KeyboardInterrupt:
        if not foreground:
            raise
    finally:
        if foreground:
            stack.down()
    return 0


def down(console: Console, data: Path | None = None, *, purge: bool = False) -> int:
    """Stop the stack; with `purge` remove its data."""
    stack = _stack(console, data)
    stopped = stack.down(purge=purge)
    console.print(f"{stopped} processes stopped" + (", data removed" if purge else ""))
    return 0


def status(console: Console, data: Path | None = None, *, as_json: bool = False) -> int:
    """Show every process; 0 when all of them are ready."""
    stack = _stack(console, data)
    rows = stack.status()
    if as_json:
        console.print_json(json.dumps([asdict(row) for row in rows]))
    else:
        console.print(_table(rows))
        for row in rows:
            if row.state == "ended":
                console.print(
                    f"{row.name} ended by itself: see {row.log}; `mutua up` starts it again", soft_wrap=True
                )
    return 0 if all(row.state == "ready" for row in rows) else 1


def doctor(console: Console, data: Path | None = None) -> int:
    """Examine machine and stack; 0 when nothing is off."""
    findings = examination.examine(_stack(console, data))
    for finding in findings:
        console.print(
            f"{SIGNS[finding.state]}  {finding.what}: {finding.found}", highlight=False, soft_wrap=True
        )
        if finding.state != "ok":
            console.print(f"        means  {finding.means}", highlight=False, soft_wrap=True)
            console.print(f"        do     {finding.fix}", highlight=False, soft_wrap=True)
    return 1 if any(finding.state == "off" for finding in findings) else 0


def token(console: Console, client: str, data: Path | None = None) -> int:
    """Print an access token for a client of the stack."""
    around = _stack(console, data).around()
    console.print(fetch_token(around, client), soft_wrap=True, highlight=False, markup=False)
    return 0


def fetch_token(around: Surroundings, client_id: str) -> str:
    """An access token from the stack's issuer; raises StackError CLIENT_UNKNOWN or TOKEN_ISSUER_SILENT."""
    clients = {
        c.client_id: c for c in CLIENTS.validate_json((around.folder.path / CLIENTS_FILE).read_bytes())
    }
    if client_id not in clients:
        raise StackError(
            "CLIENT_UNKNOWN",
            found=client_id,
            expected=f"one of {', '.join(sorted(clients))}",
            fix=f"choose one of these, or add a client to {around.folder.path / CLIENTS_FILE}",
        )
    form = {"grant_type": "client_credentials"}
    address = f"{around.address('token-issuer')}/token"
    try:
        credentials = (client_id, clients[client_id].secret)
        answer = httpx.post(address, data=form, auth=credentials, timeout=10, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise StackError(
            "TOKEN_ISSUER_SILENT",
            found=f"{type(error).__name__}: {error}",
            expected=f"a token from {address}",
            fix="see with `mutua status` whether it runs; `mutua up` starts it",
        ) from error
    return str(answer.json()["access_token"])


def _stack(console: Console, data: Path | None) -> Stack:
    return Stack((data or default_folder()).expanduser().resolve(), Terminal(console))


def _watch(console: Console, stack: Stack) -> None:
    """Tell when a process ends by itself, until all of them were stopped from elsewhere."""
    told: set[str] = set()
    while rows := [row for row in stack.status() if row.state != "stopped"]:
        ended = {row.name for row in rows if row.state == "ended"}
        for name in sorted(ended - told):
            console.print(f"[red]{name} ended by itself[/]; `mutua up` in another terminal starts it again")
        told = ended
        time.sleep(WATCH_SECONDS)


def _table(rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("process", "state", "pid", "port", "since", ""):
        table.add_column(title, justify="right" if title in ("pid", "port") else "left")
    for row in rows:
        state = f"[{COLOURS[row.state]}]{row.state}[/]"
        table.add_row(row.name, state, str(row.pid or ""), str(row.port or ""), row.since or "", row.remark)
    return table


def _show_addresses(console: Console, stack: Stack, around: Surroundings) -> None:
    console.print(_table(stack.status()))
    console.print(f"\nKafka      {around.bootstrap}", highlight=False, soft_wrap=True)
    console.print(f"tokens     {around.address('token-issuer')}", highlight=False, soft_wrap=True)
    console.print(f"data, logs {stack.folder.path}", highlight=False, soft_wrap=True)
    console.print("\nTry next:", highlight=False)
    bearer = "Authorization: Bearer $(mutua token varnland-enic.subscriber)"
    for line in (
        f"curl {around.address('recognition-api')}/openapi.json",
        f'curl -H "{bearer}" {around.address("notifier-api")}/subscriptions',
        "mutua status",
        "mutua down",
    ):
        console.print(f"  {line}", highlight=False, soft_wrap=True)
