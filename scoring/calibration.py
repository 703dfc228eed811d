"""Whether those who estimate come out within their ranges, and by how much they promise more than comes true.

Source: docs/algorithms/calibration.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from scoring.errors import ScoringError
from scoring.intervals import t_half_width, wilson

METHOD = "calibration-1"
# A range is asked for so that what comes true lies within it four times of five: one time in ten on either side.
NOMINAL = 0.8
# Of fewer forecasts no share, bias or score is said.
LEAST = 5


class Forecast(NamedTuple):
    """What was expected and what came true, all in one unit. The ends may stand in either order."""

    low: float
    likely: float
    high: float
    came: float

    @property
    def ends(self) -> tuple[float, float]:
        return min(self.low, self.high), max(self.low, self.high)

    @property
    def is_within(self) -> bool:
        lower, upper = self.ends
        return lower <= self.came <= upper


class Ranges(StrEnum):
    """What the share within says of ranges, where its interval leaves no other reading."""

    TOO_FEW = "too few"
    TOO_NARROW = "too narrow"
    TOO_WIDE = "too wide"
    FITTING = "fitting"


@dataclass(frozen=True, slots=True)
class Within:
    """How many of n forecasts came true within their range; share (0..1) with its 95 % interval, None of too few."""

    n: int
    within: int
    share: float | None = None
    lo: float | None = None
    hi: float | None = None

    @property
    def ranges(self) -> Ranges:
        if self.lo is None or self.hi is None:
            return Ranges.TOO_FEW
        if self.hi < NOMINAL:
            return Ranges.TOO_NARROW
        return Ranges.TOO_WIDE if self.lo > NOMINAL else Ranges.FITTING


@dataclass(frozen=True, slots=True)
class Bias:
    """By how much the likely value lay above what came true, on average, with its 95 % interval; in the unit of the
    forecasts. Positive: more was promised than came true. score: the mean interval score; None of too few."""

    n: int
    mean: float | None = None
    lo: float | None = None
    hi: float | None = None
    score: float | None = None


def interval_score(forecast: Forecast, *, nominal: float = NOMINAL) -> float:
    """Return how good a range was, in its unit; smaller is better: its width, and what it missed by times 2 / alpha.

    nominal: the share of what comes true that ranges are meant to hold, 0..1; alpha = 1 - nominal.
    Raises: ScoringError for a nominal share outside 0..1 and for values that are not finite.
    Source: docs/algorithms/calibration.md, Interval score. Gneiting and Raftery 2007, section 6.2.
    """
    if not 0 < nominal < 1 or not all(map(math.isfinite, forecast)):
        raise ScoringError(f"Expected finite values and a nominal share between 0 and 1; got {forecast}, {nominal}.")
    lower, upper = forecast.ends
    missed = max(lower - forecast.came, forecast.came - upper, 0.0)
    return (upper - lower) + 2 / (1 - nominal) * missed


def within(forecasts: Sequence[Forecast]) -> Within:
    """Return the share of forecasts whose range holds what came true; of fewer than LEAST the counts only.

    Units may differ between forecasts. Source: docs/algorithms/calibration.md, Within the range.
    """
    n, held = len(forecasts), sum(each.is_within for each in forecasts)
    if n < LEAST:
        return Within(n, held)
    return Within(n, held, held / n, *wilson(held / n, n))


def bias(forecasts: Sequence[Forecast]) -> Bias:
    """Return the mean of likely minus came, with the t interval, and the mean interval score; all in one unit.

    Of fewer than LEAST forecasts only n. Raises: ScoringError for values that are not finite.
    Source: docs/algorithms/calibration.md, Bias.
    """
    n, scores = len(forecasts), [interval_score(each) for each in forecasts]
    if n < LEAST:
        return Bias(n)
    missed = [each.likely - each.came for each in forecasts]
    mean = math.fsum(missed) / n
    half = t_half_width(math.fsum((each - mean) ** 2 for each in missed) / (n - 1), n)
    return Bias(n, mean, mean - half, mean + half, math.fsum(scores) / n)
