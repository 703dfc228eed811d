"""What the page of a metric says of its kind: the formula with its numbers, sigma, steps, the median."""

from datetime import date
from fractions import Fraction

import pytest
from django.urls import reverse

from dashboard.yield_words import other_words
from functions.models import Function, Program
from metrics.measured import MeasuredPart, WindowRow
from metrics.models import Metric
from metrics.services import create_metric
from scoring.levels import DefectsRow, Level, defects_level
from tests.dashboard.program import TODAY, recompute
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory
from tests.factories.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def page_of(metric: Metric, role: str, function: Function | None = None) -> str:
    response = signed_in(role, function=function).get(reverse("metric_detail", args=[metric.pk]))
    assert response.status_code == 200
    return response.content.decode()


def counted(short_name: str, function: Function, value: int) -> None:
    metric = MetricFactory(short_name=short_name, function=function, unit="count")
    MeasurementFactory(metric=metric, period_end=date(2026, 2, 28), value=value)


def test_the_numbers_of_a_formula_are_shown_to_who_may_see_all_that_it_is_worked_out_from():
    Program.objects.create(id=1, name="Presses", currency="EUR")
    own, other = FunctionFactory.create_batch(2)
    counted("late", own, 13)
    counted("delivered", other, 302)
    plain = {"name": "Late share", "unit": "percent", "direction": "lower", "kind": "derived"}
    metric = create_metric(function=own, formula="late / delivered", **plain)
    recompute()

    whole, part = page_of(metric, "specialist"), page_of(metric, "head", own)

    assert "4.3\u00a0% = 13 / 302" in whole
    assert "4.3\u00a0% = late / delivered" in part
    assert "you may not see" in part
    assert "/ 302" not in part
    assert ">302" not in part
    assert "Enter a measurement" not in whole


def test_a_derived_metric_without_a_value_says_why():
    Program.objects.create(id=1, name="Presses", currency="EUR")
    own = FunctionFactory()
    counted("late", own, 13)
    counted("delivered", own, 0)
    plain = {"name": "Late share", "unit": "percent", "direction": "lower", "kind": "derived"}
    metric = create_metric(function=own, formula="late / delivered", **plain)
    recompute()

    assert "it divides by 0" in page_of(metric, "specialist")


def part_of(level: Level | None) -> MeasuredPart:
    assert level is not None
    return MeasuredPart("", level, TODAY, date(2025, 12, 31))


def test_defects_are_said_as_sigma_with_the_shift_and_so_is_what_customers_need():
    metric = MetricFactory.build(defects=True)
    level = part_of(Level(Fraction(6210), Fraction(5000), Fraction(7000), 100))

    assert other_words(metric, level, (), 3.4) == [
        ("Sigma level", "4.00, interval 3.96 to 4.08, with the usual shift of 1.5 between long and short term"),
        ("Customers need", "6.00 sigma with the same shift"),
    ]


def test_without_a_defect_sigma_is_at_least_that_of_the_upper_end():
    metric = MetricFactory.build(defects=True)
    none = part_of(defects_level([DefectsRow(0, 20, 1)], exact_interval=True)).level.converted("share", "per_million")

    ((_label, words),) = other_words(metric, part_of(none), (), None)

    assert words.startswith("at least 2.46: no defect was found")


def test_a_yield_over_steps_says_what_each_would_need_and_how_many_defects_fall_on_a_unit():
    metric = MetricFactory.build(kind="yield", unit="percent", steps="Cut, Print, Fold")

    assert other_words(metric, part_of(Level(Fraction(343, 10), None, None, 50)), (), None) == [
        ("Normalised yield", "70\u00a0% in each of 3 steps gives the same"),
        ("Defects per unit", "1.070 over all steps, if they fall at random"),
    ]


def test_a_worded_scale_says_its_median_over_the_window():
    metric = MetricFactory.build(kind="ordinal", unit="percent", steps="none, partly, fully", counts_from="fully")
    rows = [
        WindowRow(1, "", day, None, None, None, None, None, None, None, None, counts)
        for day, counts in ((date(2025, 12, 31), "90/0/0"), (date(2026, 1, 31), "1/2/1"), (date(2026, 2, 28), "0/2/2"))
    ]

    assert other_words(metric, part_of(Level(Fraction(37), None, None, 8)), rows, None) == [
        ("Median", "partly (none 1, partly 4, fully 3); it counts from fully")
    ]


def test_kinds_that_have_no_other_name_say_none():
    assert other_words(MetricFactory.build(), part_of(Level(Fraction(1), None, None, 1)), (), None) == []
    assert other_words(MetricFactory.build(), None, (), None) == []
