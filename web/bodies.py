"""Bodies of the API: each noun says which fields it takes, and nothing else gets in.

A field checks the type and what it points to; what a value means is checked by the service behind it, so that API and
pages refuse it in the same words.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from web.fields import to_units
from web.problems import NO_SUCH_THING

LARGEST_ID = 2**31 - 1
LARGEST_SMALL = 32_767
LONGEST_TEXT = 20_000
MOST_REFERENCES = 200
NOT_TEXT = "This has to be text."
NOT_WHOLE = "This has to be a whole number, without quotes."

Rows = Callable[[Any], QuerySet[Any]]


class Body(serializers.Serializer[Any]):
    """An object with these fields and no others: what a caller may not set cannot be slipped in."""

    def to_internal_value(self, data: Any) -> Any:
        errors = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**_by_field(error.detail), **errors}) from None
        if errors:
            raise serializers.ValidationError(errors)
        return value

    def _unknown(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            return {}
        reason = no_such_field(self.fields)
        return {str(name)[:80]: [reason] for name in data if name not in self.fields}


def no_such_field(offered: Iterable[str]) -> serializers.ErrorDetail:
    offer = ", ".join(sorted(offered)) or "none"
    return serializers.ErrorDetail(f"There is no such field here; there are: {offer}.", "unknown")


def refuse_unknown(data: Iterable[str], *, among: Iterable[str], offered: Iterable[str]) -> None:
    """Raise for fields that a record has for other callers and not for this one."""
    reason = no_such_field(offered)
    if errors := {name: [reason] for name in data if name in among}:
        raise serializers.ValidationError(errors)


def _by_field(detail: Any) -> dict[str, Any]:
    return dict(detail) if isinstance(detail, dict) else {"non_field_errors": detail}


class NoBody(Body):
    """An action that needs nothing but its address: no body, or an empty object."""


class Text(serializers.CharField):
    """Text; whether it may be as long as it is, the record's own rules say."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": not options.get("required", True), "max_length": LONGEST_TEXT} | options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError(NOT_TEXT, "invalid")
        return str(super().to_internal_value(data))


class Whole(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": LARGEST_SMALL} | options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError(NOT_WHOLE, "invalid")
        return int(super().to_internal_value(data))


class Exact(serializers.DecimalField):
    """An exact number with at most six decimal places: as a number, or as text as the API writes it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": None, "decimal_places": None} | options)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool):
            self.fail("invalid")
        number: Decimal = super().to_internal_value(data)
        to_units(number)
        return number


class YesNo(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("This has to be true or false.", "invalid")
        return data


@extend_schema_field(OpenApiTypes.INT)
class Reference(serializers.Field[Any, Any, Any, Any]):
    """The id of a record; one that the caller may not see reads exactly like one that does not exist.

    `rows` gets the caller's rights and returns the records that may be named.
    """

    def __init__(self, rows: Rows, **options: Any) -> None:
        super().__init__(**options)
        self.rows = rows

    def to_internal_value(self, data: Any) -> Any:
        found = self.rows(self.context["access"]).filter(pk=id_in(data)).first()
        if found is None:
            raise serializers.ValidationError(NO_SUCH_THING, "does_not_exist")
        return found

    def to_representation(self, value: Any) -> Any:
        return value.pk


class ReferenceInForm(Reference):
    """The id of a record in a form, where every value is text."""

    def to_internal_value(self, data: Any) -> Any:
        is_number = isinstance(data, str) and data.isascii() and data.isdigit() and len(data) < 20
        return super().to_internal_value(int(data) if is_number else data)


@extend_schema_field({"type": "array", "items": {"type": "integer"}, "maxItems": MOST_REFERENCES})
class References(serializers.Field[Any, Any, Any, Any]):
    """The ids of several records."""

    def __init__(self, rows: Rows, **options: Any) -> None:
        super().__init__(**options)
        self.rows = rows

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list) or len(data) > MOST_REFERENCES:
            raise serializers.ValidationError(f"This has to be a list of at most {MOST_REFERENCES} ids.", "invalid")
        ids = [id_in(each) for each in data]
        found = {row.pk: row for row in self.rows(self.context["access"]).filter(pk__in=ids)}
        if missing := [index for index, each in enumerate(ids) if each not in found]:
            reason = serializers.ErrorDetail(NO_SUCH_THING, "does_not_exist")
            raise serializers.ValidationError({str(index): [reason] for index in missing})
        return [found[each] for each in dict.fromkeys(ids)]

    def to_representation(self, value: Any) -> Any:
        return [each.pk for each in value]


def id_in(data: Any) -> int:
    """Return an id that can exist; another number is the id of nothing, another type is the caller's fault."""
    if isinstance(data, bool) or not isinstance(data, int):
        raise serializers.ValidationError(NOT_WHOLE, "invalid")
    return data if 0 < data <= LARGEST_ID else 0
