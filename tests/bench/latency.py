"""`python -m tests.bench.latency`: from issued to decided at low load, on the whole stack, services as
processes.

Credentials are issued one at a time at a steady rate through the issuer's API; the times are those of the
events on
the topics. Beside it stands how long issuing one by HTTP takes in the same run: the ratio says more than
milliseconds.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from mutua_local.demo import opening
from mutua_local.demo.account import latency
from mutua_local.demo.broken import wait_for
from mutua_local.demo.callers import Desk
from mutua_local.demo.cast import award_day, universities
from mutua_local.demo.receiver import receiving
from mutua_local.demo.story import Story
from mutua_local.demo.teller import Teller
from mutua_local.progress import Terminal
from mutua_local.services import Surroundings
from mutua_local.stack import Stack
from tests.bench.report import machine, progress

COURSE = "LIS-DAT-010"


def main() -> None:
    """Starts a stack of its own, measures, prints, removes everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.latency", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--credentials", type=int, default=60)
    parser.add_argument("--rate", type=float, default=2.0, help="credentials a second")
    parser.add_argument("--broker", help="kafka, preview or HOST:PORT; without it, the stack's choice")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="mutua-bench-")).resolve()
    folder.chmod(0o711)  # PostgreSQL runs as another user where we are root
    stack = Stack(folder, Terminal(Console(stderr=True)))
    try:
        around = stack.up(broker=options.broker)
        figures = measure(around, folder, options.credentials, options.rate)
    finally:
        stack.down(purge=True)
        shutil.rmtree(folder, ignore_errors=True)
    figures |= {"machine": machine(), "broker": around.bootstrap}
    tell(figures, options.rate)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def measure(around: Surroundings, folder: Path, count: int, rate: float) -> dict[str, Any]:
    """Lets two alliances agree, then issues `count` credentials at `rate` and reads the topics."""
    with (
        Path(os.devnull).open("w") as nowhere,
        httpx.Client(timeout=60, trust_env=False) as http,
        receiving() as receiver,
    ):
        story = Story(Desk(around, http), Teller(Console(file=nowhere)), folder, universities(), receiver)
        for chapter in (opening.who_takes_part, opening.who_relies_on_whom, opening.the_office):
            chapter(story)
        issue(story, 0, 5, rate)  # warms the processes; their decisions are few among those measured
        seconds = issue(story, 5, count, rate)
        wait_for("everything is evaluated", lambda: settled(story, count + 5), seconds=60)
    found = asyncio.run(latency(around))
    return {
        "decisions": found.measured,
        "p50_ms": round(found.p50 * 1000, 1),
        "p99_ms": round(found.p99 * 1000, 1),
        "issue_by_http_p50_ms": round(statistics.median(seconds) * 1000, 1),
    }


def issue(story: Story, first: int, count: int, rate: float) -> list[float]:
    """Issues one credential after the other at a steady rate; the seconds that each request took."""
    issuer = story.caller("lisvik", "issuer")
    taken: list[float] = []
    began = time.monotonic()
    for number in range(first, first + count):
        award: dict[str, Any] = {"component": COURSE, "date_of_issuing": award_day().isoformat()}
        award["learner"] = {"given_name": f"Given{number:04}", "family_name": f"Family{number:04}"}
        body = {"external_id": f"bench-{number}", "learner_id": f"bench-{number}", "award": award}
        started = time.monotonic()
        issuer.post("issuer", "/credentials", body)
        taken.append(time.monotonic() - started)
        progress(f"latency: {number - first + 1} of {count} credentials issued")
        time.sleep(max(began + (number - first + 1) / rate - time.monotonic(), 0))
    return taken


def settled(story: Story, count: int) -> bool | None:
    """Whether every credential has its request, and none waits for its evaluation."""
    listed = story.caller("astervik", "evaluator").pages("recognition", "/requests")
    return True if len(listed) >= count and all(one["state"] != "waiting" for one in listed) else None


def tell(figures: dict[str, Any], rate: float) -> None:
    """Ratios first."""
    p50, p99, http = figures["p50_ms"], figures["p99_ms"], figures["issue_by_http_p50_ms"]
    progress("")
    print(f"issued to decided, {figures['decisions']} decisions at {rate:g} credentials a second")
    print(f"  p99 / p50                        {p99 / p50:6.1f}")
    print(f"  p50 / issuing one by HTTP        {p50 / http:6.1f}")
    print(f"  p50 {p50:.0f} ms, p99 {p99:.0f} ms; issuing one by HTTP {http:.0f} ms")
    print(f"  {figures['machine']}")


if __name__ == "__main__":
    main()
