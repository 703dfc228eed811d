"""Decimal rounding, half to even, in exact arithmetic: 7 / 100 * 100 stays 7."""

from decimal import Decimal
from fractions import Fraction

from scoring.errors import ScoringError

NOT_EXACT = "Expected an int, a Fraction or a finite Decimal; got {!r}. Floats cannot be rounded exactly."


def divide_half_even(numerator: int, denominator: int) -> int:
    """Return numerator / denominator as the nearest integer; a half goes to the even neighbour.

    Raises: ScoringError if the denominator is not positive.
    Source: docs/algorithms/measured-level.md, Rounding.
    """
    if denominator <= 0:
        raise ScoringError(f"Expected a positive denominator; got {denominator}.")
    quotient, rest = divmod(numerator, denominator)
    up = 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    return quotient + int(up)


def exact(value: Decimal | Fraction | int) -> Fraction:
    """Return the value as a Fraction. Raises: ScoringError for a float, NaN or infinity."""
    if (isinstance(value, Decimal) and not value.is_finite()) or not isinstance(value, Decimal | Fraction | int):
        raise ScoringError(NOT_EXACT.format(value))
    return Fraction(value)


def to_resolution(value: Decimal | Fraction | int, resolution: Decimal | Fraction | int) -> int:
    """Return the value as a whole number of steps of the resolution, half to even.

    Units: value and resolution in the same unit; the result counts steps.
    Raises: ScoringError if the resolution is not positive or either is not exact and finite.
    Source: docs/algorithms/measured-level.md, Rounding.
    """
    step = exact(resolution)
    if step <= 0:
        raise ScoringError(f"Expected a positive resolution; got {resolution}.")
    steps = exact(value) / step
    return divide_half_even(steps.numerator, steps.denominator)
