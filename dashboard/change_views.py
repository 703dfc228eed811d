"""The page that splits the change between two kept days into what made it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from dashboard.change_page import change_page, days_asked
from dashboard.views import show
from functions.access import ProgramRequest, members_only, person, specialists_only
from gap_scores.selectors import kept_days, kept_on
from gap_scores.splitting import start_splitting


@require_safe
@members_only
def kept_change(request: ProgramRequest) -> HttpResponse:
    return show(request, "dashboard/kept_change.html", change_page(parameters=request.GET, access=request.access))


@require_POST
@specialists_only
def kept_change_start(request: ProgramRequest) -> HttpResponse:
    """Have a change worked out that takes longer than a page may."""
    try:
        asked = days_asked(request.POST, kept_days())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("kept_change")
    if asked is None:
        return redirect("kept_change")
    then, now = (kept_on(day) for day in asked)
    job = start_splitting(then=then, now=now, user=person(request))
    return redirect("settings_job", job.pk)
