"""The rules by which keys of an institution follow one another: by rotation, and after a compromise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mutua_issuer.domain.institution import SigningKey

MIN_NOTICE = timedelta(seconds=5)
"""A new key takes over no sooner than this after it was made: clocks of processes that sign may differ."""
MAX_NOTICE = timedelta(days=90)
"""A new key may be announced for so long ahead."""


@dataclass(frozen=True, slots=True)
class NoFollowing:
    """Why keys cannot change as was asked."""

    code: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which a key is to be in force; None: without an end."""

    start: datetime
    end: datetime | None = None


def whole_second(instant: datetime) -> datetime:
    """The second that `instant` is in."""
    return instant.replace(microsecond=0)


def rotation(keys: Iterable[SigningKey], now: datetime, wanted: datetime | None) -> datetime | NoFollowing:
    """From when on a new key follows the last of `keys`.

    What the old key signs until then stays valid. Codes of refusal: `rotation_pending`,
    `valid_from_too_soon`, `valid_from_too_late`.
    """
    last = max(key.valid_from for key in keys if key.compromised_at is None)
    soonest = whole_second(now) + MIN_NOTICE
    start = soonest if wanted is None else whole_second(wanted)
    if last > now:
        return NoFollowing(
            "rotation_pending", f"a key that follows at {last.isoformat()}", "one announced key at a time"
        )
    if start < soonest:
        return NoFollowing("valid_from_too_soon", start.isoformat(), f"{soonest.isoformat()} or later")
    if start > now + MAX_NOTICE:
        latest = (now + MAX_NOTICE).isoformat()
        return NoFollowing("valid_from_too_late", start.isoformat(), f"{latest} at the latest")
    return start


def succession(
    keys: Sequence[SigningKey], kid: str, compromised_at: datetime, now: datetime
) -> tuple[SigningKey, Window | None] | NoFollowing:
    """The compromised key, and the window that a new key must fill where it still had time to sign.

    The new key takes over in the very second in which the compromise is told: waiting would mean to sign
    with a key that others hold. Codes of refusal: `unknown_key`, `compromised_in_future`,
    `compromise_is_known` where an instant at or before this one was told already.
    """
    key = next((one for one in keys if one.kid == kid), None)
    if key is None:
        return NoFollowing("unknown_key", kid, "a key of this institution")
    if compromised_at > now:
        return NoFollowing(
            "compromised_in_future", compromised_at.isoformat(), f"{now.isoformat()} or earlier"
        )
    if key.compromised_at is not None:
        if key.compromised_at <= compromised_at:
            known = key.compromised_at.isoformat()
            return NoFollowing(
                "compromise_is_known", compromised_at.isoformat(), f"an instant before {known}"
            )
        return key, None
    if key.valid_to is not None and key.valid_to <= now:
        return key, None
    return key, Window(max(key.valid_from, whole_second(now)), key.valid_to)
