"""A change of a gap, split into what made it: one thing after the other is brought from then to now.

Source: docs/algorithms/gap-score.md, What a change is made of.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from scoring.errors import ScoringError


class Cause(StrEnum):
    """What is brought from then to now, in this order: what is heard and measured before what is decided."""

    INTERVIEWS = "interviews"
    FADED = "faded"
    LEVELS = "levels"
    LINKS = "links"
    WEIGHTS = "weights"
    REGISTER = "register"
    DEFINITIONS = "definitions"


class Weighed(NamedTuple):
    """One requirement at one stage: its gap in points, and J = mass x mean importance, which it counts with."""

    gap: float
    j: float


Stage = Mapping[int, Weighed]


@dataclass(frozen=True, slots=True)
class Part:
    """What one cause did to the gap, in points, and what of it each requirement did: those sum up to `points`."""

    cause: Cause
    points: float
    by_requirement: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """then + the points of the parts = now, but for the last bits of a float."""

    then: float
    now: float
    parts: tuple[Part, ...]


def split_change(stages: Sequence[Stage]) -> Waterfall:
    """Return what each cause adds to a gap that is the mean of requirements' gaps, weighted by J.

    Shapes: `stages`: the requirements as they were, then after each of the seven causes, so the last as they are now.
    Units: points 0..100. A stage in which nothing weighs leaves the gap as it was before.
    Raises: ScoringError for another number of stages, or where nothing weighs in the first or the last one.
    Source: docs/algorithms/gap-score.md, What a change is made of.
    """
    if len(stages) != len(Cause) + 1:
        raise ScoringError(f"Expected {len(Cause) + 1} stages; got {len(stages)}.")
    points = [_points_of(stage) for stage in stages]
    if not points[0] or not points[-1]:
        raise ScoringError("Nothing weighs at the beginning or at the end, so there is no change to split.")
    parts, before = [], points[0]
    for cause, after in zip(Cause, points[1:], strict=True):
        after = after or before  # noqa: PLW2901  # nothing weighs in between: nothing is said of it
        moved = {each: after.get(each, 0.0) - before.get(each, 0.0) for each in sorted({*before, *after})}
        parts.append(Part(cause, math.fsum(moved.values()), {each: its for each, its in moved.items() if its}))
        before = after
    return Waterfall(math.fsum(points[0].values()), math.fsum(before.values()), tuple(parts))


def _points_of(stage: Stage) -> dict[int, float]:
    """Return the priority points of each requirement: its share of J times its gap."""
    j = math.fsum(each.j for each in stage.values())
    return {requirement: each.j / j * each.gap for requirement, each in stage.items()} if j > 0 else {}


def in_steps(then: float, points: Sequence[float], *, step: float) -> list[float]:
    """Return parts rounded to steps so that they still add up to the change between the two rounded ends.

    Each part differs from the exact one by less than a step; those that lose most by rounding down get one back.
    Units: points and step in points of gap.
    Source: docs/algorithms/gap-score.md, What a change is made of.
    """
    exact = [each / step for each in points]
    down = [math.floor(each) for each in exact]
    wanted = round((then + math.fsum(points)) / step) - round(then / step)
    left = sorted(range(len(exact)), key=lambda at: (down[at] - exact[at], at))
    given = set(left[: wanted - sum(down)])
    return [(each + (at in given)) * step for at, each in enumerate(down)]
