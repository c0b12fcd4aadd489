"""Intervals of the registry: some of its ends are inclusive, the rest were made half-open on the way here."""

from datetime import date

from mutua_contracts.registry import ReportFacts

DEFAULT_YEARS = 6
"""How long a report without an end counts, in calendar years."""


def last_day(report: ReportFacts) -> date:
    """The last day on which the report counts, inclusive."""
    return report.valid_to if report.valid_to is not None else years_after(report.valid_from, DEFAULT_YEARS)


def years_after(day: date, years: int) -> date:
    """The same day in another year; 29 February becomes 1 March, as in the registry's API."""
    if day.year + years > date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def within(day: date, first: date | None, after: date | None) -> bool:
    """Whether `day` lies in [first, after); an end that is not known is open."""
    return (first is None or first <= day) and (after is None or day < after)


def within_inclusive(day: date, first: date | None, last: date | None) -> bool:
    """Whether `day` lies in [first, last]; an end that is not known is open."""
    return (first is None or first <= day) and (last is None or day <= last)
