"""The gap of the circle or of a function by segment, side by side: who is worse served, where that is sure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.board_asked import BoardAsked
from dashboard.drawing.bands import Edges
from dashboard.gap_view import GapView, gap_view
from dashboard.trend_panel import estimate_of
from dashboard.words import part_words
from functions.selectors import Access
from gap_scores.board import FEWEST_CONTACTS, FEWEST_CUSTOMERS, Board
from gap_scores.segmenting import WHOLE, SegmentGap
from gap_scores.selectors import read_segments
from scoring.changes import Change, change_between


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """One segment: its gap, on how many requirements that rests, and how many customers were heard on one of them."""

    name: str
    gap: GapView
    scored: int
    customers: int


@dataclass(frozen=True)
class SegmentsPanel:
    """lines: the worst first. hidden: segments with too few people to be shown to this person."""

    board: BoardAsked
    lines: tuple[SegmentLine, ...]
    hidden: int

    @property
    def answer(self) -> str:
        sure = [line for line in self.lines if not line.gap.few]
        if len(sure) < 2:
            return "Too few segments with enough customers to compare"
        pairs = [(worse, better) for worse in sure for better in reversed(sure) if _is_worse(worse, better)]
        if not pairs:
            return f"No {self.board.by_words} stands apart: their intervals meet"
        worse, better = pairs[0]
        return f"{worse.name} is worse served than {better.name}"


def segments_of(
    board: Board, wanted: BoardAsked, *, access: Access, edges: Edges, function_id: int | None = None
) -> SegmentsPanel:
    key = WHOLE if function_id is None else function_id
    found = [each for each in read_segments(board=board, dimension=wanted.by) if key in each.gaps]
    hidden = set() if access.is_specialist else _hidden(found, key)
    lines = [_line(each, key, edges) for each in found if each.value not in hidden]
    return SegmentsPanel(wanted, tuple(sorted(lines, key=lambda line: (line.gap.few, -line.gap.gap))), len(hidden))


def _hidden(found: Sequence[SegmentGap], key: int) -> set[str]:
    """Return the segments of too few people, and others until those left out together are enough not to be told."""
    customers: Mapping[str, int] = {each.value: each.customers[key] for each in found}
    hidden = {each.value for each in found if key not in each.enough}
    shown = sorted((value for value in customers if value not in hidden), key=lambda value: (customers[value], value))
    while hidden and shown and _is_told(hidden, customers):
        hidden.add(shown.pop(0))
    return hidden


def _is_told(hidden: set[str], customers: Mapping[str, int]) -> bool:
    # Five customers have five contacts at least.
    return len(hidden) == 1 or sum(customers[value] for value in hidden) < max(FEWEST_CONTACTS, FEWEST_CUSTOMERS)


def _line(segment: SegmentGap, key: int, edges: Edges) -> SegmentLine:
    whole = segment.gaps[key]
    view = gap_view(whole.gap, whole.lo, whole.hi, whole.n_eff, edges=edges)
    assert view is not None  # noqa: S101  # a whole has a gap
    return SegmentLine(part_words(segment.value) or "not known", view, segment.scored[key], segment.customers[key])


def _is_worse(one: SegmentLine, other: SegmentLine) -> bool:
    gaps = (estimate_of(each.gap.gap, each.gap.lo, each.gap.hi) for each in (other, one))
    return change_between(*gaps) is Change.WORSE
