"""Files of actions: attached, fetched and deleted by who works on the action; for others they do not exist."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from functions.access import ProgramRequest, members_only, person
from improvements.action_files import attach_file, remove_file
from improvements.action_selectors import files_for, may_remove_file
from improvements.action_views import crumbs, found, page_of
from improvements.file_forms import ActionFileForm
from improvements.file_kinds import CONTENT_TYPES, FileKind
from improvements.file_models import ActionFile
from web.saving import METHODS, answer_confirmation, answer_form, posted


@require_http_methods(METHODS)
@members_only
def action_file_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    action, by = found(request, pk, to_change=True), person(request)
    return answer_form(
        request,
        ActionFileForm(posted(request), request.FILES or None),
        lambda data: attach_file(action=action, **data, by=by, now=timezone.now()),
        said=lambda _file: _("The file is attached."),
        then=lambda _file: f"{page_of(pk)}#files",
        question=_("Action: %(title)s") % {"title": action.title},
        heading=_("Attach a file"),
        about=_("Who works on the action can fetch it. What it is goes by what is in it, not by its name."),
        crumbs=crumbs(action),
        submit=_("Attach it"),
        cancel_url=f"{page_of(pk)}#files",
        multipart=True,
    )


@require_safe
@members_only
def action_file(request: ProgramRequest, pk: int) -> HttpResponse:
    return file_answer(get_object_or_404(files_for(request.access).defer(None), pk=pk))


def file_answer(file: ActionFile) -> HttpResponse:
    """Answer a file to be saved: no browser draws it here, or takes it for something else than it is."""
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=file.name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(bytes(file.content), content_type=CONTENT_TYPES[FileKind(file.kind)], headers=headers)


@require_http_methods(METHODS)
@members_only
def action_file_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    file = get_object_or_404(files_for(request.access).select_related("action"), pk=pk)
    if not may_remove_file(request.access, file, file.action):
        raise Http404
    back = f"{page_of(file.action_id)}#files"
    return answer_confirmation(
        request,
        lambda: remove_file(file=file),
        said=_("The file was deleted."),
        then=back,
        question=_("Action: %(title)s") % {"title": file.action.title},
        heading=_("Delete '%(name)s'?") % {"name": file.name},
        losses=[_("It is gone for everybody; the audit trail keeps that it was there, and its digest.")],
        crumbs=crumbs(file.action),
        submit=_("Delete it"),
        cancel_url=back,
    )
