"""The demo as a user runs it: once, whole, on the broker that this machine has."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mutua_local.processes import marked

LIMIT = 300.0


@pytest.mark.servers
@pytest.mark.timeout(LIMIT)
def test_the_whole_story(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    wish = request.config.getoption("--broker")
    told = run_demo(tmp_path, *(["--broker", wish] if wish else []))
    assert told["ok"], told
    assert told["exit_code"] == 0
    assert told["broker"] in ("kafka", "preview", "address")
    assert told["seconds"] < LIMIT

    assert (told["universities"], told["alliances"], told["offices"]) == (6, 2, 1)
    assert told["countries"] >= 3
    assert told["registry"]["provider"] >= 6
    assert told["registry"]["report"] >= 6

    outcomes = {name: (case["outcome"], case["stage"]) for name, case in told["cases"].items()}
    assert outcomes == {
        "direct": ("RECOGNISED_FULL", "S13"),
        "friend_of_a_friend": ("RECOGNISED_FULL", "S13"),
        "chain_too_short": ("REVIEW_REQUESTED", "S6"),
        "report_too_old": ("REVIEW_REQUESTED", "S5"),
        "settled_by_a_person": ("RECOGNISED_FULL", "S5"),
        "revoked": ("REVIEW_REQUESTED", "S6"),
    }
    reasons = {name: set(case["reasons"]) for name, case in told["cases"].items()}
    assert "TRUST.DIRECT" in reasons["direct"]
    assert "TRUST.PATH" in reasons["friend_of_a_friend"]
    assert "TRUST.DEPTH_EXCEEDED" in reasons["chain_too_short"]
    assert "QA.NOT_AT_AWARD_DATE" in reasons["report_too_old"]
    assert "TRUST.REVOKED_LINK" in reasons["revoked"]

    requests = told["requests"]
    states = ("decided", "in_review", "info_requested", "inadmissible", "dormant")
    assert requests["total"] == sum(requests[state] for state in states)
    assert told["issued"] > 300
    assert told["lost"] == 0
    assert told["parked"] == 0
    assert told["without_rule"] > 0
    assert requests["dormant"] > 0
    assert requests["in_review"] == 2
    assert requests["total"] > told["issued"]  # some credentials are asked for by two universities

    assert told["office"]["countries"] == ["SE"]
    assert told["office"]["received"] == told["office"]["feed"] > 100
    assert told["office"]["refused"] == 0
    assert told["office"]["forgery_refused"]
    assert 0 < told["latency_ms"]["p50"] <= told["latency_ms"]["p99"]
    assert not Path(told["folder"]).exists()
    assert not left_over(told["folder"])


def run_demo(folder: Path, *arguments: str) -> dict[str, Any]:
    """Runs it and answers its summary."""
    summary = folder / "summary.json"
    with (folder / "output.txt").open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "mutua_cli.main", "demo", "--json", str(summary), *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=LIMIT,
            check=False,
        )
    shown = (folder / "output.txt").read_text()
    assert summary.exists(), shown
    assert done.returncode == 0, shown
    return json.loads(summary.read_text())


def left_over(folder: str) -> list[int]:
    """Processes of the stack in this folder that still run."""
    return [process.pid for process, _ in marked(folder.__eq__)]
