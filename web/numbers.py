"""Numbers as people type them: a decimal comma or a decimal point, and spaces between thousands."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from web.fields import to_units

SPACES = re.compile(r"[\s\u00a0\u2009\u202f']")
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")
# One group of three behind a comma: a thousand to some, a fraction to others.
AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
LONGEST = 40


def read_number(text: str) -> Decimal:
    """Return what was typed, exactly; raise ValidationError for what is no number or could be two."""
    plain = SPACES.sub("", text).replace("\u2212", "-")
    if AMBIGUOUS.fullmatch(plain):
        whole, fraction = plain.replace(",", ""), plain.replace(",", ".")
        message = _("Is that %(whole)s or %(fraction)s? Write it without a comma.")
        raise ValidationError(message, code="ambiguous", params={"whole": whole, "fraction": fraction})
    if len(plain) > LONGEST or not NUMBER.fullmatch(plain):
        raise ValidationError(_("Enter a number, for example 7.5 or 7,5."), code="invalid")
    number = Decimal(plain.replace(",", "."))
    to_units(number)
    return number


class ExactNumberField(forms.CharField):
    """A decimal number with at most six places; its text input lets a phone show digits."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 60} | options)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def prepare_value(self, value: Any) -> Any:
        return f"{value:f}" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return read_number(text) if text else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != initial
        except ValidationError:
            return True


class WholeNumberField(forms.IntegerField):
    """A count from 0 to 10^15; spaces between thousands are read over."""

    widget = forms.TextInput
    default_error_messages = {"invalid": _("Enter a whole number.")}  # noqa: RUF012  # Django's way

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 10**15} | options)
        self.widget.attrs.setdefault("inputmode", "numeric")

    def to_python(self, value: Any) -> Any:
        return super().to_python(SPACES.sub("", value) if isinstance(value, str) else value)
