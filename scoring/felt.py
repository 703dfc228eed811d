"""Does the customer perceive that the requirement is met? The first rule that applies decides, and is kept."""

from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

Quantity = int | float | Fraction


class Direction(StrEnum):
    """Which way is better on a requirement's scale."""

    LOWER = "lower"
    HIGHER = "higher"


class FeltRule(StrEnum):
    """The rules in the order in which they are tried."""

    DIRECT = "direct"
    LEVEL = "level"
    EXPECTED = "expected"
    SATISFIED_POINT = "satisfied_point"
    UNKNOWN = "unknown"


class Perception(NamedTuple):
    """What a customer said about how it is; every part may be unknown (None).

    Units: the levels in the requirement's unit (rounded to its resolution by the caller); the ratings and the
    point from which the scale counts as satisfied on one rating scale.
    """

    direct: bool | None = None
    perceived_level: Quantity | None = None
    required_level: Quantity | None = None
    perceived_rating: Quantity | None = None
    expected_rating: Quantity | None = None
    satisfied_point: Quantity | None = None


class Felt(NamedTuple):
    """The verdict (None = unknown) and the rule that gave it."""

    value: bool | None
    rule: FeltRule


def at_least_as_good(level: Quantity, required: Quantity, direction: Direction) -> bool:
    """Return whether a level satisfies a required level; equal is satisfied."""
    return level <= required if direction is Direction.LOWER else level >= required


def felt(said: Perception, direction: Direction) -> Felt:
    """Return whether the customer feels the requirement is met, by the first rule that applies.

    Source: docs/algorithms/gap-score.md, Felt.
    """
    if said.direct is not None:
        return Felt(said.direct, FeltRule.DIRECT)
    if said.perceived_level is not None and said.required_level is not None:
        return Felt(at_least_as_good(said.perceived_level, said.required_level, direction), FeltRule.LEVEL)
    if said.perceived_rating is not None and said.expected_rating is not None:
        return Felt(said.perceived_rating >= said.expected_rating, FeltRule.EXPECTED)
    if said.perceived_rating is not None and said.satisfied_point is not None:
        return Felt(said.perceived_rating >= said.satisfied_point, FeltRule.SATISFIED_POINT)
    return Felt(None, FeltRule.UNKNOWN)
