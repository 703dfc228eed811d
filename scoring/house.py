"""The House of Quality: how much of what customers need each column carries.

Source: docs/algorithms/house-of-quality.md.

Rows are requirements, columns are functions or metrics. A matrix has a 9, 3, 1 or 0 for each row and column.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.errors import ScoringError

Numbers = NDArray[np.float64]
STRENGTHS = (9, 3, 1)
MILD = {9: 5, 3: 3, 1: 1}  # the other scale that houses are drawn with
SALES_POINTS = (1.0, 1.2, 1.5)
SAME = 1e-9  # of the largest: what sums differ by in their last bits is a tie


# ---- Planning: the weight of a row in a house that is drawn from goals


def improvement_ratios(current: ArrayLike, goal: ArrayLike) -> Numbers:
    """Return goal / current for each row.

    Units: ratings on one scale that begins above 0. Raises ScoringError for a current rating of 0 or less: the ratio
    is not defined there.
    """
    now, wanted = np.asarray(current, dtype=float), np.asarray(goal, dtype=float)
    if now.shape != wanted.shape:
        raise ScoringError("Every row needs a current rating and a goal.")
    if (now <= 0).any() or (wanted < 0).any():
        raise ScoringError("The improvement ratio needs ratings on a scale that begins above 0, such as 1 to 5.")
    ratios: Numbers = wanted / now
    return ratios


def raw_weights(importance: ArrayLike, ratios: ArrayLike, sales_points: ArrayLike) -> Numbers:
    """Return importance x improvement ratio x sales point for each row; a sales point is 1, 1.2 or 1.5."""
    weights, points = checked_weights(importance), np.asarray(sales_points, dtype=float)
    if not np.isin(points, SALES_POINTS).all():
        raise ScoringError("A sales point is 1, 1.2 or 1.5.")
    found: Numbers = weights * np.asarray(ratios, dtype=float) * points
    return found


# ---- Technical importance


def simple_importance(weights: ArrayLike, matrix: ArrayLike) -> Numbers:
    """Return T_j = sum_i w_i m_ij for each column. A row that many columns serve counts with each of them in full."""
    rows, cells = checked(weights, matrix)
    # Not a product of matrices: its order of adding, and so the last bit, would depend on the size.
    importance: Numbers = (rows[:, None] * cells).sum(axis=0)
    return importance


def row_normalised(weights: ArrayLike, matrix: ArrayLike) -> Numbers:
    """Return T_j = sum_i w_i m_ij / sum_k m_ik for each column: a row's weight is shared out over what serves it.

    The sum is the weight of all rows that anything serves, so a column that is there twice adds nothing to it.
    """
    rows, cells = checked(weights, matrix)
    totals = cells.sum(axis=1)
    shares = np.divide(cells, totals[:, None], out=np.zeros_like(cells), where=totals[:, None] > 0)
    importance: Numbers = (rows[:, None] * shares).sum(axis=0)
    return importance


def relative(importance: ArrayLike) -> Numbers | None:
    """Return each column's share of the whole, 0..1; None where the whole is 0: no data."""
    columns = checked_weights(importance)
    whole = columns.sum()
    return columns / whole if whole > 0 else None


def under(matrix: ArrayLike, scale: dict[int, int]) -> Numbers:
    """Return the matrix with its strengths written on another scale, such as 5/3/1."""
    cells = np.asarray(matrix, dtype=float)
    found = np.zeros_like(cells)
    for strength, other in scale.items():
        found[cells == strength] = other
    return found


def ranks(importance: ArrayLike) -> list[int | None]:
    """Return 1 for the largest; those that are equal share a rank and the next ones are left out. 0 has no rank."""
    columns = checked_weights(importance)
    least = SAME * columns.max(initial=0.0)
    return [None if each <= least else 1 + int((columns > each + least).sum()) for each in columns]


def is_tied(all_ranks: Sequence[int | None]) -> list[bool]:
    """Return of each rank whether another column has the same."""
    return [each is not None and list(all_ranks).count(each) > 1 for each in all_ranks]


@dataclass(frozen=True, slots=True)
class Carried:
    """What columns carry. importance: in the unit of the rows' weights; shares: 0..1, None: no data.

    ranks, ranks_mild: under 9/3/1 and under 5/3/1, None for a column that carries nothing.
    """

    importance: tuple[float, ...]
    shares: tuple[float, ...] | None
    ranks: tuple[int | None, ...]
    ranks_mild: tuple[int | None, ...]

    @property
    def is_stable(self) -> bool:
        """Whether both scales put the columns into the same order."""
        return self.ranks == self.ranks_mild


METHODS: dict[str, Callable[[ArrayLike, ArrayLike], Numbers]] = {
    "row_normalised": row_normalised,
    "simple": simple_importance,
}


def carried(weights: ArrayLike, matrix: ArrayLike, *, method: str = "row_normalised") -> Carried:
    """Return what each column carries by a method of METHODS, with its rank under 9/3/1 and under 5/3/1."""
    work_out = METHODS[method]
    importance = work_out(weights, matrix)
    shares = relative(importance)
    mild = work_out(weights, under(matrix, MILD))
    return Carried(
        importance=tuple(importance.tolist()),
        shares=None if shares is None else tuple(shares.tolist()),
        ranks=tuple(ranks(importance)),
        ranks_mild=tuple(ranks(mild)),
    )


# ---- What is missing


def empty_rows(matrix: ArrayLike) -> list[int]:
    """Return the places of rows that no column serves."""
    return np.flatnonzero(~as_matrix(matrix).any(axis=1)).tolist()


def empty_columns(matrix: ArrayLike) -> list[int]:
    """Return the places of columns that serve no row."""
    return np.flatnonzero(~as_matrix(matrix).any(axis=0)).tolist()


# ---- Checks


def as_matrix(matrix: ArrayLike) -> Numbers:
    cells = np.asarray(matrix, dtype=float)
    if cells.ndim != 2:
        raise ScoringError("A matrix has rows and columns.")
    return cells


def checked(weights: ArrayLike, matrix: ArrayLike) -> tuple[Numbers, Numbers]:
    rows, cells = checked_weights(weights), as_matrix(matrix)
    if len(rows) != len(cells):
        raise ScoringError("Every row of the matrix needs a weight.")
    if (cells < 0).any():
        raise ScoringError("A strength is not negative.")
    return rows, cells


def checked_weights(weights: ArrayLike) -> Numbers:
    rows = np.asarray(weights, dtype=float)
    if rows.ndim != 1 or not np.isfinite(rows).all() or (rows < 0).any():
        raise ScoringError("A weight is a number that is not negative.")
    return rows
