"""What would move a function's own gap most: each move with its worth for this dot, the best first."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.drawing.small import RangeBar, range_bar
from dashboard.words import level_words, share_words
from gap_scores.board import Board, FunctionRow, RequirementRow
from gap_scores.moving import MoveView, read_moves
from web.templatetags.show import fixed

MOST_MOVES = 6


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A move as a row. least and most: points off the function's own gap; least None: no level to reach."""

    move: MoveView
    now: str
    then: str
    served: str
    least: float | None
    most: float
    lo: float
    hi: float
    bar: RangeBar
    opens: bool

    @property
    def gain(self) -> str:
        return f"up to {fixed(self.most, 1)}" if self.least is None else _range(self.least, self.most)

    @property
    def interval(self) -> str:
        return _range(self.lo, self.hi)


@dataclass(frozen=True, slots=True)
class MovesPanel:
    """lines: most first; unsure: requirements with too few answers to promise anything; left: lines left out."""

    answer: str
    lines: list[MoveLine]
    unsure: list[RequirementRow]
    left: int


def moves_panel(
    board: Board,
    row: FunctionRow,
    requirements: Sequence[RequirementRow],
    *,
    opens: set[int],
    wanted_share: int,
    currency: str,
) -> MovesPanel:
    """requirements: the scored ones of the function that may be shown one by one; opens: those that may be opened."""
    firm = [each for each in requirements if each.is_rankable]
    unsure = [each for each in requirements if not each.is_rankable]
    moves = read_moves(rows=firm, scope=board.scope, wanted_share=wanted_share / 100)
    ranked = sorted(moves, key=lambda move: _urgency(move, row))
    top = max((_in_own(move, row, move.hi) for move in ranked), default=0.0)
    lines = [_line(move, row, top, opens, currency) for move in ranked[:MOST_MOVES]]
    return MovesPanel(moves_answer(lines, row), lines, unsure, max(len(ranked) - MOST_MOVES, 0))


def moves_answer(lines: Sequence[MoveLine], row: FunctionRow) -> str:
    if not lines:
        return "Nothing that can be told would move it."
    best = lines[0]
    gap = f"its gap of {fixed(row.own)}"
    if best.least is None:
        felt = f"‘{best.move.row.statement}’ felt as served is worth most: up to {fixed(best.most, 1)}"
        return f"No better level can be told. {felt} off {gap}."
    return f"{best.move.metric} at {best.then} is worth most: {best.gain} off {gap}."


def _urgency(move: MoveView, row: FunctionRow) -> tuple[bool, float, float, int]:
    """Moves whose least is known come before mere hopes; then by worth."""
    least = 0.0 if move.least is None else move.least
    return move.least is None, -_in_own(move, row, least), -_in_own(move, row, move.most), move.row.requirement_id


def _in_own(move: MoveView, row: FunctionRow, gain: float) -> float:
    """Return points of a requirement's gap as points of the function's own gap: the mean over its shares."""
    return gain * (move.row.share or 0.0) / row.share if row.share else 0.0


def _line(move: MoveView, row: FunctionRow, top: float, opens: set[int], currency: str) -> MoveLine:
    least = None if move.least is None else _in_own(move, row, move.least)
    most, lo, hi = (_in_own(move, row, gain) for gain in (move.most, move.lo, move.hi))
    unit = move.row.unit
    now = level_words(move.worst, unit, currency)
    if move.best != move.worst:
        now = f"{level_words(move.best, unit, currency)} or {now}"
    words = f"{fixed(least or 0.0, 1)} to {fixed(most, 1)} points, interval {fixed(lo, 1)} to {fixed(hi, 1)}"
    return MoveLine(
        move=move,
        now=now,
        then=level_words(move.to, unit, currency),
        served=f"{share_words(move.served_now)} to {share_words(move.served_then)}" if move.to is not None else "",
        least=least,
        most=most,
        lo=lo,
        hi=hi,
        bar=range_bar(least or 0.0, most, lo, hi, top=top, words=words),
        opens=move.row.requirement_id in opens,
    )


def _range(low: float, high: float) -> str:
    first, last = fixed(low, 1), fixed(high, 1)
    return first if first == last else f"{first} to {last}"
