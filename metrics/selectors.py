"""Reading metrics and measurements: who may see which, and plain rows for pages and the API."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from django.db.models import OuterRef, Q, QuerySet, Subquery

from functions.selectors import Access
from metrics.levels import newest_days, whole_levels
from metrics.measured import MeasuredPart
from metrics.models import Measurement, Metric, MetricLink
from requirements_catalog.selectors import requirement_ids_for
from scoring.health import Health
from web.seeking import Order

LARGEST_ID = 2**31 - 1
NEWEST_FIRST = Order(("period_end", "id"), is_down=True)


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


def metric_ids_for(access: Access) -> set[int] | None:
    """Return the metrics whose measurements a person may see; None means all of them (2 queries at most)."""
    return None if access.is_specialist else set(metrics_for(access).order_by().values_list("pk", flat=True))


def metric_for(access: Access, metric_id: int) -> Metric | None:
    """Return one metric if the person may see its measurements."""
    return metrics_for(access).filter(pk=metric_id).first()


def sees_inputs(access: Access, metric: Metric) -> bool:
    """Whether a person may see all that a metric is worked out from: from all but one, the last one follows."""
    inputs = set(metric.inputs.values_list("input_id", flat=True))
    return metrics_for(access).filter(pk__in=inputs).count() == len(inputs)


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


def kept_metrics(access: Access) -> QuerySet[Metric]:
    """Return the metrics whose measurements a person may enter: every one, or those of the own functions."""
    metrics = Metric.objects.order_by("pk")
    return metrics if access.is_specialist else metrics.filter(function__in=access.functions)


def measurements_for(access: Access) -> QuerySet[Measurement]:
    """Return the measurements a person may see, corrected ones included."""
    return Measurement.objects.filter(metric__in=metrics_for(access).order_by().values("pk"))


def measurements_after(
    rows: QuerySet[Measurement], *, after: tuple[date, int] | None, count: int
) -> QuerySet[Measurement]:
    """Return current measurements, newest period first, from behind a (period end, id) on."""
    rows = NEWEST_FIRST.sorted(rows.filter(is_current=True))
    return (rows if after is None else NEWEST_FIRST.behind(rows, after))[:count]


def revisions_of(measurement: Measurement) -> list[int]:
    """Return the ids of what was stored for the same observation, newest first."""
    newer, older = [measurement.pk], []
    while found := Measurement.objects.filter(supersedes=newer[-1]).values_list("pk", flat=True).first():
        newer.append(found)
    before = measurement.supersedes_id
    while before is not None:
        older.append(before)
        before = Measurement.objects.values_list("supersedes_id", flat=True).get(pk=before)
    return [*reversed(newer), *older]


def metric_links(access: Access) -> QuerySet[MetricLink]:
    """Return the links of the metrics a person may see."""
    seen = metrics_for(access).order_by().values("pk")
    return MetricLink.objects.with_suspicion().filter(metric__in=seen).order_by("pk")


# ---- Lists and forms


class Cadence(StrEnum):
    """How a metric keeps to its rhythm. Old: older than cadence + grace."""

    FRESH = "fresh"
    DUE = "due"
    OLD = "old"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric of a list; `measured` is filled by `with_levels`, for the rows of a page only.

    So are `health`, by `with_health`, and what its chart says, which only a room above knows: the level that customers
    need is theirs.
    """

    metric: Metric
    newest_on: date | None
    age_days: int | None
    cadence: Cadence
    serves: int
    measures: int
    measured: MeasuredPart | None = None
    health: Health | None = None
    moves: str = ""
    reaches: str = ""
    said: Mapping[str, str] = field(default_factory=dict, compare=False)  # its cells in the file, and only there

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
    """Return what a list says of each metric, without its level (2 queries, a few more with derived ones)."""
    current = Measurement.objects.filter(metric=OuterRef("pk"), is_current=True, period_end__lte=today)
    # One step down the index per metric; a grouped maximum would read every measurement.
    newest = Subquery(current.order_by("-period_end").values("period_end")[:1])
    rows = list(metrics.annotate(newest_on=newest))
    derived = newest_days(rows, as_of=today)
    for metric in rows:
        metric.newest_on = derived.get(metric.pk, metric.newest_on)
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
    whole = whole_levels(metrics=[row.metric for row in rows], as_of=today) if rows else {}
    return [replace(row, measured=whole.get(row.metric.pk)) for row in rows]


def suspect_links(access: Access) -> QuerySet[MetricLink]:
    """Return the links of which an end has changed since somebody looked at them, and of which this person can say."""
    links = MetricLink.objects.suspect().filter(requirement__merged_into=None, requirement__state="active")
    mine = links if access.is_specialist else links.filter(metric__function__in=access.functions)
    return mine.select_related("metric__function", "requirement", "product").order_by(
        "requirement__reference", "product__name", "metric__name", "pk"
    )


def suspect_levels() -> QuerySet[MetricLink]:
    """Return the suspect links that measure the level of a requirement, for a subquery over requirements."""
    return MetricLink.objects.suspect().filter(requirement=OuterRef("pk"), role=MetricLink.Role.MEASURES)


def links_of(metric: Metric) -> QuerySet[MetricLink]:
    """Return the links of a metric with what they serve, measuring ones first."""
    links = metric.links.select_related("requirement__current_scale", "requirement__owner", "product")
    return links.order_by("role", "requirement__reference", "product__name", "pk")


def newest_measurements(metric: Metric, *, most: int) -> list[Measurement]:
    """Return the newest current measurements with who entered them and what they correct (1 query)."""
    rows = metric.measurements.filter(is_current=True).select_related("entered_by", "supersedes")
    return list(rows.order_by("-period_end", "-pk")[:most])


def newest_measurement() -> int:
    """Return the number of the newest measurement. Counting them all would read them all."""
    return Measurement.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
