"""How far the measurements of a metric can be trusted, and what speaks against it.

Source: docs/algorithms/data-health.md.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from scoring.errors import ScoringError

MISSED = 1.9  # so many rhythms between two period ends are a missing period, as on a chart
GRAVELY_LATE = 3  # rhythms
FAR_OUT = 3.0  # widths of the middle half, beyond its ends
FEWEST_TO_COMPARE = 8
FEW_FLAWS = 3  # so many that count weigh as one that is grave


class FlawKind(StrEnum):
    NEVER = "never"
    LATE = "late"
    MISSING = "missing"
    DUPLICATED = "duplicated"
    OUT_OF_RANGE = "out_of_range"
    CHANGED = "changed"
    SINGLE_SOURCE = "single_source"
    INPUT = "input"


class Weight(IntEnum):
    """A remark is said and takes no trust away."""

    REMARK = 0
    COUNTS = 1
    GRAVE = 2


class Trust(StrEnum):
    SOUND = "sound"
    CARE = "care"
    DOUBT = "doubt"
    NONE = "none"


class Reading(NamedTuple):
    """One current measurement.

    figures: what was counted or measured, in any form that compares equal where it is the same; level: the value that
    it stands for alone, None where it stands for none; is_counted: it adds up with others, so that the same twice
    doubles its weight.
    """

    starts_on: date
    ends_on: date
    part: str
    source: str
    figures: Hashable
    level: float | None
    is_counted: bool


class Rhythm(NamedTuple):
    """How often a metric is measured, and how long it may take, in days."""

    cadence: int
    grace: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that speaks against a metric: count of `of`, or days where it is late."""

    kind: FlawKind
    weight: Weight
    count: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """trust: how far; flaws: why, the gravest first; n: the measurements that it rests on."""

    trust: Trust
    flaws: tuple[Flaw, ...]
    n: int


def health(readings: Sequence[Reading], *, rhythm: Rhythm, as_of: date, changed_on: date | None = None) -> Health:
    """Return how far measurements can be trusted as of a day, and why not further.

    readings: current ones, in any order; changed_on: the day on which what the metric measures was changed last.
    Raises: ScoringError for a rhythm below one day, and for a reading of after the day.
    Source: docs/algorithms/data-health.md.
    """
    if rhythm.cadence < 1 or rhythm.grace < 0:
        raise ScoringError(f"Expected a cadence of a day or more and no negative grace; got {rhythm}.")
    if not readings:
        return Health(Trust.NONE, (Flaw(FlawKind.NEVER, Weight.GRAVE),), 0)
    ends = sorted({each.ends_on for each in readings})
    if ends[-1] > as_of:
        raise ScoringError(f"Expected readings up to {as_of}; got one of {ends[-1]}.")
    found = (
        _late(ends[-1], rhythm, as_of),
        _missing(ends, rhythm),
        _duplicated(readings),
        _out_of_range(readings),
        _changed(readings, changed_on),
        _single_source(readings),
    )
    flaws = tuple(sorted((flaw for flaw in found if flaw), key=lambda flaw: -flaw.weight))
    return Health(_trust(flaws), flaws, len(readings))


def health_of_derived(inputs: Sequence[Health]) -> Health:
    """Return how far a metric can be trusted that is worked out from others: no further than the worst of them.

    inputs: of the measured metrics at the ends of its formulas, in any order; none: nothing to trust.
    Source: docs/algorithms/data-health.md.
    """
    if not inputs:
        return Health(Trust.NONE, (Flaw(FlawKind.NEVER, Weight.GRAVE),), 0)
    trust = max((each.trust for each in inputs), key=list(Trust).index)
    weak = sum(each.trust is not Trust.SOUND for each in inputs)
    weight = Weight.COUNTS if trust is Trust.CARE else Weight.GRAVE
    flaws = (Flaw(FlawKind.INPUT, weight, weak, len(inputs)),) if weak else ()
    return Health(trust, flaws, sum(each.n for each in inputs))


def _trust(flaws: Sequence[Flaw]) -> Trust:
    counting = [flaw for flaw in flaws if flaw.weight > Weight.REMARK]
    if len(counting) >= FEW_FLAWS or any(flaw.weight is Weight.GRAVE for flaw in counting):
        return Trust.DOUBT
    return Trust.CARE if counting else Trust.SOUND


def _weighed(kind: FlawKind, count: int, of: int, *, grave_above: float) -> Flaw | None:
    """Return a flaw of so many; grave where they are more than this share."""
    if not count:
        return None
    return Flaw(kind, Weight.GRAVE if count > grave_above * of else Weight.COUNTS, count, of)


def _late(newest: date, rhythm: Rhythm, as_of: date) -> Flaw | None:
    days = (as_of - newest).days - rhythm.cadence - rhythm.grace
    if days <= 0:
        return None
    weight = Weight.GRAVE if days > GRAVELY_LATE * rhythm.cadence else Weight.COUNTS
    return Flaw(FlawKind.LATE, weight, days)


def _missing(ends: Sequence[date], rhythm: Rhythm) -> Flaw | None:
    """A daily rhythm has weekends and holidays, which are no holes."""
    if rhythm.cadence == 1:
        return None
    gaps = [(later - earlier).days for earlier, later in pairwise(ends)]
    missing = sum(round(gap / rhythm.cadence) - 1 for gap in gaps if gap > MISSED * rhythm.cadence)
    return _weighed(FlawKind.MISSING, missing, missing + len(ends), grave_above=1 / 4)


def _duplicated(readings: Sequence[Reading]) -> Flaw | None:
    """The same figures of one period and part: from another source, or once more where figures add up."""
    counted = Counter(_said(each) for each in readings if each.is_counted)
    told = {(*_said(each), each.source) for each in readings if not each.is_counted}
    sources = Counter(each[:-1] for each in told)
    found = sum(count - 1 for count in (*counted.values(), *sources.values()))
    return _weighed(FlawKind.DUPLICATED, found, len(readings), grave_above=1 / 10)


def _said(reading: Reading) -> tuple[Hashable, ...]:
    return (reading.starts_on, reading.ends_on, reading.part, reading.figures)


def _out_of_range(readings: Sequence[Reading]) -> Flaw | None:
    """Tukey's 'far out': three widths of the middle half beyond its ends. Each part has a level of its own."""
    levels: defaultdict[str, list[float]] = defaultdict(list)
    for each in readings:
        if each.level is not None:
            levels[each.part].append(each.level)
    compared = [its for its in levels.values() if len(its) >= FEWEST_TO_COMPARE]
    far = sum(_far_out(its) for its in compared)
    return _weighed(FlawKind.OUT_OF_RANGE, far, sum(map(len, compared)), grave_above=1 / 20)


def _far_out(levels: Sequence[float]) -> int:
    low, high = (float(end) for end in np.quantile(levels, (0.25, 0.75)))
    reach = FAR_OUT * (high - low)
    # Where the middle half has no width, every other value would be far out.
    return sum(not low - reach <= level <= high + reach for level in levels) if reach > 0 else 0


def _changed(readings: Sequence[Reading], changed_on: date | None) -> Flaw | None:
    if changed_on is None:
        return None
    before = sum(each.ends_on < changed_on for each in readings)
    return _weighed(FlawKind.CHANGED, before, len(readings), grave_above=1 / 2)


def _single_source(readings: Sequence[Reading]) -> Flaw | None:
    if len({each.source for each in readings}) > 1:
        return None
    return Flaw(FlawKind.SINGLE_SOURCE, Weight.REMARK, len(readings), len(readings))
