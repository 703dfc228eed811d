"""Levels and rows of any metric, measured or derived: what gaps, charts and lists read."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from metrics.day_sums import DayRow
from metrics.deriving import Derivations, Stretch, Worked, newest_worked
from metrics.measured import (
    ALL_PARTS,
    MeasuredPart,
    WindowRow,
    days_between,
    level_of,
    levels_as_measured,
    newest_rows,
    window_rows,
)
from metrics.models import Kind, Metric
from web.months import months_after

AT_ONCE = 200  # SQLite joins at most 500 selects


def measured_levels(*, metrics: Sequence[Metric], as_of: date) -> dict[int, list[MeasuredPart]]:
    """Return every part's level per metric; a metric without a value has no entry.

    2 queries for measured metrics; for derived ones 2, 1 for each step of a chain, and more where values lie far back.
    """
    measured, derived = _parted(metrics)
    found = levels_as_measured(metrics=measured, as_of=as_of) if measured else {}
    if derived:
        worked = newest_worked(derived, as_of=as_of)
        found |= {each.pk: [_part(each, worked[each.pk])] for each in derived if each.pk in worked}
    return found


def whole_levels(*, metrics: Sequence[Metric], as_of: date) -> dict[int, MeasuredPart]:
    """Return the level over all parts per metric; a yield over steps has none while one was never measured. Queries as
    above."""
    found = measured_levels(metrics=metrics, as_of=as_of)
    return {pk: part for pk, parts in found.items() for part in parts if part.part == ALL_PARTS}


def rows_between(*, metrics: Sequence[Metric], after: date, until: date) -> list[WindowRow]:
    """Return what was measured or worked out between two days; of a derived metric only periods with a value."""
    measured, derived = _parted(metrics)
    rows = list(window_rows(metrics=[each.pk for each in measured], after=after, until=until)) if measured else []
    return rows + _derived_rows(derived, after=after, until=until)


def newest_rows_between(*, metrics: Sequence[Metric], after: date, until: date, most: int) -> list[WindowRow]:
    """Return at most so many of each metric's newest rows of a stretch, in any order."""
    measured, derived = _parted(metrics)
    ids = [each.pk for each in measured]
    rows = newest_rows(metrics=ids, after=after, until=until, most=most) if ids else []
    return rows + _derived_rows(derived, after=after, until=until)


def rows_or_days(
    *, metrics: Sequence[Metric], after: date, until: date, most: int
) -> dict[int, list[WindowRow] | list[DayRow]]:
    """Return the rows of a stretch per metric; of one with more than `most` measurements in it the sums of its days.

    1 query for up to 200 metrics, 1 more where one has so many, and what derived ones need.
    """
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for start in range(0, len(metrics), AT_ONCE):
        some = metrics[start : start + AT_ONCE]
        for row in newest_rows_between(metrics=some, after=after, until=until, most=most + 1):
            found[row.metric].append(row)
    many = [each for each in metrics if each.kind != Kind.DERIVED and len(found[each.pk]) > most]
    for metric in many:
        found[metric.pk] = []
    for day in days_between(metrics=many, after=after, until=until):
        found[day.metric].append(day)
    return found


def newest_days(metrics: Sequence[Metric], *, as_of: date) -> dict[int, date]:
    """Return the day of each derived metric's newest value: that of the oldest measurement in it."""
    derived = _parted(metrics)[1]
    worked = newest_worked(derived, as_of=as_of) if derived else {}
    return {metric: its[-1].oldest_on for metric, its in worked.items()}


def _parted(metrics: Sequence[Metric]) -> tuple[list[Metric], list[Metric]]:
    derived = [each for each in metrics if each.kind == Kind.DERIVED]
    return [each for each in metrics if each.kind != Kind.DERIVED], derived


def _part(metric: Metric, worked: Sequence[Worked]) -> MeasuredPart:
    level = level_of(metric, [each.as_row(metric) for each in worked if each.value is not None])
    assert level is not None  # noqa: S101 - the newest has a value
    since = months_after(worked[-1].ends_on, -metric.window_months)
    return MeasuredPart(ALL_PARTS, level, worked[-1].oldest_on, since)


def _derived_rows(metrics: Sequence[Metric], *, after: date, until: date) -> list[WindowRow]:
    if not metrics:
        return []
    stretch = Stretch.read(Derivations.of(metrics), metrics, after=after, until=until)
    return [
        each.as_row(metric)
        for metric in metrics
        for each in stretch.worked(metric, after=after)
        if each.value is not None
    ]
