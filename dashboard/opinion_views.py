"""Four views of requirements that people know by name, each with its table and its limits."""

from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from dashboard.expectations_page import EXPECTATIONS, expectations_page
from dashboard.importance_page import IMPORTANCE, importance_page
from dashboard.kano_page import KANO, kano_page
from dashboard.loyalty_page import LOYALTY, loyalty_page
from dashboard.scoping import asked_scope
from dashboard.views import program_of, show
from functions.access import ProgramRequest, members_only
from web.saved_views import with_saved_views


def answered(request: ProgramRequest, template: str, page: Any) -> HttpResponseBase:
    """Show a page with a list, or send its rows as a file."""
    if page.list.asked.wants_file:
        answer: HttpResponseBase = page.list.asked.file(page.list)
        return answer
    return show(request, template, page, list=page.list, noun="requirements")


@require_safe
@members_only
@with_saved_views(KANO)
def view_kano(request: ProgramRequest) -> HttpResponseBase:
    asked = asked_scope(request.GET)
    page = kano_page(parameters=request.GET, asked=asked, access=request.access, program=program_of(request))
    return answered(request, "dashboard/view_kano.html", page)


@require_safe
@members_only
@with_saved_views(IMPORTANCE)
def view_importance(request: ProgramRequest) -> HttpResponseBase:
    asked = asked_scope(request.GET)
    page = importance_page(parameters=request.GET, asked=asked, access=request.access, program=program_of(request))
    return answered(request, "dashboard/view_importance.html", page)


@require_safe
@members_only
@with_saved_views(EXPECTATIONS)
def view_expectations(request: ProgramRequest) -> HttpResponseBase:
    asked = asked_scope(request.GET)
    page = expectations_page(parameters=request.GET, asked=asked, access=request.access, program=program_of(request))
    return answered(request, "dashboard/view_expectations.html", page)


@require_safe
@members_only
@with_saved_views(LOYALTY)
def view_loyalty(request: ProgramRequest) -> HttpResponseBase:
    asked = asked_scope(request.GET)
    page = loyalty_page(parameters=request.GET, asked=asked, access=request.access, program=program_of(request))
    return answered(request, "dashboard/view_loyalty.html", page)
