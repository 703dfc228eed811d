"""What a level needs of each day, kept: a window is read as one row a day and part, however many measurements it has.

The drain brings the days that markers name to their measurements. A marker is written with the measurements, so what
no marker names is as it should be, and a metric that one still names is read from the measurements themselves.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import accumulate, chain, groupby
from math import ceil
from typing import NamedTuple

from django.db import connection

from jobs.models import Marker
from metrics.models import Kind, Metric
from scoring.levels import (
    MICRO,
    DefectsRow,
    Level,
    ProportionRow,
    defects_level,
    mean_of_sums,
    percentile_of_counts,
    proportion_level,
    rate_of_sums,
)
from scoring.units import factor
from web import sql

TABLE = "metrics_daysum"
COLUMNS = ("metric_id", "period_end", "part", "sums")
# Which of these metrics a marker names with a day, or with all days.
MARKED = f"FROM jobs_marker WHERE kind = {Marker.Kind.METRIC.value} AND key2 <> {Marker.NO_DAY} AND key1 IN"
MOST_READ = 500_000  # measurements that one drain reads of metrics that are summed anew from their first day
DAYS_PER_STATEMENT = 5_000
READ_AT_ONCE = 20_000


# ---- Sums


class RowFigures(NamedTuple):
    """The figures of one measurement; values and exposure in millionths of their unit."""

    value: int | None
    numerator: int | None
    denominator: int | None
    defects: int | None
    units: int | None
    opportunities: int | None
    events: int | None
    exposure: int | None
    counts: str = ""


FIGURES = ", ".join(RowFigures._fields)
# Of a duration each value and how often it occurs, one after the other; of a worded scale how many on each step; of the
# other kinds the number of measurements and two sums: values and their squares; numerators and denominators; defects
# and opportunities; events and exposure.
Sums = tuple[int, ...]


def sums_of(kind: str, rows: Iterable[RowFigures]) -> Sums:
    """Return the sums of measurements of one kind."""
    if kind == Kind.DURATION:
        return _flat(Counter(row.value or 0 for row in rows))
    if kind == Kind.ORDINAL:
        return tuple(map(sum, zip(*(map(int, row.counts.split("/")) for row in rows), strict=True)))
    pairs = [pair_of(kind, row) for row in rows]
    return len(pairs), sum(first for first, _ in pairs), sum(second for _, second in pairs)


def pair_of(kind: str, row: RowFigures) -> tuple[int, int]:
    """Return what is summed of a measurement: so many and of how many, or else the value and its square."""
    match kind:
        case Kind.PROPORTION | Kind.YIELD:
            return row.numerator or 0, row.denominator or 0
        case Kind.DEFECTS:
            return row.defects or 0, (row.units or 0) * (row.opportunities or 0)
        case Kind.COUNT_RATE:
            return row.events or 0, row.exposure or 0
        case _:
            value = row.value or 0
            return value, value * value


def added(kind: str, many: Sequence[Sums]) -> Sums:
    """Return the sums of what several sums are of."""
    if kind != Kind.DURATION:
        return tuple(map(sum, zip(*many, strict=True)))
    counts: Counter[int] = Counter()
    for sums in many:
        for value, count in _counts(sums):
            counts[value] += count
    return _flat(counts)


def _counts(sums: Sums) -> Iterator[tuple[int, int]]:
    return zip(sums[::2], sums[1::2], strict=True)


def _flat(counts: Mapping[int, int]) -> Sums:
    return tuple(chain.from_iterable(sorted(counts.items())))


def level_of_sums(metric: Metric, sums: Sums) -> Level | None:
    """Return the level of what the sums are of, in the metric's unit."""
    if metric.kind == Kind.DURATION:
        return percentile_of_counts(dict(_counts(sums)), Fraction(metric.percentile or 0, 100))
    match metric.kind:
        case Kind.PROPORTION | Kind.YIELD | Kind.ORDINAL:
            level = proportion_level([share_of_sums(metric, sums)])
        case Kind.DEFECTS:
            _, defects, opportunities = sums
            level = defects_level([DefectsRow(defects, opportunities, 1)])
        case Kind.COUNT_RATE:
            return rate_of_sums(*sums)
        case _:
            return mean_of_sums(*sums)
    return level.converted("share", metric.unit) if level else None


def value_of_sums(metric: Metric, sums: Sums) -> Fraction | None:
    """Return the same level without the interval that takes most of the time."""
    if metric.kind == Kind.DURATION:
        return Fraction(_at_quantile(sums, Fraction(metric.percentile or 0, 100)), MICRO)
    match metric.kind:
        case Kind.PROPORTION | Kind.YIELD | Kind.ORDINAL:
            share = share_of_sums(metric, sums)
            count, size = share.numerator, share.denominator
        case Kind.DEFECTS:
            _, count, size = sums
        case Kind.COUNT_RATE:
            _, events, exposure = sums
            return Fraction(events * MICRO, exposure)
        case _:
            n, total, _ = sums
            return Fraction(total, n * MICRO)
    return Fraction(count, size) * factor("share", metric.unit) if size else None


def _at_quantile(sums: Sums, q: Fraction) -> int:
    reached = list(accumulate(sums[1::2]))
    return sums[::2][bisect_left(reached, ceil(q * reached[-1]))]


def share_of_sums(metric: Metric, sums: Sums) -> ProportionRow:
    """Return so many of so many: of a worded scale those at or above the step from which it counts."""
    if metric.kind != Kind.ORDINAL:
        return ProportionRow(*sums[1:])
    return ProportionRow(sum(sums[metric.step_names.index(metric.counts_from) :]), sum(sums))


# ---- Reading


class DayRow(NamedTuple):
    """The sums of one part on the day on which their periods end."""

    metric: int
    period_end: date
    part: str
    sums: Sums


def newest_summed(*, metrics: Sequence[int], as_of: date) -> tuple[list[tuple[int, str, date]], set[int]]:
    """Return the newest day up to one of each metric and part, and the metrics whose days a marker names (1 query)."""
    marks = sql.marks(metrics)
    rows = sql.fetch(
        f"SELECT metric_id, part, MAX(period_end) FROM {TABLE} WHERE metric_id IN ({marks}) AND period_end <= %s "
        f"GROUP BY metric_id, part UNION ALL SELECT key1, '', CAST(NULL AS date) {MARKED} ({marks})",
        [*metrics, as_of, *metrics],
    )
    named = {metric for metric, _, newest in rows if newest is None}
    return [(metric, part, as_day(newest)) for metric, part, newest in rows if newest is not None], named


def day_rows(*, metrics: Sequence[int], after: date, until: date) -> list[DayRow]:
    """Return what is kept of the days after one and up to another (1 query)."""
    marks = sql.marks(metrics)
    rows = sql.fetch(
        f"SELECT {', '.join(COLUMNS)} FROM {TABLE} WHERE metric_id IN ({marks}) AND period_end > %s "
        "AND period_end <= %s",
        [*metrics, after, until],
    )
    return [DayRow(metric, day, part, _read(sums)) for metric, day, part, sums in rows]


def days_or_marked(*, metrics: Sequence[int], after: date, until: date) -> tuple[list[DayRow], set[int]]:
    """Return what is kept of the days of a stretch, and the metrics whose days a marker names instead (1 query)."""
    marks = sql.marks(metrics)
    rows = sql.fetch(
        f"SELECT {', '.join(COLUMNS)} FROM {TABLE} WHERE metric_id IN ({marks}) AND period_end > %s "
        f"AND period_end <= %s UNION ALL SELECT key1, CAST(NULL AS date), '', '' {MARKED} ({marks})",
        [*metrics, after, until, *metrics],
    )
    named = {metric for metric, day, _, _ in rows if day is None}
    kept = [row for row in rows if row[0] not in named]
    return [DayRow(metric, as_day(day), part, _read(sums)) for metric, day, part, sums in kept], named


def as_day(value: date | str) -> date:
    # A function's result has no type of its own on SQLite.
    return date.fromisoformat(value) if isinstance(value, str) else value


def _read(text: str) -> Sums:
    return tuple(map(int, text.split()))


# ---- Writing, by the drain only

# A push beside a change of its metric's kind may leave rows of the kind before: sums of two kinds are no sums, and a
# second row of one day would stop every drain.
OF_ITS_KIND = (
    f"SELECT metric_id, period_end, part, its.kind, {FIGURES} FROM metrics_measurement "
    "JOIN metrics_metric its ON its.id = metric_id AND its.kind = metrics_measurement.kind WHERE is_current"
)


def fold_days(*, days: Mapping[int, set[int]], whole: Iterable[int]) -> set[int]:
    """Bring days (their ordinals, per metric) and whole metrics to the measurements.

    Returns the metrics left for the next drain: one drain reads only so many measurements.
    """
    whole = sorted(whole)
    pairs = [
        (metric, date.fromordinal(day))
        for metric, its in sorted(days.items())
        if metric not in whole
        for day in sorted(its)
    ]
    for some in sql.batches(pairs, DAYS_PER_STATEMENT):
        _fold_some(some)
    read = 0
    for at, metric in enumerate(whole):
        if read >= MOST_READ:
            return set(whole[at:])
        read += _fold_metric(metric)
    return set()


def _fold_some(pairs: Sequence[tuple[int, date]]) -> None:
    clause, parameters = sql.values_list(pairs)
    rows = sql.fetch(
        f"{OF_ITS_KIND} AND (metric_id, period_end) IN (VALUES {clause})",
        parameters,
    )
    sql.run(f"DELETE FROM {TABLE} WHERE (metric_id, period_end) IN (VALUES {clause})", parameters)
    _keep(_summed(rows))


def _fold_metric(metric: int) -> int:
    """Return how many measurements were read."""
    rows, read = days_from_measurements(metric)
    sql.run(f"DELETE FROM {TABLE} WHERE metric_id = %s", [metric])
    _keep(rows)
    return read


def days_from_measurements(metric: int) -> tuple[list[DayRow], int]:
    """Return the days of a metric as its measurements give them, and how many these are."""
    found: list[DayRow] = []
    read = 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"{OF_ITS_KIND} AND metric_id = %s ORDER BY period_end", [metric])
        rows = (row for some in iter(lambda: cursor.fetchmany(READ_AT_ONCE), []) for row in some)
        for _day, of_day in groupby(rows, key=lambda row: row[1]):
            its = list(of_day)
            read += len(its)
            found += _summed(its)
    return found, read


def kept_days(metric: int) -> list[DayRow]:
    rows = sql.fetch(f"SELECT {', '.join(COLUMNS)} FROM {TABLE} WHERE metric_id = %s", [metric])
    return [DayRow(metric, day, part, _read(sums)) for metric, day, part, sums in rows]


def _summed(rows: Iterable[sql.Row]) -> list[DayRow]:
    groups: defaultdict[tuple[int, date, str, str], list[RowFigures]] = defaultdict(list)
    for row in rows:
        groups[row[:4]].append(RowFigures._make(row[4:]))
    return [DayRow(*key[:3], sums_of(key[3], its)) for key, its in groups.items()]


def _keep(rows: Sequence[DayRow]) -> None:
    sql.insert(TABLE, COLUMNS, [(*row[:3], " ".join(map(str, row.sums))) for row in rows])
