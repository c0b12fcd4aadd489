"""Rows that no list shows although they exist: the search index lost them, or fails on them.

They are found by name, where other rows mention them, and by number, because the registry counts its ids
up: ids between known ones, and a few beyond the last. What it says it does not have is remembered, so that
nobody asks for it again and again.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.source import Answer, Gone, Read, provider_mirror_id

NAMED_AT_MOST: Final = 1000
BEYOND: Final = 3
"""Ids after the greatest known one that are asked for: what was added just now may not be listed yet."""
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

    async def numbered(self, kind: Kind, pass_id: int, *, most: int, wanted: int | None = None) -> list[str]:
        """Ids between known ones, newest first, at most so many and until `wanted` rows were found; then a
        few beyond. Answers the ids of those that exist.
        """
        async with self._store.transaction() as tx:
            await tx.forget_vacant(tx.now() - _REMEMBERED)
            known = await tx.numbers(kind)
        if not known:
            return []
        self._mirror.progress.phase(f"{kind} ids that no list shows")
        found: list[str] = []
        between = list(_between(known, most))
        for start in range(0, len(between), _BATCH):
            ids = [_id(kind, number) for number in between[start : start + _BATCH]]
            found += await self._look(kind, ids, pass_id)
            if wanted is not None and len(found) >= wanted:
                return found
        return found + await self._beyond(kind, max(known), pass_id)

    async def _beyond(self, kind: Kind, last: int, pass_id: int) -> list[str]:
        """What follows the last known id, until as many as we are patient for are missing in a row."""
        found: list[str] = []
        number, misses = last, 0
        while misses < BEYOND:
            number += 1
            id = _id(kind, number)
            answer = (await self._mirror.look_at(kind, [id], pass_id, listed=False))[id]
            misses = misses + 1 if isinstance(answer, Gone) else 0
            found += [id] if isinstance(answer, Read) else []
        return found

    async def _look(self, kind: Kind, ids: Sequence[str], pass_id: int) -> list[str]:
        self._mirror.progress.expect(len(ids))
        answers = await self._mirror.look_at(kind, ids, pass_id, listed=False)
        vacant = _of(Gone, answers)
        if vacant:
            async with self._store.transaction() as tx:
                await tx.vacant(kind, vacant)
        return _of(Read, answers)


def _of(what: type[Answer], answers: dict[str, Answer]) -> list[str]:
    return [id for id, answer in answers.items() if isinstance(answer, what)]


def _between(known: set[int], most: int) -> Iterable[int]:
    """Numbers between the smallest and the greatest known one that are not known, greatest first."""
    left = most
    for number in range(max(known), min(known), -1):
        if left <= 0:
            return
        if number not in known:
            left -= 1
            yield number


def _id(kind: Kind, number: int) -> str:
    return provider_mirror_id(number) if kind == "provider" else str(number)
