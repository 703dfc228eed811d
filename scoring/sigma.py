"""Six Sigma counts: defects per unit and opportunity, sigma level, yields.

Source: docs/algorithms/measured-level.md, Sigma level and yields.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

from scoring.errors import ScoringError

SHIFT = 1.5  # a convention, not a measurement: kept beside every sigma level
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class SigmaLevel:
    """A sigma level with the long-term to short-term shift that went into it; value may be +inf or -inf."""

    value: float
    shift: float


def dpu(defects: int, units: int) -> Fraction | None:
    """Return defects per unit, None without units."""
    return _rate(defects, units)


def dpo(defects: int, units: int, opportunities: int) -> Fraction | None:
    """Return defects per opportunity (0..1), None without opportunities. Opportunities are per unit."""
    share = _rate(defects, units * opportunities)
    if share is not None and share > 1:
        raise ScoringError(f"Expected at most one defect per opportunity; got {defects} of {units * opportunities}.")
    return share


def dpmo(defects: int, units: int, opportunities: int) -> Fraction | None:
    """Return defects per million opportunities (0..1,000,000), None without opportunities."""
    share = dpo(defects, units, opportunities)
    return None if share is None else share * MILLION


def sigma_level(defects_per_million: Fraction | float | None, shift: float = SHIFT) -> SigmaLevel | None:
    """Return Phi^-1(1 - DPMO / 1e6) + shift, one tail.

    Result: +inf at 0 (show '>= sigma of the upper bound' then), -inf at 1,000,000, None without data.
    Raises: ScoringError outside 0..1,000,000.
    Source: docs/algorithms/measured-level.md, Sigma level.
    """
    if defects_per_million is None:
        return None
    share = float(defects_per_million / MILLION)
    if not 0 <= share <= 1:
        raise ScoringError(f"Expected 0..1,000,000 defects per million; got {defects_per_million}.")
    if share in (0.0, 1.0):
        return SigmaLevel(math.inf if share == 0 else -math.inf, shift)
    return SigmaLevel(shift - NormalDist().inv_cdf(share), shift)


def sigma_interval(
    dpmo_interval: tuple[float, float], shift: float = SHIFT
) -> tuple[SigmaLevel | None, SigmaLevel | None]:
    """Return the ends of a DPMO interval as sigma levels, the worse one first."""
    low, high = dpmo_interval
    return sigma_level(high, shift), sigma_level(low, shift)


def dpmo_at(level: SigmaLevel) -> float:
    """Return the defects per million that belong to a sigma level: 3.4 at 6 with shift 1.5."""
    # erfc and not 1 - cdf: the difference loses every digit in the far tail.
    return MILLION * math.erfc((level.value - level.shift) / math.sqrt(2)) / 2


def first_time_yield(units: int, scrap: int, rework: int) -> Fraction | None:
    """Return the share of units that passed a step without scrap or rework, None without units."""
    if scrap < 0 or rework < 0 or scrap + rework > units:
        raise ScoringError(f"Expected scrap {scrap} + rework {rework} between 0 and units {units}.")
    return Fraction(units - scrap - rework, units) if units else None


def rolled_throughput_yield(yields: Sequence[Fraction]) -> Fraction | None:
    """Return the product of the steps' yields (0..1), None without steps."""
    if not all(0 <= each <= 1 for each in yields):
        raise ScoringError("Expected yields between 0 and 1.")
    return math.prod(yields, start=Fraction(1)) if yields else None


def normalised_yield(rolled: Fraction | float, steps: int) -> float:
    """Return the yield that each of the steps would need for the same rolled yield."""
    if steps < 1 or not 0 <= rolled <= 1:
        raise ScoringError(f"Expected at least one step and a yield in 0..1; got {steps} and {rolled}.")
    return math.pow(rolled, 1 / steps)


def total_dpu(rolled: Fraction | float) -> float:
    """Return -ln RTY, the defects per unit over all steps if defects are Poisson; +inf at 0."""
    if not 0 <= rolled <= 1:
        raise ScoringError(f"Expected a yield in 0..1; got {rolled}.")
    return -math.log(rolled) if rolled else math.inf


def _rate(count: int, base: int) -> Fraction | None:
    if count < 0 or base < 0:
        raise ScoringError(f"Expected counts >= 0; got {count} of {base}.")
    return Fraction(count, base) if base else None
