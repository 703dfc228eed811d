"""The list of contacts: who speaks for customers, and who may be asked."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_filters import BooleanFilter, ChoiceFilter, FilterSet

from customers.bulk import CONTACT_BULK
from customers.models import Contact, Lifecycle
from customers.places import INDUSTRIES, REGIONS
from customers.selectors import named, of_customers_named
from functions.access import ProgramRequest, specialists_only
from web.choices import in_words
from web.filters import FromDayToDay
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views

LIFECYCLE_IN_WORDS = in_words("lifecycle")


class ContactFilter(FilterSet):
    lifecycle = ChoiceFilter(
        choices=Lifecycle.choices, field_name="customer__lifecycle", label=gettext_lazy("Lifecycle")
    )
    industry = ChoiceFilter(choices=INDUSTRIES, field_name="customer__industry", label=gettext_lazy("Industry"))
    region = ChoiceFilter(choices=REGIONS, field_name="customer__region", label=gettext_lazy("Region"))
    is_opted_out = BooleanFilter(label=gettext_lazy("Does not want to be asked"))
    consent_on = FromDayToDay(field_name="consent_on", label=gettext_lazy("Consent given"))
    is_active = BooleanFilter(label=gettext_lazy("Active"))

    class Meta:
        model = Contact
        fields = ()


def may_be_asked(contact: Contact) -> bool:
    return contact.is_active and not contact.is_opted_out


CONTACTS = ListPlan(
    name="contacts",
    columns=(
        Column("name", gettext_lazy("Contact")),
        Column(
            "customer",
            gettext_lazy("Customer"),
            value=lambda row: row.customer.name,
            order_by=("customer__name", "customer"),
        ),
        Column("position", gettext_lazy("Position"), hide_narrow=True),
        Column(
            "lifecycle",
            gettext_lazy("Lifecycle"),
            value=lambda row: LIFECYCLE_IN_WORDS(row.customer),
            order_by=("customer__lifecycle", "customer"),
            hide_narrow=True,
        ),
        Column("email", gettext_lazy("E-mail"), hide_narrow=True),
        Column("language", gettext_lazy("Language"), hide_narrow=True),
        Column("consent_on", gettext_lazy("Consent"), hide_narrow=True),
        Column(
            "may_be_asked", gettext_lazy("May be asked"), value=may_be_asked, order_by=("is_active", "is_opted_out")
        ),
    ),
    sort="name",
    filters=ContactFilter,
    search_by=lambda word: of_customers_named(word) | named(word),
    is_long=True,
    is_about_people=True,
    bulk=CONTACT_BULK,
)


def contacts() -> QuerySet[Contact]:
    """Return all contacts with their customers, but for those who were erased (1 query)."""
    return Contact.objects.filter(erased_on=None).select_related("customer")


@specialists_only
@require_safe
@with_saved_views(CONTACTS)
def contact_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(CONTACTS, request.GET)
    shown = asked.show(asked.narrowed(contacts()), of=contacts())
    if asked.wants_file:
        return asked.file(shown)
    context: dict[str, Any] = {"list": shown, "noun": _("contacts")}
    return TemplateResponse(request, "customers/contact_list.html", context)
