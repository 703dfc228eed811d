from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from web.numbers import ExactNumberField, WholeNumberField, read_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("7.5", "7.5"), ("7,5", "7.5"), (" 1 234,5 ", "1234.5"), ("1\u202f000", "1000"), ("\u22123", "-3"),
        (",5", "0.5"), ("7,", "7"), ("-0", "0"), ("1.234", "1.234"), ("0,125", "0.125"), ("1234,125", "1234.125"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_was_typed(typed, number):
    assert read_number(typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["NaN", "inf", "1e309", "1.2.3", "1.234,5", "7 h", "--1", "", ".", "9" * 41, "١٢a"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(ValidationError):
        read_number(typed)


def test_what_could_be_two_numbers_is_asked_back():
    with pytest.raises(ValidationError) as refusal:
        read_number("1,234")

    assert refusal.value.messages == ["Is that 1234 or 1.234? Write it without a comma."]


@pytest.mark.parametrize("typed", ["1000000000000", "0.0000001"])
def test_what_cannot_be_stored_exactly_is_refused(typed):
    with pytest.raises(ValidationError):
        ExactNumberField().clean(typed)


def test_nothing_stays_nothing():
    assert ExactNumberField(required=False).clean(" ") is None


def test_a_stored_number_is_shown_as_it_would_be_typed():
    assert ExactNumberField().prepare_value(Decimal("1E+3")) == "1000"


@pytest.mark.parametrize("typed", ["1.5", "-1", "NaN", "1e3", "1000000000000001", "9" * 5000])
def test_a_count_is_a_whole_number(typed):
    with pytest.raises(ValidationError):
        WholeNumberField().clean(typed)


def test_a_count_may_have_spaces_between_thousands():
    assert WholeNumberField().clean("12 000") == 12_000
