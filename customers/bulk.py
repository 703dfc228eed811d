"""What can be done to many customers, and to many contacts, at once."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.forms import LIFECYCLES, SIZES
from customers.models import Contact, Customer, Lifecycle, ValueBand
from customers.places import INDUSTRIES
from customers.services import change_lifecycle, restore_lifecycle, update_contact, update_customer
from web.bulk import BulkAction, field_action
from web.forms import DayInput, layout

NOT_KNOWN = ("", _("not known"))


class LifecycleOfManyForm(forms.Form):
    lifecycle = forms.ChoiceField(label=_("They are"), choices=LIFECYCLES, widget=forms.RadioSelect)
    since_on = forms.DateField(
        label=_("Since"), widget=DayInput, help_text=_("Interviews held before that day keep what was true then.")
    )
    helper = layout("lifecycle", "since_on")


class IndustryOfManyForm(forms.Form):
    industry = forms.ChoiceField(label=_("Industry"), choices=[NOT_KNOWN, *INDUSTRIES], required=False)
    helper = layout("industry")


class SizeOfManyForm(forms.Form):
    size_band = forms.ChoiceField(label=_("Size"), choices=[NOT_KNOWN, *SIZES], required=False)
    helper = layout("size_band")


class ValueBandOfManyForm(forms.Form):
    value_band = forms.ModelChoiceField(
        label=_("Value band"), queryset=ValueBand.objects.all(), required=False, empty_label=_("none"),
        help_text=_("How much their answers weigh."),
    )  # fmt: skip
    helper = layout("value_band")


def lifecycle_state(customer: Customer) -> dict[str, Any]:
    periods = customer.lifecycle_periods.order_by("since_on").values_list("lifecycle", "since_on")
    return {
        "lifecycle": customer.lifecycle,
        "periods": [[lifecycle, since_on.isoformat()] for lifecycle, since_on in periods],
        # Which segment each interview was in; interviews held meanwhile are no reason to refuse.
        "_segments": [list(pair) for pair in customer.interviews.order_by("pk").values_list("pk", "stratum_id")],
    }


def set_lifecycle(customer: Customer, data: Mapping[str, Any], today: date) -> None:
    if customer.lifecycle == data["lifecycle"]:
        raise ValidationError(_("It was so already."), code="same")
    change_lifecycle(customer=customer, lifecycle=data["lifecycle"], since_on=data["since_on"], today=today)


def put_lifecycle_back(customer: Customer, before: Mapping[str, Any], today: date) -> None:
    restore_lifecycle(
        customer=customer,
        lifecycle=before["lifecycle"],
        periods=[(lifecycle, date.fromisoformat(since_on)) for lifecycle, since_on in before["periods"]],
        segments=dict(before["_segments"]),
        today=today,
    )


def lifecycle_said(data: Mapping[str, Any]) -> str:
    words = {"lifecycle": Lifecycle(data["lifecycle"]).label, "day": data["since_on"].isoformat()}
    return str(_("lifecycle: %(lifecycle)s since %(day)s") % words)


def save(customer: Customer, changes: Mapping[str, Any]) -> None:
    update_customer(customer=customer, changes=changes)


BULK = (
    BulkAction(
        key="lifecycle",
        label=_("Set lifecycle"),
        model=Customer,
        form=LifecycleOfManyForm,
        state=lifecycle_state,
        change=set_lifecycle,
        put_back=put_lifecycle_back,
        said=lifecycle_said,
    ),
    field_action(
        key="industry", label=_("Set industry"), model=Customer, form=IndustryOfManyForm, field="industry", save=save,
        said=_("industry: %(value)s"), nothing=_("not known"),
    ),
    field_action(
        key="size", label=_("Set size"), model=Customer, form=SizeOfManyForm, field="size_band", save=save,
        said=_("size: %(value)s"), nothing=_("not known"),
    ),
    field_action(
        key="value_band", label=_("Set value band"), model=Customer, form=ValueBandOfManyForm, field="value_band",
        save=save, said=_("value band: %(value)s"), nothing=_("none"),
    ),
)  # fmt: skip


# ---- Contacts


class ConsentOfManyForm(forms.Form):
    consent_on = forms.DateField(label=_("They agreed on"), widget=DayInput)
    consent_source = forms.CharField(
        label=_("How"), max_length=120, help_text=_("Such as 'contract, section 9' or 'trade fair, list of visitors'.")
    )
    helper = layout("consent_on", "consent_source")


def note_consent(contact: Contact, data: Mapping[str, Any], today: date) -> None:
    if contact.is_opted_out:
        message = _("Does not want to be asked. A new consent is noted on the person's own page.")
        raise ValidationError(message, code="opted_out")
    update_contact(contact=contact, changes=dict(data), today=today)


def consent_state(contact: Contact) -> dict[str, Any]:
    day = contact.consent_on
    return {"consent_on": day.isoformat() if day else None, "consent_source": contact.consent_source}


def put_consent_back(contact: Contact, before: Mapping[str, Any], today: date) -> None:
    day = before["consent_on"]
    changes = {"consent_on": date.fromisoformat(day) if day else None, "consent_source": before["consent_source"]}
    update_contact(contact=contact, changes=changes, today=today)


def consent_said(data: Mapping[str, Any]) -> str:
    return str(_("consent of %(day)s: %(source)s")) % {
        "day": data["consent_on"].isoformat(),
        "source": data["consent_source"],
    }


CONTACT_BULK = (
    BulkAction(
        key="consent",
        label=_("Note a consent"),
        model=Contact,
        form=ConsentOfManyForm,
        state=consent_state,
        change=note_consent,
        put_back=put_consent_back,
        said=consent_said,
        moves_scores=False,
    ),
)
