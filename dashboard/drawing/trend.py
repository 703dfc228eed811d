"""A gap over the days that were kept: each with its interval, and a mark only where it is a signal."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.drawing.axes import Tick, spaced
from dashboard.drawing.paper import TextLine, rounded

WIDE, NARROW, HEIGHT = 560.0, 330.0, 170.0
LEFT, RIGHT, TOP, BOTTOM = 30.0, 14.0, 18.0, 26.0
STEP = 25


@dataclass(frozen=True, slots=True)
class TrendSpot:
    """A gap of a day in points 0..100; sign 'better', 'worse' or ''. few: its interval alone may be shown."""

    day: date
    gap: float
    lo: float
    hi: float
    sign: str = ""
    few: bool = False


@dataclass(frozen=True, slots=True)
class TrendMark:
    """Where a spot stands on the paper; y None: only its interval is drawn."""

    x: float
    y: float | None
    low: float
    high: float
    sign: str
    title: str

    @property
    def triangle(self) -> str:
        y = self.y or 0.0
        return f"{self.x:g},{y - 6:g} {self.x + 6:g},{y + 4:g} {self.x - 6:g},{y + 4:g}"


@dataclass(frozen=True, slots=True)
class TrendDrawing:
    uid: str
    css: str
    width: float
    height: float
    left: float
    right: float
    bottom: float
    heading: str
    description: str
    grid: tuple[TextLine, ...]
    marks: tuple[TrendMark, ...]
    ticks: tuple[Tick, ...]


def draw_trend(spots: Sequence[TrendSpot], *, heading: str, description: str, uid: str) -> tuple[TrendDrawing, ...]:
    """Return the trend for a wide and for a narrow page; nothing for fewer than two days."""
    if len(spots) < 2:
        return ()
    return tuple(
        _draw(spots, width, css, heading=heading, description=description, uid=f"{uid}-{css}")
        for width, css in ((WIDE, "only-wide"), (NARROW, "only-narrow"))
    )


def _draw(
    spots: Sequence[TrendSpot], width: float, css: str, *, heading: str, description: str, uid: str
) -> TrendDrawing:
    top = min(100, STEP * max(1, math.ceil(max(spot.hi for spot in spots) / STEP)))
    right, bottom = width - RIGHT, HEIGHT - BOTTOM
    first, days = spots[0].day, (spots[-1].day - spots[0].day).days or 1

    def across(day: date) -> float:
        return rounded(LEFT + 10 + (right - LEFT - 20) * (day - first).days / days)

    def up(points: float) -> float:
        return rounded(bottom - (bottom - TOP) * min(points, top) / top)

    grid = tuple(
        TextLine(str(at), LEFT - 6, up(at) + 4, "t-axis", "end") for at in range(0, top + 1, STEP if top > STEP else 5)
    )
    marks = tuple(
        TrendMark(
            across(each.day), None if each.few else up(each.gap), up(each.lo), up(each.hi), each.sign, _title(each)
        )
        for each in spots
    )
    ticks = [(across(each.day), f"{each.day.day} {each.day:%b}", 2.0 if each.sign else 1.0) for each in spots]
    return TrendDrawing(
        uid, css, width, HEIGHT, LEFT, right, bottom, heading, description, grid, marks, spaced(ticks)
    )  # fmt: skip


def _title(spot: TrendSpot) -> str:
    gap = "" if spot.few else f"{spot.gap:.0f}, "
    return f"{spot.day.isoformat()}: {gap}{spot.lo:.0f} to {spot.hi:.0f}{f', {spot.sign}' if spot.sign else ''}"
