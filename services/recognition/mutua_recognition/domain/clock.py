"""Deadlines: when a person's answer is due, and how urgent it is. Days come in, nothing reads a clock.

The time starts when the file is complete; it is the announced number of working days, at most four months.
"""

from calendar import monthrange
from collections.abc import Collection
from datetime import date, timedelta
from typing import Final, Literal

LIMIT_MONTHS: Final = 4
"""No decision takes longer (Revised Recommendation on Criteria and Procedures, 2010)."""


def due_on(complete_on: date, working_days: int, holidays: Collection[date] = ()) -> date:
    """The last day for an answer. `holidays` are days that do not count, beside Saturdays and Sundays."""
    day = complete_on
    while working_days > 0:
        day += timedelta(days=1)
        working_days -= day.weekday() < 5 and day not in holidays
    return min(day, months_later(complete_on, LIMIT_MONTHS))


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    count = day.month - 1 + months
    year, month = day.year + count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def urgency(complete_on: date, due: date, today: date) -> Literal["green", "amber", "red", "overdue"]:
    """Amber from half of the time, red from four fifths, overdue after the due day."""
    if today > due:
        return "overdue"
    spent, whole = (today - complete_on).days, max((due - complete_on).days, 1)
    return "red" if spent * 5 >= whole * 4 else "amber" if spent * 2 >= whole else "green"
