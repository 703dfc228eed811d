"""What is asked about two requirements that look as if they said the same."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from requirements_catalog.models import Requirement
from web.forms import layout


class StaysForm(forms.Form):
    """Which of two requirements stays."""

    into = forms.ModelChoiceField(
        label=_("Which one stays?"), queryset=Requirement.objects.none(), widget=forms.RadioSelect,
        empty_label=None, help_text=_("The other one counts as part of it."),
    )  # fmt: skip

    def __init__(self, *args: Any, pair: tuple[Requirement, Requirement], **options: Any) -> None:
        super().__init__(*args, **options)
        into: Any = self.fields["into"]
        into.queryset = Requirement.objects.filter(pk__in=[each.pk for each in pair]).order_by("pk")
        self.helper = layout("into")


class WhyForm(forms.Form):
    reason = forms.CharField(
        label=_("They are not the same, because"), max_length=300,
        help_text=_("The pair is suggested again only when one of the two says something else."),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = layout("reason")
