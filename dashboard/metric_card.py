"""A metric in one card: its level, what its points say, and a small control chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.drawing.control import ControlDrawing, Level, draw_control
from dashboard.metric_marks import MetricMarks, marks_of
from dashboard.selectors import MeasuredMetric
from dashboard.words import level_number, level_words, short, unit_word
from metrics.charting import Charted, charted


@dataclass(frozen=True, slots=True)
class MetricCard:
    """One metric of the function: its level in words, what its points say, and its chart."""

    measured: MeasuredMetric
    level: str
    interval: str
    n: int
    chart: ControlDrawing | None
    marks: MetricMarks
    overdue_days: int

    @property
    def signal(self) -> str:
        return self.marks.signal


def metric_card(
    measured: MeasuredMetric,
    *,
    currency: str,
    as_of: date,
    customers_level: float | None = None,
    since: Sequence[date] = (),
) -> MetricCard:
    metric, level = measured.metric, measured.level
    chart = charted(metric, measured.rows, since=since)
    overdue = 0
    if level is not None:
        overdue = (as_of - level.newest_on).days - metric.cadence_days - metric.grace_days
    return MetricCard(
        measured=measured,
        level="" if level is None else level_words(short(float(level.level.value)), metric.unit, currency),
        interval=interval_words(measured, currency),
        n=level.level.n if level else 0,
        chart=small_chart(measured, chart, currency, customers_level) if chart else None,
        marks=marks_of(chart, customers_level),
        overdue_days=max(overdue, 0),
    )


def interval_words(measured: MeasuredMetric, currency: str) -> str:
    """Return the interval of the level: '18.6 to 25.8 h'; an open end is said."""
    part = measured.level
    if part is None or not part.level.has_interval:
        return ""
    ends = ["open" if end is None else level_number(short(float(end))) for end in (part.level.lo, part.level.hi)]
    return f"{ends[0]} to {ends[1]}\u00a0{unit_word(measured.metric.unit, currency)}".strip()


def small_chart(
    measured: MeasuredMetric, chart: Charted, currency: str, customers_level: float | None
) -> ControlDrawing:
    metric = measured.metric
    target = customers = None
    if customers_level is not None:
        customers = Level("customers", customers_level, level_words(short(customers_level), metric.unit, currency))
    if metric.target is not None:
        target = Level("target", float(metric.target), level_words(metric.target, metric.unit, currency))
    return draw_control(
        chart.chart,
        periods=[period.name for period in chart.periods],
        direction=chart.direction,
        customers=customers,
        target=target,
        unit=metric.unit,
        uid=f"metric-{metric.pk}",
        description=f"{metric.name}: {chart.count} points, {len(chart.signalling)} with a signal.",
        small=True,
    )
