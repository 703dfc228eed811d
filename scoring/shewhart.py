"""Charts of measured values: individual values with moving ranges, and means of subgroups with R or S beneath.

Source: docs/algorithms/control-charts.md, XmR. Subgroups: docs/algorithms/control-charts.md, X-bar with R or S.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from scoring.chart_constants import SIGMAS, c4, c5, d2, d3
from scoring.charts import (
    FIRM_FROM,
    Chart,
    ChartKind,
    Phase,
    Placed,
    Row,
    Spread,
    all_finite,
    chart_of,
    deviation_of,
    judged,
    mean_of,
    row_around,
)
from scoring.errors import ScoringError
from scoring.rules import Rules

RANGE_FACTOR = 1 + SIGMAS * d3(2) / d2(2)  # 3.267


@dataclass(frozen=True, slots=True)
class Sample:
    """What a subgroup of values comes to: all that a chart of means with deviations needs of it."""

    n: int
    mean: float
    deviation: float  # 0 for a single value

    def __len__(self) -> int:
        return self.n


# A subgroup at a place: its values, or what they come to.
Values = Sequence[float] | Sample


class Within(StrEnum):
    """From what the variation inside subgroups is estimated."""

    RANGE = "range"
    DEVIATION = "deviation"


def xmr_chart(phases: Sequence[Sequence[float | None]], rules: Rules = Rules.DEFAULT) -> Chart | None:
    """Return the chart of individual values and moving ranges; None if no phase has two neighbouring points.

    Shapes: phases of values in order of time, None = a missing period (a gap, never 0). A phase without two
    neighbouring points is left out, its indexes stay reserved; the newest is held against the limits before it.
    Raises: ScoringError for a value that is not finite.
    Source: docs/algorithms/control-charts.md, XmR.
    """
    return chart_of(ChartKind.XMR, phases, lambda placed, held: _xmr_phase(placed, held, rules))


def xbar_chart(
    phases: Sequence[Sequence[Values | None]], within: Within = Within.DEVIATION, rules: Rules = Rules.DEFAULT
) -> Chart | None:
    """Return the chart of means of subgroups, with their ranges or standard deviations as its spreads.

    Shapes: phases of subgroups in order of time, all of them values or all Samples; None or an empty one is a gap.
    Subgroups may differ in size: sigma is pooled then. None if no phase has two subgroups, or none with two values.
    Raises: ScoringError for a value that is not finite, and for ranges of Samples.
    Source: docs/algorithms/control-charts.md, X-bar with R or S.
    """
    kind = ChartKind.XBAR_R if within is Within.RANGE else ChartKind.XBAR_S

    def phase_of(placed: Placed[Any], held: Placed[Any]) -> Phase | None:
        return _xbar_phase(placed, held, within, rules)

    return chart_of(kind, phases, phase_of)


def moving_sigma(placed: Placed[float]) -> tuple[float, list[tuple[int, float]]] | None:
    """Return sigma from the moving ranges, and the ranges; None where no two values are neighbours.

    No range is taken across a missing period: the two values are not neighbours.
    """
    ranges = _moving_ranges(placed)
    return (mean_of([size for _, size in ranges]) / d2(2), ranges) if ranges else None


def _moving_ranges(placed: Placed[float]) -> list[tuple[int, float]]:
    return [(b[0], abs(b[1] - a[1])) for a, b in pairwise(placed) if b[0] == a[0] + 1]


def _xmr_phase(placed: Placed[float], held: Placed[float], rules: Rules) -> Phase | None:
    values = [value for _, value in placed]
    all_finite(value for _, value in (*placed, *held))
    moving = moving_sigma(placed)
    if moving is None:
        return None
    sigma, _ = moving
    centre, limit = mean_of(values), RANGE_FACTOR * d2(2) * sigma
    lcl, ucl = centre - SIGMAS * sigma, centre + SIGMAS * sigma
    rows = [Row(index, value, sigma, lcl, ucl) for index, value in (*placed, *held)]
    return Phase(
        centre=centre,
        sigma=sigma,
        points=judged(rows, centre, rules, no_variation=sigma == 0),
        provisional=len(placed) < FIRM_FROM,
        no_variation=sigma == 0,
        spreads=tuple(Spread(index, size, 0.0, limit) for index, size in _moving_ranges([*placed, *held])),
        spread_centre=d2(2) * sigma,
        overall=deviation_of(values),
        n=len(values),
        held=len(held),
    )


def _xbar_phase(placed: Placed[Values], held: Placed[Values], within: Within, rules: Rules) -> Phase | None:
    full, after = ([(index, group) for index, group in each if group] for each in (placed, held))
    for _, group in (*full, *after):
        all_finite((group.mean, group.deviation) if isinstance(group, Sample) else group)
    sigma = _sigma_within([group for _, group in full if len(group) > 1], within)
    if len(full) < 2 or sigma is None:
        return None
    every = _together([group for _, group in full])
    centre = every.mean
    rows = [row_around(index, _mean(group), centre, sigma / math.sqrt(len(group))) for index, group in (*full, *after)]
    spreads = tuple(_spread(index, group, sigma, within) for index, group in (*full, *after) if len(group) > 1)
    return Phase(
        centre=centre,
        sigma=sigma,
        points=judged(rows, centre, rules, no_variation=sigma == 0),
        provisional=len(full) < FIRM_FROM,
        no_variation=sigma == 0,
        spreads=spreads,
        spread_centre=_typical(within, max(len(group) for _, group in full)) * sigma,
        overall=every.deviation,
        n=len(every),
        held=len(after),
    )


def _sigma_within(groups: Sequence[Values], within: Within) -> float | None:
    """Return sigma from the mean range or deviation of subgroups of one size, pooled where sizes differ."""
    if not groups:
        return None
    sizes = {len(group) for group in groups}
    if len(sizes) == 1:
        return mean_of([_apart(group, within) for group in groups]) / _typical(within, sizes.pop())
    squares = math.fsum((len(group) - 1) * _deviation(group) ** 2 for group in groups)
    return math.sqrt(squares / sum(len(group) - 1 for group in groups))


def _spread(index: int, group: Values, sigma: float, within: Within) -> Spread:
    size = len(group)
    middle = _typical(within, size) * sigma
    reach = SIGMAS * sigma * (d3(size) if within is Within.RANGE else c5(size))
    return Spread(index, _apart(group, within), max(0.0, middle - reach), middle + reach)


def _apart(group: Values, within: Within) -> float:
    if within is Within.DEVIATION:
        return _deviation(group)
    if isinstance(group, Sample):
        raise ScoringError("A range needs each value.")
    return max(group) - min(group)


def _mean(group: Values) -> float:
    return group.mean if isinstance(group, Sample) else mean_of(group)


def _deviation(group: Values) -> float:
    return group.deviation if isinstance(group, Sample) else deviation_of(group)


def _together(groups: Sequence[Values]) -> Sample:
    """Return what all values of all subgroups come to: of Samples by what is inside and what is between them."""
    samples = [group for group in groups if isinstance(group, Sample)]
    if len(samples) < len(groups):
        every = [value for group in groups if not isinstance(group, Sample) for value in group]
        return Sample(len(every), mean_of(every), deviation_of(every))
    n = sum(each.n for each in samples)
    mean = math.fsum(each.n * each.mean for each in samples) / n
    squares = math.fsum((each.n - 1) * each.deviation**2 + each.n * (each.mean - mean) ** 2 for each in samples)
    return Sample(n, mean, math.sqrt(squares / (n - 1)))


def _typical(within: Within, size: int) -> float:
    """Return the mean range or standard deviation of so many standard normal values."""
    return d2(size) if within is Within.RANGE else c4(size)
