"""A full pass over the registry: every partition, every miss looked into, a snapshot only if all of it held.

It may be interrupted anywhere: partitions that were read stay read, and the same pass is gone on with.
Providers and agencies come from their own endpoints, never from rows of reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from mutua_deqar_sync.aliases import aliases_of
from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.events import snapshot_completed
from mutua_deqar_sync.gauges import SHRUNK, UNREADABLE
from mutua_deqar_sync.lists import Lists
from mutua_deqar_sync.mirror import CHUNK, Mirror
from mutua_deqar_sync.missing import Missing, Tripped
from mutua_deqar_sync.source import Answer, Gone
from mutua_deqar_sync.store import Pass
from mutua_deqar_sync.unlisted import Unlisted

RESUME_FOR = timedelta(hours=24)
"""An interrupted pass that is older is not gone on with: its first partitions are no longer fresh."""

_KINDS: Final[tuple[Kind, ...]] = ("country", "agency", "provider", "report")
_TURNS: Final[tuple[tuple[Kind, int], ...]] = (
    ("country", 1),
    ("provider", 2),
    ("report", 1),
    ("provider", 1),
)
"""Who has old details read again, and the part of what is left: providers leave half of it to reports."""

PassState = Literal["complete", "incomplete", "tripped"]


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass came to. `reason` names what a person should know."""

    state: PassState
    reason: str | None
    unreadable: int


@dataclass(frozen=True, slots=True)
class Thoroughness:
    """How much a pass does beyond its lists, and beyond what looks new or changed in them.

    `undetailed` rows (None: all) of which only a list was read get their detail, and `refresh` others (None:
    all) have it read again when it is older than `refresh_after` (None: however old it is). `missing` rows
    that no list shows any more are looked into (None: all). `gaps` ids of providers and reports that were
    not asked for since `remembered` ago are tried. With `confirm`, rows that were missed are looked at twice
    in the same pass, so that they can be removed then.
    """

    refresh: int | None
    refresh_after: timedelta | None = None
    undetailed: int | None = 0
    missing: int | None = 5000
    gaps: int = 0
    remembered: timedelta = timedelta(days=90)
    confirm: bool = False


class FullPass:
    """One pass at a time."""

    def __init__(self, mirror: Mirror, thoroughness: Thoroughness) -> None:
        self._mirror = mirror
        self._source = mirror.source
        self._store = mirror.store
        self._how = thoroughness
        self._lists = Lists(mirror)
        self._missing = Missing(mirror, self._lists, thoroughness.missing)
        self._unlisted = Unlisted(mirror, thoroughness.remembered)

    async def run(self, *, fresh: bool = False) -> PassResult:
        """`fresh`: do not go on with a pass that was interrupted.

        Raises RegistryError (the pass can then be gone on with) and ClaimLost.
        """
        async with self._store.transaction() as tx:
            current = await tx.begin_or_resume(None if fresh else RESUME_FOR)
            done = await tx.partitions_of(current)
        await self._mirror.prepare()
        await self._source.prepare()
        await self._countries(current)
        agencies, vanished = await self._agencies(current)
        states = await self._lists.read_all(current, agencies, done)
        unreadable = sum(state.unreadable for state in states)
        try:
            await self._missing.look_into(current, states, vanished)
            await self._beyond_lists(current)
            if self._how.confirm:
                await self._missing.confirm()
            await self._missing.remove(current)
        except Tripped as trip:
            return await self._interrupted(current, PassResult("tripped", str(trip), 0), trip.partitions)
        unsure = sorted(state.name for state in states if not state.complete)
        if unsure:
            reason = f"not proven complete: {', '.join(unsure)}"
            return await self._interrupted(current, PassResult("incomplete", reason, unreadable), unsure)
        return await self._complete(current)

    async def _interrupted(self, current: Pass, result: PassResult, doubted: Sequence[str]) -> PassResult:
        async with self._store.transaction() as tx:
            await tx.interrupt_pass(current, result.reason or "", result.unreadable, doubted)
        SHRUNK.set(result.state == "tripped")
        return result

    async def _complete(self, current: Pass) -> PassResult:
        await self._note_aliases()
        async with self._store.transaction() as tx:
            await tx.name_unreadable(current)  # rows that were found by their number since
            unreadable = await tx.unreadable_count(current)
            await tx.complete_pass(current, unreadable)
            await tx.emit(
                snapshot_completed(
                    current.id,
                    await tx.snapshot_rows(),
                    started_at=current.started_at,
                    completed_at=tx.now(),
                    unreadable=unreadable,
                )
            )
        SHRUNK.set(0)
        UNREADABLE.set(unreadable)
        return PassResult("complete", None, unreadable)

    async def _countries(self, current: Pass) -> None:
        self._mirror.progress.phase("countries")
        await self._look_at_all("country", await self._source.countries(), current)

    async def _agencies(self, current: Pass) -> tuple[list[str], list[str]]:
        """Ids of the agencies that exist, and of those that did until now."""
        self._mirror.progress.phase("agencies")
        listed = await self._source.agencies()
        async with self._store.transaction() as tx:
            unlisted = sorted(set(await tx.ids("agency")) - listed)
        answers = await self._look_at_all("agency", listed | set(unlisted), current)
        vanished = [id for id, answer in answers.items() if isinstance(answer, Gone)]
        return [id for id in answers if id not in vanished], vanished

    async def _look_at_all(self, kind: Kind, listed: set[str], current: Pass) -> dict[str, Answer]:
        self._mirror.progress.expect(len(listed))
        return await self._mirror.look_at(kind, sorted(listed, key=int), current.id, listed=True)

    async def _beyond_lists(self, current: Pass) -> None:
        """What lists do not show, or show too late: details in turn, what hangs together, names, numbers."""
        await self.catch_up(self._how.undetailed, current.id)
        await self._refresh_details(current)
        await self._look_again(current)
        await self._unlisted.named(current.id)
        async with self._store.transaction() as tx:
            lost = max(0, self._lists.lacking - await tx.named_count(current))
        if self._how.gaps:
            await self._unlisted.countries(current.id)
            await self._unlisted.numbered("provider", current.id, most=self._how.gaps)
        if self._how.gaps or lost:
            await self._unlisted.numbered("report", current.id, most=self._how.gaps, lost=lost)

    async def catch_up(self, most: int | None, pass_id: int = 0) -> int:
        """Details of at most so many rows of which only a list was read yet (None: of all); says of how many.

        Raises RegistryError and ClaimLost; what was read until then is kept.
        """
        self._mirror.progress.phase("details that were never read")
        read = 0
        for kind in _KINDS:
            async with self._store.transaction() as tx:
                ids = await tx.undetailed(kind, None if most is None else most - read)
            await self._look_beyond(kind, ids, pass_id)
            read += len(ids)
        return read

    async def _refresh_details(self, current: Pass) -> None:
        """Silent edits that never reached the index show in details only: look again at the oldest ones."""
        self._mirror.progress.phase("details that may have changed")
        left = self._how.refresh
        for kind, share in _TURNS:
            async with self._store.transaction() as tx:
                before = tx.now() - self._how.refresh_after if self._how.refresh_after else None
                most = None if left is None else left // share
                ids = await tx.oldest_details(kind, most, before, current.id)
            await self._look_beyond(kind, ids, current.id)
            left = None if left is None else left - len(ids)

    async def _look_again(self, current: Pass) -> None:
        """At rows that could not be read, and at those that do not fit what other rows say by now."""
        self._mirror.progress.phase("details that others put in doubt")
        for kind in _KINDS:
            async with self._store.transaction() as tx:
                ids = await tx.unreadable_ids(kind, current.started_at)
                ids += await tx.contradicted(kind, current.id)
            await self._look_beyond(kind, list(dict.fromkeys(ids)), current.id)

    async def _look_beyond(self, kind: Kind, ids: Sequence[str], pass_id: int) -> None:
        self._mirror.progress.expect(len(ids))
        for start in range(0, len(ids), CHUNK):  # so that answers are not kept
            await self._mirror.look_at(kind, ids[start : start + CHUNK], pass_id, listed=False)

    async def _note_aliases(self) -> None:
        async with self._store.transaction() as tx:
            ended = await tx.ended_providers()
            gone = [each for each in ended if each.gone]
            bearers = await tx.bearers([pair for each in gone for pair in each.identifiers])
            moved = await tx.reports_moved([each.id for each in gone])
            await tx.write_aliases(aliases_of(ended, bearers, moved))
