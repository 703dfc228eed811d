"""What lists and charts of metrics are told, and who may see which metric."""

from datetime import date
from decimal import Decimal

import pytest

from functions.selectors import Access
from metrics.models import Metric
from metrics.selectors import (
    chart_rows,
    last_measured_by_function,
    level_history,
    metric_for,
    metric_rows,
    metrics_for,
    with_levels,
)
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory, MetricLinkFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 16)
SPECIALIST = Access(user_id=1, roles=frozenset({"specialist"}))
VIEWER = Access(user_id=1, roles=frozenset({"viewer"}))


def head_of(*functions) -> Access:
    return Access(user_id=1, roles=frozenset({"head"}), functions=frozenset(each.pk for each in functions))


def test_a_specialist_sees_every_metric_a_viewer_none():
    metric = MetricFactory()

    assert (list(metrics_for(SPECIALIST)), list(metrics_for(VIEWER))) == ([metric], [])


def test_a_head_sees_the_own_metrics_and_those_that_serve_the_own_requirements():
    function = FunctionFactory()
    own = MetricFactory(name="A", function=function)
    serving = MetricLinkFactory(metric__name="B", requirement=RequirementFactory(scale={}, owner=function)).metric
    foreign = MetricFactory(name="C")

    access = head_of(function)

    assert list(metrics_for(access)) == [own, serving]
    assert (metric_for(access, serving.pk), metric_for(access, foreign.pk)) == (serving, None)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2026, 2, 13), "fresh"),
        (date(2026, 2, 12), "due"),
        (date(2026, 2, 3), "due"),
        (date(2026, 2, 2), "old"),
    ],
)
def test_the_cadence_runs_from_the_newest_period_end(day, state):
    MeasurementFactory(metric=MetricFactory(cadence_days=31, grace_days=10), period_end=day, value=1)

    (row,) = metric_rows(Metric.objects.all(), today=TODAY)

    assert (row.newest_on, row.age_days, row.cadence) == (day, (TODAY - day).days, state)


def test_a_metric_that_was_never_measured_says_so():
    MetricFactory()

    (row,) = with_levels(metric_rows(Metric.objects.all(), today=TODAY), today=TODAY)

    assert (row.newest_on, row.age_days, row.cadence, row.measured) == (None, None, "never", None)


def test_rows_carry_level_and_links(django_assert_num_queries):
    link = MetricLinkFactory()
    MeasurementFactory(metric=link.metric, value=4)
    MetricLinkFactory(metric=link.metric, role="supports")

    with django_assert_num_queries(4):
        (row,) = with_levels(metric_rows(Metric.objects.all(), today=TODAY), today=TODAY)

    assert (row.measured.level.value, row.serves, row.measures) == (4, 2, 1)


def test_a_chart_has_one_row_per_period_in_order_of_time():
    metric = MetricFactory(proportion=True, breakdown="region")
    march, february = date(2026, 3, 15), date(2026, 2, 28)
    MeasurementFactory(metric=metric, period_end=march, numerator=1, denominator=50, part="africa")
    MeasurementFactory(metric=metric, period_end=february, numerator=1, denominator=10, part="africa")
    MeasurementFactory(metric=metric, period_end=february, numerator=2, denominator=10, part="europe-west")
    MeasurementFactory(metric=metric, period_end=date(2026, 3, 17), numerator=2, denominator=10)

    pooled = [(row.period_end, row.value, row.count, row.size, row.n) for row in chart_rows(metric, as_of=TODAY)]
    africa = [(row.period_end, row.value) for row in chart_rows(metric, as_of=TODAY, part="africa")]

    assert pooled == [(february, 15, 3, 20, 2), (march, 2, 1, 50, 1)]
    assert africa == [(february, 10), (march, 2)]


@pytest.mark.parametrize(
    ("kind", "columns", "expected"),
    [
        ({}, {"value": 3}, (3, None, None)),
        ({"duration": True}, {"value": 3}, (3, None, None)),
        ({"defects": True}, {"defects": 3, "units": 100, "opportunities": 10}, (3000, 3, 1000)),
        ({"count_rate": True}, {"events": 3, "exposure": Decimal("1.5")}, (2, 3, Decimal("1.5"))),
    ],
)
def test_a_chart_row_has_what_the_kinds_chart_needs(kind, columns, expected):
    metric = MetricFactory(**kind)
    MeasurementFactory(metric=metric, **columns)

    (row,) = chart_rows(metric, as_of=TODAY)

    assert (row.value, row.count, row.size) == expected


def test_the_history_says_what_the_level_was_after_each_period(django_assert_num_queries):
    metric = MetricFactory(window_months=1)
    for day, value in [(date(2026, 1, 31), 1), (date(2026, 2, 15), 3), (date(2026, 2, 28), 5), (date(2026, 3, 17), 9)]:
        MeasurementFactory(metric=metric, period_end=day, value=value)

    with django_assert_num_queries(1):
        history = level_history(metric, as_of=TODAY)

    assert [(day, part.level.value, part.level.n) for day, part in history] == [
        (date(2026, 1, 31), 1, 1),
        (date(2026, 2, 15), 2, 2),
        (date(2026, 2, 28), 4, 2),
    ]


def test_a_function_was_last_measured_when_its_newest_active_metric_was():
    function = FunctionFactory()
    for day, active in [(date(2026, 1, 31), True), (date(2026, 2, 28), True), (date(2026, 3, 15), False)]:
        MeasurementFactory(metric=MetricFactory(function=function, is_active=active), period_end=day, value=1)
    MetricFactory()

    assert last_measured_by_function(as_of=TODAY) == {function.pk: date(2026, 2, 28)}
