"""The control chart: customers' level, our target and the process limits never look alike; only signals have colour."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.drawing.axes import Tick, round_ticks, spaced
from dashboard.drawing.bands import Band
from dashboard.drawing.marks import Mark, mark_at
from dashboard.drawing.paper import PLACES, Box, TextLine, rounded, stack, text_width
from dashboard.drawing.thinning import Pixels, Steps, limit_steps, thinned
from scoring.charts import Chart, Phase, Point, Spread, goes_up_at
from scoring.felt import Direction

LABEL = 14.0  # height of a label at the right edge
LEFT = 44.0  # where the plot begins
INSET = 8.0  # of the first and the last place
WIDE, NARROW, SMALL = (1080.0, 320.0), (324.0, 220.0), (336.0, 148.0)
MOST_DOTS = 400  # on a wide chart; closer together dots would hide the line
MOST_TICKS = 64  # candidates among which words that do not touch are chosen
OVERHANG = 5.0  # how far a phase's field reaches beyond its first and last point


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line with its name: the customers' level or our target."""

    name: str
    value: float
    words: str


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote about a place: its number stands above the plot. index: where on the chart."""

    number: int
    index: int
    text: str


@dataclass(frozen=True, slots=True)
class PhaseShape:
    """area: the outline of the field between the limits. lower '': that limit is clipped and never signals."""

    area: str
    left: float
    right: float
    mean: float
    upper: str
    lower: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line across the plot."""

    y: float
    css: str


@dataclass(frozen=True, slots=True)
class NoteMark:
    """The number of a note at its place, and its text for whoever points at it."""

    x: float
    word: str
    text: str


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
    notes: tuple[NoteMark, ...]
    labels: tuple[TextLine, ...]
    unit_words: str
    description: str
    dot: float

    @property
    def span(self) -> float:
        """Where a rule begins, seen from the right edge of the plot."""
        return self.left - self.right

    @property
    def note_drop(self) -> float:
        """How far the line under the number of a note hangs down, from the middle of the number."""
        return self.bottom - 12

    @property
    def shapes(self) -> list[tuple[str, str]]:
        """Return the outline of all signals of a band in one path each: thousands of marks cost no more than three.

        A signal without a way is a ring.
        """
        bands = (Band.GAP, Band.SERVED, Band.WATCH)
        outlines = [(band, "".join(mark.outline for mark in self.signals if mark.band is band)) for band in bands]
        ring = {Band.WATCH: " hollow"}
        return [(f"band-mark b-{band}{ring.get(band, '')}", outline) for band, outline in outlines if outline]

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
        return rounded(self.left + INSET + (self.right - self.left - 2 * INSET) * index / steps)

    def y(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return rounded(self.top + (self.bottom - self.top) * (1 - (inside - self.low) / (self.high - self.low)))

    def line(self, points: Sequence[Point] | Sequence[Spread]) -> str:
        """Return the corners of a line; all at once, because it may have thousands."""
        steps, height = max(self.count - 1, 1), self.bottom - self.top
        across = (
            self.left + INSET + (self.right - self.left - 2 * INSET) * np.array([each.index for each in points]) / steps
        )
        inside = np.clip([each.value for each in points], self.low, self.high)
        down = self.top + height * (1 - (inside - self.low) / (self.high - self.low))
        corners = zip(np.round(across, PLACES).tolist(), np.round(down, PLACES).tolist(), strict=True)
        return " ".join([f"{x:g},{y:g}" for x, y in corners])


_Lines = Sequence[tuple[Phase, Sequence[Point]]]


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
    notes: Sequence[Note] = (),
) -> ControlDrawing:
    """Return the chart; periods: the name of every plotted place, gaps included."""
    width, height = SMALL if small else (WIDE if wide else NARROW)
    words = _words(chart, customers, target, terse=small or not wide)
    # Beside the plot stand the words of its lines; the name of the last period, below it, reaches over its end, too.
    beside = [text_width(text, bold=css == "t-name") for _, text, css in words]
    right = width - max(*beside, text_width(periods[-1]) / 2 - INSET, 0.0) - 12
    pixels = Pixels(len(periods), int(right - LEFT))
    lines = [(phase, _thinned(points, pixels)) for phase, points in _lines_in(chart)]
    fields = [limit_steps(phase.points, pixels) for phase in chart.phases]
    levels = [each.value for each in (customers, target) if each]
    ticks = round_ticks(*_range(lines, fields, levels), most=4 if small or not wide else 7)
    # Numbers of notes stand above the plot.
    top = 24.0 if notes else 10.0
    plot = _Plot(LEFT, right, top, height - 30.0, ticks[0], ticks[-1], len(periods))
    dotted = sum(len(points) for _, points in lines) <= MOST_DOTS * width / WIDE[0]
    return ControlDrawing(
        uid=uid,
        width=width,
        height=height,
        css="" if small else "only-wide" if wide else "only-narrow",
        left=plot.left,
        right=plot.right,
        top=plot.top,
        bottom=plot.bottom,
        grid=_grid(ticks, plot),
        ticks=_ticks(periods, plot),
        phases=tuple(_phase(phase, steps, plot) for phase, steps in zip(chart.phases, fields, strict=True)),
        breaks=tuple(plot.x(phase.points[0].index - 0.5) for phase in chart.phases[1:]),
        rules=tuple(Rule(plot.y(each.value), css) for each, css in _levels(customers, target)),
        series=tuple(plot.line(points) for _, points in lines),
        plain=tuple(
            (plot.x(each.index), plot.y(each.value))
            for _, points in lines
            for each in points
            if dotted and not each.signals
        ),
        signals=tuple(
            _signal(each, phase, direction, plot) for phase, points in lines for each in points if each.signals
        ),
        notes=tuple(NoteMark(plot.x(each.index), str(each.number), each.text) for each in notes),
        labels=_labels(words, plot),
        unit_words=unit,
        description=description,
        dot=2 if small else 2.6,
    )


def _thinned(points: Sequence[Point], pixels: Pixels) -> list[Point]:
    return thinned(points, [bool(point.signals) for point in points], pixels)


def _lines_in(chart: Chart) -> list[tuple[Phase, tuple[Point, ...]]]:
    """Return every line of points with its phase: one each, two of a CUSUM."""
    return [(phase, points) for phase in chart.phases for points in (phase.points, phase.mirror) if points]


def _range(lines: _Lines, fields: Sequence[Steps], levels: Sequence[float]) -> tuple[float, float]:
    """Return what the axis has to hold; thinned lines and fields keep their outermost values."""
    values = [*levels, *(point.value for _, points in lines for point in points)]
    limits = [limit for steps in fields for step in steps for limit in step[2:]]
    low, high = min(*values, *limits), max(*values, *limits)
    # The lower limit of a quantity that is never negative may be negative; the axis need not show it.
    low = low if _goes_below_zero(point for _, points in lines for point in points) else max(low, 0.0)
    return low, (high if high > low else low + 1)


def _goes_below_zero(points: Iterable[Point]) -> bool:
    return any(point.value < 0 for point in points)


def _levels(customers: Level | None, target: Level | None) -> list[tuple[Level, str]]:
    return [(each, css) for each, css in ((target, "target-line"), (customers, "customer-line")) if each]


def _grid(ticks: Sequence[float], plot: _Plot) -> tuple[TextLine, ...]:
    return tuple(TextLine(f"{tick:g}", plot.left - 6, plot.y(tick) + 4, "t-axis", "end") for tick in ticks)


def _ticks(periods: Sequence[str], plot: _Plot) -> tuple[Tick, ...]:
    step = -(-len(periods) // MOST_TICKS)
    places = sorted({*range(0, len(periods), step), len(periods) - 1})
    named = [(plot.x(at), periods[at], _roundness(at // step, at in (0, len(periods) - 1))) for at in places]
    return spaced(named, gap=16)


def _roundness(at: int, is_end: bool) -> float:
    """First and last period are worded before those between, which come evenly."""
    return 100 if is_end else max(step for step in (1, 2, 4, 8, 16, 32) if at % step == 0)


def _phase(phase: Phase, steps: Steps, plot: _Plot) -> PhaseShape:
    """Draw the field between the limits, a step wherever they change with the size of a subgroup."""
    edges = [_edge(steps[at - 1][1], steps[at][0], plot) for at in range(1, len(steps))]
    left, right = rounded(plot.x(steps[0][0]) - OVERHANG), rounded(plot.x(steps[-1][1]) + OVERHANG)
    spans = list(zip([left, *edges], [*edges, right], steps, strict=True))
    upper = [f"{x:g},{plot.y(ucl):g}" for start, end, (_, _, _, ucl) in spans for x in (start, end)]
    lower = [f"{x:g},{plot.y(lcl):g}" for start, end, (_, _, lcl, _) in spans for x in (start, end)]
    never_signals = phase.points[-1].lcl <= plot.low
    return PhaseShape(
        area=" ".join([*upper, *reversed(lower)]),
        left=left,
        right=right,
        mean=plot.y(phase.centre),
        upper=" ".join(upper),
        lower="" if never_signals else " ".join(lower),
    )


def _edge(before: int, after: int, plot: _Plot) -> float:
    return rounded((plot.x(before) + plot.x(after)) / 2)


def _signal(point: Point, phase: Phase, direction: Direction, plot: _Plot) -> Mark:
    goes_up = goes_up_at(point, phase)
    worse = goes_up == (direction is Direction.LOWER)
    band = Band.WATCH if goes_up is None else Band.GAP if worse else Band.SERVED
    return mark_at(band, plot.x(point.index), plot.y(point.value), 4.6)


Words = list[tuple[float, str, str]]  # value, text, class


def _words(chart: Chart, customers: Level | None, target: Level | None, *, terse: bool) -> Words:
    rows = [(each.value, f"{each.name} {each.words}", "t-meta") for each, _ in _levels(None, target)]
    rows += [(each.value, f"{each.name} {each.words}", "t-name") for each, _ in _levels(customers, None)]
    if not terse:
        phase = chart.phases[-1]
        lcl, ucl = phase.points[-1].lcl, phase.points[-1].ucl
        rows += [(phase.centre, f"mean {phase.centre:.3g}", "t-meta"), (ucl, f"limit {ucl:.3g}", "t-meta")]
        rows += [(lcl, f"limit {lcl:.3g}", "t-meta")] if lcl > 0 or _goes_below_zero(phase.points) else []
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
class SpreadsDrawing:
    """How far values lie apart, beneath their chart, each phase with its upper limit."""

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
    title: str


def draw_spreads(chart: Chart, *, count: int, right: float, uid: str, title: str = "") -> SpreadsDrawing | None:
    """Return the spreads, or None for a chart that has none; right: where the control chart's plot ends."""
    phases = [phase for phase in chart.phases if phase.spreads]
    if not phases:
        return None
    spreads = [each for phase in phases for each in phase.spreads]
    top = max(*(each.value for each in spreads), *(each.ucl for each in spreads)) or 1.0
    ticks = round_ticks(0.0, top, most=3)
    width, height = WIDE[0], 96.0
    plot = _Plot(LEFT, right, 8.0, height - 10.0, ticks[0], ticks[-1], count)
    pixels = Pixels(count, int(right - LEFT))
    lines = [thinned(phase.spreads, [each.beyond_limit for each in phase.spreads], pixels) for phase in phases]
    dotted = sum(map(len, lines)) <= MOST_DOTS
    last = phases[-1].spread_limit or 0.0
    return SpreadsDrawing(
        uid=uid,
        width=width,
        height=height,
        left=plot.left,
        right=plot.right,
        grid=_grid(ticks, plot),
        series=tuple(plot.line(line) for line in lines),
        limits=tuple(
            (plot.x(phase.spreads[0].index) - 5, plot.x(phase.spreads[-1].index) + 5, plot.y(phase.spread_limit or 0.0))
            for phase in phases
        ),
        plain=tuple(
            (plot.x(each.index), plot.y(each.value))
            for line in lines
            for each in line
            if dotted and not each.beyond_limit
        ),
        beyond=tuple(
            mark_at(Band.GAP, plot.x(each.index), plot.y(each.value), 4.2)
            for line in lines
            for each in line
            if each.beyond_limit
        ),
        label=TextLine(f"limit {last:.3g}", plot.right + 8, plot.y(last) + 4, "t-meta"),
        title=title,
    )
