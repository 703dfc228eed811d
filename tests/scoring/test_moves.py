"""What a better level would take off a gap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.felt import Direction
from scoring.gaps import AnswerRow, MeasuredLevel, gap_score
from scoring.intervals import wilson
from scoring.moves import Move, Stake, gain_if_felt, gain_interval, move_to, moves_worth_naming

# gap-01: five customers want 2, 4, 4, 8 and 24 hours and get 5; weight, required, felt
HAND = [(10.0, 2, False), (16.0, 4, True), (6.0, 4, False), (24.0, 8, True), (4.0, 24, False)]


def stakes(now: int | None = 5) -> list[Stake]:
    return [Stake(weight, required, now, felt) for weight, required, felt in HAND]


def test_reaching_four_hours_wins_half_of_b_and_c_and_the_other_half_of_c_once_it_is_felt() -> None:
    assert move_to(stakes(), 4) == Move(4, 28 / 60, 50 / 60, pytest.approx(1100 / 60), pytest.approx(1400 / 60))


def test_reaching_two_hours_serves_everybody() -> None:
    assert move_to(stakes(), 2) == Move(2, 28 / 60, 1.0, pytest.approx(1600 / 60), 40.0)


def test_a_level_worse_than_todays_changes_nothing() -> None:
    assert move_to(stakes(), 9) == Move(9, 28 / 60, 28 / 60, 0.0, 0.0)


def test_an_answer_of_unknown_feeling_counts_in_full_at_once() -> None:
    assert move_to([Stake(1.0, 4, 5, None), Stake(3.0, 8, 5, True)], 4) == Move(4, 0.75, 1.0, 25.0, 25.0)


def test_what_the_metric_does_not_reach_dilutes_the_gain() -> None:
    others = [Stake(3.0, 4, None, False), Stake(4.0, None, 5, True)]
    assert move_to([Stake(1.0, 4, 5, False), *others], 4) == Move(4, 0.0, 1.0, 6.25, 12.5)


def test_the_level_for_the_wanted_share_is_named_and_the_largest_step_if_it_is_another() -> None:
    assert [move.level for move in moves_worth_naming(stakes(), 0.8)] == [4]
    assert [move.level for move in moves_worth_naming(stakes(), 0.9)] == [2, 4]


def test_the_best_stated_level_is_named_where_none_serves_the_wanted_share() -> None:
    unreached = [Stake(1.0, 3, 5, False), Stake(0.0, 1, 5, False)]
    assert [move.level for move in moves_worth_naming(unreached, 1.1)] == [3]


def test_nothing_is_named_where_every_stated_level_is_reached() -> None:
    assert moves_worth_naming(stakes(now=1), 0.8) == []


@pytest.mark.parametrize(("now", "points"), [(None, 100 * 20 / 60), (5, 50 * 20 / 60)])
def test_coming_to_feel_it_is_worth_what_is_not_felt(now: int | None, points: float) -> None:
    assert gain_if_felt(stakes(now)) == pytest.approx(points)


def test_nothing_is_known_of_feeling_without_weight() -> None:
    assert gain_if_felt([Stake(0.0, 4, 5, False)]) is None


def test_the_interval_of_a_gain_is_wilsons_around_its_ends() -> None:
    assert gain_interval(20.0, 50.0, 10.0) == (100 * wilson(0.2, 10.0)[0], 100 * wilson(0.5, 10.0)[1])


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(ScoringError, match="Expected finite weights >= 0"):
        move_to([Stake(weight, 4, 5, False)], 4)


def test_a_move_without_anything_to_compare_is_refused() -> None:
    with pytest.raises(ScoringError, match="state a level"):
        move_to([Stake(1.0, None, 5, False), Stake(1.0, 3, None, True)], 4)


answers = st.tuples(st.integers(1, 50), st.integers(1, 9), st.sampled_from([True, False, None]))


@given(st.lists(answers, min_size=1, max_size=10), st.integers(1, 9), st.integers(1, 9))
def test_the_least_gain_is_the_fall_of_the_gap_score_itself(
    said: list[tuple[int, int, bool | None]], now: int, then: int
) -> None:
    level = min(now, then)
    gaps = [
        gap_score(
            [
                AnswerRow(at, at, "p", weight, 10, required, felt, MeasuredLevel.certain(m))
                for at, (weight, required, felt) in enumerate(said)
            ],
            direction=Direction.LOWER,
            half_life=None,
        )
        for m in (now, level)
    ]
    move = move_to([Stake(float(weight), required, now, felt) for weight, required, felt in said], level)
    assert gaps[0] is not None
    assert gaps[1] is not None
    assert move.least == pytest.approx(gaps[0].gap - gaps[1].gap, abs=1e-9)
    assert move.least <= move.most
