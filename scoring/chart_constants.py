"""What the range and the standard deviation of n standard normal values are on average, by exact integration.

Source: docs/algorithms/control-charts.md, Constants.
"""

import math
from functools import cache

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray

from scoring.errors import ScoringError

SIGMAS = 3
Floats = NDArray[np.float64]
_REACH = 9.0  # beyond it a normal value has no weight that a double could hold
_NODES, _WEIGHTS = leggauss(160)


@cache
def d2(n: int) -> float:
    """Return the mean range of n standard normal values, n >= 2: 1.128, 1.693, 2.059, ...

    Raises: ScoringError for n < 2.
    Source: docs/algorithms/control-charts.md, Constants.
    """
    _at_least_two(n)
    if n == 2:
        return 2 / math.sqrt(math.pi)
    x, weights = _stretched(-_REACH, _REACH)
    below = _share_below(x)
    return float(weights @ (1 - below**n - (1 - below) ** n))


@cache
def d3(n: int) -> float:
    """Return the standard deviation of the range of n standard normal values. Raises: as d2."""
    _at_least_two(n)
    if n == 2:
        return math.sqrt(2 - 4 / math.pi)
    widths, outer = _stretched(0.0, 2 * _REACH)
    x, inner = _stretched(-_REACH, _REACH)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    inside = _share_below(x[:, None] + widths[None, :]) - _share_below(x)[:, None]
    at_most = n * (inner * density) @ inside ** (n - 1)
    mean_square = 2 * float(outer @ (widths * (1 - at_most)))
    return math.sqrt(mean_square - d2(n) ** 2)


@cache
def c4(n: int) -> float:
    """Return the mean of the standard deviation of n standard normal values: 0.7979, 0.8862, ... Raises: as d2."""
    _at_least_two(n)
    return math.sqrt(2 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


def c5(n: int) -> float:
    """Return the standard deviation of the standard deviation of n standard normal values. Raises: as d2."""
    return math.sqrt(1 - c4(n) ** 2)


def factors(n: int) -> dict[str, float]:
    """Return the printed factors of subgroups of n: A2, A3, B3, B4, D3 and D4, by the names that tables give them."""
    spread, deviation = SIGMAS * d3(n) / d2(n), SIGMAS * c5(n) / c4(n)
    return {
        "A2": SIGMAS / (d2(n) * math.sqrt(n)),
        "A3": SIGMAS / (c4(n) * math.sqrt(n)),
        "B3": max(0.0, 1 - deviation),
        "B4": 1 + deviation,
        "D3": max(0.0, 1 - spread),
        "D4": 1 + spread,
    }


def _share_below(x: Floats) -> Floats:
    """Return the normal distribution function."""
    below: Floats = (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2
    return below


def _stretched(low: float, high: float) -> tuple[Floats, Floats]:
    """Return the nodes and weights of Gauss and Legendre between two ends."""
    half = (high - low) / 2
    return low + half * (_NODES + 1), half * _WEIGHTS


def _at_least_two(n: int) -> None:
    if n < 2:
        raise ScoringError(f"A range needs at least two values; got {n}.")
