"""The pages that show gap scores. Each reads its address, asks for one page and renders it."""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.board_asked import board_asked
from dashboard.changing import (
    ways_to_change_customer,
    ways_to_change_function,
    ways_to_change_metric,
    ways_to_change_requirement,
)
from dashboard.chart_panel import chart_asked
from dashboard.circle_page import circle_page
from dashboard.customer_page import customer_page
from dashboard.function_list import FUNCTIONS, function_list_page
from dashboard.function_list import in_full as functions_in_full
from dashboard.function_page import function_page
from dashboard.history import history_page
from dashboard.known_page import known_page
from dashboard.metric_list import metric_list_page, rows_in_full
from dashboard.metric_page import metric_page
from dashboard.requirement_list import PLAN, requirement_list_page
from dashboard.requirement_list import in_full as requirements_in_full
from dashboard.requirement_page import requirement_page, unscored_page
from dashboard.scoping import asked_scope
from functions.access import ProgramRequest, members_only, specialists_only
from functions.models import Function, Program
from functions.selectors import program, program_day
from interviews.views import interview_or_404
from metrics.models import Metric
from metrics.views import METRICS
from requirements_catalog.models import Requirement
from web.lists import ListAsked
from web.saved_views import with_saved_views


def program_of(request: ProgramRequest) -> Program | None:
    """Return the program, which the middleware has read already."""
    return request.program if hasattr(request, "program") else program()


def show(request: ProgramRequest, template: str, page: Any, **more: Any) -> HttpResponse:
    return render(request, template, {"page": page, "now": timezone.now(), **more})


def found(page: Any) -> Any:
    """Return the page, or 404: what a person may not see does not exist for this person."""
    if page is None:
        raise Http404
    return page


@require_safe
@members_only
def circle(request: ProgramRequest) -> HttpResponseBase:
    its = program_of(request)
    if its is None:
        return redirect("setup")
    wanted = board_asked(request.GET, asked_scope(request.GET))
    page = circle_page(wanted=wanted, access=request.access, program=its)
    return show(request, "dashboard/circle.html", page)


@require_safe
@members_only
@with_saved_views(FUNCTIONS)
def function_list(request: ProgramRequest) -> HttpResponseBase:
    asked = asked_scope(request.GET)
    page = function_list_page(parameters=request.GET, asked=asked, access=request.access, program=program_of(request))
    if page.list.asked.wants_file:
        return page.list.asked.file(replace(page.list, rows=functions_in_full(page.list.rows)))
    left = Function.objects.filter(is_active=False) if request.access.is_specialist else Function.objects.none()
    return show(request, "dashboard/function_list.html", page, list=page.list, noun="functions", left=left)


@require_safe
@members_only
def function_detail(request: ProgramRequest, pk: int) -> HttpResponseBase:
    wanted = board_asked(request.GET, asked_scope(request.GET))
    page = function_page(function_id=pk, wanted=wanted, access=request.access, program=program_of(request))
    ways = ways_to_change_function(pk) if request.access.is_specialist else []
    return show(request, "dashboard/function_detail.html", found(page), ways=ways)


@require_safe
@members_only
@with_saved_views(PLAN)
def requirement_list(request: ProgramRequest) -> HttpResponseBase:
    asked = asked_scope(request.GET)
    page = requirement_list_page(
        parameters=request.GET, asked=asked, access=request.access, program=program_of(request)
    )
    if page.list.asked.wants_file:
        return page.list.asked.file(replace(page.list, rows=requirements_in_full(page.list.rows)))
    return show(request, "dashboard/requirement_list.html", page, list=page.list, noun="requirements")


@require_safe
@members_only
def requirement_detail(request: ProgramRequest, pk: int) -> HttpResponseBase:
    asked = asked_scope(request.GET)
    page = requirement_page(
        requirement_id=pk,
        asked=asked,
        access=request.access,
        program=program_of(request),
        all_words=request.GET.get("words") == "all",
    )
    template = "dashboard/requirement_detail.html" if page else "dashboard/requirement_unscored.html"
    record = page or found(unscored_page(requirement_id=pk, access=request.access))
    ways = ways_to_change_requirement(record.requirement) if request.access.is_specialist else []
    return show(request, template, record, ways=ways)


@require_safe
@members_only
@with_saved_views(METRICS)
def metric_list(request: ProgramRequest) -> HttpResponseBase:
    asked, today = ListAsked(METRICS, request.GET), program_day(timezone.now())
    if asked.wants_file:
        rows = rows_in_full(asked, request.access, program=program_of(request), today=today)
        return asked.file(asked.show(rows))
    page = metric_list_page(asked=asked, access=request.access, program=program_of(request), today=today)
    return show(request, "dashboard/metric_list.html", page, list=page.list, noun="metrics")


@require_safe
@members_only
def metric_detail(request: ProgramRequest, pk: int) -> HttpResponseBase:
    # A metric's page is of today: its level moves with each measurement, and only scores are kept.
    asked = asked_scope(request.GET).of_today
    page = metric_page(
        metric_id=pk,
        asked=asked,
        access=request.access,
        program=program_of(request),
        chart=chart_asked(request.GET),
    )
    ways = ways_to_change_metric(found(page).metric) if request.access.is_specialist else []
    return show(request, "dashboard/metric_detail.html", found(page), ways=ways)


@require_safe
@specialists_only
def customer_detail(request: ProgramRequest, pk: int) -> HttpResponseBase:
    page = found(customer_page(customer_id=pk, program=program_of(request)))
    return show(request, "dashboard/customer_detail.html", page, ways=ways_to_change_customer(page.customer))


@require_safe
@specialists_only
def interview_known(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Show what is known of the customer of an interview; the desk fetches it as a part of its own."""
    page = known_page(interview=interview_or_404(request, pk), program=program_of(request))
    part = "#known" if request.htmx else ""  # type: ignore[attr-defined]  # HtmxMiddleware adds it
    return show(request, f"dashboard/interview_known.html{part}", page)


@require_safe
@specialists_only
def requirement_history(request: ProgramRequest, pk: int) -> HttpResponseBase:
    return show_history(request, get_object_or_404(Requirement, pk=pk), "requirement_detail")


@require_safe
@specialists_only
def metric_history(request: ProgramRequest, pk: int) -> HttpResponseBase:
    return show_history(request, get_object_or_404(Metric, pk=pk), "metric_detail")


@require_safe
@specialists_only
def function_history(request: ProgramRequest, pk: int) -> HttpResponseBase:
    return show_history(request, get_object_or_404(Function, pk=pk), "function_detail")


def show_history(request: ProgramRequest, record: Requirement | Metric | Function, back: str) -> HttpResponse:
    page = history_page(record)
    return show(request, "dashboard/history.html", page, back_url=reverse(back, args=[record.pk]))
