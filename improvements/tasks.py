from celery import shared_task

from improvements import actions, reminders
from jobs import clock


@shared_task
def look_after_actions() -> None:
    """Every night: which actions are effective now or lost their gain, and who is to be reminded."""
    now = clock.database_now()
    actions.settle_all(now=now)
    reminders.remind(now=now)
