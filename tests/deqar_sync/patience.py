"""Time that passes only by pausing."""

from dataclasses import dataclass, field


@dataclass
class Patience:
    """A clock and its pauses."""

    seconds: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.seconds

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds
