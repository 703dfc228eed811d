"""Predicted against realised: the share within ranges, bias, and the interval score, worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calibration import Bias, Forecast, Ranges, Within, bias, interval_score, within
from scoring.errors import ScoringError

numbers = st.floats(-1e6, 1e6)


def forecasts(held: int, missed: int) -> list[Forecast]:
    return [Forecast(2, 3, 5, 5)] * held + [Forecast(2, 3, 5, 5.5)] * missed


def test_interval_score_is_the_width_and_ten_times_what_it_missed_by():
    # 3 wide; 7 lies 2 above: 3 + 2 / .2 x 2. The ends may stand in either order: lower is better.
    assert [interval_score(Forecast(2, 3, 5, came)) for came in (4, 7, 1)] == pytest.approx([3, 23, 13])
    assert interval_score(Forecast(5, 3, 2, 7)) == interval_score(Forecast(2, 3, 5, 7))
    assert interval_score(Forecast(2, 3, 5, 7), nominal=0.5) == 3 + 4 * 2


@pytest.mark.parametrize("nominal", [0.0, 1.0])
def test_impossible_shares_and_values_are_refused(nominal):
    with pytest.raises(ScoringError, match="between 0 and 1"):
        interval_score(Forecast(1, 2, 3, 2), nominal=nominal)
    with pytest.raises(ScoringError, match="finite"):
        bias([Forecast(1, 2, 3, math.nan)])


def test_share_within_its_range_has_a_wilson_interval_and_says_what_it_says():
    fitting, narrow, wide = within(forecasts(7, 3)), within(forecasts(3, 7)), within(forecasts(40, 0))

    assert (fitting.n, fitting.within, fitting.share) == (10, 7, 0.7)
    assert (fitting.lo, fitting.hi) == pytest.approx((0.39678, 0.89221), abs=1e-5)
    assert (narrow.lo, narrow.hi) == pytest.approx((0.10779, 0.60322), abs=1e-5)
    assert [each.ranges for each in (fitting, narrow, wide)] == [Ranges.FITTING, Ranges.TOO_NARROW, Ranges.TOO_WIDE]


def test_of_fewer_than_five_nothing_is_said_but_the_counts():
    few = within(forecasts(3, 1))

    assert (few, few.ranges) == (Within(4, 3), Ranges.TOO_FEW)
    assert bias(forecasts(4, 0)) == Bias(4)


def test_bias_is_what_was_promised_too_much_on_average():
    # Misses 1, 2, 0, 3, -1: mean 1, variance 2.5, t(4) = 2.77645 times sqrt(.5).
    found = bias([Forecast(0, 5, 9, 5 - miss) for miss in (1, 2, 0, 3, -1)])

    assert (found.n, found.mean, found.score) == (5, 1.0, 9.0)
    assert (found.lo, found.hi) == pytest.approx((1 - 1.96325, 1 + 1.96325), abs=1e-4)


@given(numbers, numbers, numbers, numbers)
def test_a_range_that_holds_what_comes_true_costs_its_width_and_any_other_more(low, likely, high, came):
    its = Forecast(low, likely, high, came)
    width, score = abs(high - low), interval_score(its)

    assert score == width if its.is_within else score >= width
    assert its.is_within == (min(low, high) <= came <= max(low, high))
