import math
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.waterfall import Cause, Part, Weighed, in_steps, split_change

THEN = {1: Weighed(40.0, 3.0), 2: Weighed(20.0, 1.0)}


def stages(**after):
    """The stages of a change in which only what is named changes anything."""
    found, now = [THEN], THEN
    for cause in Cause:
        now = after.get(cause.value, now)
        found.append(now)
    return found


def test_each_cause_adds_what_it_did_and_all_of_them_the_whole():
    better, heavier = {1: Weighed(40.0, 3.0), 2: Weighed(0.0, 1.0)}, {1: Weighed(40.0, 1.0), 2: Weighed(0.0, 1.0)}

    split = split_change(stages(levels=better, weights=heavier))

    assert (split.then, split.now) == (35.0, 20.0)
    assert {each.cause: each.points for each in split.parts if each.points} == {
        Cause.LEVELS: -5.0, Cause.WEIGHTS: -10.0,
    }  # fmt: skip
    assert split.parts[2] == Part(Cause.LEVELS, -5.0, {2: -5.0})


def test_a_requirement_that_comes_or_goes_takes_its_points_along():
    split = split_change(stages(definitions={1: Weighed(40.0, 3.0), 3: Weighed(80.0, 1.0)}))

    assert [astuple(each) for each in split.parts if each.points] == [("definitions", 15.0, {2: -5.0, 3: 20.0})]


def test_a_stage_in_which_nothing_weighs_says_nothing():
    split = split_change(stages(interviews={}, levels={1: Weighed(50.0, 1.0)}))

    assert {each.cause: each.points for each in split.parts if each.points} == {Cause.LEVELS: 15.0}


@pytest.mark.parametrize("wrong", [[THEN], [{}, *[THEN] * 7], [*[THEN] * 7, {1: Weighed(3.0, 0.0)}]])
def test_a_change_needs_both_ends_and_every_stage(wrong):
    with pytest.raises(ScoringError):
        split_change(wrong)


def test_rounded_parts_add_up_to_the_rounded_ends():
    # 43.2 and 43.5 are shown; each part rounded for itself would give 43.6.
    assert in_steps(43.16, [0.47, 0.02, -0.15, 0.0], step=0.1) == pytest.approx([0.5, 0.0, -0.2, 0.0])


@given(st.floats(0, 100), st.lists(st.one_of(st.just(0.0), st.floats(-5, 5)), max_size=7))
def test_no_rounded_part_is_a_step_away_and_nothing_stays_nothing(then, points):
    shown = in_steps(then, points, step=0.1)

    assert round(sum(shown) / 0.1) == round((then + math.fsum(points)) / 0.1) - round(then / 0.1)
    assert all(abs(each - exact) < 0.1 + 1e-9 for each, exact in zip(shown, points, strict=True))
