"""A plan of faults: the next requests to some path fail in a chosen way, or find the data changed under them.

An entry matches paths by a regular expression over path and query, lets `after` matching requests pass,
then acts on `count` of them. Entries are tried in order; the first that acts wins. A `mutate` entry runs
actions just before its request is served, so that rows move while a client is paging; it does not keep
others from acting.
"""

import re
import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

Kind = Literal[
    "html_500",
    "bad_gateway",
    "gateway_timeout",
    "outage",
    "too_many",
    "reset",
    "cut_body",
    "cut_json",
    "repeat_page",
    "duplicate_row",
    "wrong_count",
    "html_200",
    "slow",
    "forbidden",
    "patch",
    "mutate",
]


class Fault(BaseModel):
    """One entry. `seconds`: Retry-After of `too_many`, delay of `slow`, how long an `outage` lasts once it
    has begun; `amount` is added by `wrong_count`; `patch` maps dotted paths of the JSON answer to new values
    (`results.0.valid_from`), `actions` are control actions with their body.
    """

    model_config = ConfigDict(extra="forbid")

    path: str = ".*"
    kind: Kind
    count: Annotated[int, Field(ge=0)] = 1
    after: Annotated[int, Field(ge=0)] = 0
    seconds: float = 1.0
    amount: int = 1
    patch: dict[str, Any] = {}
    actions: list[dict[str, Any]] = []
    min_limit: Annotated[int, Field(ge=0)] = 0
    """Act only on requests for at least this many rows, as on a page that is too large."""

    _until: float = PrivateAttr(default=0.0)

    def matches(self, path: str, limit: int) -> bool:
        return re.search(self.path, path) is not None and limit >= self.min_limit

    def take(self) -> bool:
        """Count one matching request; true when it is this entry's turn to act. An outage that has begun goes
        on by the machine's clock.
        """
        if time.monotonic() < self._until:
            return True
        if self.after:
            self.after -= 1
            return False
        if self.count:
            self.count -= 1
            if self.kind == "outage":
                self._until = time.monotonic() + self.seconds
            return True
        return False


class FaultPlan:
    """The entries, and a count of requests by outcome so that tests can see what was asked."""

    def __init__(self) -> None:
        self.entries: list[Fault] = []
        self.served: list[str] = []

    def clear(self) -> None:
        self.entries.clear()
        self.served.clear()

    def due(self, path: str, limit: int) -> tuple[list[Fault], Fault | None]:
        """The mutations to run before this request, and the fault that befalls it."""
        mutations: list[Fault] = []
        for entry in self.entries:
            if not entry.matches(path, limit) or not entry.take():
                continue
            if entry.kind != "mutate":
                return mutations, entry
            mutations.append(entry)
        return mutations, None


def apply_patch(body: Any, patch: dict[str, Any]) -> Any:
    """Replace values inside a JSON answer; a path that does not exist is left alone."""
    for dotted, value in patch.items():
        target = body
        *way, last = [int(part) if part.isdecimal() else part for part in dotted.split(".")]
        try:
            for step in way:
                target = target[step]
            target[last] = value
        except (KeyError, IndexError, TypeError):
            continue
    return body
