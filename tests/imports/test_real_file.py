"""Ten thousand real order lines with a promised and a delivered day."""

from pathlib import Path

import pytest
from django.conf import settings

from metrics.imports import import_measurements
from metrics.models import Measurement
from tests.factories.metrics import MetricFactory

DELIVERIES: Path = settings.BASE_DIR.parent / "shared" / "data" / "scms_deliveries.csv"
MAPPING = """
source = "deliveries"
[derived.days_late]
days_between = ["Scheduled Delivery Date", "Delivered to Client Date"]
[[measurements]]
metric = {value = "Days late"}
external_id = {template = "line {ID}"}
period_end = "Delivered to Client Date"
value = "days_late"
"""


@pytest.mark.django_db
@pytest.mark.skipif(not DELIVERIES.exists(), reason="not run: data absent")
def test_the_late_lines_of_a_real_file_are_its_late_lines(write, noon):
    MetricFactory(name="Days late", unit="days")
    report = import_measurements(path=DELIVERIES, mapping_path=write("m.toml", MAPPING), dry_run=False, now=noon)
    assert (report.rows, report.created["measurements"], report.errors) == (10_324, 10_324, [])
    assert Measurement.objects.filter(value__gt=0).count() == 1_186
