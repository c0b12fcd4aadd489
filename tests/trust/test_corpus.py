"""The corpus of hand-made cases, through the command line as a reviewer would run it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mutua_cli.trust import app

CASES = Path(__file__).parents[2] / "docs" / "trust" / "cases.jsonl"
ALL: list[dict[str, Any]] = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]


def write_lines(path: Path, lines: list[Any]) -> None:
    """One line each; a string is a raw line, to be written as it is."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path.write_text(text, "utf-8")


def run(folder: Path, case: dict[str, Any], *options: str) -> tuple[list[Any], list[Any], int]:
    write_lines(folder / "statements", case["statements"])
    write_lines(folder / "requests", case["requests"])
    (folder / "policy").write_text(json.dumps(case["policy"]), "utf-8")
    files = [f"--{name}={folder / name}" for name in ("statements", "requests", "policy")]
    result = CliRunner().invoke(app, ["decide", *files, *options])
    verdicts, errors = (
        [json.loads(line) for line in text.splitlines()] for text in (result.stdout, result.stderr)
    )
    return verdicts, errors, result.exit_code


def test_there_are_enough_cases() -> None:
    assert len(ALL) >= 60
    assert len({case["case"] for case in ALL}) == len(ALL)


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    verdicts, errors, code = run(tmp_path, case)
    assert verdicts == case["verdicts"]
    located = [{**error, "file": Path(error["file"]).name} for error in errors]
    assert [{name: error[name] for name in ("file", "line", "code", "field")} for error in located] == case[
        "errors"
    ]
    assert all(set(error) == {"code", "file", "line", "field", "found", "expected"} for error in errors)
    assert code == case["exit"]


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_explaining_adds_remedies_and_changes_nothing_else(case: dict[str, Any], tmp_path: Path) -> None:
    verdicts, _, code = run(tmp_path, case, "--explain")
    remedies = [verdict.pop("remedies") for verdict in verdicts]
    assert verdicts == case["verdicts"]
    assert code == case["exit"]
    for verdict, proposed in zip(verdicts, remedies, strict=True):
        if verdict["outcome"] == "accept":
            assert proposed is None
            continue
        assert proposed or verdict["reason"] == "invalid"
        assert all(set(remedy) == {"party", "statement", "constraint", "action"} for remedy in proposed)
        if verdict["reason"] == "constraints":
            failed = {
                (f["statement"], c) for f in verdict["nearest_miss"]["failures"] for c in f["constraints"]
            }
            assert failed <= {(remedy["statement"], remedy["constraint"]) for remedy in proposed}
