"""What the API takes and gives about sources of measurements."""

from typing import Any, ClassVar

from rest_framework import serializers

from metrics.pull_models import MeasurementSource, PullRun
from metrics.selectors import metrics_for
from web.bodies import Body, Reference, Text, Whole
from web.nouns import SearchQuery, id_filter, ordering

MAPPED = (
    "name", "address", "format", "header", "records", "delimiter", "decimal", "date_form", "period_is", "period",
    "begins", "value", "size", "part", "identity", "every", "minute", "hour", "weekday",
)  # fmt: skip


class SourceSerializer(serializers.ModelSerializer[MeasurementSource]):
    """Where a metric's measurements are fetched from. Its secret is never told; `has_secret` says whether it has one.

    `failures`: how often in a row it gave nothing.
    """

    metric = serializers.IntegerField(source="metric_id", read_only=True)
    has_secret = serializers.BooleanField(read_only=True)

    class Meta:
        model = MeasurementSource
        fields: ClassVar = ["id", "metric", *MAPPED, "has_secret", "is_paused", "next_at", "failures", "failing_since"]
        read_only_fields = fields


class SourceQuery(SearchQuery):
    metric = id_filter("Metric")
    is_paused = serializers.BooleanField(required=False)
    ordering = ordering("name", "id")


class ChangedSourceBody(Body):
    """`secret` is sent in `header`, is kept encrypted and never told; without it, the one that is there stays."""

    name = Text()
    address = Text()
    format = serializers.ChoiceField(choices=MeasurementSource.Format.choices)
    header = Text(required=False)
    secret = Text(required=False, write_only=True)
    records = Text(required=False)
    delimiter = serializers.ChoiceField(choices=MeasurementSource.Delimiter.choices, required=False)
    decimal = serializers.ChoiceField(choices=MeasurementSource.Decimal.choices, required=False)
    date_form = serializers.ChoiceField(choices=MeasurementSource.DateForm.choices, required=False)
    period_is = serializers.ChoiceField(choices=MeasurementSource.Period.choices, required=False)
    period = Text()
    begins = Text(required=False)
    value = Text()
    size = Text(required=False)
    part = Text(required=False)
    identity = Text(required=False)
    every = serializers.ChoiceField(choices=MeasurementSource.Every.choices, required=False)
    minute = Whole(max_value=59, required=False)
    hour = Whole(max_value=23, required=False)
    weekday = Whole(max_value=6, required=False, help_text="0 is Monday.")


class NewSourceBody(ChangedSourceBody):
    metric = Reference(metrics_for)


class PullRunSerializer(serializers.ModelSerializer[PullRun]):
    """One time that a source was asked. Where a row was refused nothing was stored."""

    class Meta:
        model = PullRun
        fields: ClassVar = [
            "id", "state", "began_at", "ended_at", "rows", "created", "changed", "same", "refused", "message",
        ]  # fmt: skip
        read_only_fields = fields


class TriedErrorSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    field = serializers.CharField()
    detail = serializers.CharField()


class TriedSerializer(serializers.Serializer[Any]):
    """What would become of the first 1,000 records that the source answers now; the counts are about those.

    `problem`: why it cannot be read, '' where it can. `has_more`: there are records that were not looked at.
    """

    problem = serializers.CharField()
    rows = serializers.IntegerField()
    has_more = serializers.BooleanField()
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    refused = serializers.IntegerField()
    refusals = TriedErrorSerializer(many=True)
