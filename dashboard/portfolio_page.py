"""The page of the investment answer: the best set for a budget, what each budget buys, and what levels are worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.drawing.frontier import FrontierDrawing, Stop, draw_frontier
from dashboard.drawing.small import RangeBar
from dashboard.initiative_list import gain_bar
from dashboard.portfolio_job import worked_out
from dashboard.what_if import WhatIfPage, what_if
from functions.models import Program
from functions.selectors import Access
from gap_scores.selectors import read_board
from gap_scores.showing import hidden_from
from improvements.initiative_models import MOST_MONEY
from improvements.judging import CENTS, Judge
from improvements.portfolio import Asked, Bought, Option, Portfolio, portfolio_of
from improvements.verdict_words import counted, money_words, points_words
from scoring.portfolios import Goal, Rules
from web.forms import ids_in
from web.templatetags.show import fixed, listed

NAMED = 4
OFTEN = 0.9
MOST_UNTOUCHED = 3


@dataclass(frozen=True, slots=True)
class OptionLine:
    option: Option
    bar: RangeBar
    in_url: str
    out_url: str
    free_url: str


@dataclass(frozen=True)
class PortfolioPage:
    """goal_urls: (words, url, whether it is on); hidden: parameters that the form of the budget keeps."""

    portfolio: Portfolio
    currency: str
    budget: str
    problem: str
    answer: str
    bound: str
    options_answer: str
    untouched: str
    drawings: Sequence[FrontierDrawing]
    lines: Sequence[OptionLine]
    goal_urls: Sequence[tuple[str, str, bool]]
    kept: Sequence[tuple[str, str]]
    question: Sequence[tuple[str, str]]
    question_query: str
    asks_a_job: bool
    what_if: WhatIfPage

    @property
    def stamp(self) -> Any:
        return self.portfolio.judge.board.stamp

    @property
    def compare_query(self) -> str:
        """This question as the first of two, as the page of comparison takes it."""
        return urlencode([(f"a_{name}", value) for name, value in self.question])

    @property
    def draws(self) -> int:
        return self.portfolio.draws


def portfolio_page(*, parameters: QueryDict, access: Access, program: Program | None) -> PortfolioPage:
    judge = Judge(read_board(), program, access)
    currency = program.currency if program else ""
    asked, problem = asked_for(parameters, judge)
    portfolio = portfolio_of(judge, asked, None if judge.draws_at_once else worked_out(judge, asked))
    top = max((each.gain.hi for each in portfolio.options), default=0.0)
    return PortfolioPage(
        portfolio=portfolio,
        currency=currency,
        budget=f"{asked.money.normalize():f}",
        problem=problem,
        answer=portfolio_answer(portfolio, currency),
        bound=bound_words(portfolio),
        options_answer=options_answer(portfolio),
        untouched=untouched_words(portfolio, access),
        drawings=_drawings(portfolio, currency),
        lines=[_line(each, asked, top) for each in portfolio.options],
        goal_urls=[
            ("the overall gap", query_of(replace(asked, goal=Goal.GAP)), asked.goal is Goal.GAP),
            ("what reaches customers", query_of(replace(asked, goal=Goal.REACH)), asked.goal is Goal.REACH),
        ],
        kept=[pair for pair in pairs_of(asked) if pair[0] != "budget"],
        question=pairs_of(asked),
        question_query=query_of(asked),
        asks_a_job=not portfolio.draws,
        what_if=what_if(parameters=parameters, ground=judge.ground, access=access, currency=currency),
    )


# ---- The address


def asked_for(parameters: QueryDict, judge: Judge) -> tuple[Asked, str]:
    """Return the question of an address, and what in it made no sense."""
    open_ids = {row.pk for row in judge.pool}
    forced = {name: frozenset(ids_in(parameters.getlist(name)) & open_ids) for name in ("in", "out")}
    goal = Goal.REACH if parameters.get("goal") == Goal.REACH else Goal.GAP
    rules = Rules(forced["in"], forced["out"] - forced["in"])
    text = parameters.get("budget", "").strip()
    cents = cents_in(text) if text else usual_budget(judge)
    if cents is None:
        problem = f"‘{text[:40]}’ is no budget: it is an amount from 0 to {MOST_MONEY:,}."
        return Asked(usual_budget(judge), goal, rules), problem
    return Asked(cents, goal, rules), ""


def cents_in(text: str) -> int | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return round(amount * CENTS) if amount.is_finite() and 0 <= amount <= MOST_MONEY else None


def usual_budget(judge: Judge) -> int:
    """Half of what all options cost, to two digits: something to begin with."""
    half = sum(option.cost for option in judge.case.options) // 2 // CENTS
    size = 10 ** max(len(str(half)) - 2, 0)
    return half // size * size * CENTS


def pairs_of(asked: Asked) -> list[tuple[str, str]]:
    pairs = [("budget", f"{asked.money.normalize():f}")]
    pairs += [("goal", asked.goal.value)] if asked.goal is not Goal.GAP else []
    pairs += [("in", str(each)) for each in sorted(asked.rules.forced_in)]
    return pairs + [("out", str(each)) for each in sorted(asked.rules.forced_out)]


def query_of(asked: Asked) -> str:
    return f"?{urlencode(pairs_of(asked))}"


def _line(option: Option, asked: Asked, top: float) -> OptionLine:
    one, rules = frozenset((option.row.pk,)), asked.rules
    free = Rules(rules.forced_in - one, rules.forced_out - one)
    return OptionLine(
        option=option,
        bar=gain_bar(option.gain, top),
        in_url=query_of(replace(asked, rules=Rules(free.forced_in | one, free.forced_out))),
        out_url=query_of(replace(asked, rules=Rules(free.forced_in, free.forced_out | one))),
        free_url=query_of(replace(asked, rules=free)),
    )


# ---- Sentences


def portfolio_answer(portfolio: Portfolio, currency: str) -> str:
    """Say what the budget is best spent on, what that costs and how much of the gap it removes."""
    asked, best = portfolio.asked, portfolio.best
    money = money_words(asked.money, currency)
    board = portfolio.judge.board
    if board.overall is None:
        return "Nobody was heard yet, so nobody can say where the money does most for customers."
    if not portfolio.options:
        return "No initiative with a known cost can be chosen, so there is nothing to spend it on."
    if best is None:
        return f"No set holds what you asked for within {money}: raise it, or let something go."
    if not best.initiatives:
        return f"With {money} nothing that is proposed serves customers better than doing nothing."
    names = listed(_named(best))
    costs = "They cost" if len(best.initiatives) > 1 else "It costs"
    of_all = f"of {fixed(board.overall.gap, 1)} " if asked.goal is Goal.GAP else ""
    what = "" if asked.goal is Goal.GAP else " of what reaches customers"
    removes = f"and remove{'' if len(best.initiatives) > 1 else 's'} {fixed(best.counted, 1)} {of_all}points{what}"
    return f"With {money}: {names}. {costs} {money_words(best.money, currency)} {removes}."


def _named(bought: Bought) -> list[str]:
    names = bought.names
    return names if len(names) <= NAMED else [*names[: NAMED - 1], f"{len(names) - NAMED + 1} more"]


def bound_words(portfolio: Portfolio) -> str:
    if portfolio.is_proved or portfolio.best is None:
        return ""
    gap = portfolio.bound - portfolio.best.counted
    share = gap / portfolio.bound * 100 if portfolio.bound > 0 else 0.0
    bound, behind = points_words(portfolio.bound), fixed(share, 1)
    return f"Not proved best: no set can remove more than {bound}, so it is within {behind} % of the best."


def options_answer(portfolio: Portfolio) -> str:
    if not portfolio.options:
        return "None that can be weighed."
    if not portfolio.draws:
        return f"{counted(len(portfolio.options), 'option')}; how sure their places are is not worked out yet."
    firm = [each.row.name for each in portfolio.options if (each.stays or 0) >= OFTEN * portfolio.draws]
    if not firm:
        return "None stays in the best set in nine of ten draws: which one is best is not sure."
    stay = "stays" if len(firm) == 1 else "stay"
    named = listed(firm[:NAMED]) if len(firm) <= NAMED else f"{len(firm)} options"
    return f"{named} {stay} in the best set in at least nine of ten draws."


def untouched_words(portfolio: Portfolio, access: Access) -> str:
    rows = portfolio.untouched
    hidden = hidden_from(access, portfolio.judge.board.requirements)
    shown = [row for row in rows if row.requirement_id not in hidden and row.is_rankable][:MOST_UNTOUCHED]
    if not shown:
        return ""
    rank = {row.requirement_id: at for at, row in enumerate(portfolio.judge.board.requirements, start=1)}
    named = "; ".join(
        f"{row.statement} (rank {rank[row.requirement_id]}, {fixed(row.points, 2)} points)" for row in shown
    )
    more = f"; and {len(rows) - len(shown)} more" if len(rows) > len(shown) else ""
    return f"Not touched by any option: {named}{more}."


# ---- The drawing


def _drawings(portfolio: Portfolio, currency: str) -> list[FrontierDrawing]:
    if not portfolio.frontier:
        return []
    ranged = portfolio.asked.goal is Goal.GAP
    stops = [
        Stop(
            money=float(each.money),
            points=each.counted,
            lo=each.gain.lo if ranged else each.counted,
            hi=each.gain.hi if ranged else each.counted,
            title=f"{money_words(each.money, currency)}: {listed(_named(each)) or 'nothing'}, {fixed(each.counted, 1)}",
        )
        for each in portfolio.frontier
    ]
    best = portfolio.best
    chosen = None
    if best is not None and best.initiatives:
        chosen = (
            float(best.money),
            best.counted,
            f"{points_words(best.counted)} for {money_words(best.money, currency)}",
        )
    options: Mapping[str, Any] = {
        "others": [(float(money), points) for money, points in portfolio.all_points],
        "budget": float(portfolio.asked.money),
        "budget_words": money_words(portfolio.asked.money, currency),
        "chosen": chosen,
        "heading": "What each budget can buy",
        "currency": currency,
    }
    return [draw_frontier(stops, uid=f"frontier-{css}", css=css, **options) for css in ("only-wide", "only-narrow")]
