"""Units and exact conversion inside one dimension. Source: docs/algorithms/measured-level.md, Units."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from scoring.errors import ScoringError
from scoring.rounding import exact


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its code, its dimension, how many base units it is, and its names for a page."""

    code: str
    dimension: str
    size: Fraction
    short: str
    long: str


UNITS = {
    unit.code: unit
    for unit in (
        Unit("minutes", "time", Fraction(1), "min", "minutes"),
        Unit("hours", "time", Fraction(60), "h", "hours"),
        Unit("days", "time", Fraction(24 * 60), "d", "days"),
        # How many hours a working day has is the program calendar's business, so it converts to nothing.
        Unit("working_days", "working time", Fraction(1), "wd", "working days"),
        Unit("share", "share", Fraction(1), "", "share"),
        Unit("percent", "share", Fraction(1, 100), "%", "per cent"),
        Unit("per_million", "share", Fraction(1, 1_000_000), "per million", "per million"),
        Unit("count", "count", Fraction(1), "", "count"),
        Unit("money", "money", Fraction(1), "", "money"),
        Unit("rating", "rating", Fraction(1), "", "rating"),
    )
}


def unit_of(code: str) -> Unit:
    """Return the unit with this code. Raises: ScoringError if there is none."""
    try:
        return UNITS[code]
    except KeyError:
        raise ScoringError(f"Unknown unit {code!r}; known are {', '.join(UNITS)}.") from None


def factor(source: str, target: str) -> Fraction:
    """Return what a value in source is multiplied by to be in target: hours to minutes is 60.

    Raises: ScoringError for an unknown unit or one of another dimension.
    """
    one, other = unit_of(source), unit_of(target)
    if one.dimension != other.dimension:
        raise ScoringError(f"Cannot convert {one.long} ({one.dimension}) to {other.long} ({other.dimension}).")
    return one.size / other.size


def convert(value: Decimal | Fraction | int, source: str, target: str) -> Fraction:
    """Return the value in the target unit, exactly. Raises: ScoringError as factor does, or for a float."""
    return exact(value) * factor(source, target)
