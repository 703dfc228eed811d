"""The measured level of a metric as of a date: the rows of its window through scoring.levels, part by part."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from metrics.day_sums import (
    DayRow,
    RowFigures,
    Sums,
    added,
    as_day,
    day_rows,
    days_or_marked,
    level_of_sums,
    newest_summed,
    share_of_sums,
    sums_of,
)
from metrics.models import Metric
from scoring.levels import Level, rolled_level
from scoring.sigma import rolled_throughput_yield
from scoring.units import factor
from web import sql
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

    @property
    def figures(self) -> RowFigures:
        return RowFigures._make(self[3:])


# What a chart is drawn from: single measurements, or of a metric with very many the sums of its days.
AnyRow = WindowRow | DayRow
WINDOW_COLUMNS = ", ".join(["metric_id", *WindowRow._fields[1:]])


@dataclass(frozen=True, slots=True)
class MeasuredPart:
    """The level of one part ('' = all parts pooled) in the metric's unit, and the dates of its window."""

    part: str
    level: Level
    newest_on: date
    window_from: date


Reader = Callable[[Sequence[Metric], date, date], list[DayRow]]


def levels_as_measured(*, metrics: Sequence[Metric], as_of: date) -> dict[int, list[MeasuredPart]]:
    """Return every part's level per metric that has measurements of its own.

    2 queries, and 2 where a marker says that days of a metric are not summed yet.
    """
    newest, unsummed = newest_by_part(metrics=metrics, as_of=as_of)
    summed = [metric for metric in metrics if metric.pk not in unsummed]
    rest = [metric for metric in metrics if metric.pk in unsummed]
    found: dict[int, list[MeasuredPart]] = {}
    for some, read in ((summed, _days_kept), (rest, _days_measured)):
        ids = {metric.pk for metric in some}
        windows = _windows(some, [row for row in newest if row[0] in ids])
        sums = _sums_by_part(some, windows, read)
        for metric in some:
            if parts := _parts(metric, windows.get(metric.pk, {}), sums):
                found[metric.pk] = parts
    return found


def _parts(
    metric: Metric, windows: Mapping[str, tuple[date, date]], sums: Mapping[tuple[int, str], Sequence[Sums]]
) -> list[MeasuredPart]:
    whole = _rolled(metric, windows, sums) if metric.is_chain else None
    found = [whole] if whole else []
    for part, (since, until) in sorted(windows.items()):
        its = sums[metric.pk, part]
        level = level_of_sums(metric, added(metric.kind, its)) if its and (part or not metric.is_chain) else None
        if level is not None:
            found.append(MeasuredPart(part, level, until, since))
    return found


def _rolled(
    metric: Metric, windows: Mapping[str, tuple[date, date]], sums: Mapping[tuple[int, str], Sequence[Sums]]
) -> MeasuredPart | None:
    """Return the yield over all steps, each over its own window; None while one was never measured."""
    steps = metric.step_names
    if not windows.keys() >= set(steps):
        return None
    level = rolled_level([[share_of_sums(metric, added(metric.kind, sums[metric.pk, step]))] for step in steps])
    if level is None:
        return None
    # As old as the step that was measured longest ago.
    until, since = min(windows[step][1] for step in steps), min(windows[step][0] for step in steps)
    return MeasuredPart(ALL_PARTS, level.converted("share", metric.unit), until, since)


def _newest_measured(metrics: Sequence[int], as_of: date) -> list[tuple[int, str, date]]:
    rows = sql.fetch(
        f"SELECT metric_id, part, MAX(period_end) FROM metrics_measurement WHERE metric_id IN ({sql.marks(metrics)}) "
        "AND is_current AND period_end <= %s GROUP BY metric_id, part",
        [*metrics, as_of],
    )
    return [(metric, part, as_day(end)) for metric, part, end in rows]


def _windows(
    metrics: Sequence[Metric], newest: Iterable[tuple[int, str, date]]
) -> dict[int, dict[str, tuple[date, date]]]:
    """Return per metric and part the day after which the window begins, and the newest period end that closes it."""
    by_id = {metric.pk: metric for metric in metrics}
    windows: defaultdict[int, dict[str, tuple[date, date]]] = defaultdict(dict)
    for metric_id, part, until in newest:
        ends = {ALL_PARTS: max(until, windows[metric_id].get(ALL_PARTS, (until, until))[1])}
        if part and (by_id[metric_id].breakdown or by_id[metric_id].is_chain):
            ends[part] = until
        for key, end in ends.items():
            windows[metric_id][key] = (months_after(end, -by_id[metric_id].window_months), end)
    return windows


def _sums_by_part(
    metrics: Sequence[Metric], windows: dict[int, dict[str, tuple[date, date]]], read: Reader
) -> defaultdict[tuple[int, str], list[Sums]]:
    found: defaultdict[tuple[int, str], list[Sums]] = defaultdict(list)
    if not windows:
        return found
    cut = min(since for parts in windows.values() for since, _ in parts.values())
    last = max(until for parts in windows.values() for _, until in parts.values())
    for row in read(metrics, cut, last):
        for part in {ALL_PARTS, row.part}:
            since, end = windows[row.metric].get(part, (last, last))
            if since < row.period_end <= end:
                found[row.metric, part].append(row.sums)
    return found


def _days_kept(metrics: Sequence[Metric], after: date, until: date) -> list[DayRow]:
    return day_rows(metrics=[metric.pk for metric in metrics], after=after, until=until)


def days_between(*, metrics: Sequence[Metric], after: date, until: date) -> list[DayRow]:
    """Return the sums of a stretch of days; several of one day and part where a marker says that it is not summed yet.

    1 query, and 1 where such a marker waits.
    """
    if not metrics:
        return []
    kept, unsummed = days_or_marked(metrics=[metric.pk for metric in metrics], after=after, until=until)
    rest = [metric for metric in metrics if metric.pk in unsummed]
    return kept + _days_measured(rest, after, until) if rest else kept


def newest_by_part(*, metrics: Sequence[Metric], as_of: date) -> tuple[list[tuple[int, str, date]], set[int]]:
    """Return the newest day of each metric and part, and the metrics whose days are not summed yet (2 queries)."""
    kept, unsummed = newest_summed(metrics=[metric.pk for metric in metrics], as_of=as_of) if metrics else ([], set())
    summed = [row for row in kept if row[0] not in unsummed]
    return summed + (_newest_measured(sorted(unsummed), as_of) if unsummed else []), unsummed


def _days_measured(metrics: Sequence[Metric], after: date, until: date) -> list[DayRow]:
    kinds = {metric.pk: metric.kind for metric in metrics}
    return [
        DayRow(row.metric, row.period_end, row.part, sums_of(kinds[row.metric], [row.figures]))
        for row in window_rows(metrics=list(kinds), after=after, until=until)
    ]


def window_rows(*, metrics: Sequence[int], after: date, until: date) -> Iterable[WindowRow]:
    """Return current measurements whose period ends after one day and up to another (1 query).

    Plain SQL: every drain reads a window, and the columns hold the millionths that are wanted here.
    """
    rows = sql.fetch(
        f"SELECT {WINDOW_COLUMNS} FROM metrics_measurement WHERE metric_id IN ({sql.marks(metrics)}) AND is_current "
        "AND period_end > %s AND period_end <= %s ORDER BY metric_id, period_end, id",
        [*metrics, after, until],
    )
    return [WindowRow(*row) for row in rows]


def newest_rows(*, metrics: Sequence[int], after: date, until: date, most: int) -> list[WindowRow]:
    """Return at most so many of each metric's newest current measurements of a stretch, in any order (1 query)."""
    rows = newest_measured(WINDOW_COLUMNS, metrics=metrics, after=after, until=until, most=most)
    return [WindowRow(*row) for row in rows]


def newest_measured(columns: str, *, metrics: Sequence[int], after: date, until: date, most: int) -> list[sql.Row]:
    """Return columns of the same.

    One step into the index per metric, so that a list reads no more than it needs of a long one.
    """
    newest = (
        f"SELECT * FROM (SELECT {columns} FROM metrics_measurement WHERE metric_id = %s AND is_current "
        "AND period_end > %s AND period_end <= %s ORDER BY period_end DESC, id DESC LIMIT %s) newest"
    )
    parameters = [value for each in metrics for value in (each, after, until, most)]
    return sql.fetch(" UNION ALL ".join([newest] * len(metrics)), parameters)


def summed(kind: str, rows: Iterable[AnyRow]) -> Sums:
    """Return the sums of single measurements, or of what was summed day by day."""
    single, days = [], []
    for row in rows:
        if isinstance(row, DayRow):
            days.append(row.sums)
        else:
            single.append(row.figures)
    return added(kind, [*days, *([sums_of(kind, single)] if single or not days else [])])


def pooled(metric: Metric, rows: Iterable[AnyRow]) -> tuple[int, int]:
    share = share_of_sums(metric, summed(metric.kind, rows))
    return share.numerator, share.denominator


def rolled_value(metric: Metric, rows: Sequence[AnyRow]) -> Fraction | None:
    """Return the product of the steps' yields in these rows; None where one of them is missing."""
    by_step = [pooled(metric, (row for row in rows if row.part == step)) for step in metric.step_names]
    rolled = rolled_throughput_yield([Fraction(*each) for each in by_step]) if all(n for _x, n in by_step) else None
    return None if rolled is None else rolled * factor("share", metric.unit)


def level_of(metric: Metric, rows: Sequence[WindowRow]) -> Level | None:
    """Return the level of these rows in the metric's unit."""
    return level_of_sums(metric, sums_of(metric.kind, [row.figures for row in rows]))
