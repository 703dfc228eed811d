"""What is asked about a customer who took part in a stage of a product, and by what the list of entries is narrowed."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter

from customers.models import Contact, Customer
from interviews.involvement_models import Involvement, Stage
from interviews.unasked import customer_named
from requirements_catalog.models import Product
from web.filters import FromDayToDay
from web.forms import DayInput, layout, side_by_side


class InvolvementFilter(FilterSet):
    product = ModelChoiceFilter(queryset=Product.objects.order_by("name"), label=_("Product"))
    stage = ChoiceFilter(choices=Stage.choices, label=_("Stage"))
    involved_on = FromDayToDay(label=_("When"))

    class Meta:
        model = Involvement
        fields = ()


class InvolvementForm(forms.Form):
    product = forms.ModelChoiceField(
        label=_("Product"), queryset=Product.objects.filter(is_active=True), empty_label=_("Choose")
    )
    stage = forms.ChoiceField(label=_("Stage"), choices=Stage.choices, widget=forms.RadioSelect)
    involved_on = forms.DateField(label=_("When"), widget=DayInput)
    how = forms.CharField(
        label=_("How"), max_length=200, help_text=_("For example: design review, pilot, visit after delivery.")
    )
    contact = forms.ModelChoiceField(
        label=_("Who took part"), queryset=Contact.objects.none(), required=False,
        empty_label=_("nobody in particular"),
        help_text=_("If this person is erased one day, the entry says only which customer it was."),
    )  # fmt: skip

    def __init__(self, *args: Any, entry: Involvement | None = None, **options: Any) -> None:
        """A new entry asks for the customer's name, because the register is too long to list; a person comes after."""
        super().__init__(*args, **options)
        fields: Any = self.fields
        if entry is None:
            del fields["contact"]
            fields["customer"] = forms.CharField(
                label=_("Customer"), max_length=160, help_text=_("The name as it stands in the register.")
            )
        else:
            whose = Q(customer=entry.customer_id) | Q(customer__merged_into=entry.customer_id)
            fields["contact"].queryset = Contact.objects.filter(whose, erased_on=None)
            known = Q(is_active=True) | Q(pk=entry.product_id)
            fields["product"].queryset = Product.objects.filter(known)
        who = "customer" if entry is None else "contact"
        self.helper = layout(side_by_side("product", "involved_on"), "stage", "how", who)

    def clean_customer(self) -> Customer:
        return customer_named(self.cleaned_data["customer"])

    @classmethod
    def of(cls, entry: Involvement, data: Any = None) -> "InvolvementForm":
        """Return the form of a stored entry."""
        return cls(data, entry=entry, initial={name: getattr(entry, name) for name in cls.base_fields})
