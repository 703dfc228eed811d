"""The satisfaction curve: what share of customers' weight would be served if the level were x."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, permutations

from dashboard.drawing.axes import Across, Tick, across, spaced
from dashboard.drawing.paper import LINE, Box, TextLine, cut, rounded, text_width

SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
WORDED_STEP = 0.08  # smaller steps are in the table twin only
PLOT = 240.0
SEARCHED = 5  # lines up to which every order of their words is tried


@dataclass(frozen=True, slots=True)
class Step:
    """A required level with the share of weight (0..1) that is newly served there; loosest level first."""

    level: float
    words: str
    share: float


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """A measured level, of all or of one product or part; lo, hi: the ends of its interval, None = open."""

    name: str
    level: float
    words: str
    lo: float | None
    hi: float | None
    share: float
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A level that is not measured: our own target, or the one that serves the share we want."""

    name: str
    level: float
    words: str


@dataclass(frozen=True, slots=True)
class Upright:
    """A vertical line with its words above it."""

    x: float
    top: float
    css: str
    name: TextLine
    value: TextLine


@dataclass(frozen=True, slots=True)
class CurveDrawing:
    uid: str
    width: float
    height: float
    css: str
    left: float
    right: float
    top: float
    bottom: float
    steps: str
    risers: tuple[tuple[float, float], ...]
    grid: tuple[tuple[float, TextLine], ...]
    ticks: tuple[Tick, ...]
    uprights: tuple[Upright, ...]
    dots: tuple[tuple[float, float], ...]
    bands: tuple[Box, ...]
    unserved: tuple[Box, ...]
    words: tuple[TextLine, ...]
    wanted_y: float
    unit_words: str
    description: str

    def boxes(self) -> Iterator[Box]:
        """Yield the rectangle of every label above the plot."""
        for upright in self.uprights:
            for line in (upright.name, upright.value):
                width = text_width(line.text, bold=line.css == "t-name")
                yield Box(line.x if line.anchor == "start" else line.x - width, line.y - 11, width, 14)


def draw_curve(
    steps: Sequence[Step],
    measured: Sequence[MeasuredLine],
    *,
    target: Reference | None,
    wanted: Reference | None,
    wanted_share: float,
    unit: str,
    lower_is_better: bool,
    is_time: bool,
    uid: str,
    wide: bool = True,
    description: str = "",
) -> CurveDrawing | None:
    """Return the curve, or None where nobody stated a level."""
    if not steps:
        return None
    width, left = (664.0 if wide else 324.0), 50.0
    right = width - (20.0 if wide else 8.0)
    x = across(
        _levels(steps, measured, target, wanted),
        lower_is_better=lower_is_better,
        is_time=is_time,
        left=left,
        right=right,
    )
    flags = _flags(measured, target, wanted, x, wide=wide)
    top = 2 * LINE * max((row for _, row in flags), default=0) + 2 * LINE + 16.0
    frame = _Frame(left, right, top, top + PLOT, x)
    return CurveDrawing(
        uid=uid,
        width=width,
        height=frame.bottom + 48,
        css="only-wide" if wide else "only-narrow",
        left=left,
        right=right,
        top=top,
        bottom=frame.bottom,
        steps=frame.stairs(steps),
        risers=frame.risers(steps),
        grid=tuple((frame.y(share), _share_line(share, frame)) for share in SHARES),
        ticks=spaced([(x(step.level), step.words, step.share) for step in steps]),
        uprights=tuple(flag.upright(row, frame) for flag, row in flags),
        dots=tuple((x(line.level), frame.y(line.share)) for line in measured),
        bands=tuple(frame.band(line) for line in measured),
        unserved=tuple(frame.unserved(line) for line in measured),
        words=_words(steps, measured, [x(each.level) for each in (target, wanted) if each], frame) if wide else (),
        wanted_y=frame.y(wanted_share),
        unit_words=f"level in {unit}, better to the right" if unit else "level, better to the right",
        description=description,
    )


def _levels(
    steps: Sequence[Step], measured: Sequence[MeasuredLine], target: Reference | None, wanted: Reference | None
) -> list[float]:
    levels = [step.level for step in steps] + [line.level for line in measured]
    levels += [each.level for each in (target, wanted) if each]
    # The interval may be open or very wide; it does not stretch the axis beyond twice what was stated.
    low, high = min(levels), max(levels)
    room = (high - low) or abs(high) or 1.0
    ends = [end for line in measured for end in (line.lo, line.hi) if end is not None]
    return levels + [end for end in ends if low - room / 2 <= end <= high + room / 2 and (low <= 0 or end > 0)]


@dataclass(frozen=True, slots=True)
class _Flag:
    """The words of an upright line before it has a row."""

    x: float
    name: str
    value: str
    css: str
    to_left: bool

    @property
    def box(self) -> Box:
        width = max(text_width(self.name), text_width(self.value, bold=True))
        return Box(self.x - 6 - width if self.to_left else self.x + 6, 0, width, 2 * LINE)

    def upright(self, row: int, frame: "_Frame") -> Upright:
        """Rows count from the plot upwards."""
        x = rounded(self.x - 6 if self.to_left else self.x + 6)
        y = frame.top - 12 - 2 * LINE * row
        anchor = "end" if self.to_left else "start"
        name = TextLine(self.name, x, y - LINE, "t-meta", anchor)
        return Upright(self.x, y - LINE - 10, self.css, name, TextLine(self.value, x, y, "t-name", anchor))


Placed = list[tuple[_Flag, int]]


def _flags(
    measured: Sequence[MeasuredLine], target: Reference | None, wanted: Reference | None, x: Across, *, wide: bool
) -> Placed:
    """Return each line's words with the row in which they stand: no words lie over others or are crossed by a line."""
    found = [(line.name, line.level, line.words, "measured old" if line.is_old else "measured") for line in measured]
    references = ((target, "target-line"), (wanted, "serve-line"))
    found += [(each.name, each.level, each.words, css) for each, css in references if each]
    flags = [_flag(*line, x, spill=16 if wide else 4) for line in found]
    orders = permutations(flags) if len(flags) <= SEARCHED else [sorted(flags, key=lambda flag: -flag.x)]
    return min((_in_rows(order) for order in orders), key=_disorder)


def _flag(name: str, level: float, words: str, css: str, x: Across, *, spill: float) -> _Flag:
    short = cut(name, (x.right - x.left) / 2 - 12)
    to_left = x(level) + 6 + max(text_width(short), text_width(words, bold=True)) > x.right + spill
    return _Flag(x(level), short, words, css, to_left)


def _in_rows(flags: Iterable[_Flag]) -> Placed:
    placed: Placed = []
    for flag in flags:
        taken = {row for other, row in placed if _touch(flag, other)}
        placed.append((flag, next(row for row in count() if row not in taken)))
    return placed


def _disorder(placed: Placed) -> tuple[int, int]:
    """Return how many words a line would cross, and how many rows it takes."""
    crossed = sum(
        other_row < row and other.box.x - 4 < flag.x < other.box.right + 4
        for flag, row in placed
        for other, other_row in placed
    )
    return crossed, max((row for _, row in placed), default=0)


def _touch(one: _Flag, other: _Flag) -> bool:
    return one.box.x < other.box.right + 8 and other.box.x < one.box.right + 8


@dataclass(frozen=True, slots=True)
class _Frame:
    left: float
    right: float
    top: float
    bottom: float
    x: Across

    def y(self, share: float) -> float:
        return rounded(self.top + (self.bottom - self.top) * (1 - share))

    def stairs(self, steps: Sequence[Step]) -> str:
        spots, served = [(self.left, self.y(0))], 0.0
        for step in steps:
            at = self.x(step.level)
            spots += [(at, self.y(served)), (at, self.y(served + step.share))]
            served += step.share
        spots.append((self.right, self.y(served)))
        return " ".join(f"{x:g},{y:g}" for x, y in spots)

    def risers(self, steps: Sequence[Step]) -> tuple[tuple[float, float], ...]:
        served, spots = 0.0, []
        for step in steps:
            served += step.share
            spots.append((self.x(step.level), self.y(served)))
        return tuple(spots)

    def stretches(self, steps: Sequence[Step]) -> list[Box]:
        """Return the stairs as thin boxes: each riser, and the tread that follows it."""
        found = []
        for at, (step, served) in enumerate(_with_sums(steps)):
            x, y = self.x(step.level), self.y(served)
            after = self.x(steps[at + 1].level) if at + 1 < len(steps) else self.right
            found += [Box(x - 1, y, 2, self.y(served - step.share) - y), Box(x, y - 1, max(after - x, 0), 2)]
        return found

    def band(self, line: MeasuredLine) -> Box:
        """Return the interval of a measured level; an open end reaches the edge of the plot."""
        ends = sorted((self._end(line.lo, is_low=True), self._end(line.hi, is_low=False)))
        return Box(ends[0], self.top, rounded(ends[1] - ends[0]), rounded(self.bottom - self.top))

    def _end(self, level: float | None, *, is_low: bool) -> float:
        if level is not None:
            return self.x(level)
        rises = self.x.best > self.x.worst
        return self.left if is_low == rises else self.right

    def unserved(self, line: MeasuredLine) -> Box:
        """Return what is missing above the curve at the measured level, at least as wide as can be seen."""
        at = self.x(line.level)
        left = max(at - 8, self.left)
        return Box(left, self.y(1), rounded(min(at + 8, self.right) - left), rounded(self.y(line.share) - self.y(1)))


def _share_line(share: float, frame: _Frame) -> TextLine:
    word = f"{share * 100:.0f}" + (" %" if share == 1 else "")
    return TextLine(word, frame.left - 8, frame.y(share) + 4, "t-axis", "end")


def _words(
    steps: Sequence[Step], measured: Sequence[MeasuredLine], crossing: Sequence[float], frame: _Frame
) -> tuple[TextLine, ...]:
    """Return what the large steps add, and what is not served, where the lines leave room."""
    lines = [
        TextLine(f"+{step.share * 100:.0f} %", rounded(at + 7), rounded(frame.y(served - step.share / 2) + 4), "t-step")
        for step, served in _with_sums(steps)
        if step.share >= WORDED_STEP
        for at in [frame.x(step.level)]
        if all(abs(at - frame.x(line.level)) > 44 for line in measured) and at + 56 < frame.right
    ]
    if len(measured) == 1:
        lines += _missing(steps, measured[0], crossing, frame)
    return tuple(lines)


def _missing(steps: Sequence[Step], line: MeasuredLine, crossing: Sequence[float], frame: _Frame) -> list[TextLine]:
    """Return what is not served, beside the shaded bar, if there is a height where nothing runs through the words."""
    words = f"{(1 - line.share) * 100:.0f} % not served"
    x = frame.x(line.level) + 14
    stairs = [*frame.stretches(steps), *(Box(at - 2, frame.top, 4, PLOT) for at in crossing)]
    for share in ((1 + line.share) / 2, 0.95, 0.88):
        y = frame.y(share)
        box = Box(x, y - 11, text_width(words, bold=True), 15)
        inside = box.right <= frame.right and line.share + 0.04 < share
        if inside and not any(box.overlaps(each) for each in stairs):
            return [TextLine(words, rounded(x), y, "t-name")]
    return []


def _with_sums(steps: Sequence[Step]) -> list[tuple[Step, float]]:
    served, found = 0.0, []
    for step in steps:
        served += step.share
        found.append((step, served))
    return found
