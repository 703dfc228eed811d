"""What a better measured level would take off a gap: the value of an improvement, read off the stated levels.

Levels are signed steps of the requirement's resolution: smaller is better, whatever the direction.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scoring.errors import ScoringError
from scoring.intervals import wilson


@dataclass(frozen=True, slots=True)
class Stake:
    """Answers that are alike, and their weight W in the sums (any unit, >= 0).

    now: the level that the moved metric gives them; None: it does not reach them, they stay as they are.
    required and felt: None = unknown.
    """

    weight: float
    required: int | None
    now: int | None
    felt: bool | None

    @property
    def is_compared(self) -> bool:
        return self.required is not None and self.now is not None

    def met_at(self, level: int) -> bool:
        """Whether the better of this level and the one of today is enough; for compared answers."""
        return self.now is not None and self.required is not None and min(self.now, level) <= self.required

    @property
    def is_unmet(self) -> bool:
        return self.now is not None and self.required is not None and self.now > self.required

    @property
    def least(self) -> float:
        """What c rises by when the level becomes enough and customers feel as before."""
        return 1.0 if self.felt is None else 0.5

    @property
    def most(self) -> float:
        """What c rises by when they come to feel it too."""
        return 0.5 if self.felt else 1.0


@dataclass(frozen=True, slots=True)
class Move:
    """A level and what reaching it is worth. Shares 0..1 of the compared weight; gains in points of the gap."""

    level: int
    served_now: float
    served_then: float
    least: float  # only the measured half moves
    most: float  # those newly served come to feel it too


def move_to(stakes: Sequence[Stake], level: int) -> Move:
    """Return what the level is worth to a requirement whose answers these are, all of those in the sums.

    Raises: ScoringError for a weight that is negative or not finite, and where no answer is compared.
    Source: docs/algorithms/moves.md.
    """
    _check(stakes)
    total = math.fsum(each.weight for each in stakes)
    compared = math.fsum(each.weight for each in stakes if each.is_compared)
    if not compared:
        raise ScoringError("Expected answers with weight that state a level and have a measured one.")
    won = [each for each in stakes if each.is_unmet and each.met_at(level)]
    unmet = math.fsum(each.weight for each in stakes if each.is_unmet)
    unmet_then = math.fsum(each.weight for each in stakes if each.is_compared and not each.met_at(level))
    return Move(
        level,
        served_now=1 - unmet / compared,
        served_then=1 - unmet_then / compared,
        least=100 * math.fsum(each.weight * each.least for each in won) / total,
        most=100 * math.fsum(each.weight * each.most for each in won) / total,
    )


def moves_worth_naming(stakes: Sequence[Stake], wanted: float) -> list[Move]:
    """Return the level that serves the wanted share (0..1), and the single step worth most if that is another one.

    The levels that customers stated are the only candidates: between two of them nothing changes. None where
    every stated level is reached. The move worth more comes first.
    Raises: ScoringError as move_to does. Source: docs/algorithms/moves.md.
    """
    _check(stakes)
    levels = {each.required for each in stakes if each.is_unmet and each.weight and each.required is not None}
    moves = [move_to(stakes, level) for level in sorted(levels, reverse=True)]  # the nearest first
    if not moves:
        return []
    enough = next((move for move in moves if move.served_then >= wanted), moves[-1])
    steps = zip(moves, [0.0, *(move.least for move in moves)], strict=False)
    largest = max(steps, key=lambda step: step[0].least - step[1])[0]
    named = [enough] if largest.level == enough.level else [enough, largest]
    return sorted(named, key=lambda move: (-move.least, -move.most))


def gain_if_felt(stakes: Sequence[Stake]) -> float | None:
    """Return the points of the gap that go at most if everybody came to feel served; None without weight.

    Where the level is compared too, feeling is half of an answer, else all of it.
    Raises: ScoringError for a weight that is negative or not finite. Source: docs/algorithms/moves.md.
    """
    _check(stakes)
    total = math.fsum(each.weight for each in stakes)
    if not total:
        return None
    unfelt = [each for each in stakes if each.felt is False]
    return 100 * math.fsum(each.weight * (0.5 if each.is_compared else 1.0) for each in unfelt) / total


def gain_interval(least: float, most: float, n_eff: float) -> tuple[float, float]:
    """Return the 95 % interval of a gain in points: Wilson at n_eff, around its least and its most.

    A gain is a weighted mean of values in 0..1, so its variance is at most that of a share (as for the gap itself).
    Raises: ScoringError unless 0 <= gains <= 100 and n_eff > 0. Source: docs/algorithms/moves.md.
    """
    return 100 * wilson(least / 100, n_eff)[0], 100 * wilson(most / 100, n_eff)[1]


def _check(stakes: Sequence[Stake]) -> None:
    if not all(math.isfinite(each.weight) and each.weight >= 0 for each in stakes):
        raise ScoringError("Expected finite weights >= 0.")
