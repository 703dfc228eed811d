"""Figures for a Prometheus: right, and for those only whom they concern."""

from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import DatabaseError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from gap_scores.services import drain_all
from jobs.models import Job, Marker
from jobs.workers import note_worker, workers_seen
from quality_program import telemetry
from quality_program.meters import kind_of
from tests.gap_scores.world import World

pytestmark = pytest.mark.django_db


def read(client: Client, **options: object) -> dict[tuple[str, ...], float]:
    """Return each sample by its name and the values of its labels."""
    answer = client.get("/metrics", **options)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    samples = [sample for family in families for sample in family.samples if "le" not in sample.labels]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def test_they_tell_what_waits_what_failed_who_works_and_how_fresh_scores_are(client: Client, noon: datetime) -> None:
    world = World()
    measured = [world.measurement() for _ in range(2)][-1]
    run = drain_all(as_of=noon) and telemetry.newest_run()[0]
    for age in (90, 30):
        Marker.objects.create(kind=Marker.Kind.CIRCLE, enqueued_at=noon - timedelta(seconds=age))
    for state in ("waiting", "failed", "failed", "done"):
        Job.objects.create(kind="test", title="test", state=state)
    note_worker(name="celery@one", now=noon - timedelta(seconds=20))

    found = read(client)

    assert found["quality_database_up",] == 1
    assert (found["quality_markers_waiting",], found["quality_oldest_marker_seconds",]) == (2, 90)
    assert [found["quality_jobs", state] for state in ("waiting", "running", "failed")] == [1, 0, 2]
    assert found["quality_worker_seen_seconds", "celery@one"] == 20
    assert (found["quality_scores_run",], found["quality_scores_age_seconds",]) == (run, 0)
    assert found["quality_measurement_newest",] == measured.pk


def test_each_request_is_counted_by_its_kind_and_status(client: Client) -> None:
    def count(kind: str, status: str) -> float:
        return read(client).get(("quality_request_seconds_count", kind, status), 0)

    before = count("api", "401"), count("page", "404")
    client.get("/api/v1/circle/")
    client.get("/nothing/here")
    client.get("/nothing/there")

    assert (count("api", "401"), count("page", "404")) == (before[0] + 1, before[1] + 2)
    assert [kind_of(path) for path in ("/api/v1/measurements/bulk/", "/api/v1/circle/", "/functions/1/")] == [
        "push", "api", "page",
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [{}, {"Authorization": "Bearer other"}, {"Authorization": "Bearer "}])
def test_from_elsewhere_there_is_nothing_without_the_token(
    client: Client, settings: LazySettings, wrong: dict[str, str]
) -> None:
    settings.METRICS_TOKEN = "a token of tests"
    right = {"Authorization": "Bearer a token of tests"}

    assert client.get("/metrics", headers=wrong, REMOTE_ADDR="10.0.0.7").status_code == 404
    # Through a proxy on this machine everybody comes from this machine.
    assert client.get("/metrics", headers=wrong | {"X-Forwarded-For": "10.0.0.7"}).status_code == 404
    assert client.get("/metrics", headers=right, REMOTE_ADDR="10.0.0.7").status_code == 200
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}, REMOTE_ADDR="10.0.0.7").status_code == 404


def test_a_database_that_is_away_is_told_with_what_is_known_without_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise DatabaseError("at 10.1.2.3")

    client.get("/nothing/here")
    monkeypatch.setattr(telemetry, "markers_waiting", fail)

    found = read(client)

    assert found["quality_database_up",] == 0
    assert found["quality_request_seconds_count", "page", "404"] >= 1
    assert ("quality_markers_waiting",) not in found


def test_a_worker_that_was_not_seen_for_a_day_is_forgotten(noon: datetime) -> None:
    note_worker(name="old", now=noon - timedelta(hours=25))
    note_worker(name="new", now=noon - timedelta(minutes=1))
    note_worker(name="new", now=noon)

    assert workers_seen() == {"new": noon}
