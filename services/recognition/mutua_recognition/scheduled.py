"""What time brings about in the trust log: what was delayed takes effect, what is about to end is told.

Each step is one transaction that holds the row it is about, so that whoever dies leaves it to the next step
and nothing happens twice, however many workers there are.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from prometheus_client import Counter

from mutua_contracts.ids import effect_id
from mutua_contracts.trust import StatementExpiring
from mutua_kernel import outbox
from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection, Pool
from mutua_kernel.outbox import Emit, Sealer
from mutua_kernel.relay import Wakeup
from mutua_recognition import trust_log
from mutua_recognition.custody import Custody
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.flaws import Refused
from mutua_recognition.store import SQL

TOOK_EFFECT = Counter("mutua_scheduled_total", "Scheduled changes of the trust log", ["kind", "result"])

WARNED_DAYS: Final = (30, 7, 1)
"""So many days before its end somebody is told that a statement is about to end."""
AT_ONCE: Final = 100
LOOK_AGAIN: Final = 1.0
WARN_AGAIN: Final = 600.0


class Scheduled:
    """The jobs that follow the clock."""

    def __init__(self, pool: Pool, custody: Custody, sealer: Sealer, clock: Clock, published: Wakeup) -> None:
        self._pool = pool
        self._custody = custody
        self._sealer = sealer
        self._clock = clock
        self._published = published

    async def take_effect(self) -> float:
        """Lets one scheduled change take effect; answers the seconds to wait for the next one."""
        now = self._clock.now()
        async with self._pool.acquire() as tx, tx.transaction():
            row = await tx.fetchrow(SQL["claim_scheduled"], now)
            if row is None:
                return LOOK_AGAIN
            subject: Json = json.loads(row["subject"])
            if row["kind"] == "revocation":
                facts: Sequence[Emit] | Refused = await trust_log.end(tx, subject["id"], subject["reason"])
            else:
                entering = trust_log.Entering(row["id"], row["tenant"], subject, now)
                facts = await trust_log.enter(tx, self._custody, entering)
            if isinstance(facts, Refused):
                await tx.execute(SQL["proposal_lapsed"], row["id"], facts.code)
            else:
                await tx.execute(SQL["proposal_took_effect"], row["id"], now)
                await self._state(tx, facts, now)
        TOOK_EFFECT.labels(row["kind"], facts.code if isinstance(facts, Refused) else "done").inc()
        self._published.set()
        return 0.0

    async def warn(self) -> float:
        """Tells of statements that are about to end; answers the seconds to wait for the next look."""
        now = self._clock.now()
        today = now.astimezone(UTC).date()
        async with self._pool.acquire() as tx, tx.transaction():
            last = today + timedelta(days=max(WARNED_DAYS))
            rows = await tx.fetch(SQL["claim_ending"], today.isoformat(), last.isoformat(), AT_ONCE)
            version = await tx.fetchval(SQL["log_head"])
            facts: list[Emit] = []
            for row in rows:
                statement = trust_log.wire(row)
                ends = date.fromisoformat(row["ends"])
                left = (ends - today).days
                threshold = min(days for days in WARNED_DAYS if left <= days)
                await tx.execute(SQL["warned"], row["id"], threshold)
                facts.append(
                    Emit(
                        StatementExpiring(statement=statement, version=version, ends=ends, days_left=left),
                        key=row["id"],
                        sequence=version,
                        tenant=row["tenant"],
                        event_id=effect_id(row["id"], f"expiring/{threshold}"),
                    )
                )
            await self._state(tx, facts, now)
        if facts:
            self._published.set()
        return 0.0 if len(rows) == AT_ONCE else WARN_AGAIN

    async def _state(self, tx: Connection, facts: Sequence[Emit], now: datetime) -> None:
        rows = [self._sealer.seal(fact, at=now, traceparent=None) for fact in facts]
        await outbox.write(tx, rows)
