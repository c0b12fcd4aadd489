"""One reading of a whole registry, compared with what was known: what changed, what is gone, what is open.

The rules are those of the mirror, for any registry: a record is gone after two complete readings without it
and, where the registry can be asked, its own word for it; from an incomplete reading nothing is concluded;
where too much vanishes at once nothing is removed and the reading says so.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mutua_deqar_sync.domain import MISSES_TO_REMOVE, shrinks_too_much
from mutua_deqar_sync.registries.port import (
    CouldNotTell,
    Found,
    Partition,
    Record,
    RegistryAdapter,
    Verdict,
)

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
    """What is known of a registry between two readings; validators, and until when a partition need not be
    read again, by partition.
    """

    records: dict[Key, Known] = field(default_factory=dict[Key, Known])
    validators: dict[str, str] = field(default_factory=dict[str, str])
    fresh_until: dict[str, datetime] = field(default_factory=dict[str, datetime])


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


async def take(
    adapter: RegistryAdapter, memory: Memory, *, now: datetime | None = None, accept_loss: bool = False
) -> Taking:
    """Read everything that is not fresh and bring the memory up to date. With `accept_loss` a person has
    looked: the registry really has lost so much. Nothing is raised for what a registry does.
    """
    return await _Pass(adapter, memory, now or datetime.now(UTC), accept_loss).run()


@dataclass(slots=True)
class _Pass:
    """One reading of everything."""

    adapter: RegistryAdapter
    memory: Memory
    now: datetime
    accept_loss: bool
    taking: Taking = field(default_factory=Taking)

    async def run(self) -> Taking:
        partitions = await self.adapter.partitions()
        if isinstance(partitions, CouldNotTell):
            self.taking.doubts.append(partitions)
            return self.taking
        for partition in partitions:
            if self.now >= self.memory.fresh_until.get(partition.name, self.now):
                await self._read(partition)
        listed = {partition.name for partition in partitions}
        for name in sorted({known.partition for known in self.memory.records.values()} - listed):
            await self._miss(name, frozenset())
        return self.taking

    async def _read(self, partition: Partition) -> None:
        reading = self.adapter.read(partition, self.memory.validators.get(partition.name))
        seen: set[Key] = set()
        async for page in reading:
            self.taking.unread.update(page.unread)
            for record in page.records:
                seen.add((record.kind, record.id))
                self._note(partition.name, record)
        verdict = reading.verdict
        if verdict.doubt is not None:
            self.taking.doubts.append(verdict.doubt)
        settled = verdict.complete
        if verdict.complete and not verdict.unchanged:
            settled = await self._miss(partition.name, seen | self.taking.unread.keys())
        self._remember(partition.name, verdict, settled=settled)

    def _note(self, partition: str, record: Record) -> None:
        key = (record.kind, record.id)
        before = self.memory.records.get(key)
        if before is None or before.fingerprint != record.fingerprint:
            self.taking.changed.append(record)
        self.memory.records[key] = Known(partition, record.fingerprint)

    def _remember(self, partition: str, verdict: Verdict, *, settled: bool) -> None:
        """A validator stands for a reading after which nothing was open: until then "unchanged" would prove
        nothing.
        """
        self.memory.validators.pop(partition, None)
        self.memory.fresh_until.pop(partition, None)
        if settled and verdict.validator is not None:
            self.memory.validators[partition] = verdict.validator
        if settled and verdict.fresh_until is not None:
            self.memory.fresh_until[partition] = verdict.fresh_until

    async def _miss(self, partition: str, there: Set[Key]) -> bool:
        """Look into what a complete reading did not hold; says whether nothing of it is open. What was missed
        before was not too much then.
        """
        own = {key: known for key, known in self.memory.records.items() if known.partition == partition}
        missing = [key for key in own if key not in there]
        at_once = sum(not own[key].misses for key in missing)
        if shrinks_too_much(len(own), at_once) and not self.accept_loss:
            found = f"{at_once} of {len(own)} records missing at once in {partition}"
            self.taking.doubts.append(CouldNotTell("registry.shrunk", found, "a few at once"))
            return False
        for key in missing:
            await self._settle(own, key)
        return not any(self.memory.records[key].misses for key in missing if key in self.memory.records)

    async def _settle(self, own: Mapping[Key, Known], key: Key) -> None:
        known = own[key]
        if self.adapter.capabilities.look_up:
            answer = await self.adapter.look_up(*key)
            if isinstance(answer, CouldNotTell):
                self.taking.unread[key] = answer
                return
            if isinstance(answer, Found):
                self._note(known.partition, answer.record)
                return
        if known.misses + 1 < MISSES_TO_REMOVE:
            self.memory.records[key] = Known(known.partition, known.fingerprint, known.misses + 1)
            self.taking.missed.append(key)
        else:
            del self.memory.records[key]
            self.taking.gone.append(key)
