"""Whom to ask: quotas that add up, widths that a plan can expect, and the stratum where one more voice helps most."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.intervals import wilson
from scoring.sampling import (
    UNKNOWN_GAP,
    Heard,
    allocate,
    deviation,
    expected_half_width,
    expected_width,
    falls,
    half_widths,
    neyman,
    planned_n_eff,
    power,
    proportional,
)

strata = st.lists(st.tuples(st.integers(0, 400), st.floats(0, 1)), min_size=1, max_size=12)


@given(strata, st.integers(0, 3), st.floats(0, 1))
def test_quotas_add_up_inside_their_bounds(rows: list[tuple[int, float]], minimum: int, part: float) -> None:
    populations = [size for size, _ in rows]
    floors = [min(minimum, size) for size in populations]
    n = sum(floors) + round(part * (sum(populations) - sum(floors)))

    targets = allocate(n, populations=populations, sizes=neyman(populations, [s for _, s in rows]), minimum=minimum)

    assert sum(targets) == n
    assert all(low <= target <= cap for low, target, cap in zip(floors, targets, populations, strict=True))


@given(strata, st.floats(0, 1))
def test_a_larger_stratum_never_gets_less(rows: list[tuple[int, float]], part: float) -> None:
    populations = sorted(size for size, _ in rows)
    n = sum(min(2, size) for size in populations)
    n += round(part * (sum(populations) - n))

    targets = allocate(n, populations=populations, sizes=proportional(populations))

    # Equal strata may differ by the one interview that cannot be halved.
    assert all(later >= earlier - 1 for earlier, later in pairwise(targets))


def test_a_full_stratum_passes_on_what_it_cannot_take() -> None:
    assert allocate(10, populations=[1, 3, 100], sizes=[50, 3, 100]) == [1, 2, 7]


def test_strata_of_size_nought_get_what_the_others_cannot_take() -> None:
    assert allocate(8, populations=[1, 3, 5], sizes=[0, 0, 5]) == [1, 2, 5]
    assert allocate(9, populations=[1, 3, 5], sizes=[0, 0, 5]) == [1, 3, 5]
    assert allocate(4, populations=[3, 3], sizes=[0, 0]) == [2, 2]


def test_of_equal_remainders_the_first_stratum_gets_the_interview() -> None:
    assert allocate(7, populations=[9, 9], sizes=[1, 1]) == [4, 3]


def test_no_strata_need_no_interviews() -> None:
    assert allocate(0, populations=[], sizes=[]) == []


@pytest.mark.parametrize(("n", "message"), [(5, "at least 6 interviews, 2 in each"), (31, "at most 30 interviews")])
def test_too_few_or_too_many_interviews_are_refused(n: int, message: str) -> None:
    with pytest.raises(ScoringError, match=message):
        allocate(n, populations=[10, 10, 10], sizes=[1, 1, 1])


def test_power_between_equal_and_proportional() -> None:
    assert power([0, 4, 9], 0.5) == [0, 2, 3]
    assert power([0, 4, 9], 0) == [0, 1, 1]
    assert power([0, 4, 9], 1) == proportional([0, 4, 9])


@pytest.mark.parametrize("exponent", [-0.1, 1.1, math.nan])
def test_an_exponent_outside_0_to_1_is_refused(exponent: float) -> None:
    with pytest.raises(ScoringError, match="exponent"):
        power([1], exponent)


@pytest.mark.parametrize("spread", [-0.1, math.nan])
def test_a_deviation_below_nought_is_refused(spread: float) -> None:
    with pytest.raises(ScoringError, match="deviations"):
        neyman([1], [spread])


def test_a_stratum_that_was_never_heard_is_as_uncertain_as_can_be() -> None:
    assert deviation(None) == 0.5
    assert deviation(20) == pytest.approx(0.4)
    assert deviation(0) == 0


@pytest.mark.parametrize("gap", [-1, 101, math.nan])
def test_a_gap_outside_0_to_100_is_refused(gap: float) -> None:
    with pytest.raises(ScoringError, match="Expected a gap"):
        deviation(gap)


# ---- Expected width


def test_a_plan_in_proportion_to_weight_is_worth_all_its_interviews() -> None:
    assert planned_n_eff([0.5, 0.3, 0.2], [50, 30, 20]) == pytest.approx(100)


def test_a_lopsided_plan_is_worth_less() -> None:
    assert planned_n_eff([0.5, 0.5], [10, 90]) == pytest.approx(36)


def test_a_stratum_without_a_target_is_left_out() -> None:
    assert planned_n_eff([0.5, 0.5], [10, 0]) == 10
    assert planned_n_eff([0.5, 0.0], [10, 5]) == 10
    assert planned_n_eff([0.5, 0.5], [0, 0]) == 0


def test_the_expected_width_is_wilsons() -> None:
    lower, upper = wilson(0.3, 40)

    assert expected_half_width(30, 40) == pytest.approx(50 * (upper - lower))
    assert expected_half_width(None, 40) == expected_half_width(50, 40)
    assert expected_half_width(30, 0) == 50


# ---- Who to ask next


def heard(n: list[list[float]], gaps: list[list[float]] | None = None, shares: list[float] | None = None) -> Heard:
    counted = np.array(n, dtype=float)
    even = [1 / len(n)] * len(n)
    share_of_each = np.full(counted.shape[1], 1 / counted.shape[1])
    stated = np.full(counted.shape, UNKNOWN_GAP) if gaps is None else np.array(gaps, dtype=float)
    return Heard(np.array(shares or even), share_of_each, stated, counted)


@given(st.floats(0, 100), st.floats(0.01, 500))
def test_a_stratum_has_the_width_of_its_own_interval(gap: float, n: float) -> None:
    lower, upper = wilson(gap / 100, n)

    assert half_widths(heard([[n]], [[gap]]))[0, 0] == pytest.approx(50 * (upper - lower), abs=1e-6)


def test_nobody_heard_is_the_whole_scale() -> None:
    assert half_widths(heard([[0, 0]])).tolist() == [[50, 50]]


def test_a_hole_is_worth_more_than_a_stratum_that_was_heard() -> None:
    hole, once, often = falls(heard([[0], [1], [10]]), np.ones(3)).sum(axis=1)

    assert hole > once > often > 0


def test_more_weight_is_worth_more_in_proportion() -> None:
    small, large = falls(heard([[3], [3]], shares=[0.2, 0.8]), np.ones(2)).sum(axis=1)

    assert large == pytest.approx(4 * small)


def test_a_customer_heard_today_narrows_nothing() -> None:
    assert falls(heard([[3], [3]]), np.array([1.0, 0.0])).tolist()[1] == [0]


def test_the_falls_of_a_stratum_add_up_to_the_difference_of_the_mean_widths() -> None:
    before, after = heard([[2, 0], [5, 1]]), heard([[3, 1], [5, 1]])

    fall = falls(before, np.array([1.0, 0.0])).sum()

    assert fall == pytest.approx(expected_width(before) - expected_width(after))
