"""What a set of investments takes off the overall gap, and which set of them does most for a budget.

Levels are whole numbers, smaller is better, whatever the unit and the direction (see `threshold_of`). A set is worked
out as a whole, because gains do not add up: two options on one level share its steps, and a chain moves only when its
bottleneck moves. Source: docs/algorithms/investing.md.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np

from scoring.circle import Link, OwnGap, transmitted_gaps
from scoring.intervals import wilson

METHOD = "invest-1"
FINE = 1_000  # parts of a step of a requirement's resolution: effects are added before the new level is rounded


class At(IntEnum):
    """Which of an option's three expected effects counts."""

    LOW, LIKELY, HIGH = 0, 1, 2


class Step(NamedTuple):
    """Answers that a level at or under the threshold meets. Units: points of the requirement's own gap.

    weight: all that they weigh; least: the half that is measured; most: what goes if how they feel follows, too.
    """

    threshold: int
    weight: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Line:
    """The answers to one requirement whose level moves as one: its steps, the level now, and each option's three
    effects on it, which are added to it: negative makes it better."""

    requirement: int
    now: int
    steps: tuple[Step, ...]
    effects: Mapping[int, tuple[int, int, int]]


class Part(NamedTuple):
    """A requirement that has a gap: its share of importance (0..1) and its gap with its interval in points."""

    requirement: int
    function: int | None
    share: float
    gap: float
    lo: float
    hi: float
    n_eff: float


@dataclass(frozen=True, slots=True)
class Option:
    """An investment. cost: in whole units of any size, >= 0; excludes counts both ways."""

    key: int
    cost: int
    requires: frozenset[int] = frozenset()
    excludes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Circle:
    """own: what each function's own gap is without a requirement here (None: no data); it does not move.
    facing: functions that face customers."""

    own: Mapping[int, float | None]
    links: Sequence[Link[int]]
    facing: frozenset[int]


NO_CIRCLE = Circle({}, (), frozenset())


class Gain(NamedTuple):
    """Points off a gap: what is likely if customers feel as before, with its range.

    lo: at the low effects, if they feel as before; hi: at the high ones, if all who are newly served come to feel it.
    """

    points: float
    lo: float
    hi: float


class Touched(NamedTuple):
    """What a set does to one requirement: points off its own gap, the share of its weight newly served, and the 95 %
    interval of the gain by how many were heard."""

    requirement: int
    gain: Gain
    served: float
    sure: tuple[float, float]


@dataclass(frozen=True)
class Case:
    """All that a set is judged by."""

    parts: tuple[Part, ...]
    lines: tuple[Line, ...]
    options: tuple[Option, ...]
    circle: Circle = NO_CIRCLE

    @cached_property
    def part_of(self) -> dict[int, Part]:
        return {part.requirement: part for part in self.parts}

    @cached_property
    def option_of(self) -> dict[int, Option]:
        return {option.key: option for option in self.options}

    @cached_property
    def moving(self) -> tuple[Line, ...]:
        """The lines that any option moves and that are in the sums."""
        return tuple(
            line
            for line in self.lines
            if line.requirement in self.part_of and any(any(its) for its in line.effects.values())
        )

    @cached_property
    def moved_by(self) -> dict[int, list[int]]:
        """Which of the moving lines each option moves, by their places."""
        found: dict[int, list[int]] = {}
        for at, line in enumerate(self.moving):
            for key in line.effects:
                found.setdefault(key, []).append(at)
        return found

    def moved(self, chosen: Collection[int]) -> list[Line]:
        return [self.moving[at] for at in sorted({at for key in chosen for at in self.moved_by.get(key, ())})]


def threshold_of(required: int) -> int:
    """Return the largest fine level that rounds, half to even, to no more than this required level in steps."""
    return FINE * required + FINE // 2 - (required % 2)


def points_met(steps: Sequence[Step], level: int, *, follows: bool = False) -> float:
    return math.fsum(step.most if follows else step.least for step in steps if level <= step.threshold)


def gains(case: Case, chosen: Collection[int], *, at: At = At.LIKELY, follows: bool = False) -> dict[int, float]:
    """Return the points that a set takes off the own gap of each requirement it moves (negative: it adds some).

    follows: those whose level becomes enough come to feel it, those whose level becomes too bad cease to.
    Source: docs/algorithms/investing.md, What a set gains.
    """
    found: dict[int, list[float]] = {}
    for line in case.moved(chosen):
        then = line.now + sum(its[at] for key, its in line.effects.items() if key in chosen)
        gained = points_met(line.steps, then, follows=follows) - points_met(line.steps, line.now, follows=follows)
        found.setdefault(line.requirement, []).append(gained)
    return {requirement: math.fsum(each) for requirement, each in found.items()}


def gain_of(case: Case, chosen: Collection[int]) -> Gain:
    """Return the points that a set takes off the overall gap. Source: docs/algorithms/investing.md."""
    return _whole_gain(case, _three(case, chosen))


def touched_by(case: Case, chosen: Collection[int]) -> list[Touched]:
    """Return what a set does to each requirement on whose level it has an effect, the largest share of points first.

    Source: docs/algorithms/investing.md, What a set gains.
    """
    return gain_and_touched(case, chosen)[1]


def gain_and_touched(case: Case, chosen: Collection[int]) -> tuple[Gain, list[Touched]]:
    """Return both at once: they are worked out of the same three readings. Source: as of each."""
    three, newly = _three(case, chosen), _newly_served(case, chosen)
    found = []
    for requirement in three[0]:
        gain = _gain(*(its[requirement] for its in three))
        sure = _surely(gain, case.part_of[requirement].n_eff)
        found.append(Touched(requirement, gain, newly[requirement], sure))
    found.sort(key=lambda each: (-case.part_of[each.requirement].share * each.gain.points, each.requirement))
    return _whole_gain(case, three), found


def reach_of(case: Case, chosen: Collection[int]) -> float:
    """Return R: the points that a set takes off what reaches customers, over the functions that face them, each by its
    share of importance among them. Source: docs/algorithms/investing.md, Reach."""
    now, then = (reaching(case, own_gaps_after(case, its)) for its in ({}, gains(case, chosen)))
    return math.fsum(weight * (now[function] - then[function]) for function, weight in weights_facing(case).items())


Three = tuple[dict[int, float], dict[int, float], dict[int, float]]  # at the likely, the low and the high level


def _three(case: Case, chosen: Collection[int]) -> Three:
    return gains(case, chosen), gains(case, chosen, at=At.LOW), gains(case, chosen, at=At.HIGH, follows=True)


def _whole_gain(case: Case, three: Three) -> Gain:
    return _gain(*(weighed(case, its) for its in three))


def weighed(case: Case, by_requirement: Mapping[int, float]) -> float:
    """Return the points of the overall gap that points of own gaps of requirements are, each by its share."""
    return math.fsum(case.part_of[requirement].share * gained for requirement, gained in by_requirement.items())


def _gain(points: float, low: float, high: float) -> Gain:
    """Where a level gets worse, feeling follows downwards: the range holds all three."""
    return Gain(points, min(points, low, high), max(points, low, high))


def _surely(gain: Gain, n_eff: float) -> tuple[float, float]:
    return _end(gain.lo, n_eff, upper=False), _end(gain.hi, n_eff, upper=True)


def _end(points: float, n_eff: float, *, upper: bool) -> float:
    """Return an end of the interval of a gain as of a share; of a loss as of its opposite."""
    lo, hi = wilson(min(abs(points), 100.0) / 100, n_eff)
    away = 100 * (hi if upper == (points >= 0) else lo)
    return away if points >= 0 else -away


def _newly_served(case: Case, chosen: Collection[int]) -> dict[int, float]:
    """Return the share (0..1) of each requirement's weight whose level becomes enough, less what loses it."""
    won: dict[int, list[float]] = {}
    for line in case.moved(chosen):
        then = line.now + sum(its[At.LIKELY] for key, its in line.effects.items() if key in chosen)
        its_own = won.setdefault(line.requirement, [])
        its_own += [step.weight for step in line.steps if then <= step.threshold < line.now]
        its_own += [-step.weight for step in line.steps if line.now <= step.threshold < then]
    return {requirement: math.fsum(each) / 100 for requirement, each in won.items()}


def reaching(case: Case, own: Mapping[int, float | None]) -> dict[int, float]:
    """Return the largest gap that reaches customers through each function, 0 where none is known."""
    owns = {function: None if gap is None else OwnGap(gap, gap, gap) for function, gap in own.items()}
    arriving = transmitted_gaps(owns, case.circle.links)
    return {function: gap.gap if gap else 0.0 for function, gap in arriving.items()}


def strengths_from(case: Case, start: int) -> dict[int, float]:
    """Return how much of one function's gap reaches each function: what arrives of a gap of 1."""
    return reaching(case, {function: 1.0 if function == start else None for function in case.circle.own})


def own_gaps_after(case: Case, gained: Mapping[int, float]) -> dict[int, float | None]:
    """Return each function's own gap after these gains by requirement; None: no data."""
    owned: dict[int, list[Part]] = {}
    for part in case.parts:
        if part.function is not None and part.function in case.circle.own:
            owned.setdefault(part.function, []).append(part)
    found: dict[int, float | None] = dict(case.circle.own)
    for function, parts in owned.items():
        share = math.fsum(part.share for part in parts)
        gap = math.fsum(part.share * (part.gap - gained.get(part.requirement, 0.0)) for part in parts)
        # A difference of equal numbers can end a bit below 0.
        found[function] = max(gap / share, 0.0) if share > 0 else found[function]
    return found


def weights_facing(case: Case) -> dict[int, float]:
    """Return the share of importance of each function that faces customers, among these."""
    mine: dict[int, list[float]] = {function: [] for function in sorted(case.circle.facing & case.circle.own.keys())}
    for part in case.parts:
        if part.function is not None and part.function in mine:
            mine[part.function].append(part.share)
    shares = {function: math.fsum(each) for function, each in mine.items()}
    total = math.fsum(shares.values())
    return {function: share / total for function, share in shares.items()} if total > 0 else {}


def drawn(case: Case, rng: np.random.Generator) -> Case:
    """Return the case as it may be as well: each gap drawn from its interval, what is unmet and met scaled to it.

    Draws are triangular, with the gap as the likeliest value. Source: docs/algorithms/investing.md, Robustness.
    """
    gaps = {part.requirement: _drawn_gap(part, rng) for part in case.parts}
    parts = tuple(part._replace(gap=gaps[part.requirement]) for part in case.parts)
    lines = tuple(_scaled(line, case.part_of.get(line.requirement), gaps) for line in case.lines)
    return replace(case, parts=parts, lines=lines)


def _drawn_gap(part: Part, rng: np.random.Generator) -> float:
    lo, hi = min(part.lo, part.gap), max(part.hi, part.gap)
    return float(rng.triangular(lo, part.gap, hi)) if lo < hi else part.gap


def scale_of(gap: float, drawn_gap: float) -> tuple[float, float]:
    """Return what the weights of answers that are unmet now, and of those that are met, are multiplied by."""
    return drawn_gap / gap if gap > 0 else 0.0, (100 - drawn_gap) / (100 - gap) if gap < 100 else 0.0


def _scaled(line: Line, part: Part | None, gaps: Mapping[int, float]) -> Line:
    if part is None:
        return line
    unmet, met = scale_of(part.gap, gaps[part.requirement])
    steps = [(step, unmet if step.threshold < line.now else met) for step in line.steps]
    scaled = tuple(Step(step.threshold, step.weight * by, step.least * by, step.most * by) for step, by in steps)
    return replace(line, steps=scaled)
