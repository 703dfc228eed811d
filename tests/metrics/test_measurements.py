"""Measurements: impossible figures are refused by field, a resend changes nothing, a correction keeps the old."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from jobs.models import Marker
from metrics import services
from metrics.figures import Figures
from metrics.items import MeasurementRow, Outcome
from metrics.models import Measurement
from tests.factories.accounts import UserFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 16)
FEBRUARY = {"period_start": date(2026, 2, 1), "period_end": date(2026, 2, 28)}


def markers() -> list[tuple[int, int]]:
    return list(Marker.objects.order_by("id").values_list("kind", "key1"))


def record(metric, **columns) -> Measurement:
    options = {name: columns.pop(name) for name in ("external_id", "source", "entered_by") if name in columns}
    figures = Figures(**FEBRUARY | columns)
    return services.record_measurement(metric=metric, figures=figures, today=TODAY, **{"source": "page"} | options)


def refused(metric, **columns) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refusal:
        record(metric, **columns)
    assert (Measurement.objects.count(), markers()) == (0, [])
    return refusal.value.message_dict


# ---- One by one


def test_a_measurement_keeps_its_figures_and_marks_its_metric():
    metric, person = MetricFactory(proportion=True), UserFactory()

    measurement = record(metric, numerator=7, denominator=100, entered_by=person)

    stored = Measurement.objects.get()
    assert stored == measurement
    assert (stored.kind, stored.numerator, stored.denominator) == ("proportion", 7, 100)
    assert (stored.period_start, stored.period_end) == (date(2026, 2, 1), date(2026, 2, 28))
    assert (stored.source, stored.entered_by, stored.is_current) == ("page", person, True)
    assert markers() == [(4, metric.pk)]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Decimal("NaN"), "Enter a finite number."),
        (Decimal("sNaN"), "Enter a finite number."),
        (Decimal("-Infinity"), "Enter a finite number."),
        (Decimal("1E309"), "Enter a number between -10^12 and 10^12."),
        (Decimal("0.0000001"), "Enter a number with at most 6 decimal places."),
        (None, "This figure is missing."),
    ],
)
def test_an_impossible_value_is_refused(value, message):
    assert refused(MetricFactory(), value=value) == {"value": [message]}


def test_minus_zero_is_zero():
    record(MetricFactory(), value=Decimal("-0"))

    assert str(Measurement.objects.get().value) == "0"


def test_a_level_may_be_negative_but_a_duration_may_not():
    record(MetricFactory(), value=Decimal(-3))
    with pytest.raises(ValidationError) as refusal:
        record(MetricFactory(duration=True), value=Decimal(-3))

    assert refusal.value.message_dict == {"value": ["A duration cannot be negative."]}


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ({"period_end": date(2026, 3, 17)}, "2026-03-17 lies in the future. A measurement ends today or earlier."),
        ({"period_end": date(2026, 1, 31)}, "The period cannot end before it starts."),
    ],
)
def test_an_impossible_period_is_refused(period, message):
    assert refused(MetricFactory(), value=Decimal(1), **period) == {"period_end": [message]}


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1899, 12, 31)])
def test_a_period_before_1900_is_a_slip_of_the_pen(day):
    assert list(refused(MetricFactory(), value=Decimal(1), period_start=day)) == ["period_start"]


def test_a_period_may_end_today():
    record(MetricFactory(), value=Decimal(1), period_end=TODAY)

    assert Measurement.objects.get().period_end == TODAY


@pytest.mark.parametrize(
    ("figures", "errors"),
    [
        ({"numerator": 1, "denominator": 0}, {"denominator": ["The denominator must be above 0."]}),
        (
            {"numerator": 8, "denominator": 7},
            {"numerator": ["The numerator 8 is larger than the denominator 7."]},
        ),
        ({"numerator": -1, "denominator": 7}, {"numerator": ["Enter a whole number from 0 to 10^15."]}),
        ({"numerator": 1, "denominator": 10**16}, {"denominator": ["Enter a whole number from 0 to 10^15."]}),
        ({"numerator": 1}, {"denominator": ["This figure is missing."]}),
    ],
)
def test_an_impossible_share_is_refused(figures, errors):
    assert refused(MetricFactory(proportion=True), **figures) == errors


@pytest.mark.parametrize(
    ("figures", "errors"),
    [
        ({"defects": 41, "units": 10}, {"defects": ["41 defects are more than 40 opportunities."]}),
        ({"defects": 0, "units": 0}, {"units": ["Units must be above 0."]}),
        (
            {"defects": 0, "units": 10, "opportunities": 0},
            {"opportunities": ["Units x opportunities lie between 1 and 10^15."]},
        ),
        (
            {"defects": 0, "units": 10**15},
            {"opportunities": ["Units x opportunities lie between 1 and 10^15."]},
        ),
    ],
)
def test_impossible_defects_are_refused(figures, errors):
    assert refused(MetricFactory(defects=True), **figures) == errors


def test_every_opportunity_may_be_a_defect():
    measurement = record(MetricFactory(defects=True), defects=40, units=10)

    assert (measurement.defects, measurement.opportunities) == (40, 4)


def test_opportunities_stay_what_they_were_when_the_metric_changes():
    metric = MetricFactory(defects=True)
    record(metric, defects=40, units=10)

    services.update_metric(metric=metric, changes={"opportunities_per_unit": 5})

    assert Measurement.objects.get().opportunities == 4


@pytest.mark.parametrize("exposure", [Decimal(0), Decimal(-1)])
def test_an_exposure_is_above_zero(exposure):
    errors = refused(MetricFactory(count_rate=True), events=1, exposure=exposure)

    assert errors == {"exposure": ["The exposure must be above 0."]}


def test_figures_of_another_kind_are_refused():
    errors = refused(MetricFactory(), value=Decimal(1), numerator=1, opportunities=2)

    assert list(errors) == ["numerator", "opportunities"]


def test_a_part_needs_a_metric_that_is_broken_down():
    assert list(refused(MetricFactory(), value=Decimal(1), part="DE")) == ["part"]


@pytest.mark.parametrize("part", ["de", "XX", "africa"])
def test_a_part_is_a_value_of_the_breakdown(part):
    assert list(refused(MetricFactory(breakdown="country"), value=Decimal(1), part=part)) == ["part"]


@pytest.mark.parametrize("source", ["", "x" * 41])
def test_a_source_has_a_name(source):
    assert list(refused(MetricFactory(), value=Decimal(1), source=source)) == ["source"]


def test_a_metric_that_is_no_longer_active_takes_no_measurements():
    assert list(refused(MetricFactory(is_active=False), value=Decimal(1))) == ["metric"]


# ---- Resends


def test_the_same_external_id_with_the_same_figures_is_one_measurement():
    metric = MetricFactory()

    first = record(metric, value=Decimal(1), external_id="a")
    second = record(metric, value=Decimal("1.0"), external_id="a")

    assert (second, Measurement.objects.count(), markers()) == (first, 1, [(4, metric.pk)])


def test_the_same_external_id_with_another_value_is_refused():
    metric = MetricFactory()
    record(metric, value=Decimal(1), external_id="a")

    with pytest.raises(ValidationError) as refusal:
        record(metric, value=Decimal(2), external_id="a")

    assert refusal.value.message_dict == {
        "external_id": [
            "The id 'a' came before with other figures. Correct that measurement, or give this one its own id."
        ]
    }
    assert (Measurement.objects.get().value, markers()) == (1, [(4, metric.pk)])


def test_the_same_external_id_of_another_source_is_another_measurement():
    metric = MetricFactory()
    record(metric, value=Decimal(1), external_id="a")
    record(metric, value=Decimal(2), external_id="a", source="mes")

    assert Measurement.objects.count() == 2


def test_a_resend_of_what_was_corrected_since_changes_nothing():
    metric = MetricFactory()
    first = record(metric, value=Decimal(1), external_id="a")
    corrected = correct(first, value=Decimal(2))

    assert record(metric, value=Decimal(1), external_id="a") == corrected
    assert Measurement.objects.filter(is_current=True).get().value == 2


# ---- Many


def row(metric_id: int, external_id: str, value: Decimal | int | None) -> MeasurementRow:
    return MeasurementRow(metric_id=metric_id, external_id=external_id, figures=Figures(**FEBRUARY, value=value))


def push(*rows, source="mes") -> list[Outcome]:
    results = services.record_measurements(rows=rows, source=source, today=TODAY)
    return [result.outcome for result in results]


def test_many_are_stored_with_one_marker_per_metric():
    one, other = MetricFactory(), MetricFactory()
    rows = [row(other.pk, "b", Decimal(2)), row(one.pk, "a", Decimal(1)), row(one.pk, "c", Decimal(3))]

    results = services.record_measurements(rows=rows, source="mes", today=TODAY)

    assert [result.outcome for result in results] == [Outcome.CREATED] * 3
    stored = [Measurement.objects.get(pk=result.measurement_id).external_id for result in results]
    assert stored == ["b", "a", "c"]
    assert markers() == [(4, one.pk), (4, other.pk)]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (("bad", Decimal("NaN")), "value"),
        (("bad", None), "value"),
        (("", Decimal(1)), "external_id"),
        (("x" * 81, Decimal(1)), "external_id"),
    ],
)
def test_one_error_and_nothing_is_stored(bad, field):
    metric = MetricFactory()
    rows = [row(metric.pk, "a", Decimal(1)), row(metric.pk, *bad)]

    results = services.record_measurements(rows=rows, source="mes", today=TODAY)

    assert [result.outcome for result in results] == [Outcome.HELD_BACK, Outcome.ERROR]
    assert list(results[1].errors) == [field]
    assert (Measurement.objects.count(), markers()) == (0, [])


def test_an_unknown_or_inactive_metric_is_an_error_of_its_item():
    metric = MetricFactory(is_active=False)
    rows = [row(0, "a", Decimal(1)), row(metric.pk, "b", Decimal(1))]

    results = services.record_measurements(rows=rows, source="mes", today=TODAY)

    assert [list(result.errors) for result in results] == [["metric"], ["metric"]]


def test_one_conflict_and_nothing_is_stored():
    metric = MetricFactory()
    push(row(metric.pk, "a", Decimal(1)))

    outcomes = push(row(metric.pk, "b", Decimal(1)), row(metric.pk, "a", Decimal(2)))

    assert outcomes == [Outcome.HELD_BACK, Outcome.CONFLICT]
    assert list(Measurement.objects.values_list("external_id", "value")) == [("a", 1)]


def test_duplicates_pass_beside_new_ones():
    metric = MetricFactory()
    push(row(metric.pk, "a", Decimal(1)))

    outcomes = push(row(metric.pk, "a", Decimal(1)), row(metric.pk, "b", Decimal(1)), row(metric.pk, "b", Decimal(1)))

    assert outcomes == [Outcome.DUPLICATE, Outcome.CREATED, Outcome.DUPLICATE]
    assert Measurement.objects.count() == 2


def test_two_values_for_one_id_in_a_call_are_a_conflict():
    metric = MetricFactory()

    outcomes = push(row(metric.pk, "a", Decimal(1)), row(metric.pk, "a", Decimal(2)))

    assert outcomes == [Outcome.HELD_BACK, Outcome.CONFLICT]
    assert Measurement.objects.count() == 0


def test_nothing_is_a_push_of_nothing():
    assert (push(), markers()) == ([], [])


def test_more_rows_than_one_statement_holds_are_all_stored():
    metric = MetricFactory()

    push(*[row(metric.pk, f"{number:04}", Decimal(number)) for number in range(1001)])

    assert Measurement.objects.count() == 1001
    assert sum(Measurement.objects.values_list("value", flat=True)) == 500_500
    assert markers() == [(4, metric.pk)]


# ---- Corrections


def correct(measurement, *, reason="Typed wrong.", **columns) -> Measurement:
    figures = Figures(**FEBRUARY | columns)
    return services.correct_measurement(measurement=measurement, figures=figures, reason=reason, today=TODAY)


def test_a_correction_is_a_new_revision_and_the_old_one_stays():
    old = record(MetricFactory(), value=Decimal(1), external_id="a")

    new = correct(old, value=Decimal(2))

    old.refresh_from_db()
    assert (old.is_current, old.value, new.is_current, new.value) == (False, 1, True, 2)
    assert (new.supersedes, new.reason, new.source, new.external_id) == (old, "Typed wrong.", "page", "a")
    assert markers() == [(4, old.metric_id)] * 2


@pytest.mark.parametrize(
    ("columns", "reason", "field"),
    [
        ({"value": Decimal(2)}, "  ", "reason"),
        ({"value": Decimal(1)}, "Typed wrong.", "reason"),
        ({"value": Decimal("NaN")}, "Typed wrong.", "value"),
        ({"value": Decimal(2), "period_end": date(2026, 3, 17)}, "Typed wrong.", "period_end"),
        ({"value": Decimal(2)}, "x" * 301, "reason"),
    ],
)
def test_a_refused_correction_leaves_the_old_one_current(columns, reason, field):
    old = record(MetricFactory(), value=Decimal(1))

    with pytest.raises(ValidationError) as refusal:
        correct(old, reason=reason, **columns)

    assert list(refusal.value.message_dict) == [field]
    assert (Measurement.objects.get().is_current, len(markers())) == (True, 1)


def test_only_the_newest_revision_is_corrected():
    old = record(MetricFactory(), value=Decimal(1))
    correct(old, value=Decimal(2))

    with pytest.raises(ValidationError, match="Correct its newest revision instead"):
        correct(old, value=Decimal(3))


def test_correcting_the_period_alone_is_a_correction():
    old = record(MetricFactory(), value=Decimal(1))

    assert correct(old, value=Decimal(1), period_end=date(2026, 2, 27)).period_end == date(2026, 2, 27)


# ---- What the database refuses


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ({}, {"value": None}),
        ({}, {"value": 1, "numerator": 1}),
        ({}, {"value": 1, "opportunities": 1}),
        ({"duration": True}, {"value": -1}),
        ({"proportion": True}, {"numerator": 2, "denominator": 1}),
        ({"proportion": True}, {"numerator": 0, "denominator": 0}),
        ({"proportion": True}, {"numerator": -1, "denominator": 1}),
        ({"proportion": True}, {"numerator": 1}),
        ({"defects": True}, {"defects": 5, "units": 1, "opportunities": 4}),
        ({"defects": True}, {"defects": 0, "units": 1}),
        ({"count_rate": True}, {"events": 1, "exposure": 0}),
        ({"count_rate": True}, {"events": -1, "exposure": 1}),
        ({}, {"value": 1, "period_start": date(2026, 3, 1)}),
        ({}, {"value": 1, "source": ""}),
    ],
)
def test_the_database_refuses_impossible_figures(kind, columns):
    metric = MetricFactory(**kind)

    with pytest.raises(IntegrityError), transaction.atomic():
        MeasurementFactory(metric=metric, **columns)


def test_the_database_keeps_one_current_measurement_per_external_id():
    metric = MetricFactory()
    MeasurementFactory(metric=metric, value=1, external_id="a", is_current=False)
    MeasurementFactory(metric=metric, value=1, external_id="a")

    with pytest.raises(IntegrityError), transaction.atomic():
        MeasurementFactory(metric=metric, value=1, external_id="a")
