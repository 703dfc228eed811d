"""Filters by two ends: 'from 10 to 50', 'from 1 March to 31 March'. Either end may be left open."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django_filters import RangeFilter
from django_filters.fields import RangeField
from django_filters.widgets import RangeWidget


class _Ends(RangeWidget):
    """Two inputs in one row, each with a name of its own for those who hear the page."""

    suffixes: ClassVar[list[str]] = ["min", "max"]
    input_attrs: ClassVar[dict[str, str]] = {"inputmode": "decimal"}

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        for each, said in zip(context["widget"]["subwidgets"], (_("from"), _("to")), strict=True):
            each["attrs"] |= {"aria-label": said, "placeholder": said, "class": "form-control", **self.input_attrs}
        return context


class _Days(_Ends):
    suffixes: ClassVar[list[str]] = ["after", "before"]
    input_attrs: ClassVar[dict[str, str]] = {"type": "date"}

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        for each in self.widgets:
            each.input_type = "date"


class _NumbersField(RangeField):
    """Two numbers as long as one can mean: an integer column would write '1e999999999' out, digit by digit."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__((forms.DecimalField(max_digits=18), forms.DecimalField(max_digits=18)), *args, **options)


class _DaysField(RangeField):
    """Two days, and no moments: a moment would move to another day on its way through the time zones."""

    widget = _Days

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__((forms.DateField(), forms.DateField()), *args, **options)

    def compress(self, ends: Sequence[Any]) -> slice | None:
        return slice(*ends) if ends and any(ends) else None


class FromTo(RangeFilter):
    field_class = _NumbersField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"widget": _Ends, **options})


class FromDayToDay(RangeFilter):
    field_class = _DaysField
