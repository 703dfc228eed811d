"""The bell: it rings when a write commits, never for one that is taken back, and a deaf listener still looks."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from jobs import bell
from jobs.models import Marker
from jobs.services import leave_markers, mark_circle, mark_units

pytestmark = pytest.mark.django_db
NOTHING = timedelta(0)


@pytest.fixture
def event() -> Iterator[None]:
    """Only where the bell is an event of one process; PostgreSQL's is held by tests/faults."""
    if connection.vendor != "sqlite":
        pytest.skip("not run: the bell is PostgreSQL's own here")
    bell.hear(NOTHING)
    yield
    bell.hear(NOTHING)


@pytest.fixture
def drains(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Stand in for the projection: fold every marker at once, and note when."""
    calls: list[datetime] = []

    def drain(*, as_of: datetime) -> object:
        calls.append(as_of)
        return Marker.objects.all().delete()[0]

    monkeypatch.setattr(bell, "_drains", [drain])
    return calls


def test_a_write_rings_when_it_commits(event: None, django_capture_on_commit_callbacks: Callable[..., object]) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        mark_circle()
        assert not bell.hear(NOTHING)

    assert bell.hear(NOTHING)
    assert not bell.hear(NOTHING)


def test_a_write_that_is_taken_back_rings_nobody_and_leaves_no_marker(
    event: None, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        mark_circle()
        transaction.set_rollback(True)

    assert not bell.hear(NOTHING)
    assert not Marker.objects.exists()


def test_nothing_to_mark_rings_nobody(
    event: None, django_capture_on_commit_callbacks: Callable[..., list[object]]
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        leave_markers(kind=Marker.Kind.UNIT, keys=[])

    assert callbacks == []


def test_each_unit_gets_one_marker_in_a_fixed_order() -> None:
    mark_units(units=[(2, 1), (1, 5), (2, 1)])

    assert list(Marker.objects.values_list("key1", "key2")) == [(1, 5), (2, 1)]


def test_a_marker_is_overdue_after_a_second(noon: datetime) -> None:
    assert not bell.is_overdue(now=noon)

    Marker.objects.create(kind=Marker.Kind.CIRCLE, enqueued_at=noon)

    assert not bell.is_overdue(now=noon + timedelta(seconds=0.9))
    assert bell.is_overdue(now=noon + timedelta(seconds=1))


def test_draining_goes_on_until_nothing_is_left(drains: list[datetime], noon: datetime) -> None:
    mark_circle()

    bell.drain_now()

    assert drains == [noon, noon]
    assert not Marker.objects.exists()
