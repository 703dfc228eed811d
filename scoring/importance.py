"""Importance and performance: what to concentrate on, with a crosshair that is named and points that are undecided.

Source: docs/algorithms/importance-performance.md.
"""

from collections.abc import Hashable, Mapping, Sequence
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from scoring.errors import ScoringError

K = TypeVar("K", bound=Hashable)


class Quadrant(StrEnum):
    CONCENTRATE = "concentrate here"
    KEEP_UP = "keep up"
    LOW_PRIORITY = "low priority"
    OVERKILL = "possible overkill"


class Estimate(NamedTuple):
    """A mean with half the width of its interval; half None: the interval is not known (one answer)."""

    value: float
    half: float | None = 0.0

    def is_near(self, line: float) -> bool:
        """Whether the line lies within half an interval: the point may belong on either side."""
        return self.half is None or abs(self.value - line) < self.half


class Point(NamedTuple, Generic[K]):
    key: K
    importance: Estimate
    performance: Estimate


class Crosshair(NamedTuple):
    """Where the two lines stand, in the units of the means."""

    importance: float
    performance: float


def data_centred(points: Sequence[Point[K]]) -> Crosshair:
    """Return the grand means: half the points move if all improve, so it ranks and does not judge.

    Raises: ScoringError without points.
    Source: docs/algorithms/importance-performance.md, Crosshairs.
    """
    if not points:
        raise ScoringError("There are no means without points.")
    return Crosshair(
        sum(point.importance.value for point in points) / len(points),
        sum(point.performance.value for point in points) / len(points),
    )


def scale_centred(lowest: float, highest: float) -> Crosshair:
    """Return the middle of a scale on which both were asked."""
    middle = (lowest + highest) / 2
    return Crosshair(middle, middle)


def has_spread(points: Sequence[Point[K]]) -> bool:
    """Return whether both means differ among the points: without it there are no quadrants, only a list."""
    return len({point.importance.value for point in points}) > 1 < len({point.performance.value for point in points})


def quadrant_of(importance: float, performance: float, cross: Crosshair) -> Quadrant:
    """Return the quadrant of two means; on a line counts as above it."""
    if importance >= cross.importance:
        return Quadrant.KEEP_UP if performance >= cross.performance else Quadrant.CONCENTRATE
    return Quadrant.OVERKILL if performance >= cross.performance else Quadrant.LOW_PRIORITY


def quadrants(points: Sequence[Point[K]], cross: Crosshair) -> Mapping[K, Quadrant | None]:
    """Return the quadrant of each point, None where it is undecided; nothing at all without spread.

    Source: docs/algorithms/importance-performance.md, Undecided.
    """
    if not has_spread(points):
        return {}
    return {point.key: _decided(point, cross) for point in points}


def _decided(point: Point[K], cross: Crosshair) -> Quadrant | None:
    if point.importance.is_near(cross.importance) or point.performance.is_near(cross.performance):
        return None
    return quadrant_of(point.importance.value, point.performance.value, cross)


def by_diagonal(points: Sequence[Point[K]]) -> list[tuple[K, float]]:
    """Return importance minus performance, largest first: above 0 it matters more than it is done well.

    Both on one scale. Equal ones keep their order.
    Source: docs/algorithms/importance-performance.md, Diagonal.
    """
    return sorted(
        ((point.key, point.importance.value - point.performance.value) for point in points), key=lambda each: -each[1]
    )


def importance_satisfaction(importance: float, satisfied: float) -> float:
    """Return the ETC Institute's rating of two shares: how many name it, times how many of them are not satisfied.

    Raises: ScoringError for a share outside 0..1.
    Source: docs/algorithms/importance-performance.md, Importance-satisfaction rating.
    """
    if not (0 <= importance <= 1 and 0 <= satisfied <= 1):
        raise ScoringError(f"Expected two shares 0..1; got {importance} and {satisfied}.")
    return importance * (1 - satisfied)
