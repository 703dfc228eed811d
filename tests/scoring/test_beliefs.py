"""Beliefs beside what customers say, worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.beliefs import Said, Side, importance_said, mean_difference, missed_by, side_of
from scoring.errors import ScoringError

SAID = Said(40, 30, 52)
points = st.floats(0, 100)


@pytest.mark.parametrize(
    ("believed", "side", "missed"), [(60, Side.OVER, 8), (35, Side.RIGHT, 0), (52, Side.RIGHT, 0), (10, Side.UNDER, 20)]
)
def test_a_belief_is_wrong_only_outside_the_interval_of_what_customers_say(believed, side, missed):
    assert (side_of(believed, SAID), missed_by(believed, SAID)) == (side, missed)


def test_an_interval_that_does_not_hold_its_value_is_refused():
    with pytest.raises(ScoringError, match="lo <= value <= hi"):
        side_of(1, Said(5, 6, 7))


def test_importance_has_the_interval_of_a_mean_of_values_in_0_to_1():
    # Wilson of .7 at 10: .397 to .892.
    assert importance_said(7, 10) == pytest.approx((7, 3.9678, 8.9221), abs=1e-3)
    assert importance_said(10, 5).hi == 10
    # The mean of tens of three people with uneven weights, as floats add it up.
    assert importance_said(10.000000000000002, 3) == importance_said(10, 3)


def test_of_fewer_than_three_no_mean_is_said():
    assert [mean_difference(each) for each in ([], [9.0, 1.0], [3.0, -1.0, 4.0])] == [None, None, 2.0]


@given(points, st.tuples(points, points, points))
def test_what_is_right_is_missed_by_nothing_and_what_is_not_by_something(believed, three):
    lo, value, hi = sorted(three)
    said = Said(value, lo, hi)

    assert (side_of(believed, said) is Side.RIGHT) == (missed_by(believed, said) == 0)
    assert missed_by(believed, said) <= abs(believed - value) + 1e-9
