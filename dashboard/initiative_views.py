"""Initiatives: what could be done, whether it serves customers, and what was decided."""

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.calibration_page import CalibrationPage
from dashboard.initiative_list import INITIATIVES, initiative_list_page, with_bars
from dashboard.initiative_page import initiative_page, may_change
from dashboard.views import found, program_of, show
from functions.access import ProgramRequest, members_only, metric_keepers_only, person, specialists_only
from gap_scores.selectors import read_board
from improvements import initiatives as services
from improvements.calibrating import calibrations_for
from improvements.deciding import record_decision
from improvements.delivering import record_delivery
from improvements.initiative_forms import DecisionForm, DeliveryForm, EffectForm, InitiativeForm
from improvements.initiative_models import Initiative, InitiativeEffect
from improvements.judging import Judge
from improvements.reading_off import metrics_to_expect
from improvements.realised_words import within_words
from improvements.verdict_words import verdict_sentence
from metrics.selectors import metrics_for
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted

QUESTION = gettext_lazy("Initiatives: does it serve customers, or where would the money do more?")


def page_of(pk: int) -> str:
    return reverse("initiative_detail", args=[pk])


def crumbs(initiative: Initiative | None = None) -> list[tuple[str, str]]:
    there = [(_("Initiatives"), reverse("initiative_list"))]
    return [*there, (initiative.name, page_of(initiative.pk))] if initiative else there


@require_safe
@members_only
@with_saved_views(INITIATIVES)
def initiative_list(request: ProgramRequest) -> HttpResponseBase:
    page = initiative_list_page(parameters=request.GET, access=request.access, program=program_of(request))
    if page.list.asked.wants_file:
        return page.list.asked.file(page.list)
    may_propose = request.access.is_specialist or bool(request.access.functions)
    more = {"lines": with_bars(list(page.list.page)), "noun": _("initiatives"), "may_propose": may_propose}
    return show(request, "dashboard/initiative_list.html", page, list=page.list, **more)


@require_safe
@members_only
def initiative_detail(request: ProgramRequest, pk: int) -> HttpResponseBase:
    today = timezone.localdate()
    page = initiative_page(pk=pk, access=request.access, program=program_of(request), today=today)
    return show(request, "dashboard/initiative_detail.html", found(page))


# ---- Keeping them


def own_functions(request: ProgramRequest) -> Any:
    access = request.access
    return services.active_functions_of(None if access.is_specialist else access.functions)


def changeable(request: ProgramRequest, pk: int) -> Initiative:
    """Return an initiative that this person may change; any other one is not there."""
    initiative = get_object_or_404(Initiative, pk=pk)
    if not may_change(request.access, initiative):
        raise Http404
    return initiative


@require_http_methods(METHODS)
@metric_keepers_only
def initiative_create(request: ProgramRequest) -> HttpResponseBase:
    def save(data: dict[str, Any]) -> Initiative:
        by = person(request)
        return services.propose_initiative(**data, created_by=by, created_by_name=str(by), now=timezone.now())

    return answer_form(
        request,
        InitiativeForm(posted(request), functions=own_functions(request)),
        save,
        said=lambda _saved: _("It is proposed. Say next which levels it would change: without that it serves nobody."),
        then=lambda saved: reverse("initiative_effect_create", args=[saved.pk]),
        question=QUESTION,
        heading=_("What could be done?"),
        crumbs=crumbs(),
        submit=_("Propose it"),
        cancel_url=reverse("initiative_list"),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def initiative_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    initiative = changeable(request, pk)
    barred = {row.one_id + row.other_id - pk for row in services.exclusions_of(initiative)}
    initial = {"needs": list(initiative.needs.values_list("needed_id", flat=True)), "excludes": sorted(barred)}
    form = InitiativeForm(posted(request), instance=initiative, functions=own_functions(request), initial=initial)
    if not request.access.is_specialist:
        for name in ("state", "state_was"):
            del form.fields[name]
            form.helper.layout.fields.remove(name)
    return answer_form(
        request,
        form,
        lambda data: services.change_initiative(initiative=initiative, changes=data),
        said=lambda _saved: _("Saved. Its verdict follows."),
        then=lambda saved: page_of(saved.pk),
        question=QUESTION,
        heading=_("Change %(name)s") % {"name": initiative.name},
        crumbs=crumbs(initiative),
        cancel_url=page_of(pk),
        end_url=reverse("initiative_remove", args=[pk]),
        end_label=_("Take it back"),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def initiative_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    initiative = changeable(request, pk)
    return answer_confirmation(
        request,
        lambda: services.remove_initiative(initiative=initiative),
        said=_("It is not proposed any more."),
        then=reverse("initiative_list"),
        question=QUESTION,
        heading=_("Take %(name)s back?") % {"name": initiative.name},
        losses=[_("The initiative disappears, with what it was expected to change.")],
        crumbs=crumbs(initiative),
        submit=_("Take it back"),
        cancel_url=page_of(pk),
    )


# ---- What one changes


@require_http_methods(METHODS)
@metric_keepers_only
def initiative_effect_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    initiative, today = changeable(request, pk), timezone.localdate()
    stated = initiative.effects.values("metric_id")
    metrics = metrics_to_expect(request.access).filter(is_active=True).exclude(pk__in=stated)
    return effect_form(
        request,
        EffectForm(posted(request), metrics=metrics),
        lambda data: services.state_effect(
            initiative=initiative, today=today, access=request.access, by=person(request), **data
        ),
        initiative,
        heading=_("Which level would %(name)s change?") % {"name": initiative.name},
    )


@require_http_methods(METHODS)
@metric_keepers_only
def initiative_effect_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    effect, initiative = changeable_effect(request, pk)
    today = timezone.localdate()
    return effect_form(
        request,
        EffectForm(posted(request), instance=effect),
        lambda data: services.change_effect(
            effect=effect, changes=data, today=today, access=request.access, by=person(request)
        ),
        initiative,
        heading=_("Which level of %(metric)s would it lead to?") % {"metric": effect.metric.name},
        end_url=reverse("initiative_effect_remove", args=[pk]),
        end_label=_("It does not change this"),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def initiative_effect_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    effect, initiative = changeable_effect(request, pk)
    return answer_confirmation(
        request,
        lambda: services.remove_effect(effect=effect),
        said=_("The expected level was taken back."),
        then=page_of(initiative.pk),
        question=QUESTION,
        heading=_("Does it not change %(metric)s?") % {"metric": effect.metric.name},
        losses=[_("The expected levels disappear.")],
        crumbs=crumbs(initiative),
        submit=_("Take it back"),
        cancel_url=reverse("initiative_effect_update", args=[pk]),
    )


def changeable_effect(request: ProgramRequest, pk: int) -> tuple[InitiativeEffect, Initiative]:
    effect = get_object_or_404(InitiativeEffect.objects.select_related("metric"), pk=pk)
    initiative = changeable(request, effect.initiative_id)
    if not metrics_for(request.access).filter(pk=effect.metric_id).exists():
        raise Http404
    return effect, initiative


def effect_form(
    request: ProgramRequest, form: EffectForm, save: Any, initiative: Initiative, **context: Any
) -> HttpResponseBase:
    return answer_form(
        request,
        form,
        save,
        said=lambda _saved: _("The expected level is kept."),
        then=lambda _saved: page_of(initiative.pk),
        question=QUESTION,
        # What is sent needs no figures: they take the levels of every checkpoint.
        about="" if request.method == "POST" else how_well(request),
        crumbs=crumbs(initiative),
        cancel_url=page_of(initiative.pk),
        **context,
    )


def how_well(request: ProgramRequest) -> str:
    """Say to whoever estimates how estimates came out before."""
    its = calibrations_for(request.access, today=timezone.localdate())
    said = [
        words % within_words(each.newest)
        for words, each in ((_("Estimates so far: %s."), its.whole), (_("Yours: %s."), its.own))
        if each is not None and each.newest.n
    ]
    return " ".join(said)


# ---- Deciding


@require_http_methods(METHODS)
@specialists_only
def initiative_decide(request: ProgramRequest, pk: int) -> HttpResponseBase:
    its = program_of(request)
    judge = Judge(read_board(), its, request.access)
    initiative = found(judge.by_id.get(pk))

    def save(data: dict[str, Any]) -> Any:
        by = person(request)
        return record_decision(
            initiative=initiative, board=read_board(), program=its, decided_by=by, decided_by_name=str(by),
            now=timezone.now(), **data,
        )  # fmt: skip

    return answer_form(
        request,
        DecisionForm(posted(request)),
        save,
        said=lambda _saved: _("The decision is kept, with what is believed today."),
        then=lambda _saved: f"{page_of(pk)}#decisions",
        question=QUESTION,
        heading=_("Shall %(name)s be done?") % {"name": initiative.name},
        about=verdict_sentence(judge.verdict(initiative), its.currency if its else "", names_few=True),
        crumbs=crumbs(initiative),
        submit=_("Record the decision"),
        cancel_url=page_of(pk),
    )


# ---- What came true


@require_http_methods(METHODS)
@specialists_only
def initiative_deliver(request: ProgramRequest, pk: int) -> HttpResponseBase:
    initiative, today = get_object_or_404(Initiative, pk=pk), timezone.localdate()
    return answer_form(
        request,
        DeliveryForm(posted(request), instance=initiative),
        lambda data: record_delivery(initiative=initiative, today=today, **data),
        said=lambda _saved: _("Kept. What came true is compared 3, 6 and 12 months after that day."),
        then=lambda _saved: f"{page_of(pk)}#realised",
        question=QUESTION,
        heading=_("Since when is %(name)s in force?") % {"name": initiative.name},
        crumbs=crumbs(initiative),
        cancel_url=page_of(pk),
    )


@require_safe
@members_only
def estimates(request: ProgramRequest) -> HttpResponseBase:
    page = calibrations_for(request.access, today=timezone.localdate())
    return show(request, "dashboard/estimates.html", CalibrationPage(page, program_of(request)))
