"""A metric's measurements as points of a control chart, whatever its kind."""

from datetime import date, timedelta

import pytest

from dashboard.charting import Charted, charted, periods_of
from dashboard.selectors import marked
from metrics.measured import WindowRow
from metrics.models import Metric
from scoring.charts import ChartKind

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
    _, value, rule, found = chart.signalling[0]
    assert (value, rule, found) == (60, "beyond a limit", way)
    assert chart.count == 13


# ---- Words


def test_coded_words_are_marked_once_where_codings_overlap() -> None:
    text = "We run at night. Back before six."
    assert marked(text, [(17, 21), (17, 33)]) == (("We run at night. ", False), ("Back", True), (" before six.", True))
    assert marked(text, [(0, 6), (3, 6)]) == (("We run", True), (" at night. Back before six.", False))


def test_a_coding_of_the_whole_marks_nothing() -> None:
    assert marked("All of it", [(None, None)]) == (("All of it", False),)
