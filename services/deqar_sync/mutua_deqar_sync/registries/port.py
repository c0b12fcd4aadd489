"""What a mirror needs from a registry, whichever it is, and what a registry says of itself.

An adapter lists partitions, reads one (and then says whether the reading is complete), and looks one record
up. Every question has "could not tell" among its answers: an error, an unknown shape or a missing capability
is never "no".
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol

import orjson

Json = dict[str, Any]
_FIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "registry.unavailable": "try again later; what was known stays",
        "registry.request_refused": "check the address; if it is right, the registry has changed",
        "registry.token_refused": "get a new token",
        "registry.moving": "try again when the registry is quieter; nothing was removed",
        "registry.shrunk": "look at the registry; if the loss is real, accept it once (--accept-loss)",
        "registry.capability_missing": "ask a registry that has it",
    }
)
Meaning = Literal["quality", "accreditation", "identity", "keys"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`tells` is what the registry is evidence of: to be in a catalogue of identities says nothing of
    quality.

    `updated_since`: it lists what changed since a moment; `tombstones`: it lists what was removed;
    `conditional_get`: it answers "unchanged"; `signed`: its records carry signatures that can be checked;
    `point_in_time`: it tells what held earlier; `look_up`: one record can be asked for by its id.
    """

    tells: frozenset[Meaning]
    updated_since: bool = False
    tombstones: bool = False
    conditional_get: bool = False
    signed: bool = False
    point_in_time: bool = False
    look_up: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a registry: facts in canonical form, without what changes by itself (counters, ids of parts,
    order of sets). `at` is when it was asked for.
    """

    kind: str
    id: str
    facts: Json
    at: datetime

    @property
    def fingerprint(self) -> str:
        """Equal facts have equal fingerprints, whatever the order of members."""
        return hashlib.sha256(orjson.dumps(self.facts, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class CouldNotTell:
    """No answer to conclude from: a stable code, what was found, what was expected."""

    code: str
    found: str
    expected: str

    @property
    def fix(self) -> str:
        """What a person can do next."""
        return _FIXES.get(self.code, "look at the record in the registry; what was known of it stays")

    def __str__(self) -> str:
        return f"{self.code}: found {self.found}, expected {self.expected}; {self.fix}"


@dataclass(frozen=True, slots=True)
class Found:
    record: Record


@dataclass(frozen=True, slots=True)
class Absent:
    """The registry itself says that there is no such record."""

    at: datetime


Answer = Found | Absent | CouldNotTell


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of the registry that is read as a whole, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Page:
    """Records of a page; `unread` are rows that could not be understood or delivered, by kind and id."""

    records: Sequence[Record]
    unread: Mapping[tuple[str, str], CouldNotTell] = field(
        default_factory=dict[tuple[str, str], CouldNotTell]
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reading is worth. Only from a complete one may absence be concluded. `unchanged`: the registry
    says that nothing is new since `validator` was given out, and no page came.
    """

    complete: bool
    doubt: CouldNotTell | None = None
    unchanged: bool = False
    validator: str | None = None
    fresh_until: datetime | None = None
    """Until then the registry need not be asked again."""


class Ending:
    """What every reading keeps: its verdict, which is there when the reading has ended."""

    _verdict: Verdict | None = None

    @property
    def verdict(self) -> Verdict:
        """Raises RuntimeError where the reading has not ended."""
        if self._verdict is None:
            raise RuntimeError("the reading has not ended")
        return self._verdict


class Reading(Protocol):
    """Iterate, then ask for the verdict; there is none before the last page."""

    def __aiter__(self) -> AsyncIterator[Page]: ...

    @property
    def verdict(self) -> Verdict: ...


class RegistryAdapter(Protocol):
    """One registry. Adapters raise nothing for what a registry may do to them."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def partitions(self) -> Sequence[Partition] | CouldNotTell:
        """The parts to read, in order: together they are the registry."""
        ...

    def read(self, partition: Partition, validator: str | None = None, /) -> Reading:
        """`validator` is that of the last complete reading; it is ignored without `conditional_get`."""
        ...

    async def look_up(self, kind: str, id: str, /) -> Answer:
        """One record as it is now; CouldNotTell where the registry has no way to ask."""
        ...

    async def history(self, kind: str, id: str, /) -> Sequence[Record] | Absent | CouldNotTell:
        """Earlier states, oldest first; CouldNotTell without `point_in_time`."""
        ...


def lacking(name: str, capability: str) -> CouldNotTell:
    return CouldNotTell(
        "registry.capability_missing", f"{name}, which has no {capability}", f"a registry with {capability}"
    )
