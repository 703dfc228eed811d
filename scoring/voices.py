"""Means and shares of what people said, when some speak for more than others and colleagues share one voice.

Source: docs/algorithms/intervals.md, Voices.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from scoring.errors import ScoringError
from scoring.felt import Quantity
from scoring.intervals import t_half_width, wilson


class Said(NamedTuple):
    """A value that `times` people said, each with this weight.

    `of_customer`: the weight of all answers of the customer to whom each belongs; None: nobody shares the voice.
    """

    value: Quantity
    weight: Quantity = 1
    of_customer: Quantity | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Mean:
    """A weighted mean, exact, with its t interval on n_eff (None where n_eff does not exceed 1); n counts people.

    half: half the width of the interval before its ends were held within what the value can be.
    """

    value: Fraction
    lo: float | None
    hi: float | None
    n: int
    n_eff: float
    half: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """A weighted share 0..1, exact, with its Wilson interval on n_eff; n counts people."""

    value: Fraction
    lo: float
    hi: float
    n: int
    n_eff: float


class _Sums(NamedTuple):
    weight: Fraction
    total: Fraction
    squares: Fraction  # of the customers' weights
    n: int

    @property
    def n_eff(self) -> float:
        """Kish's effective number of customers."""
        return float(self.weight**2 / self.squares)


def mean_of(said: Iterable[Said], within: tuple[float, float] | None = None) -> Mean | None:
    """Return the weighted mean of what was said; None without any weight.

    With equal weights it is the plain mean with the t interval of n values. `within`: the lowest and the highest value
    that can be said, beyond which no end of the interval lies.
    Raises: ScoringError for a negative weight.
    Source: docs/algorithms/intervals.md, Voices.
    """
    rows = list(said)
    sums = _summed(rows)
    if sums is None:
        return None
    value = sums.total / sums.weight
    if sums.n_eff <= 1 + 1e-12:
        return Mean(value, None, None, sums.n, sums.n_eff, None)
    around = sum((Fraction(row.weight) * row.times * (Fraction(row.value) - value) ** 2 for row in rows), Fraction())
    variance = float(around / sums.weight) * sums.n_eff / (sums.n_eff - 1)
    half = t_half_width(variance, sums.n_eff)
    lowest, highest = within or (-math.inf, math.inf)
    lo, hi = max(lowest, float(value) - half), min(highest, float(value) + half)
    return Mean(value, lo, hi, sums.n, sums.n_eff, half)


def share_of(said: Iterable[Said]) -> Share | None:
    """Return the weighted share of those whose value is true (1); None without any weight.

    Raises: ScoringError for a negative weight or a value that is neither 0 nor 1.
    Source: docs/algorithms/intervals.md, Voices.
    """
    rows = list(said)
    if any(row.value not in {0, 1} for row in rows):
        raise ScoringError("A share is of values 0 and 1.")
    sums = _summed(rows)
    if sums is None:
        return None
    value = sums.total / sums.weight
    lo, hi = wilson(float(value), sums.n_eff)
    return Share(value, min(lo, float(value)), max(hi, float(value)), sums.n, sums.n_eff)


def _summed(rows: Iterable[Said]) -> _Sums | None:
    weight, total, squares, n = Fraction(), Fraction(), Fraction(), 0
    for row in rows:
        if row.weight < 0 or row.times < 0 or not math.isfinite(row.value):
            raise ScoringError(f"Expected finite values and weights >= 0; got {row}.")
        mass = Fraction(row.weight) * row.times
        weight += mass
        total += mass * Fraction(row.value)
        squares += mass * Fraction(row.weight if row.of_customer is None else row.of_customer)
        n += row.times if row.weight else 0
    return _Sums(weight, total, squares, n) if weight else None
