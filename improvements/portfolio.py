"""Which initiatives serve customers most for a budget, what each budget can buy, and how sure that is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

import numpy as np

from gap_scores.board import RequirementRow
from gap_scores.boards import kept_with_board
from improvements.initiative_models import Initiative
from improvements.judging import CENTS, SECONDS_ON_A_PAGE, SLACK, Cost, Judge, per_100k
from scoring.investing import Case, Gain, drawn
from scoring.portfolios import DRAWS, NO_RULES, SEED, Choice, Goal, Rules, stays_in
from scoring.programming import solve

POINTS_OF_A_FRONTIER = 12
SECONDS_OF_A_JOB = 120.0
LEAST_POINTS = 0.005
NOTHING = Gain(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: how much money, in hundredths; what is made as large as possible; what has to be in or out."""

    cents: int
    goal: Goal = Goal.GAP
    rules: Rules = NO_RULES

    @property
    def money(self) -> Decimal:
        return Decimal(self.cents) / CENTS


@dataclass(frozen=True, slots=True)
class Bought:
    """A set of initiatives: its cost, its gain in points of the overall gap, and what the goal counts.

    per_100k: points for each further 100,000 since the set before; None for the first.
    """

    initiatives: tuple[Initiative, ...]
    money: Decimal
    gain: Gain
    counted: float
    per_100k: float | None = None

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.initiatives]


@dataclass(frozen=True, slots=True)
class Option:
    """An initiative among those that can be chosen. stays: in how many draws it is in the best set; None: not drawn."""

    row: Initiative
    cost: Cost
    gain: Gain
    stays: int | None
    is_in: bool
    forced: str

    @property
    def per_point(self) -> Decimal | None:
        """What a point costs; None where it gains none."""
        money = self.cost.money
        if money is None or self.gain.points < LEAST_POINTS:
            return None
        price = money / Decimal(repr(self.gain.points))
        # Three digits say all that is known of it.
        return price.quantize(Decimal(1).scaleb(price.adjusted() - 2)) if price else Decimal(0)


@dataclass(frozen=True)
class Portfolio:
    """best None: the rules allow no set within the budget. bound: what no set can exceed. draws 0: not drawn yet.

    unknown: open initiatives without a known cost; left_out: others that cannot be chosen, with why; untouched: scored
    requirements that no option touches, worst first.
    """

    asked: Asked
    judge: Judge
    best: Bought | None
    bound: float
    is_proved: bool
    frontier: Sequence[Bought]
    options: Sequence[Option]
    unknown: Sequence[Initiative]
    left_out: Sequence[tuple[Initiative, str]]
    untouched: Sequence[RequirementRow]
    draws: int
    all_points: Sequence[tuple[Decimal, float]]

    @property
    def unpriced(self) -> list[Initiative]:
        """Those whose people days have no price: a day rate would let them be weighed."""
        return [row for row in self.unknown if self.judge.cost_of(row).lacks_day_rate]

    @property
    def unsaid(self) -> list[Initiative]:
        return [row for row in self.unknown if not self.judge.cost_of(row).lacks_day_rate]

    @property
    def next(self) -> Bought | None:
        """What a larger budget buys first."""
        here = self.best.counted if self.best else 0.0
        return next((each for each in self.frontier if each.money > self.asked.money and each.counted > here), None)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is worked out: of a set its options, its cost and its points."""

    best: Choice | None
    frontier: Sequence[Choice]
    stays: Mapping[int, int]
    draws: int


def portfolio_of(judge: Judge, asked: Asked, worked: Mapping[str, Any] | None = None) -> Portfolio:
    """Return the answer. Of up to 12 options it is worked out at once, of up to 20 all but the draws; for the rest
    `worked` is what a job found, or None."""
    if worked:
        answer = _from_job(worked)
    elif judge.is_small:
        key = ("portfolio", judge.digest, asked)
        answer = kept_with_board(judge.board, key, lambda: _small(judge, asked, draws=DRAWS * judge.draws_at_once))
    else:
        answer = _quick(judge, asked)
    return _told(judge, asked, answer)


def best_bought(judge: Judge, asked: Asked, worked: Mapping[str, Any] | None, *, seconds: float) -> Bought | None:
    """Return the best set alone; of many options as near to its bound as it comes in these seconds."""
    if worked:
        best = _from_job(worked).best
    elif judge.is_small:
        key = ("best of", judge.digest, asked)
        best = kept_with_board(judge.board, key, lambda: judge.sets(asked.goal, asked.rules).best(asked.cents))
    else:
        best = judge.solved(asked.cents, goal=asked.goal, rules=asked.rules, seconds=seconds)
    return None if best is None else _bought(judge, best, None)


def key_of(judge: Judge, asked: Asked) -> str:
    """Return what names a question, the run and the inputs: a kept answer under it is still right."""
    rules = asked.rules
    text = [judge.digest, asked.cents, asked.goal.value, sorted(rules.forced_in), sorted(rules.forced_out)]
    return sha256(repr(text).encode()).hexdigest()


# ---- Few options: all their sets


def _small(judge: Judge, asked: Asked, *, draws: int) -> _Answer:
    sets = judge.sets(asked.goal, asked.rules)
    stays = stays_in(sets, judge.case, budget=asked.cents, goal=asked.goal, draws=draws) if draws else {}
    return _Answer(sets.best(asked.cents), sets.frontier(), stays, draws)


# ---- Many: one program on the page, the rest by a job


def _quick(judge: Judge, asked: Asked) -> _Answer:
    return _Answer(judge.solved(asked.cents, goal=asked.goal, rules=asked.rules), (), {}, 0)


def _solved(case: Case, asked: Asked, cents: int, *, slack: float, seconds: float) -> Choice | None:
    return solve(case, budget=cents, goal=asked.goal, rules=asked.rules, slack=slack, seconds=seconds)


def work_out(judge: Judge, asked: Asked, tell: Callable[[int, int], None]) -> dict[str, Any]:
    """Return what takes longer than a page waits: the proof, what each budget buys, and the draws, as plain values."""
    total = 1 + POINTS_OF_A_FRONTIER + DRAWS
    tell(0, total)
    if judge.is_small:
        answer = _small(judge, asked, draws=DRAWS)
        tell(total, total)
        return _plain(answer)
    best = _solved(judge.case, asked, asked.cents, slack=0.0, seconds=SECONDS_OF_A_JOB)
    most = max(sum(option.cost for option in judge.case.options), asked.cents)
    frontier: list[Choice] = []
    for step in range(1, POINTS_OF_A_FRONTIER + 1):
        tell(step, total)
        found = _solved(judge.case, asked, most * step // POINTS_OF_A_FRONTIER, slack=SLACK, seconds=SECONDS_ON_A_PAGE)
        if found is not None and (not frontier or found.points > frontier[-1].points):
            frontier.append(found)
    stays: dict[int, int] = {}
    rng = np.random.default_rng(SEED)
    for draw in range(DRAWS):
        tell(1 + POINTS_OF_A_FRONTIER + draw, total)
        case = drawn(judge.case, rng)
        found = _solved(case, asked, asked.cents, slack=SLACK, seconds=SECONDS_ON_A_PAGE)
        for key in found.keys if found else ():
            stays[key] = stays.get(key, 0) + 1
    tell(total, total)
    return _plain(_Answer(best, frontier, stays, DRAWS))


def _plain(answer: _Answer) -> dict[str, Any]:
    return {
        "best": None if answer.best is None else list(answer.best),
        "frontier": [list(each) for each in answer.frontier],
        "stays": {str(key): count for key, count in answer.stays.items()},
        "draws": answer.draws,
    }


def _from_job(worked: Mapping[str, Any]) -> _Answer:
    return _Answer(
        best=_choice(worked["best"]) if worked["best"] else None,
        frontier=[_choice(each) for each in worked["frontier"]],
        stays={int(key): count for key, count in worked["stays"].items()},
        draws=worked["draws"],
    )


def _choice(row: Sequence[Any]) -> Choice:
    return Choice(tuple(row[0]), *row[1:])


# ---- Telling


def _told(judge: Judge, asked: Asked, answer: _Answer) -> Portfolio:
    frontier: list[Bought] = []
    for each in answer.frontier:
        before = frontier[-1] if frontier else None
        frontier.append(_bought(judge, each, before))
    best = answer.best
    chosen = set(best.keys) if best else set()
    return Portfolio(
        asked=asked,
        judge=judge,
        best=None if best is None else _bought(judge, best, None),
        bound=best.bound if best else 0.0,
        is_proved=best is None or best.is_proved,
        frontier=frontier,
        options=_options(judge, asked, answer, chosen),
        unknown=[row for row in judge.open_rows if judge.cost_of(row).cents is None],
        left_out=judge.left_out,
        untouched=_untouched(judge),
        draws=answer.draws,
        all_points=_all_points(judge, asked),
    )


def _bought(judge: Judge, choice: Choice, before: Bought | None) -> Bought:
    money = Decimal(choice.cost) / CENTS
    more = money - before.money if before else Decimal(0)
    return Bought(
        initiatives=tuple(judge.by_id[key] for key in choice.keys),
        money=money,
        gain=judge.gain(choice.keys) if choice.keys else NOTHING,
        counted=choice.points,
        per_100k=per_100k(choice.points - before.counted, more) if before else None,
    )


def _options(judge: Judge, asked: Asked, answer: _Answer, chosen: set[int]) -> list[Option]:
    ranked = []
    for row in judge.pool:
        forced = "in" if row.pk in asked.rules.forced_in else "out" if row.pk in asked.rules.forced_out else ""
        stays = answer.stays.get(row.pk, 0) if answer.draws else None
        option = Option(row, judge.cost_of(row), judge.gain([row.pk]), stays, row.pk in chosen, forced)
        internal = all(judge.requirements[each.requirement].origin == "internal" for each in judge.touched(row))
        ranked.append((_urgency(option), internal, row.pk, option))
    return [each[-1] for each in sorted(ranked, key=lambda each: each[:-1])]


def _urgency(option: Option) -> tuple[bool, float]:
    """The cheapest points first; what gains none last. With the same points customers go ahead of internal wishes."""
    per_point = option.per_point
    return per_point is None, round(float(per_point or 0), 6)


def _untouched(judge: Judge) -> list[RequirementRow]:
    touched = {each.requirement for row in judge.pool for each in judge.touched(row)}
    return [row for row in judge.board.requirements if row.requirement_id not in touched and row.points]


def _all_points(judge: Judge, asked: Asked) -> list[tuple[Decimal, float]]:
    """Every set of a few options, for the grey points of the drawing."""
    if not judge.is_small or len(judge.pool) > MOST_DRAWN:
        return []
    sets = judge.sets(asked.goal, asked.rules)
    rows = zip(sets.cost.tolist(), sets.gain.tolist(), sets.allowed.tolist(), strict=True)
    return [(Decimal(cost) / CENTS, gain) for cost, gain, allowed in rows if allowed]


MOST_DRAWN = 8  # 256 sets
