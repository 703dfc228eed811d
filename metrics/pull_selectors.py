"""Reading where measurements are fetched from, and what became of it."""

from datetime import datetime, timedelta

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from functions.selectors import Access
from metrics.models import Metric
from metrics.pull_models import MeasurementSource, PullRun

CLAIMED_FOR = timedelta(minutes=40)
FAILS_OFTEN = 3
RUNS_SHOWN = 25


def sources_for(access: Access) -> QuerySet[MeasurementSource]:
    """Return the sources, which only specialists see: an address may say more than its metric."""
    has_secret = ExpressionWrapper(~Q(secret=""), BooleanField())
    sources = MeasurementSource.objects.select_related("metric__function").annotate(has_secret=has_secret)
    sources = sources.order_by("name", "pk")
    return sources if access.is_specialist else sources.none()


def sources_of(metric: Metric) -> list[MeasurementSource]:
    """Return what a metric is fetched from (1 query)."""
    return list(MeasurementSource.objects.filter(metric=metric).order_by("name", "pk"))


def failing_sources() -> QuerySet[MeasurementSource]:
    """Return those that failed several times in a row and go on being asked."""
    failing = MeasurementSource.objects.filter(failures__gte=FAILS_OFTEN, is_paused=False)
    return failing.select_related("metric__function").order_by("name", "pk")


def due_sources(*, now: datetime) -> QuerySet[MeasurementSource]:
    """Return those whose time has come and that nobody asks at the moment, longest waiting first."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIMED_FOR)
    return MeasurementSource.objects.filter(free, next_at__lte=now).order_by("next_at", "pk")


def newest_runs(source: MeasurementSource) -> list[PullRun]:
    return list(source.runs.all()[:RUNS_SHOWN])
