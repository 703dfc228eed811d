from dataclasses import astuple

import pytest

from scoring.errors import ScoringError
from scoring.waterfall import Cause, Part, Weighed, split_change

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
