from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from metrics.pull_models import MeasurementSource
from web.forms import group, layout, side_by_side

WEEKDAYS = (
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")), (5, _("Saturday")),
    (6, _("Sunday")),
)  # fmt: skip
WHERE = _("The name of its column, or in JSON a path such as period.end.")


def text(label: Any, *, help_text: Any = "", required: bool = False, longest: int = 120) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, required=required, help_text=help_text)


def choice(label: Any, choices: type[Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices.choices)


class SourceForm(forms.Form):
    name = text(
        _("Name"), required=True, longest=40, help_text=_("What its measurements name as their source, such as ERP.")
    )
    address = text(
        _("Address"),
        required=True,
        longest=500,
        help_text=_("Begins with https:// and leads to a public host. It has to answer by itself, without a log-in."),
    )
    format = choice(_("It answers"), MeasurementSource.Format)
    header = text(_("Header of the secret"), longest=60, help_text=_("Such as Authorization or X-Api-Key."))
    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        max_length=2_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Sent in that header. It is kept encrypted and never shown again; left empty it stays as it is."),
    )
    records = text(
        _("Where the list of records is"),
        help_text=_("JSON only: a path such as data.items. Empty where the answer is the list."),
    )
    delimiter = choice(_("Between cells, in CSV"), MeasurementSource.Delimiter)
    decimal = choice(_("Decimal mark"), MeasurementSource.Decimal)
    date_form = choice(_("Days are written as"), MeasurementSource.DateForm)
    period_is = choice(_("A period is named by"), MeasurementSource.Period)
    period = text(_("Where the period is"), required=True, help_text=WHERE)
    begins = text(_("Where its first day is"), help_text=_("Empty: a period is one day, or a whole month."))
    value = text(
        _("Where the value is"),
        required=True,
        help_text=_("What was measured or counted: the value, numerator, defects, events, or counts such as 3/5/2."),
    )
    size = text(_("Where the size is"), help_text=_("What it is counted of: the denominator, the units, the exposure."))
    part = text(
        _("Where the breakdown value is"),
        help_text=_("Only for a metric that is broken down; of a yield over steps, its step."),
    )
    identity = text(
        _("Where the id is"),
        help_text=_("What tells a record from every other one. Empty: its period and breakdown value do."),
    )
    every = choice(_("How often"), MeasurementSource.Every)
    weekday = forms.TypedChoiceField(label=_("On"), choices=WEEKDAYS, coerce=int, help_text=_("Where it is weekly."))
    hour = forms.IntegerField(label=_("Hour"), min_value=0, max_value=23, help_text=_("Where it is daily or weekly."))
    minute = forms.IntegerField(label=_("Minute"), min_value=0, max_value=59)

    helper = layout(
        "name",
        "address",
        side_by_side("header", "secret"),
        group(
            _("How it is written"), side_by_side("format", "records"), side_by_side("date_form", "decimal"), "delimiter"
        ),
        group(
            _("What a record says"),
            side_by_side("period", "period_is"),
            side_by_side("value", "size"),
            side_by_side("begins", "part"),
            "identity",
        ),
        group(_("When it is asked"), side_by_side("every", "weekday", "hour", "minute")),
    )

    @classmethod
    def of(cls, source: MeasurementSource, data: Any) -> "SourceForm":
        """Ask for what a source says; its secret is never among it."""
        fields = [name for name in cls.base_fields if name != "secret"]
        return cls(data, initial={name: getattr(source, name) for name in fields})
