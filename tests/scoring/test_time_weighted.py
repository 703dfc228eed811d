"""EWMA and CUSUM charts. Published figures: test_oracles.py."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from scoring import time_weighted
from scoring.charts import Chart
from scoring.errors import ScoringError
from scoring.rules import Signal

STEADY = [10.0, 12.0] * 6


def chart(found: Chart | None) -> Chart:
    assert found is not None
    return found


def test_the_limits_of_a_weighted_mean_widen_to_their_end() -> None:
    points = chart(time_weighted.ewma_chart([STEADY])).phases[0].points
    sigma = 2 / (2 / math.sqrt(math.pi))

    assert points[0].ucl - 11 == pytest.approx(3 * sigma * 0.2)
    assert points[-1].ucl - 11 == pytest.approx(3 * sigma * math.sqrt(0.2 / 1.8 * (1 - 0.8**24)))


def test_larger_subgroups_have_a_narrower_weighted_mean() -> None:
    single = time_weighted.ewma([1.0, 2.0], start=0, sigma=1)
    groups = time_weighted.ewma([1.0, 2.0], start=0, sigma=1, sizes=[4, 4])

    assert [at.sigma for at in groups] == pytest.approx([at.sigma / 2 for at in single])


@pytest.mark.parametrize("draw", [time_weighted.ewma_chart, time_weighted.cusum_chart])
def test_a_small_lasting_shift_is_found(draw: Callable[[Any], Chart | None]) -> None:
    shifted = chart(draw([[*STEADY * 2, *[value + 5 for value in STEADY * 2]]]))

    assert {signal for _, signal in shifted.signals} == {Signal.BEYOND_LIMIT}
    assert chart(draw([STEADY])).signals == ()


def test_the_lower_sum_of_a_cusum_is_plotted_downwards() -> None:
    phase = chart(time_weighted.cusum_chart([[*STEADY, 2.0, 2.0, 2.0]])).phases[0]

    assert phase.centre == 0
    assert all(point.value <= 0 for point in phase.mirror)
    assert phase.mirror[-1].signals == (Signal.BEYOND_LIMIT,)
    assert phase.mirror[-1].lcl == -5 * (phase.sigma or 0)


@pytest.mark.parametrize("draw", [time_weighted.ewma_chart, time_weighted.cusum_chart])
def test_a_gap_keeps_its_place_and_no_variation_gives_no_signal(draw: Callable[[Any], Chart | None]) -> None:
    assert draw([[1.0, None, 2.0]]) is None
    still = chart(draw([[5.0, 5.0, None, 5.0]]))

    assert [point.index for point in still.phases[0].points] == [0, 1, 3]
    assert still.phases[0].no_variation
    assert still.signals == ()


@pytest.mark.parametrize(
    ("values", "given"),
    [
        ([math.nan], {"start": 0, "sigma": 1}),
        ([1.0], {"start": 0, "sigma": -1}),
        ([1.0], {"start": 0, "sigma": 1, "weight": 0}),
        ([1.0], {"start": 0, "sigma": 1, "sizes": [0]}),
    ],
)
def test_an_impossible_weighted_mean_is_refused(values: list[float], given: dict[str, Any]) -> None:
    with pytest.raises(ScoringError):
        time_weighted.ewma(values, **given)


@pytest.mark.parametrize(("values", "slack"), [([1.0], -1), ([math.inf], 0)])
def test_an_impossible_sum_is_refused(values: list[float], slack: float) -> None:
    with pytest.raises(ScoringError):
        time_weighted.cusum(values, target=0, slack=slack)
