"""What lists of metrics are told, and who may see which metric."""

from datetime import date

import pytest

from functions.selectors import Access
from metrics.models import Metric
from metrics.selectors import metric_for, metric_rows, metrics_for, with_levels
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
