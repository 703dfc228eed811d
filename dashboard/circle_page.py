"""The home page: what threatens us with our customers?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dashboard.board_asked import BoardAsked
from dashboard.circle_view import draw_board, reach_words
from dashboard.clocks_panel import ClocksPanel, function_clocks
from dashboard.collapse_panel import CollapsePanel, collapse_of
from dashboard.drawing.bands import Edges
from dashboard.drawing.circle import CircleDrawing
from dashboard.drawing.ring import CROWDED
from dashboard.drawing.small import HeardBar, WhiskerAxis, heard_bar, whisker_axis
from dashboard.gap_view import (
    GapView,
    Remainder,
    RequirementLine,
    edges_of,
    function_gap,
    gap_view,
    kept_apart,
    remainder_of,
    requirement_lines,
)
from dashboard.scoping import AskedScope
from dashboard.segments_panel import SegmentsPanel, segments_of
from dashboard.selectors import Heard, has_evidence, heard_by_region
from dashboard.sentences import bands_answer, circle_answer, circle_notes, heard_answer, neglect_mark, top_answer
from dashboard.since import Since, ends_before, since_day
from dashboard.trend_panel import TrendPanel, trend_of
from dashboard.words import part_words, share_words
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import Board, FunctionRow, KeptEnd, TrendPoint
from gap_scores.boards import kept_with_board
from gap_scores.guarding import board_for
from gap_scores.selectors import overall_trend
from requirements_catalog.selectors import requirement_ids_for
from web.templatetags.show import listed

TOP = 8
KEPT_SECONDS = 24 * 3600
TOO_FEW = "too few to show"


@dataclass(frozen=True, slots=True)
class FunctionLine:
    """A dot as a row: its gap as it is shown, what reaches customers through it, and what it was left without."""

    row: FunctionRow
    gap: GapView | None
    reached: str
    bottleneck: str
    neglect: str
    yours: bool
    why_none: str = "nobody heard"  # why it has no gap
    said: Mapping[str, str] = field(default_factory=dict, compare=False)  # its cells in a list's file, and only there


@dataclass(frozen=True, slots=True)
class HeardLine:
    """A region: its share of all customers' value, and how much of that was heard; both 0..1."""

    region: Heard
    name: str
    share: float
    heard: float
    bar: HeardBar


def heard_line(region: Heard, whole: int, largest: int) -> HeardLine:
    name = part_words(region.region) or "Region not known"
    share = region.weight / whole
    words = f"{name}: {share_words(region.share)} of its value heard"
    bar = heard_bar(share, region.share, largest=largest / whole, words=words)
    return HeardLine(region, name, share, region.share, bar)


@dataclass(frozen=True)
class CirclePage:
    board: Board
    asked: AskedScope
    access: Access
    edges: Edges
    allowed: set[int] | None
    wanted: BoardAsked

    @cached_property
    def names(self) -> Mapping[int, str]:
        return {row.function_id: row.label for row in self.board.functions}

    @cached_property
    def answer(self) -> str:
        return circle_answer(self.board)

    @cached_property
    def notes(self) -> list[str]:
        return circle_notes(self.board)

    @cached_property
    def trend(self) -> list[TrendPoint]:
        return kept_with_board(self.board, "trend", lambda: overall_trend(until=self.board.stamp.as_of))

    @property
    def kept_seconds(self) -> int:
        """How long the parts that show the board alone may be kept as they are drawn."""
        return KEPT_SECONDS if self.board.version else 0

    @cached_property
    def kept_under(self) -> str:
        """Everything that these parts depend on; `now` is not among it, so they say no 'ago'."""
        its = self.access
        rights = sorted(its.roles), sorted(its.functions), its.may_see_names
        return repr((self.board.version, self.asked.query, self.edges, self.trend, rights))

    @cached_property
    def drawings(self) -> tuple[CircleDrawing, CircleDrawing]:
        return draw_board(self.board, edges=self.edges, trend=self.trend, query=self.asked.query)

    @property
    def is_numbered(self) -> bool:
        """Whether the wide drawing has numbers too, so that the list beneath it is needed on every page."""
        return len(self.board.functions) > CROWDED

    @cached_property
    def functions(self) -> list[FunctionLine]:
        """The dots in ring order."""
        return [function_line(row, self.names, edges=self.edges, access=self.access) for row in self.board.functions]

    @property
    def by_points(self) -> list[FunctionLine]:
        """The dots, most points first; those without points keep their order on the ring at the end."""
        return sorted(self.functions, key=lambda line: (line.row.points is None, -(line.row.points or 0.0)))

    @property
    def is_silent(self) -> bool:
        """Whether nobody was heard whom this scope is about."""
        return self.board.overall is None

    @property
    def bands(self) -> str:
        return bands_answer([self.edges.band(row.own) for row in self.board.functions], "dot")

    @cached_property
    def overall(self) -> GapView | None:
        whole = self.board.overall
        return gap_view(whole.gap, whole.lo, whole.hi, whole.n_eff, edges=self.edges) if whole else None

    @cached_property
    def top(self) -> list[RequirementLine]:
        shown, _hidden = kept_apart(self.board.requirements, self.access)
        return requirement_lines(shown[:TOP], edges=self.edges, access=self.access, allowed=self.allowed)

    @property
    def top_answer(self) -> str:
        overall = self.board.overall
        return top_answer([line.row for line in self.top], overall.gap if overall else None)

    @property
    def rest(self) -> Remainder | None:
        """The scored requirements that the short list leaves out, so that its points add up to the whole."""
        shown = {line.row.requirement_id for line in self.top}
        return remainder_of(row for row in self.board.requirements if row.requirement_id not in shown)

    @property
    def first(self) -> RequirementLine | None:
        return next((line for line in self.top if line.opens), None)

    @cached_property
    def heard(self) -> list[HeardLine]:
        """Regions of the register, most value first: how much of it was heard."""
        regions = heard_by_region(lifecycle=self.asked.scope.lifecycle, as_of=self.board.stamp.as_of)
        whole = sum(region.weight for region in regions)
        largest = max((region.weight for region in regions), default=0)
        return [heard_line(region, whole, largest) for region in regions] if whole else []

    @cached_property
    def ends(self) -> list[KeptEnd]:
        return ends_before(self.board, self.wanted.since)

    @cached_property
    def since(self) -> Since | None:
        return since_day(self.board, self.ends, self.wanted.since)

    @cached_property
    def course(self) -> TrendPanel | None:
        return trend_of(self.board, self.ends)

    @cached_property
    def collapse(self) -> CollapsePanel:
        return collapse_of(self.board)

    @cached_property
    def segments(self) -> SegmentsPanel:
        return segments_of(self.board, self.wanted, access=self.access, edges=self.edges)

    @cached_property
    def clocks(self) -> ClocksPanel:
        return function_clocks(self.board, edges=self.edges, query=self.asked.query)

    @property
    def heard_answer(self) -> str:
        lines = self.heard
        share = sum(line.share * line.heard for line in lines) if lines else None
        silent = [line.name for line in lines if not line.region.heard_customers]
        quiet = [line.name for line in lines if line.region.heard_customers and line.heard < 0.5]
        return heard_answer(share, silent, quiet)

    @property
    def axis(self) -> WhiskerAxis:
        return whisker_axis()

    @cached_property
    def has(self) -> dict[str, bool]:
        return has_evidence()


def circle_page(*, wanted: BoardAsked, access: Access, program: Program | None) -> CirclePage:
    board = board_for(access, wanted.asked.scope)
    return CirclePage(board, wanted.asked, access, edges_of(program), requirement_ids_for(access), wanted)


def function_line(row: FunctionRow, names: Mapping[int, str], *, edges: Edges, access: Access) -> FunctionLine:
    reached = reach_words(row, names) if row.received >= 0.5 else ""
    return FunctionLine(
        row=row,
        gap=function_gap(row, edges=edges),
        reached=reached,
        bottleneck=bottleneck_of(row, names) if reached else "",
        neglect=neglect_mark(row),
        yours=access.heads(row.function_id),
        why_none=TOO_FEW if row.too_few else "nobody heard",
    )


def bottleneck_of(row: FunctionRow, names: Mapping[int, str]) -> str:
    if row.bottleneck_id is not None:
        return names.get(row.bottleneck_id, "")
    tied = [("own" if each == row.function_id else names.get(each, "")) for each in row.tied]
    return f"tied: {listed(tied)}" if tied else ""
