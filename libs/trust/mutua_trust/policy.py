"""What a recogniser accepts: how many hops, how well founded, whose distrust binds it, and how aspects are
joined.

Policies are the receiver's half of the brakes (a statement's depth is the giver's half). They come in a book:
the built-in policy, overlaid key by key with the book's default, then with the recogniser's own entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

LONGEST: Final = 4
"""No policy allows more hops: it is also the last length for which disjoint chains can be counted fast."""


class Mode(StrEnum):
    JOINT = "joint"
    """One chain must carry all the asked aspects."""
    PER_ASPECT = "per_aspect"
    """Each aspect is decided alone, each with its own chain."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One recogniser's policy, usually for one purpose. Raises ValueError when it contradicts itself."""

    max_hops: int = 2
    min_assurance: tuple[int, ...] = (1, 1, 2, 2)
    """The least assurance of every statement in a chain of 1, 2, 3, 4 hops; never falls with length."""
    binding: frozenset[str] = frozenset()
    """Authorities whose distrust counts as the recogniser's own."""
    mode: Mode = Mode.JOINT
    quorum: int = 1
    """A winner of three or more hops needs this many valid chains that share nobody but the ends."""

    def __post_init__(self) -> None:
        if not 1 <= self.max_hops <= LONGEST:
            raise ValueError(f"max_hops {self.max_hops} is not within 1..{LONGEST}")
        if not self.max_hops <= len(self.min_assurance) <= LONGEST:
            raise ValueError("min_assurance needs one number for each chain length that is allowed")
        if list(self.min_assurance) != sorted(self.min_assurance):
            raise ValueError("min_assurance never falls with length")
        if not all(1 <= least <= 4 for least in self.min_assurance):
            raise ValueError("min_assurance holds numbers within 1..4")
        if self.quorum < 1:
            raise ValueError("a quorum is at least one chain")

    def least(self, hops: int) -> int:
        """The assurance that every statement of a chain of so many hops must reach."""
        return self.min_assurance[hops - 1]


BUILT_IN: Final = Policy()
Overlay = Mapping[str, Any]
"""Some attributes of a policy by name; each replaces the whole value below it."""


class PolicyBook:
    """The policies of many recognisers. Raises ValueError when some overlay yields no valid policy."""

    __slots__ = ("_default", "_own", "default", "recognisers")

    def __init__(
        self, default: Overlay | None = None, recognisers: Mapping[str, Overlay] | None = None
    ) -> None:
        self.default: Overlay = default or {}
        self.recognisers: Mapping[str, Overlay] = recognisers or {}
        self._default = replace(BUILT_IN, **self.default)
        self._own = {id: replace(self._default, **overlay) for id, overlay in self.recognisers.items()}

    def of(self, recogniser: str) -> Policy:
        """The policy that binds this recogniser."""
        return self._own.get(recogniser, self._default)

    def apart(self) -> bool:
        """Whether any policy of the book decides aspect by aspect."""
        return any(policy.mode is Mode.PER_ASPECT for policy in (self._default, *self._own.values()))

    def longest(self) -> int:
        """The most hops that any policy of the book allows."""
        return max(policy.max_hops for policy in (self._default, *self._own.values()))
