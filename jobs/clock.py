"""One clock for what several machines work on together: the database's.

By its own clock, one machine that runs a year ahead would date the scores into next year, from where they do not come
back by themselves; one that runs an hour ahead would take jobs from workers that live; one behind would not notice a
marker that nobody announced. What a single process decides for itself (sessions, expired tokens) goes by its own.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

# More than machines that ask a time server differ by, less than anybody would notice in a score.
MOST_APART = timedelta(seconds=30)


def database_now() -> datetime:
    """Return what time it is where the database is; SQLite is always on this machine."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def agrees() -> bool:
    return abs(timezone.now() - database_now()) <= MOST_APART
