"""The satisfaction curve: what share of the weight a level would satisfy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.curves import SatisfactionCurve, satisfaction_curve
from scoring.errors import ScoringError
from scoring.felt import Direction

HOURS = [(2, 10.0), (4, 16.0), (4, 6.0), (8, 24.0), (24, 4.0)]  # gap-01: required level, weight
stated_levels = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 50).map(float)), min_size=1, max_size=12)


def curve(direction: Direction, stated: list[tuple[int, float]] | None = None) -> SatisfactionCurve:
    found = satisfaction_curve(HOURS if stated is None else stated, direction)
    assert found is not None
    return found


def test_equal_levels_are_one_step() -> None:
    assert curve(Direction.LOWER) == SatisfactionCurve((2, 4, 8, 24), (10.0, 22.0, 24.0, 4.0), Direction.LOWER)


@pytest.mark.parametrize(("hours", "weight"), [(1, 60), (2, 60), (3, 50), (4, 50), (5, 28), (8, 28), (9, 4), (25, 0)])
def test_a_slower_answer_serves_fewer(hours: int, weight: int) -> None:
    assert curve(Direction.LOWER).share_met(hours) == weight / 60


@pytest.mark.parametrize(("score", "weight"), [(1, 0), (2, 10), (4, 32), (23, 56), (24, 60)])
def test_a_higher_score_serves_more_where_higher_is_better(score: int, weight: int) -> None:
    assert curve(Direction.HIGHER).share_met(score) == weight / 60


@pytest.mark.parametrize(
    ("direction", "share", "level"),
    [
        (Direction.LOWER, 0.0, 24),
        (Direction.LOWER, 0.06, 24),
        (Direction.LOWER, 0.07, 8),
        (Direction.LOWER, 0.5, 4),
        (Direction.LOWER, 1.0, 2),
        (Direction.HIGHER, 0.0, 2),
        (Direction.HIGHER, 0.5, 4),
        (Direction.HIGHER, 1.0, 24),
    ],
)
def test_the_least_demanding_level_that_serves_a_share(direction: Direction, share: float, level: int) -> None:
    assert curve(direction).level_for(share) == level


@pytest.mark.parametrize("share", [-0.01, 1.01, math.nan])
def test_a_share_outside_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(ScoringError, match="Expected a share"):
        curve(Direction.LOWER).level_for(share)


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_an_impossible_weight_is_refused(weight: float) -> None:
    with pytest.raises(ScoringError, match="finite weight"):
        satisfaction_curve([(4, weight)], Direction.LOWER)


@pytest.mark.parametrize("stated", [[], [(4, 0.0)]])
def test_there_is_no_curve_where_nobody_weighs(stated: list[tuple[int, float]]) -> None:
    assert satisfaction_curve(stated, Direction.LOWER) is None


@given(stated_levels, st.sampled_from(Direction), st.integers(0, 10))
def test_a_better_level_never_serves_fewer(stated: list[tuple[int, float]], direction: Direction, level: int) -> None:
    found = satisfaction_curve(stated, direction)
    better = level - 1 if direction is Direction.LOWER else level + 1

    assert found is None or 0 <= found.share_met(level) <= found.share_met(better) <= 1


@given(stated_levels, st.sampled_from(Direction))
def test_the_order_of_what_was_stated_never_changes_a_bit(
    stated: list[tuple[int, float]], direction: Direction
) -> None:
    assert satisfaction_curve(reversed(stated), direction) == satisfaction_curve(stated, direction)
