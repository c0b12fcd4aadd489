"""What happens to the credentials, as it happens: requests by recogniser and state, as the service counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rich.live import Live
from rich.padding import Padding
from rich.table import Table

from mutua_local.demo.broken import PromiseBroken
from mutua_local.demo.cast import RULES
from mutua_local.demo.story import Story
from mutua_local.demo.teller import table

SECONDS: Final = 120.0
TICK: Final = 0.4
STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "decided": ("decided", "anticipated"),
    "in_review": ("in_review",),
    "info_requested": ("info_requested",),
    "inadmissible": ("inadmissible",),
    "dormant": ("dormant",),
    "waiting": ("waiting",),
}
"""What a request may have come to, and the states that say so."""
TITLES: Final = {
    "decided": "decided",
    "in_review": "in review",
    "info_requested": "info asked",
    "inadmissible": "inadmissible",
    "dormant": "asleep",
    "waiting": "waiting",
}
COLUMNS: Final = ("decided", "review", "info", "inadmissible", "asleep", "waiting", "all")
"""The same for a narrow terminal, and all of them."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Recognition's numbers at one moment."""

    credentials: int
    without_request: int
    queued: int
    by_recogniser: Mapping[str, Mapping[str, int]]

    def of(self, recogniser: str | None, kind: str) -> int:
        """Requests of one recogniser, or of all, that came to this."""
        chosen = [states for who, states in self.by_recogniser.items() if recogniser in (None, who)]
        return sum(states.get(state, 0) for states in chosen for state in STATES[kind])

    def total(self, recogniser: str | None = None) -> int:
        """All requests."""
        return sum(self.of(recogniser, kind) for kind in STATES)

    @property
    def settled(self) -> bool:
        """Whether nothing is being looked at."""
        return self.queued == 0 and self.of(None, "waiting") == 0


def counted(story: Story) -> Counts:
    """The numbers now."""
    told: dict[str, Any] = story.operator.get("recognition", "/operations/counts")
    return Counts(told["credentials"], told["without_request"], told["queued"], told["requests"])


def watch(story: Story, issued: Callable[[], int | None]) -> Counts:
    """Shows the numbers until everything issued has arrived and is settled; `issued` says how many there are,
    None while there will be more. Raises `PromiseBroken` when it takes too long.
    """
    began = time.monotonic()
    shown = _Shown(story, began)
    with shown:
        while True:
            counts = counted(story)
            shown.update(counts)
            expected = issued()
            if expected is not None and counts.credentials >= expected and counts.settled:
                return counts
            if time.monotonic() - began > SECONDS:
                found = f"{counts.credentials} of {expected} credentials, {counts.queued} in the queue"
                raise PromiseBroken(
                    "everything issued is looked at", found=found, expected=f"all after {SECONDS:.0f} s"
                )
            time.sleep(TICK)


class _Shown:
    """A table that changes in place on a terminal; a line whenever something has changed elsewhere."""

    def __init__(self, story: Story, began: float) -> None:
        self._console = story.teller.console
        self._live = Live(console=self._console, auto_refresh=False) if self._console.is_terminal else None
        self._recognisers = [story.cast[short] for short in RULES]
        self._began = began
        self._told = ""
        self._last = (0, began)
        self._rate = 0.0

    def __enter__(self) -> None:
        if self._live is not None:
            self._live.start()

    def __exit__(self, *_exc: object) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, counts: Counts) -> None:
        self._measure(counts)
        if self._live is not None:
            self._live.update(Padding(self._table(counts), (0, 0, 0, 2)), refresh=True)
            return
        numbers = [f"{n} {TITLES[kind]}" for kind in STATES if (n := counts.of(None, kind))]
        line = f"{counts.credentials} credentials arrived, {counts.total()} requests: {', '.join(numbers)}"
        if line != self._told:
            self._told = line
            self._console.print(f"  {line}", highlight=False, soft_wrap=True)

    def _measure(self, counts: Counts) -> None:
        """Requests settled a second, over the last second or so."""
        done, now = counts.total() - counts.of(None, "waiting"), time.monotonic()
        before, at = self._last
        if now - at >= 1.0:
            self._rate, self._last = (done - before) / (now - at), (done, now)

    def _table(self, counts: Counts) -> Table:
        shown = table("requests at", *COLUMNS, right=COLUMNS)
        for one in self._recognisers:
            shown.add_row(f"{one.city} ({one.country})", *_row(counts, one.id))
        shown.add_row("all together", *_row(counts, None), style="bold")
        seconds = time.monotonic() - self._began
        shown.caption = (
            f"{counts.credentials} credentials arrived, nobody asks for {counts.without_request}; "
            f"{self._rate:.0f} requests a second; {seconds:.0f} s"
        )
        shown.caption_justify = "left"
        return shown


def _row(counts: Counts, who: str | None) -> list[str]:
    numbers = [counts.of(who, kind) for kind in STATES]
    return [str(number) if number else "" for number in numbers] + [str(sum(numbers))]
