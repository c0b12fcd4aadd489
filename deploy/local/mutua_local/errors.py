"""What a person reads when the local stack cannot do what was asked.

Every failure that has to do with the machine (no free port, a broken JDK, a topic with other settings) is a
`StackError` with a stable code, what was found, what was expected and what to do next. Bugs stay ordinary
exceptions.
"""

from __future__ import annotations

from pathlib import Path


class StackError(Exception):
    """A problem of the machine or of what was asked, told so that a person can act on it."""

    def __init__(self, code: str, *, found: str, expected: str, fix: str, log: Path | None = None) -> None:
        self.code = code
        self.found = found
        self.expected = expected
        self.fix = fix
        self.log = log
        super().__init__(f"{code}: found {found}; expected {expected}; {fix}")

    def lines(self) -> list[str]:
        """The error as a terminal shows it, ending with the tail of the log where there is one."""
        shown = [
            self.code,
            f"  found     {self.found}",
            f"  expected  {self.expected}",
            f"  do next   {self.fix}",
        ]
        if self.log is not None:
            shown.append(f"  log       {self.log}")
            shown += [f"    | {line}" for line in tail(self.log)]
        return shown


def tail(log: Path, lines: int = 12) -> list[str]:
    """The last lines of a log, or none where it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 16_384))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return [line[:300] for line in text.splitlines()[-lines:]]
