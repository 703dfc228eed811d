from datetime import date

import factory

from metrics.day_sums import fold_days
from metrics.models import ChartNote, ChartPhase, Measurement, Metric, MetricLink
from metrics.pull_models import MeasurementSource
from tests.conftest import NOON
from tests.factories.functions import FunctionFactory
from tests.factories.requirements_catalog import RequirementFactory


class MetricFactory(factory.django.DjangoModelFactory):
    """Hours, lower is better; the mean of three months unless the kind says otherwise."""

    class Meta:
        model = Metric

    class Params:
        duration = factory.Trait(kind="duration", percentile=95)
        proportion = factory.Trait(kind="proportion", unit="percent")
        defects = factory.Trait(kind="defects", unit="per_million", opportunities_per_unit=4)
        count_rate = factory.Trait(kind="count_rate", unit="count")

    name = factory.Sequence(lambda number: f"Metric {number}")
    function = factory.SubFactory(FunctionFactory)
    kind, unit, direction = "level", "hours", "lower"


class MeasurementFactory(factory.django.DjangoModelFactory):
    """One day's observation of a metric."""

    class Meta:
        model = Measurement
        skip_postgeneration_save = True

    metric = factory.SubFactory(MetricFactory)
    kind = factory.LazyAttribute(lambda measurement: measurement.metric.kind)
    period_end = date(2026, 2, 28)
    period_start = factory.LazyAttribute(lambda measurement: measurement.period_end)
    source = "test"

    @factory.post_generation
    def day_is_summed(self, create, extracted):
        """As after a drain, for a test that wants no marker to wait."""
        if create:
            fold_days(days={self.metric_id: {self.period_end.toordinal()}}, whole=())


class MetricLinkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MetricLink

    metric = factory.SubFactory(MetricFactory)
    requirement = factory.SubFactory(RequirementFactory, scale={})
    product = factory.LazyAttribute(lambda link: link.requirement.products.get())
    role = MetricLink.Role.MEASURES


class MeasurementSourceFactory(factory.django.DjangoModelFactory):
    """A list of objects with day and value. Its address is one that no network has, so that nobody is asked."""

    class Meta:
        model = MeasurementSource

    metric = factory.SubFactory(MetricFactory)
    name = factory.Sequence(lambda number: f"Source {number}")
    address = "https://192.0.2.1/levels"
    format, period, value = "json", "day", "value"


class ChartPhaseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ChartPhase

    metric = factory.SubFactory(MetricFactory)
    begins_on = date(2026, 1, 1)
    reason = "A new process"
    named_by_name = "I. Moreau"
    named_at = NOON


class ChartNoteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ChartNote

    metric = factory.SubFactory(MetricFactory)
    begins_on = ends_on = date(2026, 2, 28)
    text = "A store was flooded"
    written_by_name = "I. Moreau"
    written_at = NOON
