"""Answers of the registry's mirror for people; `--json` is for programs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from rich.markup import escape
from rich.table import Table

from mutua_cli import terminal
from mutua_cli.registry_sync import described

Json = dict[str, Any]
_COLOURS = {"new": "green", "back": "green", "changed": "yellow", "withheld": "magenta", "gone": "red"}


def print_json(value: Any) -> None:
    """One object, indented."""
    print(json.dumps(value, ensure_ascii=False, indent=2))  # noqa: T201


def print_status(state: Json, *, as_json: bool) -> None:
    """The mirror at a glance, then everything that could not be read."""
    if as_json:
        print_json(state)
        return
    console = terminal.console(soft_wrap=True, highlight=False)
    console.print(escape(f"mirror of  {state['source'] or 'nothing yet'}"))
    console.print(escape(f"snapshot   {_snapshot(state['snapshot'], state['clock'])}"))
    if last := state["last_pass"]:
        ending = last["state"] if last["state"] == "complete" else f"{last['state']}: {last['reason'] or ''}"
        console.print(escape(f"last pass  begun {last['attempted_at'] or last['started_at']}, {ending}"))
    console.print(escape(f"feed       at {state['feed_position']}"))
    console.print(_rows(state["rows"]))
    if state["unreadable"]:
        console.print(f"\n{len(state['unreadable'])} rows could not be read; their last good facts stay")
        for row in state["unreadable"]:
            console.print(escape("  " + described(row)))


def print_changes(rows: list[Json], *, as_json: bool) -> None:
    """A line for each row that changed, with the members that differ."""
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))  # noqa: T201
        return
    console = terminal.console(soft_wrap=True, highlight=False)
    for row in rows:
        colour = _COLOURS[row["change"]]
        console.print(f"[{colour}]{row['change']:<8}[/] {escape(row['kind'])} {escape(row['id'])}")
        for name, member in row["members"].items():
            console.print(escape(f"         {name}: {_short(member['from'])} → {_short(member['to'])}"))
    console.print(f"{len(rows)} rows changed")


def print_coverage(answer: Json, *, as_json: bool) -> None:
    """The outcome first, then what it rests on."""
    if as_json:
        print_json(answer)
        return
    console = terminal.console(soft_wrap=True, highlight=False)
    grade = f", grade {answer['grade']}" if answer["grade"] else ""
    scope = f", by {answer['scope']}" if answer["scope"] else ""
    console.print(f"[bold]{answer['outcome']}[/]{grade}{scope}")
    console.print(escape(f"provider {answer['provider'] or 'not found'}, award date {answer['award_date']}"))
    for report in answer["reports"]:
        read = report["detailed_at"] or report["listed_at"]
        console.print(escape(f"report {report['id']} of agency {report['agency']}, read {read}"))
    for reason in answer["reasons"]:
        rows = (*reason["reports"], *reason["providers"])
        named = f" ({', '.join(rows)})" if rows else ""
        console.print(
            escape(f"  {reason['code']}: found {reason['found']}, expected {reason['expected']}{named}")
        )
    if answer["permissions"]:
        console.print(escape(f"a policy must allow: {', '.join(answer['permissions'])}"))
    console.print(escape(f"rule {answer['rule_version']}, snapshot {answer['snapshot']}"))


def _snapshot(snapshot: Json | None, clock: str) -> str:
    if snapshot is None:
        return "none yet: no pass was complete"
    age = timedelta(seconds=round(max(0.0, snapshot["age_seconds"])))
    return f"{snapshot['started_at']}, {age} old" + (f"; clock {clock}" if clock != "ok" else "")


def _rows(rows: Json) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("kind", "there", "withheld", "gone", "without detail", "oldest detail"):
        table.add_column(title, justify="left" if title in ("kind", "oldest detail") else "right")
    for kind, counts in rows.items():
        numbers = (counts["there"], counts["withheld"], counts["gone"], counts["without_detail"])
        table.add_row(kind, *(str(number) for number in numbers), counts["oldest_detail"] or "")
    return table


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 90 else text[:87] + "..."
