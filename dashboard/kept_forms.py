from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gap_scores.models import LONGEST_TITLE
from gap_scores.selectors import kept_days
from web.forms import DayInput, layout
from web.templatetags.show import day_words


def kept_day_field(label: Any, **options: Any) -> forms.TypedChoiceField:
    """Return a choice of one of the kept days; a form gives it its choices."""
    return forms.TypedChoiceField(label=label, coerce=date.fromisoformat, **options)


def kept_day_choices() -> list[tuple[str, str]]:
    return [(day.isoformat(), day_words(day)) for day in kept_days()]


class KeepForm(forms.Form):
    as_of = forms.DateField(
        label=_("Day"),
        widget=DayInput,
        help_text=_("Any day from the first interview to today."),
    )
    title = forms.CharField(
        label=_("Kept for"),
        max_length=LONGEST_TITLE,
        required=False,
        help_text=_("How it is found again: 'before the fair', 'audit 2026'. Empty: 'As of' with the day."),
    )

    is_review = forms.BooleanField(
        label=_("A review was held on this day"),
        required=False,
        help_text=_(
            "'What changed' then starts from the last review. A day that is kept already can be kept again as one."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = layout("as_of", "title", "is_review")
