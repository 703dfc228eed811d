"""How far what was measured can be trusted: a metric's newest measurements through scoring.health."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from django.db.models import Min
from django.utils import timezone

from metrics.day_sums import FIGURES, RowFigures, pair_of
from metrics.deriving import Derivations
from metrics.measured import newest_measured
from metrics.models import Kind, Metric
from metrics.selectors import MetricRow
from scoring.health import Health, Reading, Rhythm, health, health_of_derived

# The same newest ones whoever asks, so that page, list, filter, file and API say the same.
MOST_READ, LOOKED_BACK = 120, 731
AT_ONCE = 200  # SQLite joins at most 500 selects
COUNTED = frozenset({Kind.PROPORTION, Kind.DEFECTS, Kind.COUNT_RATE, Kind.YIELD, Kind.ORDINAL})


COLUMNS = f"metric_id, period_start, period_end, part, source, kind, {FIGURES}"


class _Row(NamedTuple):
    """One current measurement as it is stored."""

    metric_id: int
    period_start: date
    period_end: date
    part: str
    source: str
    kind: str
    figures: RowFigures


def health_of(metrics: Sequence[Metric], *, today: date) -> dict[int, Health]:
    """Return how far each metric can be trusted today, and why.

    2 queries for up to 200 metrics, and one for each step of what is worked out from others.
    """
    derived = [metric for metric in metrics if metric.kind == Kind.DERIVED]
    derivations = Derivations.of(derived)
    inputs = {metric.pk: derivations.measured(metric) for metric in derived}
    measured = {each.pk: each for each in metrics if each.kind != Kind.DERIVED}
    measured |= {each.pk: each for its in inputs.values() for each in its}
    found = _health_of_measured(list(measured.values()), today=today)
    found |= {pk: health_of_derived([found[each.pk] for each in its]) for pk, its in inputs.items()}
    return {metric.pk: found[metric.pk] for metric in metrics}


def _health_of_measured(metrics: Sequence[Metric], *, today: date) -> dict[int, Health]:
    changed = changed_days(metrics)
    found: dict[int, Health] = {}
    for start in range(0, len(metrics), AT_ONCE):
        some = metrics[start : start + AT_ONCE]
        rows: defaultdict[int, list[_Row]] = defaultdict(list)
        for row in _newest(some, today):
            rows[row.metric_id].append(row)
        for metric in some:
            found[metric.pk] = health(
                [reading_of(row) for row in rows[metric.pk]],
                rhythm=Rhythm(metric.cadence_days, metric.grace_days),
                as_of=today,
                changed_on=changed.get(metric.pk),
            )
    return found


def with_health(rows: Sequence[MetricRow], *, today: date) -> list[MetricRow]:
    """Return the rows with how far they can be trusted (2 queries for up to 200)."""
    found = health_of([row.metric for row in rows], today=today)
    return [replace(row, health=found[row.pk]) for row in rows]


def changed_days(metrics: Sequence[Metric]) -> dict[int, date]:
    """Return the day on which the newest version of a metric began, for those that have had another (1 query)."""
    newest = {metric.pk: metric.version for metric in metrics if metric.version > 1}
    if not newest:
        return {}
    versions = Metric.history.filter(id__in=list(newest)).order_by().values_list("id", "version")
    return {
        pk: timezone.localtime(at).date()
        for pk, version, at in versions.annotate(at=Min("history_date"))
        if version == newest[pk]
    }


def _newest(metrics: Sequence[Metric], today: date) -> list[_Row]:
    """Return at most so many of each metric's newest measurements (1 query)."""
    if not metrics:
        return []
    after = date.fromordinal(max(1, today.toordinal() - LOOKED_BACK))
    ids = [metric.pk for metric in metrics]
    rows = newest_measured(COLUMNS, metrics=ids, after=after, until=today, most=MOST_READ)
    return [_Row._make((*row[:6], RowFigures._make(row[6:]))) for row in rows]


def reading_of(row: _Row) -> Reading:
    return Reading(
        starts_on=row.period_start,
        ends_on=row.period_end,
        part=row.part,
        source=row.source,
        figures=row.figures,
        level=_level(row.kind, row.figures),
        is_counted=row.kind in COUNTED,
    )


def _level(kind: str, figures: RowFigures) -> float | None:
    """Return the value that a measurement stands for; durations as logarithms, for they are long on one side only."""
    match kind:
        case Kind.DURATION:
            return math.log(figures.value) if figures.value else None
        case Kind.ORDINAL:
            return _mean_step([int(each) for each in figures.counts.split("/")])
    first, second = pair_of(kind, figures)
    return first / second if kind in COUNTED else float(first)


def _mean_step(counts: Sequence[int]) -> float:
    return sum(step * count for step, count in enumerate(counts)) / sum(counts)
