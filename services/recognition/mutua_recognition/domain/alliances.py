"""Alliances: organisations that act together, with dated members. Membership alone never implies trust."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from mutua_recognition.domain.canonical import STRICT, Json, read
from mutua_recognition.domain.flaws import Broken, Refused
from mutua_recognition.domain.intervals import Interval


@dataclass(frozen=True, slots=True)
class Membership:
    """One organisation's time in an alliance; who leaves and comes back has two."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    entity: Annotated[str, Field(min_length=1, max_length=100)]
    during: Interval


@dataclass(frozen=True, slots=True)
class Alliance:
    """The whole state of an alliance. Raises `Broken` for an id without its prefix or times that overlap."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Annotated[str, Field(pattern=r"^alliance:[a-z0-9-]+$", max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    members: tuple[Membership, ...] = ()

    def __post_init__(self) -> None:
        for place, one in enumerate(self.members):
            if one.entity == self.id:
                raise Broken("self_membership", "members", one.entity, "another entity than the alliance")
            for other in self.members[place + 1 :]:
                if one.entity == other.entity and _overlap(one.during, other.during):
                    raise Broken("overlapping_membership", "members", one.entity, "times that do not overlap")

    def has(self, entity: str, day: date) -> bool:
        """Whether it is a member on this day."""
        return any(member.entity == entity and day in member.during for member in self.members)


def read_alliance(data: bytes | Json) -> Alliance | Refused:
    """An alliance as its coordinator states it, or everything that is wrong with it."""
    return read(Alliance, data)


def _overlap(one: Interval, other: Interval) -> bool:
    starts = [each.start for each in (one, other) if each.start is not None]
    ends = [each.end for each in (one, other) if each.end is not None]
    return not starts or not ends or max(starts) < min(ends)
