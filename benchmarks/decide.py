"""Choosing among initiatives: every set of 20, and one program of 400 on 200 functions and 600 requirements.

What-ifs are worked out on the same 600 requirements; the ledger is not read for them, however many answers it holds.
"""

import json
import random
from collections import defaultdict
from functools import partial
from time import process_time
from typing import Any

from benchmarks.timing import Samples, in_ms
from scoring.circle import Link
from scoring.investing import Case, Circle, Line, Option, Part, Step, gains, reach_of, threshold_of
from scoring.portfolios import Choice, Goal, all_sets, stays_in
from scoring.programming import solve

SEED, TURNS, STEPS, HOURS = 20_261_127, 3, 8, 10_000
OPTIONS, FUNCTIONS, REQUIREMENTS = 400, 200, 600
FEW, BUDGET = 20, 0.25
SLACK = 0.01


def main() -> None:
    few, many = (case_of(count) for count in (FEW, OPTIONS))
    samples: Samples = defaultdict(list)
    answers: dict[str, dict[str, float]] = {}
    for _ in range(TURNS):
        for goal in Goal:
            sets = timed(samples, f"every set of 20 options, {goal.value}", partial(all_sets, few, goal=goal))
            timed(samples, f"best and frontier of these, {goal.value}", partial(best_of, sets, few))
            found = timed(
                samples,
                f"one program of 400 options, {goal.value}",
                partial(solve, many, budget=budget_of(many), goal=goal, slack=SLACK),
            )
            answers[goal.value] = {"points": found.points, "bound": found.bound}
        timed(samples, "a what-if of four levels", partial(what_if, many))
    sets = all_sets(few)
    timed(samples, "200 draws of 20 options", partial(stays_in, sets, few, budget=budget_of(few)))
    counts = {"options": OPTIONS, "functions": FUNCTIONS, "requirements": REQUIREMENTS}
    print(json.dumps({**counts, "samples": in_ms(samples), "answers": answers}))


def timed(samples: Samples, name: str, run: partial[Any]) -> Any:
    """Run it and keep the processor's seconds: nothing here waits, and what else runs counts for nothing."""
    started = process_time()
    result = run()
    samples[name].append(process_time() - started)
    return result


def best_of(sets: Any, case: Case) -> list[Choice]:
    sets.best(budget_of(case))
    found: list[Choice] = sets.frontier()
    return found


def what_if(case: Case) -> float:
    """Move as many levels as a page has sliders, and ask what reaches customers."""
    chosen = {0, 1, 2, 3}
    return sum(gains(case, chosen).values()) + sum(gains(case, chosen, follows=True).values()) + reach_of(case, chosen)


def budget_of(case: Case) -> int:
    return int(BUDGET * sum(option.cost for option in case.options))


def case_of(count: int) -> Case:
    """Return options with needs, exclusions and effects for the worse, on functions that supply each other."""
    draw = random.Random(SEED)
    shares = [draw.random() + 0.1 for _ in range(REQUIREMENTS)]
    effects: dict[int, dict[int, tuple[int, int, int]]] = {each: {} for each in range(REQUIREMENTS)}
    for option in range(count):
        for requirement in draw.sample(range(REQUIREMENTS), 3):
            by = -draw.randrange(1, 4_000) if draw.random() < 0.8 else draw.randrange(1, 3_000)
            effects[requirement][option] = (by // 2, by, 2 * by)
    parts, lines = [], []
    for requirement, share in enumerate(shares):
        steps = steps_of(draw)
        gap = min(100.0, sum(step.least for step in steps if step.threshold < HOURS) + 10)
        ends = max(0.0, gap - 10), min(100.0, gap + 10)
        parts.append(Part(requirement, requirement % FUNCTIONS, share / sum(shares), gap, *ends, 20.0))
        lines.append(Line(requirement, HOURS, steps, effects[requirement]))
    options = tuple(option_of(number, count, draw) for number in range(count))
    return Case(tuple(parts), tuple(lines), options, circle_of(draw))


def steps_of(draw: random.Random) -> tuple[Step, ...]:
    weights = [draw.random() for _ in range(STEPS)]
    points = [80 * each / sum(weights) for each in weights]
    return tuple(Step(threshold_of(draw.randrange(2, 13)), each, each / 2, each) for each in points)


def option_of(number: int, count: int, draw: random.Random) -> Option:
    needs = frozenset(draw.sample(range(number), 1)) if number and draw.random() < 0.15 else frozenset[int]()
    barred = frozenset(draw.sample(range(count), 1)) - {number} if draw.random() < 0.15 else frozenset[int]()
    return Option(number, draw.randrange(1, 100), needs, barred)


def circle_of(draw: random.Random) -> Circle:
    ways = ((draw.randrange(FUNCTIONS), draw.randrange(FUNCTIONS)) for _ in range(3 * FUNCTIONS // 2))
    links = [Link(one, other, draw.choice((1.0, 0.75, 0.5, 0.25))) for one, other in ways if one != other]
    facing = frozenset(draw.sample(range(FUNCTIONS), FUNCTIONS // 3))
    return Circle(dict.fromkeys(range(FUNCTIONS)), links, facing)
