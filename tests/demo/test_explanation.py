"""Records in plain words: whatever recognition's example records hold can be told, and is told truly."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mutua_contracts.reasons import REASON_CODES, STAGES
from mutua_local.demo import explanation

RECORDS = sorted((Path(__file__).parents[1] / "recognition" / "domain" / "golden").glob("*.json"))
NAMES = {"DEQARINST7101": "Astervik", "DEQARINST7103": "Corvelo", "DEQARINST7105": "Lisvik"}


def told(record: Any, statements: list[Any]) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(explanation.explain(record, statements, NAMES))
    return console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]


def record_of(name: str) -> Any:
    return json.loads(next(path for path in RECORDS if path.stem == name).read_text())


def statement(id: str, truster: str, trustee: str, **more: Any) -> Any:
    scope = {"isced_f": None, "eqf": [6], "max_ects": "30"}
    common = {"scope": scope, "assurance": 2, "depth": 0, "revoked": None}
    return {"statement": {"id": id, "truster": truster, "trustee": trustee, **common, **more}}


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_record_can_be_told(path: Path) -> None:
    record = json.loads(path.read_text())
    shown = told(record, [])
    assert explanation.OUTCOMES[record["content"]["outcome"]["code"]][0] in shown
    assert record["act"]["decision_id"] in shown
    assert "None" not in shown
    for stage in record["content"]["stages"]:
        if stage["result"] == "NOT_EVALUATED" and not stage["reasons"]:
            assert f"✓  {explanation.STAGES[stage['stage']]}" not in shown


def test_a_chain_is_shown_hop_by_hop() -> None:
    via = statement("st-via", "DEQARINST7101", "DEQARINST7103", depth=1)
    on = statement("st-on", "DEQARINST7103", "DEQARINST7105")
    shown = told(record_of("friend-of-a-friend"), [via, on])
    assert "Astervik ──▶ Corvelo ──▶ Lisvik" in shown
    assert "passed on 1 further hop" in shown
    assert "✗" not in shown


def test_a_chain_that_ends_too_early_says_where() -> None:
    via = statement("st-via", "DEQARINST7101", "DEQARINST7103")
    on = statement("st-on", "DEQARINST7103", "DEQARINST7105")
    shown = told(record_of("chain-ends-too-early"), [on, via])
    assert "Astervik ──✗ Corvelo ──▶ Lisvik" in shown
    assert "✗ depth" in shown
    assert "the chain ends too early at Astervik: depth 0, needed is depth 1" in shown


def test_words_are_those_of_the_catalogue() -> None:
    assert set(explanation.WORDS) <= set(REASON_CODES)
    assert set(explanation.STAGES) == set(STAGES)
