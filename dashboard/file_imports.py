"""Files that people upload: received, their columns named, checked, brought in. All or nothing, and each file once."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.import_mapping import CustomerMapping
from customers.imports import import_table as import_customer_table
from dashboard.file_columns import CATALOGUES, mapping_of, names_a_column
from dashboard.file_documents import (
    KINDS_OF_DOCUMENTS,
    bring_in,
    is_document,
    layout_of_document,
    read_file,
)
from dashboard.file_storage import Folder, first_lines, layout_of, lines_in, old_folders, receive
from functions.selectors import program_day
from interviews.import_mapping import InterviewMapping, all_sources
from interviews.imports import import_table as import_interview_table
from jobs.files import NO_ROOM, is_for_want_of_room
from jobs.models import ColumnMemory, FileImport, Job
from jobs.running import JobCancelledError, check_not_cancelled
from metrics.imports import MeasurementMapping
from metrics.imports import import_table as import_measurement_table
from web.catalogue import CatalogueMapping, import_catalogue
from web.documents import digest_of
from web.headings import likely_heading
from web.imports import MOVED, MappedTable, Report, has_code, note_import, sentences
from web.mappings import ImportMapping
from web.sql import is_for_want_of_database
from web.tables import Layout, Table

KEPT_UNFINISHED = timedelta(hours=24)
Stage = FileImport.Stage
AT_WORK = (Stage.CHECKING, Stage.IMPORTING)
ENDED = (Job.State.FAILED, Job.State.CANCELLED, Job.State.INTERRUPTED)
# Where a run that did not end well leaves the file.
BACK_TO = {Stage.CHECKING: Stage.COLUMNS, Stage.IMPORTING: Stage.CHECKED}
# What the columns of a kind of file are told as, and what brings its rows in.
RUNS: dict[str, tuple[type[ImportMapping], Callable[..., Report]]] = {
    FileImport.Kind.INTERVIEWS: (InterviewMapping, import_interview_table),
    FileImport.Kind.MEASUREMENTS: (MeasurementMapping, import_measurement_table),
    FileImport.Kind.CUSTOMERS: (CustomerMapping, import_customer_table),
    **{kind: (CatalogueMapping, partial(import_catalogue, file)) for kind, file in CATALOGUES.items()},
}


# ---- Receiving


def receive_file(*, kind: str, file: UploadedFile, user: User, now: datetime) -> FileImport:
    """Store an uploaded file; raises ValidationError if it cannot be read or was brought in before.

    A header that was seen before needs no naming: the file goes straight to its check.
    """
    if kind in KINDS_OF_DOCUMENTS and is_document(kind, file.name or ""):
        return receive_document(kind=kind, file=file, user=user, now=now)
    folder = Folder.make()
    try:
        sha256 = receive(file, folder, takes_documents=kind in KINDS_OF_DOCUMENTS)
        refuse_twice(kind=kind, sha256=sha256)
        layout = layout_of(folder, file.name or "")
        heading_row = likely_heading(first_lines(folder.rows, layout), names_a_column(kind))
        layout = msgspec.structs.replace(layout, heading_row=heading_row)
        columns = list(Table(folder.rows, layout).columns)
    except (ValidationError, OSError):
        # On a full disk, what came in so far makes it no better.
        folder.remove()
        raise
    received = FileImport.objects.create(
        kind=kind, file_name=Path(file.name or "").name[:200], sha256=sha256, folder=folder.path.name, columns=columns,
        meanings={"layout": msgspec.to_builtins(layout)}, counts=lines_to_read(folder, layout),
        uploaded_by=user, uploaded_at=now,
    )  # fmt: skip
    name_as_before(received, user)
    return received


def receive_document(*, kind: str, file: UploadedFile, user: User, now: datetime) -> FileImport:
    """Store a file whose columns need no naming, and have it checked; raises ValidationError if it cannot be read.

    The same file may come again: once more it changes nothing, and after other changes it may bring them back.
    """
    folder = Folder.make()
    try:
        sha256 = receive(file, folder, takes_documents=True)
        layout = layout_of_document(kind, folder, file.name or "")
        read_file(kind, folder, layout)
    except (ValidationError, OSError):
        folder.remove()
        raise
    with transaction.atomic():
        received = FileImport.objects.create(
            kind=kind, file_name=Path(file.name or "").name[:200], sha256=digest_of([sha256, folder.path.name]),
            folder=folder.path.name, columns=[],
            meanings={"layout": msgspec.to_builtins(layout), "is_document": True}, counts={"lines": 0},
            uploaded_by=user, uploaded_at=now,
        )  # fmt: skip
        put_to_work(received, Stage.CHECKING, user, _("Check %(name)s"))
    return received


def name_as_before(file_import: FileImport, user: User) -> None:
    """Name the columns as they were named for the last file of this header, if there was one."""
    remembered = ColumnMemory.objects.filter(kind=file_import.kind, shape=shape_of(file_import.columns)).first()
    if remembered:
        name_columns(file_import=file_import, meanings=remembered.meanings, user=user)


def lines_to_read(folder: Folder, layout: Layout) -> dict[str, int]:
    return {"lines": max(lines_in(folder.rows) - layout.heading_row, 0)}


def shape_of(columns: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()


def refuse_twice(*, kind: str, sha256: str) -> None:
    """Raise ValidationError if this very file was brought in, or is being brought in."""
    earlier = FileImport.objects.filter(kind=kind, sha256=sha256, stage__in=(Stage.IMPORTING, Stage.IMPORTED)).first()
    if earlier is None:
        return
    if earlier.stage == Stage.IMPORTING:
        raise ValidationError(_("This very file is being brought in just now."), code="again")
    message = _("This very file was already imported on %(day)s by %(person)s. Nothing was changed.")
    day = program_day(earlier.imported_at).strftime("%-d %B %Y") if earlier.imported_at else ""
    raise ValidationError(message, code="again", params={"day": day, "person": earlier.imported_by or _("somebody")})


# ---- From stage to stage


def name_columns(*, file_import: FileImport, meanings: Mapping[str, Any], user: User) -> None:
    """Say what the columns mean, remember it for the next file of this shape, and have the file checked."""
    with transaction.atomic():
        held = held_with_columns(file_import)
        # Other columns name other customers.
        held.meanings = {**held.meanings, **meanings, "duplicates": {}}
        ColumnMemory.objects.update_or_create(
            kind=held.kind, shape=shape_of(held.columns), defaults={"meanings": dict(meanings)}
        )
        put_to_work(held, Stage.CHECKING, user, _("Check %(name)s"))
    file_import.refresh_from_db()


def choose_heading(*, file_import: FileImport, heading_row: int, user: User) -> None:
    """Take the names of the columns from another row; raises ValidationError if it cannot name them.

    What was said of the columns goes, and so does what a check found, unless this header was named before.
    """
    with transaction.atomic():
        held = held_with_columns(file_import)
        folder = Folder(held.folder)
        layout = msgspec.convert({**held.meanings["layout"], "heading_row": heading_row}, Layout)
        held.columns = list(Table(folder.rows, layout).columns)
        held.meanings = {"layout": msgspec.to_builtins(layout)}
        held.counts, held.stage, held.job = lines_to_read(folder, layout), Stage.COLUMNS, None
        held.save(update_fields=["columns", "meanings", "counts", "stage", "job"])
        folder.forget("report", "duplicates")
    file_import.refresh_from_db()
    name_as_before(file_import, user)


def decide_duplicates(*, file_import: FileImport, choices: Mapping[str, str], user: User) -> None:
    """Keep what is to become of rows whose customer looks like one that is there, and have the file checked with it."""
    with transaction.atomic():
        held = held_for(file_import, (Stage.CHECKED,))
        held.meanings = {**held.meanings, "duplicates": {**held.meanings.get("duplicates", {}), **choices}}
        put_to_work(held, Stage.CHECKING, user, _("Check %(name)s"))
    file_import.refresh_from_db()


def start_import(*, file_import: FileImport, user: User) -> None:
    """Have a checked file brought in, or checked again where what it was checked against moved; raises ValidationError
    if somebody brings the same file in, or did."""
    try:
        with transaction.atomic():
            held = held_for(file_import, (Stage.CHECKED,))
            if held.counts.pop("moved", False):
                put_to_work(held, Stage.CHECKING, user, _("Check %(name)s"))
            else:
                put_to_work(held, Stage.IMPORTING, user, _("Bring in %(name)s"))
    except IntegrityError:
        refuse_twice(kind=file_import.kind, sha256=file_import.sha256)
        raise


def held_for(file_import: FileImport, stages: Sequence[str]) -> FileImport:
    """Lock the file, which must be at one of these stages; one that a broken run left behind goes back first."""
    # Asked first, because a run holds the row to its end.
    if file_import.stage in AT_WORK and not has_ended(file_import):
        raise wrong_stage(file_import)
    held = FileImport.objects.select_for_update().get(pk=file_import.pk)
    if held.stage in AT_WORK and has_ended(held):
        held.stage = BACK_TO[Stage(held.stage)]
    if held.stage not in stages:
        raise wrong_stage(held)
    return held


def held_with_columns(file_import: FileImport) -> FileImport:
    """Lock a file whose columns can be named; those of a document name themselves."""
    held = held_for(file_import, (Stage.COLUMNS, Stage.CHECKED))
    if held.meanings.get("is_document"):
        raise ValidationError(_("The columns of this file name themselves."), code="document")
    return held


def wrong_stage(file_import: FileImport) -> ValidationError:
    message = _("This file is %(stage)s.")
    return ValidationError(message, code="stage", params={"stage": file_import.get_stage_display()})


def has_ended(file_import: FileImport) -> bool:
    return file_import.job is not None and file_import.job.state in ENDED


def put_to_work(held: FileImport, stage: Stage, user: User, title: Any) -> None:
    Folder(held.folder).forget("progress", "cancel")
    held.stage = stage
    held.job = Job.objects.create(
        kind="file import", title=str(title % {"name": held.file_name})[:200], started_by=user,
        total=held.counts.get("lines", 0),
    )  # fmt: skip
    held.save(update_fields=["stage", "job", "meanings", "counts"])


def cancel(*, file_import: FileImport, now: datetime) -> None:
    """Ask a run to stop, which takes back what it wrote; a file that nobody works on is discarded."""
    if file_import.stage in AT_WORK and file_import.job and file_import.job.state == Job.State.RUNNING:
        Folder(file_import.folder).note("cancel", True)
        return
    with transaction.atomic():
        held = FileImport.objects.select_for_update().get(pk=file_import.pk)
        if held.stage == Stage.IMPORTED:
            raise ValidationError(_("This file is brought in already."), code="stage")
        if held.stage in AT_WORK and held.job and held.job.state == Job.State.WAITING:
            finish_job(held, Job.State.CANCELLED, "", now)
        held.stage = Stage.DISCARDED
        held.save(update_fields=["stage"])
    Folder(held.folder).remove()


# ---- The run


def run_file_import(*, pk: int, now: datetime) -> None:
    """Check a file or bring it in, as its stage says. A second delivery of the same work finds nothing to do."""
    file_import = FileImport.objects.select_related("job").filter(pk=pk, stage__in=AT_WORK).first()
    if file_import is None or file_import.job is None or has_ended(file_import):
        return
    # Outside the transaction, so that everybody sees it.
    Job.objects.filter(pk=file_import.job.pk, state=Job.State.WAITING).update(state=Job.State.RUNNING, started_at=now)
    try:
        with transaction.atomic():
            # Held to the end: work delivered twice waits for no row, and a killed worker lets go of it.
            held = FileImport.objects.select_for_update(skip_locked=True).filter(pk=pk, stage__in=AT_WORK).first()
            if held is not None:
                settle(held, read_in(held, now), now)
    except JobCancelledError:
        give_back(file_import, Job.State.CANCELLED, "", now)
    except ValidationError as error:
        give_back(file_import, Job.State.FAILED, sentences(error), now, has_moved=has_code(error, MOVED))
    except Exception as error:
        give_back(file_import, Job.State.FAILED, why_failed(error), now)
        raise
    clean_up(pk)


def why_failed(error: Exception) -> str:
    if is_for_want_of_room(error):
        return str(NO_ROOM)
    if is_for_want_of_database(error):
        return str(_("The database was busy or away. Nothing was stored; try again."))
    return str(_("This is a defect of ours; the log names it."))


def read_in(held: FileImport, now: datetime) -> Report:
    folder, dry_run = Folder(held.folder), held.stage == Stage.CHECKING
    layout = held.meanings["layout"]
    beside: dict[str, Any] = {"dry_run": dry_run, "progress": partial(tell_progress, held)}
    if held.kind in KINDS_OF_DOCUMENTS and not dry_run:
        beside["as_checked"] = held.counts.get("state", "")
    if held.meanings.get("is_document"):
        return bring_in(read_file(held.kind, folder, msgspec.convert(layout, Layout)), **beside)
    stated = mapping_of(held.kind, held.columns, held.meanings, layout)
    kind, run = RUNS[held.kind]
    mapping: Any = msgspec.convert(stated, kind)
    # What came as a spreadsheet lies there as CSV.
    is_guarded = not held.file_name.lower().endswith(".xlsx")
    table = MappedTable(folder.rows, mapping, folder.path, is_guarded=is_guarded)
    if held.kind == FileImport.Kind.INTERVIEWS:
        table.require(all_sources(mapping))
    more = {"choices": held.meanings.get("duplicates", {})} if held.kind == FileImport.Kind.CUSTOMERS else {}
    return run(table=table, mapping=mapping, now=now, **beside, **more)


def tell_progress(held: FileImport, report: Report) -> None:
    """Say how far it is, and stop if somebody asked for it, on the page or by the API."""
    folder = Folder(held.folder)
    if held.job:
        check_not_cancelled(held.job)
    if folder.noted("cancel"):
        raise JobCancelledError
    folder.note("progress", {"rows": report.rows, "errors": report.error_count})


def settle(held: FileImport, report: Report, now: datetime) -> None:
    """Note what was found. What is brought in is marked so in the transaction that brought it in."""
    folder = Folder(held.folder)
    noted = {"errors": report.errors, "changes": report.changes, "news": report.news}
    folder.note("report", msgspec.to_builtins(noted))
    folder.note("duplicates", msgspec.to_builtins(report.duplicates))
    held.counts = {
        **held.counts, "rows": report.rows, "errors": report.error_count, "created": dict(report.created),
        "changed": dict(report.changed), "unchanged": dict(report.unchanged), "left_out": dict(report.left_out),
        "decided": dict(report.decided), "removed": dict(report.removed), "left_alone": dict(report.left_alone),
        "state": report.state, "moved": False,
    }  # fmt: skip
    if held.stage == Stage.IMPORTING and not report.error_count:
        held.stage, held.imported_at = Stage.IMPORTED, now
        held.imported_by = held.job.started_by if held.job else None
        note_import(name=held.file_name, created=report.created, changed=report.changed, person=held.imported_by)
    else:
        held.stage = Stage.CHECKED
    held.save(update_fields=["counts", "stage", "imported_at", "imported_by"])
    finish_job(held, Job.State.FAILED if report.error_count else Job.State.DONE, "", now)


def finish_job(held: FileImport, state: str, message: str, now: datetime) -> None:
    total = held.counts.get("rows", held.counts.get("lines", 0)) if state == Job.State.DONE else 0
    if held.job:
        fields = {"state": state, "message": message, "finished_at": now, "total": total, "done": total}
        Job.objects.filter(pk=held.job.pk).update(**fields)


def give_back(
    file_import: FileImport, state: str, message: str, now: datetime, *, has_moved: bool = False
) -> None:  # fmt: skip
    """Leave the file where it was before the run, which wrote nothing."""
    with transaction.atomic():
        held = FileImport.objects.select_for_update().get(pk=file_import.pk)
        if held.stage in AT_WORK:
            held.stage = BACK_TO[Stage(held.stage)]
            held.counts = {**held.counts, "moved": has_moved}
            held.save(update_fields=["stage", "counts"])
        finish_job(held, state, message, now)


def clean_up(pk: int) -> None:
    """Remove the file once it is brought in: it has done its work."""
    done = FileImport.objects.filter(pk=pk, stage=Stage.IMPORTED).first()
    if done:
        Folder(done.folder).remove()


def remove_unknown_folders(*, before: datetime) -> None:
    """Remove the files of uploads that broke off before they were noted: nobody else would."""
    known = set(FileImport.objects.exclude(stage=Stage.DISCARDED).values_list("folder", flat=True))
    for folder in old_folders(before):
        if folder.path.name not in known:
            folder.remove()


def unfinished_work(*, now: datetime) -> list[int]:
    """Discard what was left a day ago, and return the files whose work nobody announced, or nobody goes on with."""
    left = FileImport.objects.filter(
        Q(stage__in=(Stage.COLUMNS, Stage.CHECKED)) | Q(stage__in=AT_WORK, job__state__in=ENDED),
        uploaded_at__lt=now - KEPT_UNFINISHED,
    )
    for file_import in left:
        cancel(file_import=file_import, now=now)
    remove_unknown_folders(before=now - KEPT_UNFINISHED)
    # Where rows can be skipped, work that somebody is busy with is skipped too.
    states = [
        Job.State.WAITING,
        *([Job.State.RUNNING] if connection.features.has_select_for_update_skip_locked else []),
    ]
    waiting = FileImport.objects.filter(
        stage__in=AT_WORK, job__state__in=states, job__created_at__lt=now - timedelta(seconds=30)
    )
    return list(waiting.values_list("pk", flat=True))
