from celery import shared_task
from kombu.exceptions import OperationalError

from jobs import clock
from metrics import pull_services
from metrics.pull_selectors import due_sources

LONGEST_RUN = 1_800


@shared_task
def pull_due() -> None:
    """Every minute, and when somebody asks for one: the sources whose time has come, each by a task of its own."""
    for pk in due_sources(now=clock.database_now()).values_list("pk", flat=True):
        announce(pk)


@shared_task(soft_time_limit=LONGEST_RUN - 60, time_limit=LONGEST_RUN)
def pull(source_id: int) -> None:
    pull_services.pull(source_id=source_id, now=clock.database_now())


def announce(source_id: int) -> None:
    """Tell a worker of a source; where no broker can be reached, the next sweep tells it."""
    try:
        pull.apply_async([source_id], expires=50)
    except OperationalError:
        return
