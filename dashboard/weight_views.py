"""Weight sets: making a version, looking at it, weighting the scores by it."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.weight_pages import (
    FACTORS,
    WEIGHT_SETS,
    WeightSetForm,
    WeightSetPage,
    factors_of,
    make_from,
)
from functions.access import ProgramRequest, person, specialists_only
from functions.selectors import program_day
from interviews.weight_sets import drop_weight_set, rest_weight_set, use_weight_set, weight_sets
from web.lists import ListAsked
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted


def crumbs() -> list[tuple[str, str]]:
    return [(_("Weights"), reverse("weight_set_list"))]


@specialists_only
@require_safe
@with_saved_views(WEIGHT_SETS)
def weight_set_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(WEIGHT_SETS, request.GET)
    shown = asked.show(asked.narrowed(weight_sets()), of=weight_sets())
    if asked.wants_file:
        return asked.file(shown)
    used = weight_sets().filter(is_active=True).first()
    return render(request, "dashboard/weight_set_list.html", {"list": shown, "noun": _("weight sets"), "used": used})


@specialists_only
@require_http_methods(METHODS)
def weight_set_create(request: ProgramRequest) -> HttpResponseBase:
    now = timezone.now()
    return answer_form(
        request,
        WeightSetForm(posted(request)),
        lambda data: make_from(data, today=program_day(now), now=now, by=person(request)),
        said=lambda _made: _("The set is made. Nothing is weighted by it until you say so."),
        then=lambda made: reverse("weight_set_detail", args=[made.pk]),
        question=_("Make a weight set"),
        heading=_("How do those we heard stand for those who exist?"),
        crumbs=crumbs(),
        submit=_("Work out the factors"),
        cancel_url=reverse("weight_set_list"),
    )


@specialists_only
@require_safe
def weight_set_detail(request: ProgramRequest, pk: int) -> HttpResponseBase:
    weight_set = get_object_or_404(weight_sets(), pk=pk)
    rows, asked = factors_of(weight_set), ListAsked(FACTORS, request.GET)
    shown = asked.show(asked.narrowed(rows), of=rows)
    if asked.wants_file:
        return asked.file(shown)
    page = WeightSetPage(weight_set, list(rows))
    context = {"list": shown, "noun": _("strata"), "page": page, "weight_set": weight_set}
    return render(request, "dashboard/weight_set_detail.html", context)


def _asks(
    request: ProgramRequest, pk: int, act: Any, *, heading: str, then: str = "", **words: Any
) -> HttpResponseBase:
    """Ask before scores change, or a version goes; `heading` says %(name)s of the set."""
    weight_set = get_object_or_404(weight_sets(), pk=pk)
    here = reverse("weight_set_detail", args=[pk])
    return answer_confirmation(
        request,
        lambda: act(weight_set=weight_set),
        then=then or here,
        heading=heading % {"name": weight_set},
        crumbs=[*crumbs(), (str(weight_set), here)],
        cancel_url=here,
        **words,
    )


@specialists_only
@require_http_methods(METHODS)
def weight_set_use(request: ProgramRequest, pk: int) -> HttpResponseBase:
    return _asks(
        request,
        pk,
        use_weight_set,
        said=_("Scores are weighted by this set. All of them are recomputed now."),
        question=_("Weight the scores"),
        heading=_("Weight all scores by %(name)s?"),
        losses=[
            _("Every score is recomputed; gaps, intervals and the order of requirements may change."),
            _("Snapshots that were kept stay as they are. You can stop weighting at any time."),
        ],
        submit=_("Weight by it"),
    )


@specialists_only
@require_http_methods(METHODS)
def weight_set_rest(request: ProgramRequest, pk: int) -> HttpResponseBase:
    return _asks(
        request,
        pk,
        rest_weight_set,
        said=_("Scores are not weighted by strata any more. All of them are recomputed now."),
        question=_("Stop weighting"),
        heading=_("Stop weighting by %(name)s?"),
        losses=[_("Every score is recomputed; each answer counts by value, importance and age alone.")],
        submit=_("Stop weighting"),
    )


@specialists_only
@require_http_methods(METHODS)
def weight_set_drop(request: ProgramRequest, pk: int) -> HttpResponseBase:
    return _asks(
        request,
        pk,
        drop_weight_set,
        then=reverse("weight_set_list"),
        said=_("The set is gone."),
        question=_("Drop a weight set"),
        heading=_("Drop %(name)s?"),
        losses=[_("Its factors are gone. Snapshots that were weighted by it keep them.")],
        submit=_("Drop it"),
    )
