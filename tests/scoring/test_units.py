"""Conversion inside one dimension, exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.units import UNITS, convert, factor, unit_of


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (Decimal("1.5"), "hours", "minutes", Fraction(90)),
        (36, "hours", "days", Fraction(3, 2)),
        (1, "minutes", "hours", Fraction(1, 60)),
        (Fraction(7, 100), "share", "percent", Fraction(7)),
        (Decimal("3.4"), "per_million", "percent", Fraction(34, 100_000)),
        (5, "working_days", "working_days", Fraction(5)),
    ],
)
def test_values_convert_exactly(value: Decimal | Fraction | int, source: str, target: str, expected: Fraction) -> None:
    assert convert(value, source, target) == expected


@pytest.mark.parametrize(
    ("source", "target"), [("hours", "percent"), ("days", "working_days"), ("count", "money"), ("rating", "share")]
)
def test_another_dimension_is_refused(source: str, target: str) -> None:
    with pytest.raises(ScoringError, match="Cannot convert"):
        factor(source, target)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ScoringError, match="Unknown unit 'fortnights'; known are minutes, hours"):
        factor("hours", "fortnights")


@pytest.mark.parametrize(
    ("code", "short", "long"),
    [
        ("hours", "h", "hours"),
        ("minutes", "min", "minutes"),
        ("days", "d", "days"),
        ("percent", "%", "per cent"),
        ("per_million", "per million", "per million"),
    ],
)
def test_units_have_a_short_and_a_long_name(code: str, short: str, long: str) -> None:
    assert (unit_of(code).short, unit_of(code).long) == (short, long)


@given(st.fractions(), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_there_and_back_is_the_same_value(value: Fraction, source: str, target: str) -> None:
    if UNITS[source].dimension == UNITS[target].dimension:
        assert convert(convert(value, source, target), target, source) == value
