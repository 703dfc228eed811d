"""The entry grid: months of many metrics at once, all or none."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from metrics.figures import Figures
from metrics.models import Measurement
from metrics.services import correct_measurement
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory
from tests.factories.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
PAGE = "/measurements/enter/"


def share(**values):
    return MetricFactory(kind="proportion", unit="percent", percentile=None, **values)


def hours(**values):
    return MetricFactory(kind="level", unit="hours", percentile=None, **values)


def month(metric, year: int, number: int, **figures):
    first = date(year, number, 1)
    last = date(year + number // 12, number % 12 + 1, 1) - first.resolution
    return MeasurementFactory(metric=metric, period_start=first, period_end=last, **figures)


def stored(metric) -> list[tuple[str, str]]:
    rows = Measurement.objects.filter(metric=metric, is_current=True).order_by("period_end")
    return [
        (f"{row.period_start}..{row.period_end}", f"{row.numerator}/{row.denominator}" if row.numerator is not None
         else f"{row.value.normalize():f}")
        for row in rows
    ]  # fmt: skip


def said(answer) -> list[str]:
    return [str(each) for each in get_messages(answer.wsgi_request)]


def test_holes_are_filled_all_or_none():
    late, wait = share(), hours()
    client = signed_in("specialist")
    page = client.get(PAGE)
    january = page.context["months"][-1].key
    assert page.context["holes"] == 12

    wrong = client.post(PAGE, {f"c-{late.pk}-{january}": "12/3", f"c-{wait.pk}-{january}": "4,5"})

    assert wrong.status_code == 422
    assert [(cell.metric, cell.text) for cell in wrong.context["wrong"]] == [(late, "12/3")]
    assert "4,5" in wrong.content.decode()
    assert not Measurement.objects.exists()

    good = client.post(PAGE, {f"c-{late.pk}-{january}": "12 of 340", f"c-{wait.pk}-{january}": "4,5"})

    assert (good.status_code, said(good)) == (302, ["2 measurements are saved. The scores follow."])
    first = page.context["months"][-1].first
    period = f"{first}..{page.context['months'][-1].last}"
    assert (stored(late), stored(wait)) == ([(period, "12/340")], [(period, "4.5")])
    again = client.post(PAGE, {f"c-{late.pk}-{january}": "12/340", f"c-{wait.pk}-{january}": "4.5"})
    assert (said(again)[-1], Measurement.objects.count()) == ("Nothing has changed.", 2)


def test_what_is_stored_changes_for_a_reason_and_the_old_figures_stay():
    metric, client = hours(), signed_in("specialist")
    place = client.get(PAGE).context["months"][0]
    old = month(metric, place.first.year, place.first.month, value=Decimal(5))
    name = f"c-{metric.pk}-{place.key}"

    refused = client.post(PAGE, {name: "6"})
    emptied = client.post(PAGE, {name: ""})
    kept = client.post(PAGE, {name: "6", "reason": "Read off the wrong line"})

    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"reason"})
    assert "corrected, not emptied" in emptied.context["wrong"][0].errors[0]
    assert kept.status_code == 302
    new = Measurement.objects.get(metric=metric, is_current=True)
    assert (new.value, new.supersedes, new.reason) == (6, old, "Read off the wrong line")


def test_what_somebody_else_stored_meanwhile_is_neither_taken_back_nor_lost():
    metric, other, client = hours(), hours(), signed_in("specialist")
    first, second = client.get(PAGE).context["months"][:2]
    old = month(metric, first.first.year, first.first.month, value=Decimal(5))
    name, free = f"c-{metric.pk}-{first.key}", f"c-{other.pk}-{second.key}"
    page = {name: "5", f"was-{name}": "5", free: "", f"was-{free}": ""}
    correct_measurement(
        measurement=old, figures=Figures(period_start=old.period_start, period_end=old.period_end, value=Decimal(7)),
        reason="Read again", today=date(2026, 3, 1),
    )  # fmt: skip

    untouched = client.post(PAGE, {**page, free: "3"})
    both = client.post(PAGE, {**page, name: "6", "reason": "Wrong"})

    assert (untouched.status_code, stored(metric)[0][1], stored(other)[0][1]) == (302, "7", "3")
    assert (both.status_code, both.context["wrong"][0].errors) == (422, ["Somebody stored 7 here meanwhile."])
    assert stored(metric)[0][1] == "7"


def test_a_month_from_which_a_period_was_moved_can_be_entered_again():
    metric, client = hours(), signed_in("specialist")
    first, second = client.get(PAGE).context["months"][:2]
    client.post(PAGE, {f"c-{metric.pk}-{first.key}": "5"})
    moved = Figures(period_start=second.first, period_end=second.last, value=Decimal(5))
    correct_measurement(measurement=Measurement.objects.get(), figures=moved, reason="Moved", today=date(2026, 3, 1))

    client.post(PAGE, {f"c-{metric.pk}-{first.key}": "5"})

    assert [text for _period, text in stored(metric)] == ["5", "5"]


def test_a_correction_of_defects_leaves_the_opportunities_of_their_day():
    metric = MetricFactory(kind="defects", unit="per_million", percentile=None, opportunities_per_unit=10)
    client = signed_in("specialist")
    place = client.get(PAGE).context["months"][0]
    month(metric, place.first.year, place.first.month, value=None, defects=3, units=100, opportunities=4)

    client.post(PAGE, {f"c-{metric.pk}-{place.key}": "4/100", "reason": "Counted again"})

    new = Measurement.objects.get(metric=metric, is_current=True)
    assert (new.defects, new.opportunities) == (4, 4)


def test_an_unusual_figure_is_asked_about_and_not_refused():
    metric, client = hours(), signed_in("specialist")
    months = client.get(PAGE + "?months=12").context["months"]
    for each, value in zip(months[:10], (5, 6, 5, 4, 5, 6, 5, 4, 5, 6), strict=True):
        month(metric, each.first.year, each.first.month, value=Decimal(value))
    usual, unusual = (f"c-{metric.pk}-{each.key}" for each in months[10:])

    asked = client.post(PAGE + "?months=12", {usual: "6", unusual: "60"})

    assert [cell.name for cell in asked.context["unusual"]] == [unusual]
    assert (asked.status_code, set(asked.context["form"].errors)) == (422, {"is_right"})
    assert client.post(PAGE + "?months=12", {usual: "6", unusual: "60", "is_right": "on"}).status_code == 302
    assert Measurement.objects.get(value=60).metric == metric


def test_what_is_measured_by_the_week_is_not_entered_by_the_month():
    metric, client = hours(), signed_in("specialist")
    place = client.get(PAGE).context["months"][-1]
    MeasurementFactory(metric=metric, period_start=place.first, period_end=place.first, value=Decimal(5))

    client.post(PAGE, {f"c-{metric.pk}-{place.key}": "7"})

    assert [row.value for row in Measurement.objects.all()] == [5]


def test_a_head_enters_what_is_of_the_own_function_in_few_statements():
    function = FunctionFactory()
    mine, theirs = hours(function=function), hours()
    head = signed_in("head", function=function)
    place = head.get(PAGE).context["months"][-1]

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            head.get(PAGE)
        return len(seen)

    few = statements()
    for _ in range(5):
        hours(function=function)
    assert statements() == few <= 14

    head.post(PAGE, {f"c-{mine.pk}-{place.key}": "7", f"c-{theirs.pk}-{place.key}": "8"})

    assert [(row.metric, row.value) for row in Measurement.objects.all()] == [(mine, 7)]
    assert signed_in("viewer").get(reverse("measurement_grid")).status_code == 404
