"""Rounding in decimal, half to even."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.rounding import divide_half_even, exact, to_resolution


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (10, 3, 3), (11, 3, 4), (-10, 3, -3), (0, 9, 0), (6, 2, 3)],
)
def test_a_half_goes_to_the_even_neighbour(numerator: int, denominator: int, expected: int) -> None:
    assert divide_half_even(numerator, denominator) == expected


@given(st.integers(), st.integers(1, 10**9))
def test_division_agrees_with_fractions(numerator: int, denominator: int) -> None:
    assert divide_half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize("denominator", [0, -2])
def test_a_denominator_that_is_not_positive_is_refused(denominator: int) -> None:
    with pytest.raises(ScoringError, match="positive denominator"):
        divide_half_even(1, denominator)


@pytest.mark.parametrize(
    ("value", "resolution", "steps"),
    [
        (Decimal("7.25"), Decimal("0.5"), 14),
        (Decimal("7.75"), Decimal("0.5"), 16),
        (Decimal("-0.25"), Decimal("0.5"), 0),
        (Fraction(7, 100) * 100, Decimal(1), 7),
        (Fraction(1, 3), Decimal("0.01"), 33),
        (12, Decimal(5), 2),
    ],
)
def test_a_value_becomes_whole_steps(value: Decimal | Fraction | int, resolution: Decimal, steps: int) -> None:
    assert to_resolution(value, resolution) == steps


@pytest.mark.parametrize("value", [0.5, Decimal("NaN"), Decimal("Infinity"), "7", None])
def test_what_is_not_exact_is_refused(value: Any) -> None:
    with pytest.raises(ScoringError, match="Floats cannot be rounded exactly"):
        exact(value)


@pytest.mark.parametrize("resolution", [Decimal(0), Decimal(-1)])
def test_a_resolution_that_is_not_positive_is_refused(resolution: Decimal) -> None:
    with pytest.raises(ScoringError, match="positive resolution"):
        to_resolution(1, resolution)
