"""Rules of control charts: which point completes what. Published vectors: test_oracles.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.rules import ASKED, IN_CONTROL_ARL, Rules, Signal, Zones, signals_in, simulated_arl


def completing(values: list[float], signal: Signal, rules: Rules = Rules.NELSON) -> list[int]:
    """Return the places (from 0) that complete a pattern around 0 with sigma 1."""
    ones = np.ones(len(values))
    zones = Zones(np.array(values, dtype=float), 0 * ones, ones, -3 * ones, 3 * ones)
    return [at for at, found in enumerate(signals_in(zones, rules)) if signal in found]


@pytest.mark.parametrize(
    ("signal", "values", "expected"),
    [
        (Signal.RUN_OF_NINE, [0.5] * 9 + [0, 0.5], [8]),
        (Signal.TWO_OF_THREE, [2.1, 0, 2.1, 0], [2]),
        (Signal.TWO_OF_THREE, [2.1, 0, -2.1, 2], []),
        (Signal.FOUR_OF_FIVE, [-1.1, -1.1, 0, -1.1, -1.1], [4]),
        (Signal.TREND_OF_SIX, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6], [5, 6]),
        (Signal.TREND_OF_SIX, [0.5, 0.4, 0.3, 0.2, 0.1, 0.0], [5]),
        (Signal.FOURTEEN_ALTERNATE, [0.1, -0.1] * 7, [13]),
        (Signal.FOURTEEN_ALTERNATE, [0.1, -0.1] * 6 + [-0.1, 0.1], []),
        (Signal.FIFTEEN_INSIDE, [0.1, -0.2, 1.0] * 5, [14]),
        (Signal.EIGHT_OUTSIDE, [1.1, -1.1] * 4, [7]),
        (Signal.EIGHT_OUTSIDE, [1.1] * 8, []),
    ],
)
def test_a_pattern_is_reported_where_it_is_complete(signal: Signal, values: list[float], expected: list[int]) -> None:
    assert completing(values, signal) == expected


@pytest.mark.parametrize("values", [[], [0.5], [0.5, 4.0]])
def test_short_series_complete_no_pattern(values: list[float]) -> None:
    patterns = set(Signal) - {Signal.BEYOND_LIMIT}
    assert [at for signal in patterns for rules in Rules for at in completing(values, signal, rules)] == []


def test_only_the_rules_that_were_asked_for_are_used() -> None:
    assert completing([0.5] * 8, Signal.RUN_OF_EIGHT, Rules.ONE) == []
    assert completing([0.5] * 8, Signal.RUN_OF_EIGHT, Rules.DEFAULT) == [7]
    assert completing([2.1, 2.1], Signal.TWO_OF_THREE, Rules.DEFAULT) == []


@pytest.mark.parametrize("rules", [Rules.DEFAULT, Rules.WESTERN_ELECTRIC, Rules.NELSON])
def test_the_stated_cost_of_rules_is_what_a_simulation_gives(rules: Rules) -> None:
    runs = 150
    stated = IN_CONTROL_ARL[rules]
    assert abs(simulated_arl(rules, runs=runs, seed=7) - stated) < 3 * stated / runs**0.5


@given(st.lists(st.floats(-5, 5), max_size=40))
def test_a_pattern_turned_upside_down_signals_at_the_same_places(values: list[float]) -> None:
    mirrored = [-value for value in values]
    for signal in ASKED[Rules.NELSON]:
        assert completing(mirrored, signal) == completing(values, signal)
