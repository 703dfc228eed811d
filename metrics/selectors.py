"""Reading metrics and measurements: who may see which, and plain rows for pages and the API."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from functions.selectors import Access
from metrics.measured import ALL_PARTS, MeasuredPart, WindowRow, level_of, measured_levels, months_before, window_rows
from metrics.models import Kind, Measurement, Metric, MetricLink
from requirements_catalog.selectors import requirement_ids_for

LARGEST_ID = 2**31 - 1
MEASUREMENT_COLUMNS = (
    "id", "metric_id", "period_start", "period_end", "part", "value", "numerator", "denominator", "defects", "units",
    "opportunities", "events", "exposure", "source", "external_id", "supersedes_id", "created_at",
)  # fmt: skip


def metrics_for(access: Access) -> QuerySet[Metric]:
    """Return the metrics whose measurements a person may see, by name (2 queries at most).

    A head or deputy sees those of the own functions and those that serve a requirement the function answers for or
    contributes to; a viewer none.
    """
    metrics = Metric.objects.select_related("function")
    requirements = requirement_ids_for(access)
    if requirements is None:
        return metrics
    mine = Q(function__in=access.functions) | Q(links__requirement__in=requirements)
    return metrics.filter(pk__in=Metric.objects.filter(mine).order_by().values("pk"))


def metric_for(access: Access, metric_id: int) -> Metric | None:
    """Return one metric if the person may see its measurements."""
    return metrics_for(access).filter(pk=metric_id).first()


def pushable_metrics(access: Access, references: Iterable[int | str]) -> dict[int | str, int]:
    """Return the ids of the metrics that a person may push to, by what they were called: id or name (1 query).

    A foreign metric is missing here just as one that does not exist.
    """
    wanted = set(references)
    ids = [each for each in wanted if isinstance(each, int) and 0 < each <= LARGEST_ID]
    named = [each for each in wanted if isinstance(each, str)]
    rows = Metric.objects.filter(Q(pk__in=ids) | Q(name__in=named))
    if not access.is_specialist:
        rows = rows.filter(function__in=access.functions)
    found: dict[int | str, int] = {}
    for metric_id, name in rows.order_by("pk").values_list("pk", "name"):
        found |= {metric_id: metric_id, name: metric_id}
    return {each: found[each] for each in wanted if each in found}


def measurements_after(*, metric_id: int, after: tuple[date, int] | None, count: int) -> list[tuple[object, ...]]:
    """Return current measurements, newest period first, from behind a (period end, id) on (1 query)."""
    rows = Measurement.objects.filter(metric=metric_id, is_current=True).order_by("-period_end", "-id")
    if after is not None:
        day, last = after
        rows = rows.filter(Q(period_end__lt=day) | Q(period_end=day, pk__lt=last))
    return list(rows.values_list(*MEASUREMENT_COLUMNS)[:count])


# ---- Lists and charts


class Cadence(StrEnum):
    """How a metric keeps to its rhythm. Old: older than cadence + grace."""

    FRESH = "fresh"
    DUE = "due"
    OLD = "old"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric of a list; `measured` is filled by `with_levels`, for the rows of a page only."""

    metric: Metric
    newest_on: date | None
    age_days: int | None
    cadence: Cadence
    serves: int
    measures: int
    measured: MeasuredPart | None = None

    @property
    def pk(self) -> int:
        return self.metric.pk


def cadence_of(metric: Metric, newest_on: date | None, today: date) -> Cadence:
    if newest_on is None:
        return Cadence.NEVER
    late_by = (today - newest_on).days - metric.cadence_days
    if late_by <= 0:
        return Cadence.FRESH
    return Cadence.DUE if late_by <= metric.grace_days else Cadence.OLD


def metric_rows(metrics: QuerySet[Metric], *, today: date) -> list[MetricRow]:
    """Return what a list says of each metric, without its level (2 queries)."""
    current = Measurement.objects.filter(metric=OuterRef("pk"), is_current=True, period_end__lte=today)
    # One step down the index per metric; a grouped maximum would read every measurement.
    newest = Subquery(current.order_by("-period_end").values("period_end")[:1])
    rows = list(metrics.annotate(newest_on=newest))
    serves: defaultdict[int, list[str]] = defaultdict(list)
    for metric_id, role in MetricLink.objects.order_by().values_list("metric_id", "role"):
        serves[metric_id].append(role)
    return [
        MetricRow(
            metric=metric,
            newest_on=metric.newest_on,
            age_days=None if metric.newest_on is None else (today - metric.newest_on).days,
            cadence=cadence_of(metric, metric.newest_on, today),
            serves=len(serves[metric.pk]),
            measures=serves[metric.pk].count(MetricLink.Role.MEASURES),
        )
        for metric in rows
    ]


def with_levels(rows: Sequence[MetricRow], *, today: date) -> list[MetricRow]:
    """Return the rows with their measured levels over all parts (2 queries)."""
    levels = measured_levels(metrics=[row.metric for row in rows], as_of=today) if rows else {}
    whole = {key: next(part for part in parts if part.part == ALL_PARTS) for key, parts in levels.items()}
    return [replace(row, measured=whole.get(row.metric.pk)) for row in rows]


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One period of a metric. value: in the metric's unit; count and size: what a p or u chart needs, else None.

    size: denominators, opportunities or exposure; n: measurements of the period.
    """

    period_start: date
    period_end: date
    value: Fraction
    count: int | None
    size: Fraction | None
    n: int


def chart_rows(metric: Metric, *, as_of: date, part: str = ALL_PARTS) -> list[ChartRow]:
    """Return a metric's periods in order of time, all measurements of a period together (2 queries).

    part '' is all parts pooled. A percentile's value is that of the period; feed `value` to an XmR chart, `count` and
    `size` to a p chart (proportion, defects) or a u chart (count rate).
    """
    rows = [row for row in _rows_until(metric, as_of) if part in (ALL_PARTS, row.part)]
    starts = dict(
        Measurement.objects.filter(metric=metric, is_current=True, period_end__lte=as_of)
        .order_by()
        .values_list("period_end")
        .annotate(start=Max("period_start"))
    )
    periods: defaultdict[date, list[WindowRow]] = defaultdict(list)
    for row in rows:
        periods[row.period_end].append(row)
    return [_chart_row(metric, starts[end], end, periods[end]) for end in sorted(periods)]


def _chart_row(metric: Metric, start: date, end: date, rows: list[WindowRow]) -> ChartRow:
    level = level_of(metric, rows)
    # A period has at least one row, and no row an empty denominator.
    assert level is not None  # noqa: S101
    count, size = _subgroup(metric, rows)
    return ChartRow(start, end, level.value, count, size, len(rows))


def _subgroup(metric: Metric, rows: list[WindowRow]) -> tuple[int | None, Fraction | None]:
    match metric.kind:
        case Kind.PROPORTION:
            return sum(row.numerator or 0 for row in rows), Fraction(sum(row.denominator or 0 for row in rows))
        case Kind.DEFECTS:
            chances = sum((row.units or 0) * (row.opportunities or 0) for row in rows)
            return sum(row.defects or 0 for row in rows), Fraction(chances)
        case Kind.COUNT_RATE:
            return sum(row.events or 0 for row in rows), Fraction(sum(row.exposure or 0 for row in rows), 10**6)
    return None, None


def level_history(
    metric: Metric, *, as_of: date, part: str = ALL_PARTS, most: int = 36
) -> list[tuple[date, MeasuredPart]]:
    """Return the measured level as it was after each of the newest period ends, oldest first (1 query)."""
    rows = [row for row in _rows_until(metric, as_of) if part in (ALL_PARTS, row.part)]
    history = []
    for end in sorted({row.period_end for row in rows})[-most:]:
        since = months_before(end, metric.window_months)
        level = level_of(metric, [row for row in rows if since < row.period_end <= end])
        if level is not None:
            history.append((end, MeasuredPart(part, level, end, since)))
    return history


def _rows_until(metric: Metric, as_of: date) -> Iterable[WindowRow]:
    return window_rows(metrics=[metric.pk], after=date.min, until=as_of)


def last_measured_by_function(*, as_of: date) -> dict[int, date]:
    """Return the newest period end of any active metric, by function; one never measured has no entry (1 query)."""
    current = Measurement.objects.filter(metric=OuterRef("pk"), is_current=True, period_end__lte=as_of)
    newest = Subquery(current.order_by("-period_end").values("period_end")[:1])
    found: dict[int, date] = {}
    for function_id, day in (
        Metric.objects.filter(is_active=True).order_by().annotate(newest_on=newest)
        .values_list("function_id", "newest_on")
    ):  # fmt: skip
        if day is not None:
            found[function_id] = max(day, found.get(function_id, day))
    return found


def links_of(metric: Metric) -> QuerySet[MetricLink]:
    """Return the links of a metric with what they serve, measuring ones first."""
    links = metric.links.select_related("requirement__current_scale", "requirement__owner", "product")
    return links.order_by("role", "requirement__reference", "product__name", "pk")


def newest_measurements(metric: Metric, *, most: int) -> list[Measurement]:
    """Return the newest current measurements with who entered them and what they correct (1 query)."""
    rows = metric.measurements.filter(is_current=True).select_related("entered_by", "supersedes")
    return list(rows.order_by("-period_end", "-pk")[:most])
