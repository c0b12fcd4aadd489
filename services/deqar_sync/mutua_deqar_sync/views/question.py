"""What the coverage rule is asked, from the plain values of a command line or a query."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from mutua_coverage import Credential, Identifier


def question(query: Mapping[str, Any]) -> Credential:
    """Members: `provider` (identifiers), `award_date`, and optionally `programme` (titles), `identifier`
    (any agency's local one), `level`, `ects`, `assessment`, `degree`, `alliance`. Raises ValueError.
    """
    if not query.get("provider"):
        raise ValueError("found no provider, expected at least one identifier")
    return Credential(
        provider=tuple(Identifier.parse(each) for each in query["provider"]),
        award_date=_day(query["award_date"]),
        programme_names=tuple(query.get("programme") or ()),
        programme_identifiers=tuple(Identifier("", each) for each in query.get("identifier") or ()),
        level=query.get("level"),
        ects=_credits(query.get("ects")),
        assessment=query.get("assessment"),
        degree=bool(query.get("degree")),
        alliance=query.get("alliance"),
    )


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise ValueError(f"found award date {text!r}, expected YYYY-MM-DD")
    return day


def _credits(text: Any) -> Decimal | None:
    if text is None:
        return None
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise ValueError(f"found {text!r} ECTS credits, expected a number from 0")
    return found.normalize() if found == found.to_integral() else found
