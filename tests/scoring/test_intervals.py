"""Intervals of shares, counts, means and percentiles. Published values: test_oracles.py."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import intervals
from scoring.errors import ScoringError


def test_z_is_the_textbook_value() -> None:
    assert intervals.z_value() == pytest.approx(1.959963984540054, abs=1e-12)


@given(st.floats(0, 1), st.floats(1e-9, 1e9))
def test_wilson_encloses_the_share(share: float, n: float) -> None:
    lo, hi = intervals.wilson(share, n)

    assert 0 <= lo <= share + 1e-12
    assert share - 1e-12 <= hi <= 1


def test_wilson_is_honest_with_one_answer() -> None:
    assert intervals.wilson(1.0, 1) == pytest.approx((0.20654931, 1.0))


def test_wilson_of_hardly_any_evidence_says_nothing() -> None:
    assert intervals.wilson(0.5, 1e-300) == pytest.approx((0.0, 1.0))


def test_clopper_pearson_of_all_ends_at_one() -> None:
    assert intervals.clopper_pearson(20, 20) == pytest.approx((0.8316, 1.0), abs=5e-5)


def test_the_half_width_of_a_mean_of_ten_is_the_textbook_value() -> None:
    assert intervals.t_half_width(1.0, 10) == pytest.approx(2.262157162740992 / math.sqrt(10))


@pytest.mark.parametrize(("n", "upper"), [(71, None), (72, 72), (200, 197)])
def test_the_upper_end_of_a_95th_percentile_closes_at_72(n: int, upper: int | None) -> None:
    assert intervals.order_statistic_ranks(0.95, n)[1] == upper


def test_the_lower_end_of_a_percentile_is_open_for_one_value() -> None:
    assert intervals.order_statistic_ranks(0.95, 1) == (None, None)
    assert intervals.order_statistic_ranks(0.95, 2) == (1, None)


def test_the_interval_of_a_median_is_symmetric() -> None:
    assert intervals.order_statistic_ranks(0.5, 20) == (6, 15)


def binomial_tail(n: int, q: float, below: int) -> float:
    return sum(math.comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(below))


@given(st.sampled_from([0.5, 0.8, 0.9, 0.95]), st.integers(1, 150))
def test_percentile_ranks_are_the_tightest_that_keep_the_confidence(q: float, n: int) -> None:
    lower, upper = intervals.order_statistic_ranks(q, n)
    low, high = lower or 0, upper or n + 1

    assert binomial_tail(n, q, low) <= 0.025 or lower is None
    assert binomial_tail(n, q, low + 1) > 0.025
    assert 1 - binomial_tail(n, q, high) <= 0.025 + 1e-12 or upper is None
    assert 1 - binomial_tail(n, q, high - 1) > 0.025 - 1e-12


@pytest.mark.parametrize(("two_sided", "n"), [(False, 59), (True, 72)])
def test_smallest_n_for_a_95th_percentile(two_sided: bool, n: int) -> None:
    assert intervals.smallest_n_for_upper_bound(0.95, two_sided=two_sided) == n


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (intervals.z_value, (1.0,)),
        (intervals.wilson, (1.1, 5)),
        (intervals.wilson, (math.nan, 5)),
        (intervals.wilson, (0.5, 0)),
        (intervals.wilson, (0.5, math.inf)),
        (intervals.clopper_pearson, (3, 2)),
        (intervals.clopper_pearson, (0, 0)),
        (intervals.garwood, (-1,)),
        (intervals.t_half_width, (1.0, 1)),
        (intervals.t_half_width, (-1.0, 5)),
        (intervals.order_statistic_ranks, (1.0, 5)),
        (intervals.order_statistic_ranks, (0.5, 0)),
        (intervals.smallest_n_for_upper_bound, (0.0,)),
        (intervals.smallest_n_for_upper_bound, (0.5, 1.0)),
    ],
)
def test_impossible_input_is_refused(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ScoringError):
        function(*arguments)
