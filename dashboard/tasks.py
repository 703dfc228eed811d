from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from dashboard import file_imports
from jobs import files
from jobs.tasks import run_job


@shared_task(soft_time_limit=3_500, time_limit=3_600)
def run_file_import(pk: int) -> None:
    file_imports.run_file_import(pk=pk, now=timezone.now())


@shared_task
def sweep_file_imports() -> None:
    for pk in file_imports.unfinished_work(now=timezone.now()):
        announce(pk)


@shared_task
def remove_old_files() -> None:
    """Every ten minutes: what jobs wrote a day ago."""
    files.remove_old(now=timezone.now())


def announce_job(pk: int) -> None:
    """Tell a worker of a job; where no broker can be reached, the sweep of the jobs tells it later."""
    try:
        run_job.delay(pk)
    except OperationalError:
        return


def announce(pk: int) -> None:
    """Tell a worker; where no broker can be reached, the sweep tells it later."""
    try:
        run_file_import.delay(pk)
    except OperationalError:
        return
