"""What people believe that customers say, beside what customers say. Source: docs/algorithms/beliefs.md."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from scoring.errors import ScoringError
from scoring.intervals import wilson

METHOD = "belief-1"
# Of fewer people who believe nothing is said: a mean of two and one's own belief tell that of the other.
FEWEST_BELIEVERS = 3


class Side(StrEnum):
    """Where a belief lies: within what chance explains of what customers say, above, or below."""

    RIGHT = "right"
    OVER = "over"
    UNDER = "under"


class Said(NamedTuple):
    """What customers say, with its 95 % interval, in the unit of the belief."""

    value: float
    lo: float
    hi: float


def side_of(believed: float, said: Said) -> Side:
    """Return over or under only outside the interval: what lies within it may be as right as the value itself.

    Raises: ScoringError for an interval that does not hold its value.
    Source: docs/algorithms/beliefs.md, Difference.
    """
    if not said.lo <= said.value <= said.hi:
        raise ScoringError(f"Expected lo <= value <= hi; got {said}.")
    if believed > said.hi:
        return Side.OVER
    return Side.UNDER if believed < said.lo else Side.RIGHT


def missed_by(believed: float, said: Said) -> float:
    """Return by how much a belief lies outside the interval, in its unit; 0 within it.

    Source: docs/algorithms/beliefs.md, Difference.
    """
    return max(believed - said.hi, said.lo - believed, 0.0)


def importance_said(importance: float, n_eff: float) -> Said:
    """Return a mean importance (0..10) with the interval of a mean of values in 0..1: Wilson at its n_eff > 0.

    Source: docs/algorithms/beliefs.md, What customers say.
    """
    # A mean of tens that is added up in floats may lie a last digit above ten.
    value = min(importance, 10.0)
    lo, hi = wilson(value / 10, n_eff)
    return Said(value, min(10 * lo, value), max(10 * hi, value))


def mean_difference(differences: Sequence[float]) -> float | None:
    """Return the mean of believed less said; None of fewer than FEWEST_BELIEVERS.

    Source: docs/algorithms/beliefs.md, By role.
    """
    return math.fsum(differences) / len(differences) if len(differences) >= FEWEST_BELIEVERS else None
