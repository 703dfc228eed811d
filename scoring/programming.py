"""The best of more options than sets of them can be tried: one mixed-integer program, without big-M.

Source: docs/algorithms/investing.md, One program.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import gcd
from types import ModuleType
from typing import Any

import numpy as np

from scoring.errors import ScoringError
from scoring.investing import At, Case, Line, gains, own_gaps_after, reach_of, reaching, weighed, weights_facing
from scoring.portfolios import NO_RULES, SAME, Choice, Goal, Rules

Row = dict[int, float]  # by column


@dataclass
class _Program:
    """Columns with their bounds, and rows low <= sum <= high."""

    upper: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    rows: list[tuple[Row, float, float]] = field(default_factory=list)

    def column(self, upper: float, *, whole: bool) -> int:
        self.upper.append(upper)
        self.whole.append(int(whole))
        return len(self.upper) - 1

    def row(self, row: Row, low: float = -np.inf, high: float = np.inf) -> None:
        self.rows.append((row, low, high))

    def smallest(self, goal: Row, *, slack: float, seconds: float | None) -> Any:
        """Return scipy's answer to the smallest sum of the goal, to a relative slack of its bound."""
        cost = np.zeros(len(self.upper))
        cost[list(goal)] = list(goal.values())
        optimize, sparse = _optimize(), _sparse()
        at = [(number, column, value) for number, (row, _, _) in enumerate(self.rows) for column, value in row.items()]
        numbers, columns, values = zip(*at, strict=True) if at else ((), (), ())
        matrix = sparse.csr_array((values, (numbers, columns)), shape=(len(self.rows), len(self.upper)))
        low, high = [row[1] for row in self.rows], [row[2] for row in self.rows]
        limits = {} if seconds is None else {"time_limit": seconds}
        return optimize.milp(
            cost,
            integrality=np.array(self.whole),
            bounds=optimize.Bounds(np.zeros(len(self.upper)), np.array(self.upper)),
            constraints=optimize.LinearConstraint(matrix, low, high) if self.rows else None,
            options={"mip_rel_gap": slack, **limits},
        )


def _optimize() -> ModuleType:
    import scipy.optimize  # noqa: PLC0415 - scipy takes a second to load, and few processes weigh many options

    optimize: ModuleType = scipy.optimize
    return optimize


def _sparse() -> ModuleType:
    import scipy.sparse  # noqa: PLC0415 - as above

    sparse: ModuleType = scipy.sparse
    return sparse


def solve(
    case: Case,
    *,
    budget: int,
    goal: Goal = Goal.GAP,
    rules: Rules = NO_RULES,
    slack: float = 0.0,
    seconds: float | None = None,
) -> Choice | None:
    """Return the best set within the budget with the bound that no set can exceed; None: the rules allow none.

    slack: how far, relative to the bound, it may stay behind; seconds: after so long the best found so far counts.
    Without a slack it is proved where the time was enough, and of those that gain as much it is the cheapest, then the
    one of fewest options, as far as each of these two was found within the same seconds again.
    Raises: ScoringError for a negative cost, or where the time was too short for any set.
    """
    if any(option.cost < 0 for option in case.options):
        raise ScoringError("Expected costs >= 0.")
    model = _Model(case, goal, budget, rules)
    answer = model.program.smallest(model.goal, slack=slack, seconds=seconds)
    if answer.x is None:
        if answer.status == 1:
            raise ScoringError("No set was found in time. Give it longer.")
        return None
    found = model.choice(answer.x)
    bound = max(-float(answer.mip_dual_bound), found.points)
    if slack or not answer.success:
        return found._replace(bound=bound)
    return model.tie_broken(found, seconds)._replace(bound=found.points)


class _Model:
    """x: whether an option is in; y: whether a level meets a step; G: what reaches customers through a function."""

    def __init__(self, case: Case, goal: Goal, budget: int, rules: Rules) -> None:
        self.case, self.of = case, goal
        self.program = _Program()
        self.x = {key: self._option(key, rules) for key in sorted(case.option_of)}
        self.costs: Row = {column: float(case.option_of[key].cost) for key, column in self.x.items()}
        self.goal: Row = {}  # to be made as small as possible: minus what is gained
        self.fixed = 0.0  # what is gained where the goal's sum is 0
        self._rules(budget, rules)
        if goal is Goal.GAP:
            self._gap()
        else:
            self._reach()
        # Inside the sum, so that the solver's slack is one of what is gained, not of what is left.
        one = self.program.column(1.0, whole=False)
        self.program.row({one: 1.0}, low=1.0)
        self.goal[one], self.fixed = -self.fixed, 0.0

    def _option(self, key: int, rules: Rules) -> int:
        option = self.case.option_of[key]
        may_be_in = key not in rules.forced_out and option.requires <= self.case.option_of.keys()
        return self.program.column(float(may_be_in), whole=True)

    def _rules(self, budget: int, rules: Rules) -> None:
        self.program.row(self.costs, high=budget)
        for key, column in self.x.items():
            for other in self.case.option_of[key].requires & self.x.keys():
                self.program.row({column: 1.0, self.x[other]: -1.0}, high=0.0)
            for other in self.case.option_of[key].excludes & self.x.keys() - {key}:
                self.program.row({column: 1.0, self.x[other]: 1.0}, high=1.0)
        for key in rules.forced_in:
            # A key that is no option cannot be in: a row that nothing fulfils.
            self.program.row({self.x[key]: 1.0} if key in self.x else {}, low=1.0)

    def _gap(self) -> None:
        for line in self.case.moving:
            share = self.case.part_of[line.requirement].share
            for column, points in self._steps(line):
                self.goal[column] = self.goal.get(column, 0.0) - share * points
            self.fixed += share * self._least_of(line)

    def _least_of(self, line: Line) -> float:
        """What is gained when nothing undecided is met: what is met now is lost, unless no option moves it."""
        worst = line.now + sum(max(its[At.LIKELY], 0) for its in line.effects.values())
        met_at_worst = sum(step.least for step in line.steps if worst <= step.threshold)
        return met_at_worst - sum(step.least for step in line.steps if line.now <= step.threshold)

    def _steps(self, line: Line) -> list[tuple[int, float]]:
        """Add a column for each step that the options decide; return it with its points.

        Better by `by` in all, at worst by `least` (not above 0): sum by_j x_j - least >= (needed - least) y.
        """
        by = {self.x[key]: -its[At.LIKELY] for key, its in line.effects.items() if its[At.LIKELY] and key in self.x}
        least, most = sum(min(each, 0) for each in by.values()), sum(max(each, 0) for each in by.values())
        found: list[tuple[int, float]] = []
        for step in sorted(line.steps, reverse=True):
            needed = line.now - step.threshold
            if not least < needed <= most or not step.least:
                continue
            column = self.program.column(1.0, whole=True)
            unit = gcd(needed - least, *by.values())
            row = {at: each / unit for at, each in by.items()} | {column: -(needed - least) / unit}
            self.program.row(row, low=least / unit)
            if found:
                # A stricter step is met only where an easier one is: said, it tightens the bound.
                self.program.row({found[-1][0]: 1.0, column: -1.0}, low=0.0)
            found.append((column, step.least))
        return found

    def _reach(self) -> None:
        """G of a function is at least its own gap, and at least what each supplier passes on."""
        own, weights = own_gaps_after(self.case, {}), weights_facing(self.case)
        now = reaching(self.case, own)
        columns = {function: self.program.column(np.inf, whole=False) for function in own}
        for row, low in self._own_rows(own, columns).values():
            self.program.row(row, low=low)
        for link in self.case.circle.links:
            if link.strength:
                self.program.row({columns[link.customer]: 1.0, columns[link.supplier]: -link.strength}, low=0.0)
        self.goal = {columns[function]: weight for function, weight in weights.items()}
        self.fixed = sum(weight * now[function] for function, weight in weights.items())

    def _own_rows(self, own: dict[int, float | None], columns: dict[int, int]) -> dict[int, tuple[Row, float]]:
        """G + points won >= the gap with nothing met that is undecided."""
        rows = {function: ({columns[function]: 1.0}, gap) for function, gap in own.items() if gap is not None}
        shares: dict[int, float] = {}
        for part in self.case.parts:
            if part.function in rows:
                shares[part.function] = shares.get(part.function, 0.0) + part.share
        for line in self.case.moving:
            part = self.case.part_of[line.requirement]
            if part.function in rows and shares[part.function] > 0:
                row, gap = rows[part.function]
                ratio = part.share / shares[part.function]
                for column, points in self._steps(line):
                    row[column] = ratio * points
                rows[part.function] = row, gap - ratio * self._least_of(line)
        return rows

    # ---- Answers

    def choice(self, x: Sequence[float]) -> Choice:
        """Return the set of an answer, with what it gains by the same functions that show it."""
        keys = tuple(key for key, column in self.x.items() if x[column] > 0.5)
        points = self._points(keys)
        return Choice(keys, sum(self.case.option_of[key].cost for key in keys), points, points)

    def _points(self, keys: Sequence[int]) -> float:
        if self.of is Goal.REACH:
            return reach_of(self.case, keys)
        return weighed(self.case, gains(self.case, keys))

    def tie_broken(self, best: Choice, seconds: float | None) -> Choice:
        """Hold the gain, then look for a lower cost, then hold the cost and look for fewer options."""
        self.program.row(self.goal, high=SAME - best.points)
        best = self._better(best, self.costs, seconds)
        self.program.row(self.costs, high=best.cost)
        return self._better(best, dict.fromkeys(self.x.values(), 1.0), seconds)

    def _better(self, best: Choice, goal: Row, seconds: float | None) -> Choice:
        """Where the time was too short, the best one stays: its points are proved."""
        answer = self.program.smallest(goal, slack=0.0, seconds=seconds)
        other = self.choice(answer.x) if answer.success else best
        # The solver's tolerance is wider than ours.
        return other if other.points >= best.points - SAME else best
