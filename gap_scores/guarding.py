"""The board as a person may see it.

Of a segment nothing that would tell of too few people, neither by itself nor by taking what is shown of the other
segments from the whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from functions.selectors import Access
from gap_scores.board import Board, FunctionRow, RequirementRow, Scope
from gap_scores.boards import kept_with_board
from gap_scores.segmenting import WHOLE, SegmentGap, hidden_of_requirement, hidden_segments
from gap_scores.selectors import read_board, read_segments
from gap_scores.showing import blank
from gap_scores.workings import Own, Reached, reached
from scoring.circle import Link

FEW = "Too few customers of this segment were heard to show its numbers, or the other segments would tell them."
# What segments, products and lifecycles leave of each other would have to be looked at for every pair of scopes.
APART = (
    "Segments are shown of current customers on all products; together with one product or with other customers they "
    "are for program specialists, because the two could tell what very few people said."
)


def board_for(access: Access, scope: Scope) -> Board:
    """Return the board of a scope as this person may see it; `withheld` says why there is nothing on it."""
    board = read_board(scope=scope)
    if access.is_specialist or not scope.dimension:
        return board
    if not scope.has_past:
        return _withheld(board, APART)
    return kept_with_board(board, "guarded", lambda: _guarded(board))


def _withheld(board: Board, why: str) -> Board:
    return replace(
        board,
        overall=None,
        requirements=(),
        unscored=tuple(blank(row) for row in (*board.requirements, *board.unscored)),
        functions=tuple(_blank(row, Reached()) for row in board.functions),
        points_on_little=0.0,
        withheld=why,
    )


def _guarded(board: Board) -> Board:
    found, its = read_segments(board=board, dimension=board.scope.dimension), board.scope.value
    if its in hidden_segments(found, WHOLE):
        return _withheld(board, FEW)
    hidden = _hidden_functions(board, found)

    def kept(row: RequirementRow) -> RequirementRow:
        is_told = row.owner_id in hidden or its in hidden_of_requirement(found, row.requirement_id)
        return replace(row, too_few=row.too_few or is_told)

    return replace(
        board,
        requirements=tuple(kept(row) for row in board.requirements),
        unscored=tuple(kept(row) for row in board.unscored),
        functions=_functions(board, hidden),
    )


def _hidden_functions(board: Board, found: Sequence[SegmentGap]) -> set[int]:
    """Return the functions whose gap may not be shown; never one alone, whose points the whole would tell."""
    its = board.scope.value
    heard = {row.function_id for row in board.functions if row.own is not None}
    hidden = {each for each in heard if its in hidden_segments(found, each)}
    customers: Mapping[int, int] = next((each.customers for each in found if each.value == its), {})
    shown = sorted(heard - hidden, key=lambda each: (customers.get(each, 0), each))
    return {*hidden, *shown[:1]} if len(hidden) == 1 else hidden


def _functions(board: Board, hidden: set[int]) -> tuple[FunctionRow, ...]:
    """Return the dots; what a hidden one passes on would tell its gap, so others are reached by what is shown only."""
    if not hidden:
        return board.functions
    owns = {
        row.function_id: Own() if row.function_id in hidden else Own(row.own, row.own_lo, row.own_hi, row.n_eff)
        for row in board.functions
    }
    arrivals = reached(owns, [Link(each.supplier_id, each.supplied_id, each.strength) for each in board.links])
    return tuple(
        _blank(row, arrivals[row.function_id])
        if row.function_id in hidden
        else _reached(row, arrivals[row.function_id])
        for row in board.functions
    )


def _blank(row: FunctionRow, arrival: Reached) -> FunctionRow:
    bare = replace(row, own=None, own_lo=None, own_hi=None, n_eff=None, share=None, points=None, too_few=True)
    return _reached(bare, arrival)


def _reached(row: FunctionRow, arrival: Reached) -> FunctionRow:
    return replace(
        row,
        transmitted=arrival.transmitted,
        transmitted_lo=arrival.lo,
        transmitted_hi=arrival.hi,
        bottleneck_id=arrival.bottleneck,
        tied=tuple(arrival.tied),
        path=tuple(arrival.path),
    )
