"""The table of what is supported is true: pairs and counts as the cases show, names as the code has them."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from mutua_credentials import jws
from mutua_credentials.integrity import SUITES
from mutua_credentials.verify import CHECKS
from mutua_credentials.verify.recognise import recognise

from .conftest import vectors_folder

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "verify.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\S+) \| (\S+) \| (\d+) \| `(\S+)` \|$", TEXT, re.MULTILINE)


def test_every_public_case_is_counted() -> None:
    folder = vectors_folder() / "verify"
    if not folder.is_dir():
        pytest.skip(f"no public cases at {folder}: set MUTUA_VECTORS")
    found: Counter[tuple[str, str]] = Counter()
    for case in json.loads((folder / "cases.json").read_text("utf-8")):
        known = recognise((folder / case["file"]).read_bytes())
        if known.format is not None:
            found[known.format, known.securing or "none"] += 1
    told = {(known, securing): int(count) for known, securing, count, _ in ROWS}
    assert {pair: count for pair, count in told.items() if count} == dict(found)


def test_every_test_that_is_named_is_there() -> None:
    for path in re.findall(r"`(tests/[^`]+)`", TEXT):
        assert (ROOT / path).exists(), path


def test_every_suite_algorithm_check_and_format_is_named() -> None:
    names = {name for _, securing, _, _ in ROWS for name in securing.split("+")}
    assert set(SUITES) <= names
    (algorithms,) = re.findall(r"algorithms of tokens: ([^;]+);", TEXT)
    assert set(algorithms.split(", ")) == set(jws.ALGORITHMS)
    assert re.findall(r"^\| ([a-z_]+) \| .* \| (?:yes)? ?\|$", TEXT, re.MULTILINE) == [
        one.value for one in CHECKS
    ]
    formats = {known for known, _, _, _ in ROWS}
    assert formats == {"edc", "openbadges3", "openbadges2", "clr2", "w3c-vc", "sd-jwt-vc"}
