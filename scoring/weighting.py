"""Weights that make those who were heard stand for those who exist: post-stratification, raking, what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ScoringError

Floats: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]

CONVERGED = 1e-8
MOST_ROUNDS = 100
TRIM_AT = 5.0
"""Weights above this multiple of the median are cut."""
MOST_TRIMS = 20


def effective_n(weights: Floats) -> float:
    """Return Kish's effective sample size, (sum w)^2 / sum w^2.

    Raises: ScoringError unless some weight is positive and all are finite and >= 0.
    Source: docs/algorithms/sampling.md, Weights.
    """
    _check_weights(weights)
    return float(weights.sum() ** 2 / (weights**2).sum())


def design_effect(weights: Floats) -> float:
    """Return n / n_eff: how many times more interviews equal weights would have made unnecessary.

    Source: docs/algorithms/sampling.md, Weights.
    """
    return len(weights) / effective_n(weights)


def post_stratify(weights: Floats, cells: Codes, totals: Floats) -> Floats:
    """Return the weights scaled so that each cell adds up to its total: w N_g / (sum of w in g).

    Shapes: weights and cells (n), totals one per cell. Raises: ScoringError as for `rake`.
    Source: docs/algorithms/sampling.md, Weights.
    """
    _check_weights(weights)
    _check_margin(weights, cells, totals, name="1")
    return weights * _ratios(weights, cells, totals)[cells]


@dataclass(frozen=True, slots=True)
class Raked:
    """Weights (n) with how they came about; `change`: the largest relative one of the last round."""

    weights: Floats
    rounds: int
    change: float
    trimmed: int

    @property
    def is_converged(self) -> bool:
        return self.change <= CONVERGED


def rake(weights: Floats, margins: Sequence[tuple[Codes, Floats]], *, trim_at: float | None = TRIM_AT) -> Raked:
    """Return weights that add up to every margin's totals (Deming and Stephan 1940), cut at a multiple of the median.

    Shapes: weights (n); each margin is (category of each row (n), total of each category). What was cut is raked again
    until nothing is left to cut, 20 times at most, so the margins hold.
    Raises: ScoringError if margins add up to different totals, a category with a total has no row, a category of a
    row has no total, or a weight is negative or not finite.
    Source: docs/algorithms/sampling.md, Weights.
    """
    _check_weights(weights)
    for number, (codes, totals) in enumerate(margins, start=1):
        _check_margin(weights, codes, totals, name=str(number))
    sums = [float(totals.sum()) for _, totals in margins]
    if sums and not np.allclose(sums, sums[0], rtol=1e-9):
        raise ScoringError(f"Expected margins with one total; got {', '.join(f'{each:g}' for each in sums)}.")
    raked = _rake(weights, margins)
    cut = 0
    for _ in range(MOST_TRIMS if trim_at is not None else 0):
        ceiling = (trim_at or 0.0) * float(np.median(raked.weights[raked.weights > 0]))
        over = raked.weights > ceiling * (1 + CONVERGED)
        if not over.any():
            break
        cut = max(cut, int(over.sum()))
        raked = _rake(np.minimum(raked.weights, ceiling), margins)
    return Raked(raked.weights, raked.rounds, raked.change, cut)


def _rake(weights: Floats, margins: Sequence[tuple[Codes, Floats]]) -> Raked:
    """Scale to one margin after the other until none of them changes a weight any more."""
    change, rounds = (np.inf, 0) if margins else (0.0, 0)
    while change > CONVERGED and rounds < MOST_ROUNDS:
        change, rounds = 0.0, rounds + 1
        for codes, totals in margins:
            ratios = _ratios(weights, codes, totals)[codes]
            change = max(change, float(np.abs(ratios[weights > 0] - 1).max(initial=0.0)))
            weights = weights * ratios
    return Raked(weights, rounds, change, 0)


def _ratios(weights: Floats, codes: Codes, totals: Floats) -> Floats:
    heard = np.bincount(codes, weights=weights, minlength=len(totals))
    return np.divide(totals, heard, out=np.zeros_like(heard), where=heard > 0)


def _check_weights(weights: Floats) -> None:
    if not (len(weights) and np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ScoringError("Expected finite weights >= 0, at least one of them positive.")


def _check_margin(weights: Floats, codes: Codes, totals: Floats, *, name: str) -> None:
    if len(codes) != len(weights) or codes.min() < 0 or codes.max() >= len(totals):
        raise ScoringError(f"Expected a category of margin {name} for each row; got {len(totals)} categories.")
    if not (np.isfinite(totals).all() and (totals >= 0).all()):
        raise ScoringError(f"Expected finite totals >= 0 in margin {name}.")
    heard = np.bincount(codes, weights=weights, minlength=len(totals))
    empty = np.flatnonzero((totals > 0) & (heard <= 0))
    if len(empty):
        raise ScoringError(f"Margin {name} has nobody in category {int(empty[0])}. Collapse it with another category.")
