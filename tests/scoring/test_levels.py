"""The measured level of every kind of metric."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import levels
from scoring.errors import ScoringError
from scoring.levels import MICRO, DefectsRow, ExposureRow, Level, ProportionRow, RoundedLevel

micros = st.integers(-(10**12), 10**12)


def level(found: Level | None) -> Level:
    assert found is not None
    return found


def test_mean_of_values_has_a_t_interval() -> None:
    found = level(levels.mean_level([x * MICRO for x in (7, 6, 5, 7, 3, 4, 6, 7, 2, 5)]))

    assert found.lo is not None
    assert found.hi is not None
    assert (found.value, found.n) == (Fraction(26, 5), 10)
    assert (float(found.lo), float(found.hi)) == pytest.approx((3.947274, 6.452726))


def test_one_value_is_shown_without_an_interval() -> None:
    found = level(levels.mean_level([1_500_000]))

    assert found == Level(Fraction(3, 2), None, None, 1, has_interval=False)
    assert found.at_resolution(Decimal("0.5")) == RoundedLevel(3, 3, 3)


def test_proportions_are_pooled() -> None:
    found = level(levels.proportion_level([ProportionRow(1, 10), ProportionRow(0, 0), ProportionRow(3, 10)]))

    assert found.lo is not None
    assert found.hi is not None
    assert (found.value, found.n) == (Fraction(1, 5), 20)
    assert (float(found.lo), float(found.hi)) == pytest.approx((0.0806576, 0.4160174))


def test_a_share_of_nothing_keeps_its_ends_on_their_side() -> None:
    none, every = levels.proportion_level([ProportionRow(0, 7)]), levels.proportion_level([ProportionRow(7, 7)])

    assert level(none).lo == 0
    assert level(every).hi == 1


def test_defects_are_pooled_over_opportunities() -> None:
    found = level(levels.defects_level([DefectsRow(3, 100, 5), DefectsRow(1, 20, 25)]))

    assert (found.value, found.n) == (Fraction(4, 1000), 1000)
    assert found.converted("share", "per_million").value == 4000


def test_a_contractual_claim_has_the_exact_interval() -> None:
    found = level(levels.defects_level([DefectsRow(0, 20, 1)], exact_interval=True))

    assert found.lo == 0
    assert found.hi is not None
    assert float(found.hi) == pytest.approx(0.1684, abs=5e-5)


def test_percentile_is_the_value_at_its_rank_and_an_end_too_far_out_is_open() -> None:
    few = level(levels.percentile_level([x * MICRO for x in range(1, 21)], Fraction(95, 100)))
    many = level(levels.percentile_level([x * MICRO for x in range(1, 73)], Fraction(95, 100)))

    assert (few.value, few.hi, few.n) == (19, None, 20)
    assert (many.value, many.lo, many.hi) == (69, 64, 72)


def test_the_rank_of_a_percentile_is_taken_exactly() -> None:
    assert level(levels.percentile_level([x * MICRO for x in range(1, 101)], Fraction(7, 100))).value == 7


def test_a_rate_is_events_per_exposure_with_the_exact_interval() -> None:
    found = level(levels.rate_level([ExposureRow(1, 2_000_000), ExposureRow(0, 8_000_000)]))

    assert found.lo is not None
    assert found.hi is not None
    assert (found.value, found.n) == (Fraction(1, 10), 2)
    assert (float(found.lo), float(found.hi)) == pytest.approx((0.0025318, 0.5571643), abs=1e-6)


@pytest.mark.parametrize(
    "found",
    [
        levels.mean_level([]),
        levels.proportion_level([]),
        levels.proportion_level([ProportionRow(0, 0)]),
        levels.defects_level([DefectsRow(0, 0, 5)]),
        levels.percentile_level([], Fraction(1, 2)),
        levels.rate_level([]),
    ],
)
def test_nothing_measured_is_no_level(found: Level | None) -> None:
    assert found is None


def test_seven_per_cent_is_not_more_than_seven() -> None:
    found = level(levels.proportion_level([ProportionRow(7, 100)])).converted("share", "percent")

    assert found.value == 7
    assert found.at_resolution(Decimal(1)).m == 7


def test_conversion_moves_both_ends_and_keeps_open_ones() -> None:
    found = Level(Fraction(90), Fraction(60), None, 9).converted("minutes", "hours")

    assert found == Level(Fraction(3, 2), Fraction(1), None, 9)


def test_a_level_is_rounded_half_to_even_in_steps_of_the_resolution() -> None:
    found = Level(Fraction(5, 4), Fraction(3, 4), None, 9)

    assert found.at_resolution(Decimal("0.5")) == RoundedLevel(2, 2, None)


def test_another_dimension_is_refused() -> None:
    with pytest.raises(ScoringError, match="Cannot convert"):
        Level(Fraction(1), None, None, 1).converted("share", "hours")


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (levels.proportion_level, ([ProportionRow(2, 1)],)),
        (levels.proportion_level, ([ProportionRow(-1, 1)],)),
        (levels.defects_level, ([DefectsRow(6, 1, 5)],)),
        (levels.defects_level, ([DefectsRow(1, -1, -5)],)),
        (levels.defects_level, ([DefectsRow(1, 1, -5)],)),
        (levels.percentile_level, ([1], Fraction(1))),
        (levels.rate_level, ([ExposureRow(-1, 1)],)),
        (levels.rate_level, ([ExposureRow(1, 0)],)),
    ],
)
def test_impossible_input_is_refused(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ScoringError):
        function(*arguments)


@given(st.lists(micros, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_values_never_changes_a_bit(values: list[int], random: Random) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)

    assert levels.mean_level(shuffled) == levels.mean_level(values)
    assert levels.percentile_level(shuffled, Fraction(9, 10)) == levels.percentile_level(values, Fraction(9, 10))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=20))
def test_the_order_of_counts_never_changes_a_bit(pairs: list[tuple[int, int]]) -> None:
    shares = [ProportionRow(min(pair), max(pair)) for pair in pairs]
    rates = [ExposureRow(events, exposure + 1) for events, exposure in pairs]

    assert levels.proportion_level(shares[::-1]) == levels.proportion_level(shares)
    assert levels.rate_level(rates[::-1]) == levels.rate_level(rates)


@given(st.lists(micros, min_size=1, max_size=30), st.integers(1, 99))
def test_a_level_lies_in_its_interval(values: list[int], percent: int) -> None:
    for found in (level(levels.mean_level(values)), level(levels.percentile_level(values, Fraction(percent, 100)))):
        assert found.lo is None or found.lo <= found.value
        assert found.hi is None or found.hi >= found.value


# ---- Yields and worded scales


def ends(found: Level) -> tuple[float, float]:
    return float(found.lo or 0), float(found.hi or 0)


def test_the_yield_over_steps_is_their_product_with_errors_added_on_the_log_scale() -> None:
    steps = [[ProportionRow(45, 50), ProportionRow(45, 50)], [ProportionRow(40, 50)]]

    found = level(levels.rolled_level(steps))

    # Wilson: 0.9 of 100 is 0.825634 to 0.944771, 0.8 of 50 is 0.669629 to 0.887562.
    assert (found.value, found.n) == (Fraction(18, 25), 50)
    assert ends(found) == pytest.approx((0.590849, 0.807469), abs=1e-6)


def test_a_yield_of_one_step_has_the_interval_of_its_share() -> None:
    rows = [ProportionRow(45, 50)]

    assert ends(level(levels.rolled_level([rows]))) == pytest.approx(ends(level(levels.proportion_level(rows))))


def test_a_step_in_which_nothing_went_right_leaves_the_lower_end_at_zero() -> None:
    found = level(levels.rolled_level([[ProportionRow(0, 20)], [ProportionRow(20, 20)]]))

    assert (found.value, found.lo, float(found.hi or 0)) == (0, 0, pytest.approx(0.161125, abs=1e-6))


@pytest.mark.parametrize("steps", [[], [[ProportionRow(1, 2)], []], [[ProportionRow(1, 2)], [ProportionRow(0, 0)]]])
def test_a_step_without_units_is_no_yield(steps: list[list[ProportionRow]]) -> None:
    assert levels.rolled_level(steps) is None


@pytest.mark.parametrize(
    ("counts", "step"), [([1, 1, 1], 1), ([2, 0, 2], 0), ([1, 0, 2], 2), ([0, 0, 1], 2), ([0, 0], None), ([], None)]
)
def test_the_median_is_the_lowest_step_that_half_lie_at_or_below(counts: list[int], step: int | None) -> None:
    assert levels.median_step(counts) == step


def test_a_percentile_without_its_interval_is_the_same_value() -> None:
    values = sorted(x * MICRO for x in (9, 3, 7, 7, 1))

    for q in (Fraction(1, 100), Fraction(1, 2), Fraction(4, 5), Fraction(99, 100)):
        assert Fraction(levels.at_quantile(values, q), MICRO) == level(levels.percentile_level(values, q)).value
