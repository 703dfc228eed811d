"""What the API takes and gives about charts: phases and notes."""

from typing import ClassVar

from rest_framework import serializers

from metrics.models import ChartNote, ChartPhase
from metrics.selectors import metrics_for
from web.bodies import Body, Reference, Text
from web.nouns import id_filter
from web.paging import PageQuery


class ChartPhaseSerializer(serializers.ModelSerializer[ChartPhase]):
    """From `begins_on` on a metric's chart has limits of its own; `taken_back_at` null: they hold."""

    metric = serializers.IntegerField(source="metric_id", read_only=True)

    class Meta:
        model = ChartPhase
        fields: ClassVar = [
            "id", "metric", "begins_on", "reason", "named_by_name", "named_at", "taken_back_at", "taken_back_by_name",
            "taken_back_reason",
        ]  # fmt: skip
        read_only_fields = fields


class ChartQuery(PageQuery):
    metric = id_filter("Metric")


class NewChartPhaseBody(Body):
    metric = Reference(metrics_for)
    begins_on = serializers.DateField()
    reason = Text()


class TakeBackBody(Body):
    reason = Text()


class ChartNoteSerializer(serializers.ModelSerializer[ChartNote]):
    """What was behind a point or a stretch of a metric's chart."""

    metric = serializers.IntegerField(source="metric_id", read_only=True)

    class Meta:
        model = ChartNote
        fields: ClassVar = ["id", "metric", "begins_on", "ends_on", "text", "written_by_name", "written_at"]
        read_only_fields = fields


class ChangedChartNoteBody(Body):
    begins_on = serializers.DateField()
    ends_on = serializers.DateField(required=False)
    text = Text()


class NewChartNoteBody(ChangedChartNoteBody):
    """Without `ends_on` it is of one day."""

    metric = Reference(metrics_for)
