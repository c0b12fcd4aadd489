"""Rows that no list shows although they exist: the search index lost them, or fails on them.

They are found by name, where other rows mention them, and by number, because the registry counts its ids
up: ids that nobody has asked for yet, and a few beyond the last. What it says it does not have is remembered,
so that nobody asks for it again and again.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count, islice, pairwise
from typing import Final

from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.provider_ids import provider_mirror_id
from mutua_deqar_sync.source import Gone, Read

NAMED_AT_MOST: Final = 1000
BEYOND: Final = 10
"""So many ids in a row that do not exist end the search beyond the greatest known one."""
BEYOND_COUNTRIES: Final = 20
"""The same for countries: their ids have larger gaps, and no list tells of those outside the EHEA."""
BEYOND_AT_MOST: Final = 1000
"""An honest registry has not added more since its list was read: one that answers every number is broken."""
SEARCHED: Final = 5000
"""Ids that are asked for at most in one pass, even while the registry lists rows that it cannot deliver."""
_FEW: Final = 300
"""Ids between known ones that may be asked for however few are known."""
_BATCH: Final = 20


class Unlisted:
    """Looks for rows that no list shows. Ids that do not exist are remembered for so long."""

    def __init__(self, mirror: Mirror, remembered: timedelta) -> None:
        self._mirror = mirror
        self._store = mirror.store
        self._remembered = remembered

    async def named(self, pass_id: int) -> None:
        """Providers that reports or other providers name."""
        async with self._store.transaction() as tx:
            ids = await tx.unlisted_providers(NAMED_AT_MOST)
        await self._look("provider", ids, pass_id)

    async def countries(self, pass_id: int) -> None:
        """Countries from 1 up: the list shows members of the EHEA only, and all of them are few."""
        known = await self._asked_for("country")
        if known:
            await self._search("country", list(islice(_unasked(known), _FEW)), pass_id)
        await self._beyond("country", max(known, default=0), pass_id, BEYOND_COUNTRIES)

    async def numbered(self, kind: Kind, pass_id: int, *, most: int, lost: int = 0) -> None:
        """At most so many ids that nobody has asked for yet, then a few beyond the last.

        `lost` rows are listed but cannot be read: until so many were found, the search goes further.
        """
        known = await self._asked_for(kind)
        most = min(most, max(_FEW, len(known)))
        found = 0
        if known:
            found += await self._search(kind, list(islice(_unasked(known), most)), pass_id)
        found += await self._beyond(kind, max(known, default=0), pass_id, BEYOND)
        if found < lost:
            await self._search(kind, list(islice(_unasked(known), most, SEARCHED)), pass_id, lost - found)

    async def _asked_for(self, kind: Kind) -> set[int]:
        """Numbers of a kind that need not be asked for."""
        async with self._store.transaction() as tx:
            await tx.forget_vacant(tx.now() - self._remembered)
            asked = await tx.asked_for(kind)
        self._mirror.progress.phase(f"{kind} ids that no list shows")
        number_of = self._mirror.source.ids.number_of if kind == "provider" else int
        return {number for id in asked if (number := number_of(id)) is not None}

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
        """What follows the last known id, until as many in a row as we have `patience` for bring nothing."""
        found = misses = 0
        for number in range(last + 1, last + 1 + BEYOND_AT_MOST):
            if misses == patience:
                break
            id = _id(kind, number)
            self._mirror.progress.expect(1)
            answer = (await self._mirror.look_at(kind, [id], pass_id, listed=False))[id]
            misses = 0 if isinstance(answer, Read) else misses + 1
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


def _unasked(known: set[int]) -> Iterator[int]:
    """Numbers up to the greatest known one that are not known, those nearest to a known one first: ids are
    counted up, and one that is far from all others was chosen by hand. Where none is known, all from 1 up.
    """
    if not known:
        yield from count(1)
    gaps = [(low, high) for low, high in pairwise([0, *sorted(known)]) if high - low > 1]
    for distance in count(1):
        gaps = [(low, high) for low, high in gaps if low + distance <= high - distance]
        if not gaps:
            return
        for low, high in reversed(gaps):
            yield high - distance
            if low + distance < high - distance:
                yield low + distance


def _id(kind: Kind, number: int) -> str:
    return provider_mirror_id(number) if kind == "provider" else str(number)
