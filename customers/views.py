from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from customers import selectors, services
from customers.bulk import BULK
from customers.forms import (
    ChangedContactForm,
    ChangedCustomerForm,
    ContactForm,
    CustomerFilter,
    LifecycleForm,
    MergeForm,
    NewCustomerForm,
    NewProductUseForm,
    ProductUseForm,
)
from customers.models import Contact, Customer, Lifecycle, ProductUse
from functions.access import ProgramRequest, specialists_only
from functions.selectors import program_day
from web.choices import in_words
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted, what_follows

Crumbs = list[tuple[str, str]]


def crumbs_to(customer: Customer | None = None) -> Crumbs:
    crumbs = [(_("Customers"), reverse("customer_list"))]
    return crumbs if customer is None else [*crumbs, (customer.name, address_of(customer))]


def address_of(customer: Customer) -> str:
    return reverse("customer_detail", args=[customer.pk])


def today() -> date:
    return program_day(timezone.now())


def standing(pk: int) -> Customer:
    """Return a customer that stands for itself; one that was merged away has no pages to change it."""
    return get_object_or_404(Customer.objects.select_related("value_band"), pk=pk, merged_into=None)


# ---- The list

COLUMNS = (
    Column("name", gettext_lazy("Customer")),
    Column("lifecycle", gettext_lazy("Lifecycle"), value=in_words("lifecycle")),
    Column("industry", gettext_lazy("Industry"), value=in_words("industry"), hide_narrow=True),
    Column("country", gettext_lazy("Country"), value=in_words("country"), hide_narrow=True),
    Column("region", gettext_lazy("Region"), value=in_words("region")),
    Column(
        "size",
        gettext_lazy("Size"),
        value=in_words("size_band"),
        order_by=("size_band",),
        hide_narrow=True,
    ),
    Column(
        "weight",
        gettext_lazy("Weight"),
        order_by=("shown_weight",),
        numeric=True,
    ),
    Column("last_heard_on", gettext_lazy("Last heard"), numeric=True, hide_narrow=True),
)
# The file can be changed and brought back, so it says by what a customer is known, and what else an import can say.
ONLY_IN_THE_FILE = (
    Column("external_id", gettext_lazy("External id")),
    Column("value_band", gettext_lazy("Value band"), value=lambda row: row.value_band and row.value_band.name),
    Column("domain", gettext_lazy("Web domain")),
    Column("products", gettext_lazy("Products"), value=selectors.products_in_words),
)
CUSTOMERS = ListPlan(
    name="customers",
    is_about_people=True,
    columns=COLUMNS,
    in_file=(*COLUMNS, *ONLY_IN_THE_FILE),
    sort="name",
    filters=CustomerFilter,
    search_by=selectors.named,
    bulk=BULK,
)

# What the list has unless it asks for the others.
STANDING = {"is_active": True, "merged_into": None}


@specialists_only
@require_safe
@with_saved_views(CUSTOMERS)
def customer_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(CUSTOMERS, request.GET)
    rows = standing_rows(asked)
    counts = selectors.lifecycle_counts(rows)
    total = sum(each.customers for each in counts)
    shown = asked.show(rows, of=selectors.register().filter(**STANDING), known=total)
    if asked.wants_file:
        return asked.file(replace(shown, rows=asked.ordered(selectors.with_products(rows))))
    heard = sum(each.heard for each in counts)
    context = {
        "list": shown,
        "noun": _("customers"),
        "lifecycles": counts,
        "heard": [("yes", heard, asked.url(heard="yes")), ("never", total - heard, asked.url(heard="never"))],
    }
    return TemplateResponse(request, "customers/customer_list.html", context)


def standing_rows(asked: ListAsked) -> QuerySet[Customer]:
    """Return the rows asked for: those in the register, unless the list asks for the others."""
    rows = asked.narrowed(selectors.register())
    return rows if asked.value_of("standing") else rows.filter(**STANDING)


# ---- Customers


@specialists_only
@require_http_methods(METHODS)
def customer_create(request: ProgramRequest) -> HttpResponseBase:
    return answer_form(
        request,
        NewCustomerForm(posted(request)),
        lambda data: services.create_customer(**data, today=today()),
        said=lambda customer: what_follows(first=_("%(name)s is in the register.") % {"name": customer.name}),
        then=address_of,
        question=_("Customers: who defines quality for us?"),
        heading=_("Add a customer"),
        about=_("Past, current and prospective ones, so that each segment has a voice."),
        crumbs=crumbs_to(),
        submit=_("Add the customer"),
        cancel_url=reverse("customer_list"),
    )


@specialists_only
@require_http_methods(METHODS)
def customer_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    customer = standing(pk)
    crumbs, url = crumbs_to(customer), address_of(customer)
    form = ChangedCustomerForm(posted(request), instance=customer)
    return answer_form(
        request,
        form,
        lambda _data: services.update_customer(
            customer=customer, changes=form.changes(), is_correction=form.is_correction
        ),
        said=lambda saved: consequence(saved, form),
        then=address_of,
        question=_("Customer"),
        heading=_("Change %(name)s") % {"name": crumbs[-1][0]},
        crumbs=crumbs,
        cancel_url=url,
    )


def consequence(customer: Customer, form: ChangedCustomerForm) -> str:
    changed = set(form.changed_data)
    restated = form.is_correction and changed & {"country", "industry", "size_band"}
    if "value_band" in changed or restated:
        return what_follows(scores=selectors.scores_of([customer]))
    return what_follows()


@specialists_only
@require_http_methods(METHODS)
def customer_lifecycle(request: ProgramRequest, pk: int) -> HttpResponseBase:
    customer = get_object_or_404(Customer.objects.exclude(lifecycle=Lifecycle.INTERNAL), pk=pk, merged_into=None)
    return answer_form(
        request,
        LifecycleForm(posted(request)),
        lambda data: save_lifecycle(customer, **data),
        said=lambda saved: what_follows(
            first=_("%(name)s is %(lifecycle)s.") % {"name": saved.name, "lifecycle": saved.get_lifecycle_display()},
            scores=selectors.scores_of([saved]),
        ),
        then=address_of,
        question=_("Customer: past, current or prospective?"),
        heading=_("Change the lifecycle of %(name)s") % {"name": customer.name},
        about=_("Now: %(lifecycle)s. Answers count for what the customer was on the day of the interview.")
        % {"lifecycle": customer.get_lifecycle_display()},
        crumbs=crumbs_to(customer),
        cancel_url=address_of(customer),
    )


def save_lifecycle(customer: Customer, *, kind: str, lifecycle: str, since_on: date | None) -> Customer:
    if kind == "changed" and since_on is not None:
        return services.change_lifecycle(customer=customer, lifecycle=lifecycle, since_on=since_on, today=today())
    return services.correct_lifecycle(customer=customer, lifecycle=lifecycle, since_on=since_on, today=today())


@specialists_only
@require_http_methods(METHODS)
def customer_merge(request: ProgramRequest, pk: int) -> HttpResponseBase:
    customer = get_object_or_404(Customer.objects.exclude(lifecycle=Lifecycle.INTERNAL), pk=pk, merged_into=None)
    may_be = selectors.customers_to_merge_into(customer)
    text = request.GET.get("q", customer.name.split()[0]).replace("\x00", "")[:160]
    found = selectors.found_by(may_be, text)
    return answer_form(
        request,
        MergeForm(posted(request), may_be=may_be, found=found),
        lambda data: services.merge_customers(customer=customer, into=data["into"]).merged_into or customer,
        said=lambda root: what_follows(
            first=_("%(member)s counts as %(root)s now.") % {"member": customer.name, "root": root.name},
            scores=selectors.scores_of([root]),
        ),
        then=address_of,
        template="customers/customer_merge.html",
        question=_("Customer: is it there twice?"),
        heading=_("Merge %(name)s into another customer") % {"name": customer.name},
        about=_(
            "Its contacts, interviews and product uses stay where they are and count for the other one, whose value "
            "band applies. You can undo it at any time."
        ),
        crumbs=crumbs_to(customer),
        submit=_("Merge"),
        cancel_url=address_of(customer),
        searched_here=text,
        found=found,
    )


@specialists_only
@require_http_methods(METHODS)
def customer_unmerge(request: ProgramRequest, pk: int) -> HttpResponseBase:
    customer = get_object_or_404(Customer.objects.select_related("merged_into"), pk=pk, merged_into__isnull=False)
    words = {"member": customer.name, "root": str(customer.merged_into)}
    return answer_confirmation(
        request,
        lambda: services.undo_merge(customer=customer),
        said=what_follows(
            first=_("%(member)s stands for itself again.") % words, scores=selectors.scores_of([customer])
        ),
        then=address_of(customer),
        question=_("Customer"),
        heading=_("Let %(member)s stand for itself again?") % words,
        losses=[_("What its contacts said no longer counts for %(root)s.") % words],
        crumbs=crumbs_to(),
        submit=_("Undo the merge"),
        cancel_url=reverse("customer_list"),
    )


# ---- Contacts


@specialists_only
@require_http_methods(METHODS)
def contact_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    customer = standing(pk)
    return contact_form(
        request,
        customer,
        ContactForm(posted(request)),
        lambda data: services.create_contact(customer=customer, **data, today=today()),
        heading=_("Add a contact at %(name)s") % {"name": customer.name},
        submit=_("Add the contact"),
    )


@specialists_only
@require_http_methods(METHODS)
def contact_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    contact = get_object_or_404(Contact.objects.select_related("customer"), pk=pk, erased_on=None)
    name = contact.name
    more = (
        {"end_url": reverse("contact_data", args=[pk]), "end_label": _("Personal data")}
        if request.access.is_administrator
        else {}
    )
    return contact_form(
        request,
        contact.customer,
        ChangedContactForm(posted(request), instance=contact),
        lambda data: services.update_contact(contact=contact, changes=data, today=today()),
        heading=_("Change %(name)s") % {"name": name},
        **more,
    )


def contact_form(request: ProgramRequest, customer: Customer, form: Any, save: Any, **context: str) -> HttpResponseBase:
    return answer_form(
        request,
        form,
        save,
        said=lambda _saved: what_follows(),
        then=lambda _saved: address_of(customer),
        question=_("Contact: who speaks for the customer?"),
        crumbs=crumbs_to(customer),
        cancel_url=address_of(customer),
        **context,
    )


# ---- Product use


@specialists_only
@require_http_methods(METHODS)
def product_use_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    customer = standing(pk)
    return product_use_form(
        request,
        customer,
        NewProductUseForm(posted(request)),
        lambda data: services.create_product_use(customer=customer, **data),
        heading=_("Add a product that %(name)s uses or considers") % {"name": customer.name},
    )


@specialists_only
@require_http_methods(METHODS)
def product_use_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    use = product_use(pk)
    return product_use_form(
        request,
        use.customer,
        ProductUseForm(posted(request), instance=use),
        lambda data: services.update_product_use(use=use, changes=data),
        heading=_("Change the use of %(product)s by %(name)s")
        % {"product": use.product.name, "name": use.customer.name},
        end_url=reverse("product_use_delete", args=[pk]),
        end_label=_("It was never true"),
    )


def product_use(pk: int) -> ProductUse:
    return get_object_or_404(ProductUse.objects.select_related("customer", "product"), pk=pk)


def product_use_form(
    request: ProgramRequest, customer: Customer, form: Any, save: Any, **context: str
) -> HttpResponseBase:
    return answer_form(
        request,
        form,
        save,
        said=lambda _saved: what_follows(first=_("Saved. The importance of requirements follows who uses what.")),
        then=lambda _saved: address_of(customer),
        question=_("Customer: which products, and how?"),
        crumbs=crumbs_to(customer),
        cancel_url=address_of(customer),
        **context,
    )


@specialists_only
@require_http_methods(METHODS)
def product_use_delete(request: ProgramRequest, pk: int) -> HttpResponseBase:
    use = product_use(pk)
    words = {"product": use.product.name, "name": use.customer.name}
    return answer_confirmation(
        request,
        lambda: services.delete_product_use(use=use),
        said=what_follows(first=_("The entry was taken back.")),
        then=address_of(use.customer),
        question=_("Customer: which products, and how?"),
        heading=_("Was it never true that %(name)s used %(product)s?") % words,
        losses=[_("The entry disappears. If the use has ended, enter its last day instead.")],
        crumbs=crumbs_to(use.customer),
        submit=_("Take the entry back"),
        cancel_url=address_of(use.customer),
    )
