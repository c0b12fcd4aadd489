"""The published JSON Schemas say what the reader does, as far as a schema can say it."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from trust_worlds import seeded_world

from mutua_trust import (
    Flaw,
    policies_from_json,
    policy_to_json,
    request_from_json,
    request_to_json,
    statement_from_json,
    statement_to_json,
    verdict_to_json,
)

FOLDER = Path(__file__).parents[2] / "docs" / "trust"
SCHEMAS: dict[str, Any] = {
    path.name.split(".")[0]: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.schema.json")
}
REGISTRY: Registry[Any] = Registry().with_resources(
    [(schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()]
)
CASES = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text("utf-8").splitlines()]
SAID_IN_WORDS = {"self_trust", "duplicate_id", "reversed_interval", "contradiction"}
"""What a schema cannot say."""


def valid(name: str, value: Any) -> bool:
    validator = Draft202012Validator(SCHEMAS[name], registry=REGISTRY, format_checker=FormatChecker())
    return validator.is_valid(value)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["title"]


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_schemas_and_reader_agree_on_the_corpus(case: dict[str, Any]) -> None:
    assert valid("case", case)
    for name, values, read in (
        ("statement", case["statements"], statement_from_json),
        ("request", case["requests"], request_from_json),
        ("policy", [case["policy"]], policies_from_json),
    ):
        for value in values:
            flaw = read(value)
            if not isinstance(flaw, Flaw):
                assert valid(name, value)
            elif flaw.code not in SAID_IN_WORDS and "isced_f" not in (flaw.field or ""):
                assert not valid(name, value)


def test_what_is_written_is_valid() -> None:
    for seed in range(200):
        world = seeded_world(seed)
        assert all(valid("statement", statement_to_json(statement)) for statement in world.statements)
        assert valid("request", request_to_json(world.request))
        assert valid("policy", {"recognisers": {"C": policy_to_json(world.policy)}})
        assert valid("verdict", verdict_to_json(world.decide()))
