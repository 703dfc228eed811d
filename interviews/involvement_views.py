"""Involvement: who took part in which stage of which product, and where nobody did."""

from datetime import date
from itertools import groupby
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from customers.selectors import of_customers_named
from functions.access import ProgramRequest, person, specialists_only
from functions.selectors import program_day
from interviews import involvement
from interviews.involvement import StageLine
from interviews.involvement_forms import InvolvementFilter, InvolvementForm
from interviews.involvement_models import Involvement
from web.choices import in_words
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted, what_follows

QUESTION = gettext_lazy("Involvement: who took part before, while and after a product came to them?")

# More would be no sentence.
NAMED = 2

INVOLVEMENTS = ListPlan(
    name="involvements",
    columns=(
        Column(
            "customer",
            gettext_lazy("Customer"),
            value=lambda row: row.customer.name,
            order_by=("customer__name", "customer"),
        ),
        Column(
            "contact",
            gettext_lazy("Person"),
            value=lambda row: row.contact.name if row.contact else "",
            order_by=("contact__name",),
            hide_narrow=True,
        ),
        Column(
            "product",
            gettext_lazy("Product"),
            value=lambda row: row.product.name,
            order_by=("product__name",),
            hide_narrow=True,
        ),
        Column("stage", gettext_lazy("Stage"), value=in_words("stage"), order_by=("stage",)),
        Column("involved_on", gettext_lazy("When"), numeric=True),
        Column("how", gettext_lazy("How"), hide_narrow=True),
        Column("noted_by_name", gettext_lazy("Noted by"), hide_narrow=True),
    ),
    sort="-involved_on",
    filters=InvolvementFilter,
    search_by=of_customers_named,
    is_about_people=True,
)


@specialists_only
@require_safe
@with_saved_views(INVOLVEMENTS)
def involvement_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(INVOLVEMENTS, request.GET)
    shown = asked.show(asked.narrowed(involvement.involvements()), of=Involvement.objects.all())
    if asked.wants_file:
        return asked.file(shown)
    lines = involvement.stage_lines()
    context = {
        "list": shown,
        "noun": _("entries"),
        "products": [(product, list(each)) for product, each in groupby(lines, key=lambda line: line.product)],
        "answer": answer_of(lines),
    }
    return render(request, "interviews/involvement_list.html", context)


def answer_of(lines: list[StageLine]) -> str:
    """Say where nobody was; the stages by name where they are few."""
    nobody = [line for line in lines if line.is_empty]
    if not lines:
        return _("There is no product yet")
    if not nobody:
        return _("Customers were involved in every stage of every product")
    if len(nobody) > NAMED:
        return _("Nobody was involved in %(n)d of %(all)d stages") % {"n": len(nobody), "all": len(lines)}
    said = [
        _("%(stage)s of %(product)s") % {"stage": each.stage.label, "product": each.product.name} for each in nobody
    ]
    return _("Nobody was involved in %(stages)s") % {"stages": _(" and ").join(said)}


def today() -> date:
    return program_day(timezone.now())


@specialists_only
@require_http_methods(METHODS)
def involvement_create(request: ProgramRequest) -> HttpResponseBase:
    return involvement_form(
        request,
        InvolvementForm(posted(request), initial=request.GET.dict()),
        lambda data: involvement.note_involvement(
            noted_by=person(request), noted_by_name=str(request.user), today=today(), **data
        ),
        heading=_("Who was involved?"),
        about=_("Interviews of a round with a stage count by themselves. Note here what else there was."),
        submit=_("Note it"),
    )


@specialists_only
@require_http_methods(METHODS)
def involvement_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    entry = get_object_or_404(involvement.involvements(), pk=pk)
    return involvement_form(
        request,
        InvolvementForm.of(entry, posted(request)),
        lambda data: involvement.change_involvement(involvement=entry, changes=data, today=today()),
        heading=_("How was %(name)s involved?") % {"name": entry.customer.name},
        end_url=reverse("involvement_remove", args=[pk]),
        end_label=_("It was never true"),
    )


def involvement_form(request: ProgramRequest, form: InvolvementForm, save: Any, **context: Any) -> HttpResponseBase:
    url = reverse("involvement_list")
    return answer_form(
        request,
        form,
        save,
        said=lambda _entry: what_follows(),
        then=lambda _entry: url,
        question=QUESTION,
        crumbs=[(_("Involvement"), url)],
        cancel_url=url,
        **context,
    )


@specialists_only
@require_http_methods(METHODS)
def involvement_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    entry = get_object_or_404(involvement.involvements(), pk=pk)
    url = reverse("involvement_list")
    return answer_confirmation(
        request,
        lambda: involvement.remove_involvement(involvement=entry),
        said=_("The entry was taken back."),
        then=url,
        question=QUESTION,
        heading=_("Was it never true that %(name)s took part?") % {"name": entry.customer.name},
        losses=[_("The entry of %(day)s disappears: %(how)s.") % {"day": entry.involved_on, "how": entry.how}],
        crumbs=[(_("Involvement"), url)],
        submit=_("Take it back"),
        cancel_url=reverse("involvement_update", args=[pk]),
    )
