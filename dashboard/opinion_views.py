"""Five views of requirements that people know by name, each with its table and its limits."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from dashboard.expectations_page import EXPECTATIONS, expectations_page
from dashboard.importance_page import IMPORTANCE, importance_page
from dashboard.kano_page import KANO, kano_page
from dashboard.loyalty_page import LOYALTY, loyalty_page
from dashboard.scoping import asked_scope
from dashboard.strictness_page import STRICTNESS, strictness_page
from dashboard.views import program_of, show
from functions.access import ProgramRequest, members_only
from web.lists import ListPlan, Shown
from web.saved_views import with_saved_views


def view_of(
    plan: ListPlan,
    page_of: Callable[..., Any],
    template: str,
    noun: str = "requirements",
    in_file: Callable[[Any], Shown] = lambda page: page.list,
) -> Callable[..., HttpResponseBase]:
    """Return the view of a page with a list: it shows the page, or sends its rows as a file."""

    @require_safe
    @members_only
    @with_saved_views(plan)
    def view(request: ProgramRequest) -> HttpResponseBase:
        page = page_of(
            parameters=request.GET, asked=asked_scope(request.GET), access=request.access, program=program_of(request)
        )
        if page.list.asked.wants_file:
            answer: HttpResponseBase = page.list.asked.file(in_file(page))
            return answer
        return show(request, template, page, list=page.list, noun=noun)

    return view


view_kano = view_of(KANO, kano_page, "dashboard/view_kano.html")
view_importance = view_of(IMPORTANCE, importance_page, "dashboard/view_importance.html")
view_expectations = view_of(EXPECTATIONS, expectations_page, "dashboard/view_expectations.html")
view_loyalty = view_of(LOYALTY, loyalty_page, "dashboard/view_loyalty.html", in_file=lambda page: page.in_file)
view_strictness = view_of(STRICTNESS, strictness_page, "dashboard/view_strictness.html", "groups")
