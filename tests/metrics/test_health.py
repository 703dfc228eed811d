"""How far what was measured can be trusted: read for many metrics at once, and said alike wherever it is said."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from metrics.health import AT_ONCE, health_of
from metrics.models import Metric, MetricInput
from metrics.services import update_metric
from scoring.health import Flaw, FlawKind, Trust, Weight
from tests.api.callers import caller
from tests.api.described import differences
from tests.conftest import NOON
from tests.factories.metrics import MeasurementFactory, MetricFactory
from tests.factories.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
TODAY = NOON.date()
API = "/api/v1/metric-health/"


def weekly(metric: Metric, *weeks_ago: int, **fields: object) -> None:
    for weeks in weeks_ago:
        given = {"value": 1 + weeks % 3} | fields
        MeasurementFactory(metric=metric, period_end=TODAY - timedelta(days=7 * weeks), **given)


@pytest.fixture
def metrics() -> list[Metric]:
    """One that is sound, one with a hole, one that is long late, one that was never measured."""
    made = [MetricFactory(name=name, cadence_days=7, grace_days=3) for name in ("Sound", "Hole", "Late", "Never")]
    weekly(made[0], 0, 1, 2)
    weekly(made[1], 0, 1, 3, 4, 5)
    weekly(made[2], 9, 10)
    return made


def named(client: Client, **asked: str) -> list[str]:
    return [row.metric.name for row in client.get(reverse("metric_list"), asked).context["list"].page]


def test_the_list_is_filtered_by_how_far_a_metric_can_be_trusted(metrics: list[Metric]) -> None:
    client = signed_in("specialist")

    asked = {trust: named(client, trust=trust) for trust in Trust}

    assert asked == {Trust.SOUND: ["Sound"], Trust.CARE: ["Hole"], Trust.DOUBT: ["Late"], Trust.NONE: ["Never"]}


def test_the_api_says_what_the_list_says_and_why(metrics: list[Metric]) -> None:
    answer = caller("specialist").get(f"{API}?trust=care")

    assert differences(answer, API) == []
    (row,) = answer.json()["results"]
    assert (row["metric"], row["trust"], row["n"]) == (metrics[1].pk, "care", 5)
    assert row["flaws"][0] == {
        "kind": "missing", "weight": "counts", "count": 1, "of": 6,
        "sentence": "1 of 6 periods were not measured.",
    }  # fmt: skip
    assert caller("specialist").get(f"{API}{metrics[1].pk}/").json() == row


def test_the_api_tells_a_head_of_the_own_metrics_only(metrics: list[Metric]) -> None:
    head = caller("head", metrics[0].function)

    assert [row["name"] for row in head.get(API).json()["results"]] == ["Sound"]
    assert head.get(f"{API}{metrics[1].pk}/").status_code == 404
    assert caller("viewer").get(API).json()["results"] == []


def test_what_was_measured_before_the_definition_changed_is_told(metrics: list[Metric]) -> None:
    update_metric(metric=metrics[0], changes={"window_months": 6, "percentile": None, "direction": "higher"})
    metric = Metric.objects.get(pk=metrics[0].pk)

    assert metric.version == 2
    flaw = health_of([metric], today=TODAY)[metric.pk].flaws[0]
    assert flaw == Flaw(FlawKind.CHANGED, Weight.GRAVE, 2, 3)


KINDS = {
    "yield": {"kind": "yield", "unit": "percent"},
    "ordinal": {"kind": "ordinal", "unit": "percent", "steps": "none, partly, fully", "counts_from": "partly"},
}


@pytest.mark.parametrize(
    ("kind", "twice"),
    [
        ("proportion", {"value": None, "numerator": 1, "denominator": 4}),
        ("defects", {"value": None, "defects": 1, "units": 9, "opportunities": 4}),
        ("count_rate", {"value": None, "events": 1, "exposure": 2}),
        ("yield", {"value": None, "numerator": 8, "denominator": 9}),
        ("ordinal", {"value": None, "counts": "3/0/1"}),
    ],
)
def test_what_adds_up_is_told_when_it_was_stored_twice(kind: str, twice: dict[str, object]) -> None:
    metric = MetricFactory(**KINDS.get(kind, {kind: True}), cadence_days=7)
    weekly(metric, 0, 0, **twice)

    assert health_of([metric], today=TODAY)[metric.pk].flaws[0] == Flaw(FlawKind.DUPLICATED, Weight.GRAVE, 1, 2)


def test_a_derived_metric_is_as_sound_as_the_worst_of_its_inputs(metrics: list[Metric]) -> None:
    sound, other = metrics[:2]
    derived = MetricFactory(kind="derived")
    MetricInput.objects.create(metric=derived, input=sound)
    alone = health_of([derived], today=TODAY)[derived.pk]
    MetricInput.objects.create(metric=derived, input=other)
    both = health_of([derived, other], today=TODAY)

    assert alone.trust is Trust.SOUND
    assert both[derived.pk].trust is both[other.pk].trust is Trust.CARE


def test_single_cases_that_took_equally_long_are_not_told() -> None:
    metric = MetricFactory(duration=True, cadence_days=7)
    weekly(metric, 0, 0, 1, value=Decimal("2.5"))
    weekly(metric, 2, value=0)

    assert [flaw.kind for flaw in health_of([metric], today=TODAY)[metric.pk].flaws] == [FlawKind.SINGLE_SOURCE]


def test_the_same_newest_ones_are_read_however_many_metrics_there_are(
    metrics: list[Metric], monkeypatch: pytest.MonkeyPatch, django_assert_num_queries
) -> None:
    alone = {metric.pk: health_of([metric], today=TODAY)[metric.pk] for metric in metrics}

    with django_assert_num_queries(1):
        assert health_of(metrics, today=TODAY) == alone
    monkeypatch.setattr("metrics.health.AT_ONCE", 3)
    with django_assert_num_queries(2):
        assert health_of(metrics, today=TODAY) == alone
    assert AT_ONCE < 500  # so many selects SQLite joins
