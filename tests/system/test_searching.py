"""The search for values, searched itself: it knows every form that it says it knows."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

import pytest
from searching import find, forms


@pytest.mark.parametrize("name", forms("Žŷ x@y.example"))
def test_the_search_knows_a_value_in_every_form(name: str) -> None:
    value = f"Žŷ-{uuid4()}@campus.example"
    around = b"\x00\xff before " + forms(value)[name] + b" behind"
    assert find([value], [("here", around)])
    assert not find([f"{value}?"], [("here", b"nothing of it")])


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("behind", range(4))
def test_the_search_reads_inside_of_tokens(before: int, behind: int) -> None:
    value = f"Đørf {uuid4()}"
    for text in (json.dumps({"n": value}), json.dumps({"n": value}, ensure_ascii=False)):
        padded = ("." * before + text + "." * behind).encode()
        for encoded in (base64.b64encode(padded), base64.urlsafe_b64encode(padded)):
            assert find([value], [("here", encoded)])
