"""The small forms behind the cells of a house, for those who do not use its keys."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from metrics.models import Metric, MetricRelation
from web.forms import layout, side_by_side

STRENGTHS = [("9", _("9: strong")), ("3", _("3: medium")), ("1", _("1: weak")), ("0", _("nothing"))]


class CellForm(forms.Form):
    """to: what the cell is to say; was: what it said on the page, '' where that does not matter."""

    to = forms.ChoiceField(label=_("What does it say?"), widget=forms.RadioSelect)
    was = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)
    helper = layout("to", "was")
    more: tuple[tuple[str, Any], ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [*STRENGTHS, *self.more]  # type: ignore[attr-defined]  # a ChoiceField


class ResponsibilityCellForm(CellForm):
    more = (("o", _("owner: exactly one function answers for it")),)


class LinkCellForm(CellForm):
    more = (
        ("m", _("it measures the level (at most one metric does)")),
        ("s", _("it only supports: it does not measure the level any more")),
    )


class RoofForm(forms.Form):
    """What moving one of two metrics the right way does to the other; a key sends no note, and changes none."""

    to = forms.TypedChoiceField(
        label=_("What do they do to each other?"),
        choices=[*MetricRelation.Strength.choices, (0, _("nothing"))],
        coerce=int,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Why"), required=False, max_length=300, help_text=_("What happens to one when the other improves.")
    )
    was = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)
    was_note = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    helper = layout("to", "note", "was", "was_note")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        return data | {name: None for name in ("note", "was_note") if self.add_prefix(name) not in self.data}


class NewRelationForm(RoofForm):
    """The same of two metrics that are named here: a roof over many columns draws no empty pairs to choose from."""

    one = forms.ModelChoiceField(label=_("Metric"), queryset=Metric.objects.none(), empty_label=_("Choose"))
    other = forms.ModelChoiceField(label=_("Other metric"), queryset=Metric.objects.none(), empty_label=_("Choose"))
    helper = layout(side_by_side("one", "other"), "to", "note", "was")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("one", "other"):
            self.fields[name].queryset = Metric.objects.filter(is_active=True)  # type: ignore[attr-defined]
