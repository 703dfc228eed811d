"""Two means, or two shares, of each requirement against each other, with a crosshair and a word in each corner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboard.drawing.axes import Tick
from dashboard.drawing.paper import LINE, Box, TextLine, rounded, text_width, wrap

LEFT, RIGHT, TOP, BOTTOM = 40.0, 14.0, 14.0, 44.0
DOT = 4.5
SIZES = {"only-wide": (760.0, 440.0), "only-narrow": (336.0, 330.0)}


@dataclass(frozen=True, slots=True)
class Spot:
    """A point with the ends of its two intervals, in the units of the axes; open: which corner it is in is not sure."""

    name: str
    title: str
    x: float
    y: float
    across: tuple[float, float] | None
    up: tuple[float, float] | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """low and high in the unit of the axis; line: where the crosshair stands, None: nowhere."""

    low: float
    high: float
    words: str
    ticks: tuple[tuple[float, str], ...]
    line: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    css: str
    title: str
    across: tuple[float, float] | None
    up: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class ScatterDrawing:
    uid: str
    css: str
    width: float
    height: float
    plot: Box
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    upright: float | None
    level: float | None
    corners: tuple[TextLine, ...]
    marks: tuple[Mark, ...]
    labels: tuple[TextLine, ...]
    unnamed: int
    heading: str
    x_words: str
    y_words: str
    description: str


def draw_scatter(
    spots: Sequence[Spot], *, x: Axis, y: Axis, corners: Sequence[str], uid: str, css: str, heading: str
) -> ScatterDrawing:
    """Return the drawing; corners: top left, top right, bottom left, bottom right."""
    width, height = SIZES[css]
    plot = Box(LEFT, TOP + LINE, width - LEFT - RIGHT, height - TOP - LINE - BOTTOM)
    marks = tuple(_mark(spot, x, y, plot) for spot in spots)
    words = _corners(corners, plot)
    labels = tuple(_labels(spots, marks, plot, words))
    return ScatterDrawing(
        uid=uid,
        css=css,
        width=width,
        height=height,
        plot=plot,
        across=tuple(Tick(_across(at, x, plot), word) for at, word in x.ticks),
        up=tuple(Tick(_up(at, y, plot), word) for at, word in y.ticks),
        upright=None if x.line is None else _across(x.line, x, plot),
        level=None if y.line is None else _up(y.line, y, plot),
        corners=words,
        marks=marks,
        labels=labels,
        unnamed=len(spots) - len(labels),
        heading=heading,
        x_words=x.words,
        y_words=y.words,
        description="; ".join(spot.title for spot in spots),
    )


def _across(value: float, axis: Axis, plot: Box) -> float:
    return rounded(plot.x + plot.width * _part(value, axis))


def _up(value: float, axis: Axis, plot: Box) -> float:
    return rounded(plot.bottom - plot.height * _part(value, axis))


def _part(value: float, axis: Axis) -> float:
    return min(max((value - axis.low) / (axis.high - axis.low), 0.0), 1.0)


def _mark(spot: Spot, x: Axis, y: Axis, plot: Box) -> Mark:
    across = spot.across and (_across(spot.across[0], x, plot), _across(spot.across[1], x, plot))
    up = spot.up and (_up(spot.up[0], y, plot), _up(spot.up[1], y, plot))
    css = "spot open" if spot.is_open else "spot"
    return Mark(_across(spot.x, x, plot), _up(spot.y, y, plot), css, spot.title, across, up)


def _corners(words: Sequence[str], plot: Box) -> tuple[TextLine, ...]:
    left, right, high, low = plot.x + 8, plot.right - 8, plot.y + 16, plot.bottom - 10
    places = ((left, high, "start"), (right, high, "end"), (left, low, "start"), (right, low, "end"))
    room = plot.width / 2 - 16
    lines = []
    for text, (at, y, anchor) in zip(words, places, strict=True):
        rows = wrap(text, room, most=2)
        first = y if y == high else y - LINE * (len(rows) - 1)
        lines += [TextLine(row, rounded(at), rounded(first + LINE * n), "t-meta", anchor) for n, row in enumerate(rows)]
    return tuple(lines)


def _labels(spots: Sequence[Spot], marks: Sequence[Mark], plot: Box, words: Sequence[TextLine]) -> Iterator[TextLine]:
    """Name the points whose name fits beside them without touching another one; all names are in the table."""
    taken = [Box(mark.x - DOT, mark.y - DOT, 2 * DOT, 2 * DOT) for mark in marks]
    taken += [_box_of(line) for line in words]
    for spot, mark in zip(spots, marks, strict=True):
        for line in _places(spot.name, mark):
            box = _box_of(line)
            if plot.holds(box) and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                yield line
                break


def _places(name: str, mark: Mark) -> Iterator[TextLine]:
    beside, above, below = DOT + 4, DOT + 4, DOT + 13
    yield TextLine(name, rounded(mark.x + beside), rounded(mark.y + 4), "t-name")
    yield TextLine(name, rounded(mark.x - beside), rounded(mark.y + 4), "t-name", "end")
    yield TextLine(name, mark.x, rounded(mark.y - above), "t-name", "middle")
    yield TextLine(name, mark.x, rounded(mark.y + below), "t-name", "middle")


def _box_of(line: TextLine) -> Box:
    width = text_width(line.text, bold=line.css == "t-name")
    left = line.x - {"start": 0.0, "middle": width / 2, "end": width}[line.anchor]
    return Box(left, line.y - 10, width, 12)
