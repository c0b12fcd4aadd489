"""Whatever is sent to whatever route: no 500, no stack trace, every error a problem with a code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from house import SERVICES, House
from routes import Route, ask, problem, routes

pytestmark = pytest.mark.servers

JSON = {"Content-Type": "application/json"}
DEEP = b"[" * 5000 + b"]" * 5000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "an array": b"[]",
    "a null": b"null",
    "a number too large": b'{"sequence": 1' + b"0" * 400 + b"}",
    "infinity": b'{"sequence": Infinity}',
    "NUL": b'{"name": "a\\u0000b", "code": "\\u0000", "key": "\\u0000"}',
    "half a surrogate pair": b'{"name": "\\ud800", "reason": "\\udfff"}',
    "a member twice": b'{"name": "a", "name": "b"}',
    "unknown members": b'{"__class__": "x", "$ref": "y"}',
    "wrong types": b'{"name": [], "purpose": {}, "rows": {}, "content": 1, "award": [], "scope": []}',
    "deep": DEEP,
    "many rows": b'{"rows": [' + b",".join([b"{}"] * 2000) + b"]}",
}
VALUES = (
    "%00",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    quote("' or 1=1 --"),
    "9" * 400,
    quote("Ŷ\U0001d517 \n"),
    "-1",
)


def signed_in(house: House, **more: str) -> dict[str, str]:
    """Headers of somebody who may do everything."""
    return {"Authorization": f"Bearer {house.person('everybody').token}", **more}


def held(answer: httpx.Response, what: str) -> None:
    """Not broken, and a problem where it is an error."""
    assert answer.status_code < 500, f"{what}: {answer.status_code} {answer.text[:500]}"
    if answer.status_code >= 400:
        problem(answer, what)


@pytest.mark.parametrize("service", SERVICES)
def test_any_body_gets_an_answer(house: House, service: str) -> None:
    for route in routes(house, service):
        if route.method in ("POST", "PUT", "PATCH"):
            for number, (name, body) in enumerate(BODIES.items()):
                key = {"Idempotency-Key": f"{route.path}{number}"}
                answer = ask(house, route, content=body, headers=signed_in(house, **JSON, **key))
                held(answer, f"{route} with {name}")


@pytest.mark.parametrize("service", SERVICES)
def test_any_path_and_query_gets_an_answer(house: House, service: str) -> None:
    for route in routes(house, service):
        for number, value in enumerate(VALUES):
            headers = signed_in(house, **{"Idempotency-Key": f"{route.path}{number}"})
            for path in _odd(route, value):
                held(ask(house, route, path, headers=headers, json=_body(route)), f"{route} at {path[:100]}")


def _odd(route: Route, value: str) -> Iterator[str]:
    if "{" in route.path:
        yield route.filled(value)
    for name in route.queries:
        if name != "wait":
            yield f"{route.filled()}?{name}={value}"


def _body(route: Route) -> Any:
    return {} if route.method in ("POST", "PUT", "PATCH") else None


@pytest.mark.parametrize("service", SERVICES)
def test_every_post_needs_an_idempotency_key(house: House, service: str) -> None:
    posts = [route for route in routes(house, service) if route.method == "POST"]
    assert posts
    for route in posts:
        dry = [f"{route.filled()}?dry_run=true"] if "dry_run" in route.queries else []
        for path in (route.filled(), *dry):
            answer = ask(house, route, path, headers=signed_in(house), json={})
            assert answer.status_code == 400, f"{route}: {answer.status_code} {answer.text}"
            assert problem(answer, route)["code"] == "idempotency_key_missing"
        for key in ("", "x" * 201):
            answer = ask(house, route, headers=signed_in(house, **{"Idempotency-Key": key}), json={})
            assert answer.status_code == 400, f"{route}: {answer.status_code} {answer.text}"
            assert problem(answer, route)["code"] == "idempotency_key_invalid"


@pytest.mark.parametrize("service", SERVICES)
def test_a_body_that_is_too_large_is_not_read(house: House, service: str) -> None:
    def in_chunks(large: bytes) -> Iterator[bytes]:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    for route in routes(house, service):
        if route.method in ("POST", "PUT"):
            size = 10 * 2**20 if route.path == "/uploads" else 2**20
            large = b'{"name": "' + b"x" * size + b'"}'
            for headers in (signed_in(house, **JSON, **{"Idempotency-Key": "large"}), JSON):
                for content in (large, in_chunks(large)):
                    answer = ask(house, route, content=content, headers=headers)
                    assert answer.status_code == 413, f"{route}: {answer.status_code} {answer.text}"
                    assert problem(answer, route)["code"] == "too_large"


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_not_there_is_a_problem_too(house: House, service: str) -> None:
    address = house.address(service)
    for path in ("/", "/nothing", "/docs", "/redoc", "/.env", "/%00", "/" + "x" * 3000):
        answer = house.http.get(address + path, headers=signed_in(house))
        assert answer.status_code == 404, f"{path}: {answer.status_code}"
        problem(answer, path)
    answer = house.http.request("PATCH", address + "/operations/parked", headers=signed_in(house))
    assert answer.status_code == 405
    problem(answer, "a method that is not there")


def test_no_process_wrote_of_a_bug(house: House) -> None:
    """Last in the file: what the tests above have sent has made no process log an error of its own."""
    for name, log in house.logs().items():
        bugs = [line for line in log.splitlines() if '"event": "bug"' in line or "Traceback" in line]
        assert bugs == [], f"{name}: {bugs[0][:2000]}"
