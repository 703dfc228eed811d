"""The measured level of a metric over its window, with an interval, for every kind of metric.

Everything that is summed is an integer, so the result has the same bits whatever the order of the rows.
Source: docs/algorithms/measured-level.md.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

from scoring import intervals
from scoring.errors import ScoringError
from scoring.rounding import to_resolution
from scoring.units import factor

MICRO = 1_000_000  # values and exposures arrive as whole millionths of their unit


@dataclass(frozen=True, slots=True)
class ProportionRow:
    """One measurement of a proportion: numerator of denominator."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class DefectsRow:
    """One measurement of defects: defects in units, each with the same number of opportunities."""

    defects: int
    units: int
    opportunities: int


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """One measurement of a count rate: events over an exposure in millionths of its unit (machine hours, orders)."""

    events: int
    exposure_micro: int


@dataclass(frozen=True, slots=True)
class Level:
    """A measured level, exact: value, interval, and the n it rests on.

    An end that the data cannot close is None. `has_interval` is False where no method gives an interval
    (the mean of one value): both ends are None then, but they do not count as open.
    n: values (level, percentile), denominators (proportion), opportunities (defects), measurements (count rate).
    """

    value: Fraction
    lo: Fraction | None
    hi: Fraction | None
    n: int
    has_interval: bool = True

    def mapped(self, change: Callable[[Fraction], Fraction]) -> "Level":
        """Return the level with an increasing change applied to the value and both ends."""
        lo, hi = (None if end is None else change(end) for end in (self.lo, self.hi))
        return Level(change(self.value), lo, hi, self.n, self.has_interval)

    def converted(self, source: str, target: str) -> "Level":
        """Return the level in another unit of the same dimension. Raises: ScoringError as units.factor does."""
        multiplier = factor(source, target)
        return self.mapped(lambda value: value * multiplier)

    def at_resolution(self, resolution: Decimal) -> "RoundedLevel":
        """Return the level in whole steps of a requirement's resolution, half to even."""
        m = to_resolution(self.value, resolution)
        if not self.has_interval:
            return RoundedLevel(m, m, m)
        lo, hi = (None if end is None else to_resolution(end, resolution) for end in (self.lo, self.hi))
        return RoundedLevel(m, lo, hi)


@dataclass(frozen=True, slots=True)
class RoundedLevel:
    """A level in whole steps of the resolution, ready to be compared; an end that is None is open."""

    m: int
    lo: int | None
    hi: int | None


def mean_level(values_micro: Sequence[int]) -> Level | None:
    """Return the mean of the values with its t interval; None without values, no interval for one.

    Shapes: (n,) in any order. Units: millionths in, the unit itself out.
    Source: docs/algorithms/measured-level.md, Level.
    """
    return mean_of_sums(len(values_micro), sum(values_micro), sum(v * v for v in values_micro))


def mean_of_sums(n: int, total: int, squares: int) -> Level | None:
    """Return the mean of n values with its t interval from their sum and the sum of their squares.

    Units: millionths, and their squares, in; the unit itself out. None for n = 0, no interval for n = 1.
    Source: docs/algorithms/measured-level.md, Level.
    """
    if n == 0:
        return None
    value = Fraction(total, n * MICRO)
    if n == 1:
        return Level(value, None, None, 1, has_interval=False)
    spread = Fraction(n * squares - total * total, n * (n - 1) * MICRO**2)
    half = Fraction(intervals.t_half_width(float(spread), n))
    return Level(value, value - half, value + half, n)


def proportion_level(rows: Sequence[ProportionRow]) -> Level | None:
    """Return the pooled share (0..1) with its Wilson interval; None without rows or with denominators of 0 only.

    Raises: ScoringError unless 0 <= numerator <= denominator in every row.
    Source: docs/algorithms/measured-level.md, Proportion.
    """
    for row in rows:
        if not 0 <= row.numerator <= row.denominator:
            raise ScoringError(f"Expected 0 <= numerator <= denominator; got {row}.")
    return _share_level(sum(row.numerator for row in rows), sum(row.denominator for row in rows), intervals.wilson)


def defects_level(rows: Sequence[DefectsRow], *, exact_interval: bool = False) -> Level | None:
    """Return the pooled share of opportunities with a defect (0..1); convert to per_million for DPMO.

    Interval: Wilson for display, Clopper-Pearson where a claim is contractual (exact_interval).
    Raises: ScoringError unless 0 <= defects <= units x opportunities in every row.
    Source: docs/algorithms/measured-level.md, Defects per opportunities.
    """
    for row in rows:
        if row.units < 0 or row.opportunities < 0 or not 0 <= row.defects <= row.units * row.opportunities:
            raise ScoringError(f"Expected 0 <= defects <= units x opportunities; got {row}.")
    defects, chances = sum(row.defects for row in rows), sum(row.units * row.opportunities for row in rows)
    if exact_interval:
        return _share_level(defects, chances, lambda _share, n: intervals.clopper_pearson(defects, n))
    return _share_level(defects, chances, intervals.wilson)


def percentile_level(values_micro: Sequence[int], q: Fraction) -> Level | None:
    """Return x_(ceil(q n)) with the interval between two order statistics; an end too far out is open (None).

    Shapes: (n,) in any order. Units: millionths in, the unit itself out; q between 0 and 1.
    Raises: ScoringError unless 0 < q < 1.
    Source: docs/algorithms/measured-level.md, Duration percentile.
    """
    return percentile_of_counts(Counter(values_micro), q)


def percentile_of_counts(counts: Mapping[int, int], q: Fraction) -> Level | None:
    """Return the same of each value and how often it occurs, which is less where values repeat.

    Raises: ScoringError unless 0 < q < 1.
    Source: docs/algorithms/measured-level.md, Duration percentile.
    """
    if not 0 < q < 1:
        raise ScoringError(f"Expected 0 < q < 1; got {q}.")
    n = sum(counts.values())
    if n == 0:
        return None
    ordered = sorted(counts)
    reached = list(accumulate(counts[value] for value in ordered))

    def at_rank(rank: int | None) -> Fraction | None:
        return None if rank is None else Fraction(ordered[bisect_left(reached, rank)], MICRO)

    value = Fraction(ordered[bisect_left(reached, math.ceil(q * n))], MICRO)
    lo, hi = map(at_rank, intervals.order_statistic_ranks(float(q), n))
    return Level(value, lo, hi, n)


def rolled_level(steps: Sequence[Sequence[ProportionRow]]) -> Level | None:
    """Return the rolled throughput yield (0..1), the product of the steps' yields; None where a step has no units.

    Shapes: the measurements of each step, 1 step or more. n: units of the step that has fewest.
    Interval: the steps' Wilson intervals put together on the log scale, where their errors add up (MOVER), for steps
    that fail independently. Raises: ScoringError as proportion_level does.
    Source: docs/algorithms/measured-level.md, Yield.
    """
    found = [proportion_level(rows) for rows in steps]
    levels = [level for level in found if level is not None]
    if not levels or len(levels) < len(found):
        return None
    value, n = math.prod((level.value for level in levels), start=Fraction(1)), min(level.n for level in levels)
    lo, hi = _rolled_ends(levels)
    return Level(value, min(Fraction(lo), value), max(Fraction(hi), value), n)


def _rolled_ends(levels: Sequence[Level]) -> tuple[float, float]:
    shares = [(float(level.value), float(level.lo or 0), float(level.hi or 0)) for level in levels]
    if not all(lo > 0 for _share, lo, _hi in shares):
        return 0.0, math.prod(hi for _share, _lo, hi in shares)
    centre = math.fsum(math.log(share) for share, _lo, _hi in shares)
    down = math.hypot(*(math.log(share / lo) for share, lo, _hi in shares))
    up = math.hypot(*(math.log(hi / share) for share, _lo, hi in shares))
    return math.exp(centre - down), min(math.exp(centre + up), 1.0)


def median_step(counts: Sequence[int]) -> int | None:
    """Return the index of the lowest step at or below which half of all lie; None where nobody was counted.

    Source: docs/algorithms/measured-level.md, Worded scale.
    """
    total = below = sum(counts)
    for index, count in enumerate(counts):
        below -= count
        if total and 2 * below <= total:
            return index
    return None


def at_quantile(ordered: Sequence[int], q: Fraction) -> int:
    """Return x_(ceil(q n)) of ascending values, at least one: a percentile without its interval."""
    return ordered[math.ceil(q * len(ordered)) - 1]


def rate_level(rows: Sequence[ExposureRow]) -> Level | None:
    """Return events per unit of exposure with its Garwood interval; None without rows.

    Raises: ScoringError unless events >= 0 and exposure > 0 in every row.
    Source: docs/algorithms/measured-level.md, Count rate.
    """
    for row in rows:
        if row.events < 0 or row.exposure_micro <= 0:
            raise ScoringError(f"Expected events >= 0 and exposure > 0; got {row}.")
    return rate_of_sums(len(rows), sum(row.events for row in rows), sum(row.exposure_micro for row in rows))


def rate_of_sums(n: int, events: int, exposure_micro: int) -> Level | None:
    """Return the same of n measurements from their sums; exposure in millionths of its unit.

    Source: docs/algorithms/measured-level.md, Count rate.
    """
    if n == 0:
        return None
    exposure = Fraction(exposure_micro, MICRO)
    lo, hi = (Fraction(end) / exposure for end in intervals.garwood(events))
    return Level(events / exposure, lo, hi, n)


def _share_level(x: int, n: int, interval: Callable[[float, int], tuple[float, float]]) -> Level | None:
    if n == 0:
        return None
    value = Fraction(x, n)
    lo, hi = map(Fraction, interval(x / n, n))
    # The ends are floats: keep them on their side of the exact value.
    return Level(value, min(lo, value), max(hi, value), n)
