"""`mutua registry sync` with its ending told: what was read, what could not be, and what to do next."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from rich.console import Console

from mutua_cli.registry_data import Place
from mutua_cli.registry_watch import Watch
from mutua_deqar_sync.alone.store import Unprepared
from mutua_deqar_sync.alone.sync import Outcome, Wish, sync
from mutua_deqar_sync.transport import Manners, Traffic
from mutua_deqar_sync.views.lines import instant
from mutua_deqar_sync.views.status import Unread
from mutua_local.errors import StackError

_SHOWN: Final = 50
"""Rows that are named on the terminal; `status` names all."""


def run(
    place: Place,
    source: str,
    token: str | None,
    *,
    full: bool,
    rate: float,
    accept_loss: bool,
    console: Console,
) -> int:
    """Reads the registry; the exit code. Raises StackError where the database cannot be used."""
    wish = Wish(
        source, token, full=full, accept_loss=accept_loss, tell=place.shared, manners=Manners(rate=rate)
    )
    console.print(f"reading {source} into {place.name}", highlight=False, markup=False, soft_wrap=True)
    with Watch(console) as watch:

        def begun(traffic: Traffic) -> None:
            watch.traffic = traffic

        try:
            outcome = asyncio.run(sync(place.address, wish, watch, begun))
        except Unprepared as error:
            raise unusable(error) from error
        except KeyboardInterrupt:
            console.print("interrupted: what was read is kept; run it again to go on", highlight=False)
            return 130
    _tell(outcome, watch, console)
    return outcome.exit_code


def unusable(error: Unprepared) -> StackError:
    """A database without a mirror, told so that a person can mend it."""
    return StackError(
        "MIRROR_UNUSABLE",
        found=str(error),
        expected="a database in which the mirror's schema can be made",
        fix="check MUTUA_DATABASE_URL and the rights of its user, or unset it and give --data",
    )


def _tell(outcome: Outcome, watch: Watch, console: Console) -> None:
    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    say(f"{outcome.state}: {watch.cost()}")
    if outcome.unread is not None:
        say(_details(outcome.unread))
    for row in outcome.unreadable[:_SHOWN]:
        say("  " + described(row))
    if len(outcome.unreadable) > _SHOWN:
        say(f"  and {len(outcome.unreadable) - _SHOWN} more: mutua registry status names them")
    if outcome.code:
        say(f"{outcome.code}\n  found     {outcome.found}\n  do next   {outcome.fix}")
        say("  the last good data is kept")


def _details(unread: Unread) -> str:
    """What a silent edit, which no list shows, could still hide in."""
    if not unread.rows:
        return "details: all were read in this run"
    since = f", the oldest was read at {instant(unread.oldest)}" if unread.oldest else ""
    return f"details: {unread.rows} were not read again{since} (each run reads the oldest, --full all)"


def described(row: dict[str, Any]) -> str:
    """An unreadable row in one line: which, where in it, and what was found."""
    place = f" at {row['path']}" if row.get("path") else ""
    expected = f", expected {row['expected']}" if row.get("expected") else ""
    return f"{row['kind']} {row['id']}: {row['cause']}{place}: found {row['found']}{expected}"
