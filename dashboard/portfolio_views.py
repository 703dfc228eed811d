"""The investment answer and the what-if: both are addresses that anybody can keep, and store nothing."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard import tasks
from dashboard.portfolio_compare import compared_portfolios
from dashboard.portfolio_job import start_portfolio
from dashboard.portfolio_page import asked_for, portfolio_page, query_of
from dashboard.views import program_of, show
from dashboard.what_if import address_of, adds_a_link, what_if
from functions.access import ProgramRequest, members_only, person, specialists_only
from gap_scores.investing import read_ground
from gap_scores.selectors import read_board
from improvements.judging import Judge
from jobs.models import Job


@require_safe
@members_only
def portfolio(request: ProgramRequest) -> HttpResponseBase:
    page = portfolio_page(parameters=request.GET, access=request.access, program=program_of(request))
    return show(request, "dashboard/portfolio.html", page)


@require_safe
@members_only
def portfolio_compare(request: ProgramRequest) -> HttpResponseBase:
    """Two questions, or what a decision was believed to do, side by side: by address."""
    page = compared_portfolios(parameters=request.GET, access=request.access, program=program_of(request))
    return show(request, "dashboard/portfolio_compare.html", page)


@require_POST
@specialists_only
def portfolio_work_out(request: ProgramRequest) -> HttpResponseBase:
    """Have the proof, the frontier and the draws of many options worked out by a job."""
    judge = Judge(read_board(), program_of(request))
    asked, _problem = asked_for(request.POST, judge)
    job = start_portfolio(judge=judge, asked=asked, user=person(request))
    if job.state == Job.State.DONE:
        return redirect(reverse("portfolio") + query_of(asked))
    tasks.announce_job(job.pk)
    return redirect("settings_job", pk=job.pk)


@require_safe
@members_only
def what_if_page(request: ProgramRequest) -> HttpResponseBase:
    """Show the question as a page of its own, or its answer alone where a slider asks."""
    its, here = program_of(request), reverse("what_if")
    htmx: Any = request.htmx  # type: ignore[attr-defined]  # HtmxMiddleware adds it
    ground, currency = read_ground(read_board()), its.currency if its else ""
    page = what_if(parameters=request.GET, ground=ground, access=request.access, currency=currency, is_whole=not htmx)
    address = address_of(page, request.GET)
    if not page.what.read.skipped:
        # All fields of a form come along. Kept, those that nobody touched would be moves after the next measurement.
        if not htmx and QueryDict(address) != request.GET:
            return redirect(f"{here}?{address}" if address else here)
        if htmx and adds_a_link(request.GET):
            # The form needs a row for the link, else the next one that is added takes its place.
            return HttpResponse(headers={"HX-Redirect": f"{here}?{address}"})
    template = "dashboard/parts/what_if.html#answer" if htmx else "dashboard/what_if.html"
    response = show(request, template, page, what=page, stamp=ground.board.stamp)
    if htmx and urlsplit(htmx.current_url_abs_path or "").path == here:
        # The address says what is shown, so it can be kept as it is.
        response["HX-Replace-Url"] = f"{here}?{address}" if address else here
    return response
