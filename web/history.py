"""What a record said before, as the API tells it: each saved change with the fields that it changed."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import models
from rest_framework import serializers

KINDS = {"+": "made", "~": "changed", "-": "deleted"}
KIND_CHOICES = [(each, each) for each in KINDS.values()]


class FieldChangeSerializer(serializers.Serializer[Any]):
    """Values as the record's other addresses write them; null where there was none."""

    field = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class ChangeSerializer(serializers.Serializer[Any]):
    """One saved change. `by`: the person's id; null where the program itself wrote."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(choices=KIND_CHOICES)
    changes = FieldChangeSerializer(many=True)


def changes_of(record: Any, *, before: int | None, count: int) -> tuple[list[dict[str, Any]], int | None]:
    """Return saved changes, newest first, from behind an id on, and where to go on (1 query)."""
    rows = record.history.order_by("-history_id")
    if before is not None:
        rows = rows.filter(history_id__lt=before)
    # One more than is shown: what the last of them changed, only the one before it tells.
    found = [*rows[: count + 1], None]
    shown = [change_form(row, older) for row, older in list(pairwise(found))[:count]]
    return shown, shown[-1]["id"] if len(found) > count + 1 else None


def change_form(row: Any, older: Any) -> dict[str, Any]:
    at: datetime = row.history_date
    return {
        "id": row.history_id,
        "at": at,
        "by": row.history_user_id,
        "kind": KINDS[row.history_type],
        "changes": [] if row.history_type == "-" else list(_differences(row, older)),
    }


def _differences(row: Any, older: Any) -> Any:
    field: models.Field[Any, Any]
    for field in row.tracked_fields:
        before, after = (getattr(older, field.attname) if older else None), getattr(row, field.attname)
        if before != after and field.name != "id":
            yield {"field": field.name, "before": before, "after": after}
