"""`mutua issue FILE`, or `mutua issue batch FILE`: issues the awards of a CSV, with a progress bar and a
report of each row that is wrong. The other commands of the group are in `issue_acts`.

It may be stopped and run again at any time: rows that are issued already are recognised by their external id.
Exit codes: 0 every row is issued, 1 some rows are wrong, 2 nothing was done.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Protocol
from uuid import uuid4

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperGroup

from mutua_cli import issue_acts, issue_file, terminal
from mutua_cli.issue_file import Mistake, Row, Table, Unusable
from mutua_cli.issue_way import Way, at_issuer, refused
from mutua_local.errors import StackError

BATCH: Final = 200
TRIES: Final = 6
SHOWN: Final = 50
DONE: Final = ("issued", "already_issued", "would_issue")


@dataclass(slots=True)
class Report:
    """What became of a file."""

    dry_run: bool
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter[str])
    mistakes: list[Mistake] = field(default_factory=list[Mistake])
    stopped: str | None = None
    """Why it ended before the last row."""
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 every row is issued, 1 some are not, 2 none is."""
        done = sum(self.counts[status] for status in DONE)
        if done == 0:
            return 2
        return 0 if done == self.rows and self.stopped is None else 1

    def told(self) -> dict[str, Any]:
        """The report for programs. (`asdict` alone would count the pairs of the counter.)"""
        return {
            "dry_run": self.dry_run,
            "rows": self.rows,
            "counts": dict(self.counts),
            "mistakes": [asdict(mistake) for mistake in self.mistakes],
            "stopped": self.stopped,
            "seconds": self.seconds,
            "exit_code": self.exit_code,
        }


class Stopped(Exception):
    """The service does not take any row; the text says why and what to do."""


class Told(Protocol):
    """Whoever is told how many rows were handled."""

    def __call__(self, rows: int, /) -> None: ...


class _FileFirst(TyperGroup):
    """A group of commands in which a file needs no command before it: `issue FILE` is `issue batch FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {*self.commands, "--help"}
        if args and not known.intersection(args[:1]):
            args = ["batch", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_FileFirst,
    no_args_is_help=True,
    add_completion=False,
    help="Issue the awards of a CSV (`mutua issue FILE`), and what else an issuer does with credentials.",
)


@app.command("batch")
@at_issuer
def batch(
    way: Way,
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8.", exists=True, dir_okay=False, readable=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON, for programs.")] = False,
) -> None:
    """Issue the awards of a CSV; running it twice issues nothing twice."""
    console = terminal.console(stderr=as_json)
    try:
        address, bearer = way.place()
    except StackError as error:
        raise refused(error, console) from None
    with httpx.Client(
        base_url=address, headers={"Authorization": f"Bearer {bearer}"}, timeout=60, trust_env=False
    ) as http:
        report = run(file.read_bytes(), http, console, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps(report.told(), indent=1))
    else:
        _show(console, report)
    raise typer.Exit(report.exit_code)


for _name, _command in (
    ("revoke", issue_acts.revoke),
    ("suspend", issue_acts.suspend),
    ("reinstate", issue_acts.reinstate),
    ("link", issue_acts.link),
    ("links", issue_acts.links),
    ("erase", issue_acts.erase),
    ("rotate", issue_acts.rotate),
    ("compromised", issue_acts.compromised),
):
    app.command(_name)(_command)


def run(data: bytes, http: httpx.Client, console: Console, *, dry_run: bool) -> Report:
    """Issues a file by way of `http`; the progress goes to `console`."""
    began = time.monotonic()
    report = Report(dry_run)
    table = issue_file.read(data)
    report.mistakes += table.mistakes
    if isinstance(table, Unusable):
        return report
    report.rows = len(table.rows) + len(table.mistakes)
    report.counts["invalid"] = len(table.mistakes)
    try:
        with _progress(console, len(table.rows)) as told:
            for batch in _batches(table.rows):
                _send(http, table, batch, report)
                told(len(batch))
    except Stopped as stopped:
        report.stopped = str(stopped)
    report.mistakes.sort(key=lambda one: (one.line or 0, one.column or 0))
    report.seconds = round(time.monotonic() - began, 3)
    return report


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _send(http: httpx.Client, table: Table, batch: Sequence[Row], report: Report) -> None:
    answer = _post(http, [row.request for row in batch], dry_run=report.dry_run)
    for row, outcome in zip(batch, answer["rows"], strict=True):
        report.counts[outcome["status"]] += 1
        report.mistakes += [
            table.place(row, one["path"], one["code"], one["found"], one["expected"])
            for one in outcome["errors"]
        ]


def _post(http: httpx.Client, rows: Sequence[Any], *, dry_run: bool) -> dict[str, Any]:
    """One batch, repeated with the same key while the service cannot answer. Raises `Stopped`."""
    headers = {"Idempotency-Key": str(uuid4())}
    path = "/credentials/batch" + ("?dry_run=true" if dry_run else "")
    cause = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(min(0.25 * 2**attempt, 4))
        try:
            answer = http.post(path, json={"rows": rows}, headers=headers)
        except httpx.TransportError as error:
            cause = f"the service does not answer ({type(error).__name__})"
            continue
        if answer.status_code == 200:
            return answer.json()
        cause = _refusal(answer)
        if answer.status_code not in (502, 503, 504) and "request_in_flight" not in cause:
            raise Stopped(cause)
    raise Stopped(f"{cause}; tried {TRIES} times. Run it again: what is issued is not issued twice.")


def _refusal(answer: httpx.Response) -> str:
    try:
        problem: dict[str, Any] = answer.json()
        parts = [f"{problem['code']}: {problem['detail']}"]
        parts += [f"{name} {problem[name]}" for name in ("found", "expected") if problem.get(name)]
        return "; ".join([*parts, str(problem.get("fix", ""))]).rstrip("; ")
    except (ValueError, KeyError, TypeError):
        return f"the service answered {answer.status_code}"


@contextmanager
def _progress(console: Console, total: int) -> Generator[Told]:
    """A bar with rate and remaining time on a terminal, a line each tenth elsewhere."""
    if not console.is_terminal:
        yield _Tenths(console, total)
        return
    bar = Progress(
        TextColumn("issuing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
    )
    began = time.monotonic()
    with bar:
        task = bar.add_task("issuing", total=total, rate="")

        def told(rows: int) -> None:
            bar.advance(task, rows)
            seconds = time.monotonic() - began
            bar.update(task, rate=f"{bar.tasks[0].completed / max(seconds, 0.001):.0f}/s")

        yield told


class _Tenths:
    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0
        self._tenth = 0
        self._began = time.monotonic()

    def __call__(self, rows: int) -> None:
        self._done += rows
        tenth = self._done * 10 // max(self._total, 1)
        if tenth == self._tenth:
            return
        self._tenth = tenth
        rate = self._done / max(time.monotonic() - self._began, 0.001)
        left = (self._total - self._done) / rate
        self._console.print(
            f"{tenth * 10:3d} %  {self._done} of {self._total} rows, {rate:.0f}/s, {left:.0f} s left",
            highlight=False,
        )


_WORDS: Final = {
    "issued": "issued",
    "would_issue": "would be issued",
    "already_issued": "issued before",
    "conflict": "issued before with another content",
    "invalid": "wrong",
}


def _show(console: Console, report: Report) -> None:
    for mistake in report.mistakes[:SHOWN]:
        console.print(escape(mistake.text()), highlight=False, soft_wrap=True)
    if len(report.mistakes) > SHOWN:
        console.print(f"and {len(report.mistakes) - SHOWN} more: --json lists them all")
    if report.stopped:
        console.print(f"[red]stopped[/] {escape(report.stopped)}", highlight=False, soft_wrap=True)
    counted = [
        f"{report.counts[status]} {words}" for status, words in _WORDS.items() if report.counts[status]
    ]
    rest = report.rows - sum(report.counts.values())
    counted += [f"{rest} not tried"] if rest else []
    summary = ", ".join(counted) or "nothing was done"
    console.print(f"{report.rows} rows in {report.seconds:.1f} s: {summary}", highlight=False, soft_wrap=True)
