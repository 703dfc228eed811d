"""The control chart: customers' level, our target and the process limits never look alike; only signals have colour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboard.drawing.axes import Tick, round_ticks, spaced
from dashboard.drawing.bands import Band
from dashboard.drawing.marks import Mark, mark_at
from dashboard.drawing.paper import Box, TextLine, rounded, stack, text_width
from scoring.charts import Chart, Phase, Point
from scoring.felt import Direction

LABEL = 14.0  # height of a label at the right edge


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line with its name: the customers' level or our target."""

    name: str
    value: float
    words: str


@dataclass(frozen=True, slots=True)
class PhaseShape:
    field: Box
    mean: float
    upper: float
    lower: float | None  # None: the limit is clipped and never signals


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line across the plot."""

    y: float
    css: str


@dataclass(frozen=True, slots=True)
class ControlDrawing:
    uid: str
    width: float
    height: float
    css: str
    left: float
    right: float
    top: float
    bottom: float
    grid: tuple[TextLine, ...]
    ticks: tuple[Tick, ...]
    phases: tuple[PhaseShape, ...]
    breaks: tuple[float, ...]
    rules: tuple[Rule, ...]
    series: tuple[str, ...]
    plain: tuple[tuple[float, float], ...]
    signals: tuple[Mark, ...]
    labels: tuple[TextLine, ...]
    unit_words: str
    description: str
    dot: float

    @property
    def span(self) -> float:
        """Where a rule begins, seen from the right edge of the plot."""
        return self.left - self.right

    def boxes(self) -> Iterator[Box]:
        """Yield the rectangle of every label at the right edge."""
        for line in self.labels:
            yield Box(line.x, line.y - 11, text_width(line.text, bold=line.css == "t-name"), LABEL)


@dataclass(frozen=True, slots=True)
class _Plot:
    left: float
    right: float
    top: float
    bottom: float
    low: float
    high: float
    count: int

    def x(self, index: float) -> float:
        steps = max(self.count - 1, 1)
        return rounded(self.left + 8 + (self.right - self.left - 16) * index / steps)

    def y(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return rounded(self.top + (self.bottom - self.top) * (1 - (inside - self.low) / (self.high - self.low)))


def draw_control(
    chart: Chart,
    *,
    periods: Sequence[str],
    direction: Direction,
    customers: Level | None,
    target: Level | None,
    unit: str,
    uid: str,
    description: str,
    small: bool = False,
    wide: bool = True,
) -> ControlDrawing:
    """Return the chart; periods: the name of every plotted place, gaps included."""
    width, height = (336.0, 148.0) if small else (WIDE if wide else NARROW)
    words = _words(chart, customers, target, terse=small or not wide)
    right = width - max((text_width(text, bold=css == "t-name") for _, text, css in words), default=0.0) - 12
    points = [point for phase in chart.phases for point in phase.points]
    ticks = round_ticks(*_range(chart, customers, target), most=4 if small or not wide else 7)
    plot = _Plot(44.0, right, 10.0, height - 30.0, ticks[0], ticks[-1], len(periods))
    signals = [point for point in points if point.signals]
    marked = {point.index for point in signals}
    return ControlDrawing(
        uid=uid,
        width=width,
        height=height,
        css="" if small else "only-wide" if wide else "only-narrow",
        left=plot.left,
        right=plot.right,
        top=plot.top,
        bottom=plot.bottom,
        grid=tuple(TextLine(f"{tick:g}", plot.left - 6, plot.y(tick) + 4, "t-axis", "end") for tick in ticks),
        ticks=spaced([(plot.x(at), word, _roundness(at, len(periods))) for at, word in enumerate(periods)], gap=16),
        phases=tuple(_phase(phase, plot) for phase in chart.phases),
        breaks=tuple(plot.x(phase.points[0].index - 0.5) for phase in chart.phases[1:]),
        rules=tuple(Rule(plot.y(each.value), css) for each, css in _lines(customers, target)),
        series=tuple(_series(phase, plot) for phase in chart.phases),
        plain=tuple((plot.x(each.index), plot.y(each.value)) for each in points if each.index not in marked),
        signals=tuple(_signal(each, chart, direction, plot) for each in signals),
        labels=_labels(words, plot),
        unit_words=unit,
        description=description,
        dot=2 if small else 2.6,
    )


WIDE, NARROW = (1080.0, 320.0), (324.0, 220.0)


def is_worse(point: Point, centre: float, direction: Direction) -> bool:
    """Whether a signalling point lies on the bad side of its phase's centre."""
    return (point.value > centre) == (direction is Direction.LOWER)


def _range(chart: Chart, customers: Level | None, target: Level | None) -> tuple[float, float]:
    values = [
        value for phase in chart.phases for point in phase.points for value in (point.value, point.lcl, point.ucl)
    ]
    values += [each.value for each in (customers, target) if each]
    low, high = min(values), max(values)
    # The lower limit of a quantity that is never negative may be negative; the axis need not show it.
    low = low if _goes_below_zero(chart) else max(low, 0.0)
    return low, (high if high > low else low + 1)


def _goes_below_zero(chart: Chart) -> bool:
    return any(point.value < 0 for phase in chart.phases for point in phase.points)


def _lines(customers: Level | None, target: Level | None) -> list[tuple[Level, str]]:
    return [(each, css) for each, css in ((target, "target-line"), (customers, "customer-line")) if each]


def _phase(phase: Phase, plot: _Plot) -> PhaseShape:
    last = phase.points[-1]
    left, right = plot.x(phase.points[0].index) - 5, plot.x(last.index) + 5
    upper, lower = plot.y(last.ucl), plot.y(last.lcl)
    field = Box(rounded(left), upper, rounded(right - left), rounded(lower - upper))
    return PhaseShape(field, plot.y(phase.centre), upper, lower if last.lcl > plot.low else None)


def _series(phase: Phase, plot: _Plot) -> str:
    return " ".join(f"{plot.x(point.index):g},{plot.y(point.value):g}" for point in phase.points)


def _signal(point: Point, chart: Chart, direction: Direction, plot: _Plot) -> Mark:
    phase = next(each for each in chart.phases if point in each.points)
    worse = is_worse(point, phase.centre, direction)
    return mark_at(Band.GAP if worse else Band.SERVED, plot.x(point.index), plot.y(point.value), 4.6)


def _roundness(at: int, count: int) -> float:
    """First and last period are worded before those between, which come evenly."""
    if at in (0, count - 1):
        return 100
    return max(step for step in (1, 2, 4, 8, 16, 32) if at % step == 0)


Words = list[tuple[float, str, str]]  # value, text, class


def _words(chart: Chart, customers: Level | None, target: Level | None, *, terse: bool) -> Words:
    rows = [(each.value, f"{each.name} {each.words}", "t-meta") for each, _ in _lines(None, target)]
    rows += [(each.value, f"{each.name} {each.words}", "t-name") for each, _ in _lines(customers, None)]
    if not terse:
        phase = chart.phases[-1]
        lcl, ucl = phase.points[-1].lcl, phase.points[-1].ucl
        rows += [(phase.centre, f"mean {phase.centre:.3g}", "t-meta"), (ucl, f"limit {ucl:.3g}", "t-meta")]
        rows += [(lcl, f"limit {lcl:.3g}", "t-meta")] if lcl > 0 or _goes_below_zero(chart) else []
    return rows


def _labels(words: Words, plot: _Plot) -> tuple[TextLine, ...]:
    rows = sorted(words, key=lambda row: (plot.y(row[0]), row[1]))
    ideals = [plot.y(value) - LABEL / 2 for value, _, _ in rows]
    places = stack(ideals, [LABEL] * len(rows), gap=1, lowest=0, highest=plot.bottom + LABEL)
    return tuple(
        TextLine(text, rounded(plot.right + 8), rounded(place + 11), css)
        for (_, text, css), place in zip(rows, places, strict=True)
    )


@dataclass(frozen=True, slots=True)
class RangesDrawing:
    """The moving ranges beneath an XmR chart, each phase with its upper limit."""

    uid: str
    width: float
    height: float
    left: float
    right: float
    grid: tuple[TextLine, ...]
    series: tuple[str, ...]
    limits: tuple[tuple[float, float, float], ...]
    plain: tuple[tuple[float, float], ...]
    beyond: tuple[Mark, ...]
    label: TextLine


def draw_ranges(chart: Chart, *, count: int, right: float, uid: str) -> RangesDrawing | None:
    """Return the moving ranges, or None for a chart that has none; right: where the control chart's plot ends."""
    phases = [phase for phase in chart.phases if phase.ranges and phase.range_limit is not None]
    if not phases:
        return None
    sizes = [each.value for phase in phases for each in phase.ranges]
    top = max(*sizes, *(phase.range_limit or 0.0 for phase in phases)) or 1.0
    ticks = round_ticks(0.0, top, most=3)
    width, height = WIDE[0], 96.0
    plot = _Plot(44.0, right, 8.0, height - 10.0, ticks[0], ticks[-1], count)
    ranges = [each for phase in phases for each in phase.ranges]
    last = phases[-1]
    return RangesDrawing(
        uid=uid,
        width=width,
        height=height,
        left=plot.left,
        right=plot.right,
        grid=tuple(TextLine(f"{tick:g}", plot.left - 6, plot.y(tick) + 4, "t-axis", "end") for tick in ticks),
        series=tuple(
            " ".join(f"{plot.x(each.index):g},{plot.y(each.value):g}" for each in phase.ranges) for phase in phases
        ),
        limits=tuple(
            (plot.x(each.ranges[0].index) - 5, plot.x(each.ranges[-1].index) + 5, plot.y(each.range_limit or 0.0))
            for each in phases
        ),
        plain=tuple((plot.x(each.index), plot.y(each.value)) for each in ranges if not each.beyond_limit),
        beyond=tuple(
            mark_at(Band.GAP, plot.x(each.index), plot.y(each.value), 4.2) for each in ranges if each.beyond_limit
        ),
        label=TextLine(f"limit {last.range_limit:.3g}", plot.right + 8, plot.y(last.range_limit or 0.0) + 4, "t-meta"),
    )
