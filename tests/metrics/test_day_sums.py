"""Levels from the sums of days are those of the measurements, at any moment and whatever happened before."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from gap_scores.rebuilding import rebuild, verify
from gap_scores.services import drain_all
from jobs.models import Marker
from jobs.services import MANY_DAYS, mark_circle, mark_days
from metrics import day_sums
from metrics.day_sums import fold_days, kept_days
from metrics.figures import Figures
from metrics.levels import measured_levels
from metrics.models import DaySum, Measurement, Metric
from metrics.services import correct_measurement, record_measurement
from tests.conftest import NOON
from tests.factories.metrics import MeasurementFactory, MetricFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 16)
FIGURES = {
    "level": lambda chance: {"value": Decimal(chance.randint(-900, 900)) / 7 // 1},
    "duration": lambda chance: {"value": Decimal(chance.randint(0, 12))},
    "yield": lambda chance: {"numerator": chance.randint(3, 5), "denominator": chance.randint(5, 9)},
    "ordinal": lambda chance: {"counts": f"{chance.randint(0, 4)}/{chance.randint(0, 4)}/1"},
    "proportion": lambda chance: {"numerator": chance.randint(0, 5), "denominator": chance.randint(5, 9)},
    "defects": lambda chance: {"defects": chance.randint(0, 4), "units": chance.randint(1, 9), "opportunities": 4},
    "count_rate": lambda chance: {"events": chance.randint(0, 9), "exposure": Decimal(chance.randint(1, 40)) / 8},
}


METRICS = {
    "level": {}, "duration": {"percentile": 90},
    "proportion": {"unit": "percent"}, "defects": {"unit": "per_million", "opportunities_per_unit": 4},
    "count_rate": {"unit": "count"},
    "yield": {"unit": "percent", "direction": "higher", "steps": "cut, fold"},
    "ordinal": {"unit": "percent", "direction": "higher", "steps": "none, partly, fully", "counts_from": "partly"},
}  # fmt: skip


def parts_of(metric: Metric) -> tuple[str, ...]:
    return metric.step_names if metric.is_chain else ("", "DE", "FR")


def some_figures(metric: Metric, chance: random.Random) -> Figures:
    day, part = TODAY - timedelta(days=chance.randint(0, 120)), chance.choice(parts_of(metric))
    return Figures(period_start=day, period_end=day, part=part, **FIGURES[metric.kind](chance))


def edit(metric: Metric, chance: random.Random) -> None:
    current = list(Measurement.objects.filter(metric=metric, is_current=True))
    figures = some_figures(metric, chance)
    if current and chance.random() < 0.3:
        correct_measurement(
            measurement=chance.choice(current), figures=figures, reason="Counted again", entered_by=None, today=TODAY
        )
    else:
        record_measurement(metric=metric, figures=figures, source="press", entered_by=None, today=TODAY)


@pytest.mark.parametrize("kind", FIGURES)
def test_a_level_is_the_same_before_and_after_its_days_are_summed(kind, django_assert_num_queries):
    chance = random.Random(kind)
    metric = MetricFactory(kind=kind, breakdown="" if kind == "yield" else "country", **METRICS[kind])
    for _ in range(4):
        for _ in range(8):
            edit(metric, chance)
        measured = measured_levels(metrics=[metric], as_of=TODAY)
        drain_all(as_of=NOON)
        with django_assert_num_queries(2):
            summed = measured_levels(metrics=[metric], as_of=TODAY)

        assert summed == measured
    assert {part.part for part in summed[metric.pk]} == {"", *parts_of(metric)}


def test_a_correction_to_another_day_leaves_none_behind():
    metric = MetricFactory()
    first = MeasurementFactory(metric=metric, period_end=TODAY, value=7)
    figures = Figures(period_start=date(2026, 3, 1), period_end=date(2026, 3, 7), value=Decimal(8))

    correct_measurement(measurement=first, figures=figures, reason="Another week", entered_by=None, today=TODAY)
    drain_all(as_of=NOON)

    assert [row.period_end for row in kept_days(metric.pk)] == [date(2026, 3, 7)]


def test_one_drain_sums_only_so_many_measurements_of_whole_metrics(monkeypatch):
    first, second = MeasurementFactory(value=1).metric, MeasurementFactory(value=2).metric
    DaySum.objects.all().delete()
    monkeypatch.setattr(day_sums, "MOST_READ", 1)

    assert fold_days(days={}, whole=[first.pk, second.pk]) == {second.pk}
    assert [len(kept_days(each.pk)) for each in (first, second)] == [1, 0]


def test_very_many_days_of_a_metric_are_marked_as_all_of_them():
    few, many = MetricFactory(), MetricFactory()
    days = [(many.pk, TODAY - timedelta(days=at)) for at in range(MANY_DAYS + 1)]

    mark_days(days=[(few.pk, TODAY), *days, (few.pk, TODAY)])

    assert set(Marker.objects.values_list("key1", "key2")) == {
        (few.pk, TODAY.toordinal()), (many.pk, Marker.EVERY_DAY),
    }  # fmt: skip


def test_a_day_that_somebody_changed_is_named_and_a_rebuild_repairs_it():
    metric = MeasurementFactory(value=5).metric
    mark_circle()
    drain_all(as_of=timezone.now())
    DaySum.objects.update(sums="1 9 81")

    (difference,) = verify(now=timezone.now())
    rebuild(now=timezone.now())

    assert difference.place.startswith(f"day of metric {metric.pk} ")
    assert verify(now=timezone.now()) == []


def test_a_row_of_another_kind_than_its_metric_is_summed_nowhere_and_stops_no_drain():
    metric = MetricFactory()
    for kind in ("level", "duration"):
        row = MeasurementFactory(metric=metric, period_end=TODAY, value=7)
        Measurement.objects.filter(pk=row.pk).update(kind=kind)

    for days, whole in (({metric.pk: {TODAY.toordinal()}}, []), ({}, [metric.pk])):
        fold_days(days=days, whole=whole)

        assert [row.sums for row in kept_days(metric.pk)] == [(1, 7_000_000, 49 * 10**12)]
    drain_all(as_of=NOON)
    assert verify(now=timezone.now()) == []
