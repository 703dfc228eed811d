"""NPS, CSAT and CES: three numbers that customers know from others, each with its interval.

Source: docs/algorithms/loyalty.md.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from scoring.errors import ScoringError
from scoring.intervals import z_value
from scoring.voices import Mean, Said, Share, mean_of, share_of

PROMOTERS_FROM, DETRACTORS_TO, HIGHEST = 9, 6, 10
ADDED_EACH, ADDED = 0.75, 3.0  # of the adjusted Wald interval: to promoters and to detractors; to n
EASY_FROM, EASIEST = 5, 7


class Recommenders(NamedTuple):
    """Which shares promote, are passive, detract."""

    promoters: Fraction
    passives: Fraction
    detractors: Fraction


@dataclass(frozen=True, slots=True)
class Nps:
    """The score -100..100 with the adjusted Wald interval; n_eff: by Kish where weights differ, else n."""

    value: float
    lo: float
    hi: float
    variance: float
    shares: Recommenders
    n: int
    n_eff: float

    @property
    def standard_error(self) -> float:
        """As a share: with n, not n - 1."""
        return math.sqrt(self.variance / self.n_eff)


def nps(said: Iterable[Said]) -> Nps | None:
    """Return the net promoter score; values outside 0..10 are missing. None without any weight.

    Raises: ScoringError for a negative weight.
    Source: docs/algorithms/loyalty.md, NPS.
    """
    rows = [row for row in said if 0 <= row.value <= HIGHEST]
    base = mean_of(rows)
    if base is None:
        return None
    mass = {sign: Fraction() for sign in (1, 0, -1)}
    for row in rows:
        mass[_sign(row)] += Fraction(row.weight) * row.times
    whole = sum(mass.values(), Fraction())
    shares = Recommenders(*(mass[sign] / whole for sign in (1, 0, -1)))
    p, d = float(shares.promoters), float(shares.detractors)
    lo, hi = adjusted_wald(p, d, base.n_eff)
    value = float(100 * (shares.promoters - shares.detractors))
    return Nps(value, lo, hi, variance_of(p, d), shares, base.n, base.n_eff)


def variance_of(promoters: float, detractors: float) -> float:
    return promoters + detractors - (promoters - detractors) ** 2


def wald(promoters: float, detractors: float, n: float) -> tuple[float, float]:
    """Return the plain interval, in points; its width is 0 if all promote, so it is not shown."""
    if not n > 0 or not 0 <= promoters + detractors <= 1 + 1e-12:
        raise ScoringError(f"Expected two shares and n > 0; got {promoters}, {detractors} and {n}.")
    half = z_value() * math.sqrt(max(0.0, variance_of(promoters, detractors)) / n)
    value = promoters - detractors
    return 100 * (value - half), 100 * (value + half)


def adjusted_wald(promoters: float, detractors: float, n: float) -> tuple[float, float]:
    """Return the interval in points after three quarters of a promoter and of a detractor, and three people in all.

    Clipped to -100..100. Source: docs/algorithms/loyalty.md, NPS.
    """
    more = n + ADDED
    lo, hi = wald((promoters * n + ADDED_EACH) / more, (detractors * n + ADDED_EACH) / more, more)
    return max(-100.0, lo), min(100.0, hi)


def csat(said: Iterable[Said], *, satisfied_from: int) -> Share | None:
    """Return the share whose rating is at least the point from which the scale counts as satisfied.

    Source: docs/algorithms/loyalty.md, CSAT.
    """
    return share_of(row._replace(value=int(row.value >= satisfied_from)) for row in said)


@dataclass(frozen=True, slots=True)
class Effort:
    """The mean of 'it was easy' on 1..7 with its t interval, and the share of 5 to 7."""

    mean: Mean
    easy: Share


def effort(said: Iterable[Said]) -> Effort | None:
    """Return the customer effort score, version 2; values outside 1..7 are missing. None without any weight.

    Source: docs/algorithms/loyalty.md, CES.
    """
    rows = [row for row in said if 1 <= row.value <= EASIEST]
    mean = mean_of(rows, (1, EASIEST))
    easy = share_of(row._replace(value=int(row.value >= EASY_FROM)) for row in rows)
    return None if mean is None or easy is None else Effort(mean, easy)


def _sign(row: Said) -> int:
    return 1 if row.value >= PROMOTERS_FROM else -1 if row.value <= DETRACTORS_TO else 0
