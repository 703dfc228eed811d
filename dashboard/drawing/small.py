"""The small figures in rows and strips: gap whisker, points, who was heard, the course of a number."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.drawing.bands import Band, Edges
from dashboard.drawing.marks import Mark, mark_at
from dashboard.drawing.paper import Box, rounded

WHISKER = 104.0
INSET = 6.0


def polyline(values: Sequence[float], box: Box) -> str:
    """Return the points of a curve through the values that fills the box; nothing for fewer than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    step = box.width / (len(values) - 1)
    spots = ((box.x + step * at, box.bottom - box.height * (value - low) / spread) for at, value in enumerate(values))
    return " ".join(f"{rounded(x):g},{rounded(y):g}" for x, y in spots)


@dataclass(frozen=True, slots=True)
class Whisker:
    """A gap on 0 to 100 with its interval; ticks where the bands begin. mark None: only the interval is known."""

    width: float
    ticks: tuple[float, ...]
    left: float
    span: float
    band: Band
    mark: Mark | None
    words: str

    @property
    def end(self) -> float:
        return self.width - INSET


def whisker(
    gap: float, lo: float, hi: float, *, edges: Edges, only_interval: bool = False, width: float = WHISKER
) -> Whisker:
    band = edges.band(gap)
    left, right = _across(lo, width), _across(hi, width)
    middle = 11 if band is Band.GAP else 10
    mark = None if only_interval else mark_at(band, _across(gap, width), middle, 3.4)
    words = f"{lo:.0f} to {hi:.0f} of 100" if only_interval else f"gap {gap:.0f}, interval {lo:.0f} to {hi:.0f}"
    ticks = tuple(_across(tick, width) for tick in edges.ticks)
    return Whisker(width, ticks, left, rounded(max(right - left, 1)), band, mark, words)


def _across(value: float, width: float) -> float:
    return rounded(INSET + (width - 2 * INSET) * min(max(value, 0), 100) / 100)


@dataclass(frozen=True, slots=True)
class WhiskerAxis:
    width: float
    labels: tuple[tuple[float, str, str], ...]  # place, words, anchor


def whisker_axis(width: float = WHISKER) -> WhiskerAxis:
    marks = tuple((_across(value, width), str(value), "middle") for value in (0, 25, 50))
    return WhiskerAxis(width, (*marks, (width, "100", "end")))


@dataclass(frozen=True, slots=True)
class PointsBar:
    """Priority points with their interval on 0 to the largest."""

    width: float
    length: float
    low: float
    high: float
    band: Band
    words: str


def points_bar(points: float, lo: float, hi: float, *, top: float, band: Band, width: float = 80) -> PointsBar:
    scale = width / top if top > 0 else 0.0
    length, low, high = (rounded(min(value * scale, width)) for value in (points, lo, hi))
    return PointsBar(width, length, low, high, band, f"{points:.2f} points, interval {lo:.2f} to {hi:.2f}")


@dataclass(frozen=True, slots=True)
class HeardBar:
    """A part of the customers' value: as long as it is large, filled as far as it was heard, hatched where not."""

    width: float
    whole: float
    heard: float
    words: str


def heard_bar(share: float, heard: float, *, largest: float, words: str, width: float = 320) -> HeardBar:
    """share: of all value, 0..1; heard: of that share, 0..1; largest: the share that fills the width."""
    whole = width * min(share / largest, 1) if largest > 0 else 0.0
    return HeardBar(width, rounded(whole), rounded(whole * min(max(heard, 0), 1)), words)


@dataclass(frozen=True, slots=True)
class RangeBar:
    """What is gained at least and at most, on 0 to the largest, over a thin line for the interval."""

    width: float
    left: float
    span: float
    low: float
    high: float
    words: str


def range_bar(
    least: float, most: float, lo: float, hi: float, *, top: float, words: str, width: float = 104
) -> RangeBar:
    scale = width / top if top > 0 else 0.0
    left, right, low, high = (rounded(min(max(value, 0.0) * scale, width)) for value in (least, most, lo, hi))
    return RangeBar(width, left, max(rounded(right - left), 2.0), low, high, words)
