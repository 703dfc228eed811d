"""Whether an action helped: the metric's half, the customers' half, and how often the rule is wrong."""

from fractions import Fraction
from math import nan

import pytest

from scoring.effect import (
    Moved,
    Reply,
    Said,
    Verdict,
    confirmed,
    shift_after,
    simulated_rates,
    verdict_of,
)
from scoring.errors import ScoringError
from scoring.felt import Direction
from scoring.rules import Signal

# Moving ranges of 2 make sigma 2 / 1.128; the mean is 10, the limits lie 5.32 to each side.
BEFORE = [9.0, 11.0] * 6
LOWER, HIGHER = Direction.LOWER, Direction.HIGHER


@pytest.mark.parametrize(
    ("before", "after", "direction", "moved", "signal", "at"),
    [
        (BEFORE[:11], [1.0] * 9, LOWER, Moved.TOO_FEW_BEFORE, None, None),
        ([9.0, None] * 12, [1.0] * 9, LOWER, Moved.TOO_FEW_BEFORE, None, None),
        ([10.0] * 12, [1.0] * 9, LOWER, Moved.NO_VARIATION, None, None),
        (BEFORE, [1.0, 1.0], LOWER, Moved.TOO_FEW_AFTER, None, None),
        (BEFORE, [9.0, 11.0] * 5, LOWER, Moved.NOT_YET, None, None),
        (BEFORE, [9.0, 11.0] * 6, LOWER, Moved.NO_SHIFT, None, None),
        (BEFORE, [9.0, 11.0, 4.6], LOWER, Moved.BETTER, Signal.BEYOND_LIMIT, 2),
        (BEFORE, [9.0, None, 11.0, 4.6], LOWER, Moved.BETTER, Signal.BEYOND_LIMIT, 3),
        (BEFORE, [9.0, 11.0, 4.6], HIGHER, Moved.WORSE, Signal.BEYOND_LIMIT, 2),
        (BEFORE, [9.0] * 8, LOWER, Moved.BETTER, Signal.RUN_OF_EIGHT, 7),
        (BEFORE, [11.0] * 8, LOWER, Moved.WORSE, Signal.RUN_OF_EIGHT, 7),
        # A run that began before the action was done is none.
        ([*BEFORE, 9.0, 9.0, 9.0], [9.0] * 7, LOWER, Moved.NOT_YET, None, None),
        # Exactly on the limit is not beyond it.
        (BEFORE, [9.0, 11.0, 9.0, 10.0, 10.0], LOWER, Moved.NOT_YET, None, None),
    ],
)
def test_a_shift_is_a_special_cause_the_right_way_against_limits_from_before(  # noqa: PLR0917
    before, after, direction, moved, signal, at
):
    shift = shift_after(before, after, direction)

    assert (shift.moved, shift.signal, shift.at) == (moved, signal, at)


def test_a_shift_says_what_it_rests_on():
    shift = shift_after(BEFORE, [9.0, None, 4.6, 4.6], LOWER)

    assert (shift.before, shift.after, shift.centre) == (12, 3, 10.0)
    assert shift.sigma == pytest.approx(2 / 1.12838, rel=1e-5)
    assert shift.reached == pytest.approx((9.0 + 4.6) / 2)


@pytest.mark.parametrize(
    ("after", "moved"),
    [
        # Eight points nearer to the old level than to the one reached.
        ([4.0] * 8 + [8.0] * 8, Moved.LOST),
        ([4.0] * 8 + [8.0] * 7, Moved.BETTER),
        ([4.0] * 8 + [5.0] * 20, Moved.BETTER),
        # A signal the wrong way.
        ([4.0] * 8 + [16.0], Moved.LOST),
        # It comes back: a point beyond the limit at once, a run only from after the loss.
        ([4.0] * 8 + [16.0, 4.0], Moved.BETTER),
        ([4.0] * 8 + [16.0] + [9.5] * 7, Moved.LOST),
        ([4.0] * 8 + [16.0] + [9.5] * 8, Moved.BETTER),
        # Worse first, and better later.
        ([16.0] + [4.0] * 3, Moved.BETTER),
        ([4.0] * 8 + [16.0, 10.0, 16.0], Moved.LOST),
    ],
)
def test_a_gain_is_lost_and_found_again(after, moved):
    assert shift_after(BEFORE, after, LOWER).moved is moved


def test_a_run_that_goes_on_across_the_loss_gives_no_second_gain():
    # All below the old level, so the run never ends; but eight in a row are less than a sigma better than it.
    after = [8.0] * 8 + [9.0] * 8

    assert shift_after(BEFORE, after, LOWER).moved is Moved.LOST
    assert shift_after(BEFORE, [*after, 9.0], LOWER).moved is Moved.LOST


def test_what_is_not_finite_is_an_error():
    with pytest.raises(ScoringError, match="NaN"):
        shift_after(BEFORE, [nan] * 3, LOWER)
    with pytest.raises(ScoringError, match="NaN"):
        shift_after([*BEFORE, nan], [1.0] * 3, LOWER)


def replies(*rows: tuple[int, int, bool | None]) -> list[Reply]:
    return [Reply(*row) for row in rows]


@pytest.mark.parametrize(
    ("raisers", "asked", "said", "needed"),
    [
        (0, [], Said.NOBODY_RAISED, 0),
        (5, [], Said.NOBODY_ASKED, 3),
        (5, [(1, 0, True)] * 3, Said.NO_WEIGHT, 3),
        (5, [(1, 100, True), (2, 100, True)], Said.TOO_FEW, 3),
        (2, [(1, 100, True), (2, 100, True)], Said.YES, 2),
        (5, [(1, 200, True), (2, 100, False), (3, 100, False)], Said.YES, 3),
        (5, [(1, 199, True), (2, 100, False), (3, 100, False)], Said.NO, 3),
        # Who is silent was asked all the same.
        (5, [(1, 100, True), (2, 100, True), (3, 100, False), (4, 300, None)], Said.UNDECIDED, 3),
        # Three people of one customer are one voice.
        (5, [(1, 100, False), (1, 100, False), (1, 100, False), (2, 100, True)], Said.YES, 3),
    ],
)
def test_half_of_the_asked_weight_confirms(raisers, asked, said, needed):
    its = confirmed(raisers, replies(*asked))

    assert (its.said, its.needed) == (said, needed)


def test_shares_are_of_the_asked_weight():
    its = confirmed(9, replies((1, 100, True), (1, 100, None), (2, 50, False), (3, 50, True)))

    assert (its.yes, its.no, its.replies, its.asked) == (Fraction(1, 2), Fraction(1, 4), 3, 4)


def test_a_negative_weight_is_an_error():
    with pytest.raises(ScoringError, match="negative"):
        confirmed(1, replies((1, -1, True)))


@pytest.mark.parametrize(
    ("moved", "said", "verdict"),
    [
        (Moved.BETTER, Said.YES, Verdict.EFFECTIVE),
        (Moved.BETTER, Said.TOO_FEW, Verdict.WAITING),
        (Moved.BETTER, Said.NO, Verdict.NOT_EFFECTIVE),
        (Moved.NOT_YET, Said.YES, Verdict.WAITING),
        (Moved.NO_SHIFT, Said.YES, Verdict.NOT_EFFECTIVE),
        (Moved.LOST, Said.YES, Verdict.NOT_EFFECTIVE),
        (None, Said.YES, Verdict.WAITING),
    ],
)
def test_both_halves_are_needed(moved, said, verdict):
    assert verdict_of(moved, said) is verdict


def test_the_stated_rates_are_those_of_the_rule():
    """The figures of docs/algorithms/effect.md, from fewer runs: within two points or so."""
    false = simulated_rates(shift=0, runs=1_500, seed=7)
    assert false.ever == pytest.approx(0.21, abs=0.04)
    assert false.at_the_end == pytest.approx(0.145, abs=0.04)
    assert simulated_rates(shift=2, runs=200, seed=7).at_the_end > 0.97
    back = simulated_rates(shift=3, after=40, back_at=13, runs=200, seed=7)
    assert (back.ever > 0.98, back.at_the_end < 0.25) == (True, True)
