"""Where a page of measurements begins in a table of 100 million: at an index, whatever is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Expression, QuerySet

from functions.selectors import Access
from metrics.models import Measurement, Metric
from metrics.selectors import metrics_for
from web import sql
from web.lists import ListAsked
from web.seeking import Order, Values, ids_of

REVISED = {"corrected": {"is_current": False}, "all": {}}
# These orders of the list go from metric to metric, and inside each by time.
BY_METRIC = {
    "metric__name": ("name", "pk"),
    "metric__function__name": ("function__name", "name", "pk"),
}
OF_A_METRIC = ("period_end", "pk")


class _Its(Expression):
    """The metric that stands beside, in a statement for each of several metrics."""

    output_field = BigIntegerField()

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, tuple[str | int, ...]]:
        return "its.id", ()


@dataclass(frozen=True)
class Measurements:
    """Those asked for: what is asked of a metric names the few metrics, and the rest is asked of their measurements."""

    asked: ListAsked
    access: Access

    @cached_property
    def chosen(self) -> QuerySet[Metric] | None:
        """The metrics asked for among those a person may see; None: any."""
        function, kind = self.asked.value_of("function"), self.asked.value_of("kind")
        if self.access.is_specialist and not (function or kind or self.asked.words):
            return None
        metrics = metrics_for(self.access)
        if function:
            metrics = metrics.filter(function=function)
        if kind:
            metrics = metrics.filter(kind=kind)
        for word in self.asked.words:
            metrics = metrics.filter(name__icontains=word)
        return metrics

    @cached_property
    def metrics(self) -> list[int] | None:
        return None if self.chosen is None else list(self.chosen.order_by("pk").values_list("pk", flat=True))

    @cached_property
    def of_any_metric(self) -> QuerySet[Measurement]:
        rows = self.asked.filtered(Measurement.objects.all())
        return rows.filter(**REVISED.get(self.asked.value_of("revision") or "", {"is_current": True}))

    @cached_property
    def rows(self) -> QuerySet[Measurement]:
        rows = self.of_any_metric.select_related("metric__function")
        return rows if self.metrics is None else rows.filter(metric__in=self.metrics)

    @property
    def visible(self) -> QuerySet[Measurement]:
        """All that a person may see."""
        if self.access.is_specialist:
            return Measurement.objects.all()
        return Measurement.objects.filter(metric__in=list(metrics_for(self.access).values_list("pk", flat=True)))

    @property
    def along(self) -> tuple[str, ...]:
        """The order of the index that leads to them."""
        if self.metrics is not None:
            return "metric_id", *OF_A_METRIC
        return next(((name, *OF_A_METRIC) for name in ("source", "part") if self.asked.value_of(name)), OF_A_METRIC)

    # ---- A page

    def find(self, order: Order, behind: Values | None, most: int) -> Sequence[int]:
        """Return the ids of so many in an order, from the start or behind one with these values."""
        if self.can_be_beside:
            if order.names[0] in BY_METRIC:
                return self._metric_by_metric(order, behind, most)
            if order.names == OF_A_METRIC and self.metrics is not None:
                return of_each(self.of_any_metric, self.metrics, order, most, behind=behind)
        return ids_of(self.rows, order, behind, most)

    @property
    def can_be_beside(self) -> bool:
        """Whether metrics can be looked into one beside the other; those corrected are few in all."""
        return connection.vendor == "postgresql" and self.asked.value_of("revision") != "corrected"

    def _metric_by_metric(self, order: Order, behind: Values | None, most: int) -> Sequence[int]:
        metrics = self._in_order(order)
        inner, found = Order(OF_A_METRIC, order.is_down), []
        if behind is not None:
            at = next((at for at, (_pk, name) in enumerate(metrics) if name == behind[-3]), None)
            if at is None:  # of a metric that is not asked for
                return ids_of(self.rows, order, behind, most)
            found += of_each(self.of_any_metric, [metrics[at][0]], inner, most, behind=behind[-2:])
            metrics = metrics[at + 1 :]
        at, size = 0, 1
        while at < len(metrics) and len(found) < most:
            some = [pk for pk, _name in metrics[at : at + size]]
            found += of_each(self.of_any_metric, some, inner, most - len(found), is_in_turn=True)
            at, size = at + size, 2 * size
        return found

    def _in_order(self, order: Order) -> list[tuple[int, str]]:
        """Return id and name of the metrics asked for as the list has them one after the other."""
        metrics = Metric.objects.all() if self.chosen is None else self.chosen
        rows = list(metrics.order_by(*BY_METRIC[order.names[0]]).values_list("pk", "name"))
        return rows[::-1] if order.is_down else rows


def of_each(
    rows: QuerySet[Measurement],
    metrics: Sequence[int],
    order: Order,
    most: int,
    *,
    behind: Values | None = None,
    is_in_turn: bool = False,
) -> list[int]:
    """Return the first ids of these metrics together: one step into the index of each, and no more than a page of it.

    is_in_turn: all of one metric before those of the next.
    """
    its = rows.filter(metric=_Its())
    its = order.sorted(its if behind is None else order.behind(its, behind))
    each, values = its.values_list("id", "period_end")[:most].query.sql_with_params()
    way = "DESC" if order.is_down else "ASC"
    found = sql.fetch(
        "SELECT found.id FROM unnest(%s::bigint[]) WITH ORDINALITY AS its(id, place) "
        f"CROSS JOIN LATERAL ({each}) AS found "
        f"ORDER BY {'its.place, ' if is_in_turn else ''}found.period_end {way}, found.id {way} LIMIT %s",
        [list(metrics), *values, most],
    )
    return [pk for (pk,) in found]
