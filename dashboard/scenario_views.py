"""Scenarios: saved from a what-if, read as they stand today, compared with another one or with today."""

from typing import Any

from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.scenario_forms import ScenarioForm
from dashboard.scenario_list import SCENARIOS, scenarios
from dashboard.scenario_page import compared, scenario_page
from dashboard.views import show
from functions.access import ProgramRequest, members_only, metric_keepers_only, person
from gap_scores.investing import read_ground
from gap_scores.selectors import read_board
from improvements import scenarios as services
from improvements.moves import pairs_in
from improvements.scenario_models import Scenario
from web.lists import ListAsked
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted

QUESTION = gettext_lazy("Scenarios: what would be, if?")


def page_of(pk: int) -> str:
    return reverse("scenario_detail", args=[pk])


def crumbs(scenario: Scenario | None = None) -> list[tuple[str, str]]:
    there = [(_("Scenarios"), reverse("scenario_list"))]
    return [*there, (scenario.name, page_of(scenario.pk))] if scenario else there


@require_safe
@members_only
@with_saved_views(SCENARIOS)
def scenario_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(SCENARIOS, request.GET)
    shown = asked.show(asked.narrowed(scenarios()), of=scenarios())
    if asked.wants_file:
        return asked.file(shown)
    return show(request, "dashboard/scenario_list.html", None, list=shown, noun=_("scenarios"))


@require_safe
@members_only
def scenario_detail(request: ProgramRequest, pk: int) -> HttpResponseBase:
    scenario, ground = get_object_or_404(Scenario, pk=pk), read_ground(read_board())
    page = scenario_page(scenario, ground=ground, access=request.access)
    return show(request, "dashboard/scenario_detail.html", page, stamp=ground.board.stamp)


@require_safe
@members_only
def scenario_compare(request: ProgramRequest) -> HttpResponseBase:
    """Two scenarios, or one and today, side by side: by address."""
    ground = read_ground(read_board())
    page = compared(parameters=request.GET, ground=ground, access=request.access)
    return show(request, "dashboard/scenario_compare.html", page, stamp=ground.board.stamp)


@require_http_methods(METHODS)
@metric_keepers_only
def scenario_create(request: ProgramRequest) -> HttpResponseBase:
    """Give the moves of an address a name; they go along in the form."""

    def save(data: dict[str, Any]) -> Scenario:
        by = person(request)
        moves = data.pop("moves")
        return services.save_scenario(
            pairs=pairs_in(moves), ground=read_ground(read_board()), access=request.access,
            created_by=by, created_by_name=str(by), now=timezone.now(), **data,
        )  # fmt: skip

    moves = request.POST.get("moves", "") if request.method == "POST" else request.GET.urlencode()
    return answer_form(
        request,
        ScenarioForm(posted(request), initial={"moves": moves}),
        save,
        said=lambda _saved: _("The scenario is saved. What it would change is worked out whenever it is read."),
        then=lambda saved: page_of(saved.pk),
        question=QUESTION,
        heading=_("Save this what-if as a scenario"),
        crumbs=crumbs(),
        submit=_("Save it"),
        cancel_url=f"{reverse('what_if')}?{QueryDict(moves).urlencode()}",
    )


@require_http_methods(METHODS)
@metric_keepers_only
def scenario_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    scenario = changeable(request, pk)
    return answer_form(
        request,
        ScenarioForm(posted(request), scenario=scenario),
        lambda data: services.change_scenario(scenario=scenario, changes=data),
        said=lambda _saved: _("Saved."),
        then=lambda saved: page_of(saved.pk),
        question=QUESTION,
        heading=_("Rename %(name)s") % {"name": scenario.name},
        crumbs=crumbs(scenario),
        cancel_url=page_of(pk),
        end_url=reverse("scenario_remove", args=[pk]),
        end_label=_("Delete it"),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def scenario_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    scenario = changeable(request, pk)
    return answer_confirmation(
        request,
        lambda: services.remove_scenario(scenario=scenario),
        said=_("The scenario is deleted."),
        then=reverse("scenario_list"),
        question=QUESTION,
        heading=_("Delete %(name)s?") % {"name": scenario.name},
        losses=[_("Its name, its note and its moves disappear. Nothing in the program changes.")],
        crumbs=crumbs(scenario),
        submit=_("Delete it"),
        cancel_url=page_of(pk),
    )


def changeable(request: ProgramRequest, pk: int) -> Scenario:
    scenario = get_object_or_404(Scenario, pk=pk)
    if not services.may_change(request.access, scenario):
        raise Http404
    return scenario
