"""What derived metrics come to, period by period, worked out from the measurements that their formulas name.

Nothing of it is stored: it is read anew wherever measurements are read, so it cannot be older than they are.
Source: docs/algorithms/derived-metrics.md.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import partial

from metrics.measured import WindowRow, newest_ends, value_of, window_rows
from metrics.models import Kind, Metric, MetricInput
from scoring.formulas import DividedByZeroError, Formula, FormulaError, read_formula, worked_out
from scoring.levels import MICRO
from scoring.units import unit_of
from web.fields import LIMIT
from web.months import months_after

# How far back a value is looked for, in windows, where the newest periods have none.
SPANS = (1, 4, 16)
SHOWN_DAYS = 1_100
WEEK, MONTH, QUARTER, YEAR = 7, 28, 90, 365  # days of a cadence from which on periods are as long


class NoValue(StrEnum):
    """Why a period has no value."""

    NO_FORMULA = "no_formula"
    EMPTY_WINDOW = "empty_window"
    DIVIDED_BY_ZERO = "divided_by_zero"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Used:
    """The last value of an input at or before the end of a period; None: it has none inside the window."""

    metric: Metric
    value: Fraction | None
    on: date | None


@dataclass(frozen=True, slots=True)
class Worked:
    """What a derived metric came to in one period, in its own unit, or why it has no value."""

    ends_on: date
    value: Fraction | None
    reason: NoValue | None
    of: tuple[Used, ...]

    @property
    def oldest_on(self) -> date:
        """The day of the oldest value in it: what is derived is as fresh as that."""
        return min((each.on for each in self.of if each.on), default=self.ends_on)

    def as_row(self, metric: Metric) -> WindowRow:
        micro = None if self.value is None else round(self.value * MICRO)
        return WindowRow(metric.pk, "", self.ends_on, micro, None, None, None, None, None, None, None)


@dataclass(frozen=True)
class Derivations:
    """Metrics with everything that they are worked out from, down to what is measured."""

    inputs: Mapping[int, tuple[Metric, ...]]

    @classmethod
    def of(cls, metrics: Iterable[Metric]) -> "Derivations":
        """Read what derived metrics are worked out from (1 query for each step of a chain)."""
        found: dict[int, tuple[Metric, ...]] = {}
        ahead = {each.pk for each in metrics if each.kind == Kind.DERIVED}
        while ahead:
            by_metric: defaultdict[int, list[Metric]] = defaultdict(list)
            for use in MetricInput.objects.filter(metric__in=ahead).select_related("input").order_by("pk"):
                by_metric[use.metric_id].append(use.input)
            found |= {each: tuple(by_metric[each]) for each in ahead}
            lower = {each for its in by_metric.values() for each in its}
            ahead = {each.pk for each in lower if each.kind == Kind.DERIVED} - found.keys()
        return cls(_without_circles(found))

    def measured(self, metric: Metric) -> set[Metric]:
        """Return the measured metrics at the ends of the chains."""
        inputs = self.inputs.get(metric.pk, ())
        own = {each for each in inputs if each.kind != Kind.DERIVED}
        return own.union(*(self.measured(each) for each in inputs if each.kind == Kind.DERIVED))

    def reach(self, metric: Metric) -> int:
        """Return how many months before the first period the chain reads, at most."""
        inputs = self.inputs.get(metric.pk, ())
        below = [self.reach(each) for each in inputs if each.kind == Kind.DERIVED]
        return metric.window_months + max(below, default=0)

    def last_day(self, metric: Metric, ends: Mapping[int, date]) -> date | None:
        """Return a day after which the metric has no value: where an input fell silent, a window later."""
        inputs = self.inputs.get(metric.pk, ())
        days = [self._end(each, ends) for each in inputs]
        known = [day for day in days if day is not None]
        if not known or len(known) < len(days):
            return None
        return min(max(known), *(months_after(day, metric.window_months) for day in known))

    def _end(self, metric: Metric, ends: Mapping[int, date]) -> date | None:
        return self.last_day(metric, ends) if metric.kind == Kind.DERIVED else ends.get(metric.pk)


def _without_circles(inputs: Mapping[int, tuple[Metric, ...]]) -> dict[int, tuple[Metric, ...]]:
    """Leave out what is worked out from itself: no service stores that, and a restored file must not stop a drain."""
    ends: dict[int, tuple[Metric, ...]] = {}
    ahead = dict(inputs)
    while ready := [key for key, its in ahead.items() if not ahead.keys() & {each.pk for each in its}]:
        ends |= {key: ahead.pop(key) for key in ready}
    return ends | dict.fromkeys(ahead, ())


@dataclass(frozen=True)
class Stretch:
    """Measurements of a stretch of days, from which derived metrics are worked out."""

    derivations: Derivations
    rows: Mapping[int, Sequence[WindowRow]]
    _values: dict[tuple[int, date], Fraction | None] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, derivations: Derivations, metrics: Iterable[Metric], *, after: date, until: date) -> "Stretch":
        """Read what the metrics need to be worked out between two days (1 query)."""
        wanted = list(metrics)
        measured = {each.pk for metric in wanted for each in derivations.measured(metric)}
        reach = max((derivations.reach(each) for each in wanted), default=0)
        rows: defaultdict[int, list[WindowRow]] = defaultdict(list)
        if measured:
            for row in window_rows(metrics=sorted(measured), after=months_after(after, -reach), until=until):
                rows[row.metric].append(row)
        return cls(derivations, rows)

    def worked(self, metric: Metric, *, after: date, until: date) -> list[Worked]:
        """Return what a derived metric came to in each of its periods that ends between two days, oldest first.

        A period is a day, a week (ISO), a month, a quarter or a year, by how often the metric is expected, and ends on
        the last day of it on which one of its inputs has a value.
        """
        inputs = self.derivations.inputs.get(metric.pk, ())
        back = months_after(after, -metric.window_months)
        series = [self._series(each, after=back, until=until) for each in inputs]
        ends = {key: end for end in sorted({end for its in series for end in its[0]})
                for key in [period_of(end, metric.cadence_days)]}  # fmt: skip
        formula = read_stored(metric.formula)
        return [self._worked(metric, formula, inputs, series, end) for end in ends.values() if end > after]

    def _worked(
        self, metric: Metric, formula: Formula | None, inputs: Sequence[Metric], series: "Sequence[Series]", end: date
    ) -> Worked:
        since = months_after(end, -metric.window_months)
        used = tuple(_last(each, its, since, end) for each, its in zip(inputs, series, strict=True))
        if formula is None:
            return Worked(end, None, NoValue.NO_FORMULA, used)
        values = {
            each.metric.short_name: each.value * unit_of(each.metric.unit).size
            for each in used
            if each.value is not None
        }
        if len(values) < len(used) or not values.keys() >= set(formula.names):
            return Worked(end, None, NoValue.EMPTY_WINDOW, used)
        try:
            value = worked_out(formula, values) / unit_of(metric.unit).size
        except DividedByZeroError:
            return Worked(end, None, NoValue.DIVIDED_BY_ZERO, used)
        if abs(value) >= LIMIT:
            return Worked(end, None, NoValue.TOO_LARGE, used)
        return Worked(end, value, None, used)

    def _series(self, metric: Metric, *, after: date, until: date) -> "Series":
        """Return the days on which a metric has a value, and how to look one up."""
        if metric.kind == Kind.DERIVED:
            found = {each.ends_on: each.value for each in self.worked(metric, after=after, until=until)
                     if each.value is not None}  # fmt: skip
            return sorted(found), found.__getitem__
        by_end: defaultdict[date, list[WindowRow]] = defaultdict(list)
        for row in self.rows.get(metric.pk, ()):
            if after < row.period_end <= until:
                by_end[row.period_end].append(row)
        return sorted(by_end), partial(self._measured, metric, by_end)

    def _measured(self, metric: Metric, by_end: Mapping[date, Sequence[WindowRow]], end: date) -> Fraction | None:
        """Return the value of a metric in the period that ends on a day, all its parts together; asked for once."""
        key = metric.pk, end
        if key not in self._values:
            self._values[key] = value_of(metric, by_end[end])
        return self._values[key]


Series = tuple[list[date], Callable[[date], Fraction | None]]


def _last(metric: Metric, series: Series, since: date, end: date) -> Used:
    ends, value = series
    at = bisect_right(ends, end)
    if not at or ends[at - 1] <= since:
        return Used(metric, None, None)
    return Used(metric, value(ends[at - 1]), ends[at - 1])


def period_of(day: date, cadence: int) -> tuple[int, ...]:
    """Return the day, ISO week, month, quarter or year in which a day lies, by how often values are expected."""
    if cadence < WEEK:
        return (day.toordinal(),)
    if cadence < MONTH:
        return tuple(day.isocalendar())[:2]
    if cadence < QUARTER:
        return day.year, day.month
    return (day.year, (day.month - 1) // 3) if cadence < YEAR else (day.year,)


def read_stored(text: str) -> Formula | None:
    """Return a stored formula, None where it is still to come."""
    try:
        return read_formula(text)
    except FormulaError:
        return None


# ---- Asked for by date


def newest_worked(metrics: Sequence[Metric], *, as_of: date) -> dict[int, list[Worked]]:
    """Return the periods of each derived metric that its window holds as of a day, the newest with a value last.

    The window ends with the newest value: where an input fell silent or a divisor is 0, the level of before stands, and
    grows old.
    """
    derivations = Derivations.of(metrics)
    measured = {each.pk for metric in metrics for each in derivations.measured(metric)}
    ends = newest_ends(metrics=sorted(measured), as_of=as_of) if measured else {}
    found: dict[int, list[Worked]] = {}
    waiting = [(each, day) for each in metrics if (day := derivations.last_day(each, ends)) is not None]
    for span in SPANS:
        since = {each.pk: months_after(day, -(span + 1) * each.window_months) for each, day in waiting}
        if since:
            stretch = Stretch.read(
                derivations, [each for each, _day in waiting], after=min(since.values()), until=as_of
            )
            for metric, _day in waiting:
                worked = stretch.worked(metric, after=since[metric.pk], until=as_of)
                if its := _window(metric, worked, whole_from=months_after(since[metric.pk], metric.window_months)):
                    found[metric.pk] = its
        waiting = [(each, day) for each, day in waiting if each.pk not in found]
    return found


def _window(metric: Metric, worked: Sequence[Worked], *, whole_from: date) -> list[Worked]:
    """Return the window that ends with the newest value; nothing where not all of it was read."""
    newest = next((each.ends_on for each in reversed(worked) if each.value is not None), None)
    if newest is None or newest <= whole_from:
        return []
    since = months_after(newest, -metric.window_months)
    return [each for each in worked if since < each.ends_on <= newest]


def worked_periods(metric: Metric, *, as_of: date) -> list[Worked]:
    """Return the periods of a derived metric that a page shows, latest first; none of one that is measured."""
    if metric.kind != Kind.DERIVED:
        return []
    after = date.fromordinal(max(1, as_of.toordinal() - SHOWN_DAYS))
    return worked_between(metric, after=after, until=as_of)[::-1]


def worked_between(metric: Metric, *, after: date, until: date) -> list[Worked]:
    """Return what one derived metric came to between two days, oldest first."""
    return Stretch.read(Derivations.of([metric]), [metric], after=after, until=until).worked(
        metric, after=after, until=until
    )
