"""From requirements to functions and the whole."""

import random
from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.rollup import RequirementPart, Standing, Whole, in_order, mass, own_gaps, shares, tied, weighted

PROMPT = RequirementPart(1, 10, j=6.0, gap=40.0, lo=30.0, hi=50.0, n_eff=20.0)
CORRECT = RequirementPart(2, 10, j=2.0, gap=20.0, lo=0.0, hi=60.0, n_eff=4.0)
CLEAR = RequirementPart(3, 11, j=8.0, gap=10.0, lo=5.0, hi=20.0, n_eff=40.0)
PARTS = [PROMPT, CORRECT, CLEAR]


@st.composite
def some_parts(draw: st.DrawFn) -> list[RequirementPart]:
    count = draw(st.integers(1, 8))
    ends = [sorted(draw(st.lists(st.integers(0, 100), min_size=3, max_size=3))) for _ in range(count)]
    return [
        RequirementPart(
            number,
            draw(st.integers(1, 3)),
            j=draw(st.floats(0, 10)),
            gap=gap,
            lo=lo,
            hi=hi,
            n_eff=draw(st.floats(0.1, 500)),
        )
        for number, (lo, gap, hi) in enumerate(ends)
    ]


def test_the_overall_gap_is_the_mean_by_importance_with_the_interval_of_the_sum() -> None:
    assert weighted(PARTS) == Whole(gap=22.5, lo=13.75, hi=36.25, n_eff=28.0, j=16.0)


def results_in_other_orders(count: int = 200) -> set[Whole | None]:
    """Return what the same parts give in many orders: the same bits, or not."""
    chance = random.Random(1)
    parts = [
        RequirementPart(number, 10, j=chance.random(), gap=100 * chance.random(), lo=0.0, hi=100.0, n_eff=9.0)
        for number in range(60)
    ]
    return {weighted(chance.sample(parts, len(parts))) for _ in range(count)}


def test_the_order_of_requirements_never_changes_a_bit() -> None:
    assert len(results_in_other_orders()) == 1


def test_twin_a_plain_sum_depends_on_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not sum(): from Python 3.12 it makes up for some of what is lost.
    monkeypatch.setattr("scoring.rollup.math.fsum", lambda values: reduce(add, values, 0.0))

    assert len(results_in_other_orders()) > 1


def test_shares_add_up_to_one() -> None:
    assert shares(PARTS) == {1: 0.375, 2: 0.125, 3: 0.5}


def test_nothing_that_weighs_is_no_data() -> None:
    assert weighted([]) is None
    assert shares([]) == {}


def test_a_function_owns_the_gap_of_its_requirements() -> None:
    found = own_gaps(PARTS, [10, 12])

    assert found == {10: Whole(gap=35.0, lo=22.5, hi=52.5, n_eff=16.0, j=8.0), 12: None}


@given(some_parts())
def test_points_of_functions_add_up_to_the_overall_gap(parts: list[RequirementPart]) -> None:
    whole, own = weighted(parts), own_gaps(parts, [1, 2, 3])

    by_function = sum(gap.j * gap.gap for gap in own.values() if gap)
    by_requirement = sum(share * parts[number].gap for number, share in shares(parts).items())

    assert (whole is None) == (by_requirement == 0 and not shares(parts))
    assert whole is None or by_function / whole.j == pytest.approx(whole.gap)
    assert whole is None or by_requirement == pytest.approx(whole.gap)


@pytest.mark.parametrize(
    ("using", "not_applicable", "use_recorded", "expected"),
    [
        (300, 0, True, 0.75),
        (300, 50, True, 0.375),
        (300, 50, False, 0.5),
        (0, 0, True, 0.0),
        (400, 100, True, 0.0),
    ],
)
def test_mass_is_the_part_of_the_register_that_uses_the_product_and_finds_it_applicable(
    using: int, not_applicable: int, use_recorded: bool, expected: float
) -> None:
    found = mass(using=using, register=400, not_applicable=not_applicable, heard=100, use_recorded=use_recorded)

    assert found == expected


def test_an_empty_register_and_a_requirement_nobody_was_asked_concern_everybody() -> None:
    assert mass(using=0, register=0, not_applicable=0, heard=0, use_recorded=True) == 1.0


def standing(requirement: int, points: float, origin: str = "customer", n_eff: float = 30.0) -> Standing:
    return Standing(requirement, points, origin, n_eff)


def test_more_points_come_first() -> None:
    assert in_order([standing(1, 2.0), standing(2, 3.0)], {1: 90.0, 2: 1.0}) == [2, 1]


def test_with_the_same_points_a_customer_requirement_goes_ahead_of_an_internal_one() -> None:
    one, other, last = standing(1, 2.0, "internal"), standing(2, 2.0), standing(3, 2.0, "regulatory")

    assert in_order([one, other, last], {1: 90.0}) == [2, 3, 1]


def test_depth_breaks_a_tie_then_evidence_then_the_id() -> None:
    same = [standing(4, 2.0), standing(3, 2.0), standing(2, 2.0, n_eff=50.0), standing(1, 2.0)]

    assert in_order(same, {4: 12.5, 3: None}) == [4, 2, 1, 3]


def test_depth_is_asked_only_where_points_and_origin_tie() -> None:
    board = [standing(1, 2.0), standing(2, 2.0), standing(3, 2.0, "internal"), standing(4, 1.0)]

    assert tied([*board, standing(5, 0.0), standing(6, 0.0)]) == {1, 2}


def test_an_unknown_origin_is_refused() -> None:
    with pytest.raises(ScoringError, match="Unknown origin 'rumour'; known are customer, regulatory, internal"):
        in_order([standing(1, 2.0, "rumour")], {})
