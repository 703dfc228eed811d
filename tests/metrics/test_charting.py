"""A metric's measurements as points of a control chart, whatever its kind."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from metrics.charting import ChartAsked, Charted, Reason, charted, in_phases, periods_of
from metrics.day_sums import DayRow
from metrics.measured import WindowRow, summed
from metrics.models import Metric
from scoring.charts import ChartKind
from scoring.rules import Rules, Signal

FIRST = date(2025, 1, 31)
MICRO = 1_000_000


def row(day: date, **figures: int) -> WindowRow:
    empty = dict.fromkeys(
        ("value", "numerator", "denominator", "defects", "units", "opportunities", "events", "exposure")
    )
    return WindowRow(metric=1, part="", period_end=day, **(empty | figures))


def days(count: int, step: int = 7) -> list[date]:
    return [FIRST + timedelta(days=step * number) for number in range(count)]


def chart_of(metric: Metric, rows: list[WindowRow]) -> Charted:
    found = charted(metric, rows)
    assert found is not None
    return found


def values(chart: Charted) -> list[float]:
    return [round(point.value, 6) for phase in chart.chart.phases for point in phase.points]


def metric(**fields: object) -> Metric:
    given = {"kind": "level", "unit": "hours", "direction": "lower", "cadence_days": 7} | fields
    return Metric(name="M", **given)


def test_levels_are_averaged_in_each_period() -> None:
    rows = [row(day, value=number * MICRO) for day in days(3) for number in (1, 3)]
    assert values(chart_of(metric(), rows)) == [2, 2, 2]


def test_durations_show_their_percentile_in_each_period() -> None:
    rows = [row(day, value=number * MICRO) for day in days(2) for number in range(1, 101)]
    assert values(chart_of(metric(kind="duration", percentile=95), rows)) == [95, 95]


def test_proportions_have_limits_of_their_own_size_in_the_metrics_unit() -> None:
    rows = [row(day, numerator=count, denominator=200) for day, count in zip(days(3), (190, 180, 190), strict=True)]
    chart = chart_of(metric(kind="proportion", unit="percent", direction="higher"), rows)
    assert chart.chart.kind is ChartKind.P
    assert values(chart) == [95, 90, 95]
    assert chart.newest_phase.centre == pytest.approx(100 * 560 / 600)
    assert chart.newest_phase.points[0].ucl <= 100


def test_defects_are_counted_against_their_opportunities() -> None:
    rows = [row(day, defects=count, units=500, opportunities=4) for day, count in zip(days(2), (1, 3), strict=True)]
    assert values(chart_of(metric(kind="defects", unit="per_million", opportunities_per_unit=4), rows)) == [500, 1500]


def test_rates_are_events_over_their_exposure() -> None:
    rows = [row(day, events=count, exposure=8 * MICRO) for day, count in zip(days(2), (2, 4), strict=True)]
    assert values(chart_of(metric(kind="count_rate", unit="count"), rows)) == [0.25, 0.5]


def summed_by_day(its: Metric, rows: list[WindowRow]) -> list[DayRow]:
    by_day = {
        day: [each for each in rows if each.period_end == day] for day in sorted({row.period_end for row in rows})
    }
    return [DayRow(1, day, "", summed(its.kind, some)) for day, some in by_day.items()]


@pytest.mark.parametrize(
    ("fields", "figures"),
    [
        ({}, lambda at: {"value": at * at * MICRO // 7}),
        ({"kind": "duration", "percentile": 90}, lambda at: {"value": at * at * MICRO}),
        ({"kind": "proportion", "unit": "percent"}, lambda at: {"numerator": 90 + at % 7, "denominator": 100}),
        ({"kind": "defects", "unit": "per_million", "opportunities_per_unit": 4},
         lambda at: {"defects": at % 5, "units": 50, "opportunities": 4}),
        ({"kind": "count_rate", "unit": "count"}, lambda at: {"events": at % 5, "exposure": (1 + at % 3) * MICRO}),
    ],
)  # fmt: skip
def test_sums_of_days_give_the_chart_of_their_measurements(
    fields: dict[str, object], figures: Callable[[int], dict[str, int]]
) -> None:
    its = metric(**fields)
    rows = [row(day, **figures(3 * at + number)) for at, day in enumerate(days(20)) for number in range(3)]

    single, summed_up = (chart_of(its, each) for each in (rows, summed_by_day(its, rows)))

    assert (summed_up.chart.kind, summed_up.reason) == (single.chart.kind, single.reason)
    assert values(summed_up) == values(single)
    for name in ("centre", "sigma", "overall", "n"):
        found = getattr(single.newest_phase, name)
        assert getattr(summed_up.newest_phase, name) == (found if found is None else pytest.approx(found))
    assert set(single.fitting) - set(summed_up.fitting) == ({ChartKind.XBAR_R} if not fields else set())


def test_a_period_that_was_not_measured_is_a_gap() -> None:
    monday, tuesday, *_ = days(2)
    late = tuesday + timedelta(days=15)
    periods = periods_of([row(day, value=MICRO) for day in (monday, tuesday, late)], cadence=7)
    assert [period.ends_on for period in periods] == [monday, tuesday, None, late]


def test_more_than_sixty_periods_become_months() -> None:
    periods = periods_of([row(day, value=MICRO) for day in days(100, step=3)], cadence=1)
    assert [period.name for period in periods[:3]] == ["Jan 25", "Feb 25", "Mar 25"]
    assert sum(len(period.rows) for period in periods) == 100


def test_a_month_without_a_measurement_keeps_its_place() -> None:
    busy = [FIRST + timedelta(days=number) for number in range(61)]
    later = FIRST + timedelta(days=150)
    periods = periods_of([row(day, value=MICRO) for day in (*busy, later)], cadence=1)
    assert [bool(period.rows) for period in periods] == [True, True, True, True, False, True]


def test_one_period_has_no_chart() -> None:
    assert charted(metric(), [row(FIRST, value=MICRO)]) is None
    assert charted(metric(), []) is None


@pytest.mark.parametrize(("direction", "way"), [("lower", "worse"), ("higher", "better")])
def test_a_jump_is_judged_by_the_metrics_direction(direction: str, way: str) -> None:
    quiet = [20, 22, 21, 19, 20, 23, 21, 20, 22, 19, 21, 20, 60]
    rows = [row(day, value=value * MICRO) for day, value in zip(days(13), quiet, strict=True)]
    chart = chart_of(metric(direction=direction), rows)
    assert chart.newest_signal == way
    _, point, found = chart.signalling[0]
    assert (point.value, point.signals, found) == (60, (Signal.BEYOND_LIMIT,), way)
    assert chart.count == 13


# ---- Which chart


def shares(sizes: list[int], counts: list[int]) -> list[WindowRow]:
    rows = zip(days(len(sizes)), counts, sizes, strict=True)
    return [row(day, numerator=count, denominator=size) for day, count, size in rows]


@pytest.mark.parametrize(
    ("fields", "rows", "kind", "reason"),
    [
        ({}, [row(day, value=MICRO) for day in days(3)], ChartKind.XMR, Reason.SINGLE_VALUES),
        ({}, [row(day, value=n * MICRO) for day in days(3) for n in (1, 2)], ChartKind.XBAR_S, Reason.SUBGROUPS),
        (
            {"breakdown": "region"},
            [row(day, value=n * MICRO) for day in days(3) for n in (1, 2)],
            ChartKind.XMR,
            Reason.BROKEN_DOWN,
        ),
        (
            {"kind": "duration", "percentile": 95},
            [row(day, value=n * MICRO) for day in days(3) for n in (1, 2)],
            ChartKind.XMR,
            Reason.PERCENTILE,
        ),
        ({"kind": "proportion", "unit": "percent"}, shares([90] * 3, [4, 5, 6]), ChartKind.P, Reason.SHARES),
        (
            {"kind": "proportion", "unit": "percent"},
            shares([20_000] * 4, [400, 900, 300, 950]),
            ChartKind.P_LANEY,
            Reason.OVERDISPERSED,
        ),
        (
            {"kind": "count_rate", "unit": "count"},
            [row(day, events=3, exposure=MICRO) for day in days(3)],
            ChartKind.U,
            Reason.RATES,
        ),
    ],
)
def test_the_kind_of_a_metric_asks_for_its_chart(
    fields: dict[str, object], rows: list[WindowRow], kind: ChartKind, reason: Reason
) -> None:
    chart = chart_of(metric(**fields), rows)
    assert (chart.chart.kind, chart.reason) == (kind, reason)


SHARES = {"kind": "proportion", "unit": "percent"}


def test_another_chart_that_fits_is_drawn_if_somebody_asks_for_it() -> None:
    rows = shares([90] * 3, [4, 5, 6])
    for kind in chart_of(metric(**SHARES), rows).fitting[1:]:
        chart = charted(metric(**SHARES), rows, asked=ChartAsked(kind))
        assert chart is not None
        assert (chart.chart.kind, chart.reason) == (kind, Reason.CHOSEN)


def test_counts_of_one_size_have_the_limits_and_signals_of_shares_and_rates() -> None:
    counts = [4, 5, 6, 5, 4, 19, 5, 6, 4, 5, 5, 4, 6]
    rates = [row(day, events=count, exposure=2 * MICRO) for day, count in zip(days(13), counts, strict=True)]
    for fields, rows, kind, size in (
        (SHARES, shares([50] * 13, counts), ChartKind.NP, 0.5),
        ({"kind": "count_rate", "unit": "count"}, rates, ChartKind.C, 2),
    ):
        usual, counted = (charted(metric(**fields), rows, asked=ChartAsked(each)) for each in (None, kind))
        assert usual is not None
        assert counted is not None
        assert usual.reason in {Reason.SHARES, Reason.RATES}
        assert counted.chart.kind is kind
        assert counted.chart.signals == usual.chart.signals != ()
        for one, other in zip(usual.newest_phase.points, counted.newest_phase.points, strict=True):
            found = tuple(each * size for each in (one.value, one.lcl, one.ucl))
            assert found == pytest.approx((other.value, other.lcl, other.ucl))


def test_a_chart_that_does_not_fit_is_not_drawn() -> None:
    unequal = shares([90, 80, 90], [4, 5, 6])
    for kind in (ChartKind.NP, ChartKind.C, ChartKind.XBAR_S):
        chart = charted(metric(**SHARES), unequal, asked=ChartAsked(kind))
        assert chart is not None
        assert chart.chart.kind is ChartKind.P


def test_a_level_stands_on_a_chart_of_counts_in_counts_and_on_one_of_sums_not_at_all() -> None:
    rows = shares([50] * 3, [4, 5, 6])
    by = {
        kind: chart.levels_by
        for kind in (ChartKind.P, ChartKind.NP, ChartKind.CUSUM)
        if (chart := charted(metric(**SHARES), rows, asked=ChartAsked(kind)))
    }
    assert by == {ChartKind.P: 1, ChartKind.NP: 0.5, ChartKind.CUSUM: None}


def test_more_rules_are_used_if_somebody_asks_for_them() -> None:
    quiet = [20, 22, 21, 19, 20, 23, 21, 20, 22, 19, 21, 20, 25, 25]
    rows = [row(day, value=value * MICRO) for day, value in zip(days(14), quiet, strict=True)]
    asked = charted(metric(), rows, asked=ChartAsked(rules=Rules.WESTERN_ELECTRIC))
    assert asked is not None
    assert chart_of(metric(), rows).signalling == []
    assert [point.signals for _, point, _ in asked.signalling] == [(Signal.TWO_OF_THREE,)]


@pytest.mark.parametrize(
    ("values", "signal", "way"),
    [
        ([*[10, 30] * 5, 44, 42, 40, 38, 36, 34], Signal.TREND_OF_SIX, "better"),  # falling, all above the mean
        ([*[18, 22] * 4, 18, 30, *[18, 22] * 5], Signal.FOURTEEN_ALTERNATE, ""),
        ([*[10, 30] * 3, *[20, 20, 21] * 6], Signal.FIFTEEN_INSIDE, ""),
        ([*[17, 23] * 12, *[27, 27, 13, 13] * 2], Signal.EIGHT_OUTSIDE, ""),
    ],
)
def test_a_signal_goes_the_way_that_its_rule_says_if_it_says_one(values: list[int], signal: Signal, way: str) -> None:
    rows = [row(day, value=value * MICRO) for day, value in zip(days(len(values)), values, strict=True)]
    chart = charted(metric(), rows, asked=ChartAsked(rules=Rules.NELSON))
    assert chart is not None
    newest = chart.newest_phase.points[-1]
    assert newest.signals == (signal,)
    assert (chart.newest_signal, chart.is_newest_signal, chart.signalling[0][2]) == (way, True, way)


def test_every_period_has_its_own_point_if_somebody_asks_for_it() -> None:
    rows = [row(day, value=MICRO) for day in days(100, step=3)]
    asked = charted(metric(cadence_days=1), rows, asked=ChartAsked(each=True))
    assert asked is not None
    assert (chart_of(metric(cadence_days=1), rows).count, asked.count) == (11, 100)


def test_a_phase_begins_with_the_first_period_that_ends_on_its_day_or_later() -> None:
    periods = periods_of([row(day, value=MICRO) for day in days(6)], cadence=7)
    cut = in_phases(periods, [days(6)[2] - timedelta(days=1), days(6)[4], FIRST - timedelta(days=90)])
    assert [len(phase) for phase in cut] == [2, 2, 2]
    assert in_phases([], [FIRST]) == [[]]
