"""A level that is derived: what is measured below it reaches the gap."""

import pytest

from gap_scores.levels import requirements_measured_by
from metrics import services
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MetricFactory, MetricLinkFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db


def test_a_measurement_marks_the_requirements_of_all_that_is_derived_from_it():
    late = MetricFactory(short_name="late", unit="count")
    function = FunctionFactory()
    plain = {"function": function, "kind": "derived", "direction": "lower"}
    twice = services.create_metric(name="Twice", short_name="twice", unit="count", formula="late * 2", **plain)
    share = services.create_metric(name="Share", unit="percent", formula="late / twice", **plain)
    scale = {"unit": "percent", "direction": "lower"}
    link = MetricLinkFactory(metric=share, requirement=RequirementFactory(scale=scale))

    assert requirements_measured_by([late.pk]) == {link.requirement_id}
    assert requirements_measured_by([twice.pk]) == {link.requirement_id}
    assert requirements_measured_by([MetricFactory().pk]) == set()
