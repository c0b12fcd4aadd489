"""The processor against a model of it, over a real database: whatever is published, in whatever batches,
wherever it crashes, is replayed, parks, is mended and re-driven, each key is as the model says.

The model is thirty lines of lists; it knows no transaction, no inbox and no SQL. Where a process dies within
a batch that is handled in parts, what was kept must be a beginning of the batch.
"""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from ledger.facts import Tape, event_id
from ledger.handlers import handle

from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Connection, open_pool
from mutua_kernel.events import Event, Outcome, Record
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor
from mutua_local.roles import Database

pytestmark = pytest.mark.servers

KEYS = ("a", "b", "c")
Fact = tuple[str, int]


class Crash(BaseException):
    """The process dies: nothing catches it."""


@dataclass
class Model:
    """What must be true of every key."""

    effects: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    parked: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    settled: set[Fact] = field(default_factory=set)
    kinds: dict[Fact, str] = field(default_factory=dict)
    mended: set[str] = field(default_factory=set)

    def deliver(self, key: str, number: int) -> None:
        if (key, number) in self.settled or number in self.parked[key]:
            return
        if self.parked[key] or self._fails(key, number):
            self.parked[key].append(number)
        else:
            self._settle(key, number)

    def redrive(self, key: str) -> None:
        while self.parked[key] and not self._fails(key, self.parked[key][0]):
            self._settle(key, self.parked[key].pop(0))

    def _settle(self, key: str, number: int) -> None:
        self.settled.add((key, number))
        if self.kinds[key, number] != "skip":
            self.effects[key].append(number)

    def _fails(self, key: str, number: int) -> bool:
        return self.kinds[key, number] in ("park", "bug", "nul") and key not in self.mended


class Deliveries(RuleBasedStateMachine):
    """The rules: what may happen to a stream. `database` is set by the test."""

    database: Database
    loop: asyncio.AbstractEventLoop

    @initialize()
    def begin(self) -> None:
        self.model, self.tape = Model(), Tape()
        self.log: list[tuple[Fact, Record]] = []
        self.next = 0
        self.crash: str | None = None
        self.survives = 0
        self.do(self._open())

    async def _open(self) -> None:
        owner = await asyncpg.connect(self.database.url("issuer_owner"))
        await owner.execute("truncate ledger, ledger_entry, inbox, outbox, parked_key, parked_event")
        await owner.close()
        self.pool = await open_pool(self.database.url("issuer_worker"), name="model", size=2)
        self.restart()

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def restart(self) -> None:
        """A new process: it knows nothing but what the database holds."""
        self.processor = Processor(
            name="ledger",
            pool=self.pool,
            handler=self._handle,
            sealer=Sealer("ledger"),
            clock=SystemClock(),
            on_commit=self._committed,
        )

    async def _handle(self, tx: Connection, events: Sequence[Event]) -> Sequence[Outcome]:
        outcomes = await handle(tx, [self._as_it_is_now(event) for event in events])
        if self.crash == "before a commit":
            self.survives -= 1
            if self.survives < 0:
                raise Crash
        return outcomes

    def _as_it_is_now(self, event: Event) -> Event:
        """What was mended is taken by the handler from then on."""
        data = event.envelope.data
        if event.key not in self.model.mended or data.component == "skip":
            return event
        mended = data.model_copy(update={"component": None, "credential": "x"})
        return Event(event.record, event.key, event.envelope.model_copy(update={"data": mended}))

    def _committed(self) -> None:
        if self.crash == "after a commit":
            raise Crash

    @rule(
        key=st.sampled_from(KEYS),
        kinds=st.lists(st.sampled_from(("ok", "ok", "ok", "skip", "park", "bug", "nul")), max_size=5),
    )
    def publish(self, key: str, kinds: list[str]) -> None:
        for kind in kinds:
            number = 1 + sum(known == key for known, _ in self.model.kinds)
            self.model.kinds[key, number] = kind
            component = None if kind in ("ok", "nul") else kind
            record = self.tape.fact(key, number, component, note="nul" if kind == "nul" else "x")
            self.log.append(((key, number), record))

    @precondition(lambda self: self.next < len(self.log))
    @rule(size=st.integers(1, 12), commits_offset=st.booleans())
    def deliver(self, size: int, commits_offset: bool) -> None:
        batch = self.log[self.next : self.next + size]
        self.do(self.processor.process([record for _, record in batch]))
        for fact, _ in batch:
            self.model.deliver(*fact)
        if commits_offset:
            self.next += len(batch)

    @precondition(lambda self: self.next < len(self.log))
    @rule(
        size=st.integers(1, 12),
        crash=st.sampled_from(("before a commit", "after a commit")),
        survives=st.integers(0, 3),
    )
    def die(self, size: int, crash: str, survives: int) -> None:
        """The process dies within a batch, after some calls of the handler, and another one starts."""
        batch = self.log[self.next : self.next + size]
        self.crash, self.survives = crash, survives
        with contextlib.suppress(Crash):
            self.do(self.processor.process([record for _, record in batch]))
        self.crash = None
        self.restart()
        kept = [fact for fact, _ in batch if event_id(*fact) in self.kept()]
        assert kept == [fact for fact, _ in batch][: len(kept)], "not a beginning of the batch"
        for fact in kept:
            self.model.deliver(*fact)

    def kept(self) -> set[UUID]:
        """Events of which the database knows."""
        query = "select event_id from inbox union select event_id from parked_event"
        return {row["event_id"] for row in self.do(self.pool.fetch(query))}

    @precondition(lambda self: self.next > 0)
    @rule(back=st.integers(1, 10), size=st.integers(1, 12))
    def replay(self, back: int, size: int) -> None:
        """Delivered again from an earlier offset, as after a rebalance or by an operator."""
        begin = max(self.next - back, 0)
        batch = self.log[begin : min(begin + size, self.next)]
        self.do(self.processor.process([record for _, record in batch]))

    @rule(key=st.sampled_from(KEYS))
    def mend(self, key: str) -> None:
        self.model.mended.add(key)

    @rule(key=st.sampled_from(KEYS))
    def redrive(self, key: str) -> None:
        self.do(self.pool.execute("update parked_key set redrive_at = now() where key = $1", key))
        self.do(self.processor.redrive(lambda _topic, _partition: True))
        self.model.redrive(key)

    @invariant()
    def every_key_is_as_the_model_says(self) -> None:
        if not hasattr(self, "pool"):
            return
        entries = self.do(self.pool.fetch("select key, sequence from ledger_entry order by key, version"))
        parked = self.do(self.pool.fetch("select key, raw from parked_event order by id"))
        out = self.do(self.pool.fetch("select key, payload from outbox order by position"))
        for key in KEYS:
            expected = self.model.effects[key]
            assert [row["sequence"] for row in entries if row["key"] == key] == expected
            assert [json.loads(row["payload"])["sequence"] for row in out if row["key"] == key] == expected
            waiting = [json.loads(row["raw"])["sequence"] for row in parked if row["key"] == key]
            assert waiting == self.model.parked[key]

    def teardown(self) -> None:
        if hasattr(self, "pool"):
            self.do(self.pool.close())


def test_whatever_happens_every_key_is_as_the_model_says(ledger: Database) -> None:
    loop = asyncio.new_event_loop()
    Deliveries.database, Deliveries.loop = ledger, loop
    try:
        run_state_machine_as_test(
            Deliveries,
            settings=settings(
                max_examples=12,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.close()
