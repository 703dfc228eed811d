"""Silent killers, entry barriers and what losses cost, by exact values."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.losses import Gap, Loss, Sign, Signs, signs, summed_by, value_by_requirement, whole, worse

CURRENT = Gap(10.0, 5.0, 20.0, 30.0)
NONE, SUSPECTED, SURE = Sign.NONE, Sign.SUSPECTED, Sign.SURE


@pytest.mark.parametrize(
    ("other", "sign"),
    [
        (Gap(60.0, 20.5, 90.0, 5.0), SURE),
        (Gap(60.0, 20.0, 90.0, 5.0), SUSPECTED),  # the intervals meet
        (Gap(60.0, 20.5, 90.0, 4.9), SUSPECTED),  # too few were heard
        (Gap(20.0, 0.0, 60.0, 2.0), SUSPECTED),  # ten points
        (Gap(19.9, 0.0, 60.0, 2.0), NONE),
        (Gap(0.0, 0.0, 4.0, 50.0), NONE),  # better
        (None, NONE),
    ],
)
def test_the_others_are_served_worse_when_both_are_heard_and_the_intervals_part(other, sign):
    assert worse(other, CURRENT) is sign


def test_a_silent_killer_is_one_of_which_those_who_stayed_do_not_complain():
    lost = Gap(80.0, 60.0, 95.0, 12.0)
    loud = Gap(25.0, 20.0, 30.0, 30.0)

    assert signs(lost=lost, current=CURRENT, prospective=None, gap_from=25) == Signs(SURE, NONE)
    assert signs(lost=lost, current=loud, prospective=None, gap_from=25) == Signs(NONE, NONE)
    assert signs(lost=lost, current=loud, prospective=lost, gap_from=25) == Signs(NONE, SURE)
    assert signs(lost=lost, current=None, prospective=lost, gap_from=25) == Signs(NONE, NONE)


def test_current_customers_who_are_too_few_make_nothing_sure():
    few = Gap(10.0, 5.0, 20.0, 4.0)

    assert worse(Gap(80.0, 60.0, 95.0, 12.0), few) is SUSPECTED


def test_a_value_is_shared_equally_among_the_requirements_of_its_loss():
    losses = [
        Loss(100, frozenset({1, 2, 3})),
        Loss(50, frozenset({1})),
        Loss(7, frozenset()),
        Loss(None, frozenset({2})),
    ]
    shares = value_by_requirement(losses)

    assert shares == {1: Fraction(250, 3), 2: Fraction(100, 3), 3: Fraction(100, 3), None: Fraction(7)}
    assert summed_by(shares, {1: "A", 2: "A", 3: "B"}) == {"A": Fraction(350, 3), "B": Fraction(100, 3), None: 7}
    assert whole(summed_by(shares, {1: "A", 2: "A", 3: "B"})) == {"A": 117, "B": 33, None: 7}


def test_a_negative_value_is_a_defect_of_the_caller():
    with pytest.raises(ScoringError, match="-1"):
        value_by_requirement([Loss(-1, frozenset({1}))])


@given(
    st.lists(
        st.builds(Loss, st.none() | st.integers(0, 10**12), st.frozensets(st.integers(1, 6), max_size=6)), max_size=12
    )
)
def test_shares_in_whole_units_add_up_to_what_was_lost(losses: list[Loss]):
    shares = value_by_requirement(losses)
    rounded = whole(summed_by(shares, {1: "A", 2: "B", 3: "B"}))

    assert sum(rounded.values()) == sum(loss.value or 0 for loss in losses)
    assert all(value >= 0 for value in rounded.values())
