"""Charts with a memory, which find small lasting shifts: EWMA and the tabular CUSUM.

Source: docs/algorithms/control-charts.md, EWMA. Sums: docs/algorithms/control-charts.md, CUSUM.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scoring.charts import (
    FIRM_FROM,
    Chart,
    ChartKind,
    Phase,
    Placed,
    Point,
    Row,
    all_finite,
    chart_of,
    deviation_of,
    judged,
    mean_of,
)
from scoring.errors import ScoringError
from scoring.rules import Rules, Signal
from scoring.shewhart import moving_sigma

WEIGHT = 0.2  # of the newest value
WIDTH = 3.0  # sigmas from the centre to the limits of an EWMA
SLACK, DECISION = 0.5, 5.0  # K and H of a CUSUM, in sigmas
EWMA_ARL, CUSUM_ARL = 560, 465  # points until a false alarm, with these settings and known limits


@dataclass(frozen=True, slots=True)
class Weighted:
    """An exponentially weighted mean and its exact standard deviation."""

    value: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Sums:
    """How much values have lain above and below the target beyond the slack, summed up; both are 0 or more."""

    up: float
    down: float


def ewma(
    values: Sequence[float], *, start: float, sigma: float, weight: float = WEIGHT, sizes: Sequence[int] | None = None
) -> list[Weighted]:
    """Return the weighted mean after each value.

    Units: values, start and sigma (of a single value) alike; sizes: of the subgroup behind each value, 1 if not given.
    Raises: ScoringError unless 0 < weight <= 1 and sigma >= 0, for a size below 1, or a value that is not finite.
    Source: docs/algorithms/control-charts.md, EWMA.
    """
    all_finite([*values, start])
    if not 0 < weight <= 1 or not sigma >= 0 or any(size < 1 for size in sizes or ()):
        raise ScoringError(f"Expected 0 < weight <= 1, sigma >= 0 and sizes >= 1; got {weight}, {sigma} and {sizes}.")
    found, level, variance = [], start, 0.0
    for value, size in zip(values, sizes or [1] * len(values), strict=True):
        level = weight * value + (1 - weight) * level
        # Exact from the first point on; the printed formula is this sum for subgroups of one size.
        variance = weight**2 * sigma**2 / size + (1 - weight) ** 2 * variance
        found.append(Weighted(level, math.sqrt(variance)))
    return found


def cusum(values: Sequence[float], *, target: float, slack: float) -> list[Sums]:
    """Return both sums after each value. Units: all alike; slack (K) >= 0.

    Raises: ScoringError for a negative slack or a value that is not finite.
    Source: docs/algorithms/control-charts.md, CUSUM.
    """
    all_finite([*values, target])
    if not slack >= 0:
        raise ScoringError(f"Expected a slack >= 0; got {slack}.")
    found, up, down = [], 0.0, 0.0
    for value in values:
        up = max(0.0, up + (value - target) - slack)
        down = max(0.0, down - (value - target) - slack)
        found.append(Sums(up, down))
    return found


def ewma_chart(phases: Sequence[Sequence[float | None]]) -> Chart | None:
    """Return the EWMA chart around each phase's mean, sigma from its moving ranges; None as xmr_chart.

    Its only rule is a point beyond a limit: neighbouring points are alike by construction.
    """
    return chart_of(ChartKind.EWMA, phases, _ewma_phase)


def cusum_chart(phases: Sequence[Sequence[float | None]]) -> Chart | None:
    """Return the CUSUM chart around each phase's mean, lower sums as its mirror; None as xmr_chart.

    Units of the points: sums of deviations, in the unit of the values. Signals: beyond H, and nothing else.
    """
    return chart_of(ChartKind.CUSUM, phases, _cusum_phase)


def _ewma_phase(placed: Placed[float], held: Placed[float]) -> Phase | None:
    moving = moving_sigma(placed)
    if moving is None:
        return None
    values, sigma = [value for _, value in placed], moving[0]
    centre, every = mean_of(values), [*placed, *held]
    weighted = ewma([value for _, value in every], start=centre, sigma=sigma)
    rows = [
        Row(index, at.value, at.sigma, centre - WIDTH * at.sigma, centre + WIDTH * at.sigma)
        for (index, _), at in zip(every, weighted, strict=True)
    ]
    points = judged(rows, centre, Rules.ONE, no_variation=sigma == 0)
    return _phase(values, centre, sigma, points, held=len(held))


def _cusum_phase(placed: Placed[float], held: Placed[float]) -> Phase | None:
    moving = moving_sigma(placed)
    if moving is None:
        return None
    values, sigma = [value for _, value in placed], moving[0]
    limit, every = DECISION * sigma, [*placed, *held]
    sums = cusum([value for _, value in every], target=mean_of(values), slack=SLACK * sigma)
    points = tuple(_sum_at(index, at.up, limit) for (index, _), at in zip(every, sums, strict=True))
    mirror = tuple(_sum_at(index, -at.down, limit) for (index, _), at in zip(every, sums, strict=True))
    return _phase(values, 0.0, sigma, points, mirror, held=len(held))


def _sum_at(index: int, value: float, limit: float) -> Point:
    signals = (Signal.BEYOND_LIMIT,) if abs(value) > limit > 0 else ()
    return Point(index, value, -limit, limit, signals)


def _phase(
    values: Sequence[float],
    centre: float,
    sigma: float,
    points: tuple[Point, ...],
    mirror: tuple[Point, ...] = (),
    *,
    held: int,
) -> Phase:
    return Phase(
        centre=centre,
        sigma=sigma,
        points=points,
        provisional=len(values) < FIRM_FROM,
        no_variation=sigma == 0,
        overall=deviation_of(values),
        n=len(values),
        mirror=mirror,
        held=held,
    )
