"""Credentials are issued from CSV files by `mutua issue`, as an institution does it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mutua_local.demo.broken import PromiseBroken, check
from mutua_local.demo.cast import COURSES, Course, awards_csv
from mutua_local.demo.story import Story

Process = subprocess.Popen[bytes]


def write_files(story: Story) -> dict[str, Path]:
    """One CSV for each issuer, by its short name."""
    files: dict[str, Path] = {}
    for short in dict.fromkeys(course.issuer for course in COURSES):
        files[short] = story.folder / f"{short}.csv"
        files[short].write_text(awards_csv(_of(short)), encoding="utf-8")
    return files


def _of(short: str) -> Sequence[Course]:
    return [course for course in COURSES if course.issuer == short]


def issue_first(story: Story, file: Path, short: str) -> None:
    """The first file, with its progress shown."""
    teller = story.teller
    teller.chapter("Credentials are issued from CSV files")
    titles = ", ".join(f"{course.awards} x {course.title}" for course in _of(short))
    teller.say(f"{story.cast[short].name}: {titles}. Each carries all elements of EU Annex I.")
    teller.command(f"mutua issue {file.name} --as {short}.issuer")
    _report(file, start(story, file, short, shown=True), sum(course.awards for course in _of(short)))
    again = _report(file, start(story, file, short, shown=False), None)
    check("the same file again issues nothing", again["counts"].get("issued", 0), 0)
    teller.held(f"{file.name} issued; the same file again issues nothing twice")
    one = story.caller(short, "issuer").get("issuer", "/credentials", limit=1)["credentials"][0]
    teller.say(f"The first one is {one['credential_id']}, awarded on {one['award_date']}.")
    teller.say(
        "On the bus it travels signed, with learner and grade withheld; the rest stays encrypted at home."
    )


def start(story: Story, file: Path, short: str, *, shown: bool) -> Process:
    """`mutua issue` for a file; its report is the JSON on its standard output."""
    folder = story.desk.around.folder.path
    arguments = ["issue", str(file), "--as", f"{short}.issuer", "--data", str(folder), "--json"]
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "mutua_cli.main", *arguments],
        stdout=subprocess.PIPE,
        stderr=None if shown else subprocess.DEVNULL,
    )


def finish(file: Path, process: Process, short: str) -> None:
    """Waits for an issue that was started."""
    _report(file, process, sum(course.awards for course in _of(short)))


def _report(file: Path, process: Process, rows: int | None) -> dict[str, Any]:
    out, _ = process.communicate(timeout=120)
    try:
        report: dict[str, Any] = json.loads(out)
    except ValueError:
        raise PromiseBroken(
            f"{file.name} is issued", found=f"exit code {process.returncode}", expected="a report"
        ) from None
    issued = report["counts"].get("issued", 0)
    if process.returncode != 0 or (rows is not None and issued != rows):
        found = f"{issued} issued, {report['mistakes'][:1]}, {report['stopped']}"
        raise PromiseBroken(f"every row of {file.name} is issued", found=found, expected=f"{rows} issued")
    return report
