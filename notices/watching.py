"""New signals of the charts: looked for every hour, told once each, and again only when another one begins.

A chart is the one of the metric's own page: the same rows, the same phases, the same rules. What is kept is how far it
was looked at and which signal stands there, because limits that move with every new point move the day on which a
signal 'began' with them (docs/decisions/0060-told-once.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse

from functions.selectors import heads_of, program_day, specialists
from metrics.chart_selectors import phase_days
from metrics.charting import MOST_POINTS, SINGLE, Charted, charted, charted_after
from metrics.levels import rows_or_days
from metrics.measured import AnyRow
from metrics.models import Measurement, Metric
from notices.models import Event, Kind, SignalWatch, Way
from notices.telling import tell

# Measurements of a day that is known already, and metrics that are worked out, are looked at at least this often.
AT_LEAST_EVERY = timedelta(hours=20)
AT_ONCE = 50
MOST_SECONDS = 120.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """A point of a chart: its day, the period that it stands for, and the way of its signal; way '': none."""

    day: date
    period: str
    way: str


def newly(points: Sequence[Seen], *, until: date | None, standing: str) -> tuple[Seen | None, str]:
    """Return the newest signal that began behind the points looked at already, and the way that stands at the end.

    points: oldest first. until None: nothing was looked at yet, so that only what begins with the newest point is news.
    One that goes on in the way that stands there is none; one that turns round, or begins after a point without a
    signal, is. The newest point looked at may have lost its signal since, by a correction: then none stands there.
    """
    known = list(points[:-1] if until is None else [point for point in points if point.day <= until])
    fresh, begun = points[len(known) :], None
    if known and (until is None or not known[-1].way):
        standing = known[-1].way
    for point in fresh:
        if point.way and point.way != standing:
            begun = point
        standing = point.way
    return begun, standing


def points_of(chart: Charted) -> list[Seen]:
    ways = {point.index: way or Way.EITHER for _period, point, way in chart.signalling}
    return [
        Seen(day, f"{day:%Y-%m}" if period.is_month else day.isoformat(), ways.get(index, ""))
        for index, period in enumerate(chart.periods)
        if (day := period.ends_on) is not None
    ]


def look_for_signals(*, now: datetime) -> int:
    """Look at the charts that may have changed, for two minutes, and tell of every signal that is new; return how many.

    What is left then is the first of the next look. One whose chart cannot be drawn is logged, and the others are
    looked at all the same.
    """
    metrics, found, until = metrics_to_look_at(now=now), 0, monotonic() + MOST_SECONDS
    for start in range(0, len(metrics), AT_ONCE):
        some = metrics[start : start + AT_ONCE]
        for metric, points in points_by_metric(some, now=now):
            found += note_look(metric, points, now=now) is not None
            if monotonic() >= until:
                log.warning("look_cut_short", metrics=len(metrics))
                return found
    return found


def metrics_to_look_at(*, now: datetime) -> list[Metric]:
    """Return the active metrics with a newer measurement than the last look saw, and those not looked at for long.

    Those looked at longest ago come first. One drawn by months has newer measurements until its month is over.
    """
    today = program_day(now)
    newest = Measurement.objects.filter(metric=OuterRef("pk"), is_current=True, period_end__lte=today)
    newest = newest.order_by("-period_end")
    rows = Metric.objects.filter(is_active=True).annotate(newest_on=Subquery(newest.values("period_end")[:1]))
    news = Q(signal_watch__looked_until=None, newest_on__isnull=False) | Q(
        newest_on__gt=F("signal_watch__looked_until")
    )
    old = Q(signal_watch=None) | Q(signal_watch__looked_at__lte=now - AT_LEAST_EVERY)
    longest_ago = F("signal_watch__looked_at").asc(nulls_first=True)
    return list(rows.filter(news | old).select_related("signal_watch").order_by(longest_ago, "pk"))


def points_by_metric(metrics: Sequence[Metric], *, now: datetime) -> Iterator[tuple[Metric, list[Seen]]]:
    today = program_day(now)
    rows = rows_or_days(metrics=metrics, after=charted_after(today), until=today, most=SINGLE)
    since = phase_days([metric.pk for metric in metrics])
    for metric in metrics:
        its = in_whole_months(rows.get(metric.pk, []), today=today)
        try:
            chart = charted(metric, its, since=since.get(metric.pk, ()))
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:
            # Where it failed is said once a day, though it may be due every hour.
            if not is_old(metric, now=now):
                log.warning("chart_not_drawn", metric=metric.pk, reason=type(error).__name__)
                continue
            log.exception("chart_not_drawn", metric=metric.pk)
            chart = None
        yield metric, points_of(chart) if chart else []


def is_old(metric: Metric, *, now: datetime) -> bool:
    watch: SignalWatch | None = getattr(metric, "signal_watch", None)
    return watch is None or watch.looked_at <= now - AT_LEAST_EVERY


def in_whole_months(rows: Sequence[AnyRow], *, today: date) -> Sequence[AnyRow]:
    """Leave out the month that is not over, where the chart shows months.

    A few days of it would be judged anew every day by the limits of whole months, and its first false signal would use
    up the key of the month.
    """
    if len({row.period_end for row in rows}) <= MOST_POINTS:
        return rows
    return [row for row in rows if row.period_end < today.replace(day=1)]


@transaction.atomic
def note_look(metric: Metric, points: Sequence[Seen], *, now: datetime) -> Event | None:
    """Keep how far a chart was looked at, and tell of what began there. Of two at once the second finds nothing new."""
    SignalWatch.objects.get_or_create(metric=metric, defaults={"looked_at": now})
    watch = SignalWatch.objects.select_for_update().get(metric=metric)
    begun, watch.standing = newly(points, until=watch.looked_until, standing=watch.standing)
    watch.looked_at = now
    if points:
        watch.looked_until = max(points[-1].day, watch.looked_until or points[-1].day)
    watch.save()
    return tell_signal(metric, begun, now=now) if begun else None


def tell_signal(metric: Metric, begun: Seen, *, now: datetime) -> Event:
    return tell(
        kind=Kind.SIGNAL,
        about=metric.pk,
        occasion=f"{begun.way}:{begun.period}",
        people=[*specialists(), *heads_of([metric.function_id])[metric.function_id]],
        page=reverse("metric_detail", args=[metric.pk]),
        data={
            "metric": metric.pk, "function": metric.function_id, "direction": begun.way, "day": begun.day.isoformat(),
        },
        way=begun.way,
        day=begun.day,
        now=now,
    )  # fmt: skip
