"""Dates as DEQAR writes them: plain, as an instant at midnight, or as Unix seconds; and its rule of six
years.
"""

from datetime import UTC, date, datetime
from typing import Final

VALIDITY_YEARS: Final = 6


def unix(day: date | datetime | None) -> int | None:
    """Seconds at midnight UTC of the day: the index keeps the date part only."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) if day else None


def plain(seconds: int | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds is not None else None


def instant(seconds: int | None) -> str | None:
    return f"{plain(seconds)}T00:00:00Z" if seconds is not None else None


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def add_years(day: date, years: int) -> date:
    """Calendar years; 29 February goes to 1 March, as in the Web API (Europass has 28 February)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def end_of_validity(valid_from: date, valid_to: date | None) -> date:
    return valid_to or add_years(valid_from, VALIDITY_YEARS)
