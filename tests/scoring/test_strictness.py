"""The level that serves a share of a group, and differences between groups that chance does not explain."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from scoring.errors import ScoringError
from scoring.felt import Direction
from scoring.strictness import Demand, differences, effective, holm, required_level

LOWER, HIGHER = Direction.LOWER, Direction.HIGHER


def demands(levels: Sequence[float], *, first: int = 0, weight: float = 1.0) -> list[Demand]:
    return [Demand(level, weight, first + at) for at, level in enumerate(levels)]


def test_the_level_that_serves_a_share_has_an_interval_by_the_share_that_it_could_serve() -> None:
    found = required_level(demands(range(1, 101)), LOWER, 0.8)

    # At 21 h 80 of 100 are served. Wilson of .8 of 100: .7112 to .8666, so from 29 h (72) to 14 h (87).
    assert found is not None
    assert (found.level, found.easy, found.strict) == (21.0, 29.0, 14.0)
    assert (found.n, found.customers, found.n_eff) == (100, 100, 100.0)
    higher = required_level(demands(range(1, 101)), HIGHER, 0.8)
    assert higher is not None
    assert (higher.level, higher.easy, higher.strict) == (80.0, 72.0, 87.0)


def test_so_few_do_not_close_the_interval() -> None:
    ten = required_level(demands(range(1, 11)), LOWER, 0.8)
    two = required_level(demands([4, 8]), LOWER, 0.8)

    assert ten is not None
    # .8 ^ 10 = .107: that all ten are within the easy 80 % is no surprise.
    assert (ten.level, ten.easy, ten.strict) == (3.0, 6.0, None)
    assert two is not None
    assert (two.level, two.easy, two.strict) == (4.0, None, None)
    assert required_level([Demand(4, 0.0, 1)], LOWER, 0.8) is None
    with pytest.raises(ScoringError, match="between 0 and 1"):
        required_level(demands([4]), LOWER, 1.0)


def test_colleagues_are_one_customer() -> None:
    assert effective([Demand(1, 1.0, "a"), Demand(2, 1.0, "a"), Demand(3, 2.0, "b")]) == 2.0
    assert effective([]) == 0.0


def test_a_group_is_compared_as_mann_and_whitney_do_where_all_weigh_the_same() -> None:
    strict, loose = [1, 2, 2, 3, 4, 4], [3, 4, 6, 6, 8, 9, 12]
    groups = {"region": {"north": demands(strict), "south": demands(loose, first=100)}}

    found = differences(groups, LOWER)

    said = mannwhitneyu(strict, loose, method="asymptotic", use_continuity=False)
    north, south = found["region", "north"], found["region", "south"]
    assert north.p == pytest.approx(said.pvalue, rel=1e-12)
    assert (south.p, north.compared, north.adjusted) == (north.p, 1, north.p)
    assert north.stands
    assert (north.is_stricter, south.is_stricter) == (True, False)
    # 39.5 of 42 pairs have the north stricter: .5 + (39.5 / 42 - .5) * 7 / 13.
    assert north.position == pytest.approx(0.5 + (said.statistic * -1 / 42 + 0.5) * 7 / 13, abs=1e-12)


def test_many_comparisons_have_to_be_surer_each() -> None:
    assert holm({("a",): 0.01, ("b",): 0.04, ("c",): 0.03}) == pytest.approx({("a",): 0.03, ("b",): 0.06, ("c",): 0.06})
    assert holm({("a",): 0.9, ("b",): 0.8}) == {("a",): 1.0, ("b",): 1.0}
    assert holm({}) == {}


def test_groups_of_few_customers_are_not_compared_and_what_does_not_vary_does_not_differ() -> None:
    few = {"size": {"small": demands([1, 2, 3, 4]), "large": demands(range(20), first=10)}}
    same = {"size": {"small": demands([4] * 6), "large": demands([4] * 6, first=10)}}
    none = {"size": {"small": [Demand(4, 0.0, 1)], "large": []}}

    assert differences(few, LOWER) == {}
    assert [(each.position, each.p) for each in differences(same, LOWER).values()] == [(0.5, 1.0), (0.5, 1.0)]
    assert differences(none, LOWER) == {}


def test_a_customer_with_many_answers_pulls_once() -> None:
    chatty = [Demand(1, 0.1, "one")] * 10
    groups = {"product": {"a": [*chatty, *demands([2, 3, 5, 8])], "b": demands([2, 3, 5, 8, 9], first=50)}}
    plain = {"product": {"a": [Demand(1, 1.0, "one"), *demands([2, 3, 5, 8])], "b": demands([2, 3, 5, 8, 9], first=50)}}

    found, wanted = (differences(each, LOWER)["product", "a"] for each in (groups, plain))
    assert found.p == pytest.approx(wanted.p, rel=1e-12)


def test_each_of_three_groups_is_a_comparison_of_its_own() -> None:
    its = {name: demands(levels, first=at * 100) for at, (name, levels) in enumerate({
        "a": [1, 1, 2, 2, 3, 3], "b": [5, 6, 7, 8, 9, 9], "c": [5, 6, 6, 7, 8, 9],
    }.items())}  # fmt: skip

    found = differences({"region": its}, LOWER)

    assert {each.compared for each in found.values()} == {3}
    assert [value for (_, value), each in found.items() if each.stands] == ["a"]


levels = st.lists(st.integers(1, 9), min_size=5, max_size=9)


@given(levels, levels)
def test_the_order_of_levels_is_all_that_counts(one: list[int], other: list[int]) -> None:
    def p_of(direction: Direction, change: float) -> float:
        its = {"a": demands([math.copysign(level**2, change) for level in one]),
               "b": demands([math.copysign(level**2, change) for level in other], first=100)}  # fmt: skip
        return differences({"x": its}, direction)["x", "a"].p

    assert p_of(LOWER, 1) == pytest.approx(p_of(HIGHER, -1), abs=1e-9)
