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
from functools import cache, partial
from math import prod

from metrics.day_sums import DayRow, Sums, added, value_of_sums
from metrics.measured import WindowRow, days_between, newest_by_part
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
    # What many are worked out from is looked at once, not once for every way that leads to it.
    _measured: dict[int, set[Metric]] = field(default_factory=dict, repr=False)
    _reach: dict[int, int] = field(default_factory=dict, repr=False)

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
        if metric.pk not in self._measured:
            inputs = self.inputs.get(metric.pk, ())
            own = {each for each in inputs if each.kind != Kind.DERIVED}
            below = (self.measured(each) for each in inputs if each.kind == Kind.DERIVED)
            self._measured[metric.pk] = own.union(*below)
        return self._measured[metric.pk]

    def reach(self, metric: Metric) -> int:
        """Return how many months before the first period the chain reads, at most."""
        if metric.pk not in self._reach:
            inputs = self.inputs.get(metric.pk, ())
            below = [self.reach(each) for each in inputs if each.kind == Kind.DERIVED]
            self._reach[metric.pk] = metric.window_months + max(below, default=0)
        return self._reach[metric.pk]


@dataclass(frozen=True)
class LastDays:
    """Days after which metrics have no value: where an input fell silent, a window later."""

    derivations: Derivations
    ends: Mapping[int, Mapping[str, date]]  # the newest day of each part of what is measured
    _found: dict[int, date | None] = field(default_factory=dict, repr=False)

    def of(self, metric: Metric) -> date | None:
        if metric.pk not in self._found:
            days = [day for each in self.derivations.inputs.get(metric.pk, ()) for day in self._ends(each)]
            known = [day for day in days if day is not None]
            whole = bool(known) and len(known) == len(days)
            silent = (months_after(day, metric.window_months) for day in known)
            self._found[metric.pk] = min(max(known), *silent) if whole else None
        return self._found[metric.pk]

    def _ends(self, metric: Metric) -> list[date | None]:
        if metric.kind == Kind.DERIVED:
            return [self.of(metric)]
        parts = self.ends.get(metric.pk, {})
        return (
            [parts.get(step) for step in metric.step_names] if metric.is_chain else [max(parts.values(), default=None)]
        )


def _without_circles(inputs: Mapping[int, tuple[Metric, ...]]) -> dict[int, tuple[Metric, ...]]:
    """Leave out what is worked out from itself: no service stores that, and a restored file must not stop a drain."""
    ends: dict[int, tuple[Metric, ...]] = {}
    ahead = dict(inputs)
    while ready := [key for key, its in ahead.items() if not ahead.keys() & {each.pk for each in its}]:
        ends |= {key: ahead.pop(key) for key in ready}
    return ends | dict.fromkeys(ahead, ())


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one thing by the day on which their periods end."""

    days: Sequence[date]
    value: Callable[[date], Fraction | None]

    def last(self, since: date, end: date) -> tuple[Fraction, date] | None:
        """Return the last value after one day and up to another, with its day."""
        for at in range(bisect_right(self.days, end) - 1, -1, -1):
            if self.days[at] <= since:
                break
            if (value := self.value(self.days[at])) is not None:
                return value, self.days[at]
        return None


@dataclass(frozen=True, slots=True)
class Rolled:
    """The product of several steps, each with its own last value; as old as the oldest of these."""

    days: Sequence[date]
    steps: Sequence[Series]
    unit: Fraction  # how much of a share is 1 of the metric's unit

    def last(self, since: date, end: date) -> tuple[Fraction, date] | None:
        found = [each for step in self.steps if (each := step.last(since, end)) is not None]
        if len(found) < len(self.steps):
            return None
        return prod((value * self.unit for value, _day in found), start=1 / self.unit), min(
            day for _value, day in found
        )


@dataclass(frozen=True)
class Stretch:
    """Measurements of a stretch of days, from which derived metrics are worked out; each once, over all of it."""

    derivations: Derivations
    rows: Mapping[int, Sequence[DayRow]]
    _worked: dict[int, list[Worked]] = field(default_factory=dict, repr=False)
    _series: dict[int, Series | Rolled] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, derivations: Derivations, metrics: Iterable[Metric], *, after: date, until: date) -> "Stretch":
        """Read what the metrics need to be worked out between two days (2 queries at most)."""
        wanted = list(metrics)
        measured = {each for metric in wanted for each in derivations.measured(metric)}
        reach = max((derivations.reach(each) for each in wanted), default=0)
        rows: defaultdict[int, list[DayRow]] = defaultdict(list)
        inputs = sorted(measured, key=lambda each: each.pk)
        for row in days_between(metrics=inputs, after=months_after(after, -reach), until=until):
            rows[row.metric].append(row)
        return cls(derivations, rows)

    def worked(self, metric: Metric, *, after: date) -> list[Worked]:
        """Return what a derived metric came to in each of its periods that ends after a day, oldest first.

        A period is a day, a week (ISO), a month, a quarter or a year, by how often the metric is expected, and ends on
        the last day of it on which one of its inputs was measured.
        """
        return [each for each in self._all(metric) if each.ends_on > after]

    def _all(self, metric: Metric) -> list[Worked]:
        """Return the periods of the whole stretch. Those before the days asked for may lack what was not read."""
        if metric.pk not in self._worked:
            inputs = self.derivations.inputs.get(metric.pk, ())
            series = [self._series_of(each) for each in inputs]
            ends = {key: end for end in sorted({end for its in series for end in its.days})
                    for key in [period_of(end, metric.cadence_days)]}  # fmt: skip
            formula = read_stored(metric.formula)
            self._worked[metric.pk] = [_worked(metric, formula, inputs, series, end) for end in ends.values()]
        return self._worked[metric.pk]

    def _series_of(self, metric: Metric) -> Series | Rolled:
        if metric.pk not in self._series:
            make = self._series_of_derived if metric.kind == Kind.DERIVED else self._series_of_measured
            self._series[metric.pk] = make(metric)
        return self._series[metric.pk]

    def _series_of_derived(self, metric: Metric) -> Series:
        found = {each.ends_on: each.value for each in self._all(metric) if each.value is not None}
        return Series(sorted(found), found.__getitem__)

    def _series_of_measured(self, metric: Metric) -> Series | Rolled:
        rows = self.rows.get(metric.pk, ())
        if not metric.is_chain:
            return _series(metric, rows)
        steps = [_series(metric, [row for row in rows if row.part == step]) for step in metric.step_names]
        return Rolled(sorted({day for step in steps for day in step.days}), steps, unit_of(metric.unit).size)


def _series(metric: Metric, rows: Iterable[DayRow]) -> Series:
    """Return the values of days, all their parts together; each is worked out once, when it is asked for."""
    by_day: defaultdict[date, list[Sums]] = defaultdict(list)
    for row in rows:
        by_day[row.period_end].append(row.sums)
    return Series(sorted(by_day), cache(lambda day: value_of_sums(metric, added(metric.kind, by_day[day]))))


def _worked(
    metric: Metric, formula: Formula | None, inputs: Sequence[Metric], series: Sequence[Series | Rolled], end: date
) -> Worked:
    since = months_after(end, -metric.window_months)
    used = tuple(Used(each, *(its.last(since, end) or (None, None))) for each, its in zip(inputs, series, strict=True))
    none = partial(Worked, end, None, of=used)
    if formula is None:
        return none(NoValue.NO_FORMULA)
    values = {
        each.metric.short_name: each.value * unit_of(each.metric.unit).size for each in used if each.value is not None
    }
    if len(values) < len(used) or not values.keys() >= set(formula.names):
        return none(NoValue.EMPTY_WINDOW)
    try:
        # Rounded here and not at the end only: the exact fractions of a chain of formulas grow with each.
        value = Fraction(round(worked_out(formula, values) / unit_of(metric.unit).size * MICRO), MICRO)
    except DividedByZeroError:
        return none(NoValue.DIVIDED_BY_ZERO)
    return none(NoValue.TOO_LARGE) if abs(value) >= LIMIT else Worked(end, value, None, used)


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
    last = LastDays(derivations, _newest_days(derivations, metrics, as_of))
    found: dict[int, list[Worked]] = {}
    waiting = [(each, day) for each in metrics if (day := last.of(each)) is not None]
    for span in SPANS:
        asked = [(each, months_after(day, -(span + 1) * each.window_months)) for each, day in waiting]
        for some in _of_like_age(asked, as_of):
            stretch = Stretch.read(
                derivations, [each for each, _since in some], after=min(since for _each, since in some), until=as_of
            )
            for metric, since in some:
                worked = stretch.worked(metric, after=since)
                if its := _window(metric, worked, whole_from=months_after(since, metric.window_months)):
                    found[metric.pk] = its
        waiting = [(each, day) for each, day in waiting if each.pk not in found]
    return found


def _newest_days(derivations: Derivations, metrics: Iterable[Metric], as_of: date) -> dict[int, dict[str, date]]:
    measured = {each for metric in metrics for each in derivations.measured(metric)}
    found: defaultdict[int, dict[str, date]] = defaultdict(dict)
    for metric_id, part, day in newest_by_part(metrics=sorted(measured, key=lambda each: each.pk), as_of=as_of)[0]:
        found[metric_id][part] = day
    return found


def _of_like_age(asked: Iterable[tuple[Metric, date]], as_of: date) -> list[list[tuple[Metric, date]]]:
    """Part metrics by how far back they read, each part at most twice as far as the next: one that fell silent years
    ago must not make all others read years."""
    parts: defaultdict[int, list[tuple[Metric, date]]] = defaultdict(list)
    for metric, since in asked:
        parts[(as_of - since).days.bit_length()].append((metric, since))
    return list(parts.values())


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
    return Stretch.read(Derivations.of([metric]), [metric], after=after, until=until).worked(metric, after=after)
