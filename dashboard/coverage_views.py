"""Coverage of a round, and its plan."""

from http import HTTPStatus

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.coverage_page import coverage_page
from dashboard.round_plan import plan_page
from dashboard.views import program_of, show
from functions.access import ProgramRequest, specialists_only
from functions.selectors import program_day
from interviews.models import Round, SamplingPlan
from interviews.planning import drop_plan, plan_round
from interviews.progress import plan_of, planned_rounds
from web.saving import METHODS, answer_confirmation, answer_form, posted


@require_safe
@specialists_only
def coverage(request: ProgramRequest) -> HttpResponse:
    """Show the newest planned round, or say how to plan one."""
    wave = planned_rounds().first()
    if wave is None:
        return render(request, "dashboard/coverage_none.html", {"rounds": Round.objects.filter(is_standing=False)})
    return _show(request, wave)


@require_safe
@specialists_only
def round_coverage(request: ProgramRequest, pk: int) -> HttpResponse:
    wave = get_object_or_404(planned_rounds(), pk=pk)
    return _show(request, wave)


def _show(request: ProgramRequest, wave: Round) -> HttpResponse:
    page = coverage_page(wave=wave, program=program_of(request), today=program_day(timezone.now()))
    return show(request, "dashboard/coverage.html", page)


@require_http_methods(METHODS)
@specialists_only
def round_plan(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Share a round's interviews out over strata: the rule lives in the address, saving keeps the targets."""
    wave = get_object_or_404(Round, pk=pk, is_standing=False)
    sent = posted(request)
    page = plan_page(wave=wave, plan=plan_of(wave), asked=request.GET, sent=sent)
    if sent is None or page.targets is None or not page.rule.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if sent is not None else HTTPStatus.OK
        return render(request, "dashboard/round_plan.html", {"page": page, "form": page.rule}, status=status)
    return answer_form(
        request,
        page.targets,
        lambda _data: plan_round(round=wave, targets=page.targets_wanted(), now=timezone.now(), **page.rule_kept()),
        said=lambda _plan: _("The plan is kept. Now see who has no voice."),
        then=lambda _plan: reverse("round_coverage", args=[wave.pk]),
        template="dashboard/round_plan.html",
        page=page,
    )


@require_http_methods(METHODS)
@specialists_only
def round_plan_delete(request: ProgramRequest, pk: int) -> HttpResponseBase:
    plan = get_object_or_404(SamplingPlan.objects.select_related("round"), round=pk)
    return answer_confirmation(
        request,
        lambda: drop_plan(plan=plan),
        said=_("The plan is gone; the round and its interviews stay."),
        then=reverse("round_list"),
        question=_("Drop a plan"),
        heading=_("Drop the targets of '%(name)s'?") % {"name": plan.round.name},
        crumbs=[(_("Rounds"), reverse("round_list"))],
        losses=[
            _("The targets of all strata are gone, and the round leaves the coverage page."),
            _("Interviews and answers stay, and scores do not change."),
        ],
        submit=_("Drop the plan"),
        cancel_url=reverse("round_plan", args=[pk]),
    )
