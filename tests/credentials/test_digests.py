"""Digests over bytes and over canonical JSON (RFC 8785)."""

import json
from pathlib import Path

import pytest

from mutua_credentials import digests


def test_digest_of_bytes_is_over_exactly_these_bytes() -> None:
    assert digests.of_bytes(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_digest_of_json_ignores_order_and_spelling() -> None:
    assert digests.of_json({"b": 1.0, "a": "é"}) == digests.of_json(json.loads('{"a":"\\u00e9","b":1}'))


@pytest.mark.parametrize("value", [2**53, float("inf"), float("nan"), "\ud800", {"\udfff": 1}])
def test_refuses_what_has_no_canonical_form(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is rfc8785's own
        digests.of_json(value)


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_public_vectors_of_rfc_8785(vectors: Path, name: str) -> None:
    value = json.loads((vectors / "jcs" / "input" / f"{name}.json").read_bytes())
    assert digests.canonical(value) == (vectors / "jcs" / "output" / f"{name}.json").read_bytes()
