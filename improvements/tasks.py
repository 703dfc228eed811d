from celery import shared_task

from improvements import actions, reminders
from jobs import clock


@shared_task
def look_after_actions() -> None:
    """Every night: which actions are effective now or lost their gain, and who is to be reminded."""
    now = clock.database_now()
    try:
        actions.settle_all(now=now)
    finally:
        # Whatever befell that, people are reminded; the task fails all the same, so that it is seen.
        reminders.remind(now=now)
