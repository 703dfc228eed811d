from calendar import monthrange
from datetime import date


def last_day(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def months_after(day: date, months: int) -> date:
    """Return the day that many months later; a month's last day stays a month's last day.

    Nothing lies before the first of all days, at which the scores stand until their first run.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year < date.min.year:
        return date.min
    last = last_day(year, month + 1)
    is_last = day.day == last_day(day.year, day.month)
    return date(year, month + 1, last if is_last else min(day.day, last))
