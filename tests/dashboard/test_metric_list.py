"""What the list of metrics and a metric's page say of trust, and what the two marks of a chart are filtered by."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import Metric
from tests.dashboard.program import TODAY, SmallProgram, small_program
from tests.factories.metrics import MeasurementFactory, MetricFactory
from tests.factories.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def program() -> SmallProgram:
    return small_program()


def weekly(metric: Metric, *weeks_ago: int, **fields: object) -> None:
    for weeks in weeks_ago:
        given = {"value": 1 + weeks % 3} | fields
        MeasurementFactory(metric=metric, period_end=TODAY - timedelta(days=7 * weeks), **given)


def named(client: Client, **asked: str) -> list[str]:
    return [row.metric.name for row in client.get(reverse("metric_list"), asked).context["list"].page]


def test_a_page_says_how_far_its_metric_can_be_trusted_and_why(program: SmallProgram) -> None:
    text = signed_in("specialist").get(reverse("metric_detail", args=[program.metric.pk])).content.decode()

    assert "Yes: nothing that was looked at speaks against its measurements." in text
    assert "All come from one source" in text


def test_the_list_is_filtered_by_what_its_marks_say_and_the_file_has_them(program: SmallProgram) -> None:
    metric = MetricFactory(name="Worse", cadence_days=7)
    weekly(metric, *range(1, 17))
    weekly(metric, 0, value=9)
    client = signed_in("specialist")

    assert named(client, moves="worse") == ["Worse"]
    assert named(client, moves="none", reaches="will_not") == [program.metric.name]
    assert named(client, moves="none", reaches="unknown") == []
    file = b"".join(client.get(reverse("metric_list"), {"moves": "worse", "format": "csv"}).streaming_content).decode()
    assert "signal: worse,not known" in file
