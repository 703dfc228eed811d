from typing import Any, ClassVar

from django import forms
from django.conf.locale import LANG_INFO
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter, MultipleChoiceFilter

from customers.models import Contact, Customer, Lifecycle, ProductUse, SizeBand, ValueBand
from customers.places import INDUSTRIES, REGIONS
from functions.models import Function
from requirements_catalog.models import Product
from web.filters import FromDayToDay, FromTo
from web.forms import DayInput, group, layout, side_by_side

SIZES = [choice for choice in SizeBand.choices if choice[0]]
LANGUAGES = sorted((code, info["name"]) for code, info in LANG_INFO.items() if "name" in info and len(code) <= 8)
LIFECYCLES = [choice for choice in Lifecycle.choices if choice[0] != Lifecycle.INTERNAL]
HEARD = (("yes", _("in a completed interview")), ("never", _("never")))
STANDING = (("inactive", _("not active")), ("merged", _("merged into another")))


class CustomerFilter(FilterSet):
    lifecycle = MultipleChoiceFilter(
        choices=Lifecycle.choices, label=_("Lifecycle"), widget=forms.CheckboxSelectMultiple
    )
    industry = ChoiceFilter(choices=INDUSTRIES, label=_("Industry"))
    region = ChoiceFilter(choices=REGIONS, label=_("Region"))
    size_band = ChoiceFilter(choices=SIZES, label=_("Size"))
    country = ChoiceFilter(choices=lambda: list(countries), label=_("Country"))
    value_band = ModelChoiceFilter(queryset=ValueBand.objects.all(), label=_("Value band"))
    weight = FromTo(field_name="shown_weight", label=_("Weight"))
    heard = ChoiceFilter(choices=HEARD, label=_("Heard"), method="that_were_heard")
    last_heard_on = FromDayToDay(label=_("Last heard"))
    standing = ChoiceFilter(choices=STANDING, label=_("In the register"), method="that_stand", empty_label=_("active"))

    class Meta:
        model = Customer
        fields = ()

    def that_were_heard(self, rows: QuerySet[Customer], _name: str, value: str) -> QuerySet[Customer]:
        return rows.filter(last_heard_on__isnull=value != "yes")

    def that_stand(self, rows: QuerySet[Customer], _name: str, value: str) -> QuerySet[Customer]:
        if value == "merged":
            return rows.filter(merged_into__isnull=False)
        return rows.filter(is_active=False, merged_into=None)


class CustomerForm(forms.ModelForm):
    """What is known of an organisation, apart from its lifecycle."""

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ("name", "country", "industry", "size_band", "value_band", "domain", "external_id")
        help_texts: ClassVar = {
            "country": _("It decides the region."),
            "value_band": _("How much this customer's answers weigh. None: 100, as everybody's."),
            "domain": _("For example example.org; it helps to recognise an address."),
            "external_id": _("How another system calls it; an import finds it by this."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        for name in ("country", "industry", "size_band"):
            known = [choice for choice in fields[name].choices if choice[0]]
            fields[name].choices = [("", _("not known")), *known]
        fields["value_band"].empty_label = _("none")
        self.helper = layout(*self.parts())

    def parts(self) -> list[Any]:
        return [
            "name", side_by_side("country", "industry"), side_by_side("size_band", "value_band"),
            side_by_side("domain", "external_id"),
        ]  # fmt: skip


class NewCustomerForm(CustomerForm):
    lifecycle = forms.ChoiceField(label=_("Lifecycle"), choices=Lifecycle.choices, widget=forms.RadioSelect)
    since_on = forms.DateField(
        label=_("Since"), required=False, widget=DayInput, help_text=_("Empty: since before our records.")
    )
    function = forms.ModelChoiceField(
        label=_("Which function is it?"),
        queryset=Function.objects.filter(is_active=True, as_customer=None),
        required=False,
        empty_label=_("none"),
        help_text=_("For an internal customer only."),
    )

    def parts(self) -> list[Any]:
        name, *others = super().parts()
        return [name, "lifecycle", side_by_side("since_on", "function"), *others]


class ChangedCustomerForm(CustomerForm):
    KINDS = (
        ("changed", _("It changed: earlier interviews keep what was true on their day")),
        ("corrected", _("The entry was wrong: earlier interviews are restated")),
    )
    kind = forms.ChoiceField(
        label=_("If country, industry or size is another one now: why?"),
        choices=KINDS,
        widget=forms.RadioSelect,
        initial="changed",
    )

    class Meta(CustomerForm.Meta):
        fields = (*CustomerForm.Meta.fields, "is_active")
        labels: ClassVar = {"is_active": _("Active: counts in the register and can be interviewed")}

    def parts(self) -> list[Any]:
        return [*super().parts(), "kind", "is_active"]

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "kind"}

    @property
    def is_correction(self) -> bool:
        return bool(self.cleaned_data["kind"] == "corrected")


class LifecycleForm(forms.Form):
    KINDS = (
        ("changed", _("It changed on that day")),
        ("corrected", _("The newest entry was wrong: interviews since then are restated")),
    )
    kind = forms.ChoiceField(label=_("What happened?"), choices=KINDS, widget=forms.RadioSelect)
    lifecycle = forms.ChoiceField(
        label=_("The customer is"),
        choices=LIFECYCLES,
        widget=forms.RadioSelect,
    )
    since_on = forms.DateField(label=_("Since"), required=False, widget=DayInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("kind", "lifecycle", "since_on")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("kind") == "changed" and not data.get("since_on") and "since_on" not in self.errors:
            self.add_error("since_on", forms.ValidationError(_("Say on which day it changed."), code="required"))
        return data


def label_of(customer: Customer) -> str:
    """Return a name that tells two customers of the same name apart."""
    country: Any = customer.country
    known = [customer.get_lifecycle_display(), country.name, customer.external_id]
    return f"{customer.name} ({', '.join(str(each) for each in known if each)})"


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        label=_("It is the same customer as"),
        queryset=Customer.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args: Any, may_be: QuerySet[Customer], found: list[Customer], **kwargs: Any) -> None:
        """`may_be`: what is accepted; `found`: what is offered, because the register is too long to list."""
        super().__init__(*args, **kwargs)
        into: Any = self.fields["into"]
        into.queryset = may_be
        into.choices = [(customer.pk, label_of(customer)) for customer in found]
        self.helper = layout("into")


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields: tuple[str, ...] = (
            "name", "position", "email", "language", "time_zone", "consent_on", "consent_source", "is_opted_out",
            "external_id",
        )  # fmt: skip
        widgets: ClassVar = {"consent_on": DayInput, "language": forms.Select}
        help_texts: ClassVar = {
            "position": _("What the person does there, for example 'Print shop manager'."),
            "language": _("The one in which you talk."),
            "time_zone": _("For appointments, for example Europe/Berlin."),
            "consent_source": _("Where the person agreed to be asked and noted: 'contract of 2025', 'e-mail'."),
            "is_opted_out": _("Nobody plans another interview. What the person said before stays."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].widget.choices = [("", _("not known")), *LANGUAGES]
        self.helper = layout(*self.parts())

    def parts(self) -> list[Any]:
        return [
            side_by_side("name", "position"), "email", side_by_side("language", "time_zone"),
            group(_("Consent"), side_by_side("consent_on", "consent_source"), "is_opted_out"), "external_id",
        ]  # fmt: skip


class ChangedContactForm(ContactForm):
    class Meta(ContactForm.Meta):
        fields = (*ContactForm.Meta.fields, "is_active")
        labels: ClassVar = {"is_active": _("Active: still works there")}

    def parts(self) -> list[Any]:
        return [*super().parts(), "is_active"]


class ProductUseForm(forms.ModelForm):
    class Meta:
        model = ProductUse
        fields = ("kind", "since_on", "until_on", "uniqueness")
        widgets: ClassVar = {"kind": forms.RadioSelect, "since_on": DayInput, "until_on": DayInput}
        help_texts: ClassVar = {
            "uniqueness": _("A use like no other's explains why this customer is stricter."),
            "until_on": _("Empty: it goes on."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(*self.parts())

    def parts(self) -> list[Any]:
        return ["kind", side_by_side("since_on", "until_on"), "uniqueness"]


class NewProductUseForm(ProductUseForm):
    product = forms.ModelChoiceField(
        label=_("Product"), queryset=Product.objects.filter(is_active=True), empty_label=_("Choose")
    )

    def parts(self) -> list[Any]:
        return ["product", *super().parts()]
