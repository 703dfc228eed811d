"""Where a function's gap reaches customers next, through the functions that it supplies."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.words import counted, sentence
from gap_scores.board import Board, FunctionRow
from scoring.circle import Link, OwnGap
from scoring.collapse import Reach, Threat, threats
from web.templatetags.show import fixed

MOST_THREATS = 6
LEAST = 0.5  # points that arrive; less is nothing in other words


@dataclass(frozen=True, slots=True)
class ThreatLine:
    """One threat in words. sign: 'arrives', 'may' or 'next'; arriving: what of the start's gap arrives, in points."""

    threat: Threat[int]
    start: FunctionRow
    function: FunctionRow
    arriving: str

    @property
    def sign(self) -> str:
        return self.threat.reach.name.lower()

    @property
    def words(self) -> str:
        if self.threat.reach is Reach.ARRIVES:
            return "it is the largest gap that reaches customers there"
        if not self.start.is_rankable:
            return "too few answers to say how near"
        if not self.threat.margin:
            return "the largest there, but not surely larger than what else arrives"
        more = f"{fixed(self.threat.margin, 1)} points worse and it is the largest there"
        return f"within its interval: {more}" if self.threat.reach is Reach.MAY else more


@dataclass(frozen=True, slots=True)
class CollapsePanel:
    """lines: the most urgent first. left: how many more there are.

    marked: whether any function is said to face customers; where none is, all count.
    """

    lines: tuple[ThreatLine, ...]
    left: int
    marked: bool

    @property
    def answer(self) -> str:
        if not self.lines:
            return "No gap of one function can reach customers through another"
        now = [line for line in self.lines if line.threat.reach is Reach.ARRIVES]
        if now:
            first = now[0]
            more = f", and {counted(len(now) - 1, 'more way', 'more ways')}" if len(now) > 1 else ""
            return f"{first.start.label} reaches customers through {first.function.label}{more}"
        first = self.lines[0]
        if not first.start.is_rankable or not first.threat.margin:
            return f"{first.start.label} may reach customers through {first.function.label}"
        near = f"{fixed(first.threat.margin, 1)} points worse"
        return sentence(f"{first.start.label}, {near}, reaches customers through {first.function.label} next")


def collapse_of(board: Board, function_id: int | None = None) -> CollapsePanel:
    """Return the threats of a board, or those that start at a function or come through it."""
    rows = {row.function_id: row for row in board.functions}
    facing = {key for key, row in rows.items() if row.is_customer_facing}
    found = [
        each
        for each in threats({key: _own(row) for key, row in rows.items()}, _links(board), facing or set(rows))
        if each.hi >= LEAST and function_id in (None, each.start, each.function)
    ]
    lines = tuple(_line(each, rows) for each in found[:MOST_THREATS])
    return CollapsePanel(lines, max(0, len(found) - MOST_THREATS), bool(facing))


def _own(row: FunctionRow) -> OwnGap | None:
    if row.own is None or row.own_lo is None or row.own_hi is None:
        return None
    # A sum of products can differ from its ends in the last bit; the circle expects the gap inside.
    return OwnGap(row.own, min(row.own_lo, row.own), max(row.own_hi, row.own))


def _links(board: Board) -> Sequence[Link[int]]:
    return [Link(each.supplier_id, each.supplied_id, each.strength) for each in board.links]


def _line(threat: Threat[int], rows: dict[int, FunctionRow]) -> ThreatLine:
    start = rows[threat.start]
    ends = f"{fixed(threat.lo)} to {fixed(threat.hi)}"
    return ThreatLine(
        threat, start, rows[threat.function], f"{fixed(threat.gap)} ({ends})" if start.is_rankable else ends
    )
