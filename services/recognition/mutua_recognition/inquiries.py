"""The job that answers inquiries: what a change of the trust log would do, and whether a decision replays to
the same bytes.

Both take the whole log, which no organisation may see; the worker looks, and the answer holds what the asker
may know. Each is answered in the transaction that holds it, so that whoever dies leaves it to the next.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection, Pool
from mutua_recognition import previews, trust_log
from mutua_recognition.catalogue import Catalogue, statement_of
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.codes import Purpose
from mutua_recognition.domain.flaws import Refused
from mutua_recognition.domain.inputs import Bodies, replay
from mutua_recognition.domain.pins import Pin
from mutua_recognition.domain.trust import EMPTY_LOG, LOG, LogView, extended
from mutua_recognition.previews import Like
from mutua_recognition.store import SQL, compact

LOOK_AGAIN: Final = 0.5
SHOWN: Final = 100
"""Own decisions that are named at most."""


class Inquiries:
    """Answers one inquiry after another."""

    def __init__(self, pool: Pool, catalogue: Catalogue, clock: Clock, *, budget: int | None) -> None:
        self._pool = pool
        self._catalogue = catalogue
        self._clock = clock
        self._budget = budget

    async def step(self) -> float:
        """Answers one; the seconds to wait for the next one."""
        async with self._pool.acquire() as tx, tx.transaction():
            row = await tx.fetchrow(SQL["claim_inquiry"])
            if row is None:
                return LOOK_AGAIN
            await self._catalogue.refresh(tx)
            answer = await self._answer(tx, row["kind"], row["tenant"], json.loads(row["subject"]))
            await tx.execute(SQL["answer_inquiry"], row["id"], compact(answer), self._clock.now())
        return 0.0

    async def _answer(self, tx: Connection, kind: str, tenant: str, subject: Json) -> Json:
        match kind:
            case "publishing":
                return await self._publishing(tx, tenant, subject)
            case "revoking":
                return await self._revoking(tx, tenant, subject)
            case _:
                return await self._replay(tx, UUID(subject["record"]))

    async def _publishing(self, tx: Connection, tenant: str, subject: Json) -> Json:
        statement = statement_of(compact(subject["statement"]), 0, None)
        version = int(self._catalogue.log.version)
        made = await trust_log.expanded(tx, statement, subject["statement"], version)
        if isinstance(made, Refused):
            return _refused(made)
        new = [one for one in made if one.id not in self._catalogue.index]
        like = like_of(subject["like"])
        answer = await asyncio.to_thread(previews.publishing, self._catalogue, tenant, new, like)
        return {**answer, "decisions": None}

    async def _revoking(self, tx: Connection, tenant: str, subject: Json) -> Json:
        id: str = subject["id"]
        ids = [row["id"] for row in await tx.fetch(SQL["resting"], id)]
        like = like_of(subject["like"])
        answer = await asyncio.to_thread(previews.revoking, self._catalogue, tenant, ids, like)
        rows = await tx.fetch(SQL["decisions_resting_on"], id)
        own = [str(row["id"]) for row in rows if row["tenant"] == tenant]
        decisions = {"own": own[:SHOWN], "own_number": len(own), "others_number": len(rows) - len(own)}
        return {**answer, "decisions": decisions}

    async def _replay(self, tx: Connection, record: UUID) -> Json:
        row = await tx.fetchrow(SQL["record_with_inputs"], record)
        if row is None:
            raise LookupError(f"record {record} has no inputs")
        inputs: Json = json.loads(row["inputs"])
        named = [inputs["policy"], *inputs["registry"]["rows"]]
        stored = await tx.fetch(SQL["evidence_bodies"], named)
        bodies: Bodies = {each["digest"]: json.loads(each["body"]) for each in stored}
        version = int(inputs["trust"]["version"])
        log = await tx.fetch(SQL["log_until"], version)
        again = await asyncio.to_thread(self._evaluated, bytes(row["inputs"]), bodies, version, log)
        if isinstance(again, Refused):
            return {"record": str(record), "content_digest": row["content_digest"], **_refused(again)}
        same = again == row["content_digest"]
        digests = {"content_digest": row["content_digest"], "replayed_digest": again}
        return {"record": str(record), "same": same, **digests, "refused": None}

    def _evaluated(
        self, inputs: bytes, bodies: Bodies, version: int, log: Sequence[Mapping[str, Any]]
    ) -> str | Refused:
        pin = Pin(LOG, str(version), _digest_of(log))
        content = replay(inputs, bodies, LogView(self._catalogue.index, pin, self._budget))
        return content if isinstance(content, Refused) else content.digest


def like_of(told: Json) -> Like:
    """From the stored inquiry."""
    return Like(
        Purpose(told["purpose"]),
        date.fromisoformat(told["award_date"]),
        date.fromisoformat(told["decision_date"]),
        float(told["ects"]),
        told["assessment"],
        told["mode"],
    )


def _digest_of(log: Sequence[Mapping[str, Any]]) -> str:
    """The digest of the log's prefix, worked out from its entries: nothing is taken on trust."""
    digest = EMPTY_LOG
    for row in log:
        statement = statement_of(row["content"], row["version"], None)
        digest = extended(digest, row["version"], row["fact"], statement)
    return digest


def _refused(refusal: Refused) -> Json:
    flaw = refusal.flaws[0]
    return {"refused": {"code": flaw.code, "found": flaw.found, "expected": flaw.expected}}
