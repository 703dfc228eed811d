"""Losses: which customers left, why, and whether we could have known."""

from datetime import date
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from customers.models import Customer
from customers.selectors import of_customers_named
from functions.access import ProgramRequest, person, specialists_only
from functions.selectors import program, program_day
from interviews import losses
from interviews.loss_forms import LossFilter, LossForm
from interviews.loss_models import LossAssessment
from web.choices import in_words
from web.forms import id_in
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted, what_follows

LOSSES = ListPlan(
    name="losses",
    columns=(
        Column(
            "customer",
            gettext_lazy("Customer"),
            value=lambda row: row.customer.name,
            order_by=("customer__name", "customer"),
        ),
        Column("lost_on", gettext_lazy("Lost"), numeric=True),
        Column("value_lost", gettext_lazy("Value a year"), numeric=True),
        Column("competitor", gettext_lazy("Lost to"), hide_narrow=True),
        Column(
            "requirements",
            gettext_lazy("Not met"),
            value=losses.references_of,
            order_by=("requirement_count",),
        ),
        Column(
            "could_have_known",
            gettext_lazy("Could we have known"),
            value=in_words("could_have_known"),
            order_by=("could_have_known",),
            hide_narrow=True,
        ),
        Column("assessed_by_name", gettext_lazy("Assessed by"), hide_narrow=True),
    ),
    sort="-lost_on",
    filters=LossFilter,
    search_by=of_customers_named,
    is_about_people=True,
)


@specialists_only
@require_safe
@with_saved_views(LOSSES)
def loss_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(LOSSES, request.GET)
    rows = asked.narrowed(losses.losses())
    shown = asked.show(rows, of=losses.losses())
    if asked.wants_file:
        return asked.file(shown)
    context = {"list": shown, "noun": _("losses"), "value": losses.value_of(rows), "program": program()}
    return render(request, "interviews/loss_list.html", context)


def today() -> date:
    return program_day(timezone.now())


@specialists_only
@require_http_methods(METHODS)
def loss_create(request: ProgramRequest) -> HttpResponseBase:
    """Assess the loss of the customer that the address names, or of one whose name is typed."""
    chosen = Customer.objects.filter(pk=id_in(request.GET.get("customer", "")), merged_into=None).first()

    def save(data: dict[str, Any]) -> LossAssessment:
        customer: Any = data.pop("customer", None) or chosen
        return losses.assess_loss(
            customer=customer, assessor=person(request), assessor_name=str(request.user), today=today(), **data
        )

    return loss_form(
        request,
        LossForm(posted(request), customer=chosen, initial={"could_have_known": "open"}),
        save,
        heading=_("Why did we lose %(name)s?") % {"name": chosen.name} if chosen else _("Why did we lose a customer?"),
        submit=_("Keep the assessment"),
        cancel_url=reverse("customer_detail", args=[chosen.pk]) if chosen else reverse("loss_list"),
    )


@specialists_only
@require_http_methods(METHODS)
def loss_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    loss = get_object_or_404(losses.losses(), pk=pk)

    def save(data: dict[str, Any]) -> LossAssessment:
        theirs, ours = data.pop("theirs"), data.pop("ours")
        return losses.change_loss(loss=loss, changes=data, today=today(), theirs=theirs, ours=ours)

    return loss_form(
        request,
        LossForm.of(loss, posted(request)),
        save,
        heading=_("Why did we lose %(name)s?") % {"name": loss.customer.name},
        cancel_url=reverse("loss_list"),
        end_url=reverse("loss_remove", args=[pk]),
        end_label=_("It was never true"),
    )


def loss_form(request: ProgramRequest, form: LossForm, save: Any, **context: Any) -> HttpResponseBase:
    return answer_form(
        request,
        form,
        save,
        said=lambda _loss: what_follows(first=_("The assessment is kept.")),
        then=lambda _loss: reverse("loss_list"),
        question=_("Losses: why did they leave, and could we have known?"),
        crumbs=[(_("Losses"), reverse("loss_list"))],
        **context,
    )


@specialists_only
@require_http_methods(METHODS)
def loss_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    loss = get_object_or_404(losses.losses(), pk=pk)
    return answer_confirmation(
        request,
        lambda: losses.remove_loss(loss=loss),
        said=_("The assessment was taken back."),
        then=reverse("loss_list"),
        question=_("Losses: why did they leave, and could we have known?"),
        heading=_("Was the loss of %(name)s never true?") % {"name": loss.customer.name},
        losses=[_("The assessment disappears, with its reasons and its value. The customer and what was heard stay.")],
        crumbs=[(_("Losses"), reverse("loss_list"))],
        submit=_("Take it back"),
        cancel_url=reverse("loss_update", args=[pk]),
    )
