from collections.abc import Callable
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from functions.access import ProgramRequest, members_only, person, specialists_only
from requirements_catalog import selectors, services
from requirements_catalog.forms import (
    MergeForm,
    NewProductForm,
    NewRequirementForm,
    NewResponsibilityForm,
    ProductFilter,
    ProductForm,
    RequirementForm,
    ResponsibilityForm,
    ScaleForm,
    StateForm,
)
from requirements_catalog.models import Product, Requirement, Responsibility
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted, what_follows

Crumbs = list[tuple[str, str]]


def crumbs_to(requirement: Requirement | None = None) -> Crumbs:
    crumbs = [(_("Requirements"), reverse("requirement_list"))]
    return crumbs if requirement is None else [*crumbs, (requirement.reference, address_of(requirement))]


def address_of(requirement: Requirement) -> str:
    return reverse("requirement_detail", args=[requirement.pk])


def standing(pk: int) -> Requirement:
    """Return a requirement that stands for itself; one that was merged away has no pages to change it."""
    return get_object_or_404(Requirement.objects.select_related("owner", "current_scale"), pk=pk, merged_into=None)


@specialists_only
@require_http_methods(METHODS)
def requirement_create(request: ProgramRequest) -> HttpResponseBase:
    form = NewRequirementForm(posted(request), initial={"origin": Requirement.Origin.CUSTOMER})
    return answer_form(
        request,
        form,
        lambda _data: services.create_requirement(**form.changes(), scale=form.scale(), person=person(request)),
        said=lambda made: what_follows(
            first=_("%(r)s is a draft. Put it to review when it says what customers mean.") % {"r": made.reference}
        ),
        then=address_of,
        question=_("Requirements: what do customers need?"),
        heading=_("Add a requirement"),
        about=_("One statement, traceable to what customers said. It starts as a draft."),
        crumbs=crumbs_to(),
        submit=_("Add the requirement"),
        cancel_url=reverse("requirement_list"),
    )


@specialists_only
@require_http_methods(METHODS)
def requirement_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    requirement = standing(pk)
    crumbs, url = crumbs_to(requirement), address_of(requirement)
    form = RequirementForm(posted(request), instance=requirement)

    def save(_data: dict[str, Any]) -> Requirement:
        changes = form.changes()
        return services.update_requirement(
            requirement=requirement,
            products=changes.pop("products"),
            changes=changes,
            means_the_same=form.cleaned_data["means_the_same"],
            person=person(request),
        )

    return answer_form(
        request,
        form,
        save,
        said=lambda saved: consequence(saved, form.changed_data),
        then=address_of,
        question=_("Requirement"),
        heading=_("Change %(reference)s") % {"reference": crumbs[-1][0]},
        crumbs=crumbs,
        cancel_url=url,
    )


def consequence(requirement: Requirement, changed: list[str]) -> str:
    counts = {"products", "half_life_months"} & set(changed) and selectors.has_answers(requirement)
    moves = "owner" in changed and requirement.state == Requirement.State.ACTIVE
    return what_follows(scores=1 if counts else 0, circle=moves)


@specialists_only
@require_http_methods(METHODS)
def requirement_state(request: ProgramRequest, pk: int) -> HttpResponseBase:
    requirement = standing(pk)
    asked = request.GET.get("to", next_state(requirement))
    form = StateForm(posted(request), requirement=requirement, to=asked)

    def save(data: dict[str, Any]) -> Requirement:
        form.show_anew()
        return services.change_state(requirement=requirement, **data, person=person(request))

    return answer_form(
        request,
        form,
        save,
        said=lambda saved: what_follows(
            first=_("%(reference)s is %(state)s.") % {"reference": saved.reference, "state": saved.get_state_display()},
            circle=Requirement.State.ACTIVE in {requirement.state, saved.state},
        ),
        then=address_of,
        question=_("Requirement: does it count?"),
        heading=_("Change the state of %(reference)s") % {"reference": requirement.reference},
        about=what_is_decided(requirement),
        crumbs=crumbs_to(requirement),
        cancel_url=address_of(requirement),
    )


def what_is_decided(requirement: Requirement) -> str:
    scale = requirement.current_scale
    level = f" ({scale.get_unit_display()}, {scale.get_direction_display()})" if scale else ""
    return f"{requirement.statement}{level}"


def next_state(requirement: Requirement) -> str:
    """Return the state that usually follows: what is on the way goes on, the rest stays."""
    follows = {Requirement.State.DRAFT: Requirement.State.REVIEW, Requirement.State.REVIEW: Requirement.State.ACTIVE}
    return str(follows.get(Requirement.State(requirement.state), requirement.state))


@specialists_only
@require_http_methods(METHODS)
def requirement_scale(request: ProgramRequest, pk: int) -> HttpResponseBase:
    requirement = standing(pk)
    last = requirement.current_scale
    form = ScaleForm(posted(request), last=last, initial={"direction": last.direction} if last else {})
    return answer_form(
        request,
        form,
        lambda data: services.add_scale_version(
            requirement=requirement, scale=form.scale(data), person=person(request)
        ),
        said=lambda saved: what_follows(scores=1 if selectors.has_answers(saved) else 0),
        then=address_of,
        question=_("Requirement: how is its level stated?"),
        heading=_("New scale for %(reference)s") % {"reference": requirement.reference},
        about=about_scale(requirement),
        crumbs=crumbs_to(requirement),
        submit=_("Use this scale from now on"),
        cancel_url=address_of(requirement),
    )


def about_scale(requirement: Requirement) -> str:
    scale = requirement.current_scale
    if scale is None:
        return _("It has no scale yet, so it is scored on what customers feel alone.")
    words = {
        "unit": scale.get_unit_display(),
        "direction": scale.get_direction_display(),
        "n": selectors.levels_stated(requirement),
    }
    return _("Now: %(unit)s, %(direction)s. Answers that state a level on it: %(n)d. They keep their scale.") % words


@specialists_only
@require_http_methods(METHODS)
def requirement_merge(request: ProgramRequest, pk: int) -> HttpResponseBase:
    requirement = standing(pk)
    form = MergeForm(posted(request), requirement=requirement, initial=request.GET.dict())
    return answer_form(
        request,
        form,
        lambda data: services.merge_requirements(requirement=requirement, into=data["into"]).merged_into or requirement,
        said=lambda root: what_follows(
            first=_("%(member)s counts as %(root)s now.") % {"member": requirement.reference, "root": root.reference},
            scores=scored(requirement, root),
            circle=True,
        ),
        then=address_of,
        question=_("Requirement: is it said twice?"),
        heading=_("Merge %(reference)s into another requirement") % {"reference": requirement.reference},
        about=_(
            "'%(statement)s' no longer counts for itself. Its answers and words stay where they were given and count "
            "for the other one; its metrics rest. You can undo it at any time."
        )
        % {"statement": requirement.statement},
        crumbs=crumbs_to(requirement),
        submit=_("Merge"),
        cancel_url=address_of(requirement),
    )


def scored(*requirements: Requirement | None) -> int:
    return sum(1 for each in requirements if each is not None and selectors.has_answers(each))


@specialists_only
@require_http_methods(METHODS)
def requirement_unmerge(request: ProgramRequest, pk: int) -> HttpResponseBase:
    requirement = get_object_or_404(Requirement.objects.select_related("merged_into"), pk=pk, merged_into__isnull=False)
    words = {"member": requirement.reference, "root": str(requirement.merged_into)}
    return answer_confirmation(
        request,
        lambda: services.undo_merge(requirement=requirement),
        said=what_follows(
            first=_("%(member)s stands for itself again.") % words,
            scores=scored(requirement, requirement.merged_into),
            circle=True,
        ),
        then=address_of(requirement),
        question=_("Requirement"),
        heading=_("Let %(member)s stand for itself again?") % words,
        losses=[_("What was answered about it no longer counts for %(root)s.") % words],
        crumbs=crumbs_to(),
        submit=_("Undo the merge"),
        cancel_url=reverse("requirement_list"),
    )


# ---- Responsibilities


@specialists_only
@require_http_methods(METHODS)
def responsibility_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    requirement = standing(pk)
    return answer_form(
        request,
        NewResponsibilityForm(posted(request), initial=request.GET.dict()),
        lambda data: services.create_responsibility(requirement=requirement, **data),
        said=lambda _made: what_follows(),
        then=lambda _made: address_of(requirement),
        question=_("Requirement: who contributes?"),
        heading=_("Add a function that contributes to %(reference)s") % {"reference": requirement.reference},
        about=_("Its head then sees the requirement's measurements and words. The owner is set on the requirement."),
        crumbs=crumbs_to(requirement),
        cancel_url=address_of(requirement),
    )


def responsibility_of(pk: int) -> Responsibility:
    return get_object_or_404(Responsibility.objects.select_related("requirement", "function"), pk=pk)


@specialists_only
@require_http_methods(METHODS)
def responsibility_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    responsibility = responsibility_of(pk)
    requirement = responsibility.requirement
    words = {"function": responsibility.function.name, "reference": requirement.reference}
    return answer_form(
        request,
        ResponsibilityForm(posted(request), initial={"strength": responsibility.strength}),
        lambda data: services.change_responsibility(responsibility=responsibility, strength=data["strength"]),
        said=lambda _saved: what_follows(),
        then=lambda _saved: address_of(requirement),
        question=_("Requirement: who contributes?"),
        heading=_("How strongly does %(function)s contribute to %(reference)s?") % words,
        crumbs=crumbs_to(requirement),
        cancel_url=address_of(requirement),
        end_url=reverse("responsibility_delete", args=[pk]),
        end_label=_("End the contribution"),
    )


@specialists_only
@require_http_methods(METHODS)
def responsibility_delete(request: ProgramRequest, pk: int) -> HttpResponseBase:
    responsibility = responsibility_of(pk)
    requirement = responsibility.requirement
    words = {"function": responsibility.function.name, "reference": requirement.reference}
    return answer_confirmation(
        request,
        lambda: services.delete_responsibility(responsibility=responsibility),
        said=what_follows(first=_("%(function)s no longer contributes to %(reference)s.") % words),
        then=address_of(requirement),
        question=_("Requirement: who contributes?"),
        heading=_("Does %(function)s no longer contribute to %(reference)s?") % words,
        losses=[_("Its head no longer sees the measurements and words of %(reference)s.") % words],
        crumbs=crumbs_to(requirement),
        submit=_("End the responsibility"),
        cancel_url=address_of(requirement),
    )


# ---- Products

PRODUCTS = ListPlan(
    name="products",
    columns=(
        Column("name", gettext_lazy("Product")),
        Column("requirement_count", gettext_lazy("Requirements"), numeric=True),
        Column(
            "is_active",
            gettext_lazy("State"),
            value=lambda product: _("in use") if product.is_active else _("not offered any more"),
        ),
    ),
    sort="name",
    filters=ProductFilter,
    search=("name",),
)


@members_only
@require_safe
@with_saved_views(PRODUCTS)
def product_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(PRODUCTS, request.GET)
    shown = asked.show(asked.narrowed(selectors.products_in_use()), of=Product.objects.all())
    if asked.wants_file:
        return asked.file(shown)
    return TemplateResponse(request, "requirements_catalog/product_list.html", {"list": shown, "noun": _("products")})


@specialists_only
@require_http_methods(METHODS)
def product_create(request: ProgramRequest) -> HttpResponseBase:
    return product_form(
        request,
        NewProductForm(posted(request)),
        lambda data: services.create_product(**data),
        heading=_("Add a product"),
        submit=_("Add the product"),
    )


@specialists_only
@require_http_methods(METHODS)
def product_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    product = get_object_or_404(Product, pk=pk)
    name = product.name
    return product_form(
        request,
        ProductForm(posted(request), instance=product),
        lambda data: services.update_product(product=product, changes=data),
        heading=_("Change %(name)s") % {"name": name},
    )


def product_form(
    request: HttpRequest, form: BaseForm, save: Callable[[dict[str, Any]], Product], **context: str
) -> HttpResponseBase:
    url = reverse("product_list")
    return answer_form(
        request,
        form,
        save,
        said=lambda _saved: what_follows(),
        then=lambda _saved: url,
        question=_("Products: what is the program about?"),
        crumbs=[(_("Products"), url)],
        cancel_url=url,
        **context,
    )
