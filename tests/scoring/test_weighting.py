"""Weights: margins that hold, what cannot be weighted, and what weights cost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.weighting import Raked, design_effect, effective_n, post_stratify, rake

ONE = np.ones(6)
SEX = np.array([0, 0, 0, 1, 1, 1])
AGE = np.array([0, 1, 1, 0, 0, 1])


def test_raked_weights_hold_every_margin() -> None:
    raked = rake(ONE, [(SEX, np.array([40.0, 60.0])), (AGE, np.array([30.0, 70.0]))])

    assert raked.is_converged
    assert raked.trimmed == 0
    assert np.bincount(SEX, raked.weights) == pytest.approx([40, 60])
    assert np.bincount(AGE, raked.weights) == pytest.approx([30, 70])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=40))
def test_one_margin_is_post_stratification(rows: list[tuple[int, int]]) -> None:
    cells = np.array([cell for cell, _ in rows])
    weights = np.array([1.0 + extra for _, extra in rows])
    totals = np.bincount(cells, minlength=3) * 7.0

    raked = rake(weights, [(cells, totals)], trim_at=None)

    assert raked.weights == pytest.approx(post_stratify(weights, cells, totals))
    assert np.bincount(cells, raked.weights, minlength=3) == pytest.approx(totals)


def test_margins_without_a_common_solution_are_said_not_to_converge() -> None:
    both = np.array([0, 0, 1])

    raked = rake(np.ones(3), [(both, np.array([2.0, 8.0])), (both, np.array([8.0, 2.0]))], trim_at=None)

    assert not raked.is_converged
    assert raked.rounds == 100


def test_a_weight_far_above_the_median_is_cut_and_the_margins_still_hold() -> None:
    everybody = np.zeros(20, dtype=int)
    uneven = np.array([1.0] * 19 + [30.0])

    raked = rake(uneven, [(everybody, np.array([48.0]))])

    assert raked.weights.tolist() == pytest.approx([2.0] * 19 + [10.0])
    assert raked.trimmed == 1


def test_margins_that_need_a_heavy_weight_win_over_the_cut() -> None:
    groups = np.array([0] * 10 + [1] * 2)

    raked = rake(np.ones(12), [(groups, np.array([10.0, 30.0]))])

    assert raked.weights.tolist() == pytest.approx([1.0] * 10 + [15.0] * 2)
    assert raked.trimmed == 2


def test_no_margin_changes_nothing() -> None:
    assert rake(ONE, []).weights.tolist() == ONE.tolist()


def test_a_category_that_nobody_needs_weighs_nothing() -> None:
    assert rake(np.ones(3), [(np.array([0, 0, 1]), np.array([2.0, 0.0]))]).weights.tolist() == [1, 1, 0]


def test_raked_says_how_it_ended() -> None:
    assert not Raked(ONE, 100, 0.5, 0).is_converged


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ([(SEX, np.array([40.0, 60.0])), (AGE, np.array([30.0, 71.0]))], "one total; got 100, 101"),
        ([(SEX, np.array([40.0, 50.0, 10.0]))], "Margin 1 has nobody in category 2"),
        ([(SEX, np.array([40.0]))], "a category of margin 1 for each row"),
        ([(SEX - 1, np.array([40.0, 1.0]))], "a category of margin 1 for each row"),
        ([(SEX[:3], np.array([40.0, 1.0]))], "a category of margin 1 for each row"),
        ([(SEX, np.array([-1.0, 60.0]))], "totals >= 0 in margin 1"),
        ([(SEX, np.array([np.nan, 60.0]))], "totals >= 0 in margin 1"),
    ],
)
def test_margins_that_cannot_hold_are_refused(margins: list[tuple[np.ndarray, np.ndarray]], message: str) -> None:
    with pytest.raises(ScoringError, match=message):
        rake(ONE, margins)


@pytest.mark.parametrize("weights", [[], [-1.0, 2.0], [np.inf], [np.nan], [0.0, 0.0]])
def test_weights_that_mean_nothing_are_refused(weights: list[float]) -> None:
    with pytest.raises(ScoringError, match="at least one of them positive"):
        effective_n(np.array(weights))


def test_equal_weights_cost_nothing() -> None:
    assert design_effect(np.full(7, 3.0)) == pytest.approx(1)
    assert effective_n(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(10 / 3)
