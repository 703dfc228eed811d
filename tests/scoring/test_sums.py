"""The mergeable form: exact integers that give the same score as the float formula, whatever the order."""

import math
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scoring import sums
from scoring.errors import ScoringError
from scoring.felt import Direction, FeltRule
from scoring.gaps import AnswerRow, GapResult, MeasuredLevel, gap_score
from scoring.sums import DOES_NOT_KNOW, KNOWN, NOT_APPLICABLE, NOT_ASKED, Evidence, LedgerRow, LevelEnds, Rules

TODAY = date(2026, 3, 16)
EPOCH = sums.epoch_of(TODAY)
VERSION = 7
HOURS = Rules(half_life=12, direction=Direction.LOWER, resolution=1_000_000, factors={VERSION: Fraction(1)})
SAME_MONTH = sums.factors_of(month=EPOCH, epoch=EPOCH, half_life=12)
MOST_POINTS = 3e-4  # the sums may differ by so much from the float formula
STATES = st.sampled_from([KNOWN, KNOWN, KNOWN, DOES_NOT_KNOW, NOT_APPLICABLE, NOT_ASKED])


def said(number: int = 1, day: date = TODAY, **parts: Any) -> Evidence:
    """Return an answer; `importance`, `level` (hours), `fixed` and `perceived` may be given, all else is not asked."""
    importance, level, fixed, perceived = (
        parts.pop(name, None) for name in ("importance", "level", "fixed", "perceived")
    )
    known_perception = fixed is not None or perceived is not None
    values = {
        "customer": 1, "requirement": 1, "product": 1, "contact": 1, "answer": number, "day": day, "stratum": 1,
        "country": "DE",
        "importance_state": NOT_ASKED if importance is None else KNOWN,
        "importance_num": importance, "importance_den": None if importance is None else 1,
        "level_state": NOT_ASKED if level is None else KNOWN,
        "required_level": None if level is None else level * 1_000_000, "scale_version": VERSION,
        "perception_state": KNOWN if known_perception else NOT_ASKED,
        "is_fixed": fixed, "perceived_level": None if perceived is None else perceived * 1_000_000,
        "perceived_rating": None, "expected_rating": None, "satisfied_from": None,
    }  # fmt: skip
    return Evidence(**{**values, **parts})


def ledger(*rows: Evidence, weight: int = 100, rules: Rules = HOURS) -> dict[tuple[int, int], LedgerRow]:
    return sums.unit_rows(rows, weight=weight, rules=rules)


def only(*rows: Evidence, weight: int = 100, rules: Rules = HOURS) -> LedgerRow:
    (row,) = ledger(*rows, weight=weight, rules=rules).values()
    return row


def added(vectors: Sequence[Sequence[int]]) -> dict[str, int]:
    return dict(zip(sums.VECTOR, (sum(column) for column in zip(*vectors, strict=True)), strict=True))


# ---- Time


def test_months_are_numbered_through_and_the_epoch_is_january() -> None:
    assert sums.month_number(date(2026, 3, 16)) == 2026 * 12 + 2
    assert sums.epoch_of(date(2026, 12, 31)) == 2026 * 12


def test_freshness_is_fixed_point_and_half_after_a_half_life() -> None:
    assert SAME_MONTH == (1 << 20, 1 << 20)
    assert sums.factors_of(month=EPOCH - 12, epoch=EPOCH, half_life=12) == (1 << 19, 1 << 19)
    assert sums.factors_of(month=EPOCH + 12, epoch=EPOCH, half_life=12, h=0.5) == (1 << 20, 1 << 19)


def test_n_eff_fades_from_the_epoch_to_the_date() -> None:
    assert sums.fade(as_of=date(2026, 1, 31), epoch=EPOCH, half_life=12) == 1.0
    assert sums.fade(as_of=date(2026, 7, 1), epoch=EPOCH, half_life=6) == 0.5


@pytest.mark.parametrize(("half_life", "h"), [(0, 1.0), (12, -0.5)])
def test_an_impossible_half_life_or_factor_is_refused(half_life: int, h: float) -> None:
    with pytest.raises(ScoringError, match="half-life of 1 month or more"):
        sums.factors_of(month=EPOCH, epoch=EPOCH, half_life=half_life, h=h)


# ---- Which answer counts


def test_each_part_comes_from_the_newest_answer_in_which_it_was_asked() -> None:
    row = only(
        said(1, date(2025, 1, 10), importance=9, level=24, fixed=False, stratum=1),
        said(2, date(2025, 5, 10), level=8, stratum=2),
        said(3, date(2025, 9, 10), importance=5, stratum=3),
    )

    assert (row.level, row.felt, row.a, row.b) == (8, sums.FELT_NO, 50_000, 10_000)
    assert (row.day, row.stratum) == (date(2025, 9, 10), 3)


def test_does_not_know_makes_an_older_answer_unknown_and_not_asked_leaves_it() -> None:
    older = said(1, date(2025, 1, 10), importance=9, level=24, fixed=True)

    unknown = only(older, said(2, date(2025, 5, 10), level_state=DOES_NOT_KNOW))
    standing = only(older, said(2, date(2025, 5, 10), importance=8))

    assert (unknown.level, sums.state_of(unknown, 1)) == (None, DOES_NOT_KNOW)
    assert (standing.level, sums.state_of(standing, 1)) == (24, KNOWN)


def test_age_and_stratum_are_those_of_the_newest_known_part() -> None:
    row = only(
        said(1, date(2025, 1, 10), importance=9, level=24, stratum=1, country="FR"),
        said(2, date(2025, 5, 10), perception_state=DOES_NOT_KNOW, stratum=2),
    )

    assert (row.day, row.stratum, row.country) == (date(2025, 1, 10), 1, "FR")


def test_an_answer_with_nothing_known_is_heard_on_its_own_day() -> None:
    row = only(said(1, date(2025, 1, 10), level_state=NOT_APPLICABLE, stratum=4), said(2, date(2025, 2, 1), stratum=5))

    assert (row.day, row.stratum, row.b) == (date(2025, 2, 1), 5, 0)
    assert sums.is_not_applicable(row)


def test_of_two_answers_on_one_day_the_later_entry_counts() -> None:
    assert only(said(2, importance=1, level=2), said(1, importance=9, level=3)).level == 2


def test_a_requirement_applies_where_anything_is_known_of_it() -> None:
    assert not sums.is_not_applicable(only(said(importance=5, level_state=NOT_APPLICABLE)))
    assert not sums.is_not_applicable(only(said(level_state=DOES_NOT_KNOW)))


# ---- Levels and felt


def test_levels_become_signed_steps_so_that_smaller_is_better() -> None:
    higher = Rules(half_life=12, direction=Direction.HIGHER, resolution=500_000, factors={VERSION: Fraction(1)})

    assert only(said(importance=5, level=4), rules=higher).level == -8
    assert HOURS.steps(2_500_000, VERSION) == 2
    assert HOURS.steps(3_500_000, VERSION) == 4


def test_a_level_of_an_older_scale_counts_by_its_exact_factor_and_without_one_not_at_all() -> None:
    minutes = Rules(half_life=12, direction=Direction.LOWER, resolution=1_000_000, factors={VERSION: Fraction(1, 60)})
    changed = Rules(half_life=12, direction=Direction.LOWER, resolution=1_000_000, factors={8: Fraction(1)})

    assert only(said(importance=5, level=240), rules=minutes).level == 4
    assert only(said(importance=5, level=4), rules=changed).level is None


def test_a_requirement_without_a_scale_is_scored_on_felt_alone() -> None:
    row = only(said(importance=5, level=4, fixed=True), rules=Rules(half_life=12))

    assert (row.level, row.felt, row.b) == (None, sums.FELT_YES, 10_000)


@pytest.mark.parametrize(
    ("parts", "verdict", "rule"),
    [
        ({"fixed": False, "perceived": 3}, sums.FELT_NO, FeltRule.DIRECT),
        ({"perceived": 4}, sums.FELT_YES, FeltRule.LEVEL),
        ({"perceived": 5}, sums.FELT_NO, FeltRule.LEVEL),
        ({"perceived_rating": 6, "expected_rating": 7}, sums.FELT_NO, FeltRule.EXPECTED),
        ({"perceived_rating": 7, "satisfied_from": 7}, sums.FELT_YES, FeltRule.SATISFIED_POINT),
        ({"perceived_rating": 7}, sums.FELT_UNKNOWN, FeltRule.UNKNOWN),
        ({"perception_state": DOES_NOT_KNOW}, sums.FELT_UNKNOWN, FeltRule.UNKNOWN),
    ],
)
def test_the_rule_that_decided_felt_is_kept(parts: dict[str, Any], verdict: int, rule: FeltRule) -> None:
    row = only(said(**{"importance": 5, "level": 4, "perception_state": KNOWN, **parts}))

    assert (row.felt, sums.FELT_RULES[row.felt_rule]) == (verdict, rule)


def test_felt_respects_the_direction_of_the_scale() -> None:
    higher = Rules(half_life=12, direction=Direction.HIGHER, resolution=1_000_000, factors={VERSION: Fraction(1)})

    assert only(said(importance=5, level=4, perceived=5), rules=higher).felt == sums.FELT_YES
    assert only(said(importance=5, level=4, perceived=3), rules=higher).felt == sums.FELT_NO


# ---- Weights


def test_contacts_share_their_customers_weight_within_a_product() -> None:
    rows = ledger(
        said(1, contact=1, importance=10, level=4),
        said(2, contact=2, importance=5, fixed=True),
        said(3, contact=3, importance=10),
        said(4, contact=1, product=2, importance=8, level=2),
    )

    assert [(row.a, row.b) for row in rows.values()] == [(50_000, 5_000), (25_000, 5_000), (0, 0), (80_000, 10_000)]
    assert [row.a_product for row in rows.values()] == [75_000, 75_000, 0, 80_000]
    assert [row.a_requirement for row in rows.values()] == [155_000, 155_000, 0, 155_000]


def test_importance_zero_is_heard_and_weighs_nothing() -> None:
    row = only(said(importance=0, level=4, fixed=True))

    assert (row.level, row.felt, row.a, row.b, row.weight) == (4, sums.FELT_YES, 0, 0, 100)


def test_a_customer_without_weight_weighs_nothing() -> None:
    assert only(said(importance=9, level=4), weight=0)[10:] == (0, 0, 0, 0, 0)


def test_a_positive_weight_never_rounds_to_nothing() -> None:
    tiny = only(said(importance=1, level=4, importance_den=1_000), weight=1)

    assert (tiny.a, tiny.b) == (1, 100)
    assert sums.share_out(1, 1_000) == 1
    assert sums.share_out(0, 1_000) == 0
    assert sums.share_out(5, 2) == 2


# ---- What a row adds


ROW = only(said(importance=10, level=4, fixed=True))


@pytest.mark.parametrize(
    ("level", "end", "if_open", "met"),
    [
        (None, 4, False, sums.FELT_UNKNOWN),
        (4, 4, False, 1),
        (4, 5, False, 0),
        (4, None, False, 0),
        (4, None, True, 1),
    ],
)
def test_a_level_is_met_up_to_the_required_one(level: int | None, end: int | None, if_open: bool, met: int) -> None:
    assert sums.met_at(level, end, if_open=if_open) == met


@pytest.mark.parametrize(
    ("ends", "felt", "box", "best", "worst"),
    [
        (LevelEnds(4, 3, 5), True, "yy", 2, 1),
        (LevelEnds(4, 4, 4), False, "yn", 1, 1),
        (LevelEnds(4, 4, None), None, "yu", 2, 0),
        (LevelEnds(5, None, 6), True, "ny", 2, 1),
        (LevelEnds(5, 4, 6), False, "nn", 1, 0),
        (LevelEnds(5, 5, 5), None, "nu", 0, 0),
        (None, True, "uy", 2, 2),
        (None, False, "un", 0, 0),
    ],
)
def test_a_row_puts_its_weight_into_one_box_and_its_satisfaction_at_both_ends(
    ends: LevelEnds | None, felt: bool | None, box: str, best: int, worst: int
) -> None:
    row = only(said(importance=10, level=4, fixed=felt))

    vector = added([sums.contribution(row, ends, SAME_MONTH)])

    mass = 100_000 << 20
    assert {name: vector[name] for name in sums.BOXES if vector[name]} == {box: mass}
    assert (vector["heard"], vector["n"], vector["s0"]) == (1, 1, 10_000 << 20)
    assert (vector["c_best"], vector["c_worst"]) == (best * mass, worst * mass)
    assert vector["s2_requirement"] == vector["s2_product"] == 100_000 * 100_000


def test_a_row_with_neither_half_known_is_shown_apart_and_in_no_sum() -> None:
    vector = added([sums.contribution(only(said(importance=10, level=4)), None, SAME_MONTH)])

    assert {name: value for name, value in vector.items() if value} == {
        "heard": 1, "perception_not_asked": 1, "uu": 100_000 << 20,
    }  # fmt: skip


def test_the_three_nothings_of_each_part_are_counted_apart() -> None:
    row = only(
        said(importance_state=DOES_NOT_KNOW, level_state=NOT_APPLICABLE, perception_state=NOT_ASKED)
    )  # fmt: skip

    vector = added([sums.contribution(row, LevelEnds(4, 4, 4), SAME_MONTH)])

    assert {name for name, value in vector.items() if value} == {
        "heard", "importance_unknown", "level_not_applicable", "perception_not_asked",
    }  # fmt: skip


def test_the_denominator_of_n_eff_never_vanishes_while_the_row_weighs() -> None:
    faded = sums.factors_of(month=EPOCH - 20, epoch=EPOCH, half_life=1)
    gone = sums.factors_of(month=EPOCH - 40, epoch=EPOCH, half_life=1)

    old = added([sums.contribution(ROW, LevelEnds(4, 4, 4), faded)])
    oldest = added([sums.contribution(ROW, LevelEnds(4, 4, 4), gone)])

    assert (old["yy"], old["s2_requirement"]) == (100_000, 100_000)
    assert (oldest["yy"], oldest["s2_requirement"]) == (0, 0)
    assert sums.read(old, fade_=1.0) is not None
    assert sums.read(oldest, fade_=1.0) is None


def test_a_sum_that_does_not_fit_64_bits_is_an_error_and_not_a_wrap() -> None:
    sums.check_range((sums.LARGEST, -sums.LARGEST))

    with pytest.raises(ScoringError, match="64 bits"):
        sums.check_range((0, sums.LARGEST + 1))
    with pytest.raises(ScoringError, match="64 bits"):
        sums.check_range((-sums.LARGEST - 1, 0))


def test_two_million_answers_of_the_largest_weight_fit() -> None:
    largest = only(said(importance=10, level=4, fixed=True), weight=1000)

    vector = sums.contribution(largest, LevelEnds(4, 4, 4), SAME_MONTH)

    assert largest.a == 10**6
    sums.check_range([2_000_000 * value for value in vector])


# ---- Reading


FIVE = [("A", 1, 10, 2, 6), ("B", 2, 8, 4, 4), ("C", 1, 6, 4, 8), ("D", 3, 8, 8, 6), ("E", 1, 4, 24, 30)]


def hand_example(ends: LevelEnds) -> dict[str, int]:
    """Return the sums of gap-01: customer, weight, importance, required and perceived hours."""
    vectors = [
        sums.contribution(only(said(importance=u, level=t, perceived=p), weight=w), ends, SAME_MONTH)
        for _, w, u, t, p in FIVE
    ]
    return added(vectors)


def test_the_hand_example_is_read_from_its_sums() -> None:
    found = sums.read(hand_example(LevelEnds(5, 5, 5)), fade_=1.0)

    assert found is not None
    assert found.gap == pytest.approx(43.333333, abs=1e-5)
    assert (found.lo, found.hi) == pytest.approx((11.119570, 82.376361), abs=1e-5)
    assert (found.n_eff, found.importance) == pytest.approx((3600 / 984, 7.5))
    assert (found.share_met, found.share_felt) == pytest.approx((28 / 60, 40 / 60))
    assert found.four == pytest.approx({"both": 0.4, "met_only": 4 / 60, "felt_only": 16 / 60, "neither": 16 / 60})
    assert found.four_share == 1
    assert found.boxes == pytest.approx(
        {"yy": 0.4, "yn": 4 / 60, "yu": 0, "ny": 16 / 60, "nn": 16 / 60, "nu": 0, "uy": 0, "un": 0}
    )


def test_an_uncertain_level_widens_the_interval_to_both_ends() -> None:
    certain = sums.read(hand_example(LevelEnds(5, 5, 5)), fade_=1.0)
    unsure = sums.read(hand_example(LevelEnds(5, 4, 9)), fade_=1.0)

    assert certain is not None
    assert unsure is not None
    assert unsure.gap == certain.gap
    assert unsure.lo < certain.lo
    assert unsure.hi > certain.hi


def test_n_eff_fades_and_the_gap_stays() -> None:
    whole = hand_example(LevelEnds(5, 5, 5))
    now, later = sums.read(whole, fade_=1.0), sums.read(whole, fade_=0.5)

    assert now is not None
    assert later is not None
    assert (later.gap, later.n_eff) == (now.gap, now.n_eff / 2)


def test_a_scope_of_one_product_has_its_own_n_eff() -> None:
    rows = ledger(said(1, importance=10, level=4, fixed=True), said(2, product=2, importance=10, level=4, fixed=True))
    one = added([sums.contribution(rows[1, 1], LevelEnds(4, 4, 4), SAME_MONTH)])

    product = sums.read(one, fade_=1.0, n_eff_sum="s2_product")
    requirement = sums.read(one, fade_=1.0)

    assert product is not None
    assert requirement is not None
    assert (product.n_eff, requirement.n_eff) == (1.0, 0.5)


def test_nothing_that_weighs_is_no_data() -> None:
    assert sums.read(dict.fromkeys(sums.VECTOR, 0), fade_=1.0) is None


def test_a_half_that_is_known_for_nobody_has_no_share() -> None:
    felt_only = sums.read(added([sums.contribution(ROW, None, SAME_MONTH)]), fade_=1.0)

    assert felt_only is not None
    assert (felt_only.share_met, felt_only.share_felt, felt_only.four, felt_only.four_share) == (None, 1.0, None, 0.0)


# ---- Properties


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """Draw an answer of one of 4 customers with up to 2 contacts and 2 products, within three years."""
    month = draw(st.integers(0, 36))
    year, at = divmod(sums.month_number(TODAY) - month, 12)
    perceived, rating, fixed = draw(
        st.sampled_from([(3, None, None), (9, None, None), (None, 7, None), (None, 3, None), (None, None, True)])
    )
    states = draw(st.tuples(STATES, STATES, STATES))
    known = [state == KNOWN for state in states]
    return Evidence(
        customer=draw(st.integers(1, 4)),
        requirement=1,
        product=draw(st.integers(1, 2)),
        contact=draw(st.integers(1, 2)),
        answer=draw(st.integers(1, 10**6)),
        day=date(year, at + 1, draw(st.integers(1, 16))),
        stratum=1,
        country="",
        importance_state=states[0],
        importance_num=draw(st.integers(0, 10)) if known[0] else None,
        importance_den=1 if known[0] else None,
        level_state=states[1],
        required_level=draw(st.integers(1, 9)) * 1_000_000 if known[1] else None,
        scale_version=VERSION,
        perception_state=states[2],
        is_fixed=fixed if known[2] else None,
        perceived_level=perceived and perceived * 1_000_000 if known[2] else None,
        perceived_rating=rating if known[2] else None,
        expected_rating=None,
        satisfied_from=5 if known[2] else None,
    )


answers = st.lists(evidence(), min_size=1, max_size=14, unique_by=lambda row: row.answer)
weights = st.lists(st.sampled_from([0, 50, 100, 250, 1000]), min_size=4, max_size=4)
measured = st.one_of(
    st.none(),
    st.builds(lambda m, lo, hi: LevelEnds(m, m - lo, m + hi), st.integers(1, 9), st.integers(0, 3), st.integers(0, 3)),
)


def units_of(rows: Sequence[Evidence], bands: Sequence[int]) -> list[LedgerRow]:
    return [
        row
        for customer, weight in enumerate(bands, start=1)
        for row in ledger(*(each for each in rows if each.customer == customer), weight=weight).values()
    ]


def vectors_of(rows: Sequence[LedgerRow], level: LevelEnds | None) -> list[tuple[int, ...]]:
    return [
        sums.contribution(row, level, sums.factors_of(month=sums.month_number(row.day), epoch=EPOCH, half_life=12))
        for row in rows
    ]


def by_the_formula(rows: Sequence[Evidence], bands: Sequence[int], level: LevelEnds | None) -> GapResult | None:
    """Score the same ledger in floats, from exact weights."""
    importance = {
        (customer, row.product, row.contact): row
        for customer in range(1, 5)
        for row in ledger(*(each for each in rows if each.customer == customer), weight=bands[customer - 1]).values()
    }
    newest: dict[tuple[int, int, int], Evidence] = {}
    for row in sorted(rows, key=lambda row: (row.day, row.answer)):
        if row.importance_state != NOT_ASKED:
            newest[row.customer, row.product, row.contact] = row
    interval = level and MeasuredLevel(level.m, level.best, level.worst)
    return gap_score(
        [
            AnswerRow(
                customer=key[0],
                contact=key,
                product=row.product,
                weight=bands[key[0] - 1],
                importance=newest[key].importance_num if key in newest else None,
                required=row.level,
                felt=None if row.felt == sums.FELT_UNKNOWN else bool(row.felt),
                level=interval,
                age=sums.month_number(TODAY) - sums.month_number(row.day),
            )
            for key, row in importance.items()
        ],
        direction=Direction.LOWER,
        half_life=12,
    )


@given(answers, weights, measured)
def test_sums_agree_with_the_float_formula(rows: list[Evidence], bands: list[int], level: LevelEnds | None) -> None:
    kept = units_of(rows, bands)
    total = added(vectors_of(kept, level))

    found = sums.read(total, fade_=sums.fade(as_of=TODAY, epoch=EPOCH, half_life=12))
    formula = by_the_formula(rows, bands, level)

    assert (found is None) == (formula is None)
    if found is None or formula is None:
        return
    assert found.gap == pytest.approx(formula.gap, abs=MOST_POINTS)
    # A x freshness is rounded to a whole number, here of 2,500 / 2^3 = 312 at least: half a unit is 0.16 per cent.
    assert found.n_eff == pytest.approx(formula.n_eff, rel=2e-3)
    assert (found.lo, found.hi) == pytest.approx((formula.lo, formula.hi), abs=0.05)
    assert found.importance == pytest.approx(formula.mean_importance, rel=1e-5)
    assert found.share_met == pytest.approx(formula.share_met, abs=1e-5)
    assert found.share_felt == pytest.approx(formula.share_felt, abs=1e-5)
    assert (total["heard"], total["n"]) == (formula.n, formula.scored)


@given(answers, weights, measured, st.randoms(use_true_random=False))
def test_the_order_of_answers_never_changes_a_bit(
    rows: list[Evidence], bands: list[int], level: LevelEnds | None, random: Random
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = units_of(rows, bands), units_of(shuffled, bands)

    assert sorted(one, key=repr) == sorted(other, key=repr)
    assert added(vectors_of(one, level)) == added(vectors_of(other, level))


@given(answers, weights, measured, st.randoms(use_true_random=False))
def test_folding_answer_by_answer_in_any_order_equals_working_it_out_anew(
    rows: list[Evidence], bands: list[int], level: LevelEnds | None, random: Random
) -> None:
    total = [0] * sums.WIDTH
    heard: dict[int, list[Evidence]] = {customer: [] for customer in range(1, 5)}
    steps = [(row, sign) for row in rows for sign in (1, -1, 1)]
    random.shuffle(steps)
    for row, _ in steps:
        unit = heard[row.customer]
        before = vectors_of(list(ledger(*unit, weight=bands[row.customer - 1]).values()), level)
        unit.remove(row) if row in unit else unit.append(row)
        after = vectors_of(list(ledger(*unit, weight=bands[row.customer - 1]).values()), level)
        total = [t + sum(a) - sum(b) for t, a, b in zip(total, columns(after), columns(before), strict=True)]

    left = [row for unit in heard.values() for row in unit]
    assert sorted(left) == sorted(rows)
    assert total == [sum(column) for column in columns(vectors_of(units_of(rows, bands), level))]


def columns(vectors: Sequence[Sequence[int]]) -> list[list[int]]:
    return [[vector[at] for vector in vectors] for at in range(sums.WIDTH)]


@given(answers, weights, measured)
def test_every_score_lies_in_its_interval_and_its_boxes_add_up(
    rows: list[Evidence], bands: list[int], level: LevelEnds | None
) -> None:
    total = added(vectors_of(units_of(rows, bands), level))
    found = sums.read(total, fade_=1.0)
    assume(found is not None)
    assert found is not None

    assert 0 <= found.lo <= found.gap <= found.hi <= 100
    assert math.fsum(found.boxes.values()) == pytest.approx(1)
    assert found.four is None or math.fsum(found.four.values()) == pytest.approx(1)
