"""The list of initiatives: what each does for customers, worked out for all of them on one run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dashboard.drawing.small import RangeBar, range_bar
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import Board
from gap_scores.selectors import read_board
from improvements.initiative_forms import InitiativeFilter
from improvements.initiative_models import OPEN, Initiative
from improvements.judging import Cost, Judge, per_100k
from improvements.verdict_words import SEEN, counted, points_words
from scoring.investing import Gain
from web.choices import in_words
from web.lists import Column, ListAsked, ListPlan, Shown
from web.templatetags.show import fixed


@dataclass(frozen=True, slots=True)
class InitiativeLine:
    """An initiative with what it gains alone. serves: how many scored requirements of customers it may serve better.

    gain and serves None: the reader may not be told.
    """

    row: Initiative
    cost: Cost
    gain: Gain | None
    serves: int | None
    bar: RangeBar | None = None

    @property
    def pk(self) -> int:
        return self.row.pk

    @property
    def per_100k(self) -> float | None:
        return per_100k(self.gain.points, self.cost.money) if self.gain else None


STATE_IN_WORDS = in_words("state")


def number(key: str, label: Any, value: Callable[[InitiativeLine], Any]) -> Column:
    return Column(key, label, value=value, numeric=True, hide_narrow=True)


NAME = Column("name", _("Initiative"), value=lambda line: line.row.name)
FUNCTION = Column("function", _("Function"), value=lambda line: line.row.function.name, hide_narrow=True)
STATE = Column("state", _("State"), value=lambda line: STATE_IN_WORDS(line.row), hide_narrow=True)
COST = number("cost", _("First year"), lambda line: line.cost.money)
# With the same points, what serves customers goes ahead of what does not.
POINTS = Column(
    "points",
    _("Points alone"),
    value=lambda line: line.gain and line.gain.points,
    sort_by=lambda line: line.gain and (round(line.gain.points, 9), line.serves),
    numeric=True,
)
RATIO = number("per_100k", _("Points per 100k"), lambda line: line.per_100k)
SERVES = number("serves", _("Serves"), lambda line: line.serves)
INITIATIVES = ListPlan(
    name="initiatives",
    columns=(NAME, FUNCTION, STATE, COST, POINTS, RATIO, SERVES),
    in_file=(
        NAME,
        FUNCTION,
        Column("purpose", _("What it is for"), value=lambda line: line.row.purpose),
        STATE,
        number("cost_fixed", _("Cost once"), lambda line: line.row.cost_fixed),
        number("cost_yearly", _("Cost a year"), lambda line: line.row.cost_yearly),
        number("people_days", _("People days"), lambda line: line.row.people_days),
        COST,
        POINTS,
        number("points_lo", _("from"), lambda line: line.gain and line.gain.lo),
        number("points_hi", _("to"), lambda line: line.gain and line.gain.hi),
        RATIO,
        SERVES,
        Column("internal_reason", _("Internal reason"), value=lambda line: line.row.internal_reason),
    ),
    sort="-points",
    filters=InitiativeFilter,
    search=("name", "purpose"),
)


@dataclass(frozen=True, slots=True)
class InitiativeListPage:
    list: Shown
    board: Board
    answer: str
    currency: str


def lines_of(judge: Judge) -> list[InitiativeLine]:
    return [_line(judge, row) for row in judge.rows]


def _line(judge: Judge, row: Initiative) -> InitiativeLine:
    if row.pk in judge.untold:
        return InitiativeLine(row, judge.cost_of(row), None, None)
    return InitiativeLine(row, judge.cost_of(row), judge.gain([row.pk]), len(judge.serves(row)))


def passes(line: InitiativeLine, asked: ListAsked) -> bool:
    wanted = {name: asked.value_of(name) for name in ("function", "state", "serves", "cost")}
    text = f"{line.row.name} {line.row.purpose}".lower()
    return (
        (wanted["function"] is None or wanted["function"].pk == line.row.function_id)
        and wanted["state"] in (None, "", line.row.state)
        and wanted["serves"] in (None, "", None if line.serves is None else "yes" if line.serves else "no")
        and wanted["cost"] in (None, "", "unknown" if line.cost.money is None else "known")
        and all(word in text for word in asked.q.lower().split())
    )


def rows_asked_for(asked: ListAsked, access: Access, program: Program | None) -> list[InitiativeLine]:
    return [line for line in lines_of(Judge(read_board(), program, access)) if passes(line, asked)]


def initiative_list_page(*, parameters: QueryDict, access: Access, program: Program | None) -> InitiativeListPage:
    asked, board = ListAsked(INITIATIVES, parameters), read_board()
    everything = lines_of(Judge(board, program, access))
    currency = program.currency if program else ""
    shown = asked.show([line for line in everything if passes(line, asked)], of=everything)
    return InitiativeListPage(shown, board, answer_of(everything, currency), currency)


def answer_of(lines: list[InitiativeLine], currency: str) -> str:
    """Say how many that can be chosen serve customers at all, and which one does most for its money."""
    if not lines:
        return "No initiative is proposed yet."
    lines = [line for line in lines if line.row.state in OPEN]
    if not lines:
        return "No initiative is open: each one is decided against, runs or is done."
    serving = [line for line in lines if line.serves]
    if not serving:
        return f"None of {counted(len(lines), 'open initiative')} serves a customer requirement that is shown here."
    said = f"{len(serving)} of {counted(len(lines), 'open initiative')} may serve customers."
    best = max(serving, key=lambda line: (line.per_100k or 0.0, -line.pk))
    if best.per_100k is None or best.per_100k < SEEN:
        return said
    return f"{said} Most for its money: {best.row.name}, {points_words(best.per_100k)} per 100k {currency}."


def with_bars(lines: list[InitiativeLine]) -> list[InitiativeLine]:
    """Return the lines of a page with a bar of what each gains, on 0 to the largest of them."""
    top = max((line.gain.hi for line in lines if line.gain), default=0.0)
    return [replace(line, bar=gain_bar(line.gain, top)) if line.gain else line for line in lines]


def gain_bar(gain: Gain, top: float) -> RangeBar:
    words = f"{fixed(gain.points, 1)} points, range {fixed(gain.lo, 1)} to {fixed(gain.hi, 1)}"
    return range_bar(gain.lo, gain.hi, gain.points, gain.points, top=top, words=words)
