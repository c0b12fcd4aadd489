"""Brings rows of the mirror up to what the registry says, a few at a time: look, ask for details, write and
tell.

Rows, their history and their events are written in one transaction, so that a process that dies anywhere
leaves nothing half done: the next one finds the same differences again. Nothing here decides that a pass
is complete, and nothing is removed here but what a caller names.
"""

from collections.abc import Mapping, Sequence

from mutua_contracts.registry import CountryFacts
from mutua_deqar_sync.domain import Kind, Seen, Settled, Stored, needs_detail, settle
from mutua_deqar_sync.gauges import CHANGED, DRIFTED
from mutua_deqar_sync.progress import Progress, Unwatched
from mutua_deqar_sync.source import Answer, Drifted, Gone, Read, SeenPage, Source, Unread
from mutua_deqar_sync.store import Store, Transaction

CHUNK = 100


class Mirror:
    """`details_at_once` limits how many new rows of a pass get their detail before they are told (None: all
    do); the list's facts stand for the others until their turn comes.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        *,
        details_at_once: int | None,
        progress: Progress | None = None,
    ) -> None:
        self.source = source
        self.store = store
        self.progress: Progress = progress or Unwatched()
        self._details_at_once = details_at_once
        self._details_left = details_at_once
        self._countries: set[str] = set()

    async def prepare(self) -> None:
        """Read from the mirror what rows are understood by; a new pass has its patience back."""
        self._details_left = self._details_at_once
        async with self.store.transaction() as tx:
            self.source.acronyms = await tx.acronyms()
            self._countries = set(await tx.ids("country"))

    async def take(self, kind: Kind, page: SeenPage, pass_id: int) -> None:
        """Rows of a list."""
        DRIFTED.labels(kind).inc(len(page.drifted))
        for start in range(0, len(page.seen), CHUNK):
            await self._take_chunk(kind, page.seen[start : start + CHUNK], pass_id)

    async def look_at(
        self, kind: Kind, ids: Sequence[str], pass_id: int, *, listed: bool
    ) -> dict[str, Answer]:
        """Details of rows, whether a list shows them or not; those that are gone count a miss.

        Says what each came to.
        """
        answers: dict[str, Answer] = {}
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            asked: dict[str, Answer] = {}
            for id in chunk:
                asked[id] = await self.source.detail(kind, id)
                self.progress.done()
            async with self.store.transaction() as tx:
                stored = await tx.load(kind, chunk)
                seen = {
                    id: Seen(kind, id, stored[id].image if id in stored else "", answer.at)
                    for id, answer in asked.items()
                    if listed and isinstance(answer, Read)
                }
                await self._settle(tx, kind, asked, stored, seen, pass_id)
            answers |= asked
        return answers

    async def remove(self, kind: Kind, ids: Sequence[str], pass_id: int) -> None:
        """Rows are gone, with their last facts."""
        async with self.store.transaction() as tx:
            stored, facts = await tx.load(kind, ids), await tx.facts(kind, ids)
            rows = [
                settle(stored[id], None, facts[id], kind=kind, id=id, detailed_at=None, gone=True)
                for id in ids
            ]
            await tx.readable(kind, ids)
            CHANGED.labels(kind).inc(await tx.write(rows, pass_id))

    async def _take_chunk(self, kind: Kind, chunk: Sequence[Seen], pass_id: int) -> None:
        seen = {row.id: row for row in chunk}
        async with self.store.transaction() as tx:
            stored = await tx.load(kind, seen)
        asked: dict[str, Answer] = {}
        for id, row in seen.items():
            if needs_detail(stored.get(id), row):
                asked[id] = await self._detail_or_row(row, stored.get(id))
            self.progress.done()
        async with self.store.transaction() as tx:
            still = [id for id in seen if not isinstance(asked.get(id), Read)]
            await tx.touch(kind, still, chunk[0].at, pass_id)
            await self._settle(tx, kind, asked, stored, seen, pass_id)

    async def _detail_or_row(self, row: Seen, stored: Stored | None) -> Answer:
        """A new row's detail, or the list's own facts when patience is used up."""
        if stored is None and row.facts is not None and self._details_left is not None:
            if self._details_left <= 0:
                return Read(row.facts, row.at)
            self._details_left -= 1
        return await self.source.detail(row.kind, row.id)

    async def _settle(
        self,
        tx: Transaction,
        kind: Kind,
        asked: Mapping[str, Answer],
        stored: Mapping[str, Stored],
        seen: Mapping[str, Seen],
        pass_id: int,
    ) -> None:
        rows: list[Settled] = []
        missing: list[str] = []
        for id, answer in asked.items():
            match answer:
                case Read():
                    rows.append(self._settled(kind, id, answer, stored.get(id), seen.get(id)))
                case Gone():
                    missing.append(id)
                case Drifted():
                    DRIFTED.labels(kind).inc()
                    await tx.drifted(kind, id, answer.drift)
                case Unread():
                    await tx.unread(kind, id, answer.status)
                    rows += self._from_list(kind, id, stored.get(id), seen.get(id))
        await tx.readable(kind, [id for id, answer in asked.items() if isinstance(answer, Read | Gone)])
        CHANGED.labels(kind).inc(await tx.write(rows, pass_id))
        await tx.missed(kind, missing, pass_id)
        await tx.answered(kind, [id for id, answer in asked.items() if isinstance(answer, Unread | Drifted)])
        for answer in asked.values():
            if isinstance(answer, Read):
                await self._new_countries(tx, answer.countries, pass_id)

    def _settled(
        self, kind: Kind, id: str, answer: Read, stored: Stored | None, seen: Seen | None
    ) -> Settled:
        from_list = seen is not None and answer.facts is seen.facts
        detailed_at = None if from_list else answer.at
        return settle(stored, seen, answer.facts, kind=kind, id=id, detailed_at=detailed_at)

    def _from_list(self, kind: Kind, id: str, stored: Stored | None, seen: Seen | None) -> list[Settled]:
        """A new row whose detail fails: what the list says of it is better than nothing."""
        if stored is not None or seen is None or seen.facts is None:
            return []
        return [settle(None, seen, seen.facts, kind=kind, id=id, detailed_at=None)]

    async def _new_countries(
        self, tx: Transaction, countries: Mapping[str, CountryFacts], pass_id: int
    ) -> None:
        """Countries outside the EHEA are in no list: they come with the providers that have a place there."""
        new = {id: facts for id, facts in countries.items() if id not in self._countries}
        if not new:
            return
        stored = await tx.load("country", new)
        rows = [
            settle(stored.get(id), None, facts, kind="country", id=id, detailed_at=None)
            for id, facts in new.items()
        ]
        CHANGED.labels("country").inc(await tx.write(rows, pass_id))
        self._countries |= new.keys()
