"""What a control chart is: points with limits, phase by phase, and whether the process reaches the customers' level.

The limits come from scoring/shewhart.py (values), scoring/counted.py (shares and counts) and
scoring/time_weighted.py (EWMA, CUSUM), the signals from scoring/rules.py.
Source: docs/algorithms/control-charts.md.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, TypeVar

import numpy as np

from scoring.chart_constants import SIGMAS
from scoring.errors import ScoringError
from scoring.felt import Direction
from scoring.rules import Rules, Signal, Zones, signals_in

ON_ONE_SIDE = frozenset(
    {Signal.BEYOND_LIMIT, Signal.RUN_OF_EIGHT, Signal.RUN_OF_NINE, Signal.TWO_OF_THREE, Signal.FOUR_OF_FIVE}
)
FIRM_FROM = 12  # below so many points the limits are provisional


class ChartKind(StrEnum):
    """Which limits a chart has."""

    XMR = "xmr"
    XBAR_S = "xbar_s"
    XBAR_R = "xbar_r"
    P = "p"
    P_LANEY = "p_laney"
    NP = "np"
    C = "c"
    U = "u"
    U_LANEY = "u_laney"
    EWMA = "ewma"
    CUSUM = "cusum"


class Assurance(StrEnum):
    """Whether ordinary variation stays on the good side of the customers' level."""

    WILL = "will"
    MAY = "may"
    WILL_NOT = "will_not"


class Point(NamedTuple):
    """One plotted value with its limits; index counts from 0 over all phases, gaps included.

    A tuple, because charts of ten thousand points are drawn while somebody waits.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody asks a point
    value: float
    lcl: float
    ucl: float
    signals: tuple[Signal, ...] = ()


class Spread(NamedTuple):
    """How far values lie apart at one place: to the value before (XmR), or inside a subgroup (R, S)."""

    index: int  # type: ignore[assignment]  # as in a point
    value: float
    lcl: float
    ucl: float

    @property
    def beyond_limit(self) -> bool:
        return self.value > self.ucl or self.value < self.lcl


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch with its own centre and limits. Units: the metric's (share for p, count for np and c).

    sigma: of single values, from the variation within; None for counts, whose sigma follows from the centre.
    overall: the standard deviation of all n single values of the phase; None for counts.
    held: so many of the newest points are judged by these limits but did not make them: newer limits wait for them.
    mirror: the lower sums of a CUSUM, plotted downwards. inflation: Laney's sigma_z; typical_inflation: the same by the
    median of the moving ranges, which one bad period does not move.
    """

    centre: float
    sigma: float | None
    points: tuple[Point, ...]
    provisional: bool
    no_variation: bool
    spreads: tuple[Spread, ...] = ()
    spread_centre: float | None = None
    overall: float | None = None
    n: int = 0
    mirror: tuple[Point, ...] = ()
    inflation: float | None = None
    typical_inflation: float | None = None
    held: int = 0

    @property
    def basis(self) -> tuple[Point, ...]:
        """The points that the limits were worked out from."""
        return self.points[: len(self.points) - self.held]

    @property
    def spread_limit(self) -> float | None:
        """The upper limit of the newest spread."""
        return self.spreads[-1].ucl if self.spreads else None


@dataclass(frozen=True, slots=True)
class Chart:
    """A control chart, phase by phase."""

    kind: ChartKind
    phases: tuple[Phase, ...]

    @property
    def signals(self) -> tuple[tuple[int, Signal], ...]:
        """Return (index of the completing point, signal) in order of time."""
        points = (point for phase in self.phases for point in (*phase.points, *phase.mirror) if point.signals)
        ordered = sorted(points, key=lambda point: point.index)
        return tuple((point.index, signal) for point in ordered for signal in point.signals)


@dataclass(frozen=True, slots=True)
class Subgroup:
    """A count and the size or exposure it was found in."""

    count: float
    size: float


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


def goes_up_at(point: Point, phase: Phase) -> bool | None:
    """Return whether a signal says that values are high or rise; None: it says neither.

    A trend may rise below the centre. What lies close to the centre, avoids it, or goes up and down has no way.
    """
    if ON_ONE_SIDE.intersection(point.signals):
        return point.value > phase.centre
    if Signal.TREND_OF_SIX not in point.signals:
        return None
    before = max(each for each in phase.points if each.index < point.index)
    return point.value > before.value


def scaled(chart: Chart, size: float) -> Chart:
    """Return the chart with every value in another unit of the same dimension."""
    return chart if size == 1 else replace(chart, phases=tuple(_scaled(phase, size) for phase in chart.phases))


def _scaled(phase: Phase, size: float) -> Phase:
    def times(value: float | None) -> float | None:
        return None if value is None else value * size

    def moved(points: tuple[Point, ...]) -> tuple[Point, ...]:
        return tuple(Point(at.index, at.value * size, at.lcl * size, at.ucl * size, at.signals) for at in points)

    return replace(
        phase,
        centre=phase.centre * size,
        sigma=times(phase.sigma),
        points=moved(phase.points),
        spreads=tuple(Spread(at.index, at.value * size, at.lcl * size, at.ucl * size) for at in phase.spreads),
        spread_centre=times(phase.spread_centre),
        overall=times(phase.overall),
        mirror=moved(phase.mirror),
    )


# ---- What every chart is made with


T = TypeVar("T")
Placed = list[tuple[int, T]]  # what was observed, each with its index


class Row(NamedTuple):
    """A plotted value before it is judged: sigma is its own standard deviation, the limits may be clipped."""

    index: int  # type: ignore[assignment]  # as in a point
    value: float
    sigma: float
    lcl: float
    ucl: float


def chart_of(
    kind: ChartKind, phases: Sequence[Sequence[T | None]], draw: Callable[[Placed[T], Placed[T]], Phase | None]
) -> Chart | None:
    """Return the chart of what `draw` makes of each phase; None if no phase can be drawn.

    What comes after the last phase that can be drawn is held against its limits: the newest points are never left out.
    """
    placed, start = [], 0
    for phase in phases:
        placed.append([(start + offset, each) for offset, each in enumerate(phase) if each is not None])
        start += len(phase)
    drawn = [draw(its, []) for its in placed]
    last = max((at for at, each in enumerate(drawn) if each is not None), default=0)
    if held := [each for its in placed[last + 1 :] for each in its]:
        drawn[last] = draw(placed[last], held)
    kept = tuple(each for each in drawn if each is not None)
    return Chart(kind, kept) if kept else None


def row_around(index: int, value: float, centre: float, sigma: float) -> Row:
    return Row(index, value, sigma, centre - SIGMAS * sigma, centre + SIGMAS * sigma)


def judged(rows: Sequence[Row], centre: float, rules: Rules, *, no_variation: bool) -> tuple[Point, ...]:
    """Return the rows as points with their signals; where nothing varies nothing is a signal."""
    if no_variation:
        return tuple(Point(row.index, row.value, row.lcl, row.ucl) for row in rows)
    index, *columns = zip(*rows, strict=True)
    values, sigma, lcl, ucl = (np.array(column, dtype=float) for column in columns)
    found = signals_in(Zones(values, np.full(len(rows), centre), sigma, lcl, ucl), rules)
    return tuple(map(Point, index, columns[0], columns[2], columns[3], found))


def all_finite(values: Iterable[float]) -> None:
    if not all(map(math.isfinite, values)):
        raise ScoringError("Values contain NaN or infinity.")


def mean_of(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def deviation_of(values: Sequence[float]) -> float:
    """Return the sample standard deviation of at least two values."""
    middle = mean_of(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))
