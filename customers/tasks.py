from celery import shared_task

from customers.retention import erase_due, months
from functions.selectors import program_day
from jobs import clock


@shared_task(soft_time_limit=3_500, time_limit=3_600)
def forget_old() -> None:
    """Every night; nothing where the program has no such rule."""
    now, after_months = clock.database_now(), months()
    if after_months is not None:
        erase_due(after_months=after_months, now=now, today=program_day(now))
