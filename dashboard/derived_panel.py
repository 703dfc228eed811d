"""How a derived metric came to its values: the formula with the numbers in it, period by period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

from dashboard.words import level_words, short
from functions.selectors import Access
from metrics.deriving import NoValue, Worked, read_stored, worked_periods
from metrics.models import Metric
from metrics.selectors import metrics_for
from scoring.formulas import rewritten

SHOWN = 12
REASONS = {
    NoValue.NO_FORMULA: "no value: its formula is still to come",
    NoValue.EMPTY_WINDOW: "no value: {names} has none in the {months} months before",
    NoValue.DIVIDED_BY_ZERO: "no value: it divides by 0",
    NoValue.TOO_LARGE: "no value: the result lies beyond 10^12",
}


@dataclass(frozen=True, slots=True)
class WorkedLine:
    """One period: the value, and the formula with its numbers, or why there is none. oldest_on: of its numbers."""

    ends_on: date
    value: str
    said: str
    oldest_on: date


@dataclass(frozen=True)
class DerivedPanel:
    metric: Metric
    worked: Sequence[Worked]  # latest first
    access: Access
    currency: str

    @cached_property
    def inputs(self) -> list[tuple[Metric, bool]]:
        """What it is worked out from, and whether this person may see its measurements (3 queries at most)."""
        inputs = [use.input for use in self.metric.inputs.select_related("input").order_by("pk")]
        seen = set(metrics_for(self.access).filter(pk__in=[each.pk for each in inputs]).values_list("pk", flat=True))
        formula = read_stored(self.metric.formula)
        names = formula.names if formula else ()
        inputs.sort(key=lambda each: names.index(each.short_name) if each.short_name in names else len(names))
        return [(each, each.pk in seen) for each in inputs]

    @property
    def is_open(self) -> bool:
        """Whether this person may see every number of it: from all but one, the last one follows."""
        return all(is_seen for _metric, is_seen in self.inputs)

    @property
    def formula(self) -> str:
        formula = read_stored(self.metric.formula)
        return rewritten(formula, {}) if formula else ""

    @property
    def answer(self) -> str:
        if not self.metric.formula:
            return "Its formula is still to come."
        newest = next((each for each in self.lines if each.value), None)
        if newest is None:
            return "It has no value yet: what its formula names was never measured together."
        return f"{newest.value} = {newest.said}" if self.is_open else f"{newest.value} = {self.formula}"

    @cached_property
    def lines(self) -> list[WorkedLine]:
        """The newest periods, latest first."""
        return [self._line(each) for each in self.worked[:SHOWN]]

    def _line(self, worked: Worked) -> WorkedLine:
        value = "" if worked.value is None else self._number(self.metric, worked.value)
        return WorkedLine(worked.ends_on, value, self._said(worked), worked.oldest_on)

    def _said(self, worked: Worked) -> str:
        if worked.reason is not None:
            missing = " and ".join(each.metric.short_name for each in worked.of if each.value is None)
            return REASONS[worked.reason].format(names=missing, months=self.metric.window_months)
        formula = read_stored(self.metric.formula)
        numbers = {
            each.metric.short_name: self._number(each.metric, each.value)
            for each in worked.of
            if each.value is not None
        }
        return rewritten(formula, numbers) if formula else ""

    def _number(self, metric: Metric, value: Fraction) -> str:
        return level_words(short(float(value)), metric.unit, self.currency)


def derived_panel(metric: Metric, *, access: Access, as_of: date, currency: str) -> DerivedPanel:
    return DerivedPanel(metric, worked_periods(metric, as_of=as_of), access, currency)
