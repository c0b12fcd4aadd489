"""The way from the command to a service: an address and a token, those given or the local stack's.

Every refusal of a service becomes a StackError, which the command shows with what was found, what was
expected and what to do next.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx

from mutua_local import main as local
from mutua_local.errors import StackError
from mutua_local.folder import default_folder
from mutua_local.progress import Silent
from mutua_local.services import Surroundings
from mutua_local.stack import Stack

SECONDS = 30.0

Json = dict[str, Any]


def local_stack(data: Path | None) -> Surroundings:
    """The local stack in this folder. Raises StackError where there is none."""
    return Stack((data or default_folder()).expanduser().resolve(), Silent()).around()


class Service:
    """A service at its HTTP API, as somebody with a token."""

    def __init__(self, name: str, url: str, token: str) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}

    @classmethod
    def of(
        cls, name: str, *, client: str, url: str | None = None, token: str | None = None, data: Path | None
    ) -> Service:
        """A service of the local stack as one of its clients; `url` and `token` take the place of these."""
        if url and token:
            return cls(name, url, token)
        around = local_stack(data)
        return cls(name, url or around.address(f"{name}-api"), token or local.fetch_token(around, client))

    def get(self, path: str, **query: Any) -> Any:
        """What it answers. Raises StackError."""
        return self._sent("GET", path, query, None)

    def post(self, path: str, body: Any) -> Any:
        """What it answers to a request that has an effect once. Raises StackError."""
        return self._sent("POST", path, {}, body)

    def _sent(self, method: str, path: str, query: Json, body: Any) -> Any:
        headers = dict(self._headers)
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid4())
        given = {name: value for name, value in query.items() if value is not None}
        try:
            with httpx.Client(timeout=SECONDS, trust_env=False) as http:
                answer = http.request(method, self.url + path, params=given, json=body, headers=headers)
        except httpx.TransportError as error:
            raise StackError(
                "SERVICE_SILENT",
                found=f"{type(error).__name__} from {self.name} at {self.url}",
                expected="an answer",
                fix="see with `mutua status` whether it runs, or correct --url",
            ) from error
        if not answer.is_success:
            raise refusal(answer)
        return answer.json()


class Refused(StackError):
    """A service said no; `status` is HTTP's."""

    def __init__(self, status: int, code: str, *, found: str, expected: str, fix: str) -> None:
        super().__init__(code, found=found, expected=expected, fix=fix)
        self.status = status


def refusal(answer: httpx.Response) -> Refused:
    """A problem (RFC 9457) as an error for people; any other answer by its status."""
    try:
        told: Any = answer.json()
    except ValueError:
        told = None
    problem = cast("Json", told) if isinstance(told, dict) else {}
    return Refused(
        answer.status_code,
        str(problem.get("code", f"http_{answer.status_code}")),
        found=": ".join(str(part) for part in (problem.get("detail"), problem.get("found")) if part)
        or f"status {answer.status_code}",
        expected=str(problem.get("expected") or "a request that the service accepts"),
        fix=str(problem.get("fix") or "correct it and try again"),
    )
