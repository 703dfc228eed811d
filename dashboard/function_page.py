"""A head's five minutes: how is my dot, why has it its colour, and what reaches customers through it?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.urls import reverse

from dashboard.board_asked import BoardAsked
from dashboard.circle_page import bottleneck_of
from dashboard.circle_view import draw_board
from dashboard.clocks_panel import ClocksPanel, requirement_clocks
from dashboard.collapse_panel import CollapsePanel, collapse_of
from dashboard.drawing.bands import Band, Edges
from dashboard.drawing.circle import CircleDrawing
from dashboard.drawing.small import WhiskerAxis, whisker_axis
from dashboard.gap_view import (
    GapView,
    Remainder,
    RequirementLine,
    edges_of,
    function_gap,
    gap_view,
    kept_apart,
    may_open,
    remainder_of,
    requirement_lines,
)
from dashboard.metric_card import MetricCard, metric_card
from dashboard.metric_marks import customers_levels
from dashboard.moves_panel import MovesPanel, moves_panel
from dashboard.scoping import AskedScope
from dashboard.segments_panel import SegmentsPanel, segments_of
from dashboard.selectors import (
    contributions_of,
    heads_of,
    measured_metrics,
    metrics_of_function,
)
from dashboard.sentences import (
    bands_answer,
    function_advice,
    function_answer,
    metrics_answer,
    neglect_answer,
    reach_answer,
    tie_note,
)
from dashboard.since import Since, ends_before, since_day, since_words
from dashboard.trend_panel import TrendPanel, trend_of
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import Board, FunctionRow, KeptEnd, LinkView
from gap_scores.guarding import board_for
from gap_scores.selectors import internal_gap
from improvements.action_models import Action
from improvements.action_selectors import actions_of_function
from metrics.chart_selectors import phase_days
from requirements_catalog.models import Responsibility
from requirements_catalog.selectors import requirement_ids_for
from web.templatetags.show import listed

WANTED_SHARE = 80  # per cent of weight to be served, where no program says otherwise


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A supplier or a supplied function, and what passes between the two in points (None: strength unset)."""

    link: LinkView
    row: FunctionRow
    gap: GapView | None
    passed: float | None


@dataclass(frozen=True)
class FunctionPage:
    board: Board
    row: FunctionRow
    asked: AskedScope
    access: Access
    edges: Edges
    allowed: set[int] | None
    currency: str
    wanted_share: int
    wanted: BoardAsked

    @property
    def is_silent(self) -> bool:
        """Whether nobody was heard whom this scope is about."""
        return self.board.overall is None

    @property
    def yours(self) -> bool:
        return self.access.heads(self.row.function_id)

    @property
    def sees_measurements(self) -> bool:
        return self.access.keeps_metrics_of(self.row.function_id)

    @cached_property
    def names(self) -> Mapping[int, str]:
        return {row.function_id: row.label for row in self.board.functions}

    @cached_property
    def head(self) -> str:
        return heads_of([self.row.function_id]).get(self.row.function_id, "")

    @cached_property
    def gap(self) -> GapView | None:
        return function_gap(self.row, edges=self.edges)

    @property
    def answer(self) -> str:
        shown = [line.row for line in self.requirements]
        return function_answer(self.row, shown, yours=self.yours)

    @property
    def advice(self) -> str:
        return function_advice([line.row for line in self.requirements], self.edges)

    @cached_property
    def _kept(self) -> tuple[list[RequirementLine], Remainder | None]:
        shown, hidden = kept_apart(self.board.owned_by(self.row.function_id), self.access)
        lines = requirement_lines(shown, edges=self.edges, access=self.access, allowed=self.allowed)
        # Of a dot that is of too few people the sum of its requirements would be its own gap.
        return lines, replace(rest, points=None) if (rest := remainder_of(hidden)) and self.row.too_few else rest

    @property
    def requirements(self) -> list[RequirementLine]:
        return self._kept[0]

    @property
    def hidden(self) -> Remainder | None:
        return self._kept[1]

    @cached_property
    def unscored(self) -> list[RequirementLine]:
        mine = [row for row in self.board.unscored if row.owner_id == self.row.function_id]
        return requirement_lines(mine, edges=self.edges, access=self.access, allowed=self.allowed)

    @property
    def why(self) -> str:
        bands = [line.gap.band for line in self.requirements if line.gap]
        return bands_answer([*bands, *[Band.NONE] * len(self.unscored)], "requirement")

    @cached_property
    def moves(self) -> MovesPanel | None:
        """What would lower the own gap; nothing for people who may not see its measurements, and without a gap."""
        if not self.sees_measurements or not self.requirements:
            return None
        return moves_panel(
            self.board,
            self.row,
            [line.row for line in self.requirements],
            opens={line.row.requirement_id for line in self.requirements if line.opens},
            wanted_share=self.wanted_share,
            currency=self.currency,
        )

    @property
    def axis(self) -> WhiskerAxis:
        return whisker_axis()

    @cached_property
    def drawing(self) -> CircleDrawing:
        pair = draw_board(self.board, edges=self.edges, query=self.asked.query, focus=self.row.function_id, uid="reach")
        return pair[1]

    @property
    def reach(self) -> str:
        return reach_answer(self.row, self.names, yours=self.yours)

    @property
    def tie(self) -> str:
        return tie_note(self.row, self.names, yours=self.yours)

    @property
    def path(self) -> str:
        """The way of the transmitted gap in words: 'Supplies, Equipment, Support'."""
        return " → ".join(self.names.get(each, "") for each in self.row.path) if len(self.row.path) > 1 else ""

    @property
    def bottleneck(self) -> str:
        return bottleneck_of(self.row, self.names)

    @cached_property
    def suppliers(self) -> list[Neighbour]:
        """Who supplies this function, the largest gap passed on first."""
        found = [
            self._neighbour(link, link.supplier_id, passes=link.supplier_id)
            for link in self.board.links
            if link.supplied_id == self.row.function_id
        ]
        return sorted(found, key=lambda each: -(each.passed or 0.0))

    @cached_property
    def supplied(self) -> list[Neighbour]:
        return [
            self._neighbour(link, link.supplied_id, passes=link.supplier_id)
            for link in self.board.links
            if link.supplier_id == self.row.function_id
        ]

    def _neighbour(self, link: LinkView, function_id: int, *, passes: int) -> Neighbour:
        by_id = {row.function_id: row for row in self.board.functions}
        row = by_id[function_id]
        return Neighbour(link, row, function_gap(row, edges=self.edges), _passed(link, by_id[passes]))

    @cached_property
    def rank(self) -> int | None:
        return self._ranked.index(self.row) + 1 if self.row in self._ranked else None

    @property
    def rank_of(self) -> int:
        return len(self._ranked)

    @cached_property
    def _ranked(self) -> list[FunctionRow]:
        return sorted((row for row in self.board.functions if row.points), key=lambda row: -(row.points or 0.0))

    @property
    def neglect(self) -> str:
        return neglect_answer(self.row)

    @cached_property
    def contributions(self) -> list[tuple[Responsibility, bool]]:
        """What it helps others with, and whether this person may open it."""
        found = contributions_of(self.row.function_id)
        return [(each, may_open(self.access, self.allowed, each.requirement_id)) for each in found]

    @cached_property
    def cards(self) -> list[MetricCard]:
        """The function's metrics; nothing for people who may not see its measurements."""
        if not self.sees_measurements:
            return []
        as_of = self.board.stamp.as_of
        found = measured_metrics(metrics_of_function(self.row.function_id), as_of=as_of)
        metrics = [each.metric for each in found]
        levels = customers_levels(metrics, access=self.access, wanted_share=self.wanted_share)
        since = phase_days([each.pk for each in metrics])
        return [
            metric_card(
                each,
                currency=self.currency,
                as_of=as_of,
                customers_level=levels.get(each.metric.pk),
                since=since.get(each.metric.pk, ()),
            )
            for each in found
        ]

    @property
    def metrics_answer(self) -> str:
        late = [
            card.measured.metric.name for card in self.cards if card.overdue_days > 0 or card.measured.level is None
        ]
        return metrics_answer([card.signal for card in self.cards], late)

    @cached_property
    def internal(self) -> GapView | None:
        """What internal customers say of a dot about which others were heard, too: a second line, never mixed in."""
        inside = internal_gap(board=self.board, function_id=self.row.function_id)
        return gap_view(inside.gap, inside.lo, inside.hi, inside.n_eff, edges=self.edges) if inside else None

    @cached_property
    def ends(self) -> list[KeptEnd]:
        return ends_before(self.board, self.wanted.since)

    @cached_property
    def compared(self) -> Since | None:
        return since_day(self.board, self.ends, self.wanted.since)

    @cached_property
    def since(self) -> tuple[str, str]:
        """Whether the own gap moved since a kept day, and what that rests on."""
        since = self.compared
        return since_words(since.of_function(self.row.function_id) if since else None, since)

    @cached_property
    def course(self) -> TrendPanel | None:
        return trend_of(self.board, self.ends, self.row.function_id)

    @cached_property
    def collapse(self) -> CollapsePanel:
        return collapse_of(self.board, self.row.function_id)

    @cached_property
    def segments(self) -> SegmentsPanel:
        its = self.row.function_id
        return segments_of(self.board, self.wanted, access=self.access, edges=self.edges, function_id=its)

    @cached_property
    def clocks(self) -> ClocksPanel:
        return requirement_clocks(
            self.board,
            function_id=self.row.function_id,
            edges=self.edges,
            access=self.access,
            allowed=self.allowed,
            query=self.asked.query,
        )

    @cached_property
    def actions(self) -> list[Action]:
        """What is under way, of what this person may open."""
        return actions_of_function(self.access, self.row.function_id)

    @property
    def actions_url(self) -> str:
        return reverse("action_list", query={"function": self.row.function_id})

    @property
    def act_url(self) -> str:
        """Where an action about this dot begins; '' for people who may not make one."""
        return reverse("action_create", query={"function": self.row.function_id}) if self.sees_measurements else ""

    @property
    def sees_actions(self) -> bool:
        return self.sees_measurements or bool(self.actions)

    @property
    def neglected(self) -> str:
        its = self.row.neglect
        parts = ["customers"] * its.is_unheard + ["measurements"] * its.is_unmeasured
        return listed(parts)


def _passed(link: LinkView, supplier: FunctionRow) -> float | None:
    """Return what a supplier passes on: the link's strength times what reaches customers through the supplier."""
    if link.strength is None or supplier.transmitted is None:
        return None
    return link.strength * supplier.transmitted


def function_page(
    *, function_id: int, wanted: BoardAsked, access: Access, program: Program | None
) -> FunctionPage | None:
    asked = wanted.asked
    board = board_for(access, asked.scope)
    row = board.function(function_id)
    if row is None:
        return None
    currency, share = (program.currency, program.wanted_share) if program else ("", WANTED_SHARE)
    edges, allowed = edges_of(program), requirement_ids_for(access)
    return FunctionPage(board, row, asked, access, edges, allowed, currency, share, wanted)
