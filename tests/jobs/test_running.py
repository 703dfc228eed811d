"""A job whose worker dies goes to another one, and one that kills them is given up: it would kill every one."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from jobs.models import Job, JobInput
from jobs.running import keep_input, register_job, run_job, take_up_again, waiting_jobs

pytestmark = pytest.mark.django_db


def die(job: Job) -> dict[str, int]:
    raise SystemExit


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr("jobs.running._runs", {})
    register_job("poison", die)
    job = Job.objects.create(kind="poison", title="Poison")
    keep_input(job=job, number=0, content=b"poison")
    return job


def swept(now: datetime) -> list[int]:
    return waiting_jobs(now=now + timedelta(minutes=6))


def restarted(now: datetime) -> list[int]:
    take_up_again(now=now)
    return waiting_jobs(now=now)


@pytest.mark.parametrize("again", [swept, restarted])
def test_a_job_that_kills_its_worker_is_given_up_at_the_third_time(
    poison: Job, noon: datetime, again: Callable[[datetime], list[int]]
) -> None:
    for waits in ([poison.pk], [poison.pk], []):
        with pytest.raises(SystemExit):
            run_job(job_id=poison.pk, now=noon)
        assert again(noon) == waits

    poison.refresh_from_db()
    assert (poison.state, poison.attempts) == ("failed", 3)
    assert poison.message == ("Its worker died 3 times in the middle of it. Nothing was stored; part it, or tell us.")
    assert not JobInput.objects.exists()
