"""One reading of a whole registry, compared with what was known: what changed, what is gone, what is open.

The rules are those of the mirror, for any registry: a record is gone after two complete readings without it
and, where the registry can be asked, its own word for it; from an incomplete reading nothing is concluded;
where too much vanishes at once nothing is removed and the reading says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mutua_deqar_sync.registries.port import (
    Absent,
    CouldNotTell,
    Found,
    Partition,
    Record,
    RegistryAdapter,
    Verdict,
)

_MISSES: Final = 2
_SHARE: Final = 0.02
_FLOOR: Final = 5
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a record: the partition that had it, its facts' fingerprint, and how many
    complete readings in a row have missed it.
    """

    partition: str
    fingerprint: str
    misses: int = 0


@dataclass(slots=True)
class Memory:
    """What is known of a registry between two readings; `validators` by partition."""

    records: dict[Key, Known] = field(default_factory=dict[Key, Known])
    validators: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Taking:
    """`changed` are records that are new or differ; `gone` were removed; `missed` are missing for the first
    time; `unread` could not be read or understood; `doubts` are the partitions that were not complete.
    """

    changed: list[Record] = field(default_factory=list[Record])
    gone: list[Key] = field(default_factory=list[Key])
    missed: list[Key] = field(default_factory=list[Key])
    unread: dict[Key, CouldNotTell] = field(default_factory=dict[Key, CouldNotTell])
    doubts: list[CouldNotTell] = field(default_factory=list[CouldNotTell])

    @property
    def complete(self) -> bool:
        return not self.doubts


async def take(adapter: RegistryAdapter, memory: Memory) -> Taking:
    """Read everything once and bring the memory up to date. Nothing is raised for what a registry does."""
    taking = Taking()
    partitions = await adapter.partitions()
    if isinstance(partitions, CouldNotTell):
        taking.doubts.append(partitions)
        return taking
    for partition in partitions:
        await _read(adapter, memory, taking, partition)
    return taking


async def _read(adapter: RegistryAdapter, memory: Memory, taking: Taking, partition: Partition) -> None:
    reading = adapter.read(partition, memory.validators.get(partition.name))
    seen: set[Key] = set()
    async for page in reading:
        taking.unread.update(page.unread)
        for record in page.records:
            seen.add((record.kind, record.id))
            _note(memory, taking, partition, record)
    verdict = reading.verdict
    if verdict.doubt is not None:
        taking.doubts.append(verdict.doubt)
    if verdict.complete and not verdict.unchanged:
        await _miss(adapter, memory, taking, partition, seen | taking.unread.keys())
    _remember(memory, partition, verdict)


def _note(memory: Memory, taking: Taking, partition: Partition, record: Record) -> None:
    key = (record.kind, record.id)
    before = memory.records.get(key)
    if before is None or before.fingerprint != record.fingerprint:
        taking.changed.append(record)
    memory.records[key] = Known(partition.name, record.fingerprint)


def _remember(memory: Memory, partition: Partition, verdict: Verdict) -> None:
    """A validator stands for a reading after which nothing was open; with a row missed once it does not."""
    settled = not any(k.misses for k in memory.records.values() if k.partition == partition.name)
    if verdict.complete and verdict.doubt is None and verdict.validator is not None and settled:
        memory.validators[partition.name] = verdict.validator
    else:
        memory.validators.pop(partition.name, None)


async def _miss(
    adapter: RegistryAdapter, memory: Memory, taking: Taking, partition: Partition, there: set[Key]
) -> None:
    own = {key: known for key, known in memory.records.items() if known.partition == partition.name}
    missing = [key for key in own if key not in there]
    if len(missing) > max(_FLOOR, _SHARE * len(own)) or (len(own) > 1 and len(missing) == len(own)):
        found = f"{len(missing)} of {len(own)} records missing at once in {partition.name}"
        taking.doubts.append(CouldNotTell("registry.shrunk", found, f"at most {_SHARE:.0%} at once"))
        return
    for key in missing:
        await _settle(adapter, memory, taking, own, key)


async def _settle(
    adapter: RegistryAdapter, memory: Memory, taking: Taking, own: Mapping[Key, Known], key: Key
) -> None:
    known = own[key]
    if adapter.capabilities.look_up:
        answer = await adapter.look_up(*key)
        if isinstance(answer, CouldNotTell):
            taking.unread[key] = answer
            return
        if isinstance(answer, Found):
            _note(memory, taking, Partition(known.partition), answer.record)
            return
        assert isinstance(answer, Absent)
    if known.misses + 1 < _MISSES:
        memory.records[key] = Known(known.partition, known.fingerprint, known.misses + 1)
        taking.missed.append(key)
    else:
        del memory.records[key]
        taking.gone.append(key)
