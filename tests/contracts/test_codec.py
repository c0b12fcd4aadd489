"""What is valid goes round unchanged; what is not gets the right code and path, and is never quoted."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mutua_contracts import EVENTS, MAX_EVENT_BYTES, Envelope, InvalidEvent, decode, encode, peek
from mutua_contracts.archive import COMMITTED
from mutua_contracts.model import Wire
from mutua_contracts.schemas import Role, schema_of

GOLDEN = COMMITTED / "golden"
SECRET = "Ada Lovelace 1815-12-10"
FIXTURE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
Describe = Callable[[str, Role], st.SearchStrategy[Any]]


def raw(event: object) -> bytes:
    return json.dumps(event).encode()


def refusal(data: bytes) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as caught:
        decode(data)
    return caught.value


@cache
def validator(name: str, role: Role) -> Draft202012Validator:
    return Draft202012Validator(schema_of(EVENTS[name], role))


@pytest.mark.parametrize("name", EVENTS)
@settings(max_examples=15, suppress_health_check=FIXTURE)
@given(data=st.data())
def test_what_a_writer_may_write_goes_round_unchanged(
    name: str, described: Describe, data: st.DataObject
) -> None:
    drawn = data.draw(described(name, "writer"))
    if drawn["data"].get("decided_by") == "machine":  # the one rule that no schema says
        drawn["data"]["outcome"] = "RECOGNISED_FULL"
    first = decode(raw(drawn))
    written = encode(first)
    assert decode(written) == first
    assert encode(decode(written)) == written
    validator(name, "writer").validate(json.loads(written))


@pytest.mark.parametrize("name", EVENTS)
@settings(max_examples=10, suppress_health_check=FIXTURE)
@given(data=st.data())
def test_unknown_members_and_codes_are_read_and_not_written(
    name: str, described: Describe, data: st.DataObject
) -> None:
    written = attempt(decode(raw(data.draw(described(name, "reader")))))
    if isinstance(written, InvalidEvent):
        assert written.code == "unknown_code"
        assert written.path.startswith("/data/")
    else:
        validator(name, "writer").validate(json.loads(written))


def attempt(event: Envelope[Any]) -> bytes | InvalidEvent:
    try:
        return encode(event)
    except InvalidEvent as error:
        return error


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def replaced(event: Any, place: tuple[Any, ...], by: Any) -> Any:
    broken = copy.deepcopy(event)
    inner = broken
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = by
    return broken


@pytest.mark.parametrize(
    "wrong", [None, True, 7, -1, 1.5, "", SECRET, [], [SECRET], {}, {SECRET: SECRET}], ids=repr
)
def test_a_member_is_accepted_where_the_reader_schema_accepts_it_and_nowhere_else(
    golden: Path, wrong: Any
) -> None:
    event = json.loads(golden.read_text())
    accepts = validator(event["type"], "reader")
    for place in places(event):
        broken = replaced(event, place, wrong)
        if place == ("type",):
            assert refusal(raw(broken)).path == "/type"
        elif accepts.is_valid(broken):
            decode(raw(broken))
        else:
            error = refusal(raw(broken))
            # A key of a free map is content and shows as a star.
            named = zip(place, error.path.split("/")[1:], strict=False)
            assert all(shown in (str(key), "*") for key, shown in named), (place, error.path)
            assert error.code == "malformed"
            assert "Ada" not in str(error)


def test_a_missing_member_is_named(golden: Path) -> None:
    event = json.loads(golden.read_text())
    for name in schema_of(EVENTS[event["type"]], "reader")["required"]:
        if name != "type":
            error = refusal(raw({key: value for key, value in event.items() if key != name}))
            assert (error.code, error.path, error.found) == ("malformed", f"/{name}", "nothing")


@given(
    st.binary(max_size=200)
    | st.text().map(str.encode)
    | st.recursive(
        st.none() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    ).map(raw)
)
def test_whatever_the_bytes_it_is_an_event_or_invalid(data: bytes) -> None:
    assert refusal(data).code in ("undecodable", "malformed")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "undecodable"),
        (b"\xef\xbb\xbf{}", "undecodable"),
        (b'{"type": "\xff"}', "undecodable"),
        (b'{"type": NaN}', "undecodable"),
        (b'{"type": "\\ud800"}', "undecodable"),
        (b'{"a": ' + b"9" * 5000 + b"}", "undecodable"),
        (b"[" * 100_000, "undecodable"),
        (b'{"type": 1}', "malformed"),
        (b"{}", "malformed"),
        (b"[]", "malformed"),
        (b"null", "malformed"),
        (b" " * (MAX_EVENT_BYTES + 1), "too_large"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_bytes_that_are_no_event(data: bytes, code: str) -> None:
    assert refusal(data).code == code


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("eu.mutua.recognition.decided.v9", "unknown_version", "eu.mutua.recognition.decided.v1"),
        ("eu.mutua.recognition.dreamt.v1", "unknown_type", "a declared type"),
        ("com.example.other", "unknown_type", "eu.mutua.<aggregate>.<fact>.v<major>"),
        (SECRET, "unknown_type", "eu.mutua.<aggregate>.<fact>.v<major>"),
    ],
)
def test_unknown_types_and_versions_are_told_apart(
    decided: dict[str, Any], name: str, code: str, expected: str
) -> None:
    error = refusal(raw(decided | {"type": name}))
    assert (error.code, error.expected, error.path) == (code, expected, "/type")
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("time", "1700000000"),
        ("time", "2025-06-20T09:30:00+02:00"),
        ("time", "2025-06-20T09:30:00"),
        ("time", "2025-06-20 09:30:00Z"),
        ("time", "2025-02-30T09:30:00Z"),
        ("id", "{eae324b2-e4c8-5ac9-8b8f-305582b09d36}"),
        ("id", "EAE324B2-E4C8-5AC9-8B8F-305582B09D36"),
        ("sequence", "2"),
        ("sequence", 0),
        ("sequence", 2**31),
        ("specversion", "0.3"),
        ("partitionkey", "a" * 201),
    ],
)
def test_values_have_one_spelling(decided: dict[str, Any], member: str, value: Any) -> None:
    error = refusal(raw(decided | {member: value}))
    assert (error.code, error.path) == ("malformed", f"/{member}")


def test_a_number_is_no_date(decided: dict[str, Any]) -> None:
    decided["data"]["effect"]["conditions"][0]["due"] = "0"
    assert refusal(raw(decided)).path == "/data/effect/conditions/0/due"


def test_a_name_of_python_code_is_no_member() -> None:
    published = json.loads((GOLDEN / "eu.mutua.trust.statement_published.v1" / "1.json").read_text())
    interval = published["data"]["statement"]["in_force"]
    interval["start"] = interval.pop("from")
    assert decode(raw(published)).data.statement.in_force.start is None


def test_keys_of_free_maps_are_content(decided: dict[str, Any]) -> None:
    issuer = decided | {"type": "eu.mutua.issuer.changed.v1", "data": {"names": {SECRET: 1}}}
    errors = refusal(raw(issuer))
    assert SECRET not in str(errors)


def test_the_last_of_two_equal_members_counts_everywhere(decided: dict[str, Any]) -> None:
    text = json.dumps(decided)
    doubled = text.replace('{"specversion"', '{"type": "eu.mutua.issuer.changed.v1", "specversion"', 1)
    assert decode(doubled.encode()).type == decided["type"]


@pytest.mark.parametrize("text", ["a\0b", "\\\0"])
def test_a_text_with_nul_is_neither_read_nor_written(decided: dict[str, Any], text: str) -> None:
    event = decode(raw(decided))
    decided["data"]["target"] = text
    assert refusal(raw(decided)).found == "a text with U+0000"
    with pytest.raises(InvalidEvent, match="U\\+0000"):
        encode(event.model_copy(update={"data": event.data.model_copy(update={"target": text})}))


def test_backslashes_before_u0000_are_no_nul(decided: dict[str, Any]) -> None:
    decided["data"]["target"] = "\\u0000 and \\\\u0000"
    assert decode(raw(decided)).data.target == decided["data"]["target"]


def changed(event: Envelope[Any], **members: Any) -> Envelope[Any]:
    """The event with members of its data that nobody validated, as a bug of a writer would make it."""
    return event.model_copy(update={"data": event.data.model_copy(update=members)})


@pytest.mark.parametrize(
    ("members", "code", "path"),
    [
        ({"outcome": "RECOGNISED_PERHAPS"}, "unknown_code", "/data/outcome"),
        ({"outcome": "NOT_RECOGNISED"}, "malformed", "/data"),
        ({"outcome": ""}, "malformed", "/data/outcome"),
        ({"people": (SECRET, 7)}, "malformed", ""),
        ({"target": "\ud800"}, "malformed", ""),
        ({"target": "x" * MAX_EVENT_BYTES}, "too_large", ""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_writer_is_held_to_its_contract(
    decided: dict[str, Any], members: dict[str, Any], code: str, path: str
) -> None:
    event = decode(raw(decided))
    assert event.data.decided_by == "machine"
    with pytest.raises(InvalidEvent) as caught:
        encode(changed(event, **members))
    assert (caught.value.code, caught.value.path) == (code, path)
    assert SECRET not in str(caught.value)


def test_a_person_may_decide_what_a_machine_may_not(decided: dict[str, Any]) -> None:
    event = changed(decode(raw(decided)), outcome="NOT_RECOGNISED", decided_by="person")
    assert decode(encode(event)).data.outcome == "NOT_RECOGNISED"


def test_data_must_be_what_the_type_says(decided: dict[str, Any]) -> None:
    event = decode(raw(decided))
    with pytest.raises(InvalidEvent, match=r"expected eu\.mutua\.recognition\.decided\.v1 at /type"):
        encode(event.model_copy(update={"type": "eu.mutua.review.requested.v1"}))


def test_data_must_be_declared() -> None:
    class Note(Wire):
        text: str

    note: Envelope[Any] = Envelope[Note](
        id=UUID(int=1),
        source="urn:mutua:test",
        type="eu.mutua.note.made.v1",
        subject="n",
        time=datetime(2025, 6, 20, tzinfo=UTC),
        partitionkey="n",
        sequence=1,
        tenant="t",
        data=Note(text="hello"),
    )
    with pytest.raises(InvalidEvent, match="unknown_type: found Note"):
        encode(note)


def test_peek_answers_with_the_object_unvalidated(decided: dict[str, Any]) -> None:
    assert peek(raw(decided)) == decided
