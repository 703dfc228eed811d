from django import forms
from django.utils.translation import gettext_lazy as _

from metrics.forms import DayInput
from web.forms import layout, side_by_side


class ChartPhaseForm(forms.Form):
    begins_on = forms.DateField(
        label=_("New limits from"),
        widget=DayInput(),
        help_text=_("Periods that end on this day or later get limits of their own."),
    )
    reason = forms.CharField(
        label=_("Why is the process another one?"),
        max_length=300,
        help_text=_("What was changed. Without a cause the old limits hold, and a signal stays a signal."),
    )

    helper = layout("begins_on", "reason")


class TakeBackForm(forms.Form):
    reason = forms.CharField(label=_("Why are they taken back?"), max_length=300)

    helper = layout("reason")


class ChartNoteForm(forms.Form):
    begins_on = forms.DateField(label=_("Day, or from"), widget=DayInput())
    ends_on = forms.DateField(
        label=_("To"), widget=DayInput(), required=False, help_text=_("Leave it empty for a single day.")
    )
    text = forms.CharField(
        label=_("What was behind it?"),
        max_length=300,
        help_text=_("What happened, and what follows from it. Name no customer: heads read this, too."),
    )

    helper = layout(side_by_side("begins_on", "ends_on"), "text")
