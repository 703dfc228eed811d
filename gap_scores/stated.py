"""What was stated of one requirement beside the levels that serve it: what reaching each level is worth, and of what a
missing or another level would be worth."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from gap_scores.levels import LevelRow, Levels
from gap_scores.scopes import Segment, part_of
from gap_scores.weighing import Weighed
from metrics.measured import ALL_PARTS
from metrics.models import Metric
from scoring.felt import Direction
from scoring.investing import FINE, Step, threshold_of
from scoring.levels import Level
from scoring.relinking import Voice
from scoring.rounding import divide_half_even
from scoring.sums import FELT_UNKNOWN
from scoring.units import factor


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """Answers to a requirement whose level a metric's part gives. per_unit: fine steps that a unit of the metric is
    worse by; now: the level in fine steps."""

    requirement: int
    metric: int
    per_unit: Fraction
    now: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said of a requirement for one product, by the level that serves it. metric None: nothing measures it.
    per_unit and now as of a line."""

    product: int
    metric: int | None
    per_unit: Fraction
    now: int
    voices: tuple[Voice, ...]


class Scale(NamedTuple):
    """In what a requirement's level is stated; step: its resolution."""

    unit: str
    direction: str
    step: Decimal

    def per_unit(self, unit: str) -> Fraction:
        """Return how many fine steps a unit of a metric is worse by."""
        sign = 1 if self.direction == Direction.LOWER else -1
        return FINE * factor(unit, self.unit) / Fraction(self.step) * sign


Place = tuple[int, str | None]  # a product and the part whose level serves there; None: nothing measures it
Said = Mapping[Place, Mapping[tuple[int | None, int], int]]  # weights by stated level and felt, exact
Read = tuple[tuple[MeasuredLine, ...], tuple[Heard, ...]]


@dataclass(frozen=True, slots=True)
class Reading:
    """One requirement's answers by the level that serves them, with the points each stated level is worth."""

    requirement: int
    levels: Levels
    scale: Scale
    metrics: Mapping[int, Metric]
    exact: Mapping[tuple[int, str], Level]

    @property
    def breakdowns(self) -> Hashable:
        """All of the levels that decides where answers are served."""
        return tuple(sorted((*place, row.breakdown) for place, row in self.levels.rows.items()))

    @property
    def compared(self) -> Hashable:
        """All that decides what the answers are worth."""
        its = [
            (*place, row.metric, self.metrics[row.metric].unit, row.m, self._measured(row))
            for place, row in sorted(self.levels.rows.items())
        ]
        return self.scale, tuple(its)

    def said(self, answers: Iterable[Weighed], segments: Mapping[int, Segment]) -> Said:
        found: defaultdict[Place, Counter[tuple[int | None, int]]] = defaultdict(Counter)
        for one in answers:
            found[one.product, self._part_of(one, segments)][one.level, one.felt] += one.weight
        # In one order, whatever strata the answers come from: sums of floats hang on theirs.
        return {place: dict(sorted(found[place].items(), key=_by_level)) for place in sorted(found, key=_by_product)}

    def _part_of(self, one: Weighed, segments: Mapping[int, Segment]) -> str | None:
        whole = self.levels.rows.get((one.product, ALL_PARTS))
        if whole is None:
            return None
        part = part_of(whole.breakdown, segment=segments[one.stratum], country=one.country)
        return part if (one.product, part) in self.levels.rows else ALL_PARTS

    def read(self, said: Said) -> Read:
        """Return the lines of the measured levels, and all that was said, by product and level."""
        total = sum(
            weight
            for (_product, part), sums in said.items()
            for (level, felt), weight in sums.items()
            if felt != FELT_UNKNOWN or (part is not None and level is not None)
        )
        lines, heard = [], []
        for (product, part), sums in said.items():
            voices = tuple(
                Voice(level, float(weight), None if felt == FELT_UNKNOWN else bool(felt))
                for (level, felt), weight in sums.items()
            )
            serving = None if part is None else self.levels.rows[product, part]
            if serving is None:
                heard.append(Heard(product, None, Fraction(0), 0, voices))
                continue
            per_unit = self.scale.per_unit(self.metrics[serving.metric].unit)
            now = self._now(serving, per_unit)
            heard.append(Heard(product, serving.metric, per_unit, now, voices))
            if total and (steps := _steps(serving, voices, total)):
                lines.append(MeasuredLine(self.requirement, serving.metric, per_unit, now, steps))
        return tuple(lines), tuple(heard)

    def _now(self, level: LevelRow, per_unit: Fraction) -> int:
        """The level as it was measured, where it is still the one in the sums; else that one."""
        measured = self._measured(level)
        fine = level.m * FINE if measured is None else round(measured * per_unit)
        return fine if divide_half_even(fine, FINE) == level.m else level.m * FINE

    def _measured(self, level: LevelRow) -> Fraction | None:
        measured = self.exact.get((level.metric, level.part))
        return None if measured is None else measured.value


def _by_product(place: Place) -> tuple[int, str]:
    product, part = place
    return product, part or ALL_PARTS


def _by_level(one: tuple[tuple[int | None, int], int]) -> tuple[bool, int, int]:
    (level, felt), _weight = one
    return level is None, level or 0, felt


def _steps(level: LevelRow, voices: Iterable[Voice], total: int) -> tuple[Step, ...]:
    """Return the points that reaching each stated level is worth, of answers that weigh `total` together."""
    steps = defaultdict[int, list[tuple[float, float, float]]](list)
    for required, weight, felt in voices:
        if required is not None:
            points = 100 * weight / total
            most = points / 2 if felt is (level.m > required) else points
            steps[threshold_of(required)].append((points, points if felt is None else points / 2, most))
    return tuple(Step(at, *(sum(each) for each in zip(*its, strict=True))) for at, its in sorted(steps.items()))
