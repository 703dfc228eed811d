"""What is asked about ambassadors, and by what their list is narrowed."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet

from customers.forms import SIZES
from customers.models import Contact, Customer
from customers.places import INDUSTRIES, REGIONS
from improvements.models import LONGEST_WORDS, Ambassador, AmbassadorAsk
from improvements.standing import State
from interviews.unasked import customer_named
from web.forms import DayInput, layout, side_by_side


class AmbassadorFilter(FilterSet):
    """Asks only; how somebody stands is worked out, so the rows are narrowed here and not in the database."""

    state = ChoiceFilter(choices=State.choices, label=_("Today"))
    industry = ChoiceFilter(choices=INDUSTRIES, label=_("Industry"))
    region = ChoiceFilter(choices=REGIONS, label=_("Region"))
    size_band = ChoiceFilter(choices=SIZES, label=_("Size"))

    class Meta:
        model = Ambassador
        fields: ClassVar[list[str]] = []


class AgreedForm(forms.Form):
    """Without a customer the form asks for names, because the register is too long to list."""

    contact = forms.ModelChoiceField(label=_("Who"), queryset=Contact.objects.none())
    agreed_on = forms.DateField(label=_("Agreed on"), widget=DayInput)
    agreed_source = forms.CharField(
        label=_("Where that was said"), max_length=120,
        help_text=_("For instance: by mail to Ines. Consent to be interviewed is another one."),
    )  # fmt: skip

    def __init__(self, *args: Any, customer: Customer | None = None, contact: Contact | None = None, **options: Any):
        super().__init__(*args, **options)
        chosen: Any = self.fields["contact"]
        if contact is not None:
            del self.fields["contact"]
        elif customer is not None:
            whose = Q(customer=customer) | Q(customer__merged_into=customer)
            chosen.queryset = Contact.objects.filter(whose, erased_on=None, is_active=True)
        else:
            self.fields["contact"] = forms.CharField(label=_("Who"), max_length=160)
            self.fields["customer"] = forms.CharField(label=_("Customer"), max_length=160)
        names = [name for name in ("customer", "contact") if name in self.fields]
        self.helper = layout(*names, side_by_side("agreed_on", "agreed_source"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "customer" in self.fields and "customer" in data and "contact" in data:
            data["contact"] = known_contact(customer_named(data.pop("customer")), data["contact"])
        return data


def known_contact(customer: Customer, name: str) -> Contact:
    """Return the person of this name at a customer; raises ValidationError where nobody is known."""
    found = customer.contacts.filter(name__iexact=name.strip(), erased_on=None).order_by("-is_active", "pk").first()
    if found is None:
        message = _("Nobody of this name is known at %(customer)s. Add the contact there first.")
        raise ValidationError({"contact": ValidationError(message, code="contact", params={"customer": customer.name})})
    return found


class WithdrawForm(forms.Form):
    on = forms.DateField(label=_("Withdrawn on"), widget=DayInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = layout("on")


class AskForm(forms.Form):
    """`is_new`: asks for whom it is, and why it was asked in spite of what is in the way."""

    prospect = forms.CharField(label=_("For which prospect"), max_length=160)
    asked_on = forms.DateField(label=_("Asked on"), widget=DayInput)
    kind = forms.ChoiceField(label=_("Asked for"), choices=AmbassadorAsk.Kind.choices)
    about = forms.CharField(
        label=_("What exactly"), required=False, max_length=LONGEST_WORDS,
        help_text=_("If this person is erased one day, these words go, too."),
    )  # fmt: skip
    despite = forms.CharField(label=_("Why all the same"), required=False, max_length=LONGEST_WORDS)
    outcome = forms.ChoiceField(label=_("Outcome"), choices=AmbassadorAsk.Outcome.choices)
    outcome_on = forms.DateField(label=_("Outcome on"), required=False, widget=DayInput)
    outcome_words = forms.CharField(label=_("What came of it"), required=False, max_length=LONGEST_WORDS)

    def __init__(self, *args: Any, is_new: bool = False, in_the_way: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("outcome", "outcome_on", "outcome_words") if is_new else ("prospect", "despite"):
            del self.fields[name]
        if is_new and in_the_way:
            self.fields["despite"].help_text = _("In the way: %(words)s.") % {"words": in_the_way}
        elif is_new:
            del self.fields["despite"]
        later = [name for name in ("despite", "outcome_words") if name in self.fields]
        rows = [side_by_side("outcome", "outcome_on")] if not is_new else []
        first = ["prospect"] if is_new else []
        self.helper = layout(*first, side_by_side("asked_on", "kind"), "about", *rows, *later)

    def clean_prospect(self) -> Customer:
        return customer_named(self.cleaned_data["prospect"])


class UnderstoodForm(forms.Form):
    is_understood = forms.ChoiceField(
        label=_("What did they say?"),
        choices=(("yes", _("yes, we understood")), ("no", _("no, they meant something else"))),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = layout("is_understood")


class AsideForm(forms.Form):
    """Why a finding is lived with, and until when."""

    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST_WORDS, help_text=_("What has to come first, or why it does no harm.")
    )
    until_on = forms.DateField(
        label=_("Until"), widget=DayInput(), help_text=_("On this day it stands again by itself; within a year.")
    )
    helper = layout("reason", "until_on")
