"""JSON that two readers could understand differently is refused; the rest is read as everybody does."""

import pytest

from mutua_credentials import json_text
from mutua_credentials.json_text import Json, Refused


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff\xfe{", "not_utf8"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b'{"a":1,}', "not_json"),
        (b'{"a":"\x01"}', "not_json"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'[{"b":{"a":1,"\\u0061":2}}]', "duplicate_key"),
        (b"9007199254740992", "number_unsafe"),
        (b"-9007199254740993", "number_unsafe"),
        (b"1" * 5000, "number_unsafe"),
        (b"1e400", "number_unsafe"),
        (b"9007199254740993.0", "number_unsafe"),
        (b"NaN", "number_unsafe"),
        (b"[-Infinity]", "number_unsafe"),
        (b'"\\ud800"', "lone_surrogate"),
        (b'{"\\udfff":1}', "lone_surrogate"),
        (b"[" * 65 + b"]" * 65, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "too_deep"),
    ],
)
def test_refuses_what_readers_could_understand_differently(text: bytes, code: str) -> None:
    refused = json_text.read(text)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert refused.found
    assert refused.expected


@pytest.mark.parametrize(
    "text",
    [
        b"9007199254740991",
        b"-9007199254740991",
        b"-0",
        b'"\\ud83d\\ude00"',
        b"[" * 64 + b"1" + b"]" * 64,
        b"1.5e3",
    ],
)
def test_reads_what_every_reader_understands_alike(text: bytes) -> None:
    assert isinstance(json_text.read(text), Json)


def test_keeps_negative_numbers_negative() -> None:
    assert json_text.read("[-1, -0, -2.5, 7]") == Json([-1, 0, -2.5, 7])


def test_refuses_more_than_the_limit() -> None:
    assert json_text.read(b"[1, 2, 3]", max_bytes=8) == Refused("too_large", "9 bytes", "at most 8 bytes")
