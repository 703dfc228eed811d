"""Confidence intervals: shares, counts, means and percentiles.

Every result is a pair (lower, upper); an end that the data cannot close is None.
"""

import math
from collections.abc import Callable
from functools import cache
from statistics import NormalDist
from types import ModuleType

from scoring.errors import ScoringError

CONFIDENCE = 0.95


@cache
def z_value(confidence: float = CONFIDENCE) -> float:
    """Return the two-sided standard normal quantile: 1.96 for 0.95."""
    if not 0 < confidence < 1:
        raise ScoringError(f"Expected a confidence between 0 and 1; got {confidence}.")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(share: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the Wilson score interval of a share.

    Units: share and result 0..1; n > 0 is a sample size and may be an effective, fractional one (n = 1 is valid).
    Raises: ScoringError if the share is outside 0..1 or n is not positive and finite.
    Source: docs/algorithms/intervals.md, Wilson.
    """
    if not 0 <= share <= 1 or not (math.isfinite(n) and n > 0):
        raise ScoringError(f"Expected a share in 0..1 and a positive n; got {share} and {n}.")
    z = z_value(confidence)
    # The textbook form multiplied by n, so that a tiny effective n gives (0, 1) and not infinity / infinity.
    centre = share * n + z * z / 2
    half = z * math.sqrt(share * (1 - share) * n + z * z / 4)
    return max(0.0, (centre - half) / (n + z * z)), min(1.0, (centre + half) / (n + z * z))


def clopper_pearson(x: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact interval of a proportion x of n, for a claim that is contractual.

    Raises: ScoringError unless 0 <= x <= n and n >= 1.
    Source: docs/algorithms/intervals.md, Clopper-Pearson.
    """
    if not 0 <= x <= n or n < 1:
        raise ScoringError(f"Expected 0 <= x <= n and n >= 1; got x {x} and n {n}.")
    tail = (1 - confidence) / 2
    lower = float(_special().betaincinv(x, n - x + 1, tail)) if x else 0.0
    upper = float(_special().betaincinv(x + 1, n - x, 1 - tail)) if x < n else 1.0
    return lower, upper


def garwood(events: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact interval of a Poisson mean from one count of events.

    Raises: ScoringError if events is negative.
    Source: docs/algorithms/intervals.md, Garwood.
    """
    if events < 0:
        raise ScoringError(f"Expected events >= 0; got {events}.")
    tail = (1 - confidence) / 2
    lower = float(_special().gammaincinv(events, tail)) if events else 0.0
    return lower, float(_special().gammaincinv(events + 1, 1 - tail))


def t_half_width(variance: float, n: float, confidence: float = CONFIDENCE) -> float:
    """Return the half-width of the t interval of a mean of n values with this sample variance.

    n may be an effective, fractional one. Raises: ScoringError unless n > 1 and the variance is not negative.
    Source: docs/algorithms/intervals.md, Mean.
    """
    if not n > 1 or not variance >= 0:
        raise ScoringError(f"Expected n > 1 and a variance >= 0; got {n} and {variance}.")
    return float(_special().stdtrit(n - 1, (1 + confidence) / 2)) * math.sqrt(variance / n)


def order_statistic_ranks(q: float, n: int, confidence: float = CONFIDENCE) -> tuple[int | None, int | None]:
    """Return the ranks (1 = smallest) whose values enclose the q-quantile, two-sided; None is an open end.

    The upper end of the 95 % interval of a 95th percentile closes at n = 72.
    Raises: ScoringError unless 0 < q < 1 and n >= 1.
    Source: docs/algorithms/intervals.md, Percentile.
    """
    if not 0 < q < 1 or n < 1:
        raise ScoringError(f"Expected 0 < q < 1 and n >= 1; got {q} and {n}.")
    tail = (1 - confidence) / 2
    lower = _last_true(n, lambda rank: float(_special().bdtr(rank - 1, n, q)) <= tail)
    upper = _last_true(n, lambda rank: float(_special().bdtrc(n - rank, n, q)) <= tail)
    return lower, None if upper is None else n + 1 - upper


def smallest_n_for_upper_bound(q: float, confidence: float = CONFIDENCE, *, two_sided: bool = False) -> int:
    """Return the smallest n whose maximum bounds the q-quantile from above (Wilks): 59 for q = .95, two-sided 72.

    Raises: ScoringError unless 0 < q < 1 and 0 < confidence < 1.
    Source: docs/algorithms/intervals.md, Percentile.
    """
    if not 0 < q < 1 or not 0 < confidence < 1:
        raise ScoringError(f"Expected q and confidence between 0 and 1; got {q} and {confidence}.")
    tail = (1 - confidence) / (2 if two_sided else 1)
    return math.ceil(math.log(tail) / math.log(q))


def _special() -> ModuleType:
    import scipy.special  # noqa: PLC0415 - scipy takes 0.3 s to load, and most processes never ask for an exact interval

    special: ModuleType = scipy.special
    return special


def _last_true(n: int, holds: Callable[[int], bool]) -> int | None:
    """Return the largest rank 1..n for which the condition holds; it holds up to some rank and not beyond."""
    low, high = 0, n
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low or None
