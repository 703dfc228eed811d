"""A metric's measurements as a control chart: one point per period, in the metric's unit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from metrics.measured import WindowRow, level_of
from metrics.models import Kind, Metric
from scoring.charts import Chart, Phase, Signal, Subgroup, share_chart, u_chart, xmr_chart
from scoring.felt import Direction
from scoring.levels import MICRO
from scoring.units import factor

MOST_POINTS = 60  # beyond it months take the place of single periods
LATE = 1.9  # so many cadences without a value are a missing period
SIGNAL_WORDS = {Signal.BEYOND_LIMIT: "beyond a limit", Signal.RUN_OF_EIGHT: "eight in a row on one side"}


@dataclass(frozen=True, slots=True)
class Period:
    """What was measured in one period; rows empty: a missing period."""

    name: str
    ends_on: date | None
    rows: tuple[WindowRow, ...]


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart in the metric's unit with the name of every place on it."""

    chart: Chart
    periods: tuple[Period, ...]
    direction: Direction

    @property
    def newest_phase(self) -> Phase:
        return self.chart.phases[-1]

    @property
    def newest_signal(self) -> str:
        """What the newest point says: 'better', 'worse' or nothing."""
        point = self.newest_phase.points[-1]
        if not point.signals:
            return ""
        above = point.value > self.newest_phase.centre
        return "worse" if above == (self.direction is Direction.LOWER) else "better"

    @property
    def count(self) -> int:
        return sum(len(phase.points) for phase in self.chart.phases)

    @property
    def signalling(self) -> list[tuple[Period, float, str, str]]:
        """Return period, value, which rule and which direction of every signal, newest first."""
        found = []
        for phase in self.chart.phases:
            for point in phase.points:
                worse = (point.value > phase.centre) == (self.direction is Direction.LOWER)
                rules = ", ".join(SIGNAL_WORDS[each] for each in point.signals)
                if rules:
                    found.append((self.periods[point.index], point.value, rules, "worse" if worse else "better"))
        return found[::-1]


def charted(metric: Metric, rows: Sequence[WindowRow]) -> Charted | None:
    """Return the chart of a metric, or None where two neighbouring periods were never measured."""
    periods = periods_of(rows, cadence=metric.cadence_days)
    chart = _chart(metric, periods)
    return Charted(chart, tuple(periods), Direction(metric.direction)) if chart else None


def periods_of(rows: Iterable[WindowRow], *, cadence: int) -> list[Period]:
    """Return the rows period by period, oldest first, with a gap where a period is missing."""
    by_end: defaultdict[date, list[WindowRow]] = defaultdict(list)
    for row in rows:
        by_end[row.period_end].append(row)
    if len(by_end) > MOST_POINTS:
        return _months(by_end)
    found: list[Period] = []
    before: date | None = None
    for end, its in sorted(by_end.items()):
        if before is not None and cadence > 1 and (end - before).days > LATE * cadence:
            found.append(Period("", None, ()))
        found.append(Period(f"{end.day} {end:%b}", end, tuple(its)))
        before = end
    return found


def _months(by_end: dict[date, list[WindowRow]]) -> list[Period]:
    by_month: defaultdict[int, list[WindowRow]] = defaultdict(list)
    for end, rows in sorted(by_end.items()):
        by_month[end.year * 12 + end.month - 1].extend(rows)
    newest = max(by_month)
    return [
        Period(f"{date(number // 12, number % 12 + 1, 1):%b %y}", *_of_month(by_month.get(number, [])))
        for number in range(max(min(by_month), newest - MOST_POINTS + 1), newest + 1)
    ]


def _of_month(rows: list[WindowRow]) -> tuple[date | None, tuple[WindowRow, ...]]:
    return (max(row.period_end for row in rows) if rows else None), tuple(rows)


def _chart(metric: Metric, periods: Sequence[Period]) -> Chart | None:
    match metric.kind:
        case Kind.PROPORTION:
            chart = share_chart([[_subgroup(period, "numerator", "denominator") for period in periods]])
        case Kind.DEFECTS:
            chart = u_chart([[_opportunities(period) for period in periods]])
        case Kind.COUNT_RATE:
            return u_chart([[_exposure(period) for period in periods]])
        case _:
            return xmr_chart([[_level(metric, period) for period in periods]])
    return scaled(chart, factor("share", metric.unit)) if chart else None


def _level(metric: Metric, period: Period) -> float | None:
    level = level_of(metric, period.rows) if period.rows else None
    return float(level.value) if level else None


def _subgroup(period: Period, count: str, size: str) -> Subgroup | None:
    if not period.rows:
        return None
    return Subgroup(sum(getattr(row, count) for row in period.rows), sum(getattr(row, size) for row in period.rows))


def _opportunities(period: Period) -> Subgroup | None:
    if not period.rows:
        return None
    chances = sum((row.units or 0) * (row.opportunities or 0) for row in period.rows)
    return Subgroup(sum(row.defects or 0 for row in period.rows), chances)


def _exposure(period: Period) -> Subgroup | None:
    if not period.rows:
        return None
    exposure = sum(row.exposure or 0 for row in period.rows) / MICRO
    return Subgroup(sum(row.events or 0 for row in period.rows), exposure)


def scaled(chart: Chart, by: Fraction) -> Chart:
    """Return the chart with every value in another unit of the same dimension."""
    size = float(by)
    return replace(
        chart,
        phases=tuple(
            replace(
                phase,
                centre=phase.centre * size,
                sigma=None if phase.sigma is None else phase.sigma * size,
                points=tuple(
                    replace(point, value=point.value * size, lcl=point.lcl * size, ucl=point.ucl * size)
                    for point in phase.points
                ),
                ranges=tuple(replace(each, value=each.value * size) for each in phase.ranges),
                range_limit=None if phase.range_limit is None else phase.range_limit * size,
            )
            for phase in chart.phases
        ),
    )
