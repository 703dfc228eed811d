"""What the API takes and gives about metrics and measurements."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
from django.core.exceptions import ValidationError
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

from functions.serializers import active_functions
from jobs.models import Job
from metrics.deriving import NoValue, Worked
from metrics.figures import LONGEST_ID, VALUES, Errors, Figures
from metrics.items import FIGURE_NAMES, Outcome, Result
from metrics.models import LONGEST_COUNTS, Breakdown, Kind, Metric, MetricLink, MetricRelation
from metrics.pushing import LARGEST_PUSH, PushedItem
from metrics.selectors import kept_metrics, metrics_for
from metrics.streaming import FORMATS, KIND, run_stream
from requirements_catalog.models import UNIT_CHOICES
from requirements_catalog.serializers import products_to_name, requirements_to_name
from web.bodies import Body, Exact, Reference, Text, Whole, YesNo
from web.nouns import SearchQuery, id_filter, ordering
from web.paging import CursorQuery, PageQuery
from web.problems import FieldError, errors_in
from web.queries import Query
from web.strict_json import UNSTORABLE, StrictJsonError, strict_loads

PLACE = re.compile(r" - at `\$\.(\w+).*`$")
FIGURES = (*VALUES, "opportunities")
LONGEST_DEFINITION = 2_000


class MetricSerializer(serializers.ModelSerializer[Metric]):
    """What a function measures; `note` says where the data come from."""

    function = serializers.IntegerField(source="function_id", read_only=True)
    target = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, read_only=True)

    class Meta:
        model = Metric
        fields: ClassVar = [
            "id", "name", "short_name", "definition", "function", "kind", "unit", "direction", "percentile",
            "opportunities_per_unit", "steps", "counts_from", "formula", "breakdown", "window_months", "cadence_days",
            "grace_days", "target", "note", "version", "is_active",
        ]  # fmt: skip
        read_only_fields = fields


class MetricQuery(SearchQuery):
    function = id_filter("Function")
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    unit = serializers.ChoiceField(choices=UNIT_CHOICES, required=False)
    requirement = id_filter("Requirement", source="links__requirement")
    is_active = serializers.BooleanField(required=False)
    ordering = ordering("name", "function", "id")


class MetricBody(Body):
    """Kind, unit and breakdown stay as they are once there are measurements.

    `steps`: of a yield the chain that units go through, of a worded scale (`ordinal`) its words, the lowest first, by
    commas; `counts_from`: the step from which such a scale counts. `formula`: of a derived metric, over the short names
    of others: `late / delivered`.
    """

    name = Text()
    short_name = Text(required=False)
    definition = Text(required=False, max_length=LONGEST_DEFINITION)
    kind = serializers.ChoiceField(choices=Kind.choices)
    unit = serializers.ChoiceField(choices=UNIT_CHOICES)
    direction = serializers.ChoiceField(choices=Metric.Direction.choices)
    percentile = Whole(min_value=1, max_value=99, allow_null=True, required=False)
    opportunities_per_unit = Whole(min_value=1, max_value=2**31 - 1, allow_null=True, required=False)
    steps = Text(required=False)
    counts_from = Text(required=False)
    formula = Text(required=False)
    breakdown = serializers.ChoiceField(choices=Breakdown.choices, allow_blank=True, required=False)
    window_months = Whole(min_value=1, max_value=60, required=False)
    cadence_days = Whole(min_value=1, max_value=400, required=False)
    grace_days = Whole(max_value=400, required=False)
    target = Exact(allow_null=True, required=False)
    note = Text(required=False)


class NewMetricBody(MetricBody):
    function = Reference(active_functions)


class ChangedMetricBody(NewMetricBody):
    is_active = YesNo(required=False)


class UsedSerializer(serializers.Serializer[Any]):
    metric = serializers.IntegerField()
    short_name = serializers.CharField()
    value = serializers.FloatField(allow_null=True, help_text="In the unit of that metric.")
    on = serializers.DateField(allow_null=True)


class WorkedSerializer(serializers.Serializer[Any]):
    """What a derived metric came to in one period, in its unit; value null: there is none, for `reason`."""

    period_end = serializers.DateField()
    value = serializers.FloatField(allow_null=True)
    reason = serializers.ChoiceField(choices=[(each.value, each.value) for each in NoValue], allow_null=True)
    of = UsedSerializer(many=True)


class WorkedQuery(PageQuery):
    metric = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="Metric id.")


def worked_form(worked: Worked, *, is_open: bool) -> dict[str, Any]:
    used = [
        {
            "metric": each.metric.pk,
            "short_name": each.metric.short_name,
            "value": None if each.value is None else float(each.value),
            "on": each.on,
        }
        for each in worked.of
    ]
    return {
        "period_end": worked.ends_on,
        "value": None if worked.value is None else float(worked.value),
        "reason": worked.reason,
        "of": used if is_open else [],
    }


# ---- Links


class MetricLinkSerializer(serializers.ModelSerializer[MetricLink]):
    """A metric serves a requirement for one product: it measures the level (one at most), or it supports."""

    metric = serializers.IntegerField(source="metric_id", read_only=True)
    requirement = serializers.IntegerField(source="requirement_id", read_only=True)
    product = serializers.IntegerField(source="product_id", read_only=True)
    is_suspect = serializers.BooleanField(
        read_only=True, help_text="The requirement or the metric has changed since somebody looked at the link."
    )

    class Meta:
        model = MetricLink
        fields: ClassVar = [
            "id", "metric", "requirement", "product", "role", "strength", "requirement_version", "metric_version",
            "is_suspect",
        ]  # fmt: skip
        read_only_fields = fields


class MetricLinkQuery(PageQuery):
    metric = id_filter("Metric")
    requirement = id_filter("Requirement")
    product = id_filter("Product")
    role = serializers.ChoiceField(choices=MetricLink.Role.choices, required=False)


class AffirmBody(Body):
    """The versions that were read: where one has changed since, nothing is affirmed."""

    requirement_version = Whole(min_value=1, max_value=2**15 - 1)
    metric_version = Whole(min_value=1, max_value=2**15 - 1)


class ServesBody(Body):
    role = serializers.ChoiceField(choices=MetricLink.Role.choices, required=False)
    strength = serializers.ChoiceField(choices=MetricLink.Strength.choices, required=False)


class NewMetricLinkBody(ServesBody):
    metric = Reference(metrics_for)
    requirement = Reference(requirements_to_name)
    product = Reference(products_to_name)


# ---- Relations


class MetricRelationSerializer(serializers.ModelSerializer[MetricRelation]):
    """What two metrics do to each other: 9, 3 support, -3, -9 conflict. `one` is the lower id of the two."""

    one = serializers.IntegerField(source="one_id", read_only=True)
    other = serializers.IntegerField(source="other_id", read_only=True)

    class Meta:
        model = MetricRelation
        fields: ClassVar = ["id", "one", "other", "strength", "note"]
        read_only_fields = fields


class MetricRelationQuery(PageQuery):
    one = id_filter("Metric")
    other = id_filter("Metric")


class PullBody(Body):
    strength = serializers.ChoiceField(choices=MetricRelation.Strength.choices, required=False)
    note = Text(required=False)


class NewRelationBody(PullBody):
    one = Reference(metrics_for)
    other = Reference(metrics_for)
    strength = serializers.ChoiceField(choices=MetricRelation.Strength.choices)


# ---- Measurements


class MeasurementQuery(CursorQuery):
    metric = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="Metric id.")
    since = serializers.DateField(required=False, help_text="Periods that end on this day or later.")
    until = serializers.DateField(required=False, help_text="Periods that end on this day or earlier.")


class FiguresSerializer(serializers.Serializer[Any]):
    """Only the figures of the metric's kind are filled: value (level, duration), numerator and denominator
    (proportion, yield), defects and units (defects per opportunities), events and exposure (count rate), counts (how
    many fell on each step of a worded scale, the lowest first: 3/5/12)."""

    value = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, required=False)
    numerator = serializers.IntegerField(allow_null=True, required=False)
    denominator = serializers.IntegerField(allow_null=True, required=False)
    defects = serializers.IntegerField(allow_null=True, required=False)
    units = serializers.IntegerField(allow_null=True, required=False)
    opportunities = serializers.IntegerField(allow_null=True, required=False)
    events = serializers.IntegerField(allow_null=True, required=False)
    exposure = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, required=False)
    counts = serializers.CharField(allow_blank=True, required=False)


class MeasurementSerializer(FiguresSerializer):
    id = serializers.IntegerField()
    metric = serializers.IntegerField()
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    part = serializers.CharField(help_text="Value of the metric's breakdown, or step of its yield; '' without.")
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not of the serializer
    external_id = serializers.CharField()
    supersedes = serializers.IntegerField(allow_null=True, help_text="The measurement that this one corrects.")
    is_current = serializers.BooleanField(help_text="false: it was corrected, see its revisions.")
    reason = serializers.CharField(help_text="Why it corrects another one; '' for a first entry.")
    created_at = serializers.DateTimeField()


def any_whole() -> Whole:
    """A count; how large it may be, the figures' own rules say."""
    return Whole(min_value=None, max_value=None, allow_null=True, required=False)


class FiguresBody(Body):
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    part = Text(required=False)
    value = Exact(allow_null=True, required=False)
    numerator = any_whole()
    denominator = any_whole()
    defects = any_whole()
    units = any_whole()
    opportunities = any_whole()
    events = any_whole()
    exposure = Exact(allow_null=True, required=False)
    counts = Text(required=False, max_length=LONGEST_COUNTS)


class NewMeasurementBody(FiguresBody):
    """One observation. The same external id of the same source with the same figures is the one that is there."""

    metric = Reference(kept_metrics)
    source = Text()  # type: ignore[assignment]  # a field of that name, not of the serializer
    external_id = Text(required=False)


class CorrectionBody(FiguresBody):
    """The figures as they should have been, all of them, and why."""

    reason = Text()


def figures_in(data: dict[str, Any]) -> Figures:
    return Figures(**{name: data[name] for name in FIGURE_NAMES if name in data})


# ---- Pushing


class PushItemSerializer(FiguresSerializer):
    metric = serializers.JSONField(help_text="Id or name.")
    external_id = serializers.CharField(
        max_length=LONGEST_ID, help_text="The sender's own id: the same one with the same figures is a duplicate."
    )
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    part = serializers.CharField(required=False, allow_blank=True)


class PushSerializer(serializers.Serializer[Any]):
    """Measurements from one source, stored all or none."""

    source = serializers.CharField(  # type: ignore[assignment]  # a field of that name, not of the serializer
        max_length=40, help_text="The sending system; external ids belong to it."
    )
    items = serializers.ListField(child=PushItemSerializer(), min_length=1, max_length=LARGEST_PUSH)


class PushResultSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=[(each.value, each.value) for each in Outcome])
    external_id = serializers.CharField(allow_null=True)
    measurement = serializers.IntegerField(allow_null=True)


class PushedSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    results = PushResultSerializer(many=True)


class _Item(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    metric: int | str
    external_id: str
    period_start: date
    period_end: date
    part: str = ""
    value: Decimal | None = None
    numerator: int | None = None
    denominator: int | None = None
    defects: int | None = None
    units: int | None = None
    opportunities: int | None = None
    events: int | None = None
    exposure: Decimal | None = None
    counts: str = ""


def item_of(sent: object, *, strict: bool = True) -> PushedItem | Errors:
    """Return one item of a push, or what is wrong with its form; not strict: numbers may come as text."""
    try:
        item = msgspec.convert(sent, _Item, strict=strict)
    except msgspec.ValidationError as error:
        return form_errors(str(error))
    figures = Figures(
        period_start=item.period_start,
        period_end=item.period_end,
        part=item.part,
        **{name: getattr(item, name) for name in FIGURES},
    )
    return PushedItem(metric=item.metric, external_id=item.external_id, figures=figures)


def form_errors(message: str) -> Errors:
    """Return msgspec's sentence under the field that it names; under '' if it is about the item as a whole."""
    found = PLACE.search(message)
    return {found[1] if found else "": ValidationError(f"{PLACE.sub('', message)}.", code="invalid")}


def result_form(result: Result, sent: object) -> dict[str, object]:
    external_id = sent.get("external_id") if isinstance(sent, Mapping) else None
    return {
        "outcome": result.outcome.value,
        "external_id": external_id if isinstance(external_id, str) else None,
        # What a conflict lies with may belong to somebody else.
        "measurement": result.measurement_id if result.outcome in {Outcome.CREATED, Outcome.DUPLICATE} else None,
    }


def errors_of(results: list[Result]) -> list[FieldError]:
    """Return everything that is wrong with a push, each with its place in the body."""
    return [
        found
        for index, result in enumerate(results)
        for name, error in result.errors.items()
        for found in errors_in(error, ("items", index, name) if name else ("items", index))
    ]


# ---- Streaming

STREAM = KIND
STREAMED = dict.fromkeys(FORMATS, OpenApiTypes.BINARY)


class StreamQuery(Query):
    source = serializers.CharField(  # type: ignore[assignment]  # a field of that name, not of the serializer
        max_length=40, help_text="The sending system; external ids belong to it."
    )


def read_stream(job: Job) -> dict[str, Any]:
    return run_stream(job, read_line=item_in_line, read_cells=item_in_cells)


def item_in_line(line: bytes) -> PushedItem | Errors:
    try:
        return item_of(strict_loads(line))
    except StrictJsonError as error:
        return {"": ValidationError(str(error), code="json")}


def item_in_cells(row: tuple[list[str], list[str]]) -> PushedItem | Errors:
    """Return the item of a CSV row: every cell is text, and an empty one is not there."""
    header, cells = row
    if len(cells) != len(header):
        message = f"The row has {len(cells)} cells, the header has {len(header)}."
        return {"": ValidationError(message, code="cells")}
    found: dict[str, Any] = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
    if any(UNSTORABLE.search(cell) for cell in found.values()):
        return {"": ValidationError("The row holds a character that cannot be stored.", code="character")}
    if (metric := found.get("metric", "")).isascii() and metric.isdecimal() and len(metric) < 10:
        found["metric"] = int(metric)
    return item_of(found, strict=False)
