from celery import shared_task
from django.utils import timezone

from jobs import running

LONGEST_RUN = 3_600


@shared_task(soft_time_limit=LONGEST_RUN - 100, time_limit=LONGEST_RUN)
def run_job(job_id: int) -> None:
    running.run_job(job_id=job_id, now=timezone.now())


@shared_task
def sweep_jobs() -> None:
    """Every minute: jobs that no bell announced, and those whose worker died."""
    for job_id in running.waiting_jobs(now=timezone.now()):
        run_job.delay(job_id)
