"""What earns and suspends an ambassador, and what share of a prospect's importance one has and has met: by hand."""

import pytest

from scoring.ambassadors import Need, Served, importances_of, match, served, severe_gaps


def test_levels_are_counted_and_what_is_not_felt_is_weighed_by_importance():
    needs = [Need(1, 8.0, True, True), Need(2, 4.0, False, False), Need(3, 4.0, None, True), Need(4, None, True, False)]

    # Not felt: 4 of 8 + 4 + 4; what has no importance is not weighed, its level is compared all the same.
    assert served(needs) == Served(met=2, compared=3, rated=3, felt_gap=25.0)
    assert served(needs).share_met == pytest.approx(200 / 3)
    assert served([]) == Served(0, 0, 0, None)
    assert served([]).share_met is None


def test_without_any_importance_every_answer_weighs_the_same():
    needs = [Need(1, None, None, True), Need(2, None, None, False), Need(3, None, None, False)]

    assert served(needs).felt_gap == pytest.approx(200 / 3)
    assert importances_of(needs) == {1: 1.0, 2: 1.0, 3: 1.0}


@pytest.mark.parametrize(
    ("needs", "severe"),
    [
        ([Need(1, 9.0, False, False), Need(2, 3.0, True, True)], (1,)),
        ([Need(1, 9.0, True, False), Need(2, 3.0, True, True)], ()),  # met, not felt
        ([Need(1, 9.0, None, False), Need(2, 3.0, True, True)], ()),  # one half alone is not known well enough
        ([Need(1, 9.0, True, True), Need(2, 3.0, False, False)], ()),  # matters less than the average
        (
            [Need(1, 6.0, False, False), Need(1, 6.0, True, True)],
            (1,),
        ),  # half of each: at the edge, which belongs to it
        ([Need(1, 6.0, False, False), Need(1, 7.0, True, True)], ()),
        ([Need(1, 5.0, False, False), Need(2, 9.0, False, False), Need(3, 1.0, True, True)], (2, 1)),
    ],
)
def test_a_severe_gap_fails_on_both_halves_and_matters(needs, severe):
    assert severe_gaps(needs, severe_from=50) == severe


def test_a_match_is_the_share_of_the_prospects_importance_that_is_shared_and_served():
    prospect = importances_of([Need(1, 6.0, None, None), Need(2, 3.0, None, None), Need(3, 1.0, None, None)])
    ambassador = [Need(1, 5.0, True, True), Need(2, 5.0, True, False), Need(9, 5.0, True, True)]

    found = match(prospect, ambassador, gap_from=25)

    assert (found.share, found.share_had, found.met, found.had, found.asked) == (60.0, 90.0, (1,), (1, 2), 3)
    assert match({}, ambassador, gap_from=25).share is None
    assert match(prospect, [Need(3, 5.0, None, None)], gap_from=25).share == 0.0
