"""What `mutua verify` prints: a table for people, JSON for programs, and progress beside it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from rich.console import Console

    from mutua_credentials.verify import Check, Verification

_BROKEN_PIPE: Final = 141
_MOST: Final = 200

_VERDICTS: Final = {
    "valid": ("green", "valid"),
    "invalid": ("red", "invalid"),
    "unknown": ("yellow", "could not tell"),
}
_RESULTS: Final = {"pass": "green", "fail": "red", "unknown": "yellow", "skipped": "dim"}
_HINTS: Final = {
    "not_obtained": "check the address, or save what it serves and give the file",
    "format_unrecognised": "give the credential itself: JSON, a token, or a picture with a badge in it",
    "presentation_unsupported": "give the credential that the presentation holds",
    "unknown_context": "supply the context with its sha256 in documents.json, after reading it",
    "key_not_obtained": "go online, or supply the issuer's document in documents.json",
    "issuer_document_not_obtained": "go online, or supply the issuer's document in documents.json",
    "list_not_obtained": "go online, or supply the status list in documents.json",
    "list_of_another": "if you know that it may sign lists for the issuer, name it by --status-issuer",
    "anchor_unknown": "give the certificate of the issuing authority by --anchors",
    "schema_not_obtained": "go online, or supply the schema in documents.json",
    "not_signed_format": "ask the issuer for an Open Badge 3.0: this one proves nothing by itself",
    "unsecured": "ask for the signed credential: anybody could have written this one",
    "key_binding_missing": "ask the holder to present it for your nonce and audience",
}


def print_json(found: Verification) -> None:
    """The whole answer, indented."""
    _write(json.dumps(found.to_json(), indent=1, ensure_ascii=False))


def print_table(found: Verification) -> None:
    """The verdict, the checks, and what to do about those that do not hold."""
    from mutua_cli import terminal

    console = terminal.console(highlight=False)
    with console.capture() as captured:
        _print_on(console, found)
    _write(captured.get().rstrip("\n"))


def _print_on(console: Console, found: Verification) -> None:
    from rich.markup import escape
    from rich.table import Table

    from mutua_credentials.verify.result import instant_text

    colour, verdict = _VERDICTS[found.verdict.value]
    told = f"[bold {colour}]{verdict}[/]  {_kind(found)}, as of {instant_text(found.as_of)}"
    console.print(told, soft_wrap=True)
    if found.issuer is not None:
        mandate = ", sealed by mandate" if found.issuer.sealed_by_mandate else ""
        name = f"{_cut(found.issuer.name)} " if found.issuer.name else ""
        console.print(escape(_plain(f"issuer: {name}<{_cut(found.issuer.id)}>{mandate}")), soft_wrap=True)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("check", "result", "code"):
        table.add_column(name, no_wrap=True)
    for name in ("found", "expected"):
        table.add_column(name, overflow="fold")
    for check in found.checks:
        result = check.result.value
        cells = [escape(_plain(text or "")) for text in (check.code, check.found, check.expected)]
        table.add_row(check.name.value, f"[{_RESULTS[result]}]{result}[/]", *cells)
    console.print(table)
    for hint in _hints(found.checks):
        console.print(escape(hint), soft_wrap=True)


def print_line(path: Path, found: Verification, *, as_json: bool) -> None:
    """One of many files, on one line."""
    if as_json:
        _write(json.dumps({"file": str(path), **found.to_json()}, ensure_ascii=False))
        return
    reasons = [f"{check.name}: {check.code}" for check in found.checks if check.result in ("fail", "unknown")]
    verdict = _VERDICTS[found.verdict.value][1]
    _write(f"{verdict:<15}{_plain(str(path))}  {_kind(found)}  {', '.join(reasons)}".rstrip())


def print_unreadable(path: Path, reason: str, *, as_json: bool) -> None:
    """One of many files that could not be read."""
    line = json.dumps({"file": str(path), "error": reason}, ensure_ascii=False)
    _write(line if as_json else f"{'not read':<15}{_plain(reason)}")


class Progress:
    """How far along, on standard error: a counter on a terminal, its last value elsewhere."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._live = sys.stderr.isatty()

    def advance(self) -> None:
        self._done += 1
        if self._live:
            sys.stderr.write(f"\rverified {self._done} of {self._total}")
            sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        start = "\r" if self._live else ""
        sys.stderr.write(f"{start}verified {self._done} of {self._total}\n")


def _kind(found: Verification) -> str:
    return _plain(f"{found.format or 'no known format'} ({_cut(found.securing or 'no known proof')})")


def _hints(checks: tuple[Check, ...]) -> list[str]:
    """What a person can do, once for each code."""
    codes = dict.fromkeys(check.code for check in checks if check.result in ("fail", "unknown"))
    return [f"{code}: {_HINTS[code]}" for code in codes if code in _HINTS]


def _cut(text: str) -> str:
    """Its beginning: what a stranger named must not push the verdict off the screen."""
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def _plain(text: str) -> str:
    """Without characters that would move the cursor or hide text: a credential is a stranger's writing."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _write(text: Any) -> None:
    try:
        sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read has enough, like `head`; the interpreter would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(_BROKEN_PIPE) from None
