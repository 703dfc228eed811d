"""Better and worse are said only where chance is ruled out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.changes import Change, Estimate, change_between, signals_along
from scoring.errors import ScoringError


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        ((41, 33, 49), (39, 32, 47), Change.NO_SIGNAL),
        ((60, 52, 68), (40, 33, 47), Change.BETTER),
        ((20, 14, 28), (40, 33, 47), Change.WORSE),
        ((60, 47, 68), (40, 33, 47), Change.NO_SIGNAL),  # the ends meet
        ((0, 0, 0), (0, 0, 0), Change.NO_SIGNAL),
    ],
)
def test_a_change_is_a_signal_where_the_intervals_do_not_meet(
    then: tuple[float, ...], now: tuple[float, ...], said: Change
) -> None:
    assert change_between(Estimate(*then), Estimate(*now)) is said


@pytest.mark.parametrize("gap", [31.0, 50.0, math.nan])
def test_a_gap_outside_its_interval_is_an_error(gap: float) -> None:
    with pytest.raises(ScoringError, match="lo <= gap <= hi"):
        change_between(Estimate(40, 32, 48), Estimate(gap, 32, 48))


points = st.lists(st.floats(0, 100), min_size=3, max_size=3).map(sorted)
estimates = points.map(lambda at: Estimate(at[1], at[0], at[2]))


@given(estimates, estimates)
def test_what_is_better_one_way_is_worse_the_other(one: Estimate, other: Estimate) -> None:
    opposite = {Change.BETTER: Change.WORSE, Change.WORSE: Change.BETTER, Change.NO_SIGNAL: Change.NO_SIGNAL}

    assert change_between(other, one) is opposite[change_between(one, other)]


def test_small_steps_one_way_are_a_signal_once_they_add_up_to_one() -> None:
    series = [Estimate(at, at - 5, at + 5) for at in (40, 36, 32, 28, 30, 45)]

    none, better, worse = Change.NO_SIGNAL, Change.BETTER, Change.WORSE
    assert signals_along(series) == [none, none, none, better, none, worse]
    assert signals_along([]) == []
