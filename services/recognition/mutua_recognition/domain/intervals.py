"""Days from a first one (included) to an end (excluded), null being unbounded; in JSON `from` and `to`."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from mutua_recognition.domain.canonical import STRICT
from mutua_recognition.domain.flaws import Broken


@dataclass(frozen=True, slots=True)
class Interval:
    """Half-open. Raises `Broken` where it ends before it has begun."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    start: Annotated[date | None, Field(alias="from")] = field(default=None)
    end: Annotated[date | None, Field(alias="to")] = field(default=None)

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise Broken("reversed_interval", "to", self.end, f"a day after {self.start}")

    def __contains__(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)
