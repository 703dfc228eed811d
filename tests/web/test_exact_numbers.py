from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from web.fields import to_units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("999999999999.999999", 999_999_999_999_999_999),
        ("-0.000001", -1),
        ("-0", 0),
        ("1." + "0" * 300, 1_000_000),
        ("0e-999999999", 0),
    ],
)
def test_a_number_of_six_places_keeps_every_digit(text, units):
    assert to_units(Decimal(text)) == units


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NaN", "not_finite"),
        ("-Infinity", "not_finite"),
        ("1e12", "out_of_range"),
        ("1e999999999", "out_of_range"),
        ("0.0000001", "too_precise"),
        ("1e-999999999", "too_precise"),
        ("1." + "0" * 40 + "1", "too_precise"),
        ("1." + "0" * 400 + "1", "too_precise"),
    ],
)
def test_a_number_that_would_lose_something_is_refused(text, code):
    with pytest.raises(ValidationError) as error:
        to_units(Decimal(text))

    assert error.value.code == code
