"""Uploads: a file comes in, its columns are named, it is checked, somebody says yes, and it is brought in."""

from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from customers.duplicates import Choice
from dashboard import file_imports, tasks
from dashboard.file_columns import CATALOGUES
from dashboard.file_documents import catalogue_document
from dashboard.file_forms import ColumnsForm, HeadingForm, UploadForm
from dashboard.file_page import page_of
from dashboard.file_storage import Folder
from dashboard.settings_lists import FILE_IMPORTS
from dashboard.settings_lists import file_imports as uploaded_files
from functions.access import ProgramRequest, specialists_only
from jobs.models import FileImport
from web.exports import document_response, file_response
from web.forms import add_errors
from web.imports import sentences
from web.lists import Column, ListAsked
from web.saved_views import with_saved_views
from web.saving import METHODS, posted

DUPLICATES_SHOWN = 50
ERROR_COLUMNS = tuple(Column(key, key) for key in ("row", "column", "value", "reason"))


def crumbs() -> list[tuple[str, str]]:
    return [(_("Imports"), reverse("file_import_list"))]


@require_safe
@specialists_only
@with_saved_views(FILE_IMPORTS)
def file_import_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(FILE_IMPORTS, request.GET)
    shown = asked.show(asked.narrowed(uploaded_files()), of=uploaded_files())
    if asked.wants_file:
        return asked.file(shown)
    last = uploaded_files().order_by("-pk").first()
    context = {"list": shown, "noun": _("files"), "last": last, "now": timezone.now()}
    return render(request, "dashboard/imports/list.html", context)


@require_http_methods(METHODS)
@specialists_only
def file_import_create(request: ProgramRequest) -> HttpResponseBase:
    form = UploadForm(posted(request), request.FILES or None, initial={"kind": request.GET.get("kind")})
    if form.is_valid():
        try:
            received = file_imports.receive_file(**form.cleaned_data, user=cast(User, request.user), now=timezone.now())
        except ValidationError as error:
            add_errors(form, error)
        else:
            return go_on(received)
    context: dict[str, Any] = {
        "question": _("What do you bring?"), "heading": _("Upload a file"), "submit": _("Upload"),
        "multipart": True, "crumbs": crumbs(), "cancel_url": reverse("file_import_list"),
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "components/form_page.html", {"form": form, **context}, status=status)


def go_on(file_import: FileImport) -> HttpResponseBase:
    """Tell a worker what there is to do, and show the page of the next step."""
    if file_import.stage == FileImport.Stage.COLUMNS:
        return redirect("file_import_columns", file_import.pk)
    tasks.announce(file_import.pk)
    return redirect("file_import_detail", file_import.pk)


@require_http_methods(METHODS)
@specialists_only
def file_import_columns(request: ProgramRequest, pk: int) -> HttpResponseBase:
    file_import = present_or_404(pk)
    page = page_of(file_import)
    if not page.may_change or page.is_document:
        return redirect("file_import_detail", pk)
    form = ColumnsForm(posted(request), file_import=file_import)
    if form.is_valid():
        try:
            file_imports.name_columns(file_import=file_import, meanings=form.meanings(), user=cast(User, request.user))
        except ValidationError as error:
            add_errors(form, error)
        else:
            return go_on(file_import)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    rows = [(*each, sample) for each, sample in zip(form.columns(), page.samples, strict=True)]
    context = {"form": form, "heading": HeadingForm(page=page), "page": page, "rows": rows, "crumbs": crumbs()}
    return render(request, "dashboard/imports/columns.html", context, status=status)


@require_POST
@specialists_only
def file_import_heading(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Take the names of the columns from another row, and ask anew what they mean."""
    file_import = present_or_404(pk)
    page = page_of(file_import)
    if page.is_document:
        return redirect("file_import_detail", pk)
    form = HeadingForm(request.POST, page=page)
    if form.is_valid():
        try:
            file_imports.choose_heading(file_import=file_import, **form.cleaned_data, user=cast(User, request.user))
        except ValidationError as error:
            messages.error(request, sentences(error))
        else:
            return go_on(file_import)
    return redirect("file_import_columns", pk)


@require_safe
@specialists_only
def file_import_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    file_import = get_object_or_404(FileImport.objects.select_related("job", "imported_by"), pk=pk)
    context = {"page": page_of(file_import), "crumbs": crumbs(), "now": timezone.now()}
    return render(request, "dashboard/imports/detail.html", context)


@require_http_methods(METHODS)
@specialists_only
def file_import_duplicates(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Ask what is to become of rows whose customer looks like one that is there; the answers are checked at once."""
    file_import = present_or_404(pk)
    page = page_of(file_import)
    if not page.is_ready or not page.duplicates:
        return redirect("file_import_detail", pk)
    shown = Paginator(page.duplicates, DUPLICATES_SHOWN).get_page(request.GET.get("page"))
    if request.method == "POST":
        choices = choices_in(request.POST, page.duplicates)
        try:
            file_imports.decide_duplicates(file_import=file_import, choices=choices, user=cast(User, request.user))
        except ValidationError as error:
            messages.error(request, sentences(error))
            return redirect("file_import_detail", pk)
        return go_on(file_import)
    context = {"page": page, "shown": shown, "choices": Choice.choices, "crumbs": crumbs()}
    return render(request, "dashboard/imports/duplicates.html", context)


def choices_in(sent: QueryDict, duplicates: list[dict[str, Any]]) -> dict[str, str]:
    """Return what was chosen by row: for all of a kind at once where that was asked, else for the rows of the page."""
    found: dict[str, str] = {}
    for each in duplicates:
        row = str(each["row"])
        for chosen in (sent.get(f"all_{each['likeness']}"), sent.get(f"row_{row}")):
            if chosen in Choice.values:
                found[row] = str(chosen)
                break
    return found


@require_safe
@specialists_only
def document_file(request: ProgramRequest) -> HttpResponse:
    """Answer all of a catalogue as JSON, as an upload takes it back."""
    kind = request.GET.get("of", FileImport.Kind.REQUIREMENTS)
    if kind not in CATALOGUES:
        raise Http404
    document = catalogue_document(kind)
    return document_response(kind, document, count=len(document[kind]))


@require_POST
@specialists_only
def file_import_start(request: ProgramRequest, pk: int) -> HttpResponseBase:
    file_import = present_or_404(pk)
    try:
        file_imports.start_import(file_import=file_import, user=cast(User, request.user))
    except ValidationError as error:
        messages.error(request, sentences(error))
    else:
        tasks.announce(pk)
    return redirect("file_import_detail", pk)


@require_POST
@specialists_only
def file_import_cancel(request: ProgramRequest, pk: int) -> HttpResponseBase:
    try:
        file_imports.cancel(file_import=present_or_404(pk), now=timezone.now())
    except ValidationError as error:
        messages.error(request, sentences(error))
    return redirect("file_import_detail", pk)


@require_safe
@specialists_only
def file_import_errors(request: ProgramRequest, pk: int) -> HttpResponseBase:
    found = (Folder(present_or_404(pk).folder).noted("report") or {}).get("errors", [])
    return file_response(name="errors", kind="csv", columns=ERROR_COLUMNS, rows=found, count=len(found))


def present_or_404(pk: int) -> FileImport:
    return get_object_or_404(FileImport.objects.exclude(stage=FileImport.Stage.DISCARDED).select_related("job"), pk=pk)
