"""The gap score where its properties say nothing: depth, open ends, boxes, impossible input."""

import math
from dataclasses import replace

import pytest

from scoring.errors import ScoringError
from scoring.felt import Direction
from scoring.gaps import AnswerRow, GapResult, MeasuredLevel, depth_of, freshness, gap_interval, gap_score, shortfall

HOURS = MeasuredLevel.certain(5)
# The hand example gap-01: customer, weight, importance, required level, felt.
FIVE = [
    AnswerRow("A", "A", "machine", 1, 10, 2, felt=False, level=HOURS),
    AnswerRow("B", "B", "machine", 2, 8, 4, felt=True, level=HOURS),
    AnswerRow("C", "C", "machine", 1, 6, 4, felt=False, level=HOURS),
    AnswerRow("D", "D", "machine", 3, 8, 8, felt=True, level=HOURS),
    AnswerRow("E", "E", "machine", 1, 4, 24, felt=False, level=HOURS),
]


def score(rows: list[AnswerRow], direction: Direction = Direction.LOWER) -> GapResult:
    result = gap_score(rows, direction=direction, half_life=None)
    assert result is not None
    return result


def test_the_boxes_hold_the_weight_of_everybody_heard() -> None:
    assert score(FIVE).boxes == ((24.0, 4.0, 0.0), (16.0, 16.0, 0.0), (0.0, 0.0, 0.0))


def test_the_mosaic_says_what_share_of_the_weight_it_shows() -> None:
    silent = replace(FIVE[3], felt=None)

    boxes = score([*FIVE[:3], silent, FIVE[4]]).four_boxes()

    assert boxes is not None
    assert (boxes.both, boxes.communication_problem) == (0.0, pytest.approx(4 / 36))
    assert (boxes.latent_risk, boxes.real_problem) == (pytest.approx(16 / 36), pytest.approx(16 / 36))
    assert boxes.weight_shown == pytest.approx(36 / 60)


def test_there_is_no_mosaic_where_one_half_is_known_for_nobody() -> None:
    unmeasured = score([replace(row, level=None) for row in FIVE])

    assert unmeasured.four_boxes() is None
    assert (unmeasured.share_met, unmeasured.share_felt) == (None, pytest.approx(40 / 60))


def test_depth_is_the_mean_relative_shortfall() -> None:
    assert score(FIVE).depth == pytest.approx(100 * (10 * 0.6 + 16 * 0.2 + 6 * 0.2) / 60)


def test_depth_where_higher_is_better() -> None:
    rows = [replace(row, level=MeasuredLevel.certain(6)) for row in FIVE]

    assert score(rows, Direction.HIGHER).depth == pytest.approx(100 * (24 * 0.25 + 4 * 0.75) / 60)


@pytest.mark.parametrize(
    ("level", "required", "missing"),
    [(5, 4, pytest.approx(0.2)), (4, 5, pytest.approx(0.2)), (5, 0, 1.0), (5, -1, None)],
)
def test_a_shortfall_is_relative_to_the_worse_level_and_needs_a_ratio_scale(
    level: int, required: int, missing: float | None
) -> None:
    assert shortfall(level, required) == missing


def test_depth_is_unknown_where_one_shortfall_is_or_nothing_is_compared() -> None:
    assert depth_of([(1.0, 0.5), (1.0, None)]) is None
    assert depth_of([]) is None
    assert depth_of([(0.0, 0.5)]) is None


def test_an_open_worse_end_serves_nobody_and_an_open_better_end_everybody() -> None:
    half_open = score([replace(row, level=MeasuredLevel(5, 5, None)) for row in FIVE])
    open_below = score([replace(row, level=MeasuredLevel(5, None, 5)) for row in FIVE])
    certain = score(FIVE)

    assert half_open.gap == open_below.gap == certain.gap
    assert (half_open.lo, open_below.hi) == (certain.lo, certain.hi)
    assert half_open.hi == gap_interval(certain.gap, certain.n_eff, (100 - 50 * 40 / 60,))[1]
    assert open_below.lo == gap_interval(certain.gap, certain.n_eff, (50 - 50 * 40 / 60,))[0]


def test_mean_importance_is_by_weight_of_customers() -> None:
    assert score(FIVE).mean_importance == pytest.approx(60 / 8)


def test_who_knows_neither_half_is_heard_but_not_in_the_sums() -> None:
    result = score([*FIVE, AnswerRow("F", "F", "machine", 1, 9, None, None, HOURS)])

    assert (result.n, result.scored, result.gap) == (6, 5, score(FIVE).gap)


def test_a_required_level_without_a_measured_one_shares_the_customers_weight_outside_the_sums() -> None:
    colleague = AnswerRow("A", "A2", "machine", 1, 10, 2, None, None)

    result = score([*FIVE, colleague])

    assert (result.n, result.scored, result.weight) == (6, 5, 55.0)


def test_freshness_halves_with_each_half_life() -> None:
    assert freshness(24, 12) == 0.25
    assert freshness(24, None) == 1


@pytest.mark.parametrize(("age", "half_life"), [(-1, 12), (math.nan, 12), (math.inf, 12), (1, 0), (1, math.nan)])
def test_an_impossible_age_or_half_life_is_refused(age: float, half_life: float) -> None:
    with pytest.raises(ScoringError, match="half-life"):
        freshness(age, half_life)


@pytest.mark.parametrize(
    "row",
    [
        replace(FIVE[0], weight=-1),
        replace(FIVE[0], importance=math.nan),
        replace(FIVE[0], factor=math.inf),
        replace(FIVE[0], age=-3),
    ],
)
def test_an_impossible_row_is_refused(row: AnswerRow) -> None:
    with pytest.raises(ScoringError, match="Expected finite weight"):
        gap_score([row], direction=Direction.LOWER, half_life=None)
