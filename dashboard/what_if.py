"""What if these levels were reached, or a dot were not there? Answered from the kept sums, without storing anything."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dashboard.words import level_number, short, unit_word
from functions.selectors import Access
from gap_scores.board import Board, FunctionRow
from gap_scores.investing import Expected, Ground, MetricNow, case_of
from gap_scores.showing import hidden_among
from improvements.initiatives import check_range
from improvements.reading_off import movable
from improvements.verdict_words import SEEN, counted
from metrics.models import Metric
from scoring.felt import Direction
from scoring.investing import FINE, Case, Option, gains, own_gaps_after, reach_of, reaching, weighed
from web.fields import from_units
from web.templatetags.show import fixed, listed

MOST = 4
MICRO = 10**6
SET = frozenset((0,))
LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class Slider:
    """A level that can be moved, as text in the metric's unit; is_moved: it stands elsewhere than today."""

    metric: int
    name: str
    value: str
    now: str
    low: str
    high: str
    unit: str
    is_moved: bool

    @property
    def field(self) -> str:
        return f"m{self.metric}"

    @property
    def now_words(self) -> str:
        return f"now {self.now} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Change:
    """A function whose own gap, or what reaches customers through it, would be another one."""

    row: FunctionRow
    own: float | None
    reaching: float


@dataclass(frozen=True, slots=True)
class WithoutDot:
    """What it would mean if a function did nothing at all."""

    row: FunctionRow
    answer: str
    lost: Sequence[str]
    hidden: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """then: the overall gap if customers feel as before; felt: if all who are newly served came to feel it."""

    answer: str
    sliders: Sequence[Slider]
    more: int
    now: float | None
    then: float | None
    felt: float | None
    reach: float
    changes: Sequence[Change]
    functions: Sequence[FunctionRow]
    without: WithoutDot | None
    problem: str

    @property
    def is_moved(self) -> bool:
        return any(each.is_moved for each in self.sliders)

    @property
    def by(self) -> float:
        return (self.then or 0.0) - (self.now or 0.0)


def what_if(*, parameters: QueryDict, ground: Ground, access: Access, currency: str, most: int = MOST) -> WhatIf:
    """Return what the levels and the dot of an address would change (1 query: which metrics the person may see)."""
    board = ground.board
    now = board.overall.gap if board.overall else None
    allowed = movable(ground, access)
    wanted, problem = _wanted(parameters, {metric: ground.metrics[metric].metric for metric in allowed})
    ranked = sorted(allowed, key=lambda metric: (metric not in wanted, -_at_stake(ground, metric), metric))
    shown = ranked if most >= len(ranked) else ranked[: max(most, len(wanted))]
    moved = {metric: level for metric, level in wanted.items() if Fraction(level) != _now(ground.metrics[metric])}
    case = case_of(ground, [Option(0, 0)], {0: [(m, Expected(level, level, level)) for m, level in moved.items()]})
    least, most_ = (weighed(case, gains(case, SET, follows=follows)) for follows in (False, True))
    return WhatIf(
        answer=_answer(now, least, len(moved)),
        sliders=[_slider(ground, metric, wanted, currency) for metric in shown],
        more=len(ranked) - len(shown),
        now=now,
        then=None if now is None else max(now - least, 0.0),
        felt=None if now is None else max(now - most_, 0.0),
        reach=reach_of(case, SET),
        changes=_changes(board, case),
        functions=board.functions,
        without=_without(parameters, board, case, access),
        problem=problem,
    )


def _wanted(parameters: QueryDict, allowed: Mapping[int, Metric]) -> tuple[dict[int, Decimal], str]:
    """Return the levels that were asked for, and what is wrong with those that make no sense."""
    found: dict[int, Decimal] = {}
    problems: list[str] = []
    for pk, metric in allowed.items():
        text = parameters.get(f"m{pk}", "").strip()
        try:
            if text:
                found[pk] = _level(metric, text)
        except ValidationError as error:
            problems += error.messages
    return found, " ".join(problems)


def _level(metric: Metric, text: str) -> Decimal:
    try:
        level = Decimal(text)
    except InvalidOperation:
        level = Decimal("NaN")
    if not level.is_finite() or abs(level) > LARGEST:
        raise ValidationError(_("‘%(text)s’ is no level."), code="invalid", params={"text": text[:40]})
    level = from_units(round(level * MICRO))
    check_range(metric, "level", level)
    return level


def _now(here: MetricNow) -> Fraction:
    """Today's level as a slider says it."""
    return Fraction(_rounded(here.level.value if here.level else Fraction(0)))


def _rounded(level: Fraction) -> Decimal:
    return from_units(round(level * MICRO))


def _at_stake(ground: Ground, metric: int) -> float:
    """The points of the overall gap that answers to this metric's level carry."""
    share = {row.requirement_id: row.share or 0.0 for row in ground.board.requirements}
    lines = [line for line in ground.lines if line.metric == metric]
    return math.fsum(
        share[line.requirement] * step.least for line in lines for step in line.steps if step.threshold < line.now
    )


def _slider(ground: Ground, metric: int, wanted: Mapping[int, Decimal], currency: str) -> Slider:
    here = ground.metrics[metric]
    now = _rounded(here.level.value if here.level else Fraction(0))
    value = wanted.get(metric, now)
    ends = [_rounded(end) for end in _stated(ground, metric)]
    worse_is_left = here.metric.direction == Direction.LOWER
    low, high = min(*ends, now, value), max(*ends, now, value)
    return Slider(
        metric=metric,
        name=here.metric.name,
        value=_plain(value),
        now=level_number(short(float(now))),
        low=_plain(low),
        high=_plain(high if high > low else low + 1),
        unit=unit_word(here.metric.unit, currency) + (" lower is better" if worse_is_left else " higher is better"),
        is_moved=value != now,
    )


def _plain(level: Decimal) -> str:
    return f"{level.normalize():f}"


def _stated(ground: Ground, metric: int) -> list[Fraction]:
    """Return the levels that customers stated, in the metric's unit; without any, zero stands in."""
    lines = [line for line in ground.lines if line.metric == metric]
    steps = [Fraction(step.threshold // FINE * FINE) / line.per_unit for line in lines for step in line.steps]
    return steps or [Fraction(0), Fraction(0)]


def _answer(now: float | None, gained: float, moved: int) -> str:
    if now is None:
        return "Nobody was heard yet, so no level is worth anything that could be told."
    if not moved:
        return f"Move a level: today the overall gap is {fixed(now, 1)}."
    these = "this level were" if moved == 1 else f"these {moved} levels were"
    return f"If {these} reached, the overall gap would be {fixed(max(now - gained, 0.0), 1)}."


def _changes(board: Board, case: Case) -> list[Change]:
    before = own_gaps_after(case, {})
    after = own_gaps_after(case, gains(case, SET))
    arriving, then = reaching(case, before), reaching(case, after)
    return [
        Change(row, after[row.function_id], then[row.function_id])
        for row in board.functions
        if abs((after[row.function_id] or 0.0) - (before[row.function_id] or 0.0)) >= SEEN
        or abs(then[row.function_id] - arriving[row.function_id]) >= SEEN
    ]


# ---- Without a dot


def _without(parameters: QueryDict, board: Board, case: Case, access: Access) -> WithoutDot | None:
    text = parameters.get("without", "")
    row = next((each for each in board.functions if str(each.function_id) == text), None)
    if row is None:
        return None
    owned = board.owned_by(row.function_id)
    hidden = set() if access.is_specialist else hidden_among(board.requirements)
    served = [each for each in owned if each.score and each.score.gap < 100]
    overall = math.fsum((each.share or 0.0) * (100.0 - each.score.gap) for each in owned if each.score)
    shown = [each.statement for each in served if each.requirement_id not in hidden]
    return WithoutDot(
        row,
        _without_answer(board, case, row, len(served), overall),
        shown,
        sum(each.requirement_id in hidden for each in served),
    )


def _without_answer(board: Board, case: Case, row: FunctionRow, served: int, lost: float) -> str:
    """A dot that does nothing serves nobody: its own gap is 100, and that is what it passes on."""
    now = board.overall.gap if board.overall else 0.0
    own = own_gaps_after(case, {}) | {row.function_id: 100.0}
    before, then = reaching(case, own_gaps_after(case, {})), reaching(case, own)
    facing = [each for each in board.functions if each.is_customer_facing]
    reached = [
        f"{each.label} ({fixed(before[each.function_id])} → {fixed(then[each.function_id])})"
        for each in facing
        if then[each.function_id] - before[each.function_id] >= SEEN
    ]
    requirements = counted(served, "requirement") if served else "no requirement"
    lose = "loses" if served == 1 else "lose"
    course = f"{fixed(now, 1)} → {fixed(now + lost, 1)}"
    said = f"Without {row.name} {requirements} {lose} service: the overall gap would be {course}."
    more = (
        f"More reaches customers through {listed(reached)}." if reached else "No other dot passes more on to customers."
    )
    return f"{said} {more}"
