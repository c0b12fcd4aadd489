"""Rows that no list shows although they exist: the search index lost them, or fails on them.

They are found by name, where other rows mention them, and by number, because the registry counts its ids
up: ids between known ones, and a few beyond the last. What it says it does not have is remembered, so that
nobody asks for it again and again.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count, islice
from typing import Final

from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.source import Gone, Read, provider_mirror_id

NAMED_AT_MOST: Final = 1000
BEYOND: Final = 3
"""Ids after the greatest known one that are asked for: what was added just now may not be listed yet."""
BEYOND_COUNTRIES: Final = 20
"""The same for countries: their ids have larger gaps, and no list tells of those outside the EHEA."""
SEARCHED: Final = 5000
"""Ids between known ones that are asked for at most while the registry lists rows that it cannot deliver."""
_OUTSIDE: Final = 500
_BATCH: Final = 20
_REMEMBERED: Final = timedelta(days=90)


class Unlisted:
    """Looks for rows that no list shows."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._store = mirror.store

    async def named(self, pass_id: int) -> None:
        """Providers that reports or other providers name."""
        async with self._store.transaction() as tx:
            ids = await tx.unlisted_providers(NAMED_AT_MOST)
        await self._look("provider", ids, pass_id)

    async def countries(self, pass_id: int) -> None:
        """Every country from 1 up: the list shows members of the EHEA only, and all of them are few."""
        known = await self._asked_for("country")
        last = max(known, default=0)
        await self._search("country", [one for one in range(1, last) if one not in known], pass_id)
        await self._beyond("country", last, pass_id, BEYOND_COUNTRIES)

    async def numbered(self, kind: Kind, pass_id: int, *, most: int, lost: int = 0) -> None:
        """At most so many ids between known ones, newest first, then a few beyond the last.

        `lost` rows are listed but cannot be read: until so many were found, the search goes further.
        """
        known = await self._asked_for(kind)
        found = await self._search(kind, list(islice(_between(known), most)), pass_id)
        if known:
            found += await self._beyond(kind, max(known), pass_id, BEYOND)
        if found < lost:
            further = list(islice(_between(known), most, SEARCHED)) + list(islice(_outside(known), _OUTSIDE))
            await self._search(kind, further, pass_id, lost - found)

    async def _asked_for(self, kind: Kind) -> set[int]:
        """Numbers of a kind that need not be asked for."""
        async with self._store.transaction() as tx:
            await tx.forget_vacant(tx.now() - _REMEMBERED)
            known = await tx.numbers(kind)
        self._mirror.progress.phase(f"{kind} ids that no list shows")
        return known

    async def _search(
        self, kind: Kind, numbers: Sequence[int], pass_id: int, wanted: int | None = None
    ) -> int:
        """Ask for these until `wanted` rows were found; says how many were."""
        found = 0
        for start in range(0, len(numbers), _BATCH):
            if wanted is not None and found >= wanted:
                break
            ids = [_id(kind, number) for number in numbers[start : start + _BATCH]]
            found += await self._look(kind, ids, pass_id)
        return found

    async def _beyond(self, kind: Kind, last: int, pass_id: int, patience: int) -> int:
        """What follows the last known id, until so many as we have `patience` for are missing in a row."""
        found, number, misses = 0, last, 0
        while misses < patience:
            number += 1
            id = _id(kind, number)
            answer = (await self._mirror.look_at(kind, [id], pass_id, listed=False))[id]
            misses = misses + 1 if isinstance(answer, Gone) else 0
            found += isinstance(answer, Read)
        return found

    async def _look(self, kind: Kind, ids: Sequence[str], pass_id: int) -> int:
        self._mirror.progress.expect(len(ids))
        answers = await self._mirror.look_at(kind, ids, pass_id, listed=False)
        vacant = [id for id, answer in answers.items() if isinstance(answer, Gone)]
        if vacant:
            async with self._store.transaction() as tx:
                await tx.vacant(kind, vacant)
        return sum(isinstance(answer, Read) for answer in answers.values())


def _between(known: set[int]) -> Iterator[int]:
    """Numbers between the smallest and the greatest known one that are not known, greatest first."""
    if known:
        yield from (number for number in range(max(known), min(known), -1) if number not in known)


def _outside(known: set[int]) -> Iterator[int]:
    """Numbers below the smallest known one, greatest first; where none is known, all from 1 up."""
    yield from range(min(known) - 1, 0, -1) if known else count(1)


def _id(kind: Kind, number: int) -> str:
    return provider_mirror_id(number) if kind == "provider" else str(number)
