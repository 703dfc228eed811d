"""The gap of the circle or of a function by segment, side by side: who is worse served, where that is sure."""

from dataclasses import dataclass

from dashboard.board_asked import BoardAsked
from dashboard.drawing.bands import Edges
from dashboard.gap_view import GapView, gap_view
from dashboard.trend_panel import estimate_of
from dashboard.words import part_words
from functions.selectors import Access
from gap_scores.board import Board
from gap_scores.guarding import APART
from gap_scores.segmenting import WHOLE, SegmentGap, hidden_segments
from gap_scores.selectors import read_segments
from scoring.changes import Change, change_between


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """One segment: its gap, on how many requirements that rests, and how many customers were heard on one of them."""

    name: str
    gap: GapView
    scored: int
    customers: int
    url: str  # the same board of this segment alone
    is_on: bool


@dataclass(frozen=True)
class SegmentsPanel:
    """lines: the worst first. hidden: segments with too few people to be shown to this person."""

    board: BoardAsked
    lines: tuple[SegmentLine, ...]
    hidden: int
    withheld: str = ""  # why this person is shown none

    @property
    def answer(self) -> str:
        if self.withheld:
            return "Not shown here"
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
    if not (access.is_specialist or board.scope.has_past):
        return SegmentsPanel(wanted, (), 0, APART)
    key = WHOLE if function_id is None else function_id
    found = [each for each in read_segments(board=board, dimension=wanted.by) if key in each.gaps]
    hidden = set() if access.is_specialist else hidden_segments(found, key)
    lines = [_line(each, key, edges, wanted) for each in found if each.value not in hidden]
    return SegmentsPanel(wanted, tuple(sorted(lines, key=lambda line: (line.gap.few, -line.gap.gap))), len(hidden))


def _line(segment: SegmentGap, key: int, edges: Edges, wanted: BoardAsked) -> SegmentLine:
    whole = segment.gaps[key]
    view = gap_view(whole.gap, whole.lo, whole.hi, whole.n_eff, edges=edges)
    assert view is not None  # noqa: S101  # a whole has a gap
    name = part_words(segment.value) or "not known"
    url, is_on = wanted.of_segment(segment.value), wanted.shows_segment(segment.value)
    return SegmentLine(name, view, segment.scored[key], segment.customers[key], url, is_on)


def _is_worse(one: SegmentLine, other: SegmentLine) -> bool:
    gaps = (estimate_of(each.gap.gap, each.gap.lo, each.gap.hi) for each in (other, one))
    return change_between(*gaps) is Change.WORSE
