"""The measured level of a metric as of a date: the rows of its window through scoring.levels, part by part."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection

from metrics.models import Kind, Metric
from scoring.levels import (
    MICRO,
    DefectsRow,
    ExposureRow,
    Level,
    ProportionRow,
    at_quantile,
    defects_level,
    mean_level,
    percentile_level,
    proportion_level,
    rate_level,
    rolled_level,
)
from scoring.sigma import rolled_throughput_yield
from scoring.units import factor
from web.months import months_after

ALL_PARTS = ""


class WindowRow(NamedTuple):
    """One current measurement; values and exposure in millionths of their unit."""

    metric: int
    part: str
    period_end: date
    value: int | None
    numerator: int | None
    denominator: int | None
    defects: int | None
    units: int | None
    opportunities: int | None
    events: int | None
    exposure: int | None
    counts: str = ""


@dataclass(frozen=True, slots=True)
class MeasuredPart:
    """The level of one part ('' = all parts pooled) in the metric's unit, and the dates of its window."""

    part: str
    level: Level
    newest_on: date
    window_from: date


def levels_as_measured(*, metrics: Sequence[Metric], as_of: date) -> dict[int, list[MeasuredPart]]:
    """Return every part's level per metric that has measurements of its own (2 queries)."""
    windows = _windows(metrics, as_of)
    rows = _rows_by_part(metrics, windows)
    found: dict[int, list[MeasuredPart]] = {}
    for metric in metrics:
        for part, (since, until) in sorted(windows.get(metric.pk, {}).items()):
            level = None if metric.is_chain and not part else level_of(metric, rows[metric.pk, part])
            if level is not None:
                found.setdefault(metric.pk, []).append(MeasuredPart(part, level, until, since))
        if metric.is_chain and (whole := _rolled(metric, windows.get(metric.pk, {}), rows)):
            found.setdefault(metric.pk, []).insert(0, whole)
    return found


def _rolled(
    metric: Metric, windows: Mapping[str, tuple[date, date]], rows: Mapping[tuple[int, str], Sequence[WindowRow]]
) -> MeasuredPart | None:
    """Return the yield over all steps, each over its own window; None while one was never measured."""
    steps = metric.step_names
    if not windows.keys() >= set(steps):
        return None
    level = rolled_level([[share_of(metric, row) for row in rows[metric.pk, step]] for step in steps])
    if level is None:
        return None
    # As old as the step that was measured longest ago.
    until, since = min(windows[step][1] for step in steps), min(windows[step][0] for step in steps)
    return MeasuredPart(ALL_PARTS, level.converted("share", metric.unit), until, since)


def _windows(metrics: Sequence[Metric], as_of: date) -> dict[int, dict[str, tuple[date, date]]]:
    """Return per metric and part the day after which the window begins, and the newest period end that closes it."""
    ids = [metric.pk for metric in metrics]
    newest = _fetch(
        f"SELECT metric_id, part, MAX(period_end) FROM metrics_measurement WHERE metric_id IN ({_marks(ids)}) "
        "AND is_current AND period_end <= %s GROUP BY metric_id, part",
        [*ids, as_of],
    )
    by_id = {metric.pk: metric for metric in metrics}
    windows: defaultdict[int, dict[str, tuple[date, date]]] = defaultdict(dict)
    for metric_id, part, newest_on in newest:
        # A function's result has no type of its own on SQLite.
        until = date.fromisoformat(newest_on) if isinstance(newest_on, str) else newest_on
        ends = {ALL_PARTS: max(until, windows[metric_id].get(ALL_PARTS, (until, until))[1])}
        if part and (by_id[metric_id].breakdown or by_id[metric_id].is_chain):
            ends[part] = until
        for key, end in ends.items():
            windows[metric_id][key] = (months_after(end, -by_id[metric_id].window_months), end)
    return windows


def _rows_by_part(
    metrics: Sequence[Metric], windows: dict[int, dict[str, tuple[date, date]]]
) -> defaultdict[tuple[int, str], list[WindowRow]]:
    found: defaultdict[tuple[int, str], list[WindowRow]] = defaultdict(list)
    if not windows:
        return found
    cut = min(since for parts in windows.values() for since, _ in parts.values())
    until = max(until for parts in windows.values() for _, until in parts.values())
    for row in window_rows(metrics=[metric.pk for metric in metrics], after=cut, until=until):
        for part in {ALL_PARTS, row.part}:
            since, end = windows[row.metric].get(part, (until, until))
            if since < row.period_end <= end:
                found[row.metric, part].append(row)
    return found


def window_rows(*, metrics: Sequence[int], after: date, until: date) -> Iterable[WindowRow]:
    """Return current measurements whose period ends after one day and up to another (1 query).

    Plain SQL: every drain reads a window, and the columns hold the millionths that are wanted here.
    """
    rows = _fetch(
        "SELECT metric_id, part, period_end, value, numerator, denominator, defects, units, opportunities, events, "
        f"exposure, counts FROM metrics_measurement WHERE metric_id IN ({_marks(metrics)}) AND is_current "
        "AND period_end > %s AND period_end <= %s ORDER BY metric_id, period_end, id",
        [*metrics, after, until],
    )
    return [WindowRow(*row) for row in rows]


def newest_rows(*, metrics: Sequence[int], after: date, until: date, most: int) -> list[WindowRow]:
    """Return at most so many of each metric's newest current measurements of a stretch, in any order (1 query).

    One step into the index per metric, so that a list reads no more than it needs of a long one.
    """
    columns = ", ".join(["metric_id", *WindowRow._fields[1:]])
    newest = (
        f"SELECT * FROM (SELECT {columns} FROM metrics_measurement WHERE metric_id = %s AND is_current "
        "AND period_end > %s AND period_end <= %s ORDER BY period_end DESC, id DESC LIMIT %s) newest"
    )
    parameters = [value for each in metrics for value in (each, after, until, most)]
    return [WindowRow(*row) for row in _fetch(" UNION ALL ".join([newest] * len(metrics)), parameters)]


def _fetch(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def newest_ends(*, metrics: Sequence[int], as_of: date) -> dict[int, date]:
    """Return the newest period end of each metric up to a day (1 query)."""
    rows = _fetch(
        f"SELECT metric_id, MAX(period_end) FROM metrics_measurement WHERE metric_id IN ({_marks(metrics)}) "
        "AND is_current AND period_end <= %s GROUP BY metric_id",
        [*metrics, as_of],
    )
    return {metric: date.fromisoformat(end) if isinstance(end, str) else end for metric, end in rows}


def value_of(metric: Metric, rows: Sequence[WindowRow]) -> Fraction | None:
    """Return the level of these rows without the interval that takes most of the time, in the metric's unit."""
    match metric.kind:
        case Kind.LEVEL:
            return Fraction(sum(row.value or 0 for row in rows), len(rows) * MICRO)
        case Kind.DURATION:
            q = Fraction(metric.percentile or 0, 100)
            return Fraction(at_quantile(sorted(row.value or 0 for row in rows), q), MICRO)
        case Kind.YIELD if metric.is_chain:
            return _rolled_value(metric, rows)
        case Kind.PROPORTION | Kind.YIELD | Kind.ORDINAL:
            count, size = pooled(metric, rows)
        case Kind.DEFECTS:
            count = sum(row.defects or 0 for row in rows)
            size = sum((row.units or 0) * (row.opportunities or 0) for row in rows)
        case _:
            return Fraction(sum(row.events or 0 for row in rows) * MICRO, sum(row.exposure or 0 for row in rows))
    return Fraction(count, size) * factor("share", metric.unit) if size else None


def share_of(metric: Metric, row: WindowRow) -> ProportionRow:
    """Return a measurement as so many of so many: of a worded scale those at or above the step from which it counts."""
    if metric.kind != Kind.ORDINAL:
        return ProportionRow(row.numerator or 0, row.denominator or 0)
    counts = [int(each) for each in row.counts.split("/")]
    return ProportionRow(sum(counts[metric.step_names.index(metric.counts_from) :]), sum(counts))


def pooled(metric: Metric, rows: Iterable[WindowRow]) -> tuple[int, int]:
    shares = [share_of(metric, row) for row in rows]
    return sum(each.numerator for each in shares), sum(each.denominator for each in shares)


def _rolled_value(metric: Metric, rows: Sequence[WindowRow]) -> Fraction | None:
    """Return the product of the steps' yields; None where one of them is missing."""
    by_step = [pooled(metric, (row for row in rows if row.part == step)) for step in metric.step_names]
    rolled = rolled_throughput_yield([Fraction(*each) for each in by_step]) if all(n for _x, n in by_step) else None
    return None if rolled is None else rolled * factor("share", metric.unit)


def level_of(metric: Metric, rows: Sequence[WindowRow]) -> Level | None:
    """Return the level of these rows in the metric's unit."""
    match metric.kind:
        case Kind.LEVEL | Kind.DERIVED:
            return mean_level([row.value or 0 for row in rows])
        case Kind.DURATION:
            return percentile_level([row.value or 0 for row in rows], Fraction(metric.percentile or 0, 100))
        case Kind.PROPORTION | Kind.YIELD | Kind.ORDINAL:
            level = proportion_level([share_of(metric, row) for row in rows])
        case Kind.DEFECTS:
            level = defects_level(
                [DefectsRow(row.defects or 0, row.units or 0, row.opportunities or 0) for row in rows]
            )
        case _:
            return rate_level([ExposureRow(row.events or 0, row.exposure or 0) for row in rows])
    return level.converted("share", metric.unit) if level else None
