"""Values that a JSON Schema describes, and the committed examples: what these tests are fed with."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from mutua_contracts import EVENTS
from mutua_contracts.archive import COMMITTED
from mutua_contracts.schemas import Role, schema_of

settings.register_profile("contracts", deadline=None, print_blob=True)
settings.load_profile("contracts")

GOLDEN = sorted(COMMITTED.glob("golden/*/*.json"))
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def values(schema: Any, root: Any, extra: bool = False) -> st.SearchStrategy[Any]:
    """Values that `schema` describes; with `extra`, models also get members that nobody declared."""
    if schema is True or schema == {}:
        return JSON
    if "$ref" in schema:
        return values(root["$defs"][schema["$ref"].split("/")[-1]], root, extra)
    if "anyOf" in schema:
        return st.one_of([values(branch, root, extra) for branch in schema["anyOf"]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            most = schema.get("maximum", schema.get("exclusiveMaximum", 2**40) - 1)
            return st.integers(schema.get("minimum", -(2**40)), most)
        case "array":
            items = values(schema.get("items", True), root, extra)
            return st.lists(items, min_size=schema.get("minItems", 0), max_size=schema.get("maxItems", 3))
        case "object":
            return _objects(schema, root, extra)
        case _:
            return _strings(schema)


def _strings(schema: Any) -> st.SearchStrategy[str]:
    match schema.get("format"):
        case "date":
            return st.dates().map(str)
        case "date-time":
            return st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
        case "uuid":
            return st.uuids().map(str)
    low, high = schema.get("minLength", 0), schema.get("maxLength", 300)
    alphabet = st.characters(codec="utf-8", exclude_characters="\0")
    if "pattern" in schema:
        drawn = st.from_regex(schema["pattern"], fullmatch=True, alphabet=alphabet)
        return drawn.filter(lambda text: low <= len(text) <= high)
    return st.text(alphabet, min_size=low, max_size=min(high, low + 12))


def _objects(schema: Any, root: Any, extra: bool) -> st.SearchStrategy[dict[str, Any]]:
    if "properties" not in schema:
        inner = values(schema.get("additionalProperties", True), root, extra)
        return st.dictionaries(TEXT, inner, min_size=schema.get("minProperties", 0), max_size=3)
    members = {name: values(member, root, extra) for name, member in schema["properties"].items()}
    required = {name: members.pop(name) for name in schema.get("required", ())}
    declared = st.fixed_dictionaries(required, optional=members)
    if not extra:
        return declared
    unknown = st.dictionaries(TEXT.map(lambda text: f"x-{text}"), JSON, max_size=2)
    return st.tuples(unknown, declared).map(lambda pair: pair[0] | pair[1])


@pytest.fixture(scope="session")
def described() -> Callable[[str, Role], st.SearchStrategy[Any]]:
    """`described(type, role)`: events by that role's schema; a reader's also hold what nobody declared."""

    @cache
    def events(name: str, role: Role) -> st.SearchStrategy[Any]:
        schema = schema_of(EVENTS[name], role)
        return values(schema, schema, extra=role == "reader")

    return events


@pytest.fixture(params=GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def golden(request: pytest.FixtureRequest) -> Path:
    """Every committed example."""
    return request.param


@pytest.fixture
def decided() -> dict[str, Any]:
    """An event as JSON, to break at will."""
    path = COMMITTED / "golden" / "eu.mutua.recognition.decided.v1" / "1.json"
    return json.loads(path.read_text())
