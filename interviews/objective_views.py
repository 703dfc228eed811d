"""What customers want to achieve with a product, on the pages: written down, corrected, taken away."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from functions.access import ProgramRequest, specialists_only
from interviews import objectives
from interviews.models import Interview, Objective
from interviews.objective_forms import ObjectiveForm
from interviews.selectors import objectives_for
from interviews.views import crumbs_of, interview_or_404
from web.saving import METHODS, answer_confirmation, answer_form, posted


@specialists_only
@require_http_methods(METHODS)
def objective_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    interview = interview_or_404(request, pk)
    return objective_form(
        request,
        interview,
        ObjectiveForm(posted(request), initial={"product": first_product(interview)}),
        lambda data: objectives.record_objective(interview=interview, **data),
        heading=_("What does %(name)s want to achieve?") % {"name": interview.contact.name},
        submit=_("Keep the objective"),
    )


def first_product(interview: Interview) -> Any:
    """Return the product of the round, where it has one only."""
    products = list(interview.round.products.all()[:2])
    return products[0] if len(products) == 1 else None


@specialists_only
@require_http_methods(METHODS)
def objective_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    objective = objective_or_404(request, pk)
    return objective_form(
        request,
        objective.interview,
        ObjectiveForm.of(objective, posted(request)),
        lambda data: objectives.change_objective(objective=objective, changes=data),
        heading=_("Correct what was written down"),
        end_url=reverse("objective_remove", args=[pk]),
        end_label=_("Nobody said this"),
    )


def objective_or_404(request: ProgramRequest, pk: int) -> Objective:
    rows = objectives_for(request.access).select_related("interview__contact", "interview__customer", "product")
    return get_object_or_404(rows, pk=pk)


def objective_form(
    request: ProgramRequest, interview: Interview, form: ObjectiveForm, save: Any, **context: Any
) -> HttpResponseBase:
    address = reverse("interview_detail", args=[interview.pk])
    return answer_form(
        request,
        form,
        save,
        said=lambda _objective: _("The objective is kept."),
        then=lambda _objective: f"{address}#objectives",
        question=_("Objectives: what is the product for, and how strict does that make them?"),
        crumbs=crumbs_of(interview),
        cancel_url=f"{address}#objectives",
        **context,
    )


@specialists_only
@require_http_methods(METHODS)
def objective_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    objective = objective_or_404(request, pk)
    interview = objective.interview
    return answer_confirmation(
        request,
        lambda: objectives.remove_objective(objective=objective),
        said=_("The objective was taken away."),
        then=f"{reverse('interview_detail', args=[interview.pk])}#objectives",
        question=_("Objectives: what is the product for, and how strict does that make them?"),
        heading=_("Did nobody say this?"),
        losses=[_("'%(said)s' disappears. The interview, its answers and its words stay.")
                % {"said": objective.statement}],
        crumbs=crumbs_of(interview),
        submit=_("Take it away"),
        cancel_url=reverse("objective_update", args=[pk]),
    )  # fmt: skip
