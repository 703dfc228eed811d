"""What is asked about an objective of a customer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from interviews.models import Objective
from requirements_catalog.models import Product
from web.forms import layout


class ObjectiveForm(forms.Form):
    """What a customer wants to achieve with a product, and what comes of it."""

    product = forms.ModelChoiceField(
        label=_("Product"), queryset=Product.objects.filter(is_active=True), empty_label=_("Choose")
    )
    statement = forms.CharField(
        label=_("Objective"), max_length=300, help_text=_("In their words: 'print on two shifts without a stop'.")
    )
    outcome = forms.CharField(
        label=_("Outcome"), max_length=300, required=False, help_text=_("What that brings them, if they said so.")
    )

    helper = layout("product", "statement", "outcome")

    @classmethod
    def of(cls, objective: Objective, data: Any = None) -> "ObjectiveForm":
        """Return the form of what was written down; a product that was ended since stays a choice."""
        form = cls(data, initial={name: getattr(objective, name) for name in cls.base_fields})
        field = form.fields["product"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = Product.objects.filter(is_active=True) | Product.objects.filter(pk=objective.product_id)
        return form
