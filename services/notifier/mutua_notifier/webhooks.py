"""Sending what is due: signed, to a checked address, each attempt written down.

A delivery is at least once: it is claimed for a minute, sent, recorded; whoever dies in between leaves it
to the
next claim, with the same `webhook-id`.
"""

import asyncio
import random
import time
from collections.abc import Sequence

import httpx
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Histogram

from mutua_kernel import telemetry
from mutua_kernel.clock import Clock
from mutua_kernel.database import Pool
from mutua_kernel.outbound import AddressRefused, Outbound
from mutua_kernel.relay import Wakeup
from mutua_notifier import store
from mutua_notifier.domain import schedule, signing
from mutua_notifier.store import Attempted, DueDelivery

ATTEMPTS = Counter("mutua_webhook_attempts_total", "Webhooks sent", ["outcome"])
SECONDS = Histogram("mutua_webhook_seconds", "Duration of one webhook")


class Sender:
    """The job that sends due deliveries."""

    def __init__(
        self,
        pool: Pool,
        keys: signing.KeyBox,
        outbound: Outbound,
        clock: Clock,
        *,
        at_once: int,
        wakeup: Wakeup,
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._outbound = outbound
        self._clock = clock
        self._at_once = at_once
        self._wakeup = wakeup
        self._luck = random.Random()  # noqa: S311 (spreads load, guards nothing)

    async def step(self) -> float:
        """Sends what is due now; answers the seconds to wait, none while there may be more."""
        async with self._pool.acquire() as connection, connection.transaction():
            due = await store.claim_due(connection, self._at_once)
        if not due:
            await self._wakeup.wait(0.5)
            return 0.0
        tried = await asyncio.gather(*(self._send(one) for one in due))
        await self._record(tried)
        return 0.0

    async def _record(self, tried: Sequence[Attempted]) -> None:
        gone = [one.delivery.endpoint for one in tried if one.state == "cancelled"]
        async with self._pool.acquire() as connection, connection.transaction():
            await store.record(connection, tried)
            if gone:
                await store.disable(connection, gone, "gone_410")

    async def _send(self, due: DueDelivery) -> Attempted:
        started = time.perf_counter()
        with telemetry.span("send webhook", kind=SpanKind.CLIENT, parent=due.traceparent):
            status, outcome, retry_after = await self._attempt(due)
        seconds = time.perf_counter() - started
        ATTEMPTS.labels(outcome).inc()
        SECONDS.observe(seconds)
        number = due.attempts + 1
        following = schedule.after(
            number, schedule.verdict(status), self._clock.now(), retry_after, self._luck
        )
        return Attempted(due, status, outcome, int(seconds * 1000), following.state, following.due_at)

    async def _attempt(self, due: DueDelivery) -> tuple[int | None, str, float | None]:
        """One request: status (None without answer), a stable word for what happened, Retry-After."""
        key = self._keys.open(due.sealed_key, str(due.endpoint))
        headers = {
            **signing.headers(due.scheme, key, str(due.event_id), self._clock.now(), due.payload),
            "content-type": "application/cloudevents+json",
            "user-agent": "mutua-notifier/1",
        }
        traceparent = telemetry.current_traceparent()
        if traceparent is not None:
            headers["traceparent"] = traceparent
        try:
            answer = await self._outbound.post(due.url, due.payload, headers)
        except AddressRefused as refused:
            return None, refused.code, None
        except (TimeoutError, httpx.TimeoutException):
            return None, "timeout", None
        except (OSError, httpx.HTTPError):
            return None, "unreachable", None
        found = schedule.verdict(answer.status)
        return (
            answer.status,
            "delivered" if found is schedule.Verdict.DELIVERED else "refused",
            answer.retry_after,
        )
