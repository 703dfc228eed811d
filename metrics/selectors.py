"""Reading metrics and measurements: who may see which, and plain rows for pages and the API."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from functions.selectors import Access
from metrics.models import Measurement, Metric
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
