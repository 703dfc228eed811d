"""Which points of a long chart are drawn: what a pixel column shows anyway, and every signal with its neighbours.

Source: docs/algorithms/control-charts.md, Many points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from scoring.charts import Point


class Plotted(Protocol):
    """What stands at a place of a chart."""

    @property
    def index(self) -> int: ...

    @property
    def value(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Pixels:
    """How many places a whole chart has, gaps included, and how many pixels it is wide."""

    places: int
    columns: int

    def of(self, indexes: Sequence[int]) -> NDArray[np.int_]:
        """Return the pixel column of every place."""
        return np.array(indexes) * self.columns // max(self.places, 1)


P = TypeVar("P", bound=Plotted)


def thinned(points: Sequence[P], marked: Sequence[bool], pixels: Pixels) -> list[P]:
    """Return the points to draw, in order.

    marked: which of them are signals. Kept are the first and the last point, the lowest and highest of every pixel
    column, and every signal with the point before and after it.
    """
    if len(points) <= pixels.columns:
        return list(points)
    column = pixels.of([point.index for point in points])
    values = np.array([point.value for point in points])
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    # In the order of columns and then values the ends of each column are its lowest and its highest.
    order = np.lexsort((values, column))
    keep[order[starts]] = True
    keep[order[np.append(starts[1:], len(points)) - 1]] = True
    signals = np.array(marked)
    keep |= signals
    keep[:-1] |= signals[1:]
    keep[1:] |= signals[:-1]
    return [points[at] for at in np.flatnonzero(keep).tolist()]


Steps = list[tuple[int, int, float, float]]  # from one place to another: the same lower and upper limit


def limit_steps(points: Sequence[Point], pixels: Pixels) -> Steps:
    """Return the stretches of equal limits; of more of them than columns, each column's outermost limits."""
    steps: Steps = []
    for (lcl, ucl), group in groupby(points, key=attrgetter("lcl", "ucl")):
        its = list(group)
        steps.append((its[0].index, its[-1].index, lcl, ucl))
    if len(steps) <= pixels.columns:
        return steps
    column = pixels.of([step[0] for step in steps])
    merged: dict[int, tuple[int, int, float, float]] = {}
    for at, (start, end, lcl, ucl) in zip(column.tolist(), steps, strict=True):
        before = merged.get(at, (start, end, lcl, ucl))
        merged[at] = (before[0], end, min(before[2], lcl), max(before[3], ucl))
    return list(merged.values())
