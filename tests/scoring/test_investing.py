"""What a set of investments gains: by hand, by trying every set, and by one program; all three agree."""

import random
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

from scoring.circle import Link
from scoring.errors import ScoringError
from scoring.investing import (
    At,
    Case,
    Circle,
    Gain,
    Line,
    Option,
    Part,
    Step,
    drawn,
    gain_of,
    gains,
    reach_of,
    threshold_of,
    touched_by,
)
from scoring.portfolios import Goal, Rules, all_sets, stays_in
from scoring.programming import _Program, solve


def part(requirement: int, share: float = 1.0, gap: float = 50.0, function: int | None = None) -> Part:
    return Part(requirement, function, share, gap, max(gap - 10, 0.0), min(gap + 10, 100.0), 20.0)


def options(*costs: int) -> tuple[Option, ...]:
    return tuple(Option(key, cost) for key, cost in enumerate(costs, start=1))


def likely(**by: int) -> dict[int, tuple[int, int, int]]:
    """Effects of the same size however well it goes: a1=-500."""
    return {int(name[1:]): (amount,) * 3 for name, amount in by.items()}


# Ten hours now; customers need 4, 8 and 12. Felt by none of the first two, so that much more may follow.
STEPS = (Step(4_000, 20.0, 10.0, 20.0), Step(8_000, 30.0, 15.0, 30.0), Step(12_000, 50.0, 25.0, 50.0))
# One improves by 2 h (by 1 to 6), one by 4 h, one makes it worse by 3 h.
CASE = Case(
    parts=(part(7, share=0.5), part(8, share=0.5)),
    lines=(Line(7, 10_000, STEPS, {1: (-1_000, -2_000, -6_000), 2: (-4_000,) * 3, 3: (3_000,) * 3}),),
    options=options(60, 100, 0),
)


def test_a_set_gains_the_steps_that_it_reaches_together():
    assert gains(CASE, {1}) == {7: 15.0}
    assert gains(CASE, {1, 2}) == {7: 25.0}  # not 30: both reach 8 h, together they reach 4 h
    assert gains(CASE, {3}) == {7: -25.0}
    assert gains(CASE, {1, 2, 3}) == {7: 15.0}
    assert gains(CASE, set()) == {}
    assert gains(CASE, {1}, at=At.HIGH, follows=True) == {7: 50.0}


def test_the_range_goes_from_little_without_feeling_to_all_with_it():
    assert gain_of(CASE, {1}) == Gain(points=7.5, lo=0.0, hi=25.0)
    # Where a level gets worse, those who lose it may cease to feel served, too.
    assert gain_of(CASE, {3}) == Gain(points=-12.5, lo=-25.0, hi=-12.5)


def test_what_is_touched_says_how_much_is_newly_served_and_how_sure_that_is():
    (repairs,) = touched_by(CASE, {1})
    (worse,) = touched_by(CASE, {3})

    assert (repairs.requirement, repairs.gain, repairs.served) == (7, Gain(15.0, 0.0, 50.0), 0.3)
    assert (round(repairs.sure[0], 1), round(repairs.sure[1], 1)) == (0.0, 70.1)
    assert (worse.gain, worse.served) == (Gain(-25.0, -50.0, -25.0), -0.5)
    assert (round(worse.sure[0], 1), round(worse.sure[1], 1)) == (-70.1, -11.2)


def test_levels_are_rounded_half_to_even_before_they_are_compared():
    assert [threshold_of(steps) for steps in (4, 5, -5)] == [4_500, 5_499, -4_501]


def test_what_no_customer_scored_gains_nothing():
    unscored = Case((part(1),), (Line(2, 10, (Step(5, 100, 50, 100),), likely(a1=-9)),), options(1))

    assert (gain_of(unscored, {1}), touched_by(unscored, {1})) == (Gain(0.0, 0.0, 0.0), [])
    assert drawn(unscored, np.random.default_rng(1)).lines == unscored.lines


# ---- The circle


def chain(**effects: dict[int, tuple[int, int, int]]) -> Case:
    """invest-complement: production 40 passes all on to logistics 35, which faces customers."""
    lines = tuple(
        Line(requirement, 10, (Step(5, 2 * points, points, 2 * points),), effects[name])
        for requirement, name, points in ((1, "production", 30.0), (2, "logistics", 25.0))
        if name in effects
    )
    parts = (part(1, 0.5, 40.0, function=1), part(2, 0.5, 35.0, function=2))
    circle = Circle({1: None, 2: None, 3: 5.0}, [Link(1, 2, 1.0), Link(3, 1, None)], frozenset((2, 3, 4)))
    return Case(parts, lines, options(50, 50), circle)


def test_a_chain_moves_only_when_its_bottleneck_moves():
    case = chain(production=likely(a1=-9), logistics=likely(a2=-9))

    assert [round(reach_of(case, keys), 9) for keys in ((1,), (2,), (1, 2))] == [5.0, 0.0, 30.0]
    sets = all_sets(case, goal=Goal.REACH)
    assert [(each.keys, round(each.points, 9)) for each in sets.frontier()] == [((), 0.0), ((1,), 5.0), ((1, 2), 30.0)]
    assert stays_in(sets, case, budget=100, draws=20, goal=Goal.REACH) == {1: 20, 2: 20}


def test_what_is_drowned_by_a_larger_gap_reaches_nobody():
    case = chain(production=likely(a1=-9))
    drowned = replace(case, parts=(case.parts[0], part(2, 0.5, 90.0, function=2)))

    assert reach_of(drowned, {1}) == 0.0
    assert all_sets(drowned, goal=Goal.REACH).best(100).keys == ()


def test_what_faces_nobody_reaches_nobody():
    case = Case(CASE.parts, CASE.lines, CASE.options)
    weightless = Case(
        (part(7, share=0.0, function=1),), CASE.lines, CASE.options, Circle({1: 3.0}, (), frozenset((1,)))
    )

    assert (reach_of(case, {1}), reach_of(weightless, {1})) == (0.0, 0.0)
    assert solve(weightless, budget=100, goal=Goal.REACH).points == 0.0
    assert all_sets(weightless, goal=Goal.REACH).best(100).keys == ()


# ---- The best set


def test_ties_go_to_the_cheapest_then_the_fewest_then_the_first():
    steps = (Step(8, 20.0, 10.0, 10.0),)
    lines = (Line(7, 10, steps, likely(a1=-2, a2=-2, a3=-1, a4=-1, a5=-2)),)
    case = Case((part(7),), lines, options(5, 5, 2, 3, 9))

    assert all_sets(case).best(20).keys == (1,)  # 1, 2 and {3, 4} cost 5 alike
    assert solve(case, budget=20).cost == 5
    assert len(solve(case, budget=20).keys) == 1
    assert all_sets(case).best(20, without={1}).keys == (2,)


def test_what_is_needed_excluded_or_forced_holds():
    def best(rules: Rules = Rules(), budget: int = 100, **changes: object) -> tuple[object, ...]:  # noqa: B008
        made = tuple(Option(key, 10, **changes.get(f"a{key}", {})) for key in (1, 2, 3))
        lines = tuple(
            Line(key, 10, (Step(5, 10.0 * key, 5.0 * key, 5.0 * key),), likely(**{f"a{key}": -9})) for key in (1, 2, 3)
        )
        case = Case(tuple(part(key, share=1 / 3) for key in (1, 2, 3)), lines, made)
        tried, solved = all_sets(case, rules=rules).best(budget), solve(case, budget=budget, rules=rules)
        assert (tried and tried.keys) == (solved and solved.keys)
        return tried.keys if tried else ("none",)

    assert best(budget=20) == (2, 3)
    assert best(a3={"requires": frozenset((1,))}, budget=20) == (1, 3)
    assert best(a3={"requires": frozenset((9,))}) == (1, 2)
    assert best(a3={"excludes": frozenset((2, 9))}) == (1, 3)
    assert best(Rules(forced_in=frozenset((1,))), budget=20) == (1, 3)
    assert best(Rules(forced_out=frozenset((3,)))) == (1, 2)
    assert best(Rules(forced_in=frozenset((1, 2, 3))), budget=20) == ("none",)
    assert best(Rules(forced_in=frozenset((9,)))) == ("none",)
    assert best(budget=0) == ()


def test_nothing_can_be_drawn_or_bought_where_no_set_is_allowed():
    sets = all_sets(CASE, rules=Rules(forced_in=frozenset((9,))))

    assert (sets.frontier(), stays_in(sets, CASE, budget=100, draws=3)) == ([], {1: 0, 2: 0, 3: 0})


def test_draws_say_how_often_an_option_is_in_the_best_set_and_are_the_same_each_time():
    lines = tuple(
        Line(key, 10, (Step(5, 60.0, 30.0, 60.0), Step(10, 40.0, 20.0, 40.0)), likely(**{f"a{key}": -9}))
        for key in (1, 2)
    )
    # The second one's gap is wide: it may be worth more than the first, and mostly is not.
    wide = part(2, 0.5, 40.0)._replace(lo=5.0, hi=90.0)
    case = Case(
        (part(1, 0.5)._replace(lo=50.0, hi=50.0), wide, part(3, 0.0, 0.0), part(4, 0.0, 100.0)), lines, options(1, 1)
    )
    sets = all_sets(case)

    found = stays_in(sets, case, budget=1)

    assert sum(found.values()) == 200
    assert found == stays_in(sets, case, budget=1)
    assert 60 < found[1] < 140


def test_too_many_options_and_negative_costs_are_refused():
    many = Case((), (), options(*range(21)))

    with pytest.raises(ScoringError, match="at most 20"):
        all_sets(many)
    for judged in (all_sets, lambda case: solve(case, budget=1)):
        with pytest.raises(ScoringError, match="costs >= 0"):
            judged(Case((), (), options(-1)))


def test_a_program_that_is_stopped_early_says_how_far_the_bound_is():
    case = random_case(random.Random(5), count=40)

    found = solve(case, budget=200, slack=0.5)

    assert 0 < found.points <= found.bound
    with pytest.raises(ScoringError, match="in time"):
        solve(case, budget=200, seconds=0.0)


def test_a_tie_that_takes_too_long_to_break_keeps_the_set_whose_points_are_proved(monkeypatch):
    limits = []

    def out_of_time(program, goal, *, slack, seconds):
        limits.append(seconds)
        answer = smallest(program, goal, slack=slack, seconds=None)
        return answer if len(limits) == 1 else OptimizeResult(x=None, success=False, status=1)

    smallest = _Program.smallest
    monkeypatch.setattr(_Program, "smallest", out_of_time)
    case = random_case(random.Random(5))

    found = solve(case, budget=20, seconds=7.0)

    assert found.is_proved
    assert found.points == pytest.approx(all_sets(case).best(20).points)
    assert limits == [7.0] * 3


# ---- Against trying everything


def random_case(rng: random.Random, count: int = 6, requirements: int = 5) -> Case:
    """Cycles among four functions, a requirement of none, needs, exclusions, no costs, and effects for the worse."""
    shares = [rng.random() + 0.1 for _ in range(requirements)]
    lines, parts = [], []
    for requirement, share in enumerate(shares):
        weights = [rng.random() for _ in range(4)]
        steps = tuple(
            Step(threshold_of(rng.randrange(2, 13)), 80 * each / sum(weights), 40 * each / sum(weights), 0.0)
            for each in weights
        )
        by = {
            key: (0, rng.randrange(1, 3_000) if rng.random() < 0.25 else -rng.randrange(0, 4_000), 0)
            for key in rng.sample(range(count), 3)
        }
        lines.append(Line(requirement, 10_000, steps, by))
        gap = sum(step.least for step in steps if step.threshold < 10_000) + 10
        parts.append(
            part(requirement, share / sum(shares), gap, function=None if requirement == 4 else requirement % 4)
        )
    ways = [(a, b) for a in range(4) for b in range(4) if a != b]
    links = [Link(a, b, rng.choice((1.0, 0.75, 0.5, None))) for a, b in rng.sample(ways, 5)]
    made = [
        Option(
            key,
            rng.choice((0, rng.randrange(100))),
            frozenset(rng.sample(range(key), 1)) if key and rng.random() < 0.2 else frozenset(),
            frozenset(rng.sample(range(count), 1)) - {key} if rng.random() < 0.2 else frozenset(),
        )
        for key in range(count)
    ]
    return Case(tuple(parts), tuple(lines), tuple(made), Circle(dict.fromkeys(range(4)), links, frozenset((0, 2))))


def tried_by_hand(case: Case, budget: int, goal: Goal) -> float:
    """Return the most that any set gains, each worked out anew."""
    barred = {frozenset((option.key, other)) for option in case.options for other in option.excludes}
    found = []
    for size in range(len(case.options) + 1):
        for keys in combinations(case.option_of, size):
            chosen = [case.option_of[key] for key in keys]
            if (
                sum(option.cost for option in chosen) <= budget
                and all(option.requires <= set(keys) for option in chosen)
                and not any(pair <= set(keys) for pair in barred)
            ):
                found.append(gain_of(case, keys).points if goal is Goal.GAP else reach_of(case, keys))
    return max(found)


@pytest.mark.parametrize("goal", list(Goal))
def test_trying_every_set_at_once_finds_what_trying_one_by_one_finds(goal):
    for seed in range(12):
        case = random_case(random.Random(seed), count=5)
        budget = random.Random(seed).randrange(250)

        assert all_sets(case, goal=goal).best(budget).points == pytest.approx(
            tried_by_hand(case, budget, goal), abs=1e-9
        )


@pytest.mark.parametrize("goal", list(Goal))
def test_the_program_equals_trying_every_set_on_500_random_cases(goal):
    for seed in range(250):
        case, budget = random_case(random.Random(seed + 1_000)), random.Random(seed).randrange(250)

        tried, solved = all_sets(case, goal=goal).best(budget), solve(case, budget=budget, goal=goal)

        assert solved.points == pytest.approx(tried.points, abs=1e-9), seed
        assert (solved.cost, len(solved.keys), solved.is_proved) == (tried.cost, len(tried.keys), True), seed


def test_twenty_options_have_a_million_sets_and_each_is_right():
    case = random_case(random.Random(3), count=20, requirements=9)
    sets = all_sets(case)

    assert sets.gain.size == 2**20
    for number in (0, 1, 4_711, 999_999, 2**20 - 1):
        assert sets.gain[number] == pytest.approx(gain_of(case, sets.keys_of(number)).points, abs=1e-9)

    frontier = sets.frontier()
    assert [each.points for each in frontier] == sorted({each.points for each in frontier})
    assert frontier[-1].points == pytest.approx(sets.gain[sets.allowed].max(), abs=1e-9)
    assert sets.best(frontier[3].cost).keys == frontier[3].keys


def test_what_a_set_does_to_each_requirement_adds_up_to_what_it_gains():
    case = random_case(random.Random(3), count=20, requirements=9)
    keys = range(10)

    touched = touched_by(case, keys)

    assert len(touched) > 3
    points = sum(case.part_of[each.requirement].share * each.gain.points for each in touched)
    assert points == pytest.approx(gain_of(case, keys).points, abs=1e-9)
