from celery import shared_task
from kombu.exceptions import OperationalError

from jobs import clock
from notices import inbox, sending, watching

LONGEST_RUN = 180


@shared_task
def look_for_signals() -> None:
    """Every hour: metrics whose chart has a signal that nobody was told of."""
    watching.look_for_signals(now=clock.database_now())


@shared_task
def write_digests() -> None:
    """Every hour, because a day begins at some hour of UTC; a no-op until somebody's next day has come."""
    inbox.write_digests(now=clock.database_now())


@shared_task
def send_due() -> None:
    """When something happened, and every minute: endpoints for which something is due, each by a task of its own."""
    for endpoint_id in sending.endpoints_due(now=clock.database_now()):
        announce(endpoint_id)


@shared_task(soft_time_limit=LONGEST_RUN - 30, time_limit=LONGEST_RUN)
def send_to(endpoint_id: int) -> None:
    sending.send_to(endpoint_id=endpoint_id, now=clock.database_now())


@shared_task
def forget_told() -> None:
    """Every night: what is told and over for long."""
    sending.forget_told(now=clock.database_now())


def announce(endpoint_id: int) -> None:
    """Tell a worker of an endpoint; where no broker can be reached, the next sweep tells it."""
    try:
        send_to.apply_async([endpoint_id], expires=50)
    except OperationalError:
        return
