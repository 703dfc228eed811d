"""Files of long lists: asked for, watched while a job writes them, fetched for a day, discarded."""

from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit import record
from accounts.confirming import be_sure_who_asks, needs_a_reason
from accounts.models import AuditKind, User
from dashboard import exports, tasks
from dashboard.export_forms import ExportForm
from dashboard.export_list import EXPORTS, exports_of
from dashboard.exports import Export, may_fetch, start_export
from dashboard.known_lists import LISTS, asked_of, in_a_sentence, list_for
from dashboard.program_jobs import EXPORT
from functions.access import ProgramRequest, members_only
from jobs.models import Job
from web.exports import CSV_TYPE, XLSX_TYPE, note_export
from web.imports import sentences
from web.lists import ListAsked, counted
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_form, posted

TYPES = {".csv": CSV_TYPE, ".xlsx": XLSX_TYPE, ".zip": "application/zip"}


def crumbs() -> list[tuple[str, str]]:
    return [(_("Exports"), reverse("list_export_list"))]


@require_http_methods(METHODS)
@members_only
def list_export_create(request: ProgramRequest) -> HttpResponseBase:
    """Say what the file will hold, and have it made."""
    known = list_for(request.access, request.GET.get("list", ""))
    if known is None:
        raise Http404
    now, user = timezone.now(), cast(User, request.user)
    asked = asked_of(known, request.GET.get("query", ""))
    count = counted(known.rows(asked, request.access, now))
    is_for_a_reason = needs_a_reason(is_about_people=known.plan.is_about_people, count=count)
    if is_for_a_reason:
        be_sure_who_asks(request, now=now)
    form = ExportForm(
        posted(request),
        count=count,
        needs_a_reason=is_for_a_reason,
        initial={"format": request.GET.get("format", "csv")},
    )
    return answer_form(
        request,
        form,
        lambda data: announced(
            start_export(
                known=known, asked=asked, kind=data["format"], user=user, now=now, reason=data.get("reason", "")
            )
        ),
        said=lambda _job: _("The file is being written. You can leave this page and come back."),
        then=lambda job: reverse("list_export_detail", args=[job.pk]),
        question=_("Export: which rows does the file have?"),
        heading=_("%(count)s %(list)s, as the list shows them") % {"count": f"{count:,}", "list": _(known.plan.name)},
        about=in_a_sentence(asked)[:1].upper() + in_a_sentence(asked)[1:],
        crumbs=[(_(known.plan.name.capitalize()), f"{reverse(known.route)}?{asked.saved_query}")],
        submit=_("Make the file"),
        cancel_url=f"{reverse(known.route)}?{asked.saved_query}",
    )


def announced(job: Job) -> Job:
    tasks.announce_job(job.pk)
    return job


def own_or_404(request: ProgramRequest, pk: int) -> Job:
    return get_object_or_404(exports_of(request.access), pk=pk)


@require_safe
@members_only
@with_saved_views(EXPORTS)
def list_export_list(request: ProgramRequest) -> HttpResponseBase:
    now, jobs = timezone.now(), exports_of(request.access)
    asked = ListAsked(EXPORTS, request.GET)
    shown = asked.show(asked.narrowed(jobs), of=jobs)
    if asked.wants_file:
        return asked.file(shown)
    newest = jobs.values_list("created_at", flat=True).first()
    context = {
        "list": shown, "noun": _("files"), "exports": [Export(job, now) for job in shown.page], "newest": newest,
        "now": now,
    }  # fmt: skip
    return render(request, "dashboard/exports/list.html", context)


@require_safe
@members_only
def list_export_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    job = own_or_404(request, pk)
    context = {
        "export": Export(job, now), "may_fetch": may_fetch(job, request.access), "now": now, "crumbs": crumbs(),
        "again_url": address_of(job),
    }  # fmt: skip
    return render(request, "dashboard/exports/detail.html", context)


def address_of(job: Job) -> str:
    """Return where the same can be asked for again."""
    if job.kind == EXPORT:
        return reverse("settings_data")
    return (
        f"{reverse('list_export_create')}?{urlencode({name: job.about[name] for name in ('list', 'format', 'query')})}"
    )


@require_safe
@members_only
def list_export_file(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Hand the file out, to whoever asked for it and may still see what is in it."""
    now, job = timezone.now(), own_or_404(request, pk)
    export = Export(job, now)
    if export.path is None or not may_fetch(job, request.access):
        raise Http404
    file = export.path.open("rb")
    note_fetch(job)
    kind = TYPES[Path(export.name).suffix]
    return FileResponse(file, as_attachment=True, filename=export.name, content_type=kind)


def note_fetch(job: Job) -> None:
    """Record who took what along."""
    if job.kind == EXPORT:
        sentence = f"The file of the whole program was saved: {job.result['rows']:,} rows."
        details = {"rows": job.result["rows"], "reason": job.about.get("reason", "")}
        record(kind=AuditKind.PROGRAM_EXPORTED, sentence=sentence, details=details)
    else:
        name, reason = job.about["list"], job.about.get("reason", "")
        note_export(name, job.about["format"], LISTS[name].plan.file_columns, job.result["rows"], reason)


@require_POST
@members_only
def list_export_discard(request: ProgramRequest, pk: int) -> HttpResponseBase:
    job = own_or_404(request, pk)
    try:
        exports.discard(job=job, now=timezone.now())
    except ValidationError as error:
        # It ended while somebody looked at its page.
        messages.error(request, sentences(error))
    return redirect("list_export_detail", pk)
