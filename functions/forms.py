from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from functions.models import Function, SupplyLink
from web.forms import layout, side_by_side


class FunctionForm(forms.ModelForm):
    class Meta:
        model = Function
        fields = ("name", "short_name", "purpose", "position", "is_customer_facing")
        help_texts: ClassVar = {
            "name": _("As everybody says it, for example 'Technical support'."),
            "short_name": _("For the circle, where the name is long."),
            "purpose": _("One sentence: what customers get from this function."),
            "position": _("Dots are drawn in this order, clockwise. Empty: at the end."),
            "is_customer_facing": _("Customers deal with it themselves: what goes wrong here reaches them at once."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance.pk is None
        self.fields["position"].required = not is_new
        if is_new:
            self.initial["position"] = None
        self.helper = layout(side_by_side("name", "short_name"), "purpose", "position", "is_customer_facing")


def strength_field() -> forms.TypedChoiceField:
    """How much of the supplier's gap reaches the other function; an unset link transmits nothing."""
    return forms.TypedChoiceField(
        label=_("How much of its gap reaches the other function"),
        choices=[*SupplyLink.Strength.choices, ("", _("not known yet: transmits nothing"))],
        coerce=Decimal,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )


class NewSupplyLinkForm(forms.Form):
    supplier = forms.ModelChoiceField(
        queryset=Function.objects.filter(is_active=True), label=_("This function supplies"), empty_label=_("Choose")
    )
    supplied = forms.ModelChoiceField(
        queryset=Function.objects.filter(is_active=True), label=_("this function"), empty_label=_("Choose")
    )
    strength = strength_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(side_by_side("supplier", "supplied"), "strength")


class SupplyLinkForm(forms.Form):
    strength = strength_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("strength")
