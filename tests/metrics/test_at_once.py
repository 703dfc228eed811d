"""A change of what measurements rely on, beside somebody who is storing some."""

from datetime import date
from decimal import Decimal
from threading import Event, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, connections, transaction

from metrics.figures import Figures
from metrics.models import Metric
from metrics.services import record_measurement, update_metric
from tests.factories.metrics import MetricFactory

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.postgres]
DAY = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("not run: needs PostgreSQL (DATABASE_URL)")


def changed_beside_a_push(metric: Metric, changes: dict[str, str], external_id: str = "") -> None:
    """Change a metric while a measurement of it is stored and not committed; a wait is refused at once."""
    stored, done = Event(), Event()

    def push() -> None:
        try:
            with transaction.atomic():
                figures = Figures(period_start=DAY, period_end=DAY, value=Decimal(4))
                record_measurement(metric=metric, figures=figures, source="press", today=DAY, external_id=external_id)
                stored.set()
                done.wait(timeout=5)
        finally:
            connections.close_all()

    pushing = Thread(target=push)
    pushing.start()
    try:
        assert stored.wait(timeout=5)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
            update_metric(metric=metric, changes=changes)
    finally:
        done.set()
        pushing.join()


@pytest.mark.parametrize(
    ("changes", "external_id"),
    [({"unit": "hours"}, ""), ({"breakdown": "country"}, "a"), ({"kind": "count_rate"}, "a")],
)
def test_what_measurements_rely_on_waits_for_those_on_their_way(changes, external_id):
    metric = MetricFactory(unit="count")

    with pytest.raises(OperationalError):
        changed_beside_a_push(metric, changes, external_id)


def test_what_was_read_before_a_change_of_kind_is_not_stored_after_it():
    metric = MetricFactory(unit="count")
    update_metric(metric=Metric.objects.get(pk=metric.pk), changes={"kind": "count_rate"})

    with pytest.raises(ValidationError, match="changed in this moment"):
        record_measurement(
            metric=metric,
            figures=Figures(period_start=DAY, period_end=DAY, value=Decimal(4)),
            source="press",
            today=DAY,
        )


def test_other_changes_wait_for_no_measurement():
    metric = MetricFactory(unit="count")

    changed_beside_a_push(metric, {"definition": "after the third day", "unit": "count"})

    assert Metric.objects.get(pk=metric.pk).version == 2
