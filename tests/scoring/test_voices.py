"""Means and shares of voices, by exact values."""

from fractions import Fraction

import pytest

from scoring.errors import ScoringError
from scoring.importance import Estimate
from scoring.voices import Said, mean_of, share_of


def test_colleagues_share_one_voice_and_count_as_one_customer():
    alone = mean_of([Said(4), Said(8)])
    shared = mean_of([Said(4), Said(7, Fraction(1, 2), 1), Said(9, Fraction(1, 2), 1)])
    assert alone is not None
    assert shared is not None

    assert (shared.value, shared.n_eff, shared.n) == (alone.value, 2.0, 3)
    assert (alone.value, alone.n) == (6, 2)
    assert alone.half == pytest.approx(12.706204736 * 2)  # t(1) x s / sqrt 2, s = sqrt 8


def test_one_customer_has_a_mean_and_no_interval():
    found = mean_of([Said(4, 30, 60), Said(6, 30, 60)])
    assert found is not None

    assert (found.value, found.lo, found.hi, found.half) == (5, None, None, None)


def test_weights_move_the_mean_and_widen_the_interval():
    found = mean_of([Said(10, 3), Said(0, 1)])
    share = share_of([Said(1, 3), Said(0, 1)])
    assert found is not None
    assert share is not None

    assert (found.value, found.n_eff) == (Fraction(15, 2), 1.6)
    assert (share.value, share.n_eff, share.n) == (Fraction(3, 4), 1.6, 2)


def test_an_interval_ends_where_the_scale_does_and_keeps_its_own_width():
    """One customer weighs a hundred times the others: n_eff is 1.08, and t with 0.08 degrees of freedom explodes."""
    said = [Said(9, 1000), *(Said(at, 10) for at in (2, 4, 6, 8))]
    free, held = mean_of(said), mean_of(said, (0, 10))
    assert free is not None
    assert held is not None
    assert held.half is not None

    assert (held.lo, held.hi, held.value) == (0, 10, free.value)
    assert held.half == free.half > 1000
    assert Estimate(float(held.value), held.half).is_near(-50)


def test_nothing_said_is_no_data_and_not_zero():
    assert mean_of([]) is None
    assert share_of([Said(1, 0)]) is None


@pytest.mark.parametrize("said", [Said(1, -1), Said(float("nan")), Said(1, times=-1)])
def test_what_cannot_have_been_said_is_an_error(said):
    with pytest.raises(ScoringError, match="Expected finite"):
        mean_of([said])


def test_a_share_is_of_yes_and_no():
    with pytest.raises(ScoringError, match="0 and 1"):
        share_of([Said(2)])
