"""The commands themselves: wrong usage, and one reading from the first answer to the dump."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mutua_cli.registry import app
from mutua_local.roles import Database, with_database

RUN = CliRunner()
MUTUA = (sys.executable, "-m", "mutua_cli.main", "registry")


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync", "--from", "http://registry.example"],
        ["sync", "--from", "registry.example", "--data", "new"],
        ["sync", "--from", "http://registry.example", "--data", "new", "--rate", "-1"],
        ["sync", "--from", "http://registry.example", "--data", "new", "--token-file", "none"],
        ["sync", "--data", "new"],
        ["dump", "--data", "none"],
        ["dump", "--data", "none", "--kind", "cat"],
        ["dump", "--format", "csv"],
        ["dump", "--as-of", "yesterday"],
        ["diff", "2026-11-20", "tomorrow", "--data", "none"],
        ["diff", "2026-11-20", "2026-11-19", "--data", "none"],
        ["show", "97101", "--data", "none"],
        ["coverage", "--provider", "DEQARINST1", "--award-date", "June", "--data", "none"],
        ["coverage", "--provider", "?", "--award-date", "2025-06-20", "--data", "none"],
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUTUA_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    assert RUN.invoke(app, arguments).exit_code == 2
    assert not (tmp_path / "new" / "postgres").exists()


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "token").write_text("secret\n")
    told = tmp_path / "simulator.log"
    command = (*MUTUA, "simulate", "--profile", "demo", "--token", "secret", "--port", "0")
    with told.open("w") as log:
        process = subprocess.Popen(command, stderr=log)
    try:
        with told.open() as lines:
            line = ""
            while "ready: http://" not in line:
                assert process.poll() is None
                line += lines.readline()
        yield line.partition("ready: ")[2].split()[0]
    finally:
        process.terminate()
        process.wait(20)


def test_sync_dump_status_and_coverage(
    registry: str, service_database: Callable[..., Database], tmp_path: Path
) -> None:
    database = service_database("deqar_sync")
    environment = {**os.environ, "MUTUA_DATABASE_URL": with_database(database.server, database.name)}

    def mutua(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = (*MUTUA, *arguments)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    told = mutua("sync", "--from", registry, "--token-file", str(tmp_path / "token"), "--rate", "0")
    assert told.returncode == 0, told.stderr
    assert told.stdout == ""
    assert "requests/s" in told.stderr
    assert "ETA" in told.stderr
    first, *_, ending, details = told.stderr.splitlines()
    assert first == f"reading {registry} into the database of MUTUA_DATABASE_URL"
    assert ending.startswith("complete: ")
    assert details == "details: all were read in this run"
    dumped = mutua("dump", "--kind", "report")
    rows = [json.loads(line) for line in dumped.stdout.splitlines()]
    assert len(rows) == 8
    assert {row["kind"] for row in rows} == {"report"}
    assert list(rows[0]) == ["kind", "id", "gone", "revision", "facts", "listed_at", "detailed_at"]
    assert "old" in dumped.stderr
    assert json.loads(mutua("status", "--json").stdout)["rows"]["report"]["there"] == 8
    asked = ("--provider", "DEQARINST7101", "--award-date", "2025-06-20", "--level", "6", "--json")
    assert json.loads(mutua("coverage", *asked).stdout)["outcome"] == "COVERED"
    assert mutua("show", "no-such-row").returncode == 1
    refused = mutua("sync", "--from", registry, "--rate", "0")
    assert (refused.returncode, "registry.token_refused" in refused.stderr) == (4, True)
