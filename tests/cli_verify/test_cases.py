"""The public cases: each must get its verdict and its named checks from the command, offline."""

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run, vectors_folder

EXIT = {"valid": 0, "invalid": 3, "unknown": 4}
FOLDER = vectors_folder() / "verify"
CASES: list[dict[str, Any]] = (
    json.loads((FOLDER / "cases.json").read_text("utf-8")) if (FOLDER / "cases.json").is_file() else []
)
CHECKS = [
    "format",
    "structure",
    "contexts",
    "signature",
    "issuer_binding",
    "holder_binding",
    "dates",
    "status",
    "schema",
    "seal_level",
]


def test_the_cases_are_there() -> None:
    if not CASES:
        pytest.skip(f"no public cases at {FOLDER}: set MUTUA_VECTORS")
    assert len(CASES) == 61


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any], run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER / case["cwd"])
    found = run(
        Path(FOLDER / case["file"]),
        *("--json", "--offline", "--as-of", case["as_of"], "--documents", FOLDER / case["documents"]),
        *case["args"],
    )
    answer = found.json
    shown = json.dumps(answer["checks"], indent=1)
    assert list(answer) == ["format", "securing", "as_of", "verdict", "checks", "issuer", "annex_i"]
    assert [check["name"] for check in answer["checks"]] == CHECKS
    assert answer["verdict"] == case["verdict"], shown
    assert found.code == EXIT[case["verdict"]]
    expected = dict(case["checks"])
    any_fail = expected.pop("any_fail", None)
    assert {name: found.results[name] for name in expected} == expected, shown
    assert any_fail is None or any(found.results[name] == "fail" for name in any_fail), shown
    assert case["format"] in (None, answer["format"])
    for path, value in case["json"].items():
        place: Any = answer
        for name in path.split("."):
            place = place[name]
        assert place == value, path
