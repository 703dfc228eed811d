from celery import shared_task

from jobs import clock, outbox, running

LONGEST_RUN = 3_600


@shared_task(soft_time_limit=LONGEST_RUN - 100, time_limit=LONGEST_RUN)
def run_job(job_id: int) -> None:
    running.run_job(job_id=job_id, now=clock.database_now())


@shared_task
def sweep_jobs() -> None:
    """Every minute: jobs that no bell announced, and those whose worker died."""
    for job_id in running.waiting_jobs(now=clock.database_now()):
        run_job.delay(job_id)


@shared_task
def send_letters() -> None:
    """When letters were written, and every minute: those that no bell announced, and those that are tried again."""
    outbox.send_waiting(now=clock.database_now())
