"""Control charts: limits, gaps, phases, signals. Published limits: test_oracles.py."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import charts, counted, shewhart, time_weighted
from scoring.charts import Assurance, Chart, ChartKind, Subgroup
from scoring.errors import ScoringError
from scoring.felt import Direction
from scoring.rules import Rules, Signal

STEADY = [10.0, 12.0] * 6


def chart(found: Chart | None) -> Chart:
    assert found is not None
    return found


def test_limits_of_individual_values_follow_the_mean_moving_range() -> None:
    phase = chart(shewhart.xmr_chart([STEADY])).phases[0]

    assert phase.centre == 11
    assert phase.sigma == pytest.approx(2 / 1.128379, abs=1e-6)
    assert phase.points[0].ucl == pytest.approx(11 + 2.66 * 2, abs=0.005)
    assert phase.points[0].lcl == pytest.approx(11 - 2.66 * 2, abs=0.005)
    assert phase.spread_limit == pytest.approx(3.267 * 2, abs=0.005)
    assert not phase.provisional


def test_a_missing_period_is_a_gap_and_no_range_is_taken_across_it() -> None:
    phase = chart(shewhart.xmr_chart([[10.0, 11.0, None, 30.0, 31.0]])).phases[0]

    assert [point.index for point in phase.points] == [0, 1, 3, 4]
    assert [(each.index, each.value) for each in phase.spreads] == [(1, 1.0), (4, 1.0)]


def test_a_range_beyond_its_limit_is_marked() -> None:
    phase = chart(shewhart.xmr_chart([[*STEADY, 30.0, *STEADY]])).phases[0]

    assert [each.index for each in phase.spreads if each.beyond_limit] == [12, 13]


@pytest.mark.parametrize("phases", [[], [[]], [[5.0]], [[5.0, None, 6.0]]])
def test_two_neighbours_are_needed(phases: list[list[float | None]]) -> None:
    assert shewhart.xmr_chart(phases) is None


def test_each_phase_has_its_own_limits_and_one_without_neighbours_is_left_out() -> None:
    found = chart(shewhart.xmr_chart([[10.0, 12.0], [50.0], [20.0, 22.0]]))

    assert [phase.centre for phase in found.phases] == [11.0, 21.0]
    assert [point.index for phase in found.phases for point in phase.points] == [0, 1, 3, 4]


COUNTS = [Subgroup(float(count), 50) for count in (4, 6, 5, 7, 4, 6)]
GROUPED = [[count, count + 2.0] for count in (4.0, 6.0, 5.0, 7.0, 4.0, 6.0)]
SINGLE = [4.0, 6.0, 5.0, 7.0, 4.0, 6.0]
HELD: list[tuple[Callable[[Any], Chart | None], list[Any], Any]] = [
    (shewhart.xmr_chart, SINGLE, 40.0),
    (shewhart.xbar_chart, GROUPED, [40.0]),
    *((draw, COUNTS, Subgroup(40.0, 50)) for draw in (counted.p_chart, counted.laney_p_chart, counted.np_chart)),
    *((draw, COUNTS, Subgroup(40.0, 50)) for draw in (counted.u_chart, counted.laney_u_chart)),
    (counted.c_chart, SINGLE, 40.0),
    (time_weighted.ewma_chart, SINGLE, 40.0),
    (time_weighted.cusum_chart, SINGLE, 40.0),
]


@pytest.mark.parametrize(("draw", "before", "newest"), HELD)
def test_the_newest_point_is_held_against_the_limits_before_it_and_does_not_move_them(
    draw: Callable[[Any], Chart | None], before: list[Any], newest: Any
) -> None:
    alone, found = chart(draw([before])), chart(draw([before, [newest]]))

    assert (len(found.phases), found.phases[0].held) == (1, 1)
    assert found.phases[0].basis == alone.phases[0].points
    assert found.phases[0].centre == alone.phases[0].centre
    assert found.signals == ((6, Signal.BEYOND_LIMIT),)


def test_fewer_than_twelve_points_are_provisional() -> None:
    assert chart(shewhart.xmr_chart([STEADY[:11]])).phases[0].provisional


def test_without_variation_no_signal_is_raised() -> None:
    found = chart(shewhart.xmr_chart([[7.0] * 9]))

    assert found.phases[0].no_variation
    assert found.signals == ()
    assert (found.phases[0].points[0].lcl, found.phases[0].points[0].ucl) == (7.0, 7.0)


def test_a_point_exactly_on_a_limit_is_not_beyond_it() -> None:
    found = chart(counted.c_chart([[9, 9, 9, 0, 18, 9]]))

    assert (found.phases[0].points[3].lcl, found.phases[0].points[4].ucl) == (0.0, 18.0)
    assert found.signals == ()


def test_a_point_strictly_beyond_a_limit_is_a_signal() -> None:
    assert chart(counted.c_chart([[9, 12] * 5 + [23]])).signals == ((10, Signal.BEYOND_LIMIT),)


def test_eight_in_a_row_on_one_side_signal_at_the_eighth_and_after() -> None:
    found = chart(shewhart.xmr_chart([[8.0] * 9 + [14.0] * 3 + [12.0] * 6]))

    assert [index for index, signal in found.signals if signal is Signal.RUN_OF_EIGHT] == [7, 8, 16, 17]


def test_a_value_on_the_centre_line_ends_a_run() -> None:
    found = chart(counted.c_chart([[1] * 7 + [2] + [1] + [3] * 8]))

    assert found.phases[0].centre == 2.0
    assert [index for index, _ in found.signals] == [16]


def test_limits_of_shares_follow_the_size_of_each_subgroup() -> None:
    points = chart(counted.p_chart([[Subgroup(10, 100), Subgroup(40, 400), None, Subgroup(0, 0)]])).phases[0].points

    assert [(point.index, point.value) for point in points] == [(0, 0.1), (1, 0.1)]
    assert (points[0].lcl, points[0].ucl) == pytest.approx((0.01, 0.19))
    assert (points[1].lcl, points[1].ucl) == pytest.approx((0.055, 0.145))


def test_limits_are_clipped_to_what_a_share_can_be() -> None:
    high = chart(counted.p_chart([[Subgroup(9, 10), Subgroup(9, 10)]])).phases[0].points[0]
    low = chart(counted.p_chart([[Subgroup(1, 10), Subgroup(1, 10)]])).phases[0].points[0]

    assert high.ucl == 1
    assert low.lcl == 0


def test_shares_of_nothing_or_all_have_no_variation() -> None:
    assert chart(counted.p_chart([[Subgroup(0, 10), Subgroup(0, 12)]])).phases[0].no_variation


@pytest.mark.parametrize("draw", [counted.p_chart, counted.np_chart, counted.u_chart])
@pytest.mark.parametrize("phases", [[], [[Subgroup(1, 5)]], [[None, Subgroup(0, 0)]]])
def test_two_subgroups_are_needed(draw: Callable[[Any], Chart | None], phases: list[list[Subgroup | None]]) -> None:
    assert draw(phases) is None


def test_counts_in_subgroups_of_one_size() -> None:
    found = chart(counted.np_chart([[Subgroup(5, 50), Subgroup(15, 50)]]))

    assert found.kind is ChartKind.NP
    assert found.phases[0].centre == 10
    assert found.phases[0].points[0].ucl == pytest.approx(10 + 3 * math.sqrt(8))


def test_counts_per_exposure() -> None:
    points = chart(counted.u_chart([[Subgroup(4, 2.0), Subgroup(4, 0.0), Subgroup(8, 4.0)]])).phases[0].points

    assert [(point.index, point.value) for point in points] == [(0, 2.0), (2, 2.0)]
    assert points[1].ucl == pytest.approx(2 + 3 * math.sqrt(2 / 4))


def test_small_subgroups_are_charted_as_shares() -> None:
    assert chart(counted.share_chart([[Subgroup(1, 10_000), Subgroup(2, 10_000)]])).kind is ChartKind.P


WILD = [Subgroup(count, 2_000) for count in (100, 180, 90, 200, 110, 170) * 3]
TAME = [Subgroup(count, 2_000) for count in (100, 108, 95, 104, 99, 111) * 3]


def test_large_subgroups_that_vary_more_than_chance_have_widened_limits() -> None:
    plain, widened = chart(counted.p_chart([WILD])), chart(counted.share_chart([WILD]))

    assert widened.kind is ChartKind.P_LANEY
    inflation = widened.phases[0].inflation
    assert inflation is not None
    first, its = plain.phases[0].points[0], widened.phases[0].points[0]
    assert its.ucl - 0.0708 == pytest.approx(inflation * (first.ucl - 0.0708), abs=1e-3)
    assert widened.signals == ()
    assert len(plain.signals) > 3


def test_one_bad_period_among_large_subgroups_widens_no_limits() -> None:
    flooded = chart(counted.share_chart([[*TAME, Subgroup(300, 2_000), *TAME]]))

    assert flooded.kind is ChartKind.P
    assert (18, Signal.BEYOND_LIMIT) in flooded.signals


def test_large_subgroups_that_vary_as_chance_lets_them_keep_their_limits() -> None:
    assert chart(counted.share_chart([TAME])).kind is ChartKind.P
    assert chart(counted.rate_chart([TAME])).kind is ChartKind.U


def test_small_subgroups_keep_their_limits_however_they_vary() -> None:
    small = [Subgroup(each.count / 10, each.size / 10) for each in WILD]

    assert chart(counted.share_chart([small])).kind is ChartKind.P
    assert chart(counted.rate_chart([small])).kind is ChartKind.U


def test_large_counts_per_exposure_are_widened_alike() -> None:
    assert chart(counted.rate_chart([WILD])).kind is ChartKind.U_LANEY


def test_no_limits_are_widened_across_a_gap_nor_narrowed_to_nothing() -> None:
    apart = [Subgroup(100, 2_000), None, Subgroup(200, 2_000)]

    assert counted.laney_p_chart([apart]) is None
    assert chart(counted.share_chart([apart])).kind is ChartKind.P
    assert chart(counted.laney_p_chart([[Subgroup(9, 100)] * 3])).phases[0].inflation == 1
    assert chart(counted.laney_p_chart([[Subgroup(0, 100)] * 3])).phases[0].no_variation


# ---- Subgroups of values

GROUPS = [[1.0, 3.0], [2.0, 6.0], [3.0, 5.0]]


def test_means_of_subgroups_have_limits_from_the_ranges_inside() -> None:
    phase = chart(shewhart.xbar_chart([GROUPS], shewhart.Within.RANGE)).phases[0]

    assert [point.value for point in phase.points] == [2, 4, 4]
    assert phase.centre == pytest.approx(10 / 3)
    assert phase.sigma == pytest.approx((8 / 3) / 1.128379, abs=1e-6)
    assert phase.points[0].ucl - phase.centre == pytest.approx(1.88 * 8 / 3, abs=1e-3)
    assert [each.value for each in phase.spreads] == [2, 4, 2]
    assert phase.spread_limit == pytest.approx(3.267 * 8 / 3, abs=1e-2)


def test_subgroups_of_changing_size_are_pooled_and_have_limits_of_their_own() -> None:
    phase = chart(shewhart.xbar_chart([[[1.0, 3.0], None, [], [4.0], [2.0, 4.0, 6.0]]])).phases[0]

    assert [point.index for point in phase.points] == [0, 3, 4]
    assert phase.sigma == pytest.approx(math.sqrt((2 + 8) / 3))
    widths = [point.ucl - phase.centre for point in phase.points]
    assert widths == pytest.approx([3 * phase.sigma / math.sqrt(n) for n in (2, 1, 3)])
    assert [each.index for each in phase.spreads] == [0, 4]
    assert phase.n == 6


def test_what_subgroups_come_to_gives_the_chart_of_their_values_but_no_ranges() -> None:
    groups = [[1.0, 3.0], [], [4.0], [2.0, 4.0, 6.0], [3.0, 5.0]]
    samples = [
        shewhart.Sample(len(group), sum(group) / len(group), charts.deviation_of(group) if len(group) > 1 else 0.0)
        if group
        else None
        for group in groups
    ]
    of_values, of_samples = (chart(shewhart.xbar_chart([each])).phases[0] for each in (groups, samples))

    for name in ("centre", "sigma", "overall", "spread_centre"):
        assert getattr(of_samples, name) == pytest.approx(getattr(of_values, name))
    for each in ("points", "spreads"):
        pairs = zip(getattr(of_samples, each), getattr(of_values, each), strict=True)
        assert all((one.index, one.value) == (other.index, pytest.approx(other.value)) for one, other in pairs)
    assert of_samples.n == of_values.n == 8
    with pytest.raises(ScoringError, match="each value"):
        shewhart.xbar_chart([samples], shewhart.Within.RANGE)
    with pytest.raises(ScoringError, match="infinity"):
        shewhart.xbar_chart([[shewhart.Sample(2, math.inf, 1.0), *samples]])


@pytest.mark.parametrize("groups", [[], [[1.0, 2.0]], [[1.0], [2.0]]])
def test_two_subgroups_and_one_with_two_values_are_needed(groups: list[list[float]]) -> None:
    assert shewhart.xbar_chart([groups]) is None


def test_a_chart_in_another_unit_has_the_same_signals() -> None:
    hours = chart(shewhart.xmr_chart([[*STEADY, 30.0, *STEADY]]))
    minutes = charts.scaled(hours, 60)

    assert minutes.signals == hours.signals
    assert minutes.phases[0].points[12].value == 1800
    assert minutes.phases[0].spread_limit == pytest.approx(60 * (hours.phases[0].spread_limit or 0))
    assert charts.scaled(hours, 1) is hours


@pytest.mark.parametrize(
    ("values", "at", "signal", "expected"),
    [
        ([*STEADY, 30.0], 12, Signal.BEYOND_LIMIT, True),
        ([*STEADY, -9.0], 12, Signal.BEYOND_LIMIT, False),
        # The trends end on the other side of the centre than they point to.
        ([50.0, 50.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0], 7, Signal.TREND_OF_SIX, True),
        ([0.0, 0.0, 25.0, 24.0, 23.0, 22.0, 21.0, 20.0], 7, Signal.TREND_OF_SIX, False),
        ([10.0, 12.0] * 7, 13, Signal.FOURTEEN_ALTERNATE, None),
        ([10.0, 12.0], 1, None, None),
    ],
)
def test_a_signal_says_the_way_that_values_go(
    values: list[float], at: int, signal: Signal | None, expected: bool | None
) -> None:
    phase = chart(shewhart.xmr_chart([values], Rules.NELSON)).phases[0]
    point = phase.points[at]

    assert signal is None or signal in point.signals
    assert charts.goes_up_at(point, phase) is expected


def test_no_subgroup_at_all_is_no_chart() -> None:
    assert counted.share_chart([[None, Subgroup(0, 0)]]) is None


@pytest.mark.parametrize(
    ("level", "direction", "expected"),
    [
        (16.4, Direction.LOWER, Assurance.WILL),
        (16.3, Direction.LOWER, Assurance.MAY),
        (5.7, Direction.LOWER, Assurance.MAY),
        (5.6, Direction.LOWER, Assurance.WILL_NOT),
        (5.6, Direction.HIGHER, Assurance.WILL),
        (5.7, Direction.HIGHER, Assurance.MAY),
        (16.3, Direction.HIGHER, Assurance.MAY),
        (16.4, Direction.HIGHER, Assurance.WILL_NOT),
    ],
)
def test_a_process_reaches_the_customers_level_if_its_limits_do(
    level: float, direction: Direction, expected: Assurance
) -> None:
    assert charts.assurance(chart(shewhart.xmr_chart([STEADY])), level, direction) is expected


def test_a_limit_equal_to_the_level_reaches_it() -> None:
    counts = chart(counted.c_chart([[9, 9, 9, 0, 18, 9]]))

    assert charts.assurance(counts, 18.0, Direction.LOWER) is Assurance.WILL
    assert charts.assurance(counts, 0.0, Direction.HIGHER) is Assurance.WILL


@pytest.mark.parametrize(
    ("draw", "phases"),
    [
        (shewhart.xmr_chart, [[1.0, math.nan]]),
        (shewhart.xmr_chart, [[1.0, math.inf]]),
        (counted.p_chart, [[Subgroup(6, 5)]]),
        (counted.p_chart, [[Subgroup(-1, 5)]]),
        (counted.p_chart, [[Subgroup(math.nan, 5)]]),
        (counted.np_chart, [[Subgroup(1, 5), Subgroup(1, 6)]]),
        (counted.c_chart, [[-1, 2]]),
        (counted.u_chart, [[Subgroup(1, -1)]]),
        (counted.u_chart, [[Subgroup(1, math.inf)]]),
    ],
)
def test_impossible_input_is_refused(draw: Callable[[Any], Any], phases: list[list[Any]]) -> None:
    with pytest.raises(ScoringError):
        draw(phases)


@given(st.lists(st.integers(0, 60), min_size=2, max_size=40), st.integers(1, 9))
def test_counts_over_a_constant_exposure_are_the_same_chart_as_rates(counts: list[int], exposure: int) -> None:
    by_count = chart(counted.c_chart([counts])).signals
    by_rate = chart(counted.u_chart([[Subgroup(count * exposure, exposure) for count in counts]])).phases[0]

    assert by_rate.centre == pytest.approx(sum(counts) / len(counts))
    assert exposure > 1 or chart(counted.u_chart([[Subgroup(count, 1) for count in counts]])).signals == by_count


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_centre_lies_between_the_limits_of_every_point(values: list[float]) -> None:
    phase = chart(shewhart.xmr_chart([values])).phases[0]

    assert all(point.lcl <= phase.centre <= point.ucl for point in phase.points)
    assert len(phase.points) == len(values)
