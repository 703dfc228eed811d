from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from functions import services
from functions.access import ProgramRequest, specialists_only
from functions.forms import FunctionForm, NewSupplyLinkForm, SupplyLinkForm
from functions.models import Function, SupplyLink
from web.saving import METHODS, answer_confirmation, answer_form, posted, what_follows

Crumbs = list[tuple[str, str]]


def crumbs_to(function: Function | None = None) -> Crumbs:
    crumbs = [(_("Functions"), reverse("function_list"))]
    return crumbs if function is None else [*crumbs, (function.name, address_of(function))]


def address_of(function: Function) -> str:
    return reverse("function_detail", args=[function.pk])


@specialists_only
@require_http_methods(METHODS)
def function_create(request: ProgramRequest) -> HttpResponseBase:
    return answer_form(
        request,
        FunctionForm(posted(request)),
        lambda data: services.create_function(**data),
        said=lambda function: what_follows(first=_("%(name)s is on the circle.") % {"name": function.name}),
        then=address_of,
        question=_("Functions: which dots does the circle have?"),
        heading=_("Add a function"),
        about=_("A department or team whose work customers feel, directly or through another function."),
        crumbs=crumbs_to(),
        submit=_("Add the function"),
        cancel_url=reverse("function_list"),
    )


@specialists_only
@require_http_methods(METHODS)
def function_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    function = get_object_or_404(Function, pk=pk)
    name = function.name
    return answer_form(
        request,
        FunctionForm(posted(request), instance=function),
        lambda data: services.update_function(function=function, changes=data),
        said=lambda _saved: what_follows(),
        then=address_of,
        question=_("Function"),
        heading=_("Change %(name)s") % {"name": name},
        crumbs=[*crumbs_to(), (name, address_of(function))],
        cancel_url=address_of(function),
    )


@specialists_only
@require_http_methods(METHODS)
def function_deactivate(request: ProgramRequest, pk: int) -> HttpResponseBase:
    function = get_object_or_404(Function, pk=pk, is_active=True)
    name = {"name": function.name}
    return answer_confirmation(
        request,
        lambda: services.deactivate_function(function=function),
        said=what_follows(first=_("%(name)s left the circle.") % name, circle=True),
        then=reverse("function_list"),
        question=_("Function"),
        heading=_("Take %(name)s off the circle?") % name,
        losses=[
            _("Its dot disappears, and its supply links transmit nothing."),
            _("Its metrics, measurements and history stay, and you can put it back at any time."),
        ],
        crumbs=crumbs_to(function),
        submit=_("Take it off the circle"),
        cancel_url=address_of(function),
    )


@specialists_only
@require_http_methods(METHODS)
def function_reactivate(request: ProgramRequest, pk: int) -> HttpResponseBase:
    function = get_object_or_404(Function, pk=pk, is_active=False)
    name = {"name": function.name}
    return answer_confirmation(
        request,
        lambda: services.reactivate_function(function=function),
        said=what_follows(first=_("%(name)s is on the circle again.") % name, circle=True),
        then=address_of(function),
        question=_("Function"),
        heading=_("Put %(name)s back on the circle?") % name,
        losses=[_("Its dot appears again, and its supply links transmit as before.")],
        crumbs=crumbs_to(),
        submit=_("Put it back"),
        cancel_url=reverse("function_list"),
    )


# ---- Supply links


@specialists_only
@require_http_methods(METHODS)
def supply_link_create(request: ProgramRequest) -> HttpResponseBase:
    return answer_form(
        request,
        NewSupplyLinkForm(posted(request), initial=request.GET.dict()),
        lambda data: services.create_supply_link(**data),
        said=lambda _link: what_follows(circle=True),
        then=lambda link: address_of(link.supplier),
        question=_("Supply links: whose gap reaches whom?"),
        heading=_("Add a supply link"),
        about=_("One function works with what another one delivers. Cycles are normal."),
        crumbs=crumbs_to(),
        submit=_("Add the link"),
        cancel_url=reverse("function_list"),
    )


@specialists_only
@require_http_methods(METHODS)
def supply_link_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    link = get_object_or_404(SupplyLink.objects.select_related("supplier", "supplied"), pk=pk)
    names = {"supplier": link.supplier.name, "supplied": link.supplied.name}
    return answer_form(
        request,
        SupplyLinkForm(posted(request), initial={"strength": link.strength}),
        lambda data: services.update_supply_link(link=link, strength=data["strength"]),
        said=lambda _link: what_follows(circle=True),
        then=lambda _link: address_of(link.supplier),
        question=_("Supply link"),
        heading=_("How much of the gap of %(supplier)s reaches %(supplied)s?") % names,
        crumbs=crumbs_to(link.supplier),
        cancel_url=address_of(link.supplier),
        end_url=reverse("supply_link_delete", args=[pk]),
        end_label=_("End the link"),
    )


@specialists_only
@require_http_methods(METHODS)
def supply_link_delete(request: ProgramRequest, pk: int) -> HttpResponseBase:
    link = get_object_or_404(SupplyLink.objects.select_related("supplier", "supplied"), pk=pk)
    names = {"supplier": link.supplier.name, "supplied": link.supplied.name}
    return answer_confirmation(
        request,
        lambda: services.delete_supply_link(link=link),
        said=what_follows(first=_("The link was ended."), circle=True),
        then=address_of(link.supplier),
        question=_("Supply link"),
        heading=_("End the link from %(supplier)s to %(supplied)s?") % names,
        losses=[_("No gap reaches %(supplied)s this way any more. The history keeps the link.") % names],
        crumbs=crumbs_to(link.supplier),
        submit=_("End the link"),
        cancel_url=address_of(link.supplier),
    )
