"""Do two people who read the same words find the same in them? Agreement beyond chance, and how sure that is.

Several codes may be given to one verbatim, so agreement is worked out for each code by itself: there or not there.
Source: docs/algorithms/coding.md.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ScoringError
from scoring.intervals import CONFIDENCE

FIRM, TENTATIVE = 0.8, 0.667
RESAMPLES = 1000

Array = NDArray[np.float64]
Ends = tuple[float | None, float | None]


class Kappa(NamedTuple):
    """Cohen's kappa with the observed and the expected agreement, 0..1; kappa is None where chance leaves no room."""

    kappa: float | None
    observed: float
    expected: float


class CodeAgreement(NamedTuple):
    """Agreement of two readings on one code. None: undefined, because both used one category throughout.

    units: readings compared; first, second, both: in how many the code was found by each, and by both. Ends of an
    interval are None where it cannot be told.
    """

    units: int
    first: int
    second: int
    both: int
    alpha: float | None
    alpha_lo: float | None
    alpha_hi: float | None
    kappa: float | None
    kappa_lo: float | None
    kappa_hi: float | None

    @property
    def is_low(self) -> bool:
        """Whether two coders do not find the same: the rule of the code has to be sharpened."""
        return self.alpha is not None and self.alpha < TENTATIVE

    @property
    def never_differed(self) -> bool:
        """Whether no sample can differ either: the interval is a point and says nothing about how sure that is."""
        return self.alpha == 1


def cohen_kappa(table: Sequence[Sequence[int]]) -> Kappa:
    """Return kappa of two coders from their square table of counts: rows the first, columns the second coder.

    Raises: ScoringError unless the table is square, of counts >= 0, at least one of them above 0.
    Source: docs/algorithms/coding.md, Kappa.
    """
    rows = {len(row) for row in table}
    if rows != {len(table)} or min(min(row) for row in table) < 0 or not any(any(row) for row in table):
        raise ScoringError("Expected a square table of counts >= 0 with at least one unit in it.")
    counts = np.asarray(table, dtype=float)
    n = float(counts.sum())
    observed = float(np.trace(counts)) / n
    expected = float(counts.sum(axis=1) @ counts.sum(axis=0)) / (n * n)
    if math.isclose(expected, 1.0, rel_tol=0.0, abs_tol=1e-12):
        return Kappa(None, observed, expected)
    return Kappa((observed - expected) / (1 - expected), observed, expected)


def nominal_alpha(units: Sequence[Sequence[Hashable]]) -> float | None:
    """Return Krippendorff's alpha for nominal values; None where it is undefined.

    Shapes: one inner sequence per unit with the values that its coders gave, any number of them, missing left out; a
    unit with fewer than two values is not compared.
    Result: 1 = perfect, 0 = as chance would have it, below 0 = worse; None where nothing is compared or where all use
    one category (the expected disagreement is 0): perfect agreement on nothing is no evidence of agreement.
    Source: docs/algorithms/coding.md, Alpha.
    """
    compared = [unit for unit in units if len(unit) > 1]
    place = {value: index for index, value in enumerate(dict.fromkeys(each for unit in compared for each in unit))}
    if not place:
        return None
    counts = np.zeros((len(compared), len(place)))
    for row, unit in enumerate(compared):
        for value in unit:
            counts[row, place[value]] += 1
    return _defined(_alphas(counts, np.ones((1, len(compared))))[0])


def code_agreement(pairs: Mapping[tuple[bool, bool], int], *, seed: int, resamples: int = RESAMPLES) -> CodeAgreement:
    """Return the agreement of two readings on one code, with 95 % intervals by a bootstrap over units.

    pairs: how many units the (first, second) reading found the code in. seed: the same seed gives the same interval.
    Raises: ScoringError for a count below 0 or fewer than one resample.
    Source: docs/algorithms/coding.md, Interval.
    """
    if min(pairs.values(), default=0) < 0 or resamples < 1:
        raise ScoringError(f"Expected counts >= 0 and at least one resample; got {dict(pairs)} and {resamples}.")
    # Units with the same pair are alike, so drawing how often each of four kinds comes is drawing the units themselves.
    cells = np.array([pairs.get((first, second), 0) for first in (True, False) for second in (True, False)])
    n = int(cells.sum())
    both, first_only, second_only, _neither = (int(count) for count in cells)
    if not n:
        return CodeAgreement(0, 0, 0, 0, None, None, None, None, None, None)
    found = cells.reshape(1, 4).astype(float)
    drawn = np.random.default_rng(seed).multinomial(n, cells / n, size=resamples).astype(float)
    alpha, kappa = _defined(_alphas(_VALUES, found)[0]), _defined(_kappas(found)[0])
    alpha_ends: Ends = (None, None) if alpha is None else _ends(_alphas(_VALUES, drawn))
    kappa_ends: Ends = (None, None) if kappa is None else _ends(_kappas(drawn))
    return CodeAgreement(n, both + first_only, both + second_only, both, alpha, *alpha_ends, kappa, *kappa_ends)


def lowest_alpha(found: Sequence[CodeAgreement]) -> float | None:
    """Return the smallest alpha of several codes: what is said of a whole codebook; None where none is defined."""
    return min((each.alpha for each in found if each.alpha is not None), default=None)


# How often the code is there and not there in a unit of each of the four kinds.
_VALUES = np.array([[2.0, 0.0], [1.0, 1.0], [1.0, 1.0], [0.0, 2.0]])


def _alphas(counts: Array, weights: Array) -> Array:
    """Return alpha for each row of weights (how often each unit counts); NaN where it is undefined.

    Shapes: counts (units, categories), each row with a sum of at least 2; weights (samples, units).
    """
    values = counts.sum(axis=1)
    apart = (values**2 - (counts**2).sum(axis=1)) / (values - 1)
    n = weights @ values
    totals = weights @ counts
    observed = (weights @ apart) / n
    expected = (n**2 - (totals**2).sum(axis=1)) / (n * (n - 1))
    return _one_minus(observed, expected)


def _kappas(cells: Array) -> Array:
    """Return kappa for each row of four counts: both, first only, second only, neither."""
    both, first_only, second_only, _neither = cells.T
    n = cells.sum(axis=1)
    first, second = both + first_only, both + second_only
    apart = (first_only + second_only) / n
    by_chance = (first * (n - second) + (n - first) * second) / (n * n)
    # (po - pe) / (1 - pe) is 1 - (1 - po) / (1 - pe).
    return _one_minus(apart, by_chance)


def _one_minus(observed: Array, expected: Array) -> Array:
    ratio: Array = np.full(observed.shape, np.nan)
    np.divide(observed, expected, out=ratio, where=expected > 0)
    return 1 - ratio


def _ends(samples: Array) -> Ends:
    """Return the ends of the percentile interval over the samples in which the figure is defined."""
    known = samples[~np.isnan(samples)]
    if not known.size:
        return None, None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


def _defined(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)
