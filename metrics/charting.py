"""A metric's measurements as a control chart: which one its kind asks for, which others fit, one point a period."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

from metrics.day_sums import DayRow, value_of_sums
from metrics.measured import AnyRow, WindowRow, pooled, rolled_value, summed
from metrics.models import Kind, Metric
from scoring.charts import Chart, ChartKind, Phase, Point, Subgroup, goes_up_at, scaled
from scoring.counted import (
    c_chart,
    laney_p_chart,
    laney_u_chart,
    np_chart,
    p_chart,
    rate_chart,
    share_chart,
    u_chart,
)
from scoring.felt import Direction
from scoring.levels import MICRO
from scoring.rules import Rules
from scoring.shewhart import Sample, Within, xbar_chart, xmr_chart
from scoring.time_weighted import cusum_chart, ewma_chart
from scoring.units import factor

CHARTED_DAYS = 1_100  # back from today
# Measurements that a chart is drawn from one by one: of more it needs only the sums of days.
SINGLE = 1_200
MOST_POINTS = 60  # beyond it months take the place of single periods
MOST_PERIODS = 10_000  # on a chart of every single period
WITHOUT_YEAR = 330  # days that a chart may span before its days need their year
LATE = 1.9  # so many cadences without a value are a missing period
LARGEST_RANGE = 10  # values in a subgroup, beyond which a range wastes most of them
WITH_MEMORY = frozenset({ChartKind.EWMA, ChartKind.CUSUM})
IN_COUNTS = frozenset({ChartKind.NP, ChartKind.C})


class Reason(StrEnum):
    """Why a chart was drawn."""

    SINGLE_VALUES = "single_values"
    BROKEN_DOWN = "broken_down"
    PERCENTILE = "percentile"
    DERIVED = "derived"
    ROLLED = "rolled"
    SUBGROUPS = "subgroups"
    SHARES = "shares"
    RATES = "rates"
    OVERDISPERSED = "overdispersed"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class ChartAsked:
    """What a person wants to see. kind None: what the metric's kind asks for; each: no months, however many periods.

    part: one value of the metric's breakdown, '' for all of them pooled.
    """

    kind: ChartKind | None = None
    rules: Rules = Rules.DEFAULT
    each: bool = False
    part: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """What was measured in one period; rows empty: a missing period."""

    name: str
    ends_on: date | None
    rows: tuple[AnyRow, ...]
    is_month: bool = False


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart with the name of every place on it.

    In the metric's unit, but for np and c, which count. levels_by: what a level in the metric's unit is multiplied by
    to stand on the chart; None: no level can stand on it.
    """

    chart: Chart
    periods: tuple[Period, ...]
    direction: Direction
    reason: Reason
    fitting: tuple[ChartKind, ...]
    rules: Rules
    levels_by: float | None

    @property
    def newest_phase(self) -> Phase:
        return self.chart.phases[-1]

    @property
    def newest_begins(self) -> date | None:
        """The day of the first point of the newest phase: limits named from a later day do not hold yet."""
        return self.periods[self.newest_phase.points[0].index].ends_on

    @property
    def in_counts(self) -> bool:
        return self.chart.kind in IN_COUNTS

    @property
    def newest_signal(self) -> str:
        """What the newest point says: 'better', 'worse', or nothing where it is no signal or one without a way."""
        signal = self._newest_signalling
        return self.way_of(signal, self.newest_phase) if signal else ""

    @property
    def is_newest_signal(self) -> bool:
        return self._newest_signalling is not None

    @property
    def _newest_signalling(self) -> Point | None:
        phase = self.newest_phase
        newest = [points[-1] for points in (phase.points, phase.mirror) if points]
        return next((point for point in newest if point.signals), None)

    @property
    def count(self) -> int:
        return sum(len(phase.points) for phase in self.chart.phases)

    @property
    def signalling(self) -> list[tuple[Period, Point, str]]:
        """Return period, point and direction of every signal, newest first."""
        found = [
            (self.periods[point.index], point, self.way_of(point, phase))
            for phase in self.chart.phases
            for point in sorted((*phase.points, *phase.mirror), key=lambda each: each.index)
            if point.signals
        ]
        return found[::-1]

    def way_of(self, point: Point, phase: Phase) -> str:
        """Return whether a signal is 'better' or 'worse', '' where it only says that something is not ordinary."""
        goes_up = goes_up_at(point, phase)
        if goes_up is None:
            return ""
        return "worse" if goes_up == (self.direction is Direction.LOWER) else "better"


def charted(
    metric: Metric, rows: Sequence[AnyRow], *, asked: ChartAsked = ChartAsked(), since: Sequence[date] = ()
) -> Charted | None:
    """Return the chart of a metric, or None where two neighbouring periods were never measured.

    rows: all of them single measurements, or all of them sums of days, of which no chart of ranges is drawn.
    since: the days from which a new phase has limits of its own. A chart that does not fit is not drawn: the one that
    the kind asks for stands in for it.
    """
    periods = periods_of(rows, cadence=metric.cadence_days, most=None if asked.each else MOST_POINTS)
    drawing = _Drawing(metric, in_phases(periods, since), asked.rules)
    fitting = drawing.fitting()
    found = drawing.usual()
    if asked.kind in fitting and (found is None or found[0].kind is not asked.kind):
        chosen = drawing.draw(asked.kind)
        found = (chosen, Reason.CHOSEN) if chosen else found
    if found is None:
        return None
    kept, reason = found
    return Charted(
        chart=kept,
        periods=tuple(periods),
        direction=Direction(metric.direction),
        reason=reason,
        fitting=fitting,
        rules=Rules.ONE if kept.kind in WITH_MEMORY else asked.rules,
        levels_by=drawing.levels_by(kept.kind),
    )


# ---- Periods


def charted_after(as_of: date, days: int = CHARTED_DAYS) -> date:
    """Return the day before the first one on a chart; before the first run `as_of` is the first of all days."""
    return date.fromordinal(max(1, as_of.toordinal() - days))


def periods_of(rows: Iterable[AnyRow], *, cadence: int, most: int | None = MOST_POINTS) -> list[Period]:
    """Return the rows period by period, oldest first, with a gap where a period is missing.

    More than `most` periods become months; None: every period has its own place, the newest 10,000 of them.
    """
    by_end: defaultdict[date, list[AnyRow]] = defaultdict(list)
    for row in rows:
        by_end[row.period_end].append(row)
    if most is not None and len(by_end) > most:
        return _months(by_end)
    found: list[Period] = []
    before: date | None = None
    newest = sorted(by_end.items())[-MOST_PERIODS:]
    year = " %y" if newest and (newest[-1][0] - newest[0][0]).days > WITHOUT_YEAR else ""
    for end, its in newest:
        if before is not None and cadence > 1 and (end - before).days > LATE * cadence:
            found.append(Period("", None, ()))
        found.append(Period(f"{end.day} {end:{'%b' + year}}", end, tuple(its)))
        before = end
    return found


def _months(by_end: dict[date, list[AnyRow]]) -> list[Period]:
    by_month: defaultdict[int, list[AnyRow]] = defaultdict(list)
    for end, rows in sorted(by_end.items()):
        by_month[end.year * 12 + end.month - 1].extend(rows)
    newest = max(by_month)
    return [
        Period(f"{date(number // 12, number % 12 + 1, 1):%b %y}", *_of_month(by_month.get(number, [])), is_month=True)
        for number in range(max(min(by_month), newest - MOST_POINTS + 1), newest + 1)
    ]


def _of_month(rows: list[AnyRow]) -> tuple[date | None, tuple[AnyRow, ...]]:
    return (max(row.period_end for row in rows) if rows else None), tuple(rows)


def in_phases(periods: Sequence[Period], since: Sequence[date]) -> list[list[Period]]:
    """Return the periods phase by phase: one belongs to the newest phase that had begun when it ended."""
    days, begun = sorted(since), 0
    phases: list[list[Period]] = [[]]
    for period in periods:
        begins = sum(day <= period.ends_on for day in days) if period.ends_on else begun
        if begins > begun and phases[-1]:
            phases.append([])
        begun = max(begins, begun)
        phases[-1].append(period)
    return phases


def values_by_period(metric: Metric, rows: Sequence[WindowRow]) -> list[tuple[date | None, float | None]]:
    """Return the end and the value of each place on the chart of single values, in the metric's unit; None: a gap."""
    # Never months: who compares what was before a day with what came after needs each period by itself.
    periods = periods_of(rows, cadence=metric.cadence_days, most=None)
    drawing = _Drawing(metric, [periods], Rules.DEFAULT)
    return [(period.ends_on, value) for period, value in zip(periods, drawing.values_of_single_periods(), strict=True)]


# ---- Which chart, and what it is drawn from

T = TypeVar("T")


@dataclass(frozen=True)
class _Drawing:
    """A metric's periods, ready to be drawn as any chart that fits."""

    metric: Metric
    phases: Sequence[Sequence[Period]]
    rules: Rules

    def fitting(self) -> tuple[ChartKind, ...]:
        """Return the charts that fit the kind of the metric and what was measured, the usual one first."""
        single = (ChartKind.XMR, *sorted(WITH_MEMORY, reverse=True))
        match self.metric.kind:
            case Kind.YIELD if self.metric.is_chain:
                own: tuple[ChartKind, ...] = ()
            case Kind.PROPORTION | Kind.YIELD | Kind.ORDINAL:
                own = (ChartKind.P, ChartKind.P_LANEY, *([ChartKind.NP] if self._size() else []))
            case Kind.DEFECTS | Kind.COUNT_RATE:
                own = (ChartKind.U, ChartKind.U_LANEY, *([ChartKind.C] if self._size() else []))
            case Kind.LEVEL if self._in_subgroups():
                small = max(self._sizes()) <= LARGEST_RANGE and not self._is_summed
                own = (ChartKind.XBAR_S, *([ChartKind.XBAR_R] if small else []))
            case _:
                own = ()
        return (*own, *single)

    def usual(self) -> tuple[Chart, Reason] | None:
        """Return the chart that the kind of the metric asks for, and why."""
        match self.metric.kind:
            case Kind.PROPORTION | Kind.YIELD | Kind.ORDINAL if not self.metric.is_chain:
                return self._counted(share_chart, ChartKind.P_LANEY, Reason.SHARES)
            case Kind.DEFECTS | Kind.COUNT_RATE:
                return self._counted(rate_chart, ChartKind.U_LANEY, Reason.RATES)
            case Kind.LEVEL if self._in_subgroups():
                kind, reason = ChartKind.XBAR_S, Reason.SUBGROUPS
            case Kind.DURATION:
                kind, reason = ChartKind.XMR, Reason.PERCENTILE
            case Kind.DERIVED:
                kind, reason = ChartKind.XMR, Reason.DERIVED
            case Kind.YIELD:
                kind, reason = ChartKind.XMR, Reason.ROLLED
            case _:
                is_parted = bool(self.metric.breakdown) and max(self._sizes(), default=0) > 1
                kind, reason = ChartKind.XMR, Reason.BROKEN_DOWN if is_parted else Reason.SINGLE_VALUES
        chart = self.draw(kind)
        return (chart, reason) if chart else None

    def draw(self, kind: ChartKind) -> Chart | None:
        if kind in SUBGROUPED:
            return xbar_chart(self._each(_sample if self._is_summed else _values), SUBGROUPED[kind], self.rules)
        if kind is ChartKind.XMR:
            return xmr_chart(self._each(self._level), self.rules)
        if kind in WITH_MEMORY:
            return (ewma_chart if kind is ChartKind.EWMA else cusum_chart)(self._each(self._level))
        if kind is ChartKind.C:
            return c_chart(self._each(lambda period: self._subgroup(period).count), self.rules)
        chart = COUNTED[kind](self._each(self._subgroup), self.rules)
        return scaled(chart, self._by) if chart and kind is not ChartKind.NP else chart

    def values_of_single_periods(self) -> list[float | None]:
        return [value for phase in self._each(self._level) for value in phase]

    def levels_by(self, kind: ChartKind) -> float | None:
        if kind is ChartKind.CUSUM:
            return None
        return (self._size() or 0.0) / self._by if kind in IN_COUNTS else 1.0

    def _counted(
        self, draw: Callable[..., Chart | None], widened: ChartKind, reason: Reason
    ) -> tuple[Chart, Reason] | None:
        chart = draw(self._each(self._subgroup), self.rules)
        if chart is None:
            return None
        return scaled(chart, self._by), Reason.OVERDISPERSED if chart.kind is widened else reason

    @property
    def _by(self) -> float:
        """What a share is multiplied by to be in the metric's unit; a rate is in it already."""
        return 1.0 if self.metric.kind == Kind.COUNT_RATE else float(factor("share", self.metric.unit))

    def _each(self, of: Callable[[Period], T | None]) -> list[list[T | None]]:
        return [[of(period) if period.rows else None for period in phase] for phase in self.phases]

    def _level(self, period: Period) -> float | None:
        """Return the period's own level, without the interval that no chart draws and that takes most of the time."""
        match self.metric.kind:
            case Kind.LEVEL | Kind.DERIVED:
                n, total, _squares = summed(self.metric.kind, period.rows)
                return total / n / MICRO
            case Kind.DURATION:
                value = value_of_sums(self.metric, summed(self.metric.kind, period.rows))
                return None if value is None else float(value)
        if self.metric.is_chain:
            rolled = rolled_value(self.metric, period.rows)
            return None if rolled is None else float(rolled)
        its = self._subgroup(period)
        return its.count / its.size * self._by if its.size else None

    def _subgroup(self, period: Period) -> Subgroup:
        match self.metric.kind:
            case Kind.DEFECTS | Kind.COUNT_RATE:
                _n, count, size = summed(self.metric.kind, period.rows)
                return Subgroup(count, size if self.metric.kind == Kind.DEFECTS else size / MICRO)
        return Subgroup(*pooled(self.metric, period.rows))

    def _sizes(self) -> list[int]:
        """Return how many values each period of a level has."""
        return [sum(map(_values_in, period.rows)) for phase in self.phases for period in phase if period.rows]

    @cached_property
    def _is_summed(self) -> bool:
        rows = (row for phase in self.phases for period in phase for row in period.rows)
        return isinstance(next(rows, None), DayRow)

    def _in_subgroups(self) -> bool:
        """Whether most periods hold several values of one thing: then their spread says what is ordinary."""
        sizes = self._sizes()
        return not self.metric.breakdown and bool(sizes) and sorted(sizes)[len(sizes) // 4] > 1

    def _size(self) -> float | None:
        """Return the size of all subgroups if they have one."""
        sizes = {self._subgroup(period).size for phase in self.phases for period in phase if period.rows}
        return sizes.pop() if len(sizes) == 1 else None


SUBGROUPED = {ChartKind.XBAR_S: Within.DEVIATION, ChartKind.XBAR_R: Within.RANGE}
COUNTED: Mapping[ChartKind, Callable[..., Chart | None]] = {
    ChartKind.P: p_chart,
    ChartKind.P_LANEY: laney_p_chart,
    ChartKind.NP: np_chart,
    ChartKind.U: u_chart,
    ChartKind.U_LANEY: laney_u_chart,
}


def _values(period: Period) -> list[float]:
    return [(row.value or 0) / MICRO for row in period.rows if isinstance(row, WindowRow)]


def _values_in(row: AnyRow) -> int:
    return row.sums[0] if isinstance(row, DayRow) else 1


def _sample(period: Period) -> Sample:
    n, total, squares = summed(Kind.LEVEL, period.rows)
    variance = Fraction(n * squares - total * total, n * (n - 1)) if n > 1 else 0
    return Sample(n, total / n / MICRO, math.sqrt(variance) / MICRO)
