"""What a mirror says, read from its database or asked of the running service: the same answers either way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, TypeVar

from rich.console import Console

from mutua_cli.registry_data import is_named, mirror_at
from mutua_cli.registry_service import ServiceReader
from mutua_cli.registry_sync import unusable
from mutua_deqar_sync.alone.store import Unprepared, mirror_pool, prepare
from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.views.answers import changes_answer, coverage_answer, show_answer
from mutua_deqar_sync.views.dump import csv_lines, json_lines
from mutua_deqar_sync.views.question import question
from mutua_deqar_sync.views.status import status
from mutua_deqar_sync.views.store import View, opened

Json = dict[str, Any]
Form = Literal["json", "csv"]
T = TypeVar("T")


class Reader(Protocol):
    """Where a mirror is read."""

    def dump(
        self, kind: Kind | None, as_of: datetime | None, form: Form, out: BinaryIO, console: Console
    ) -> int: ...
    def status(self) -> Json: ...
    def changes(self, before: datetime, after: datetime) -> list[Json]: ...
    def show(self, id: str) -> list[Json]: ...
    def coverage(self, query: Json, as_of: datetime | None) -> Json: ...


@contextmanager
def reader(data: Path | None, url: str | None) -> Generator[Reader]:
    """The mirror of the folder (or of MUTUA_DATABASE_URL); without one, the running service's."""
    if url is not None or not is_named(data):
        yield ServiceReader.at(url)
        return
    with mirror_at(data) as place:
        try:
            asyncio.run(prepare(place.address))
        except Unprepared as error:
            raise unusable(error) from error
        yield LocalReader(place.address)


class LocalReader:
    """Reads the database."""

    def __init__(self, address: str) -> None:
        self._address = address

    def dump(
        self, kind: Kind | None, as_of: datetime | None, form: Form, out: BinaryIO, console: Console
    ) -> int:
        async def write(view: View) -> None:
            tell_age(await status(view, datetime.now(UTC)), console)
            lines: AsyncIterator[bytes] = (
                csv_lines(view, kind, as_of) if form == "csv" and kind else json_lines(view, kind, as_of)
            )
            async for line in lines:
                out.write(line)
            out.flush()

        try:
            self._read(write)
        except BrokenPipeError:  # the reader of the pipe has seen enough
            return 0
        return 0

    def status(self) -> Json:
        return self._read(lambda view: status(view, datetime.now(UTC)))

    def changes(self, before: datetime, after: datetime) -> list[Json]:
        return self._read(lambda view: changes_answer(view, before, after))

    def show(self, id: str) -> list[Json]:
        return self._read(lambda view: show_answer(view, id))

    def coverage(self, query: Json, as_of: datetime | None) -> Json:
        return self._read(lambda view: coverage_answer(view, question(query), as_of))

    def _read(self, work: Callable[[View], Awaitable[T]]) -> T:
        async def read() -> T:
            async with mirror_pool(self._address) as pool, opened(pool) as view:
                return await work(view)

        try:
            return asyncio.run(read())
        except Unprepared as error:
            raise unusable(error) from error


def tell_age(state: Json, console: Console) -> None:
    """How old the data is, and how the last attempt to renew it ended."""

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    snapshot, last = state["snapshot"], state["last_pass"]
    if state["source"] is None:
        say("nothing was mirrored here yet; `mutua registry sync` does it")
    elif snapshot is None:
        say(f"mirror of {state['source']}: no pass was complete yet, rows may be missing")
    else:
        age = str(timedelta(seconds=round(max(0.0, snapshot["age_seconds"]))))
        say(f"mirror of {state['source']}: as of {snapshot['started_at']}, {age} old")
    if state["clock"] != "ok":
        say(f"the clock of this machine is {state['clock']}: the age is not known")
    if last is not None and last["state"] != "complete":
        began = last["attempted_at"] or last["started_at"]
        ended = f"did not end well: {last['reason']}" if last["reason"] else "runs still, or was interrupted"
        say(f"the last attempt, begun {began}, {ended}")
    if snapshot is not None and snapshot["unreadable"]:
        say(f"{snapshot['unreadable']} rows could not be read; `mutua registry status` names them")
