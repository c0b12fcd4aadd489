"""The APIs of a running stack as its people call them: with their own tokens, and nothing else."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import httpx

from mutua_local import main as local
from mutua_local.demo.broken import PromiseBroken
from mutua_local.services import Surroundings

PATIENCE = 60.0
"""Seconds for which a service may say that it is not ready for something yet."""
NOT_YET = frozenset({"registry_not_ready", "credential_unknown", "unavailable", "request_in_flight"})


class Desk:
    """Whoever may call: one HTTP connection for all, one token for each."""

    def __init__(self, around: Surroundings, http: httpx.Client) -> None:
        self.around = around
        self.http = http
        self._callers: dict[str, Caller] = {}

    def caller(self, client_id: str) -> Caller:
        """The caller of this client of the token issuer, e.g. `lisvik.issuer`."""
        if client_id not in self._callers:
            self._callers[client_id] = Caller(self, client_id, local.fetch_token(self.around, client_id))
        return self._callers[client_id]


class Caller:
    """One client with its token."""

    def __init__(self, desk: Desk, client_id: str, token: str) -> None:
        self.client_id = client_id
        self._desk = desk
        self._token = token

    def ask(self, method: str, service: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """Any answer, also a refusal."""
        return self._send(method, service, path, body, str(uuid4()), query)

    def get(self, service: str, path: str, **query: Any) -> Any:
        """What a GET answers; raises `PromiseBroken` for an error."""
        return self._checked("GET", service, path, None, query).json()

    def post(self, service: str, path: str, body: Any = None) -> Any:
        """What a POST answers; waits where the service says "not yet", raises `PromiseBroken` for errors."""
        return self._checked("POST", service, path, body, {}).json()

    def delete(self, service: str, path: str) -> None:
        """Deletes; raises `PromiseBroken` for an error."""
        self._checked("DELETE", service, path, None, {})

    def pages(self, service: str, path: str, **query: Any) -> list[Any]:
        """All items of a list in pages."""
        items: list[Any] = []
        page = self.get(service, path, limit=200, **query)
        name = next(name for name in page if name != "next")
        items += page[name]
        while page["next"] is not None:
            page = self.get(service, path, limit=200, after=page["next"], **query)
            items += page[name]
        return items

    def _checked(
        self, method: str, service: str, path: str, body: Any, query: dict[str, Any]
    ) -> httpx.Response:
        key = str(uuid4())
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._send(method, service, path, body, key, query)
            if answer.is_success:
                return answer
            problem = _problem(answer)
            if problem.get("code") not in NOT_YET or time.monotonic() > deadline:
                raise PromiseBroken(
                    f"{method} {path} of {service} as {self.client_id}",
                    found=f"{answer.status_code} {problem.get('code', '')}: {problem.get('detail', '')} "
                    f"(found {problem.get('found')}, expected {problem.get('expected')})",
                    expected="an answer without an error",
                )
            time.sleep(0.25)

    def _send(
        self, method: str, service: str, path: str, body: Any, key: str, query: dict[str, Any]
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        if method != "GET":
            headers["Idempotency-Key"] = key
        address = self._desk.around.address(f"{service}-api")
        return self._desk.http.request(method, address + path, json=body, headers=headers, params=query)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        told: Any = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
