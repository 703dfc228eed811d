"""G1 to G17 of docs/algorithms/gap-score.md, on random answers."""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scoring.curves import SatisfactionCurve
from scoring.felt import Direction, Perception, felt
from scoring.gaps import AnswerRow, GapResult, MeasuredLevel, curve_of, gap_score

HALF_LIFE = 12.0
POINTS = 1e-9  # what rounding of floats may move a gap of 0..100

directions = st.sampled_from(Direction)
quantities = st.integers(1, 20)


@st.composite
def answers(draw: st.DrawFn, *, complete: bool = False, one_each: bool = False, at_least: int = 1) -> list[AnswerRow]:
    """Draw the answers on one requirement: customers with several contacts and products, parts unknown or not."""
    m = draw(quantities)
    level = MeasuredLevel(m, m - draw(st.integers(0, 3)), m + draw(st.integers(0, 3)))
    maybe = st.just if complete else (lambda value: st.sampled_from([value, None]))
    keys = draw(
        st.lists(
            st.tuples(st.integers(0, 4), st.integers(0, 0 if one_each else 2), st.integers(0, 0 if one_each else 1)),
            min_size=at_least,
            max_size=12,
            unique=True,
        )
    )
    weights = {customer: draw(st.integers(0, 1000)) for customer in {key[0] for key in keys}}
    return [
        AnswerRow(
            customer=customer,
            contact=(customer, contact),
            product=product,
            weight=weights[customer],
            importance=draw(maybe(draw(st.integers(1 if complete else 0, 10)))),
            required=draw(maybe(draw(quantities))),
            felt=draw(maybe(draw(st.booleans()))),
            level=level if complete else draw(st.sampled_from([level, None])),
            age=draw(st.integers(0, 40)),
            factor=draw(st.sampled_from([0.5, 1.0, 2.5])),
        )
        for customer, contact, product in keys
    ]


def score(rows: list[AnswerRow], direction: Direction, half_life: float | None = HALF_LIFE) -> GapResult:
    result = gap_score(rows, direction=direction, half_life=half_life)
    assume(result is not None)
    assert result is not None
    return result


def maybe_score(rows: list[AnswerRow], direction: Direction) -> GapResult | None:
    return gap_score(rows, direction=direction, half_life=HALF_LIFE)


def worse_by(step: int, direction: Direction) -> int:
    return step if direction is Direction.LOWER else -step


def moved(
    level: MeasuredLevel | None,
    change: Callable[[int | float | Fraction], int | float | Fraction],
    *,
    flip: bool = False,
) -> MeasuredLevel | None:
    if level is None or level.lo is None or level.hi is None:
        return None
    lo, hi = change(level.lo), change(level.hi)
    return MeasuredLevel(change(level.m), *((hi, lo) if flip else (lo, hi)))


@given(answers(), directions)
def test_g01_gap_lies_in_its_interval_between_0_and_100(rows: list[AnswerRow], direction: Direction) -> None:
    result = score(rows, direction)

    assert 0 <= result.lo <= result.gap <= result.hi <= 100


@given(answers(), directions, st.integers(0, 5))
def test_g02_a_worse_measured_level_never_lowers_the_gap(
    rows: list[AnswerRow], direction: Direction, step: int
) -> None:
    worse = [replace(row, level=moved(row.level, lambda x: x + worse_by(step, direction))) for row in rows]

    before, after = score(rows, direction), score(worse, direction)

    assert after.gap >= before.gap
    assert after.hi >= before.hi


@given(answers(), directions, st.integers(0, 5))
def test_g03_a_tighter_required_level_never_lowers_the_gap(
    rows: list[AnswerRow], direction: Direction, step: int
) -> None:
    tighter = [
        replace(row, required=None if row.required is None else row.required - worse_by(step, direction))
        for row in rows
    ]

    assert score(tighter, direction).gap >= score(rows, direction).gap


@given(answers(complete=True), directions, st.lists(quantities, min_size=12, max_size=12), st.integers(0, 5))
def test_g04_a_worse_perceived_level_never_lowers_the_gap(
    rows: list[AnswerRow], direction: Direction, perceived: list[int], step: int
) -> None:
    def perceiving(shift: int) -> list[AnswerRow]:
        return [
            replace(row, felt=felt(Perception(perceived_level=p + shift, required_level=row.required), direction).value)
            for row, p in zip(rows, perceived, strict=False)
        ]

    before, after = score(perceiving(0), direction), score(perceiving(worse_by(step, direction)), direction)

    assert after.gap >= before.gap


@given(answers(), directions)
def test_g05_an_increasing_map_of_all_levels_changes_nothing(rows: list[AnswerRow], direction: Direction) -> None:
    def cubed(x: int | float | Fraction) -> int | float | Fraction:
        return 7 * x**3 + x - 4

    mapped = [
        replace(row, required=None if row.required is None else cubed(row.required), level=moved(row.level, cubed))
        for row in rows
    ]

    assert replace(score(mapped, direction), depth=None) == replace(score(rows, direction), depth=None)


@given(answers(), directions)
def test_g05_a_decreasing_map_with_the_direction_flipped_changes_nothing(
    rows: list[AnswerRow], direction: Direction
) -> None:
    def on_time(x: int | float | Fraction) -> int | float | Fraction:
        return 100 - x

    other = Direction.HIGHER if direction is Direction.LOWER else Direction.LOWER
    mapped = [
        replace(
            row,
            required=None if row.required is None else on_time(row.required),
            level=moved(row.level, on_time, flip=True),
        )
        for row in rows
    ]

    assert replace(score(mapped, other), depth=None) == replace(score(rows, direction), depth=None)


@given(answers(), directions, st.sampled_from([0.25, 3.0, 1000.0]))
def test_g06_all_weights_times_a_constant_change_nothing(
    rows: list[AnswerRow], direction: Direction, constant: float
) -> None:
    before = score(rows, direction)

    after = score([replace(row, weight=row.weight * constant) for row in rows], direction)

    assert after.gap == pytest.approx(before.gap, abs=POINTS)
    assert after.n_eff == pytest.approx(before.n_eff)


@given(answers(), directions)
def test_g07_every_customer_twice_doubles_n_eff_and_narrows_the_interval(
    rows: list[AnswerRow], direction: Direction
) -> None:
    exact = [replace(row, level=row.level and MeasuredLevel.certain(row.level.m)) for row in rows]
    once = score(exact, direction)

    twice = score(exact + [replace(row, customer=("twin", row.customer)) for row in exact], direction)

    assert twice.gap == pytest.approx(once.gap, abs=POINTS)
    assert twice.n_eff == pytest.approx(2 * once.n_eff)
    assert twice.hi - twice.lo < once.hi - once.lo


@given(answers(), directions, st.randoms(use_true_random=False))
def test_g08_the_order_of_rows_never_changes_a_bit(rows: list[AnswerRow], direction: Direction, random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)

    assert maybe_score(shuffled, direction) == maybe_score(rows, direction)


@given(answers(at_least=2), directions)
def test_g09_the_gap_of_a_union_is_the_weighted_mean_of_the_parts(rows: list[AnswerRow], direction: Direction) -> None:
    first = score([row for row in rows if row.customer in {0, 1}], direction)
    second = score([row for row in rows if row.customer not in {0, 1}], direction)

    whole = score(rows, direction)

    mean = (first.weight * first.gap + second.weight * second.gap) / (first.weight + second.weight)
    assert whole.gap == pytest.approx(mean, abs=POINTS)
    assert whole.weight == pytest.approx(first.weight + second.weight)


@given(answers(), directions, st.integers(0, 1000), st.integers(1, 10))
def test_g10_a_fully_satisfied_customer_never_raises_the_gap(
    rows: list[AnswerRow], direction: Direction, weight: int, importance: int
) -> None:
    pleased = AnswerRow("new", "new", 0, weight, importance, 5, True, MeasuredLevel.certain(5))

    assert score([*rows, pleased], direction).gap <= score(rows, direction).gap + POINTS


@given(answers(), directions, quantities, st.booleans())
def test_g11_a_customer_without_weight_and_a_colleague_who_does_not_care_are_neutral(
    rows: list[AnswerRow], direction: Direction, required: int, verdict: bool
) -> None:
    level = rows[0].level
    weightless = AnswerRow("new", "new", 0, 0, 7, required, verdict, level)
    careless = replace(rows[0], contact="colleague", importance=0, required=required, felt=verdict)

    before, after = score(rows, direction), score([*rows, weightless, careless], direction)

    assert (after.gap, after.n_eff, after.scored) == (before.gap, before.n_eff, before.scored)


@given(answers(), directions)
def test_g12_ageing_by_a_half_life_halves_n_eff_and_keeps_the_gap(rows: list[AnswerRow], direction: Direction) -> None:
    exact = [replace(row, level=row.level and MeasuredLevel.certain(row.level.m)) for row in rows]
    before = score(exact, direction)

    after = score([replace(row, age=row.age + HALF_LIFE) for row in exact], direction)

    assert after.gap == pytest.approx(before.gap, abs=POINTS)
    assert after.n_eff == pytest.approx(before.n_eff / 2)
    assert after.hi - after.lo >= before.hi - before.lo


@given(answers(complete=True), directions, quantities, st.booleans())
def test_g13_one_answer_alone_moves_the_gap_by_no_more_than_its_share(
    rows: list[AnswerRow], direction: Direction, required: int, verdict: bool
) -> None:
    changed = [replace(rows[0], required=required, felt=verdict), *rows[1:]]
    before, after = score(rows, direction), score(changed, direction)
    others = maybe_score([row if row is not rows[0] else replace(row, factor=0.0) for row in rows], direction)
    share = 1 - (others.weight if others else 0.0) / before.weight

    assert abs(after.gap - before.gap) <= 100 * share + POINTS


@given(answers(complete=True), directions)
def test_g14_the_gap_is_neither_plus_half_of_the_mixed_boxes(rows: list[AnswerRow], direction: Direction) -> None:
    result = score(rows, direction)
    boxes = result.four_boxes()

    assert boxes is not None
    assert boxes.weight_shown == 1
    halves = boxes.communication_problem + boxes.latent_risk
    assert result.gap == pytest.approx(100 * (boxes.real_problem + halves / 2), abs=POINTS)


def passed(curve: SatisfactionCurve, level: int, better: int) -> set[int | float | Fraction]:
    """Return the stated levels that a move from level to better newly satisfies."""
    if curve.direction is Direction.LOWER:
        return {stated for stated in curve.levels if better <= stated < level}
    return {stated for stated in curve.levels if level < stated <= better}


@given(answers(complete=True), directions, st.integers(1, 8))
def test_g15_the_gain_of_a_better_level_is_read_off_the_curve(
    rows: list[AnswerRow], direction: Direction, step: int
) -> None:
    assert rows[0].level is not None
    m = int(rows[0].level.m)
    better = m - worse_by(step, direction)
    improved = [replace(row, level=MeasuredLevel.certain(better)) for row in rows]
    curve = curve_of(rows, direction=direction, half_life=HALF_LIFE)
    before = score(rows, direction)
    assert curve is not None
    won = passed(curve, m, better)
    followed = [replace(row, felt=True) if row.required in won else row for row in improved]
    stays_unfelt = curve_of([row for row in rows if not row.felt], direction=direction, half_life=HALF_LIFE)

    mass = math.fsum(w for at, w in zip(curve.levels, curve.masses, strict=True) if at in won) / before.weight
    silent = score_of_colleagues(rows, won, direction) / before.weight

    assert before.gap - score(improved, direction).gap == pytest.approx(50 * mass, abs=POINTS)
    assert before.gap - score(followed, direction).gap == pytest.approx(50 * (mass + silent), abs=POINTS)
    assert curve.share_met(better) - curve.share_met(m) == pytest.approx(mass, abs=POINTS)
    assert stays_unfelt is None or set(stays_unfelt.levels) <= set(curve.levels)


def score_of_colleagues(rows: list[AnswerRow], levels: set[int | float | Fraction], direction: Direction) -> float:
    """Return the weight of those among the newly satisfied who do not feel it yet, shared as among all rows."""
    muted = [row if row.required in levels and not row.felt else replace(row, factor=0.0) for row in rows]
    result = maybe_score(muted, direction)
    return result.weight if result else 0.0


@given(answers(), directions, st.integers(0, 36))
def test_g16_silence_never_lowers_the_gap_through_the_level(
    rows: list[AnswerRow], direction: Direction, months: int
) -> None:
    later = [replace(row, age=row.age + months) for row in rows]
    before, after = score(rows, direction), score(later, direction)

    assert after.gap == pytest.approx(before.gap, abs=POINTS)
    assert after.share_met == pytest.approx(before.share_met, abs=POINTS)


@given(answers(one_each=True), directions)
def test_g17_a_colleague_who_says_the_same_in_the_same_month_changes_nothing(
    rows: list[AnswerRow], direction: Direction
) -> None:
    echo = replace(rows[0], contact="colleague")
    before, after = score(rows, direction), score([*rows, echo], direction)

    assert after.gap == pytest.approx(before.gap, abs=POINTS)
    assert after.n_eff == pytest.approx(before.n_eff)
