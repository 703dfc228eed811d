"""Long work: which was asked for, how far it is, and how to stop it."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dashboard.job_kinds import PORTFOLIO, REPORT
from dashboard.job_list import JOBS, jobs_for, listed_jobs
from dashboard.portfolio_job import question_of
from dashboard.portfolio_page import query_of
from dashboard.settings_lists import job_board
from functions.access import ProgramRequest, specialists_only
from gap_scores.keeping import KIND as SNAPSHOT
from gap_scores.models import Snapshot
from gap_scores.splitting import KIND as SPLIT
from jobs.models import Job
from jobs.running import FINISHED, cancel_job
from web.imports import sentences
from web.lists import ListAsked
from web.saved_views import with_saved_views

ERRORS_SHOWN = 100


@require_safe
@specialists_only
@with_saved_views(JOBS)
def settings_jobs(request: ProgramRequest) -> HttpResponseBase:
    now, jobs = timezone.now(), listed_jobs(request.access)
    asked = ListAsked(JOBS, request.GET)
    shown = asked.show(asked.narrowed(jobs), of=jobs)
    if asked.wants_file:
        return asked.file(shown)
    context = {"list": shown, "noun": _("jobs"), "board": job_board(now=now), "now": now}
    return render(request, "dashboard/settings/jobs.html", context)


@require_safe
@specialists_only
def settings_job(request: ProgramRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(jobs_for(request.access).select_related("started_by"), pk=pk)
    context = {
        "job": job, "is_at_work": job.state not in FINISHED, "errors": job.errors[:ERRORS_SHOWN],
        "then": what_it_made(job), "now": timezone.now(),
    }  # fmt: skip
    return render(request, "dashboard/settings/job.html", context)


def what_it_made(job: Job) -> tuple[str, str] | None:
    """Return where what a job made is looked at, in words and as an address; None where it made nothing to look at."""
    made = MADE.get(job.kind) if job.state == Job.State.DONE else None
    return made(job) if made else None


def _circle_of(job: Job) -> tuple[str, str]:
    return _("Open the circle of this day"), reverse("circle", query={"as_of": job.about["as_of"]})


def _report_of(job: Job) -> tuple[str, str]:
    return _("Open the report"), reverse("report_detail", args=[job.result["report"]])


def _change_of(job: Job) -> tuple[str, str] | None:
    """A day that was kept again meanwhile has another row, and the change of the old one is of no use."""
    days = dict(Snapshot.objects.filter(pk__in=job.about.values()).values_list("pk", "as_of"))
    if len(days) < len(job.about):
        return None
    then, now = (str(days[job.about[name]]) for name in ("then", "now"))
    return _("See what changed"), reverse("kept_change", query={"then": then, "now": now})


def _portfolio_of(job: Job) -> tuple[str, str]:
    return _("Open the portfolio"), reverse("portfolio") + query_of(question_of(job))


MADE: Mapping[str, Callable[[Job], tuple[str, str] | None]] = {
    SNAPSHOT: _circle_of,
    REPORT: _report_of,
    SPLIT: _change_of,
    PORTFOLIO: _portfolio_of,
}


@require_POST
@specialists_only
def settings_job_cancel(request: ProgramRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(jobs_for(request.access), pk=pk)
    try:
        cancel_job(job=job, now=timezone.now())
    except ValidationError as error:
        # It ended while somebody looked at its page.
        messages.error(request, sentences(error))
    return redirect("settings_job", pk)
