from functools import partial
from typing import Any

from celery import shared_task
from django.db import transaction

from accounts.models import User
from jobs import clock, outbox, running
from jobs.models import Job

LONGEST_RUN, LONGEST_TITLE = 3_600, 200


@shared_task(soft_time_limit=LONGEST_RUN - 100, time_limit=LONGEST_RUN)
def run_job(job_id: int) -> None:
    running.run_job(job_id=job_id, now=clock.database_now())


def start_job(*, kind: str, title: str, about: dict[str, Any], user: User) -> Job:
    """Have something done once this transaction has committed; a bell that nobody hears is rung again by the sweep."""
    job = Job.objects.create(kind=kind, title=title[:LONGEST_TITLE], about=about, started_by=user)
    transaction.on_commit(partial(run_job.delay, job.pk), robust=True)
    return job


@shared_task
def sweep_jobs() -> None:
    """Every minute: jobs that no bell announced, and those whose worker died."""
    for job_id in running.waiting_jobs(now=clock.database_now()):
        run_job.delay(job_id)


@shared_task
def send_letters() -> None:
    """When letters were written, and every minute: those that no bell announced, and those that are tried again."""
    outbox.send_waiting(now=clock.database_now())
