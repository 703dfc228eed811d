"""What a steady process can hold against a limit that somebody asks of it.

Source: docs/algorithms/control-charts.md, Capability.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType

from scoring.charts import Chart, ChartKind
from scoring.errors import ScoringError
from scoring.intervals import CONFIDENCE, z_value

FEWEST = 25  # points of a phase
SIGMAS_EACH_SIDE = 3


class NotYet(StrEnum):
    """Why nothing may be said about what a process can do."""

    COUNTED = "counted"
    TOO_FEW = "too_few"
    OUT_OF_CONTROL = "out_of_control"
    NO_VARIATION = "no_variation"


@dataclass(frozen=True, slots=True)
class Index:
    """A capability index with its interval; 1 = the limit lies three sigma from the mean."""

    value: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class Capability:
    """Indices against one or two limits; what needs the other limit or a target is None.

    cp, cpl, cpu, cpk: by the variation within. pp, ppk: by all variation. cpm: counts the distance to the target.
    k: how far off the middle the mean lies, 0 = in it, 1 = on a limit.
    """

    n: int
    cpk: Index
    ppk: Index
    cpl: Index | None = None
    cpu: Index | None = None
    cp: Index | None = None
    pp: Index | None = None
    cpm: Index | None = None
    k: float | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A steady process: mean, standard deviation within and over all, and how many values they rest on."""

    mean: float
    within: float
    overall: float
    n: int


def not_yet(chart: Chart) -> NotYet | None:
    """Return why the newest phase of a chart says nothing about capability, or None where it may.

    Source: docs/algorithms/control-charts.md, Capability.
    """
    phase = chart.phases[-1]
    if phase.sigma is None or chart.kind in {ChartKind.EWMA, ChartKind.CUSUM}:
        return NotYet.COUNTED
    if phase.no_variation:
        return NotYet.NO_VARIATION
    if len(phase.basis) < FEWEST:
        return NotYet.TOO_FEW
    if any(point.signals for point in phase.points) or any(each.beyond_limit for each in phase.spreads):
        return NotYet.OUT_OF_CONTROL
    return None


def process_of(chart: Chart) -> Process:
    """Return the process of the newest phase. Raises: ScoringError where nothing may be said yet."""
    reason, phase = not_yet(chart), chart.phases[-1]
    if reason is not None or phase.sigma is None or phase.overall is None:
        raise ScoringError(f"Nothing can be said about capability: {reason}.")
    return Process(phase.centre, phase.sigma, phase.overall, phase.n)


def capability(
    process: Process, *, lower: float | None = None, upper: float | None = None, target: float | None = None
) -> Capability:
    """Return the indices against the limits that are asked.

    Units: mean, deviations, limits and target alike. Intervals: 95 %.
    Raises: ScoringError without any limit, for lower >= upper, a deviation that is not positive, or n < 2.
    Source: docs/algorithms/control-charts.md, Capability.
    """
    if (lower is None and upper is None) or (lower is not None and upper is not None and lower >= upper):
        raise ScoringError(f"Expected a limit, the lower one below the upper one; got {lower} and {upper}.")
    if not (process.within > 0 and process.overall > 0) or process.n < 2:
        raise ScoringError(f"Expected positive deviations of at least two values; got {process}.")
    lows, highs = _one_side(process, lower, -1), _one_side(process, upper, 1)
    single = Capability(
        n=process.n,
        cpk=min((each for each in (lows.get("within"), highs.get("within")) if each), key=lambda each: each.value),
        ppk=min((each for each in (lows.get("overall"), highs.get("overall")) if each), key=lambda each: each.value),
        cpl=lows.get("within"),
        cpu=highs.get("within"),
    )
    return single if lower is None or upper is None else _both_sides(process, single, lower, upper, target)


def _one_side(process: Process, limit: float | None, sign: int) -> dict[str, Index]:
    if limit is None:
        return {}
    room = sign * (limit - process.mean) / SIGMAS_EACH_SIDE
    return {
        "within": _around(room / process.within, process.n),
        "overall": _around(room / process.overall, process.n),
    }


def _both_sides(process: Process, single: Capability, lower: float, upper: float, target: float | None) -> Capability:
    width = (upper - lower) / (2 * SIGMAS_EACH_SIDE)
    freedom = process.n - 1
    cpm = None
    if target is not None:
        off = ((process.mean - target) / process.within) ** 2
        # Boyles: the squared distance to the target has about so many degrees of freedom.
        about = process.n * (1 + off) ** 2 / (1 + 2 * off)
        cpm = _by_chi_square(width / process.within / math.sqrt(1 + off), about)
    return Capability(
        n=process.n,
        cpk=single.cpk,
        ppk=single.ppk,
        cpl=single.cpl,
        cpu=single.cpu,
        cp=_by_chi_square(width / process.within, freedom),
        pp=_by_chi_square(width / process.overall, freedom),
        cpm=cpm,
        k=abs((upper + lower) / 2 - process.mean) / ((upper - lower) / 2),
    )


def _around(index: float, n: int) -> Index:
    """Bissell's interval of a one-sided index."""
    half = z_value(CONFIDENCE) * math.sqrt(1 / (9 * n) + index**2 / (2 * (n - 1)))
    return Index(index, index - half, index + half)


def _by_chi_square(index: float, freedom: float) -> Index:
    tail = (1 - CONFIDENCE) / 2
    low, high = (math.sqrt(_chi_square(share, freedom) / freedom) for share in (tail, 1 - tail))
    return Index(index, index * low, index * high)


def _chi_square(share: float, freedom: float) -> float:
    return 2 * float(_special().gammaincinv(freedom / 2, share))


def _special() -> ModuleType:
    import scipy.special  # noqa: PLC0415 - scipy takes 0.3 s to load, and most processes never ask for an exact interval

    special: ModuleType = scipy.special
    return special
