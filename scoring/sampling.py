"""Whom to ask: how many interviews per stratum, how wide intervals will be, and where one more narrows them most."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ScoringError
from scoring.intervals import wilson, z_value

Floats: TypeAlias = NDArray[np.float64]

FEWEST = 2
"""Interviews from which the variance inside a stratum can be estimated."""
UNKNOWN_GAP = 50.0
WIDEST = 50.0
HALVINGS = 200
SAME_QUOTA = 1e-9


def deviation(gap: float | None) -> float:
    """Return the standard deviation S of one customer's answer at a gap of 0..100: sqrt(p (1 - p)), .5 where unknown.

    Raises: ScoringError if the gap is outside 0..100.
    Source: docs/algorithms/sampling.md, Allocation.
    """
    share = _share(UNKNOWN_GAP if gap is None else gap)
    return math.sqrt(share * (1 - share))


def proportional(populations: Sequence[int]) -> list[float]:
    return [float(size) for size in populations]


def power(populations: Sequence[int], exponent: float) -> list[float]:
    """Return N_h^a: a = 1 is proportional, a = 0 gives each stratum the same, .5 balances small ones (Bankier 1988).

    Raises: ScoringError if the exponent is outside 0..1.
    Source: docs/algorithms/sampling.md, Allocation.
    """
    if not 0 <= exponent <= 1:
        raise ScoringError(f"Expected an exponent in 0..1; got {exponent}.")
    return [size**exponent if size else 0.0 for size in populations]


def neyman(populations: Sequence[int], deviations: Sequence[float]) -> list[float]:
    """Return N_h S_h: more where customers differ more (Neyman 1934).

    Raises: ScoringError if a deviation is negative.
    Source: docs/algorithms/sampling.md, Allocation.
    """
    if any(not spread >= 0 for spread in deviations):
        raise ScoringError(f"Expected deviations >= 0; got {list(deviations)}.")
    return [size * spread for size, spread in zip(populations, deviations, strict=True)]


def allocate(n: int, *, populations: Sequence[int], sizes: Sequence[float], minimum: int = FEWEST) -> list[int]:
    """Return how many of n interviews each stratum gets: in proportion to its size, between its minimum and all of it.

    Shapes: populations (customers that exist) and sizes (of one of the methods above) have one entry per stratum.
    Raises: ScoringError if n is negative, more than the customers that exist, or less than the minimums need.
    Source: docs/algorithms/sampling.md, Allocation.
    """
    floors = [min(minimum, size) for size in populations]
    if n < sum(floors):
        raise ScoringError(f"Expected at least {sum(floors)} interviews, {minimum} in each stratum; got {n}.")
    if n > sum(populations):
        raise ScoringError(f"Expected at most {sum(populations)} interviews, one for each customer; got {n}.")
    largest = max(sizes, default=0.0)
    # A size that is nothing beside the largest would need a factor that no float holds.
    counted = [size if size > largest * SAME_QUOTA else 0.0 for size in sizes]
    return _whole(n, _between(n, counted, floors, populations))


def _between(n: int, sizes: Sequence[float], floors: Sequence[int], caps: Sequence[int]) -> list[float]:
    """Return quotas in proportion to size that add up to n, none outside floor..cap."""
    strata = list(zip(sizes, floors, caps, strict=True))

    def at(factor: float) -> list[float]:
        return [min(max(factor * size, float(floor)), float(cap)) for size, floor, cap in strata]

    low, high = 0.0, max((cap / size for size, _, cap in strata if size > 0), default=0.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if math.fsum(at(middle)) < n else (low, middle)
    quotas = at(high)
    # Where all that have a size are full, the rest goes to those without one, in proportion to their room.
    room = [cap - quota if quota < cap else 0.0 for quota, cap in zip(quotas, caps, strict=True)]
    left = n - math.fsum(quotas)
    if left < SAME_QUOTA:
        return quotas
    return [quota + left * free / math.fsum(room) for quota, free in zip(quotas, room, strict=True)]


def _whole(n: int, quotas: Sequence[float]) -> list[int]:
    """Return whole numbers that add up to n, by the largest remainder; of equal ones the first."""
    whole = [math.floor(quota + SAME_QUOTA) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda h: (-round((quotas[h] - whole[h]) / SAME_QUOTA), h))
    for h in by_remainder[: n - sum(whole)]:
        whole[h] += 1
    return whole


def planned_n_eff(shares: Sequence[float], targets: Sequence[int]) -> float:
    """Return the effective n of a stratified plan: (sum W)^2 / sum (W^2 / n) over strata with interviews.

    Result: 0 for no interviews. Shapes: one entry per stratum; shares W of customers' weight, targets n.
    Source: docs/algorithms/sampling.md, Expected width.
    """
    asked = [(share, n) for share, n in zip(shares, targets, strict=True) if n and share]
    if not asked:
        return 0.0
    return math.fsum(share for share, _ in asked) ** 2 / math.fsum(share * share / n for share, n in asked)


def expected_half_width(gap: float | None, n_eff: float) -> float:
    """Return half the width of the gap's interval that a plan can expect, in points: Wilson at the gap seen so far.

    Raises: ScoringError if the gap is outside 0..100; n_eff 0 gives 50, the whole scale.
    Source: docs/algorithms/sampling.md, Expected width.
    """
    share = _share(UNKNOWN_GAP if gap is None else gap)
    if not n_eff:
        return WIDEST
    lower, upper = wilson(share, n_eff)
    return 50 * (upper - lower)


def _share(gap: float) -> float:
    if not 0 <= gap <= 100:
        raise ScoringError(f"Expected a gap in 0..100; got {gap}.")
    return gap / 100


# ---- Who to ask next


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known by stratum. Shapes: shares (H) of customers' weight, importance (R); gaps 0..100 and n_eff (H, R).

    The gap of a stratum in which nobody was heard is expected at UNKNOWN_GAP: put that there.
    """

    shares: Floats
    importance: Floats
    gaps: Floats
    n: Floats


def half_widths(heard: Heard, more: float | Floats = 0.0) -> Floats:
    """Return half the width of each stratum's interval of each requirement after `more` interviews: (H, R), in points.

    Wilson's, as `scoring.intervals.wilson` away from its ends; a stratum without a voice has 50, the whole scale.
    Source: docs/algorithms/sampling.md, Who to ask next.
    """
    z = z_value()
    share, n = heard.gaps / 100, heard.n + more
    return np.asarray(100 * z * np.sqrt(share * (1 - share) * n + z * z / 4) / (n + z * z))


def expected_width(heard: Heard) -> float:
    """Return the mean half-width over strata by weight and over requirements by importance, in points.

    Source: docs/algorithms/sampling.md, Who to ask next.
    """
    return float(heard.shares @ half_widths(heard) @ heard.importance)


def falls(heard: Heard, more: Floats) -> Floats:
    """Return by how much `more` (H) of an interview in each stratum is expected to narrow the mean width: (H, R).

    `more` is 1 for a customer never heard and 1 - freshness for one heard before: the new answers replace the old.
    Source: docs/algorithms/sampling.md, Who to ask next.
    """
    narrower = half_widths(heard) - half_widths(heard, more[:, None])
    return np.asarray(heard.shares[:, None] * heard.importance * narrower)
