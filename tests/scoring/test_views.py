"""Kano, importance-performance, SERVQUAL and loyalty where their published examples do not reach."""

from fractions import Fraction

import pytest

from scoring.errors import ScoringError
from scoring.importance import Crosshair, Estimate, Point, Quadrant, data_centred, importance_satisfaction, quadrants
from scoring.kano import POULIOT, Category, Pair, category_of, counts_of, fong_bound, kano, point_of
from scoring.loyalty import csat, effort, nps, wald
from scoring.servqual import Gaps, dimension, dimension_gap, item_gaps, unweighted, weighted
from scoring.voices import Said

M, O, A, I, R, Q = Category  # noqa: E741  # the published letters


# ---- Kano


def test_pouliot_reads_the_same_answer_twice_as_a_contradiction_unless_it_is_neutral():
    points = range(1, 6)
    changed = [(f, d) for f in points for d in points if category_of(f, d) != category_of(f, d, POULIOT)]

    assert changed == [(2, 2), (4, 4)]
    assert {category_of(*pair, POULIOT) for pair in changed} == {Q}


def test_colleagues_share_one_voice():
    counts = counts_of([Pair(1, 5, Fraction(1, 2)), Pair(2, 5, Fraction(1, 2)), Pair(1, 3, times=2)])

    assert counts == {M: Fraction(1, 2), O: Fraction(1, 2), A: 2, I: 0, R: 0, Q: 0}


def test_two_categories_too_close_are_mixed_and_what_hurts_more_stands_for_them():
    found = kano({A: 10, M: 9, I: 1})
    assert found is not None

    assert (found.is_mixed, found.top, found.second, found.category) == (True, A, M, M)
    assert (found.total_strength, found.category_strength) == (Fraction(19, 20), Fraction(1, 20))


def test_one_voice_decides_nothing():
    found = kano({A: 1})
    assert found is not None

    assert (found.is_mixed, found.second, found.category) == (True, None, A)


def test_the_other_rule_asks_first_whether_it_is_wanted_at_all():
    found = kano({I: 40, O: 25, A: 20, M: 15})
    assert found is not None

    assert (found.category, found.alternative, found.is_mixed) == (I, O, False)
    indifferent = kano({I: 40, M: 30})
    assert indifferent is not None
    assert indifferent.alternative is I


def test_without_an_answer_that_wants_or_ignores_it_there_are_no_coefficients():
    found = kano({R: 3, Q: 1})
    assert found is not None

    assert (found.better, found.worse, found.is_reversed, found.is_badly_asked) == (None, None, True, True)
    assert kano({}) is None


def test_one_contradiction_in_ten_is_still_a_good_question_and_half_reverse_is_not_most():
    found = kano({O: 4, Q: 1, R: 5})
    assert found is not None

    assert (found.is_badly_asked, found.is_reversed) == (False, False)


def test_better_and_worse_have_intervals_on_their_own_side():
    found = kano({O: 10})
    assert found is not None
    assert found.better is not None
    assert found.worse is not None

    assert (found.better.value, found.worse.value, found.better.hi) == (1.0, -1.0, 1.0)
    assert found.better.lo == -found.worse.hi == pytest.approx(0.7225, abs=1e-4)


def test_words_that_nobody_published_are_no_answer():
    assert [point_of(words) for words in (" I’m neutral. ", "It must be that way", "perhaps", "")] == [3, 2, None, None]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: category_of(0, 3),
        lambda: counts_of([Pair(1, 1, -1)]),
        lambda: kano({A: -1}),
        lambda: fong_bound(1, 1, 0),
        lambda: fong_bound(2, 2, 3),
    ],
)
def test_impossible_pairs_and_counts_are_errors(wrong):
    with pytest.raises(ScoringError):
        wrong()


# ---- Importance and performance


def test_a_point_within_half_an_interval_of_a_line_is_undecided():
    points = [
        Point("sure", Estimate(9, 0.5), Estimate(3, 0.5)),
        Point("near", Estimate(9, 0.5), Estimate(5.4, 0.5)),
        Point("on the edge", Estimate(9, 0.5), Estimate(5.5, 0.5)),
        Point("one voice", Estimate(2, None), Estimate(1, 0.5)),
        Point("too good", Estimate(1), Estimate(9)),
        Point("neither", Estimate(1), Estimate(1)),
    ]

    assert quadrants(points, Crosshair(5, 5)) == {
        "sure": Quadrant.CONCENTRATE,
        "near": None,
        "on the edge": Quadrant.KEEP_UP,
        "one voice": None,
        "too good": Quadrant.OVERKILL,
        "neither": Quadrant.LOW_PRIORITY,
    }


@pytest.mark.parametrize("points", [[(5, 1), (5, 9)], [(1, 5), (9, 5)], []])
def test_without_spread_there_are_no_quadrants(points):
    made = [Point(at, Estimate(i), Estimate(p)) for at, (i, p) in enumerate(points)]

    assert quadrants(made, Crosshair(5, 5)) == {}


def test_means_need_points_and_shares_lie_between_0_and_1():
    with pytest.raises(ScoringError, match="without points"):
        data_centred([])
    with pytest.raises(ScoringError, match="shares"):
        importance_satisfaction(1.1, 0.5)


# ---- SERVQUAL


def test_pleased_customers_cancel_disappointed_ones_in_the_mean_and_not_in_the_share():
    found = dimension([Gaps(6, 2), Gaps(-3, 1), Gaps(0, 3)])
    assert found is not None

    assert (found.gap.value, found.below.value) == (0, Fraction(1, 3))


def test_a_respondent_counts_once_however_many_items_were_answered():
    found = dimension([Gaps(-4, 4), Gaps(-3, 1)])
    assert found is not None

    assert found.gap.value == -2


def test_an_item_asked_once_has_no_gap():
    assert item_gaps([6.2, None, 5], [6.0, 5, None]) == [Fraction(1, 5), None, None]
    assert dimension_gap([None]) is None
    assert dimension([]) is None


def test_scores_without_dimensions_or_points_are_no_data():
    assert unweighted({}) is None
    assert weighted({"a": 1}, {"b": 5}) is None
    assert weighted({"a": 1, "b": 4}, {"a": 2, "b": 1}) == 2


@pytest.mark.parametrize(
    "wrong",
    [lambda: dimension([Gaps(0, 0)]), lambda: item_gaps([1], []), lambda: weighted({"a": 1}, {"a": -1})],
)
def test_impossible_items_and_points_are_errors(wrong):
    with pytest.raises(ScoringError):
        wrong()


# ---- Loyalty


def test_all_promoters_still_have_an_interval():
    found = nps([Said(10, times=12)])
    assert found is not None

    assert (found.value, found.hi, found.variance) == (100, 100, 0)
    assert found.lo == pytest.approx(54.1959, abs=1e-4)  # 12.75 and 0.75 of 15


def test_no_interval_tells_of_an_effort_or_a_gap_that_cannot_be():
    ease = effort([Said(7, 1000), *(Said(at, 10) for at in (2, 3, 4, 5))])
    found = dimension([Gaps(-3, 1, 1000), *(Gaps(at, 1, 10) for at in (-2, 0, 1, 2))], (-10, 10))
    assert ease is not None
    assert found is not None

    assert (ease.mean.lo, ease.mean.hi, found.gap.lo, found.gap.hi) == (1, 7, -10, 10)


def test_values_outside_the_scale_are_missing():
    found = nps([Said(9), Said(11), Said(-1), Said(6)])
    assert found is not None

    assert (found.value, found.n) == (0, 2)
    assert nps([Said(11)]) is None
    assert effort([Said(0), Said(8)]) is None


def test_a_heavy_customer_moves_the_score_and_widens_its_interval():
    found = nps([Said(10, 3), Said(0, 1)])
    assert found is not None

    assert (found.value, found.n, found.n_eff) == (50, 2, 1.6)


def test_an_interval_needs_shares_and_somebody():
    for wrong in ((0.6, 0.6, 10), (0.5, 0.5, 0)):
        with pytest.raises(ScoringError):
            wald(*wrong)


def test_csat_is_the_share_from_the_point_that_counts_as_satisfied() -> None:
    found = csat([Said(3.0), Said(4.0), Said(5.0, weight=2.0)], satisfied_from=4)

    assert found is not None
    assert found.value == 0.75
    assert found.n == 3
