"""Control charts of a metric: limits, signals and whether the process reaches the customers' level.

Source: docs/algorithms/control-charts.md.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from scoring.errors import ScoringError
from scoring.felt import Direction

D2 = 2 / math.sqrt(math.pi)  # mean range of two standard normal values, 1.128 in the printed tables
D3 = math.sqrt(2 - D2 * D2)  # its standard deviation, 0.853
SIGMAS = 3
RUN = 8
FIRM_FROM = 12  # below so many points the limits are provisional
LARGE_SUBGROUP = 10_000  # from here binomial and Poisson limits are too narrow for real processes


class ChartKind(StrEnum):
    """Which limits a chart has."""

    XMR = "xmr"
    P = "p"
    NP = "np"
    C = "c"
    U = "u"


class Signal(StrEnum):
    """Why a point is not ordinary variation."""

    BEYOND_LIMIT = "beyond_limit"
    RUN_OF_EIGHT = "run_of_eight"


class Assurance(StrEnum):
    """Whether ordinary variation stays on the good side of the customers' level."""

    WILL = "will"
    MAY = "may"
    WILL_NOT = "will_not"


@dataclass(frozen=True, slots=True)
class Point:
    """One plotted value with its limits; index counts from 0 over all phases, gaps included."""

    index: int
    value: float
    lcl: float
    ucl: float
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class MovingRange:
    """The difference to the point before, and whether it is itself beyond its limit."""

    index: int
    value: float
    beyond_limit: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch with its own centre and limits. Units: the metric's (share for p, count for np and c)."""

    centre: float
    sigma: float | None
    points: tuple[Point, ...]
    provisional: bool
    no_variation: bool
    ranges: tuple[MovingRange, ...] = ()
    range_limit: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A control chart, phase by phase."""

    kind: ChartKind
    phases: tuple[Phase, ...]

    @property
    def signals(self) -> tuple[tuple[int, Signal], ...]:
        """Return (index of the completing point, signal) in order of time."""
        return tuple(
            (point.index, signal) for phase in self.phases for point in phase.points for signal in point.signals
        )


@dataclass(frozen=True, slots=True)
class Subgroup:
    """A count and the size or exposure it was found in."""

    count: float
    size: float


def xmr_chart(phases: Sequence[Sequence[float | None]]) -> Chart | None:
    """Return the chart of individual values and moving ranges; None if no phase has two neighbouring points.

    Shapes: phases of values in order of time, None = a missing period (a gap, never 0). A phase without two
    neighbouring points is left out, its indexes stay reserved.
    Raises: ScoringError for a value that is not finite.
    Source: docs/algorithms/control-charts.md, XmR.
    """
    return _chart(ChartKind.XMR, phases, _xmr_phase)


def p_chart(phases: Sequence[Sequence[Subgroup | None]]) -> Chart | None:
    """Return the chart of shares; a subgroup of size 0 is a gap. None if no phase has two subgroups.

    Raises: ScoringError unless 0 <= count <= size.
    Source: docs/algorithms/control-charts.md, p and np.
    """
    return _chart(ChartKind.P, phases, _p_phase)


def np_chart(phases: Sequence[Sequence[Subgroup | None]]) -> Chart | None:
    """Return the chart of counts in subgroups of one size. Raises: ScoringError as p_chart, and for unequal sizes."""
    return _chart(ChartKind.NP, phases, _np_phase)


def c_chart(phases: Sequence[Sequence[float | None]]) -> Chart | None:
    """Return the chart of counts over a constant exposure. Raises: ScoringError for a negative count."""
    return _chart(ChartKind.C, phases, _c_phase)


def u_chart(phases: Sequence[Sequence[Subgroup | None]]) -> Chart | None:
    """Return the chart of counts per unit of exposure; an exposure of 0 is a gap.

    Raises: ScoringError for a negative count or exposure.
    Source: docs/algorithms/control-charts.md, c and u.
    """
    return _chart(ChartKind.U, phases, _u_phase)


def share_chart(phases: Sequence[Sequence[Subgroup | None]]) -> Chart | None:
    """Return the p chart, or the XmR chart of the shares where subgroups are so large that p limits mislead.

    Raises: ScoringError as p_chart does. Source: docs/algorithms/control-charts.md, Large subgroups.
    """
    sizes = [each.size for phase in phases for each in phase if each is not None and each.size]
    if not sizes or max(sizes) <= LARGE_SUBGROUP:
        return p_chart(phases)
    return xmr_chart([[None if each is None or not each.size else _share(each) for each in phase] for phase in phases])


def assurance(chart: Chart, level: float, direction: Direction) -> Assurance:
    """Return whether the newest point's limits lie on the good side of the customers' level.

    Units: level as the chart's values. A limit equal to the level reaches it.
    Source: docs/algorithms/control-charts.md, Assurance.
    """
    newest = chart.phases[-1].points[-1]
    worse, better, required = newest.ucl, newest.lcl, level
    if direction is Direction.HIGHER:
        worse, better, required = -newest.lcl, -newest.ucl, -level
    if worse <= required:
        return Assurance.WILL
    return Assurance.MAY if better <= required else Assurance.WILL_NOT


# ---- From values to phases


T = TypeVar("T")
Placed = list[tuple[int, T]]  # what was observed, each with its index


def _chart(
    kind: ChartKind, phases: Sequence[Sequence[T | None]], draw: Callable[["Placed[T]"], Phase | None]
) -> Chart | None:
    drawn, start = [], 0
    for phase in phases:
        placed = [(start + offset, each) for offset, each in enumerate(phase) if each is not None]
        start += len(phase)
        drawn.append(draw(placed))
    kept = tuple(phase for phase in drawn if phase is not None)
    return Chart(kind, kept) if kept else None


def _xmr_phase(placed: "Placed[float]") -> Phase | None:
    _all_finite(value for _, value in placed)
    # No range is taken across a missing period: the two values are not neighbours.
    ranges = [(b[0], abs(b[1] - a[1])) for a, b in pairwise(placed) if b[0] == a[0] + 1]
    if not ranges:
        return None
    mean_range = math.fsum(size for _, size in ranges) / len(ranges)
    centre, sigma = _mean([value for _, value in placed]), mean_range / D2
    limits = (centre - SIGMAS * sigma, centre + SIGMAS * sigma)
    range_limit = (1 + SIGMAS * D3 / D2) * mean_range
    points = _points([(index, value, *limits) for index, value in placed], centre, no_variation=sigma == 0)
    moving = tuple(MovingRange(index, size, beyond_limit=size > range_limit) for index, size in ranges)
    return Phase(centre, sigma, points, len(placed) < FIRM_FROM, sigma == 0, moving, range_limit)


def _p_phase(placed: "Placed[Subgroup]") -> Phase | None:
    full = _not_empty(placed)
    shares = [_share(each) for _, each in full]
    centre = _pooled(full)
    spread = math.sqrt(centre * (1 - centre))
    rows = [(at, share, spread / math.sqrt(each.size)) for (at, each), share in zip(full, shares, strict=True)]
    return _counted_phase(rows, centre, highest=1)


def _np_phase(placed: "Placed[Subgroup]") -> Phase | None:
    full = _not_empty(placed)
    sizes = {each.size for _, each in full}
    if len(sizes) > 1:
        raise ScoringError(f"An np chart needs subgroups of one size; got {sorted(sizes)}. Use a p chart.")
    share = _share(Subgroup(math.fsum(each.count for _, each in full), math.fsum(each.size for _, each in full)))
    size = max(sizes, default=0.0)
    spread = math.sqrt(size * share * (1 - share))
    return _counted_phase([(at, each.count, spread) for at, each in full], size * share, highest=size)


def _c_phase(placed: "Placed[float]") -> Phase | None:
    return _u_phase([(index, Subgroup(count, 1)) for index, count in placed])


def _u_phase(placed: "Placed[Subgroup]") -> Phase | None:
    full = _not_empty(placed)
    centre = _pooled(full)
    rows = [(at, each.count / each.size, math.sqrt(centre / each.size)) for at, each in full]
    return _counted_phase(rows, centre, highest=math.inf)


def _counted_phase(rows: list[tuple[int, float, float]], centre: float, highest: float) -> Phase | None:
    """Draw (index, value, standard deviation) rows; limits are clipped to what such a value can be."""
    if len(rows) < 2:
        return None
    no_variation = not any(spread for _, _, spread in rows)
    limited = [
        (at, value, max(0.0, centre - SIGMAS * spread), min(highest, centre + SIGMAS * spread))
        for at, value, spread in rows
    ]
    points = _points(limited, centre, no_variation=no_variation)
    return Phase(centre, None, points, len(rows) < FIRM_FROM, no_variation)


def _points(rows: list[tuple[int, float, float, float]], centre: float, *, no_variation: bool) -> tuple[Point, ...]:
    if no_variation:
        return tuple(Point(*row) for row in rows)
    runs = _runs([value for _, value, _, _ in rows], centre)
    return tuple(Point(*row, signals=_signals(row, run)) for row, run in zip(rows, runs, strict=True))


def _signals(row: tuple[int, float, float, float], run: int) -> tuple[Signal, ...]:
    _, value, lcl, ucl = row
    beyond = (Signal.BEYOND_LIMIT,) if value < lcl or value > ucl else ()
    return beyond + ((Signal.RUN_OF_EIGHT,) if run >= RUN else ())


def _runs(values: list[float], centre: float) -> list[int]:
    """Return for each value how many in a row, it included, lie on its side; on the centre line it is 0."""
    runs, length, side = [], 0, 0
    for value in values:
        here = (value > centre) - (value < centre)
        length = 0 if here == 0 else length + 1 if here == side else 1
        side = here
        runs.append(length)
    return runs


def _not_empty(placed: "Placed[Subgroup]") -> "Placed[Subgroup]":
    for _, each in placed:
        if not (math.isfinite(each.count) and each.count >= 0 and math.isfinite(each.size) and each.size >= 0):
            raise ScoringError(f"Expected a finite count and size >= 0; got {each}.")
    return [(index, each) for index, each in placed if each.size]


def _pooled(full: "Placed[Subgroup]") -> float:
    return _rate(math.fsum(each.count for _, each in full), math.fsum(each.size for _, each in full))


def _share(each: Subgroup) -> float:
    if not 0 <= each.count <= each.size:
        raise ScoringError(f"Expected 0 <= count <= size; got {each}.")
    return _rate(each.count, each.size)


def _rate(count: float, size: float) -> float:
    return count / size if size else 0.0


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _all_finite(values: Iterable[float]) -> None:
    if not all(map(math.isfinite, values)):
        raise ScoringError("Values contain NaN or infinity.")
