"""Charts of counts and shares, whose limits follow from their centre: p, np, c, u, and Laney's p' and u'.

Source: docs/algorithms/control-charts.md, Overdispersion, p and np, c and u.
"""

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist, median
from typing import NamedTuple

from scoring.chart_constants import SIGMAS
from scoring.charts import FIRM_FROM, Chart, ChartKind, Phase, Placed, Row, Subgroup, chart_of, judged
from scoring.errors import ScoringError
from scoring.rules import Rules
from scoring.shewhart import moving_sigma

OVERDISPERSED = 1.5  # from here sigma_z is more than the noise of two dozen points
LARGE_SUBGROUP = 1_000  # units a subgroup, on average, from which binomial limits come too close
MEDIAN_RANGE = math.sqrt(2) * NormalDist().inv_cdf(0.75)  # median range of two standard normal values, 0.954
LARGE_COUNT = 100  # events a subgroup, on average, from which Poisson limits do


def p_chart(phases: Sequence[Sequence[Subgroup | None]], rules: Rules = Rules.DEFAULT) -> Chart | None:
    """Return the chart of shares; a subgroup of size 0 is a gap. None if no phase has two subgroups.

    Raises: ScoringError unless 0 <= count <= size.
    Source: docs/algorithms/control-charts.md, p and np.
    """
    return chart_of(ChartKind.P, phases, lambda placed, held: _p_phase(placed, held, rules))


def laney_p_chart(phases: Sequence[Sequence[Subgroup | None]], rules: Rules = Rules.DEFAULT) -> Chart | None:
    """Return the p chart with limits widened by how far shares really vary from one subgroup to the next.

    None if no phase has two neighbouring subgroups. Raises: as p_chart.
    Source: docs/algorithms/control-charts.md, Overdispersion.
    """
    return chart_of(ChartKind.P_LANEY, phases, lambda placed, held: _p_phase(placed, held, rules, widen=True))


def np_chart(phases: Sequence[Sequence[Subgroup | None]], rules: Rules = Rules.DEFAULT) -> Chart | None:
    """Return the chart of counts in subgroups of one size. Raises: ScoringError as p_chart, and for unequal sizes."""
    return chart_of(ChartKind.NP, phases, lambda placed, held: _np_phase(placed, held, rules))


def c_chart(phases: Sequence[Sequence[float | None]], rules: Rules = Rules.DEFAULT) -> Chart | None:
    """Return the chart of counts over a constant exposure. Raises: ScoringError for a negative count."""
    return chart_of(ChartKind.C, phases, lambda placed, held: _c_phase(placed, held, rules))


def u_chart(phases: Sequence[Sequence[Subgroup | None]], rules: Rules = Rules.DEFAULT) -> Chart | None:
    """Return the chart of counts per unit of exposure; an exposure of 0 is a gap.

    Raises: ScoringError for a negative count or exposure.
    Source: docs/algorithms/control-charts.md, c and u.
    """
    return chart_of(ChartKind.U, phases, lambda placed, held: _u_phase(placed, held, rules))


def laney_u_chart(phases: Sequence[Sequence[Subgroup | None]], rules: Rules = Rules.DEFAULT) -> Chart | None:
    """Return the u chart, widened as the p' chart is. Raises: as u_chart."""
    return chart_of(ChartKind.U_LANEY, phases, lambda placed, held: _u_phase(placed, held, rules, widen=True))


def share_chart(phases: Sequence[Sequence[Subgroup | None]], rules: Rules = Rules.DEFAULT) -> Chart | None:
    """Return the p chart, or p' where subgroups are large and shares vary more than chance alone explains.

    Raises: ScoringError as p_chart does. Source: docs/algorithms/control-charts.md, Overdispersion.
    """
    sizes = [each.size for phase in phases for each in phase if each is not None and each.size]
    is_large = bool(sizes) and sum(sizes) / len(sizes) >= LARGE_SUBGROUP
    return _unless_overdispersed(p_chart, laney_p_chart, phases, rules, is_large=is_large)


def rate_chart(phases: Sequence[Sequence[Subgroup | None]], rules: Rules = Rules.DEFAULT) -> Chart | None:
    """Return the u chart, or u' where counts are large and vary more than chance alone explains. Raises: as u_chart."""
    counts = [each.count for phase in phases for each in phase if each is not None and each.size]
    is_large = bool(counts) and sum(counts) / len(counts) >= LARGE_COUNT
    return _unless_overdispersed(u_chart, laney_u_chart, phases, rules, is_large=is_large)


Draw = Callable[[Sequence[Sequence[Subgroup | None]], Rules], Chart | None]


def _unless_overdispersed(
    plain: Draw, widened: Draw, phases: Sequence[Sequence[Subgroup | None]], rules: Rules, *, is_large: bool
) -> Chart | None:
    chart = widened(phases, rules) if is_large else None
    if chart is not None and max(phase.typical_inflation or 0.0 for phase in chart.phases) >= OVERDISPERSED:
        return chart
    return plain(phases, rules)


def _p_phase(placed: Placed[Subgroup], held: Placed[Subgroup], rules: Rules, *, widen: bool = False) -> Phase | None:
    full, after = _not_empty(placed), _not_empty(held)
    shares = [(at, each.size, _share(each)) for at, each in (*full, *after)]
    centre = _pooled(full)
    spread = math.sqrt(centre * (1 - centre))
    rows = [(at, share, spread / math.sqrt(size)) for at, size, share in shares]
    return _counted_phase(rows, centre, rules, highest=1, widen=widen, held=len(after))


def _np_phase(placed: Placed[Subgroup], held: Placed[Subgroup], rules: Rules) -> Phase | None:
    full, after = _not_empty(placed), _not_empty(held)
    sizes = {each.size for _, each in (*full, *after)}
    if len(sizes) > 1:
        raise ScoringError(f"An np chart needs subgroups of one size; got {sorted(sizes)}. Use a p chart.")
    share = _share(Subgroup(math.fsum(each.count for _, each in full), math.fsum(each.size for _, each in full)))
    size = max(sizes, default=0.0)
    spread = math.sqrt(size * share * (1 - share))
    rows = [(at, each.count, spread) for at, each in (*full, *after)]
    return _counted_phase(rows, size * share, rules, highest=size, held=len(after))


def _c_phase(placed: Placed[float], held: Placed[float], rules: Rules) -> Phase | None:
    full, after = ([(index, Subgroup(count, 1)) for index, count in each] for each in (placed, held))
    return _u_phase(full, after, rules)


def _u_phase(placed: Placed[Subgroup], held: Placed[Subgroup], rules: Rules, *, widen: bool = False) -> Phase | None:
    full, after = _not_empty(placed), _not_empty(held)
    centre = _pooled(full)
    rows = [(at, each.count / each.size, math.sqrt(centre / each.size)) for at, each in (*full, *after)]
    return _counted_phase(rows, centre, rules, highest=math.inf, widen=widen, held=len(after))


def _counted_phase(
    rows: list[tuple[int, float, float]],
    centre: float,
    rules: Rules,
    *,
    highest: float,
    widen: bool = False,
    held: int = 0,
) -> Phase | None:
    """Draw (index, value, standard deviation) rows; limits are clipped to what such a value can be."""
    basis = rows[: len(rows) - held]
    if len(basis) < 2:
        return None
    no_variation = not any(spread for _, _, spread in rows)
    inflation = _inflation(basis, centre, no_variation=no_variation) if widen else None
    if widen and inflation is None:
        return None
    by = inflation.mean if inflation else 1.0
    limited = [_clipped(at, value, centre, spread * by, highest) for at, value, spread in rows]
    return Phase(
        centre=centre,
        sigma=None,
        points=judged(limited, centre, rules, no_variation=no_variation),
        provisional=len(basis) < FIRM_FROM,
        no_variation=no_variation,
        inflation=inflation.mean if inflation else None,
        typical_inflation=inflation.median if inflation else None,
        held=held,
    )


def _clipped(index: int, value: float, centre: float, sigma: float, highest: float) -> Row:
    return Row(index, value, sigma, max(0.0, centre - SIGMAS * sigma), min(highest, centre + SIGMAS * sigma))


class _Inflation(NamedTuple):
    """sigma_z by the mean of the moving ranges, and by their median."""

    mean: float
    median: float


def _inflation(rows: list[tuple[int, float, float]], centre: float, *, no_variation: bool) -> _Inflation | None:
    """Return how many of their own standard deviations neighbouring values lie apart, 1 = chance alone."""
    if no_variation:
        return _Inflation(1.0, 1.0)
    moving = moving_sigma([(at, (value - centre) / spread) for at, value, spread in rows])
    if moving is None:
        return None
    sigma, ranges = moving
    # Equal neighbours throughout say nothing about how far values vary; limits of no width would.
    return _Inflation(sigma or 1.0, median(size for _, size in ranges) / MEDIAN_RANGE)


def _not_empty(placed: Placed[Subgroup]) -> Placed[Subgroup]:
    for _, each in placed:
        if not (math.isfinite(each.count) and each.count >= 0 and math.isfinite(each.size) and each.size >= 0):
            raise ScoringError(f"Expected a finite count and size >= 0; got {each}.")
    return [(index, each) for index, each in placed if each.size]


def _pooled(full: Placed[Subgroup]) -> float:
    return _rate(math.fsum(each.count for _, each in full), math.fsum(each.size for _, each in full))


def _share(each: Subgroup) -> float:
    if not 0 <= each.count <= each.size:
        raise ScoringError(f"Expected 0 <= count <= size; got {each}.")
    return _rate(each.count, each.size)


def _rate(count: float, size: float) -> float:
    return count / size if size else 0.0
