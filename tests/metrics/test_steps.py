"""Yields over steps and worded scales: what is entered, what the level is, what is refused."""

import csv
from datetime import date
from math import exp, hypot, log

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from metrics import services
from metrics.charting import Reason, charted
from metrics.figures import Figures, counts_of, errors_in
from metrics.levels import measured_levels, rows_between
from metrics.models import Kind, Measurement, Metric
from metrics.wording import figures_in_words
from scoring.charts import ChartKind
from scoring.intervals import wilson
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory
from tests.factories.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

AS_OF = date(2026, 3, 16)
PLAIN = {"name": "Right the first time", "unit": "percent", "direction": "higher"}


def create(**values) -> Metric:
    return services.create_metric(function=FunctionFactory(), **PLAIN | values)


def chain(steps="Cut, Print, Fold") -> Metric:
    return create(kind="yield", steps=steps)


def scale() -> Metric:
    return create(kind="ordinal", steps="none, partly, fully", counts_from="partly")


def enter(metric: Metric, day: date, right: int, entered: int, step: str) -> None:
    MeasurementFactory(metric=metric, period_end=day, numerator=right, denominator=entered, part=step)


def levels(metric: Metric) -> dict[str, tuple[float, int]]:
    parts = measured_levels(metrics=[metric], as_of=AS_OF).get(metric.pk, [])
    return {part.part: (float(part.level.value), part.level.n) for part in parts}


# ---- Yields


def test_the_yield_over_steps_is_the_product_of_the_steps_each_over_its_own_window():
    metric = chain()
    for day, right, entered, step in [
        (date(2026, 2, 28), 90, 100, "Cut"), (date(2026, 2, 28), 80, 100, "Print"),
        (date(2025, 6, 30), 50, 100, "Fold"),
    ]:  # fmt: skip
        enter(metric, day, right, entered, step)

    whole, *steps = measured_levels(metrics=[metric], as_of=AS_OF)[metric.pk]

    assert (whole.level.value, whole.level.n, whole.newest_on) == (36, 100, date(2025, 6, 30))
    assert [(each.part, float(each.level.value)) for each in steps] == [("Cut", 90), ("Fold", 50), ("Print", 80)]
    down = hypot(*(log(share / wilson(share, 100)[0]) for share in (0.9, 0.8, 0.5)))
    assert float(whole.level.lo) == pytest.approx(36 * exp(-down))


def test_a_step_that_was_never_measured_leaves_the_yield_without_a_level():
    metric = chain()
    enter(metric, date(2026, 2, 28), 90, 100, "Cut")

    assert list(levels(metric)) == ["Cut"]
    client = signed_in("specialist")
    page = client.get(reverse("metric_list"))
    assert [row.measured for row, _marks in page.context["page"].rows] == [None]
    file = client.get(reverse("metric_list"), {"format": "csv"}).getvalue().decode("utf-8-sig")
    (line,) = csv.DictReader(file.splitlines())
    assert (line["level"], line["n"]) == ("", "")


def test_a_yield_of_one_step_is_the_share_that_went_right():
    metric = create(kind="yield")
    enter(metric, date(2026, 2, 28), 97, 100, "")

    assert levels(metric) == {"": (97, 100)}


def test_a_chart_of_several_steps_has_one_product_a_period_and_none_where_a_step_is_missing():
    metric = chain("Cut, Print")
    for day in (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)):
        enter(metric, day, 90, 100, "Cut")
        if day.month != 1:
            enter(metric, day, 80, 100, "Print")

    rows = rows_between(metrics=[metric], after=date(2025, 1, 1), until=AS_OF)

    assert charted(metric, rows) is None  # no two neighbours
    enter(metric, date(2026, 1, 31), 70, 100, "Print")
    chart = charted(metric, rows_between(metrics=[metric], after=date(2025, 1, 1), until=AS_OF))
    assert (chart.chart.kind, chart.reason) == (ChartKind.XMR, Reason.ROLLED)
    assert [point.value for point in chart.newest_phase.points] == pytest.approx([72, 63, 72])


def test_a_figure_of_a_yield_names_one_of_its_steps():
    figures = Figures(period_start=AS_OF, period_end=AS_OF, numerator=1, denominator=2, part="Bind")

    assert errors_in(figures, chain(), AS_OF)["part"].code == "step"


# ---- Worded scales


def test_the_level_of_a_worded_scale_is_the_share_at_or_above_its_step():
    metric = scale()
    for day, counts in ((date(2026, 1, 31), "2/1/1"), (date(2026, 2, 28), "1/2/3")):
        MeasurementFactory(metric=metric, period_end=day, counts=counts)

    assert levels(metric) == {"": (70, 10)}
    chart = charted(metric, rows_between(metrics=[metric], after=date(2025, 1, 1), until=AS_OF))
    assert (chart.chart.kind, chart.reason) == (ChartKind.P, Reason.SHARES)
    assert [point.value for point in chart.newest_phase.points] == pytest.approx([50, 250 / 3])
    assert figures_in_words(Measurement.objects.last()) == "none 2, partly 1, fully 1"


@pytest.mark.parametrize(
    ("text", "stored"),
    [("3/5/12", "3/5/12"), (" 03 ; 5 / 12", "3/5/12"), ("Fully", "0/0/1"), ("partly", "0/1/0")],
)
def test_counts_or_one_word_are_stored_alike(text, stored):
    figures = Figures(period_start=AS_OF, period_end=AS_OF, counts=text)

    measurement = services.record_measurement(metric=scale(), figures=figures, source="desk", today=AS_OF)

    assert Measurement.objects.get(pk=measurement.pk).counts == stored


@pytest.mark.parametrize(
    ("text", "code"),
    [("3/5", "counts"), ("3/5/x", "counts"), ("-1/2/3", "counts"), ("often", "counts"), ("0/0/0", "zero"),
     ("1" * 16 + "/1/1", "counts"), ("", "required")],
)  # fmt: skip
def test_counts_that_do_not_fit_the_scale_are_refused(text, code):
    figures = Figures(period_start=AS_OF, period_end=AS_OF, counts=text)

    assert errors_in(figures, scale(), AS_OF)["counts"].code == code


def test_a_pushed_repeat_of_counts_in_other_words_is_a_duplicate():
    metric = scale()
    figures = Figures(period_start=AS_OF, period_end=AS_OF, counts="fully")

    first = services.record_measurement(metric=metric, figures=figures, source="desk", external_id="1", today=AS_OF)
    again = Figures(period_start=AS_OF, period_end=AS_OF, counts="0/0/1")

    same = services.record_measurement(metric=metric, figures=again, source="desk", external_id="1", today=AS_OF)
    assert (same.pk, counts_of(again, metric)) == (first.pk, "0/0/1")


# ---- What is refused of a metric


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "ordinal"}, "steps"),
        ({"kind": "ordinal", "steps": "none"}, "steps"),
        ({"kind": "ordinal", "steps": "none, None"}, "steps"),
        ({"kind": "ordinal", "steps": "none, 1/2"}, "steps"),
        ({"kind": "ordinal", "steps": "none, fully", "counts_from": "none"}, "counts_from"),
        ({"kind": "ordinal", "steps": "none, fully", "counts_from": "partly"}, "counts_from"),
        ({"kind": "yield", "steps": "Cut, Fold", "breakdown": "country"}, "steps"),
        ({"kind": "yield", "steps": "Cut, Fold", "counts_from": "Fold"}, "counts_from"),
        ({"kind": "yield", "unit": "hours"}, "unit"),
        ({"kind": "proportion", "steps": "Cut, Fold"}, "steps"),
    ],
)
def test_steps_that_do_not_fit_the_kind_are_refused_by_field(values, field):
    with pytest.raises(ValidationError) as refusal:
        create(**values)

    assert list(refusal.value.error_dict) == [field]


def test_steps_stay_once_something_was_measured_and_the_step_that_counts_is_another_version():
    metric = scale()
    MeasurementFactory(metric=metric, counts="1/1/1")

    with pytest.raises(ValidationError) as refusal:
        services.update_metric(metric=metric, changes={"steps": "no, some, all"})
    changed = services.update_metric(metric=metric, changes={"counts_from": "fully"})

    assert (list(refusal.value.error_dict), changed.version) == (["steps"], 2)
    assert levels(changed)[""][0] == pytest.approx(100 / 3)


# ---- Pages


def test_a_worded_scale_and_a_step_are_entered_in_the_grid_and_a_step_on_the_page_of_its_yield():
    metric, yields = scale(), create(name="Yield", kind="yield", steps="Cut, Fold")
    client = signed_in("specialist")

    grid = client.post(
        reverse("measurement_grid"), {f"c-{metric.pk}-202602": "3/5/12", f"c-{yields.pk}-202602-0": "7/10"}
    )
    page = client.post(
        reverse("measurement_create", args=[yields.pk]),
        {
            "period_start": "2026-02-01", "period_end": "2026-02-28", "part": "Fold", "numerator": "9",
            "denominator": "10",
        },
    )  # fmt: skip

    assert (grid.status_code, page.status_code) == (302, 302)
    assert list(Measurement.objects.order_by("pk").values_list("kind", "counts", "part", "numerator")) == [
        (Kind.ORDINAL, "3/5/12", "", None), (Kind.YIELD, "", "Cut", 7), (Kind.YIELD, "", "Fold", 9),
    ]  # fmt: skip


def test_an_ordinal_share_can_stand_in_a_formula():
    metric = scale()
    services.update_metric(metric=metric, changes={"short_name": "clear"})
    MeasurementFactory(metric=metric, period_end=date(2026, 2, 28), counts="1/2/3")
    yields = MetricFactory(kind="yield", unit="share", short_name="ok")
    MeasurementFactory(metric=yields, period_end=date(2026, 2, 28), numerator=1, denominator=2)

    both = create(name="Both", kind="derived", formula="clear * ok")

    assert levels(both) == {"": (41.666667, 1)}
