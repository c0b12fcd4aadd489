"""Every route of every service, as its OpenAPI document says: a new route is tested from its first day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from house import House

METHODS = ("get", "post", "put", "patch", "delete")
NOBODY = str(UUID(int=7))
FORM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `path` is the template."""

    service: str
    method: str
    path: str
    declared: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.service} {self.path}"

    def filled(self, value: str = NOBODY) -> str:
        """Its path with something in the place of each parameter; numbers where only numbers fit."""
        numbers = {"number": "7", "id:int": "7"}
        return re.sub(
            r"\{(\w+)(?::\w+)?\}",
            lambda one: numbers.get(one[1], value) if value == NOBODY else value,
            self.path,
        )

    @property
    def queries(self) -> list[str]:
        """Names of its parameters behind the question mark."""
        return [one["name"] for one in self.declared.get("parameters", []) if one["in"] == "query"]

    @property
    def public(self) -> bool:
        """Whether it says that nobody has to sign in."""
        return not self.declared.get("security")


def routes(house: House, service: str) -> list[Route]:
    """The routes of a service."""
    answer = house.http.get(house.address(service) + "/openapi.json")
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    return list(_routes(document, service))


def _routes(document: dict[str, Any], service: str) -> Iterator[Route]:
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                yield Route(service, method.upper(), path, operations[method])


def ask(house: House, route: Route, path: str | None = None, **options: Any) -> httpx.Response:
    """Sends something to a route: with the token that `options` have, or none."""
    url = house.address(route.service) + (path or route.filled())
    return house.http.request(route.method, url, **options)


def problem(answer: httpx.Response, what: object) -> dict[str, Any]:
    """The problem in an answer, held to RFC 9457 and to what must never be in one."""
    told = f"{what}: {answer.status_code} {answer.text[:300]}"
    assert answer.headers["content-type"] == FORM, told
    body = answer.json()
    assert body["status"] == answer.status_code, told
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", body["code"]), told
    assert body["type"].endswith("/" + body["code"]), told
    assert body["title"], told
    assert body["detail"], told
    for trace in ("Traceback", 'File "', "asyncpg", "pydantic", "site-packages", "select ", "insert "):
        assert trace not in answer.text, told
    return body
