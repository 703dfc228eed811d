from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from functions.models import Function
from gap_scores.selectors import kept_days
from improvements.report_models import LONGEST_TITLE
from web.forms import layout


class ReportForm(forms.Form):
    as_of = forms.TypedChoiceField(
        label=_("Day"),
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

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        days = kept_days()
        self.days = {day.isoformat(): day for day in days}
        field: Any = self.fields["as_of"]
        field.choices = [(key, f"{day:%-d %b %Y}") for key, day in self.days.items()]
        field.coerce = self.days.__getitem__
        self.helper = layout("as_of", "function", "title")
