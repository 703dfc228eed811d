"""Exact numbers in the database: a fixed-point column has the same bits on SQLite and on PostgreSQL."""

from decimal import Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

PLACES = 6
ONE = 10**PLACES
LIMIT = Decimal(10**12)
# The usual 28 digits would cut a longer number without a word.
EXACT = Context(prec=100, traps=[Inexact])
NOT_WHOLE = Decimal("0.5")


def to_units(value: Decimal) -> int:
    """Return `value` in millionths; raise ValidationError if it has more places or is out of range."""
    if not value.is_finite():
        raise ValidationError(_("Enter a finite number."), code="not_finite")
    if value.copy_abs() >= LIMIT:
        raise ValidationError(_("Enter a number between -10^12 and 10^12."), code="out_of_range")
    try:
        scaled = value.scaleb(PLACES, EXACT)
    except Inexact:
        scaled = NOT_WHOLE
    if scaled != scaled.to_integral_value():
        raise ValidationError(_("Enter a number with at most 6 decimal places."), code="too_precise")
    return int(scaled)


def from_units(units: int) -> Decimal:
    """Return millionths as the shortest plain decimal."""
    value = Decimal(units).scaleb(-PLACES)
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def to_six_places(value: Decimal | Fraction) -> Decimal:
    """Return a number rounded to what such a column can hold."""
    return from_units(round(value * ONE))


class FixedPointField(models.BigIntegerField):
    """A decimal number stored as an integer count of millionths."""

    description = _("Exact decimal number with up to 6 places")

    def from_db_value(self, value: int | None, *_args: Any) -> Decimal | None:
        return None if value is None else from_units(value)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value).strip())
        except InvalidOperation:
            raise ValidationError(_("Enter a number."), code="invalid") from None

    def get_prep_value(self, value: Any) -> int | None:
        number = self.to_python(value)
        return None if number is None else to_units(number)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        if value is not None:
            to_units(value)
        super().validate(value, model_instance)

    @property
    def validators(self) -> list[Any]:
        """No integer range: the column holds millionths, the value is a decimal, and `validate` knows the limit."""
        return []

    def formfield(self, **kwargs: Any) -> Any:
        return models.Field.formfield(self, **{"form_class": forms.DecimalField, "decimal_places": PLACES, **kwargs})
