"""What a long reading of the registry tells whoever watches it."""

from typing import Protocol


class Progress(Protocol):
    """Told while the registry is read; rows are counted once each, whatever they cost."""

    def phase(self, name: str) -> None:
        """Something else is read now."""
        ...

    def expect(self, rows: int) -> None:
        """So many rows more are to come."""
        ...

    def done(self, rows: int = 1) -> None:
        """So many rows are done."""
        ...


class Unwatched:
    """Nobody looks."""

    def phase(self, name: str) -> None:
        pass

    def expect(self, rows: int) -> None:
        pass

    def done(self, rows: int = 1) -> None:
        pass
