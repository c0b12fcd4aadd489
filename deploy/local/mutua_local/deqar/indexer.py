"""Keeps the search index behind the truth: every change waits its turn, and some are lost when asked for.

Work is done in order of arrival once its lag has passed, whenever somebody searches; `flush` does all of
it now. With a lag of zero the index is as new as the truth.
"""

import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .contributors import has_report
from .documents import (
    programme_document,
    programme_terms,
    report_document,
    report_terms,
    report_text,
)
from .index import Entry, SearchIndex
from .model import BrokenRecord, Provider, Report
from .provider_documents import provider_document, provider_terms, provider_text
from .truth import Truth


@dataclass(slots=True)
class Indexer:
    """`lag` in seconds; `lost` is the share of updates that never arrive, drawn from a seeded generator."""

    truth: Truth
    index: SearchIndex
    lag: float = 0.0
    lost: float = 0.0
    now: Callable[[], float] = time.monotonic
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 (a simulation)
    _queue: deque[tuple[float, str, int]] = field(default_factory=deque[tuple[float, str, int]])

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def rebuild(self) -> None:
        """Index everything afresh, as after a restore."""
        self._queue.clear()
        self.index.fill(self._everything())

    def _everything(self) -> Iterator[Entry]:
        for provider in self.truth.every(Provider):
            yield self._provider_entry(provider)
        for report in self.truth.every(Report):
            yield from self._report_entries(report)

    def schedule(self, kind: str, key: int) -> None:
        """A report or provider was changed, added or removed; other kinds have no document of their own."""
        if kind not in ("report", "provider") or self.chance.random() < self.lost:
            return
        self._queue.append((self.now() + self.lag, kind, key))
        self.catch_up()

    def catch_up(self) -> None:
        """Do what is due."""
        while self._queue and self._queue[0][0] <= self.now():
            self._work()

    def flush(self) -> int:
        """Do everything that waits; says how much that was."""
        done = len(self._queue)
        while self._queue:
            self._work()
        return done

    def _work(self) -> None:
        _, kind, key = self._queue.popleft()
        if kind == "report":
            self._report(key)
        else:
            self._provider(key)

    def _report(self, key: int) -> None:
        for programme in self.index.where("programmes", "report.id", key):
            self.index.delete("programmes", programme)
        report = self.truth.find(Report, key)
        if report is None:
            self.index.delete("reports", key)
            return
        for entry in self._report_entries(report):
            self.index.put(entry)

    def _report_entries(self, report: Report) -> list[Entry]:
        """The report and its programmes; nothing where the backend's index task crashes."""
        try:
            document = report_document(self.truth, report)
        except BrokenRecord:
            return []
        rows = [programme_document(document, programme) for programme in document["programmes"]]
        return [
            Entry("reports", report.id, document, report_terms(document), report_text(document)),
            *(Entry("programmes", row["id"], row, programme_terms(row), row["name_primary"]) for row in rows),
        ]

    def _provider(self, key: int) -> None:
        provider = self.truth.find(Provider, key)
        if provider is None:
            self.index.delete("institutions", key)
        else:
            self.index.put(self._provider_entry(provider))

    def _provider_entry(self, provider: Provider) -> Entry:
        document = provider_document(self.truth, provider, has_report=has_report(self.truth, provider.id))
        return Entry("institutions", provider.id, document, provider_terms(document), provider_text(document))
