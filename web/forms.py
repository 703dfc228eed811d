"""How forms are laid out: crispy draws fields and groups, the page draws the form tag, the summary and the buttons."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crispy_forms import layout as crispy
from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.dateparse import parse_datetime

# Eighteen digits always fit 63 bits.
DIGITS_OF_AN_ID = 18


def id_in(text: str) -> int:
    """Return the id of a record that an address or a form names, 0 for what is none: nothing has that."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS_OF_AN_ID else 0


def ids_in(texts: Iterable[str]) -> set[int]:
    """Return the ids among what an address or a form names."""
    return {found for text in texts if (found := id_in(text))}


def moment_in(text: str) -> datetime | None:
    """Return the moment that a form names; None for what is none, or one without its time zone."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def layout(*parts: Any) -> FormHelper:
    """Return the helper of a form on components/form_page.html: `self.helper = layout("name", side_by_side(...))`."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = crispy.Layout(*parts)
    return helper


def side_by_side(*fields: str) -> crispy.Row:
    """Return fields in one row, under each other on a phone."""
    return crispy.Row(*(crispy.Column(name, css_class="col-md") for name in fields))


def group(legend: Any, *parts: Any) -> crispy.Fieldset:
    return crispy.Fieldset(legend, *parts)


def add_errors(form: forms.BaseForm, error: ValidationError) -> None:
    """Show what a service refused where it belongs: at the field that it names, or on top of the form."""
    named = error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}
    for name, errors in named.items():
        if name is None or name == NON_FIELD_ERRORS or name in form.fields:
            form.add_error(name if name in form.fields else None, errors)
        else:
            form.add_error(None, [f"{name}: {message}" for error in errors for message in error.messages])


class SeveralField(forms.ModelMultipleChoiceField):
    """Several records of a queryset. An id past what a database counts is that of no record, as in a choice of one."""

    def clean(self, value: Any) -> Any:
        for each in value if isinstance(value, list | tuple) else ():
            if len(str(each)) > DIGITS_OF_AN_ID:
                shown = {"value": str(each)[:40]}
                raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params=shown)
        return super().clean(value)


class DayInput(forms.DateInput):
    """A day as browsers ask for it; they send ISO dates."""

    input_type = "date"

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%Y-%m-%d", **options)
