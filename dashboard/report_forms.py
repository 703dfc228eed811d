from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.kept_forms import kept_day_choices, kept_day_field
from functions.models import Function
from improvements.report_models import LONGEST_TITLE
from web.forms import layout


class ReportForm(forms.Form):
    """Which day, about what; `is_about_one`: what it is about is known already, so nobody is asked."""

    as_of = kept_day_field(
        _("Day"),
        help_text=_(
            "Reports are drawn from kept days, so that they can be drawn again. Another day can be kept first."
        ),
    )
    function = forms.ModelChoiceField(
        label=_("About"),
        queryset=Function.objects.filter(is_active=True).order_by("name"),
        required=False,
        empty_label=_("the whole program"),
        help_text=_(
            "Everybody in the program reads a report of the whole program; one of a function is for its head, its "
            "deputy and specialists."
        ),
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=LONGEST_TITLE,
        required=False,
        help_text=_("Empty: what it is about, with the day."),
    )

    def __init__(self, *args: Any, is_about_one: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["as_of"]
        field.choices = kept_day_choices()
        if is_about_one:
            del self.fields["function"]
        self.helper = layout(*self.fields)
