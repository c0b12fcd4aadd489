"""The mirror of a running service, asked over its public API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO, cast

import httpx
from rich.console import Console

from mutua_cli.reach import SECONDS, local_stack, refusal
from mutua_local.errors import StackError

Json = dict[str, Any]


class ServiceReader:
    """Asks the service at an address; no token is needed, because the registry's facts are public."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    @classmethod
    def at(cls, url: str | None) -> ServiceReader:
        """The service at this address, or the local stack's. Raises StackError."""
        if url is not None:
            return cls(url)
        try:
            return cls(local_stack(None).address("deqar-sync-api"))
        except StackError as error:
            raise StackError(
                "NO_MIRROR_NAMED",
                found=f"neither --data nor MUTUA_DATABASE_URL nor --url, and {error.found}",
                expected="a mirror, or a service that has one",
                fix="name the folder of a mirror with --data; `mutua registry sync` makes one",
            ) from error

    def dump(
        self, kind: str | None, as_of: datetime | None, form: str, out: BinaryIO, console: Console
    ) -> int:
        from mutua_cli.registry_read import tell_age

        tell_age(self.status(), console)
        query = _given(kind=kind, as_of=_text(as_of), format=form)
        try:
            with httpx.stream("GET", f"{self._url}/registry/dump", params=query, timeout=SECONDS) as answer:
                if not answer.is_success:
                    answer.read()
                    raise refusal(answer)
                for chunk in answer.iter_bytes():
                    out.write(chunk)
            out.flush()
        except httpx.TransportError as error:
            raise self._silent(error) from error
        return 0

    def status(self) -> Json:
        return cast("Json", self._get("/registry/status"))

    def changes(self, before: datetime, after: datetime) -> list[Json]:
        answer = self._get("/registry/changes", **{"from": _text(before), "to": _text(after)})
        return cast("list[Json]", answer["changes"])

    def show(self, id: str) -> list[Json]:
        return cast("list[Json]", self._get("/registry/rows", id=id)["rows"])

    def coverage(self, query: Json, as_of: datetime | None) -> Json:
        return cast("Json", self._get("/registry/coverage", **query, as_of=_text(as_of)))

    def _get(self, path: str, **query: Any) -> Any:
        try:
            answer = httpx.get(self._url + path, params=_given(**query), timeout=SECONDS)
        except httpx.TransportError as error:
            raise self._silent(error) from error
        if not answer.is_success:
            raise refusal(answer)
        return answer.json()

    def _silent(self, error: Exception) -> StackError:
        return StackError(
            "SERVICE_SILENT",
            found=f"{type(error).__name__} from {self._url}",
            expected="an answer of the registry's mirror",
            fix="see with `mutua status` whether it runs, correct --url, or give --data",
        )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _given(**query: Any) -> dict[str, Any]:
    """Without what was not said."""
    return {name: value for name, value in query.items() if value is not None}
