"""The gap score of one requirement, in floats: the definition that the kept sums must agree with.

Sums are taken with math.fsum, so the order of the rows never changes a bit. Source: docs/algorithms/gap-score.md.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from scoring.curves import SatisfactionCurve, satisfaction_curve
from scoring.errors import ScoringError
from scoring.felt import Direction, Quantity, at_least_as_good
from scoring.intervals import wilson

METHOD = "gap-1"  # kept with every score; raise it when a formula below changes

YES, NO, UNKNOWN = 0, 1, 2  # rows and columns of the nine boxes


@dataclass(frozen=True, slots=True)
class MeasuredLevel:
    """m with the ends of its interval, in the unit of the required levels; an end that is None is open.

    An open worse end is met for nobody, an open better end for everybody.
    """

    m: Quantity
    lo: Quantity | None
    hi: Quantity | None

    @classmethod
    def certain(cls, m: Quantity) -> "MeasuredLevel":
        """Return a level that is known without error."""
        return cls(m, m, m)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What one contact of one customer says about the requirement for one product.

    Units: weight 0..1,000; importance 0..10, None = unknown; required in the requirement's unit, None = unknown;
    age in months; factor = the stratum's h. `level` is the measured level that serves this row (of its product
    or part), None where none was ever measured.
    """

    customer: Hashable
    contact: Hashable
    product: Hashable
    weight: float
    importance: float | None
    required: Quantity | None
    felt: bool | None
    level: MeasuredLevel | None
    age: float = 0.0
    factor: float = 1.0


Boxes = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class FourBoxes:
    """Shares (0..1) of the weight with both halves known, and the share of all weight that this is."""

    both: float
    communication_problem: float
    latent_risk: float
    real_problem: float
    weight_shown: float


@dataclass(frozen=True, slots=True)
class GapResult:
    """A gap score with what it rests on.

    Units: gap, lo, hi and depth in points 0..100; shares 0..1, None where that half is known for nobody;
    boxes[met][felt] in weight, each index yes, no, unknown.
    n counts every row heard, scored those that weigh in the sums.
    """

    gap: float
    lo: float
    hi: float
    n: int
    scored: int
    n_eff: float
    share_met: float | None
    share_felt: float | None
    boxes: Boxes
    depth: float | None
    mean_importance: float
    weight: float

    def four_boxes(self) -> FourBoxes | None:
        """Return the mosaic over the answers with both halves known, or None if there are none."""
        (both, told_not, _), (risk, neither, _), _ = self.boxes
        known = math.fsum((both, told_not, risk, neither))
        if not known:
            return None
        in_sums = math.fsum(self.weight_of_boxes())
        return FourBoxes(both / known, told_not / known, risk / known, neither / known, known / in_sums)

    def weight_of_boxes(self) -> list[float]:
        """Return the nine boxes as one list: met yes, no, unknown, each with felt yes, no, unknown."""
        return [box for row in self.boxes for box in row]


@dataclass(frozen=True, slots=True)
class _Weighed:
    row: AnswerRow
    mass: float  # W = a f
    reach: float  # a A f: what this row adds to the denominator of n_eff
    met: bool | None
    met_at_worse: bool | None
    met_at_better: bool | None

    def satisfied(self, met: bool | None) -> float | None:
        """Return c: the mean of the known halves, None if both are unknown."""
        halves = [float(half) for half in (met, self.row.felt) if half is not None]
        return sum(halves) / len(halves) if halves else None


def gap_score(rows: Sequence[AnswerRow], *, direction: Direction, half_life: float | None) -> GapResult | None:
    """Return the gap score of a requirement, or None where nobody's answer weighs anything.

    Shapes: rows in any order, one per contact, requirement and product. Units: half_life in months, None = no fading.
    Raises: ScoringError for a negative or not finite weight, importance, age or factor, and a half-life <= 0.
    Source: docs/algorithms/gap-score.md.
    """
    weighed = _weigh(rows, direction, half_life)
    sums = [each for each in weighed if each.satisfied(each.met) is not None]
    mass = math.fsum(each.mass for each in sums)
    reach = math.fsum(each.reach for each in sums)
    if mass <= 0 or reach <= 0:
        return None
    n_eff = mass * (mass / reach)
    gap = _gap(sums, [each.met for each in sums], mass)
    worse = _gap(sums, [each.met_at_worse for each in sums], mass)
    better = _gap(sums, [each.met_at_better for each in sums], mass)
    lo, hi = gap_interval(gap, n_eff, (better, worse))
    return GapResult(
        gap=gap,
        lo=lo,
        hi=hi,
        n=len(rows),
        scored=sum(each.row.weight > 0 for each in sums),
        n_eff=n_eff,
        share_met=_share([(each.mass, each.met) for each in sums]),
        share_felt=_share([(each.mass, each.row.felt) for each in sums]),
        boxes=_boxes(weighed),
        depth=_depth(sums),
        mean_importance=mass / math.fsum(each.mass / (each.row.importance or 1) for each in sums),
        weight=mass,
    )


def gap_interval(gap: float, n_eff: float, at_ends: tuple[float, ...] = ()) -> tuple[float, float]:
    """Return the 95 % interval of a gap: Wilson at n_eff, widened to the envelope over the ends of m's interval.

    Units: points 0..100; at_ends = the gap with m at either end of its interval. The result encloses the gap.
    Source: docs/algorithms/gap-score.md, Interval.
    """
    ends = [wilson(_share_served(point), n_eff) for point in (gap, *at_ends)]
    lo, hi = 100 * (1 - max(high for _, high in ends)), 100 * (1 - min(low for low, _ in ends))
    return max(0.0, min(lo, gap)), min(100.0, max(hi, gap))


def shortfall(level: Quantity, required: Quantity) -> float | None:
    """Return by which share 0..1 a measured level misses the required one that it does not satisfy.

    None where a level is below zero: that is no ratio scale. Source: docs/algorithms/gap-score.md, Depth.
    """
    smaller, larger = min(level, required), max(level, required)
    return float(1 - smaller / larger) if smaller >= 0 else None


def depth_of(compared: Iterable[tuple[float, float | None]]) -> float | None:
    """Return the mean shortfall in points from (weight, shortfall) pairs.

    None where nothing is compared or a shortfall is unknown. Source: docs/algorithms/gap-score.md, Depth.
    """
    masses, lost = [], []
    for mass, missing in compared:
        if missing is None:
            return None
        masses.append(mass)
        lost.append(mass * missing)
    return 100 * math.fsum(lost) / math.fsum(masses) if any(masses) else None


def curve_of(rows: Sequence[AnswerRow], *, direction: Direction, half_life: float | None) -> SatisfactionCurve | None:
    """Return the satisfaction curve of the rows that state a required level, with the weights of the gap score.

    Raises: ScoringError as gap_score does. Source: docs/algorithms/gap-score.md, Satisfaction curve.
    """
    stated = [
        (each.row.required, each.mass) for each in _weigh(rows, direction, half_life) if each.row.required is not None
    ]
    return satisfaction_curve(stated, direction)


def freshness(age: float, half_life: float | None) -> float:
    """Return 0.5^(age / half-life); 1 without a half-life. Raises: ScoringError for a negative age."""
    if half_life is None:
        half_life = math.inf
    if not (math.isfinite(age) and age >= 0) or not half_life > 0:
        raise ScoringError(f"Expected an age >= 0 and a half-life > 0; got {age} and {half_life}.")
    return math.pow(0.5, age / half_life)


def _weigh(rows: Sequence[AnswerRow], direction: Direction, half_life: float | None) -> list[_Weighed]:
    counted = [row for row in rows if _check(row) and _counts(row)]
    colleagues: defaultdict[Hashable, set[Hashable]] = defaultdict(set)
    for row in counted:
        colleagues[row.customer, row.product].add(row.contact)
    shares = [row.weight * (row.importance or 0) / len(colleagues[row.customer, row.product]) for row in counted]
    of_customer: defaultdict[Hashable, list[float]] = defaultdict(list)
    for row, share in zip(counted, shares, strict=True):
        of_customer[row.customer].append(share)
    totals = {customer: math.fsum(each) for customer, each in of_customer.items()}
    weighed = []
    for row, share in zip(counted, shares, strict=True):
        mass = row.factor * share * freshness(row.age, half_life)
        met = [_met(row, end, direction) for end in ("m", "worse", "better")]
        weighed.append(_Weighed(row, mass, mass * row.factor * totals[row.customer], *met))
    return weighed


def _check(row: AnswerRow) -> bool:
    numbers = (row.weight, row.factor, row.age, 0 if row.importance is None else row.importance)
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise ScoringError(f"Expected finite weight, factor, age and importance >= 0; got {row}.")
    return True


def _counts(row: AnswerRow) -> bool:
    """Whether the row shares the customer's weight: importance > 0 and something to be satisfied about."""
    return bool(row.importance) and (row.required is not None or row.felt is not None)


def _met(row: AnswerRow, end: str, direction: Direction) -> bool | None:
    if row.level is None or row.required is None:
        return None
    lower_end_is_worse = direction is Direction.HIGHER
    if end == "m":
        level: Quantity | None = row.level.m
    else:
        level = row.level.lo if (end == "worse") == lower_end_is_worse else row.level.hi
    return end == "better" if level is None else at_least_as_good(level, row.required, direction)


def _gap(sums: list[_Weighed], met: list[bool | None], mass: float) -> float:
    served = math.fsum(each.mass * (each.satisfied(at) or 0.0) for each, at in zip(sums, met, strict=True))
    return 100 * ((mass - served) / mass)


def _share_served(gap: float) -> float:
    return min(1.0, max(0.0, 1 - gap / 100))


def _share(parts: list[tuple[float, bool | None]]) -> float | None:
    known = math.fsum(mass for mass, verdict in parts if verdict is not None)
    return math.fsum(mass for mass, verdict in parts if verdict) / known if known else None


def _boxes(weighed: list[_Weighed]) -> Boxes:
    cells: list[list[float]] = [[] for _ in range(9)]
    for each in weighed:
        cells[3 * _box(each.met) + _box(each.row.felt)].append(each.mass)
    yy, yn, yu, ny, nn, nu, uy, un, uu = map(math.fsum, cells)
    return (yy, yn, yu), (ny, nn, nu), (uy, un, uu)


def _box(verdict: bool | None) -> int:
    return UNKNOWN if verdict is None else YES if verdict else NO


def _depth(sums: list[_Weighed]) -> float | None:
    return depth_of(
        (each.mass, 0.0 if each.met else shortfall(each.row.level.m, each.row.required))
        for each in sums
        if each.row.level is not None and each.row.required is not None
    )
