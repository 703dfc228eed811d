"""What the API takes and gives about metrics and measurements."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
from django.core.exceptions import ValidationError
from rest_framework import serializers

from metrics.figures import LONGEST_ID, VALUES, Errors, Figures
from metrics.items import Outcome, Result
from metrics.models import Metric
from metrics.pushing import LARGEST_PUSH, PushedItem
from metrics.selectors import MEASUREMENT_COLUMNS
from web.paging import CursorQuery
from web.problems import FieldError, errors_in

PLACE = re.compile(r" - at `\$\.(\w+).*`$")
FIGURES = (*VALUES, "opportunities")


class MetricSerializer(serializers.ModelSerializer[Metric]):
    """What a function measures; `note` says where the data come from."""

    function = serializers.IntegerField(source="function_id", read_only=True)
    target = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, read_only=True)

    class Meta:
        model = Metric
        fields: ClassVar = [
            "id", "name", "definition", "function", "kind", "unit", "direction", "percentile",
            "opportunities_per_unit", "breakdown", "window_months", "cadence_days", "grace_days", "target", "note",
            "is_active",
        ]  # fmt: skip
        read_only_fields = fields


class MeasurementQuery(CursorQuery):
    metric = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="Metric id.")


class FiguresSerializer(serializers.Serializer[Any]):
    """Only the figures of the metric's kind are filled: value (level, duration), numerator and denominator
    (proportion), defects and units (defects per opportunities), events and exposure (count rate)."""

    value = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, required=False)
    numerator = serializers.IntegerField(allow_null=True, required=False)
    denominator = serializers.IntegerField(allow_null=True, required=False)
    defects = serializers.IntegerField(allow_null=True, required=False)
    units = serializers.IntegerField(allow_null=True, required=False)
    opportunities = serializers.IntegerField(allow_null=True, required=False)
    events = serializers.IntegerField(allow_null=True, required=False)
    exposure = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, required=False)


class MeasurementSerializer(FiguresSerializer):
    id = serializers.IntegerField()
    metric = serializers.IntegerField()
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    part = serializers.CharField(help_text="Value of the metric's breakdown; '' where it is not broken down.")
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not of the serializer
    external_id = serializers.CharField()
    supersedes = serializers.IntegerField(allow_null=True, help_text="The measurement that this one corrects.")
    created_at = serializers.DateTimeField()


def measurement_form(row: tuple[object, ...]) -> dict[str, object]:
    """Return a row of `measurements_after` under the names of MeasurementSerializer."""
    return {
        name.removesuffix("_id") if name != "external_id" else name: value
        for name, value in zip(MEASUREMENT_COLUMNS, row, strict=True)
    }


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


def item_of(sent: object) -> PushedItem | Errors:
    """Return one item of a push, or what is wrong with its form."""
    try:
        item = msgspec.convert(sent, _Item)
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
