"""The control chart of a metric's page: the drawing, why this chart, which others there are, and its signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from django.http import QueryDict

from dashboard.chart_story import ChartStory, shift_words
from dashboard.chart_words import CHARTS, RULES, SPREADS, limits_words, reason_words, rules_words
from dashboard.drawing.control import (
    ControlDrawing,
    Level,
    SpreadsDrawing,
    draw_control,
    draw_spreads,
)
from dashboard.scoping import Chip
from dashboard.sentences import points_answer
from dashboard.words import level_number, level_words, part_words, short
from metrics.charting import MOST_POINTS, WITH_MEMORY, ChartAsked, Charted
from metrics.models import ChartNote, ChartPhase, Metric
from scoring.charts import ChartKind
from scoring.rules import Rules


def chart_asked(parameters: QueryDict) -> ChartAsked:
    """Return what an address asks for; what makes no sense is as good as nothing."""
    kind, rules = parameters.get("chart", ""), parameters.get("rules", "")
    return ChartAsked(
        kind=ChartKind(kind) if kind in set(ChartKind) else None,
        rules=Rules(rules) if rules in set(Rules) else Rules.DEFAULT,
        each=parameters.get("each") == "period",
        part=parameters.get("part", ""),
    )


@dataclass(frozen=True)
class ChartPanel:
    """shown: the chart as it was asked for. levels: the customers' level and our target, in the metric's unit."""

    metric: Metric
    shown: Charted
    asked: ChartAsked
    query: str  # the scope's, which every choice keeps
    currency: str
    customers: float | None
    wanted_share: str
    phases: Sequence[ChartPhase] = ()
    notes: Sequence[ChartNote] = ()
    broken_into: Sequence[str] = ()  # the parts of a metric that is broken down

    def in_words(self, value: float) -> str:
        if self.shown.in_counts:
            return level_number(short(value))
        return level_words(short(value), self.metric.unit, self.currency)

    # ---- The drawing

    @cached_property
    def controls(self) -> list[ControlDrawing]:
        return [self._control(wide=True), self._control(wide=False)]

    def _control(self, *, wide: bool) -> ControlDrawing:
        names = (f"customers' {self.wanted_share}", "our target") if wide else ("customers", "target")
        target = self.metric.target
        return draw_control(
            self.shown.chart,
            periods=[period.name for period in self.shown.periods],
            direction=self.shown.direction,
            customers=self._level(names[0], self.customers),
            target=self._level(names[1], None if target is None else float(target)),
            unit=self.metric.unit,
            uid=f"control-{'wide' if wide else 'narrow'}",
            description=self.answer,
            wide=wide,
            notes=self.story.marks,
        )

    def _level(self, name: str, level: float | None) -> Level | None:
        """Return a line across the chart; a chart of sums has none, one of counts has it in counts."""
        if level is None or self.shown.levels_by is None:
            return None
        at = level * self.shown.levels_by
        return Level(name, at, self.in_words(at))

    @property
    def has_levels(self) -> bool:
        return self.shown.levels_by is not None

    @cached_property
    def spreads(self) -> SpreadsDrawing | None:
        title = SPREADS.get(self.shown.chart.kind, "")
        right, count = self.controls[0].right, len(self.shown.periods)
        return draw_spreads(self.shown.chart, count=count, right=right, uid="spreads", title=title)

    @property
    def spreads_title(self) -> str:
        return SPREADS.get(self.shown.chart.kind, "").partition(":")[0]

    # ---- Why this one, and which others

    @property
    def name(self) -> str:
        return CHARTS[self.shown.chart.kind]

    @property
    def reason(self) -> str:
        return reason_words(self.shown)

    @property
    def rules(self) -> str:
        return rules_words(self.shown)

    @property
    def limits(self) -> str:
        return limits_words(self.shown.chart.kind)

    @property
    def kinds(self) -> list[Chip]:
        """The charts that fit, the one shown on."""
        kind = self.shown.chart.kind
        return [Chip(CHARTS[each], self._url(chart=each), each is kind) for each in self.shown.fitting]

    @property
    def rule_sets(self) -> list[Chip]:
        """The sets of rules; nothing for a chart that knows one rule alone."""
        if self.shown.chart.kind in WITH_MEMORY:
            return []
        rules = self.shown.rules
        return [
            Chip(words, self._url(rules="" if each is Rules.DEFAULT else each), each is rules)
            for each, words in RULES.items()
        ]

    @property
    def parts(self) -> list[Chip]:
        """All parts pooled, or one by itself."""
        if not self.broken_into:
            return []
        choices = (("all parts", ""), *((part_words(part), part) for part in self.broken_into))
        return [Chip(words, self._url(part=part), part == self.asked.part) for words, part in choices]

    @property
    def steps(self) -> list[Chip]:
        """Single periods or months, where there are so many periods that it makes a difference."""
        ends = {row.period_end for period in self.shown.periods for row in period.rows}
        if len(ends) <= MOST_POINTS:
            return []
        choices = (("a month", "", False), ("a period", "period", True))
        return [Chip(words, self._url(each=key), is_on == self.asked.each) for words, key, is_on in choices]

    def _url(self, **changed: str) -> str:
        """Return the address of the same page with one choice changed; the usual choices are not written."""
        asked = {
            "chart": self.asked.kind or "",
            "rules": "" if self.asked.rules is Rules.DEFAULT else self.asked.rules,
            "each": "period" if self.asked.each else "",
            "part": self.asked.part,
        }
        kept = dict(parse_qsl(self.query.removeprefix("?")))
        chosen = {name: value for name, value in (asked | changed).items() if value}
        return f"?{urlencode(kept | chosen)}" if kept or chosen else "?"

    # ---- What it shows

    @cached_property
    def story(self) -> ChartStory:
        values = {point.index: self.in_words(point.value) for _, point, _ in self.shown.signalling}
        return ChartStory(self.shown, self.phases, self.notes, values, self.metric.cadence_days)

    @property
    def answer(self) -> str:
        """A shift that somebody named, or else what the points say."""
        shown = self.shown
        signals, is_newest = len(shown.signalling), shown.is_newest_signal
        said = points_answer(signals, shown.count, shown.newest_signal, is_newest=is_newest)
        if self.shown.levels_by is None:
            return said
        centres = [self.in_words(phase.centre) for phase in self.shown.chart.phases]
        shift = shift_words(self.shown, self.phases, *centres[-2:]) if len(centres) > 1 else ""
        return f"{shift.rstrip('.')}. {said}" if shift else said
