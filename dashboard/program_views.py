"""The whole program by page: taken along, and brought into an empty one."""

from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from dashboard import tasks
from dashboard.export_forms import ProgramFileForm
from dashboard.program_jobs import is_stale, latest_import, start_program_export, start_program_import
from functions.access import ProgramRequest, administrators_only
from functions.selectors import program
from jobs.models import Job
from jobs.running import FINISHED, cancel_job
from web.forms import add_errors
from web.imports import sentences
from web.saving import METHODS, posted


@require_POST
@administrators_only
def program_export(request: ProgramRequest) -> HttpResponseBase:
    job = start_program_export(user=cast(User, request.user))
    tasks.announce_job(job.pk)
    messages.success(request, _("The file is being written. You can leave this page and come back."))
    return redirect("list_export_detail", job.pk)


@require_http_methods(METHODS)
@administrators_only
def program_import(request: ProgramRequest) -> HttpResponseBase:
    """Only while there is no program: take a file, show how far it is, and what was wrong with it."""
    if program() is not None:
        return redirect("/")
    now, job = timezone.now(), latest_import(request.access)
    is_at_work = job is not None and job.state not in FINISHED
    form = ProgramFileForm(posted(request), request.FILES or None)
    if not is_at_work and form.is_valid():
        try:
            started = start_program_import(file=form.cleaned_data["file"], user=cast(User, request.user))
        except ValidationError as error:
            add_errors(form, error)
        else:
            tasks.announce_job(started.pk)
            return redirect("program_import")
    shown = None if job is None or is_stale(job, now) or job.state == Job.State.DONE else job
    context = {"form": form, "job": shown, "is_at_work": is_at_work}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "dashboard/program_import.html", context, status=status)


@require_POST
@administrators_only
def program_import_cancel(request: ProgramRequest) -> HttpResponseBase:
    job = latest_import(request.access)
    try:
        if job is not None:
            cancel_job(job=job, now=timezone.now())
    except ValidationError as error:
        messages.error(request, sentences(error))
    return redirect("program_import")
