"""What a format's own reader says of a payload, for the checks that all formats share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mutua_credentials.verify.result import Check, CheckName, failed, no_annex_i

if TYPE_CHECKING:
    from mutua_credentials.annex_i import AnnexI


@dataclass(frozen=True, slots=True)
class Reading:
    """A payload whose structure is right. Nothing in it is believed yet."""

    issuer: str
    credential_id: str | None
    signed_at: datetime | None
    starts: tuple[datetime, ...]
    """From when it says it counts; all of them must have come."""
    ends: tuple[datetime, ...]
    """When it says it stops; none of them may have come."""
    status: Any
    """Its status reference, or a list of them, as it stands there."""
    schema: Any = None
    """Its `credentialSchema`, as it stands there."""
    issuer_name: str | None = None
    annex_i: Callable[[], AnnexI | None] = no_annex_i
    """Reads the content; called only when the first four checks held."""


def malformed(code: str, found: Any, expected: str) -> Check:
    """The structure check that ends a run."""
    return failed(CheckName.STRUCTURE, code, repr(found)[:200], expected)


def numeric_date(value: Any) -> datetime | None:
    """A NumericDate (RFC 7519) as an instant; None where it is none, or beyond what dates can say."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return None
