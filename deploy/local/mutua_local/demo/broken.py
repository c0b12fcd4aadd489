"""What ends the demo before its end: a promise that was not kept, told as what was found and expected."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class PromiseBroken(Exception):
    """Something that Mutua promises did not hold; the demo stops there and says so."""

    def __init__(self, promise: str, *, found: object, expected: object) -> None:
        self.promise = promise
        self.found = str(found)
        self.expected = str(expected)
        super().__init__(f"{promise}: found {found}, expected {expected}")


def check(promise: str, found: object, expected: object) -> None:
    """Raises `PromiseBroken` where the two are not equal."""
    if found != expected:
        raise PromiseBroken(promise, found=found, expected=expected)


def wait_for(
    promise: str,
    look: Callable[[], T | None],
    *,
    seconds: float,
    pause: float = 0.1,
    found: Callable[[], object] = lambda: "nothing",
) -> T:
    """What `look` gives as soon as it gives something. Raises `PromiseBroken` when that takes too long, with
    what `found` says is there by then.
    """
    deadline = time.monotonic() + seconds
    while (seen := look()) is None:
        if time.monotonic() > deadline:
            raise PromiseBroken(promise, found=f"{found()} after {seconds:.0f} seconds", expected="all of it")
        time.sleep(pause)
    return seen
