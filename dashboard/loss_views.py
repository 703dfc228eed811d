"""The page that puts lost, current and prospective customers side by side."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from dashboard.loss_page import loss_page
from dashboard.views import program_of, show
from functions.access import ProgramRequest, specialists_only


@require_safe
@specialists_only
def loss_comparison(request: ProgramRequest) -> HttpResponse:
    return show(request, "dashboard/loss_comparison.html", loss_page(program=program_of(request)))
