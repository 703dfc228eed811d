"""Reading what people said about charts: the days on which phases begin, and the notes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import QuerySet

from functions.selectors import Access
from metrics.models import ChartNote, ChartPhase, Metric
from metrics.selectors import metrics_for


def phase_days(metrics: Iterable[int]) -> Mapping[int, list[date]]:
    """Return per metric the days from which its limits are new, oldest first (1 query)."""
    rows = ChartPhase.objects.filter(metric__in=list(metrics), taken_back_at=None)
    found: defaultdict[int, list[date]] = defaultdict(list)
    for metric, day in rows.order_by("begins_on").values_list("metric_id", "begins_on"):
        found[metric].append(day)
    return found


def phases_of(metric: Metric) -> list[ChartPhase]:
    """Return the phases of a metric's chart, those that were taken back included, oldest first (1 query)."""
    return list(metric.phases.order_by("begins_on", "pk"))


def notes_of(metric: Metric) -> list[ChartNote]:
    """Return the notes on a metric's chart, oldest first (1 query)."""
    return list(metric.notes.order_by("begins_on", "pk"))


def chart_phases(access: Access) -> QuerySet[ChartPhase]:
    """Return the phases of the metrics a person may see."""
    return ChartPhase.objects.filter(metric__in=metrics_for(access).order_by().values("pk")).order_by("pk")


def chart_notes(access: Access) -> QuerySet[ChartNote]:
    """Return the notes on the metrics a person may see."""
    return ChartNote.objects.filter(metric__in=metrics_for(access).order_by().values("pk")).order_by("pk")
