"""What columns of a house carry: exact values, and what holds for every house."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.house import (
    carried,
    empty_columns,
    empty_rows,
    improvement_ratios,
    is_tied,
    ranks,
    raw_weights,
    relative,
    row_normalised,
    simple_importance,
)

MATRIX = [[9, 3, 0], [0, 9, 1], [3, 0, 9]]


@st.composite
def houses(draw: st.DrawFn) -> tuple[list[float], list[list[int]]]:
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    cells = st.lists(st.sampled_from([0, 1, 3, 9]), min_size=columns, max_size=columns)
    weights = st.lists(st.floats(0, 100), min_size=rows, max_size=rows)
    return draw(weights), draw(st.lists(cells, min_size=rows, max_size=rows))


def test_row_normalised_shares_a_row_out_over_what_serves_it() -> None:
    assert row_normalised([12, 10, 4], MATRIX).tolist() == [10, 12, 4]
    assert simple_importance([12, 10, 4], MATRIX).tolist() == [120, 126, 46]


@given(houses())
def test_row_normalised_adds_up_to_the_rows_that_anything_serves(house: tuple[list[float], list[list[int]]]) -> None:
    weights, matrix = house
    served = sum(weight for weight, row in zip(weights, matrix, strict=True) if any(row))
    assert row_normalised(weights, matrix).sum() == pytest.approx(served)


@given(houses())
def test_a_column_twice_leaves_the_sum_and_only_parts_its_rows(house: tuple[list[float], list[list[int]]]) -> None:
    weights, matrix = house
    cells = np.array(matrix, dtype=float)
    twice = np.hstack([cells, cells[:, :1]])
    assert row_normalised(weights, twice).sum() == pytest.approx(row_normalised(weights, cells).sum())
    # The other columns of a row that the first one does not serve keep what they carry.
    others = cells[:, 0] == 0
    kept = [weight if other else 0.0 for weight, other in zip(weights, others, strict=True)]
    assert row_normalised(kept, twice)[:-1].tolist() == pytest.approx(row_normalised(kept, cells).tolist())


@given(houses(), st.randoms())
def test_order_of_rows_and_columns_does_not_matter(house: tuple[list[float], list[list[int]]], dice: object) -> None:
    weights, matrix = np.array(house[0]), np.array(house[1], dtype=float)
    rows, columns = list(range(matrix.shape[0])), list(range(matrix.shape[1]))
    dice.shuffle(rows)  # type: ignore[attr-defined]
    dice.shuffle(columns)  # type: ignore[attr-defined]
    for work_out in (row_normalised, simple_importance):
        moved = work_out(weights[rows], matrix[np.ix_(rows, columns)])
        assert moved.tolist() == pytest.approx(work_out(weights, matrix)[columns].tolist())


def test_ranks_say_ties_and_give_none_to_what_carries_nothing() -> None:
    found = ranks([0.1 + 0.2, 0.0, 0.3, 5.0])
    assert found == [2, None, 2, 1]
    assert is_tied(found) == [True, False, True, False]


def test_another_scale_can_turn_the_order_round() -> None:
    found = carried([1, 1, 1, 1], [[9, 0], [0, 3], [0, 3], [0, 1]], method="simple")
    assert (found.importance, found.ranks, found.ranks_mild) == ((9, 7), (1, 2), (2, 1))
    assert not found.is_stable
    assert carried([1], [[9, 3]]).is_stable


def test_nothing_served_is_no_data() -> None:
    assert relative([0, 0]) is None
    assert carried([2.0], [[0, 0]]).shares is None
    assert carried([0.0], [[9, 1]]).ranks == (None, None)


def test_empty_rows_and_columns_are_named() -> None:
    matrix = [[9, 0, 0], [0, 0, 0], [1, 3, 0]]
    assert (empty_rows(matrix), empty_columns(matrix)) == ([1], [2])


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: improvement_ratios([0], [4]),
        lambda: improvement_ratios([1, 2], [4]),
        lambda: raw_weights([5], [1], [1.3]),
        lambda: row_normalised([-1], [[9]]),
        lambda: row_normalised([1, 2], [[9]]),
        lambda: row_normalised([1], [[-9]]),
        lambda: empty_rows([9]),
    ],
)
def test_impossible_input_is_refused(impossible: object) -> None:
    with pytest.raises(ScoringError):
        impossible()  # type: ignore[operator]
