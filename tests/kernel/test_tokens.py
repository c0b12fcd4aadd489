"""Tokens that nobody made with care: whatever their bytes are, the checker accepts or refuses, and never
breaks.
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mutua_kernel.http.auth import Refused
from tests.in_process import SIGN_IN, SettableClock, Tokens


def _part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


OURS = _part({"iss": SIGN_IN})
DEEP = b"[" * 1500


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(SettableClock(datetime(2026, 9, 1, tzinfo=UTC)))


async def test_a_token_tells_who_calls(tokens: Tokens) -> None:
    async with tokens.checker() as checker:
        caller = await checker.check(tokens.bearer("alliance:boreal", "coordinator").removeprefix("Bearer "))
    assert (caller.tenant, caller.roles) == ("alliance:boreal", frozenset({"coordinator"}))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b.c",
        f"a.{_part(DEEP)}.b",
        f"a.{_part(5)}.b",
        f"a.{_part({'iss': [SIGN_IN]})}.b",
        f"a.{_part({'iss': 'https://mallory.example'})}.b",
        f"{_part(DEEP)}.{OURS}.x",
        f"{_part([1])}.{OURS}.x",
        f"{_part({'alg': 5})}.{OURS}.x",
        f"{_part({'alg': 'none'})}.{OURS}.",
        f"{_part({'alg': 'ES256', 'crit': 5})}.{OURS}.x",
        f"{_part({'alg': 'ES256', 'kid': ['test']})}.{OURS}.x",
        f"{_part({'alg': 'ES256', 'kid': 'test', 'b64': False})}.{OURS}.x",
        f"{_part({'alg': 'ES256', 'jwk': 5})}.{OURS}.é",
        "a." + OURS * 200 + ".b",
    ],
)
async def test_bytes_of_a_stranger_are_refused(tokens: Tokens, token: str) -> None:
    async with tokens.checker() as checker:
        with pytest.raises(Refused):
            await checker.check(token)
        with pytest.raises(Refused):  # the keys are in the cache now
            await checker.check(token)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": {"mutua": True}},
        {"exp": None},
        {"exp": "2030-01-01"},
        {"exp": 0},
        {"nbf": 4102444800},
        {"sub": ""},
        {"tenant": ["alliance:boreal"]},
        {"roles": "coordinator"},
    ],
)
async def test_claims_that_do_not_hold_are_refused(tokens: Tokens, claims: dict[str, Any]) -> None:
    async with tokens.checker() as checker:
        with pytest.raises(Refused):
            await checker.check(tokens.bearer("alliance:boreal", **claims).removeprefix("Bearer "))
