"""Satisfaction curves side by side: a group's steps before those of everybody, on one scale for all."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.drawing.axes import Across, across
from dashboard.drawing.paper import TextLine, rounded

WIDTH, HEIGHT = 220.0, 116.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 8.0, 8.0, 22.0

Steps = Sequence[tuple[float, float]]  # (level, share of weight 0..1 that is newly served there), the loosest first


@dataclass(frozen=True, slots=True)
class SmallCurve:
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    own: str
    all: str
    wanted_y: float
    wanted: TextLine
    at: float | None
    ends: tuple[TextLine, ...]
    words: str


@dataclass(frozen=True, slots=True)
class CurveScale:
    """The scale that all curves of a page share, with the words of its two ends."""

    over: Across
    worst: str
    best: str


def curve_scale(levels: Sequence[float], *, lower_is_better: bool, is_time: bool, words: tuple[str, str]) -> CurveScale:
    """words: of the least and of the most demanding of the levels."""
    over = across(levels, lower_is_better=lower_is_better, is_time=is_time, left=LEFT, right=WIDTH - RIGHT)
    return CurveScale(over, *words)


def draw_small_curve(
    own: Steps, everybody: Steps, scale: CurveScale, *, wanted_share: float, at: float | None, words: str
) -> SmallCurve:
    """at: the group's level that serves the wanted share, None where it may not be told."""
    bottom = HEIGHT - BOTTOM
    wanted_y = _up(wanted_share)
    return SmallCurve(
        WIDTH,
        HEIGHT,
        LEFT,
        WIDTH - RIGHT,
        TOP,
        bottom,
        _outline(own, scale.over),
        _outline(everybody, scale.over),
        wanted_y,
        TextLine(f"{wanted_share * 100:.0f} %", LEFT - 4, wanted_y + 4, "t-axis", "end"),
        None if at is None else scale.over(at),
        (
            TextLine(scale.worst, LEFT, HEIGHT - 6, "t-axis"),
            TextLine(scale.best, WIDTH - RIGHT, HEIGHT - 6, "t-axis", "end"),
        ),
        words,
    )


def _up(share: float) -> float:
    return rounded(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(share, 1.0))


def _outline(steps: Steps, over: Across) -> str:
    share, spots = 0.0, [(LEFT, _up(0.0))]
    for level, gained in steps:
        spots += [(over(level), _up(share)), (over(level), _up(share + gained))]
        share += gained
    spots.append((WIDTH - RIGHT, _up(share)))
    return " ".join(f"{x:g},{y:g}" for x, y in spots)
