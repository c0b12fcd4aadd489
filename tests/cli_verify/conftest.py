"""What the tests of `mutua verify` share: the command, run as a person would run it, and the public cases."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mutua_cli.main import app


@dataclass(frozen=True)
class Ran:
    """What the command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def results(self) -> dict[str, str]:
        return {check["name"]: check["result"] for check in self.json["checks"]}

    @property
    def codes(self) -> dict[str, str]:
        return {check["name"]: check["code"] for check in self.json["checks"]}


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`mutua verify ARGS`, with a cache of its own. An exception that escapes is the test's failure."""
    monkeypatch.setenv("MUTUA_CACHE", str(tmp_path / "cache"))

    def ran(*args: str | Path, stdin: bytes | None = None) -> Ran:
        texts = ["verify", *(str(arg) for arg in args)]
        result = CliRunner().invoke(app, texts, input=stdin, catch_exceptions=False)
        return Ran(result.exit_code, result.stdout, result.stderr)

    return ran


def vectors_folder() -> Path:
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("MUTUA_VECTORS", root.parent / "shared" / "vectors"))
