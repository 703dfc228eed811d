"""How long a function or a requirement was left alone: not asked about, not measured, not acted upon."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from dashboard.drawing.bands import Band, Edges
from dashboard.gap_view import kept_apart, may_open
from dashboard.words import counted, sentence
from functions.selectors import Access
from gap_scores.board import Board, FunctionRow, RequirementRow
from gap_scores.showing import unscored_for
from improvements.action_selectors import Acted, acted_on, joined
from web.templatetags.show import listed

MOST_CLOCKS = 8
STILL_DAYS = 30  # so long a gap may be without anything done about it
NEVER = 10**6


@dataclass(frozen=True, slots=True)
class Clock:
    """Days since something happened, None: never. is_due: it is longer than it may be."""

    days: int | None
    is_due: bool

    @property
    def length(self) -> int:
        return NEVER if self.days is None else self.days


@dataclass(frozen=True, slots=True)
class ClockLine:
    name: str
    url: str
    asked: Clock
    measured: Clock
    acted: Clock

    @property
    def clocks(self) -> tuple[Clock, Clock, Clock]:
        return self.asked, self.measured, self.acted

    @property
    def due(self) -> list[str]:
        pairs = ((self.asked, "asked about"), (self.measured, "measured"), (self.acted, "acted upon"))
        return [words for clock, words in pairs if clock.is_due]

    @property
    def urgency(self) -> tuple[int, int, str]:
        return -len(self.due), -sum(each.length for each in (self.asked, self.measured, self.acted)), self.name


@dataclass(frozen=True, slots=True)
class ClocksPanel:
    """lines: the longest left alone first, only those with something due. left: how many more of them there are."""

    noun: str
    lines: tuple[ClockLine, ...]
    left: int
    of: int

    @property
    def answer(self) -> str:
        if not self.lines:
            return f"No {self.noun} was left alone for longer than it may be"
        first = self.lines[0]
        late = counted(len(self.lines) + self.left, self.noun)
        return sentence(f"{late} of {self.of} left alone; {first.name}: not {listed(first.due)} in time")


def function_clocks(board: Board, *, edges: Edges, query: str) -> ClocksPanel:
    """Return how long each dot was left alone; everybody in the program may know that."""
    # Not kept with the board: an action moves without a run of the scores.
    newest = _newest_acts(board)
    return _panel(
        "function", (_of_function(row, newest.get(row.function_id), board, edges, query) for row in board.functions)
    )


def _newest_acts(board: Board) -> Mapping[int | None, Acted]:
    """Return when an action about what each function answers for moved last."""
    owner_of = {row.requirement_id: row.owner_id for row in (*board.requirements, *board.unscored)}
    newest: dict[int | None, Acted] = {}
    for each, acted in acted_on(owner_of, until=board.stamp.as_of).items():
        newest[owner_of[each]] = joined(newest.get(owner_of[each]), acted)
    return newest


def _of_function(row: FunctionRow, acted: Acted | None, board: Board, edges: Edges, query: str) -> ClockLine:
    its = row.neglect
    return ClockLine(
        name=row.name,
        url=reverse("function_detail", args=[row.function_id]) + query,
        asked=Clock(its.heard_days, its.is_unheard),
        measured=Clock(its.measured_days, its.is_unmeasured),
        acted=_acted(acted, row.own, board.stamp.as_of, edges),
    )


def requirement_clocks(
    board: Board, *, function_id: int, edges: Edges, access: Access, allowed: set[int] | None, query: str
) -> ClocksPanel:
    """Return how long each requirement of a function was left alone, of those that this person may open."""
    shown, _hidden = kept_apart(board.owned_by(function_id), access)
    unscored = [row for row in unscored_for(access, board) if row.owner_id == function_id and not row.too_few]
    silent = [row for row in board.unscored if row.owner_id == function_id and not row.counts.heard]
    rows = {row.requirement_id: row for row in (*shown, *unscored, *silent)}
    mine = [row for key, row in rows.items() if may_open(access, allowed, key)]
    acted = acted_on([row.requirement_id for row in mine], until=board.stamp.as_of)
    return _panel("requirement", (_of_requirement(row, acted, board, edges, query) for row in mine))


def _of_requirement(
    row: RequirementRow, acted: Mapping[int, Acted], board: Board, edges: Edges, query: str
) -> ClockLine:
    today = board.stamp.as_of
    measured = max((level.newest_on for level in row.levels), default=None)
    return ClockLine(
        name=f"{row.reference} {row.statement}",
        url=reverse("requirement_detail", args=[row.requirement_id]) + query,
        asked=Clock(_days(row.counts.newest_on, today), row.is_stale),
        # What has no scale is felt only: nothing can measure it.
        measured=Clock(_days(measured, today), row.has_scale and (not row.levels or row.is_on_old_measurement)),
        acted=_acted(acted.get(row.requirement_id), row.score.gap if row.score else None, today, edges),
    )


def _acted(acted: Acted | None, gap: float | None, today: date, edges: Edges) -> Clock:
    """An action that is overdue is due whatever the gap; a gap is due once nothing was done for too long."""
    days = _days(acted.newest_on if acted else None, today)
    is_gap = edges.band(gap) in {Band.GAP, Band.SEVERE}
    is_still = is_gap and (days is None or days > STILL_DAYS)
    return Clock(days, is_still or (acted is not None and acted.is_overdue))


def _days(day: date | None, today: date) -> int | None:
    return None if day is None else max(0, (today - day).days)


def _panel(noun: str, lines: Iterable[ClockLine]) -> ClocksPanel:
    every = list(lines)
    late = sorted((line for line in every if line.due), key=lambda line: line.urgency)
    return ClocksPanel(noun, tuple(late[:MOST_CLOCKS]), max(0, len(late) - MOST_CLOCKS), len(every))
