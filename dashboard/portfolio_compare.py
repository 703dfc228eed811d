"""Two portfolios side by side: the answers to two questions, or what a decision was believed to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from dashboard.portfolio_job import worked_out
from dashboard.portfolio_page import asked_for, pairs_of, query_of
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import RequirementRow
from gap_scores.investing import Expected, case_of
from gap_scores.selectors import read_board
from gap_scores.showing import hidden_from
from improvements.initiative_models import Initiative, InitiativeDecision
from improvements.judging import Judge, is_served
from improvements.portfolio import Asked, best_bought
from improvements.told_then import may_be_told
from improvements.verdict_words import UNTOLD, money_words, points_words
from scoring.investing import Case, Gain, Option, reach_of, touched_by
from scoring.portfolios import Goal
from web.templatetags.show import fixed

SIDES = ("a", "b")
SECONDS_A_SIDE = 2.0
NAMES = ("budget", "goal", "in", "out")
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Choice:
    """One column. gain None: nothing can be bought, or it may not be told. served: requirements of customers that it
    may serve better. reach: points less of what reaches customers. decision: the record that stands in the place of
    asked."""

    name: str
    problem: str
    asked: Asked
    decision: InitiativeDecision | None
    initiatives: Sequence[Initiative]
    money: Decimal | None
    now: float | None
    gain: Gain | None
    reach: float | None
    served: Sequence[RequirementRow]
    url: str

    @property
    def then(self) -> float | None:
        return self._less(self.gain.points) if self.gain else None

    @property
    def best(self) -> float | None:
        return self._less(self.gain.hi) if self.gain else None

    @property
    def worst(self) -> float | None:
        return self._less(self.gain.lo) if self.gain else None

    def _less(self, points: float) -> float | None:
        return None if self.now is None else min(max(self.now - points, 0.0), 100.0)

    @property
    def goal(self) -> Goal:
        return Goal.GAP if self.decision else self.asked.goal

    @property
    def was_refused(self) -> bool:
        return self.decision is not None and self.decision.kind == InitiativeDecision.Kind.AGAINST

    @property
    def removes(self) -> str:
        return "would have removed" if self.was_refused else "removes"

    @property
    def budget(self) -> str:
        return f"{self.asked.money.normalize():f}"

    @property
    def pairs(self) -> Pairs:
        return [("decision", str(self.decision.pk))] if self.decision else pairs_of(self.asked)


@dataclass(frozen=True)
class Compared:
    """alone: what is only in the one, and only in the other."""

    judge: Judge
    currency: str
    choices: tuple[Choice, Choice]
    answer: str
    decisions: Sequence[InitiativeDecision]

    @property
    def alone(self) -> list[list[Initiative]]:
        keys = [{each.pk for each in choice.initiatives} for choice in self.choices]
        return [
            [each for each in choice.initiatives if each.pk not in other]
            for choice, other in zip(self.choices, reversed(keys), strict=True)
        ]

    @property
    def columns(self) -> list[tuple[str, str, Choice, list[Initiative]]]:
        return [
            (side, label, choice, alone)
            for side, label, choice, alone in zip(
                SIDES, ("The first", "The second"), self.choices, self.alone, strict=True
            )
        ]

    @property
    def pool(self) -> Sequence[Initiative]:
        return self.judge.pool

    @property
    def goals(self) -> list[tuple[str, str]]:
        return [(Goal.GAP.value, "the overall gap"), (Goal.REACH.value, "what reaches customers")]

    @property
    def stamp(self) -> Any:
        return self.judge.board.stamp


def compared_portfolios(*, parameters: QueryDict, access: Access, program: Program | None) -> Compared:
    """Return two choices side by side, each as a_ and b_ name it in an address: a budget, a goal, what is forced in and
    out; or a decision that was recorded."""
    judge, currency = Judge(read_board(), program, access), program.currency if program else ""
    # What was believed holds every step that customers stated: read of those that are compared.
    decisions = list(InitiativeDecision.objects.select_related("initiative").defer("believed"))
    one, other = (_choice(_of_side(parameters, side), judge, currency, access, decisions) for side in SIDES)
    return Compared(judge, currency, (one, other), answer_of(one, other), decisions)


def _of_side(parameters: QueryDict, side: str) -> QueryDict:
    found = QueryDict(mutable=True)
    for name in (*NAMES, "decision"):
        found.setlist(name, parameters.getlist(f"{side}_{name}"))
    return found


def _choice(
    parameters: QueryDict, judge: Judge, currency: str, access: Access, decisions: Sequence[InitiativeDecision]
) -> Choice:
    asked, problem = asked_for(parameters, judge)
    text = parameters.get("decision", "").strip()
    decision = next((each for each in decisions if str(each.pk) == text), None)
    if decision is not None:
        return _decided(decision, asked, judge, access)
    if text:
        problem = f"There is no decision ‘{text[:40]}’. {problem}".strip()
    worked = None if judge.draws_at_once else worked_out(judge, asked)
    best = best_bought(judge, asked, worked, seconds=SECONDS_A_SIDE)
    keys = {each.pk for each in best.initiatives} if best else set()
    served = _served(judge, judge.whole, keys, access)
    return Choice(
        name=f"Best for {money_words(asked.money, currency)}{_goal_words(asked)}{_rule_words(asked)}",
        problem=problem or ("" if best else "No set holds what was asked for within this budget."),
        asked=asked,
        decision=None,
        initiatives=best.initiatives if best else (),
        money=best.money if best else None,
        now=judge.board.overall.gap if judge.board.overall else None,
        gain=best.gain if best else None,
        reach=reach_of(judge.whole, keys) if best else None,
        served=served,
        url=query_of(asked),
    )


def _goal_words(asked: Asked) -> str:
    return "" if asked.goal is Goal.GAP else ", by what reaches customers"


def _rule_words(asked: Asked) -> str:
    forced = len(asked.rules.forced_in), len(asked.rules.forced_out)
    said = [f"{count} forced {way}" for count, way in zip(forced, ("in", "out"), strict=True) if count]
    return f", {' and '.join(said)}" if said else ""


def _decided(decision: InitiativeDecision, asked: Asked, judge: Judge, access: Access) -> Choice:
    """What was believed then; which requirements that serves is worked out from the levels that were expected then."""
    its, believed = decision.initiative, decision.believed
    effects = _kept_effects(believed)
    is_told = may_be_told(decision, judge, access)
    case = case_of(judge.ground, [Option(0, 0)], {0: effects})
    served = _served(judge, case, {0}, access) if is_told else []
    points = believed.get("points")
    money = believed.get("money")
    return Choice(
        name=f"Decided {decision.get_kind_display().removesuffix(' it')} {its.name}",
        problem="" if is_told else UNTOLD,
        asked=asked,
        decision=decision,
        initiatives=(its,),
        money=None if money is None else Decimal(money),
        now=believed.get("overall_gap"),
        gain=Gain(*points) if points and is_told else None,
        reach=reach_of(case, {0}) if points and is_told else None,
        served=served,
        url="",
    )


def _kept_effects(believed: Any) -> list[tuple[int, Expected]]:
    return [
        (each["metric"], Expected(*(Decimal(each[name]) for name in Expected._fields)))
        for each in believed.get("effects", [])
    ]


def _served(judge: Judge, case: Case, keys: set[int], access: Access) -> list[RequirementRow]:
    hidden = hidden_from(access, judge.board.requirements)
    touched = touched_by(case, keys) if keys else []
    rows = [row for each in touched if is_served(each, row := judge.requirements[each.requirement])]
    return [row for row in rows if row.requirement_id not in hidden]


def answer_of(one: Choice, other: Choice) -> str:
    if one.pairs == other.pairs:
        return f"Both columns are the same choice, {one.name}: change one of them."
    if one.gain is None or other.gain is None:
        which = one if one.gain is None else other
        return f"{which.name}: no gain to compare with."
    if one.goal is not other.goal:
        return f"{_both_goals(one)}; {_both_goals(other)}."
    of_what = "" if one.goal is Goal.GAP else " of what reaches customers"
    better, worse = sorted((one, other), key=lambda each: -_counted(each))
    more, less = (points_words(_counted(each)) for each in (better, worse))
    if more == less and better.removes == worse.removes:
        return f"Both {'would have removed' if one.was_refused else 'remove'} {more}{of_what}."
    again = "" if better.removes == worse.removes else f" {worse.removes}"
    return f"{better.name} {better.removes} {more}{of_what}, {worse.name}{again} {less}."


def _counted(choice: Choice) -> float:
    """Return the points that its goal counts."""
    points = choice.gain.points if choice.gain else 0.0
    return points if choice.goal is Goal.GAP else choice.reach or 0.0


def _both_goals(choice: Choice) -> str:
    gap, reach = points_words(choice.gain.points if choice.gain else 0.0), fixed(choice.reach, 1)
    return f"{choice.name} {choice.removes} {gap} of the overall gap and {reach} of what reaches customers"
