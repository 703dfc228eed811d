"""What a load balancer is told: alive is not ready, and what is not ready is named without details."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from kombu.exceptions import OperationalError

from jobs.models import Marker
from quality_program import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether Redis answers is asked in tests/faults; the suite's PostgreSQL leaves durability off, for speed."""
    monkeypatch.setattr(health, "broker_answers", lambda: True)
    monkeypatch.setattr(health, "keeps_all", lambda: True)


def test_ready_means_database_migrations_and_markers(client: Client) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "not_ready": [], "notes": []})


def test_markers_that_nobody_folds_make_it_unready(client: Client, noon: datetime) -> None:
    Marker.objects.create(kind=Marker.Kind.CIRCLE, enqueued_at=noon - timedelta(minutes=5, seconds=1))

    answer = client.get("/readyz")

    body = {"status": "not ready", "not_ready": ["markers"], "notes": []}
    assert (answer.status_code, answer.json()) == (503, body)


@pytest.mark.parametrize(
    "error", [DatabaseError("at 10.1.2.3"), OperationalError("at 10.1.2.3"), OSError("at 10.1.2.3")]
)
def test_what_fails_is_named_and_nothing_else_is_told(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail() -> bool:
        raise error

    monkeypatch.setattr(health, "migrations_applied", fail)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["not_ready"]) == (503, ["migrations"])
    assert b"10.1.2.3" not in answer.content


@pytest.mark.parametrize("error", [OperationalError("at 10.1.2.3"), OSError("at 10.1.2.3")])
def test_a_broker_that_is_away_is_noted_and_turns_nobody_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail() -> bool:
        raise error

    monkeypatch.setattr(health, "broker_answers", fail)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "not_ready": [], "notes": ["broker"]})
    assert b"10.1.2.3" not in answer.content


def test_alive_asks_nobody(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_health_takes_no_other_method(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.delete("/readyz").status_code == 405
