"""Credentials are issued from CSV files by `mutua issue`, as an institution does it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mutua_local.demo.broken import PromiseBroken, check
from mutua_local.demo.cast import COURSES, Course, awards_csv
from mutua_local.demo.story import Story

SECONDS = 120.0
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


def issue_first(story: Story, short: str, file: Path) -> int:
    """The first file, with its progress shown; how many credentials it has become."""
    teller = story.teller
    teller.chapter("Credentials are issued from CSV files")
    titles = ", ".join(f"{course.awards} x {course.title}" for course in _of(short))
    teller.say(f"{story.cast[short].name}: {titles}. Each carries all elements of EU Annex I.")
    teller.command(f"mutua issue {file.name} --as {short}.issuer")
    issued = _issued(short, file, _start(story, short, file, shown=True))
    again = _report(file, _start(story, short, file, shown=False))
    check("the same file again issues nothing", again["counts"].get("issued", 0), 0)
    teller.held(f"{file.name} issued; the same file again issues nothing twice")
    one = story.caller(short, "issuer").get("issuer", "/credentials", limit=1)["credentials"][0]
    teller.say(f"The first one is {one['credential_id']}, awarded on {one['award_date']}.")
    teller.say("On the bus it travels signed, with learner and grade withheld; they stay sealed at home.")
    return issued


@contextmanager
def issuing_others(
    story: Story, files: Mapping[str, Path], already: int
) -> Generator[Callable[[], int | None]]:
    """The other files, all at once in the background. What it yields tells how many credentials there are in
    the end, None while there will be more; it raises `PromiseBroken` where one of the files fails.
    """
    running = {short: _start(story, short, file, shown=False) for short, file in files.items()}
    finished: dict[str, int] = {}

    def issued() -> int | None:
        for short, process in running.items():
            if short not in finished and process.poll() is not None:
                finished[short] = _issued(short, files[short], process)
        return already + sum(finished.values()) if len(finished) == len(running) else None

    try:
        yield issued
    finally:
        for process in running.values():
            if process.poll() is None:
                process.kill()
                process.communicate()


def _start(story: Story, short: str, file: Path, *, shown: bool) -> Process:
    """`mutua issue` for a file; its report is the JSON on its standard output."""
    folder = story.desk.around.folder.path
    arguments = ["issue", str(file), "--as", f"{short}.issuer", "--data", str(folder), "--json"]
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "mutua_cli.main", *arguments],
        stdout=subprocess.PIPE,
        stderr=None if shown else subprocess.DEVNULL,
    )


def _issued(short: str, file: Path, process: Process) -> int:
    """How many rows were issued: all of them, or `PromiseBroken`."""
    report = _report(file, process)
    issued = int(report["counts"].get("issued", 0))
    found = f"{issued}; {report['stopped'] or report['mistakes'][:1]}"
    rows = sum(course.awards for course in _of(short))
    if issued != rows:
        raise PromiseBroken(f"every row of {file.name} is issued", found=found, expected=rows)
    return issued


def _report(file: Path, process: Process) -> dict[str, Any]:
    out, _ = process.communicate(timeout=SECONDS)
    try:
        return json.loads(out)
    except ValueError:
        found = f"exit code {process.returncode}"
        raise PromiseBroken(f"{file.name} is issued", found=found, expected="a report") from None
