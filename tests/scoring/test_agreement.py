"""Agreement of two coders: what oracles do not say, and what must hold whatever was found."""

import math
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.agreement import CodeAgreement, code_agreement, cohen_kappa, lowest_alpha, nominal_alpha
from scoring.errors import ScoringError

PAIRS = st.fixed_dictionaries(
    {(first, second): st.integers(0, 40) for first in (True, False) for second in (True, False)}
)


def units_of(pairs: dict[tuple[bool, bool], int]) -> list[tuple[bool, bool]]:
    return list(chain.from_iterable([pair] * count for pair, count in pairs.items()))


def test_one_category_throughout_is_undefined_and_not_perfect() -> None:
    everybody = code_agreement({(False, False): 30}, seed=1)

    assert cohen_kappa([[30, 0], [0, 0]]) == (None, 1.0, 1.0)
    assert nominal_alpha([(1, 1)] * 30) is None
    assert everybody == CodeAgreement(30, 0, 0, 0, None, None, None, None, None, None)
    assert lowest_alpha([everybody]) is None
    assert not everybody.never_differed
    assert not everybody.is_low
    assert code_agreement({(True, False): 5, (False, False): 5}, seed=1).is_low
    assert code_agreement({(True, True): 1, (False, False): 9}, seed=1).never_differed


def test_a_unit_that_one_coder_read_alone_is_not_compared() -> None:
    assert nominal_alpha([(1,), (2,), ()]) is None
    assert nominal_alpha([(1, 1), (2, 2), (1,), ()]) == nominal_alpha([(1, 1), (2, 2)]) == 1


def test_the_figures_of_one_code_by_hand() -> None:
    """20 both, 5 first only, 10 second only, 15 neither: po .7, pe .5; alpha 1 - 99 x 30 / (2 x 55 x 45)."""
    found = code_agreement({(True, True): 20, (True, False): 5, (False, True): 10, (False, False): 15}, seed=7)

    assert found[:4] == (50, 25, 30, 20)
    assert found.kappa == pytest.approx(0.4, abs=1e-12)
    assert found.alpha == pytest.approx(1 - 99 * 30 / (2 * 55 * 45), abs=1e-12)
    # The delta method gives .40 -+ 1.96 x .128 (Fleiss, Cohen, Everitt 1969).
    assert found.kappa_lo == pytest.approx(0.15, abs=0.04)
    assert found.kappa_hi == pytest.approx(0.65, abs=0.04)


def test_the_interval_is_the_same_for_a_seed_and_narrows_with_more_units() -> None:
    few = {(True, True): 6, (True, False): 2, (False, True): 2, (False, False): 10}
    many = {pair: 20 * count for pair, count in few.items()}
    one, again, other, wide = (
        code_agreement(few, seed=3),
        code_agreement(few, seed=3),
        code_agreement(many, seed=3),
        code_agreement(few, seed=3, resamples=5),
    )

    assert one == again
    assert None not in {*one, *other, *wide}
    assert other.alpha_hi - other.alpha_lo < (one.alpha_hi - one.alpha_lo) / 3  # type: ignore[operator]


def test_where_no_sample_can_be_told_the_interval_stays_open() -> None:
    """One unit of each kind, drawn once: a seed at which both draws are the same unit leaves nothing to compare."""
    ends = {code_agreement({(True, True): 1, (False, False): 1}, seed=seed, resamples=1)[5:7] for seed in range(20)}

    assert ends == {(None, None), (1.0, 1.0)}


@given(PAIRS)
def test_alpha_of_a_code_is_krippendorffs_and_kappa_is_cohens(pairs: dict[tuple[bool, bool], int]) -> None:
    found = code_agreement(pairs, seed=0, resamples=10)
    expected = nominal_alpha(units_of(pairs))

    assert (found.alpha is None) == (expected is None)
    assert expected is None or math.isclose(found.alpha or 0, expected, abs_tol=1e-9)
    if found.units:
        table = [[pairs[first, second] for second in (True, False)] for first in (True, False)]
        kappa = cohen_kappa(table).kappa
        assert (found.kappa is None) == (kappa is None)
        assert kappa is None or math.isclose(found.kappa or 0, kappa, abs_tol=1e-9)


@given(PAIRS)
def test_who_reads_first_changes_nothing_about_alpha(pairs: dict[tuple[bool, bool], int]) -> None:
    other = {(second, first): count for (first, second), count in pairs.items()}
    one, turned = nominal_alpha(units_of(pairs)), nominal_alpha(units_of(other))

    assert one == turned
    assert one is None or one <= 1


def test_the_smallest_alpha_stands_for_several_codes() -> None:
    good = code_agreement({(True, True): 9, (False, False): 9, (True, False): 1}, seed=0)
    bad = code_agreement({(True, True): 2, (False, False): 9, (True, False): 8}, seed=0)
    never = code_agreement({(False, False): 19}, seed=0)

    assert lowest_alpha([good, bad, never]) == bad.alpha


@pytest.mark.parametrize("table", [[], [[1, 2]], [[0, 0], [0, 0]], [[1, -1], [0, 2]], [[1, 2], [3]]])
def test_a_table_that_no_two_coders_make_is_refused(table: list[list[int]]) -> None:
    with pytest.raises(ScoringError, match="square table"):
        cohen_kappa(table)


def test_impossible_counts_and_draws_are_refused() -> None:
    with pytest.raises(ScoringError, match="counts >= 0"):
        code_agreement({(True, True): -1}, seed=0)
    with pytest.raises(ScoringError, match="one resample"):
        code_agreement({(True, True): 1}, seed=0, resamples=0)
    assert code_agreement({}, seed=0).units == 0
