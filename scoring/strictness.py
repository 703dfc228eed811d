"""Who needs it stricter: the level that serves a share of a group, with its interval, and differences that stand.

Source: docs/algorithms/strictness.md.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from scoring.curves import SatisfactionCurve, satisfaction_curve
from scoring.errors import ScoringError
from scoring.felt import Direction
from scoring.intervals import CONFIDENCE, wilson

FEWEST_CUSTOMERS = 5  # in a group, and outside it, before the two are compared


class Demand(NamedTuple):
    """One required level: what was stated, in any unit, the weight it has, and whose it is."""

    level: float
    weight: float
    customer: Hashable


class RequiredLevel(NamedTuple):
    """The level that serves a share of a group's weight, in the unit of the demands.

    easy, strict: the ends of its 95 % interval, the less demanding first; None where so few cannot close it. n:
    demands; n_eff: effective customers.
    """

    level: float
    easy: float | None
    strict: float | None
    n: int
    customers: int
    n_eff: float
    curve: SatisfactionCurve


class Difference(NamedTuple):
    """A group against all others of its dimension.

    position: how strict the group is among all, 0..1; 0.5: as everybody. p: two-sided; adjusted: by Holm over all
    comparisons of the requirement. compared: how many these were. stands: adjusted <= 0.05.
    """

    position: float
    p: float
    adjusted: float
    compared: int

    @property
    def stands(self) -> bool:
        return self.adjusted <= 1 - CONFIDENCE + 1e-12

    @property
    def is_stricter(self) -> bool:
        return self.position > 0.5


def required_level(demands: Sequence[Demand], direction: Direction, share: float) -> RequiredLevel | None:
    """Return the level that serves this share (0..1, exclusive) of the weight of the demands; None without weight.

    Raises: ScoringError for a share outside 0..1 or a weight that is negative or not finite.
    Source: docs/algorithms/strictness.md, The level and its interval.
    """
    if not 0 < share < 1:
        raise ScoringError(f"Expected a share between 0 and 1; got {share}.")
    curve = satisfaction_curve([(each.level, each.weight) for each in demands], direction)
    if curve is None:
        return None
    counted = [each for each in demands if each.weight]
    n_eff = effective(counted)
    low, high = wilson(share, n_eff)
    tail = (1 - CONFIDENCE) / 2
    return RequiredLevel(
        float(curve.level_for(share)),
        # The least and the most demanding of n bound a quantile only where so many would hardly lie on one side of it.
        float(curve.level_for(low)) if (1 - share) ** n_eff <= tail else None,
        float(curve.level_for(high)) if share**n_eff <= tail else None,
        len(counted),
        len({each.customer for each in counted}),
        n_eff,
        curve,
    )


def effective(demands: Iterable[Demand]) -> float:
    """Return Kish's effective number of customers: colleagues of one customer are one voice."""
    of: defaultdict[Hashable, float] = defaultdict(float)
    for each in demands:
        of[each.customer] += each.weight
    squares = math.fsum(weight * weight for weight in of.values())
    return math.fsum(of.values()) ** 2 / squares if squares else 0.0


def differences(
    groups: Mapping[str, Mapping[str, Sequence[Demand]]], direction: Direction
) -> dict[tuple[str, str], Difference]:
    """Return, by (dimension, value), each group that can be compared with the others of its dimension.

    groups: the demands by dimension and value. Of a dimension of two values the one comparison is told of both.
    Source: docs/algorithms/strictness.md, Differences that stand.
    """
    found: dict[tuple[str, str], tuple[float, float]] = {}
    hypotheses: dict[tuple[str, ...], float] = {}
    for dimension, its in groups.items():
        compared = _compared(its, direction)
        found |= {(dimension, value): each for value, each in compared.items()}
        if len(its) == 2 and len(compared) == 2:
            hypotheses[dimension,] = max(p for _, p in compared.values())
        else:
            hypotheses |= {(dimension, value): p for value, (_, p) in compared.items()}
    adjusted = holm(hypotheses)
    return {
        key: Difference(position, p, adjusted[key if key in adjusted else key[:1]], len(hypotheses))
        for key, (position, p) in found.items()
    }


def _compared(groups: Mapping[str, Sequence[Demand]], direction: Direction) -> dict[str, tuple[float, float]]:
    """Return by value (position 0..1, p) of the groups that are large enough, and beside which there are enough."""
    positions = _positions([each for its in groups.values() for each in its], direction)
    units: list[tuple[str, float, float]] = []  # a customer in a group: the group, its weight, its position
    customers: dict[str, set[Hashable]] = {}
    for value, demands in groups.items():
        weights: defaultdict[Hashable, float] = defaultdict(float)
        sums: defaultdict[Hashable, float] = defaultdict(float)
        for each in demands:
            weights[each.customer] += each.weight
            sums[each.customer] += each.weight * positions[each.level]
        customers[value] = {customer for customer, weight in weights.items() if weight}
        units += [(value, weight, sums[customer] / weight) for customer, weight in weights.items() if weight]
    pulls = [weight * (position - 0.5) for _, weight, position in units]
    spread, n = math.fsum(pull * pull for pull in pulls), len(units)
    found = {}
    for value in groups:
        mine = [at for at, unit in enumerate(units) if unit[0] == value]
        others = set().union(*(its for other, its in customers.items() if other != value))
        if len(mine) < FEWEST_CUSTOMERS or len(others) < FEWEST_CUSTOMERS:
            continue
        variance = len(mine) * (n - len(mine)) * spread / (n * (n - 1))
        z = math.fsum(pulls[at] for at in mine) / math.sqrt(variance) if variance > 0 else 0.0
        weight = math.fsum(units[at][1] for at in mine)
        position = math.fsum(units[at][1] * units[at][2] for at in mine) / weight
        found[value] = position, math.erfc(abs(z) / math.sqrt(2))
    return found


def _positions(demands: Sequence[Demand], direction: Direction) -> dict[float, float]:
    """Return how strict each level is: the share of weight that is less strict, and half of what is as strict."""
    curve = satisfaction_curve([(each.level, each.weight) for each in demands], direction)
    if curve is None:
        return {each.level: 0.5 for each in demands}
    pairs = list(zip(curve.levels, curve.masses, strict=True))
    if direction is Direction.LOWER:
        pairs.reverse()
    whole, before = math.fsum(curve.masses), 0.0
    found = {each.level: 0.5 for each in demands}
    for level, mass in pairs:
        found[float(level)] = (before + mass / 2) / whole
        before += mass
    return found


def holm(p_values: Mapping[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    """Return the p-values adjusted for that so many were looked at (Holm 1979): the rate of any false one is held."""
    found: dict[tuple[str, ...], float] = {}
    largest = 0.0
    for at, (key, p) in enumerate(sorted(p_values.items(), key=lambda pair: (pair[1], pair[0]))):
        largest = max(largest, min(1.0, (len(p_values) - at) * p))
        found[key] = largest
    return found
