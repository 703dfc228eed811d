"""Six Sigma counts and yields. Published values: test_oracles.py."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from scoring import sigma
from scoring.errors import ScoringError
from scoring.sigma import SigmaLevel


def test_defects_per_unit_opportunity_and_million() -> None:
    assert sigma.dpu(15, 50) == Fraction(3, 10)
    assert sigma.dpo(15, 50, 12) == Fraction(1, 40)
    assert sigma.dpmo(15, 50, 12) == 25_000


def test_without_units_there_is_no_rate() -> None:
    assert sigma.dpu(0, 0) is None
    assert sigma.dpmo(0, 0, 12) is None
    assert sigma.sigma_level(None) is None
    assert sigma.first_time_yield(0, 0, 0) is None
    assert sigma.rolled_throughput_yield([]) is None


def test_no_defect_at_all_is_an_infinite_sigma_and_nothing_but_defects_the_opposite() -> None:
    assert sigma.sigma_level(0) == SigmaLevel(math.inf, 1.5)
    assert sigma.sigma_level(1_000_000) == SigmaLevel(-math.inf, 1.5)


def test_more_than_half_defective_is_below_the_shift() -> None:
    level = sigma.sigma_level(Fraction(975_000))

    assert level is not None
    assert level.value == pytest.approx(1.5 - 1.959964, abs=1e-6)


def test_the_shift_is_kept_beside_the_level() -> None:
    assert sigma.sigma_level(500_000, shift=0.0) == SigmaLevel(0.0, 0.0)


def test_the_worse_end_of_an_interval_comes_first() -> None:
    worse, better = sigma.sigma_interval((0.0, 500_000.0))

    assert worse == SigmaLevel(1.5, 1.5)
    assert better == SigmaLevel(math.inf, 1.5)


def test_none_of_twenty_defective_is_at_least_two_and_a_half_sigma() -> None:
    worse, _ = sigma.sigma_interval((0.0, 168_434.0))

    assert worse is not None
    assert worse.value == pytest.approx(2.46, abs=0.005)


def test_yields_of_steps_multiply() -> None:
    steps = [sigma.first_time_yield(100, 3, 2), sigma.first_time_yield(95, 0, 19)]

    assert steps == [Fraction(19, 20), Fraction(4, 5)]
    assert sigma.rolled_throughput_yield([Fraction(19, 20), Fraction(4, 5)]) == Fraction(19, 25)


def test_ten_links_of_95_per_cent_leave_60() -> None:
    rolled = sigma.rolled_throughput_yield([Fraction(95, 100)] * 10)

    assert rolled is not None
    assert float(rolled) == pytest.approx(0.5987, abs=5e-5)
    assert sigma.normalised_yield(rolled, 10) == pytest.approx(0.95)
    assert sigma.total_dpu(rolled) == pytest.approx(-10 * math.log(0.95))


def test_a_yield_of_nothing_has_infinitely_many_defects() -> None:
    assert sigma.total_dpu(Fraction(0)) == math.inf


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (sigma.dpu, (-1, 5)),
        (sigma.dpu, (1, -5)),
        (sigma.dpo, (11, 5, 2)),
        (sigma.sigma_level, (-1.0,)),
        (sigma.sigma_level, (1_000_001.0,)),
        (sigma.sigma_level, (math.nan,)),
        (sigma.first_time_yield, (5, -1, 0)),
        (sigma.first_time_yield, (5, 0, -1)),
        (sigma.first_time_yield, (5, 3, 3)),
        (sigma.rolled_throughput_yield, ([Fraction(11, 10)],)),
        (sigma.normalised_yield, (0.9, 0)),
        (sigma.normalised_yield, (1.1, 2)),
        (sigma.total_dpu, (1.1,)),
    ],
)
def test_impossible_input_is_refused(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ScoringError):
        function(*arguments)
