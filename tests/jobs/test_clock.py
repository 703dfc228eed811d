"""What machines do together goes by the database's clock, however wrong a machine's own is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobs import clock, tasks
from jobs.models import Job
from jobs.running import register_job, tell_progress
from quality_program import health

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("not run: needs PostgreSQL (DATABASE_URL)")


@pytest.fixture(params=[HOUR, -HOUR, timedelta(days=365), timedelta(days=-365)], ids=str)
def wrong(request: pytest.FixtureRequest) -> Iterator[datetime]:
    """Let this process, and not the database, live at another time; return the right one."""
    right = datetime.now(UTC)
    with time_machine.travel(right + request.param, tick=True):
        yield right


def test_the_databases_clock_is_right(wrong: datetime) -> None:
    assert abs(clock.database_now() - wrong) < timedelta(minutes=5)
    assert abs(timezone.now() - wrong) > timedelta(minutes=55)
    assert not clock.agrees()


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr("jobs.running._runs", {})
    register_job("work", lambda job: {})
    return Job.objects.create(kind="work", title="Some work", state=Job.State.RUNNING, total=2)


def swept(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    announced: list[Any] = []
    monkeypatch.setattr(tasks.run_job, "delay", announced.append)
    tasks.sweep_jobs()
    return announced


def test_a_job_of_a_worker_that_lives_is_left_to_it(job: Job, wrong: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    Job.objects.update(alive_at=wrong)

    assert swept(monkeypatch) == []


def test_a_worker_says_that_it_lives_by_the_clock_of_the_others(job: Job, wrong: datetime) -> None:
    tell_progress(job=job, done=1, total=2)

    job.refresh_from_db()
    assert abs(job.alive_at - wrong) < timedelta(minutes=5)


def test_a_job_whose_worker_fell_silent_is_given_to_another(
    job: Job, wrong: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    Job.objects.update(alive_at=wrong - timedelta(minutes=6))

    assert swept(monkeypatch) == [job.pk]


def test_readyz_notes_a_clock_that_disagrees(client: Client, wrong: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("broker_answers", "keeps_all"):
        monkeypatch.setattr(health, name, lambda: True)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["notes"]) == (200, ["clock"])
