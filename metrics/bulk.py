"""What can be done to many metrics at once."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from functions.models import Function
from metrics.models import Metric
from metrics.services import update_metric
from web.bulk import field_action
from web.forms import layout


class FunctionOfManyForm(forms.Form):
    function = forms.ModelChoiceField(
        label=_("Function"), queryset=Function.objects.filter(is_active=True), empty_label=_("Choose"),
        help_text=_("Its head enters their measurements from now on."),
    )  # fmt: skip
    helper = layout("function")


class ActiveOfManyForm(forms.Form):
    is_active = forms.TypedChoiceField(
        label=_("They are"),
        choices=[("yes", _("active: measurements can be entered, and levels count")),
                 ("no", _("ended: measurements stay, levels no longer count"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )  # fmt: skip
    helper = layout("is_active")


def save(metric: Metric, changes: Mapping[str, Any]) -> None:
    update_metric(metric=metric, changes=changes)


BULK = (
    field_action(
        key="function", label=_("Set function"), model=Metric, form=FunctionOfManyForm, field="function", save=save,
        said=_("function: %(value)s"),
    ),
    field_action(
        key="active", label=_("End or take up again"), model=Metric, form=ActiveOfManyForm, field="is_active",
        save=save, said=_("active: %(value)s"),
    ),
)  # fmt: skip
