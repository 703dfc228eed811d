from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from jobs.bell import ring
from jobs.models import Marker

MANY_DAYS = 100


def leave_markers(*, kind: Marker.Kind, keys: Iterable[tuple[int, int]]) -> None:
    """Write one marker per key, in the caller's transaction, and ring the bell when it commits."""
    markers = [Marker(kind=kind, key1=key1, key2=key2) for key1, key2 in keys]
    if markers:
        Marker.objects.bulk_create(markers)
        ring()


def mark_units(*, units: Iterable[tuple[int, int]]) -> None:
    """Mark (customer, requirement) units whose answers changed."""
    leave_markers(kind=Marker.Kind.UNIT, keys=sorted(set(units)))


def mark_customer(*, customer_id: int) -> None:
    leave_markers(kind=Marker.Kind.CUSTOMER, keys=[(customer_id, 0)])


def mark_requirement(*, requirement_id: int) -> None:
    leave_markers(kind=Marker.Kind.REQUIREMENT, keys=[(requirement_id, 0)])


def mark_metric(*, metric_id: int) -> None:
    mark_metrics(metric_ids=[metric_id])


def mark_metrics(*, metric_ids: Iterable[int]) -> None:
    """Mark metrics of which something else changed than their measurements."""
    leave_markers(kind=Marker.Kind.METRIC, keys=[(each, Marker.NO_DAY) for each in sorted(set(metric_ids))])


def mark_days(*, days: Iterable[tuple[int, date]]) -> None:
    """Mark (metric, period end) of which measurements changed; of a metric with very many all days."""
    by_metric: defaultdict[int, set[int]] = defaultdict(set)
    for metric, day in days:
        by_metric[metric].add(day.toordinal())
    few = {metric: its for metric, its in by_metric.items() if len(its) <= MANY_DAYS}
    leave_markers(kind=Marker.Kind.METRIC, keys=sorted((metric, day) for metric, its in few.items() for day in its))
    mark_every_day(metric_ids=by_metric.keys() - few.keys())


def mark_every_day(*, metric_ids: Iterable[int]) -> None:
    leave_markers(kind=Marker.Kind.METRIC, keys=[(each, Marker.EVERY_DAY) for each in sorted(set(metric_ids))])


def mark_register() -> None:
    leave_markers(kind=Marker.Kind.REGISTER, keys=[(0, 0)])


def mark_circle() -> None:
    leave_markers(kind=Marker.Kind.CIRCLE, keys=[(0, 0)])
