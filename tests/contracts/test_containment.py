"""The explicit rules: what they accept is contained, what they cannot decide they refuse."""

import json
from typing import Any

import jsoncompat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mutua_contracts import EVENTS
from mutua_contracts.containment import gaps
from mutua_contracts.gate import jsoncompat_judge
from mutua_contracts.schemas import schema_of

TEXT = {"type": "string"}
NULL = {"type": "null"}
DAY = {"type": "string", "format": "date"}
WHOLE = {"type": "integer"}


def model(*required: str, closed: bool = True, **members: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": members, "required": list(required)}
    return schema | ({"additionalProperties": False} if closed else {})


def reader(*required: str, **members: Any) -> dict[str, Any]:
    return model(*required, closed=False, **members)


def pattern(text: str) -> dict[str, Any]:
    return {"type": "string", "pattern": text}


TREE = {"$defs": {"T": model("kids", kids={"type": "array", "items": {"$ref": "#/$defs/T"}})}}
HELD = [
    ("the same", model("a", a=TEXT), reader("a", a=TEXT)),
    ("a member that the reader does not know", model("a", a=TEXT, b=TEXT), reader("a", a=TEXT)),
    ("listed values into an open text", model(a={"enum": ["x", "y"]}), reader(a=TEXT)),
    ("one value into a list", model(a={"const": "x"}), reader(a={"enum": ["x", "y"]})),
    ("listed values that fit the pattern", model(a={"enum": ["ab"]}), reader(a=pattern("^a"))),
    ("the same pattern", model(a=pattern("^a")), reader(a=pattern("^a"))),
    ("the reader drops its pattern", model(a=pattern("^a")), reader(a=TEXT)),
    ("integers are numbers", model(a=WHOLE), reader(a={"type": "number"})),
    ("the reader also takes null", model(a=TEXT), reader(a={"anyOf": [TEXT, NULL]})),
    ("tighter bounds", model(a=WHOLE | {"minimum": 2, "maximum": 3}), reader(a=WHOLE | {"minimum": 1})),
    ("a map of anything", model(a={"type": "object"}), reader(a={"type": "object"})),
    ("a recursive model", TREE | {"$ref": "#/$defs/T"}, TREE | {"$ref": "#/$defs/T"}),
    ("nothing is expected", model(a=TEXT), {}),
]
BROKEN = [
    ("a required member is gone", model(), reader("a", a=TEXT), "/a"),
    ("a member was made required", model(a=TEXT), reader("a", a=TEXT), "/a"),
    ("another type", model(a=TEXT), reader(a=WHOLE), "/a"),
    ("a narrower type", model(a={"type": "number"}), reader(a=WHOLE), "/a"),
    ("null where none is expected", model(a={"anyOf": [TEXT, NULL]}), reader(a=TEXT), "/a"),
    ("a value more than the reader's list", model(a={"enum": ["x", "y"]}), reader(a={"enum": ["x"]}), "/a"),
    ("any text into a list", model(a=TEXT), reader(a={"enum": ["x"]}), "/a"),
    ("a listed value of another type", model(a={"const": 1}), reader(a={"enum": [True]}), "/a"),
    ("a listed value beside the pattern", model(a={"enum": ["b"]}), reader(a=pattern("^a")), "/a"),
    ("a listed value that is too long", model(a={"enum": ["bb"]}), reader(a=TEXT | {"maxLength": 1}), "/a"),
    ("a listed number out of bounds", model(a={"enum": [5]}), reader(a=WHOLE | {"maximum": 4}), "/a"),
    ("a tightened pattern", model(a=pattern("^a")), reader(a=pattern("^ab")), "/a"),
    ("a new pattern", model(a=TEXT), reader(a=pattern("^ab")), "/a"),
    ("a new format", model(a=TEXT), reader(a=DAY), "/a"),
    ("a longer text", model(a=TEXT | {"maxLength": 9}), reader(a=TEXT | {"maxLength": 8}), "/a"),
    ("no upper bound", model(a=WHOLE), reader(a=WHOLE | {"exclusiveMaximum": 8}), "/a"),
    (
        "deep inside a list",
        model(a={"type": "array", "items": model(b=TEXT)}),
        reader(a={"type": "array", "items": reader("b", b=TEXT)}),
        "/a/*/b",
    ),
    ("the reader is closed", model(a=TEXT), model(), "/a"),
    (
        "a map's values",
        model(a={"type": "object"}),
        reader(a={"type": "object", "additionalProperties": TEXT}),
        "/a/*",
    ),
    ("a map for a model", model(a={"type": "object"}), reader(a=reader(b=TEXT)), "/a/b"),
    ("anything at all", model(a=True), reader(a=TEXT), "/a"),
    ("nothing is accepted", model(a=TEXT), reader(a=False), "/a"),
    (
        "inside a branch",
        model(a={"anyOf": [model(b=TEXT), NULL]}),
        reader(a={"anyOf": [reader(b=WHOLE), NULL]}),
        "/a/b",
    ),
]
UNDECIDABLE = [
    ("an unknown keyword", TEXT, TEXT | {"contentEncoding": "base64"}),
    ("an unknown keyword of the writer", {"not": TEXT}, TEXT),
    ("a negation", TEXT, {"not": NULL}),
    ("conditions beside branches", TEXT, {"anyOf": [TEXT], "minLength": 2}),
    ("a foreign reference", TEXT, {"$ref": "other.json"}),
    ("a listed value against a format", {"const": "2025-01-01"}, DAY),
    ("listed arrays", {"enum": [[1]]}, {"type": "array"}),
]
BLIND = {"a tightened pattern", "a new pattern", "a new format"}
"""What jsoncompat lets pass, which is why it is never the only judge."""


@pytest.mark.parametrize(("writer", "reader"), [case[1:] for case in HELD], ids=[case[0] for case in HELD])
def test_contained(writer: Any, reader: Any) -> None:
    assert gaps(writer, reader) == []


@pytest.mark.parametrize(
    ("writer", "reader", "path"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_not_contained(writer: Any, reader: Any, path: str) -> None:
    assert [gap.path for gap in gaps(writer, reader)] == [path]


@pytest.mark.parametrize(
    ("writer", "reader"), [case[1:] for case in UNDECIDABLE], ids=[case[0] for case in UNDECIDABLE]
)
def test_what_the_rules_do_not_cover_is_a_gap(writer: Any, reader: Any) -> None:
    assert "cannot be decided" in gaps(writer, reader)[0].text


def test_only_additions() -> None:
    older, newer = reader(a=TEXT, b=reader(c=TEXT)), model(a=TEXT, b=model())
    assert gaps(newer, older) == []
    assert [gap.path for gap in gaps(newer, older, additions_only=True)] == ["/b/c"]


@pytest.mark.parametrize(("name", "writer", "reader"), HELD, ids=[case[0] for case in HELD])
def test_jsoncompat_accepts_what_is_contained(name: str, writer: Any, reader: Any) -> None:
    assert jsoncompat_judge()(writer, reader) is True


@pytest.mark.parametrize("case", BROKEN, ids=[case[0] for case in BROKEN])
def test_jsoncompat_refuses_what_is_not_contained_but_for_texts(case: Any) -> None:
    name, writer, reader, _ = case
    assert jsoncompat_judge()(writer, reader) is (name in BLIND)


def test_both_roles_of_jsoncompat_mean_containment() -> None:
    wide, narrow = (json.dumps(schema) for schema in (reader("a", a=TEXT), model("a", "b", a=TEXT, b=TEXT)))
    assert jsoncompat.check_compat(wide, narrow, "serializer")
    assert jsoncompat.check_compat(narrow, wide, "deserializer")
    assert not jsoncompat.check_compat(narrow, wide, "serializer")
    assert not jsoncompat.check_compat(wide, narrow, "deserializer")


LEAVES: list[Any] = [
    *(TEXT, NULL, WHOLE, {"type": "number"}, {"type": "boolean"}, {"type": ["string", "null"]}),
    *({"enum": ["a", "b"]}, {"enum": ["a"]}, {"const": 1}, {"enum": [1, True, "a", None]}, {}, True),
    *(TEXT | {"minLength": 1}, TEXT | {"maxLength": 1}, pattern("^a"), pattern("^[ab]$")),
    *(WHOLE | {"minimum": 1}, WHOLE | {"exclusiveMinimum": 0}, WHOLE | {"maximum": 1}),
]
PLAIN: list[Any] = [None, True, False, 0, 1, 2, -1, 1.5, "", "a", "b", "ab", "c", [], {}]
SHAPES: list[Any] = [
    lambda leaf: leaf,
    lambda leaf: {"type": "array", "items": leaf},
    lambda leaf: {"type": "object", "additionalProperties": leaf},
    lambda leaf: reader(a=leaf),
    lambda leaf: reader("a", a=leaf),
    lambda leaf: model(a=leaf),
    lambda leaf: reader(a=leaf) | {"additionalProperties": leaf, "minProperties": 1},
]
SHAPED = [
    *PLAIN,
    *([value] for value in PLAIN),
    *({"a": value} for value in PLAIN),
    *({"b": value} for value in PLAIN),
    *({"a": "a", "b": value} for value in PLAIN),
]


def test_what_the_rules_accept_is_contained_for_every_small_pair() -> None:
    schemas = [shape(leaf) for shape in SHAPES for leaf in LEAVES]
    accepted = [
        frozenset(n for n, value in enumerate(SHAPED) if Draft202012Validator(schema).is_valid(value))
        for schema in schemas
    ]
    contained = [
        (one, other)
        for one, writer in enumerate(schemas)
        for other, read in enumerate(schemas)
        if gaps(writer, read) == []
    ]
    assert [
        (schemas[one], schemas[other]) for one, other in contained if accepted[one] - accepted[other]
    ] == []
    assert len(contained) > 500


def _larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    models = st.builds(
        lambda members, required, rest: {
            "type": "object",
            "properties": members,
            "required": required,
            "additionalProperties": rest,
        },
        members,
        st.lists(st.sampled_from("ab"), unique=True, max_size=2),
        st.booleans() | inner,
    )
    arrays = st.builds(
        lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 1)
    )
    return (
        models
        | arrays
        | st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=2))
    )


SCHEMAS = st.recursive(st.sampled_from(LEAVES), _larger, max_leaves=4)
VALUES = st.recursive(
    st.sampled_from(PLAIN),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(writer=SCHEMAS, change=SCHEMAS, values=st.lists(VALUES, min_size=5, max_size=25))
def test_what_the_rules_accept_is_contained(writer: Any, change: Any, values: list[Any]) -> None:
    for read in (change, {"anyOf": [change, writer]}, writer):
        if gaps(writer, read) == []:
            wrote, reads = Draft202012Validator(writer), Draft202012Validator(read)
            assert all(reads.is_valid(value) for value in values if wrote.is_valid(value))


@settings(max_examples=50)
@given(SCHEMAS)
def test_every_schema_contains_itself(schema: Any) -> None:
    assert gaps(schema, schema) == []


@pytest.mark.parametrize("name", EVENTS)
def test_no_event_accepts_more_from_writers_than_readers_read(name: str) -> None:
    assert gaps(schema_of(EVENTS[name], "writer"), schema_of(EVENTS[name], "reader")) == []
    assert gaps(schema_of(EVENTS[name], "reader"), schema_of(EVENTS[name], "writer")) != []
