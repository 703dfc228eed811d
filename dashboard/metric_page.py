"""One metric: is it moving, and will it reach the level that customers need?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from dashboard.charting import Charted, charted
from dashboard.drawing.control import ControlDrawing, Level, RangesDrawing, draw_control, draw_ranges
from dashboard.gap_view import hides, may_open
from dashboard.metric_card import interval_words
from dashboard.scoping import AskedScope
from dashboard.selectors import MeasuredMetric, links_of_metric, measured_metrics, newest_measurements
from dashboard.sentences import ASSURANCE, Course, looser_target, metric_answer, points_answer
from dashboard.words import level_number, level_words, share_words, short, unit_word
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import RequirementDetail, Stamp
from gap_scores.selectors import read_requirement, read_stamp
from metrics.models import Kind, Measurement, Metric, MetricLink
from metrics.selectors import metric_for
from requirements_catalog.selectors import requirement_ids_for
from scoring.charts import Assurance, assurance
from scoring.units import UNITS, factor

KIND_COUNTS = {
    Kind.PROPORTION: ("numerator", "denominator"),
    Kind.DEFECTS: ("defects", "units"),
    Kind.COUNT_RATE: ("events", "exposure"),
}


@dataclass(frozen=True, slots=True)
class MeasurementLine:
    """A measurement as it counts, with the value it replaced."""

    measurement: Measurement
    figures: str
    before: str


@dataclass(frozen=True)
class MetricPage:
    measured: MeasuredMetric
    stamp: Stamp
    asked: AskedScope
    access: Access
    currency: str

    @property
    def metric(self) -> Metric:
        return self.measured.metric

    @property
    def unit(self) -> str:
        return unit_word(self.metric.unit, self.currency)

    def in_words(self, value: float) -> str:
        return level_words(short(value), self.metric.unit, self.currency)

    # ---- What it serves, and what customers need

    @cached_property
    def links(self) -> list[MetricLink]:
        return links_of_metric(self.metric.pk)

    @cached_property
    def served_requirements(self) -> list[tuple[MetricLink, bool]]:
        """What it serves, and whether this person may open it."""
        allowed = requirement_ids_for(self.access)
        return [(link, may_open(self.access, allowed, link.requirement_id)) for link in self.links]

    @cached_property
    def requirement(self) -> RequirementDetail | None:
        """The first requirement whose level it measures."""
        link = next((each for each in self.links if each.role == MetricLink.Role.MEASURES), None)
        return read_requirement(requirement_id=link.requirement_id, scope=self.asked.scope) if link else None

    @cached_property
    def hides_customers(self) -> bool:
        """Whether what customers need may not be shown to this person because it is of too few people."""
        return self.requirement is not None and hides(self.access, self.requirement)

    @property
    def customers_level(self) -> float | None:
        """The level that serves the wanted share of customers, in the metric's unit."""
        detail = self.requirement
        if detail is None or detail.wanted_level is None or not self._comparable(detail):
            return None
        if self.hides_customers:
            return None
        return detail.wanted_level * float(factor(detail.row.unit, self.metric.unit))

    def _comparable(self, detail: RequirementDetail) -> bool:
        one, other = UNITS.get(detail.row.unit), UNITS.get(self.metric.unit)
        return one is not None and other is not None and one.dimension == other.dimension

    @property
    def opens_requirement(self) -> bool:
        """Whether this person may open the requirement whose level it measures."""
        pk = self.requirement.row.requirement_id if self.requirement else None
        return any(opens for link, opens in self.served_requirements if link.requirement_id == pk)

    @property
    def requirement_level(self) -> str:
        return "" if self.customers_level is None else self.in_words(self.customers_level)

    @property
    def target_words(self) -> str:
        return level_words(self.metric.target, self.metric.unit, self.currency)

    @property
    def wanted_share(self) -> str:
        return share_words(self.requirement.wanted_share) if self.requirement else ""

    @property
    def served(self) -> str:
        """How much of customers' weight the measured level serves."""
        detail = self.requirement
        score = detail.row.score if detail else None
        if score is None or self.hides_customers:
            return ""
        return share_words(score.share_met)

    @property
    def looser(self) -> tuple[str, str] | None:
        return looser_target(self.requirement, self.currency) if self.requirement and self.customers_level else None

    # ---- The chart

    @cached_property
    def charted(self) -> Charted | None:
        return charted(self.metric, self.measured.rows)

    @property
    def assurance(self) -> Assurance | None:
        if self.charted is None or self.customers_level is None:
            return None
        return assurance(self.charted.chart, self.customers_level, self.charted.direction)

    @property
    def assurance_words(self) -> str:
        return ASSURANCE[self.assurance] if self.assurance else "no level that customers need is known"

    @property
    def signal(self) -> str:
        return self.charted.newest_signal if self.charted else ""

    @property
    def answer(self) -> str:
        course = None
        if self.charted:
            phase = self.charted.newest_phase
            course = Course(self.in_words(phase.centre), self.signal, is_firm=not phase.provisional)
        return metric_answer(
            course,
            level=self.level,
            customers=self.requirement_level,
            served=self.served,
            assurance=self.assurance,
        )

    @property
    def points_answer(self) -> str:
        chart = self.charted
        return points_answer(len(chart.signalling), chart.count, self.signal) if chart else points_answer(0, 0, "")

    @cached_property
    def controls(self) -> list[ControlDrawing]:
        return [self._control(wide=True), self._control(wide=False)] if self.charted else []

    def _control(self, *, wide: bool) -> ControlDrawing:
        chart = self.charted
        if chart is None:
            raise ValueError("A metric without two neighbouring periods has no chart.")
        customers, target = self.customers_level, self.metric.target
        name = f"customers' {self.wanted_share}" if wide else "customers"
        return draw_control(
            chart.chart,
            periods=[period.name for period in chart.periods],
            direction=chart.direction,
            customers=None if customers is None else Level(name, customers, self.in_words(customers)),
            target=None
            if target is None
            else Level("our target" if wide else "target", float(target), self.in_words(float(target))),
            unit=self.unit,
            uid=f"control-{'wide' if wide else 'narrow'}",
            description=f"{self.answer} {self.points_answer}",
            wide=wide,
        )

    @property
    def ranges(self) -> RangesDrawing | None:
        if self.charted is None:
            return None
        right = self.controls[0].right
        return draw_ranges(self.charted.chart, count=len(self.charted.periods), right=right, uid="ranges")

    @property
    def signals(self) -> list[tuple[str, str, str, str]]:
        """Period, value, rule and direction of the newest signals."""
        found = self.charted.signalling[:10] if self.charted else []
        return [(period.name, self.in_words(value), rule, way) for period, value, rule, way in found]

    @property
    def limits(self) -> tuple[str, str] | None:
        if self.charted is None:
            return None
        point = self.charted.newest_phase.points[-1]
        return self.in_words(point.lcl), self.in_words(point.ucl)

    # ---- Level and freshness

    @property
    def level(self) -> str:
        part = self.measured.level
        return self.in_words(float(part.level.value)) if part else ""

    @property
    def interval(self) -> str:
        return interval_words(self.measured, self.currency)

    @property
    def parts(self) -> list[tuple[str, str, int]]:
        """Level and n of each part of a metric that is broken down."""
        found = [each for each in self.measured.levels if each.part]
        return [(each.part, self.in_words(float(each.level.value)), each.level.n) for each in found]

    @property
    def age_days(self) -> int | None:
        part = self.measured.level
        return (self.stamp.as_of - part.newest_on).days if part else None

    @property
    def overdue_days(self) -> int:
        return max((self.age_days or 0) - self.metric.cadence_days - self.metric.grace_days, 0)

    @property
    def next_by(self) -> object:
        part = self.measured.level
        if part is None:
            return None
        return part.newest_on + timedelta(days=self.metric.cadence_days + self.metric.grace_days)

    @property
    def may_enter(self) -> bool:
        return self.access.keeps_metrics_of(self.metric.function_id)

    @cached_property
    def lines(self) -> list[MeasurementLine]:
        return [
            MeasurementLine(each, self.figures(each), self.figures(each.supersedes) if each.supersedes else "")
            for each in newest_measurements(self.metric.pk)
        ]

    def figures(self, measurement: Measurement) -> str:
        """Return what was measured as people say it: '21.4 h', '7 of 318'."""
        names = KIND_COUNTS.get(Kind(measurement.kind))
        if names is None:
            return level_words(measurement.value, self.metric.unit, self.currency)
        counts = [getattr(measurement, name) for name in names]
        return " of ".join(str(count) if isinstance(count, int) else level_number(count) for count in counts)


def metric_page(*, metric_id: int, asked: AskedScope, access: Access, program: Program | None) -> MetricPage | None:
    """Return the page of a metric whose measurements this person may see, or None."""
    metric = metric_for(access, metric_id)
    if metric is None:
        return None
    stamp = read_stamp()
    found: Sequence[MeasuredMetric] = measured_metrics([metric], as_of=stamp.as_of)
    return MetricPage(found[0], stamp, asked, access, program.currency if program else "")
