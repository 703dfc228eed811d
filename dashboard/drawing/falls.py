"""The bars of a waterfall: where each part begins and ends between the gap then and the gap now."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from dashboard.drawing.paper import rounded

WIDTH = 220.0
INSET = 4.0
LEAST = 1.5  # a part that is nearly nothing is still a line


@dataclass(frozen=True, slots=True)
class Fall:
    """One bar: the part in points, its left edge and width in px, and where it ends: the next one begins there."""

    points: float
    x: float
    span: float
    end: float


def falls(then: float, points: Sequence[float]) -> tuple[Fall, list[Fall], Fall]:
    """Return the bars of the first day, of the parts one after the other, and of the last day; in points of gap.

    All stand on one scale; those of the days begin at its left edge.
    """
    places = list(accumulate(points, initial=then))
    across = _scale(places)
    first, last = (_bar(place, INSET, across(place)) for place in (places[0], places[-1]))
    return first, [_bar(after - before, across(before), across(after)) for before, after in pairwise(places)], last


def _bar(points: float, start: float, end: float) -> Fall:
    return Fall(points, rounded(min(start, end)), rounded(max(abs(end - start), LEAST)), rounded(end))


def _scale(places: Sequence[float]) -> Callable[[float], float]:
    """Return px from points: not from 0, or a part of one point in forty would not be seen."""
    low, high = math.floor(min(places)) - 1, math.ceil(max(places)) + 1
    return lambda place: INSET + (WIDTH - 2 * INSET) * (place - low) / (high - low)
