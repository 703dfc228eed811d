"""When new interviews bring nothing new: what the oracle does not say, and what must hold in any order."""

from itertools import permutations
from random import Random
from statistics import median_low
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.saturation import Saturation, new_codes, saturation, typical_saturation, unseen_share

CODES = st.lists(st.sets(st.integers(0, 12), max_size=4), max_size=10)


def test_fewer_interviews_than_a_base_and_a_run_say_nothing_yet() -> None:
    assert saturation([{1}, {2}, {1}, {2}]) == Saturation(2, (), None)
    assert saturation([]) == Saturation(0, (), None)
    assert typical_saturation([{1}, {2}, {1}, {2}], seed=1) == (None, 0.0)


def test_without_any_code_in_the_base_there_is_nothing_to_compare_with() -> None:
    assert saturation([set()] * 4 + [{1}, set(), set()]) == Saturation(0, (), None)


def test_a_code_that_everybody_names_is_saturated_at_the_base() -> None:
    assert saturation([{"a"}] * 8) == Saturation(1, (0.0, 0.0, 0.0), 4)
    assert typical_saturation([{"a"}] * 8, seed=1) == (4, 1.0)


def test_the_share_at_which_it_is_enough_belongs_to_enough() -> None:
    twenty = [set(range(20)), set(), set(), set(), {20}, set(), set()]

    assert saturation(twenty).at == 4
    assert saturation(twenty, enough=0.049).at == 5


def test_the_median_is_that_of_all_orders_where_they_can_all_be_tried() -> None:
    held = [{1, 2}, {2}, {3}, {1}, {4}]
    all_orders = [saturation(order, base=2, run=1).at or 6 for order in permutations(held)]
    found = typical_saturation(held, seed=5, base=2, run=1)

    assert found.at == median_low(all_orders)
    assert found.reached == pytest.approx(sum(at < 6 for at in all_orders) / 120, abs=0.05)
    assert found == typical_saturation(held, seed=5, base=2, run=1)


@given(CODES, st.integers(1, 4), st.integers(1, 3))
def test_one_order_is_read_as_the_definition_reads_it(held: list[set[int]], base: int, run: int) -> None:
    """With all interviews alike every order is the same one."""
    alike = [frozenset({1, 2})] * len(held)
    expected = saturation(alike, base=base, run=run).at

    assert typical_saturation(alike, seed=0, base=base, run=run, orders=3).at == expected
    assert sum(new_codes(held)) == len(set().union(*held))


@given(CODES, st.integers(1, 4), st.integers(1, 3), st.integers(0, 99))
def test_the_order_that_is_drawn_gives_what_the_definition_gives(
    held: list[set[int]], base: int, run: int, seed: int
) -> None:
    drawn = list(held)
    Random(seed).shuffle(drawn)

    found = typical_saturation(held, seed=seed, base=base, run=run, enough=0.3, orders=1)

    assert found.at == saturation(drawn, base=base, run=run, enough=0.3).at


def test_codes_said_once_estimate_what_is_unsaid() -> None:
    assert unseen_share(["a", "a", "b", "c", "c", "c"]) == pytest.approx(1 / 6)
    assert unseen_share(["a", "b"]) == 1
    assert unseen_share([]) is None


@pytest.mark.parametrize("wrong", [{"base": 0}, {"run": 0}, {"enough": 1.1}, {"enough": -0.1}])
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ScoringError, match="base and run"):
        saturation([{1}], **wrong)
    with pytest.raises(ScoringError, match="base and run"):
        typical_saturation([{1}], seed=0, **wrong)


def test_at_least_one_order_is_drawn() -> None:
    with pytest.raises(ScoringError, match="one order"):
        typical_saturation([{1}], seed=0, orders=0)
