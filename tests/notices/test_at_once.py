"""Several workers at once: what happened is told once, and each try of a delivery belongs to one of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from functions.models import Program
from notices.inbox import choose_digest, write_digests
from notices.models import Delivery, Event, Notice
from notices.sending import claim
from notices.watching import look_for_signals
from tests.conftest import NOON
from tests.factories.functions import MembershipFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory
from tests.factories.notices import DeliveryFactory, EndpointFactory, NoticeFactory

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.postgres]
WORKERS = 4


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("not run: needs PostgreSQL (DATABASE_URL)")


def at_once(work: Callable[[], Any]) -> list[Any]:
    """Let several workers do the same in one moment, and return what each did."""
    ready = Barrier(WORKERS)

    def run() -> Any:
        try:
            ready.wait(timeout=10)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        return [each.result(timeout=30) for each in [pool.submit(run) for _worker in range(WORKERS)]]


def test_a_delivery_is_claimed_by_one_of_them() -> None:
    delivery = DeliveryFactory()

    claims = at_once(lambda: claim(delivery.pk, now=NOON))

    assert sum(each is not None for each in claims) == 1
    assert Delivery.objects.get().attempts == 1


def test_a_signal_is_told_by_one_of_them() -> None:
    Program.objects.create(name="ABC")
    metric = MetricFactory(cadence_days=1)
    MembershipFactory(function=metric.function)
    EndpointFactory()
    for offset, value in enumerate([10, 11, 10, 9, 10, 11, 9, 10, 11, 10, 9, 10, 40]):
        day = NOON.date() - timedelta(days=20 - offset)
        MeasurementFactory(metric=metric, value=Decimal(value), period_start=day, period_end=day)

    told = at_once(lambda: look_for_signals(now=NOON))

    assert (sum(told), Event.objects.count(), Notice.objects.count(), Delivery.objects.count()) == (1, 1, 1, 1)


def test_a_digest_is_written_by_one_of_them() -> None:
    notice = NoticeFactory(person__email="reader@example.org")
    choose_digest(person=notice.person, every="day", now=NOON)

    assert sum(at_once(lambda: write_digests(now=NOON + timedelta(days=1)))) == 1
