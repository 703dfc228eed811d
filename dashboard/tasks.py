from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from dashboard import file_imports


@shared_task(soft_time_limit=3_500, time_limit=3_600)
def run_file_import(pk: int) -> None:
    file_imports.run_file_import(pk=pk, now=timezone.now())


@shared_task
def sweep_file_imports() -> None:
    for pk in file_imports.unfinished_work(now=timezone.now()):
        announce(pk)


def announce(pk: int) -> None:
    """Tell a worker; where no broker can be reached, the sweep tells it later."""
    try:
        run_file_import.delay(pk)
    except OperationalError:
        return
