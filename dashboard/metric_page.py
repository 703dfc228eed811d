"""One metric: is it moving, and will it reach the level that customers need?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from dashboard.capability_panel import CapabilityPanel, served_words
from dashboard.chart_panel import ChartPanel
from dashboard.derived_panel import DerivedPanel, derived_panel
from dashboard.gap_view import hides, may_open
from dashboard.metric_card import interval_words
from dashboard.scoping import AskedScope
from dashboard.selectors import (
    MeasuredMetric,
    links_of_metric,
    measured_metrics,
    newest_measurements,
)
from dashboard.sentences import Course, looser_target, metric_answer
from dashboard.words import level_number, level_words, share_words, short, unit_word
from dashboard.yield_words import other_words
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import RequirementDetail, Stamp
from gap_scores.guarding import board_for
from gap_scores.selectors import read_requirement, read_stamp
from metrics.chart_selectors import notes_of, phases_of
from metrics.charting import CHARTED_DAYS, MOST_PERIODS, ChartAsked, Charted, charted, charted_after
from metrics.health import health_of
from metrics.health_words import ANSWERS, looked_at
from metrics.models import ChartPhase, Kind, Measurement, Metric, MetricLink
from metrics.pull_models import MeasurementSource
from metrics.pull_selectors import FAILS_OFTEN, sources_of
from metrics.selectors import metric_for
from requirements_catalog.selectors import requirement_ids_for
from scoring.charts import Assurance, assurance
from scoring.health import Health
from scoring.units import UNITS, factor

KIND_COUNTS = {
    Kind.PROPORTION: ("numerator", "denominator"),
    Kind.YIELD: ("numerator", "denominator"),
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
    chart_asked: ChartAsked = ChartAsked()  # noqa: RUF009 - it is frozen

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
    def withheld(self) -> str:
        """Why this person is shown nothing of the segment that was asked for; empty: it is shown."""
        return board_for(self.access, self.asked.scope).withheld if self.asked.scope.dimension else ""

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
    def usual(self) -> Charted | None:
        """The chart that the kind of the metric asks for: what is said about the process rests on it."""
        after = charted_after(self.stamp.as_of)
        return charted(self.metric, [row for row in self.measured.rows if row.period_end > after], since=self.since)

    @cached_property
    def phases(self) -> list[ChartPhase]:
        return phases_of(self.metric)

    @property
    def since(self) -> list[date]:
        """The days from which limits are new."""
        return [phase.begins_on for phase in self.phases if phase.taken_back_at is None]

    @cached_property
    def panel(self) -> ChartPanel | None:
        """The chart as the address asks for it."""
        # Single periods may reach further back than what is said about the process rests on.
        parts = sorted({row.part for row in self.measured.rows if row.part})
        # A part of which nothing is charted is as good as none.
        asked = self.chart_asked if self.chart_asked.part in {"", *parts} else replace(self.chart_asked, part="")
        rows = [row for row in self.measured.rows if asked.part in {"", row.part}]
        plain = asked == ChartAsked()
        shown = self.usual if plain else charted(self.metric, rows, asked=asked, since=self.since)
        if shown is None:
            return None
        return ChartPanel(
            metric=self.metric,
            shown=shown,
            asked=asked,
            query=self.asked.query,
            currency=self.currency,
            customers=self.customers_level,
            wanted_share=self.wanted_share,
            phases=self.phases,
            notes=notes_of(self.metric),
            broken_into=parts,
        )

    @property
    def assurance(self) -> Assurance | None:
        if self.usual is None or self.customers_level is None:
            return None
        return assurance(self.usual.chart, self.customers_level, self.usual.direction)

    @property
    def signal(self) -> str:
        return self.usual.newest_signal if self.usual else ""

    @property
    def answer(self) -> str:
        course = None
        if self.usual:
            phase = self.usual.newest_phase
            course = Course(self.in_words(phase.centre), self.signal, is_firm=not phase.provisional)
        return metric_answer(
            course,
            level=self.level,
            customers=self.requirement_level,
            served=self.served,
            assurance=self.assurance,
        )

    @property
    def capability(self) -> CapabilityPanel:
        return CapabilityPanel(self.metric, self.usual, self.currency, self.customers_level, self.assurance)

    @property
    def served_words(self) -> str:
        """What share of customers' weight is served at the measured level and at our target."""
        detail = self.requirement
        if detail is None or self.hides_customers:
            return ""
        now = detail.row.score.share_met if detail.row.score else None
        return served_words(now=now, level=self.level, at_target=detail.share_at_target)

    # ---- Where it comes from

    @cached_property
    def sources(self) -> list[MeasurementSource]:
        """What its measurements are fetched from."""
        return sources_of(self.metric)

    @property
    def failing(self) -> list[MeasurementSource]:
        return [each for each in self.sources if each.failures >= FAILS_OFTEN and not each.is_paused]

    # ---- How far it can be trusted

    @cached_property
    def health(self) -> Health:
        return health_of([self.metric], today=self.stamp.as_of)[self.metric.pk]

    @property
    def trust_answer(self) -> str:
        return str(ANSWERS[self.health.trust])

    @property
    def trust_basis(self) -> str:
        return looked_at(self.health)

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
        if self.metric.is_chain:
            found.sort(key=lambda each: self.metric.step_names.index(each.part))
        return [(each.part, self.in_words(float(each.level.value)), each.level.n) for each in found]

    @property
    def kind_words(self) -> str:
        """Its kind, with the steps of it."""
        kind, steps = self.metric.get_kind_display(), self.metric.step_names
        if not steps:
            return str(kind)
        return f"{kind}: {(' → ' if self.metric.is_chain else ' < ').join(steps)}"

    @property
    def other_words(self) -> list[tuple[str, str]]:
        """What else the level is called: sigma, yield per step, median."""
        return other_words(self.metric, self.measured.level, self.measured.rows, self.customers_level)

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

    @cached_property
    def derived(self) -> DerivedPanel | None:
        """How it is worked out, where it is derived."""
        if self.metric.kind != Kind.DERIVED:
            return None
        return derived_panel(self.metric, access=self.access, as_of=self.stamp.as_of, currency=self.currency)

    @property
    def may_note(self) -> bool:
        return self.access.keeps_metrics_of(self.metric.function_id)

    @property
    def may_enter(self) -> bool:
        return self.metric.kind != Kind.DERIVED and self.access.keeps_metrics_of(self.metric.function_id)

    @cached_property
    def lines(self) -> list[MeasurementLine]:
        return [
            MeasurementLine(each, self.figures(each), self.figures(each.supersedes) if each.supersedes else "")
            for each in newest_measurements(self.metric.pk)
        ]

    def figures(self, measurement: Measurement) -> str:
        """Return what was measured as people say it: '21.4 h', '7 of 318'."""
        if measurement.kind == Kind.ORDINAL:
            return measurement.counts.replace("/", " / ")
        names = KIND_COUNTS.get(Kind(measurement.kind))
        if names is None:
            return level_words(measurement.value, self.metric.unit, self.currency)
        counts = [getattr(measurement, name) for name in names]
        return " of ".join(str(count) if isinstance(count, int) else level_number(count) for count in counts)


def metric_page(
    *, metric_id: int, asked: AskedScope, access: Access, program: Program | None, chart: ChartAsked
) -> MetricPage | None:
    """Return the page of a metric whose measurements this person may see, or None."""
    metric = metric_for(access, metric_id)
    if metric is None:
        return None
    stamp = read_stamp()
    days = MOST_PERIODS if chart.each else CHARTED_DAYS
    found: Sequence[MeasuredMetric] = measured_metrics([metric], as_of=stamp.as_of, days=days)
    return MetricPage(found[0], stamp, asked, access, program.currency if program else "", chart)
