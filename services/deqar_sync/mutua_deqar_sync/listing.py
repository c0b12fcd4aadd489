"""Complete passes over the registry's search-backed lists, and the proof that a pass is complete.

Pages move while they are read: equal counts and unique ids prove nothing. A pass is complete when the
whole list came in one request (one request is one consistent view of the index), or when two sweeps in a
row found the same ids. A page that fails is halved down to the single row that cannot be read, which is
stepped over and counted.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from mutua_deqar_sync.errors import RequestRefused, Unavailable
from mutua_deqar_sync.shapes import Json, Node, rows_by_key
from mutua_deqar_sync.transport import Fetched, Params, Transport

Proof = Literal["one_request", "same_ids_twice"]
Doubt = Literal["", "capped", "moving"]
_PAGE_ATTEMPTS: Final = 2
_A_ROW_FAILS: Final = {500: 1}
"""One bad row fails its whole page, however often it is asked for: halve it at once."""
_MOST_ROWS: Final = 2_000_000
"""Ten times what the engine counts at most."""


@dataclass(frozen=True, slots=True)
class ListShape:
    """A list: its path, its facet with exactly one value a row, and whether it needs no token."""

    path: str
    facet: str
    public: bool = False


@dataclass(frozen=True, slots=True)
class Measures:
    """Sizes in rows. `page` must be a power of two, so that halves stay aligned to the server's pages;
    `most_unreadable` rows, or half of a list, may fail before the whole list counts as failing.
    """

    one_request: int = 5_000
    slack: int = 50
    page: int = 512
    sweeps: int = 4
    most_unreadable: int = 100

    def __post_init__(self) -> None:
        if self.page < 1 or self.page & (self.page - 1):
            raise ValueError(f"page size {self.page}: a power of two is expected")


@dataclass(frozen=True, slots=True)
class ListPage:
    """Rows with their ids, and when they were asked for. Later sweeps bring the same rows again, newer."""

    rows: list[tuple[int, Json]]
    at: datetime


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that the registry cannot deliver. Its id is unknown: it is among those that are not listed."""

    offset: int
    status: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a pass is worth. Of rows that an incomplete one does not have, nothing may be concluded."""

    count: int
    ids: frozenset[int]
    unreadable: tuple[UnreadableRow, ...]
    proof: Proof | None
    doubt: Doubt = ""

    @property
    def complete(self) -> bool:
        """All readable rows were read; there may still be named unreadable ones."""
        return self.proof is not None


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer of the list. `total` counts by the facet: it is not cut at the engine's cap."""

    count: int
    total: int
    page: ListPage


@dataclass(slots=True)
class _Sweep:
    ids: set[int] = field(default_factory=set[int])
    unreadable: list[UnreadableRow] = field(default_factory=list[UnreadableRow])
    count: int = 0
    total: int = 0

    def take(self, answer: _Answer) -> None:
        self.ids.update(key for key, _ in answer.page.rows)
        self.count, self.total = answer.count, answer.total

    @property
    def adds_up(self) -> bool:
        return len(self.ids) + len(self.unreadable) == self.count == self.total

    def agrees(self, other: "_Sweep") -> bool:
        return self.adds_up and self.ids == other.ids and len(self.unreadable) == len(other.unreadable)


class Reading:
    """One pass. Iterate over it, then ask for its verdict; a verdict exists only after the last page."""

    def __init__(self, transport: Transport, shape: ListShape, params: Params, measures: Measures) -> None:
        self._transport = transport
        self._shape = shape
        self._params = params
        self._measures = measures
        self._page = measures.page
        self._verdict: Verdict | None = None

    @property
    def verdict(self) -> Verdict:
        if self._verdict is None:
            raise RuntimeError("the reading has not ended")
        return self._verdict

    async def count(self) -> int:
        """How many rows the list has now, by its facet."""
        head = await self._ask(0, 0)
        return max(head.count, head.total)

    async def __aiter__(self) -> AsyncIterator[ListPage]:
        """Raises TokenRefused, RequestRefused, Unavailable, ShapeChanged; there is no verdict then."""
        head = await self._ask(0, 0)
        if head.count <= self._measures.one_request and head.count == head.total:
            whole = await self._whole(head.count)
            if whole is not None:
                yield whole.page
                ids = frozenset(key for key, _ in whole.page.rows)
                self._verdict = Verdict(whole.count, ids, (), "one_request")
                return
        self._page = min(self._page, 1 << max(head.count - 1, 0).bit_length())
        before = _Sweep()
        for _ in range(self._measures.sweeps):
            sweep = _Sweep()
            async for page in self._swept(sweep):
                yield page
            if sweep.agrees(before):
                self._verdict = self._judged(sweep, "same_ids_twice", "")
                return
            before = sweep
            if sweep.count < sweep.total:
                break  # capped: no further sweep will see the rest
        self._verdict = self._judged(before, None, "capped" if before.count < before.total else "moving")

    async def until(self, passed: Callable[[ListPage], bool]) -> AsyncIterator[ListPage]:
        """Pages from the beginning up to the first of which `passed` is true; proves nothing."""
        async for page in self._swept(_Sweep()):
            yield page
            if passed(page):
                return

    def _judged(self, sweep: _Sweep, proof: Proof | None, doubt: Doubt) -> Verdict:
        return Verdict(sweep.count, frozenset(sweep.ids), tuple(sweep.unreadable), proof, doubt)

    async def _whole(self, count: int) -> _Answer | None:
        """Everything in one request, or None when it does not fit or does not add up."""
        try:
            answer = await self._ask(max(count + self._measures.slack, 1), 0)
        except Unavailable as error:
            if error.page_may_be_too_large:
                return None
            raise
        ids = {key for key, _ in answer.page.rows}
        return answer if len(ids) == len(answer.page.rows) == answer.count == answer.total else None

    async def _swept(self, sweep: _Sweep) -> AsyncIterator[ListPage]:
        windows = [(0, self._page)]
        while windows:
            offset, limit = windows.pop()
            try:
                answer = await self._ask(limit, offset)
                ended = not answer.page.rows
            except Unavailable as error:
                if not error.page_may_be_too_large:
                    raise
                if limit > 1:
                    windows += self._halves(error, offset, limit)
                    continue
                answer = await self._stepped_over(error, offset, sweep)
                ended = False
            sweep.take(answer)
            yield answer.page
            if not windows and not ended and offset + limit < answer.count:
                windows.append((offset + limit, self._aligned(offset + limit)))

    def _halves(self, error: Unavailable, offset: int, limit: int) -> list[tuple[int, int]]:
        """Windows to read in place of the one that failed, last one first."""
        half = limit // 2
        if error.trouble in ("timeout", "too_large") or error.status in (502, 504):
            self._page = half  # the size is the trouble, not a row
        return [(offset + half, half), (offset, half)]

    async def _stepped_over(self, error: Unavailable, offset: int, sweep: _Sweep) -> _Answer:
        """Count the row as unreadable, unless the registry as a whole is the trouble: then most rows are."""
        head = await self._ask(0, 0)
        if offset < head.count:
            sweep.unreadable.append(UnreadableRow(offset, error.status))
        if len(sweep.unreadable) > max(self._measures.most_unreadable, head.count // 2):
            raise error
        return head

    def _aligned(self, offset: int) -> int:
        """The largest page that may start here: offsets must be multiples of the limit."""
        return min(self._page, offset & -offset) if offset else self._page

    async def _ask(self, limit: int, offset: int) -> _Answer:
        params = {**self._params, "limit": limit, "offset": offset}
        answer = await self._transport.get(
            self._shape.path,
            params,
            public=self._shape.public,
            attempts=_PAGE_ATTEMPTS if limit else None,
            tries=_A_ROW_FAILS if limit > 1 else {},
        )
        if not isinstance(answer, Fetched):
            raise RequestRefused(found=f"a JSON 404 at {self._shape.path}", expected="a list")
        return _read(answer, self._shape)


def _read(answer: Fetched, shape: ListShape) -> _Answer:
    body = Node(answer.body, shape.path)
    count = body.get("count").required_count()
    if count > _MOST_ROWS:
        raise body.get("count").unlike(f"at most {_MOST_ROWS}")
    rows = rows_by_key(body.get("results"))
    counts = body.get("facets").get("facet_fields").get(shape.facet).items() if body.has("facets") else []
    total = sum(node.required_count() for node in counts[1::2]) if counts else count
    return _Answer(count, total, ListPage(rows, answer.at))
