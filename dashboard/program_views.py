"""The whole program by page: taken along, and brought into an empty one."""

from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.confirming import be_sure_who_asks
from accounts.models import User
from dashboard import tasks
from dashboard.export_forms import ProgramFileForm, ProgramReasonForm
from dashboard.program_jobs import is_stale, latest_import, start_program_export, start_program_import
from dashboard.settings_views import crumbs
from functions.access import ProgramRequest, administrators_only
from functions.selectors import program
from jobs.models import Job
from jobs.running import FINISHED, cancel_job
from web.forms import add_errors
from web.imports import sentences
from web.saving import METHODS, answer_form, posted


@require_http_methods(METHODS)
@administrators_only
def program_export(request: ProgramRequest) -> HttpResponseBase:
    """Everything that people said and who they are: by somebody who shows again who it is, and for a reason."""
    be_sure_who_asks(request, now=timezone.now())
    return answer_form(
        request,
        ProgramReasonForm(posted(request)),
        lambda data: started(request, reason=data["reason"]),
        said=lambda _job: _("The file is being written. You can leave this page and come back."),
        then=lambda job: reverse("list_export_detail", args=[job.pk]),
        question=_("Data: what leaves this place?"),
        heading=_("Take the whole program along"),
        about=_("It holds personal data and customers' words: keep it as you keep a backup."),
        crumbs=[*crumbs(), (_("Data"), reverse("settings_data"))],
        submit=_("Make the file"),
        cancel_url=reverse("settings_data"),
    )


def started(request: ProgramRequest, *, reason: str) -> Job:
    job = start_program_export(user=cast(User, request.user), reason=reason)
    tasks.announce_job(job.pk)
    return job


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
