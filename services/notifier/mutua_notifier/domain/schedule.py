"""When a delivery is tried again, and what an answer means (the example schedule of Standard Webhooks, 75
hours)."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Pauses after the first, second, ... attempt."""
JITTER = 0.1
"""Share by which a pause may be longer, so that receivers are not all called at once."""


class Verdict(StrEnum):
    """What an attempt came to."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GONE = "gone"


def verdict(status: int | None) -> Verdict:
    """2xx is delivered, 410 asks never to be called again, everything else (a redirect too) is tried
    again."""
    if status is not None and 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.GONE if status == 410 else Verdict.RETRY


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a delivery: its state, and when it is due again."""

    state: str
    due_at: datetime | None


def after(
    attempt: int, found: Verdict, now: datetime, retry_after: float | None, luck: random.Random
) -> Next:
    """What follows attempt number `attempt` (from 1). A longer Retry-After is honoured."""
    if found is Verdict.DELIVERED:
        return Next("delivered", None)
    if found is Verdict.GONE:
        return Next("cancelled", None)
    if attempt > len(SECONDS):
        return Next("given_up", None)
    pause = SECONDS[attempt - 1] * (1 + luck.random() * JITTER)
    return Next("pending", now + timedelta(seconds=max(pause, retry_after or 0.0)))
