"""The satisfaction curve: the share of weight whose required level would be met if the level were x."""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from scoring.errors import ScoringError
from scoring.felt import Direction, Quantity


@dataclass(frozen=True, slots=True)
class SatisfactionCurve:
    """A step function over the stated levels, ascending, with the weight stated at each.

    Units: levels in the requirement's unit (or steps of its resolution), masses in weight.
    """

    levels: tuple[Quantity, ...]
    masses: tuple[float, ...]
    direction: Direction

    def share_met(self, level: Quantity) -> float:
        """Return the share of weight (0..1) that this level satisfies; a required level equal to it is met."""
        if self.direction is Direction.LOWER:
            met = self.masses[bisect_left(self.levels, level) :]
        else:
            met = self.masses[: bisect_right(self.levels, level)]
        return math.fsum(met) / math.fsum(self.masses)

    def level_for(self, share: float) -> Quantity:
        """Return the least demanding stated level that serves at least this share of weight (0..1).

        Raises: ScoringError if the share is outside 0..1.
        Source: docs/algorithms/gap-score.md, Satisfaction curve.
        """
        if not 0 <= share <= 1:
            raise ScoringError(f"Expected a share in 0..1; got {share}.")
        easiest_first = reversed(self.levels) if self.direction is Direction.LOWER else iter(self.levels)
        return next(level for level in easiest_first if self.share_met(level) >= share)


def satisfaction_curve(stated: Iterable[tuple[Quantity, float]], direction: Direction) -> SatisfactionCurve | None:
    """Return the weighted curve of stated (required level, weight) pairs, or None without positive weight.

    Raises: ScoringError if a weight is negative or not finite.
    Source: docs/algorithms/gap-score.md, Satisfaction curve.
    """
    at: defaultdict[Quantity, list[float]] = defaultdict(list)
    for level, weight in stated:
        if not (math.isfinite(weight) and weight >= 0):
            raise ScoringError(f"Expected a finite weight >= 0; got {weight}.")
        if weight:
            at[level].append(weight)
    if not at:
        return None
    levels = tuple(sorted(at))
    return SatisfactionCurve(levels, tuple(math.fsum(at[level]) for level in levels), direction)
