"""The whole program taken along and brought in by page: each a job that can be watched, left and cancelled."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from dashboard.job_kinds import PROGRAM_EXPORT, PROGRAM_IMPORT
from dashboard.program_export import note_program_export, write_program
from dashboard.program_import import import_program
from dashboard.program_keeper import Keeper
from functions.selectors import Access, scope_for
from jobs import files
from jobs.models import Job
from jobs.running import JobFailedError, tell_progress, telling_beside
from web.imports import sentences

EXPORT, IMPORT = PROGRAM_EXPORT, PROGRAM_IMPORT
LARGEST = 512 * 1024**2


def start_program_export(*, user: User, reason: str) -> Job:
    about = {"file": files.new_name(), "name": "program.zip", "reason": reason}
    return Job.objects.create(kind=EXPORT, title=str(_("The whole program")), about=about, started_by=user)


def start_program_import(*, file: UploadedFile, user: User) -> Job:
    """Keep an uploaded file and have it brought in; raises ValidationError for one that is too large for a page."""
    if (file.size or 0) > LARGEST:
        message = _("The file is larger than %(most)d MiB. Bring it in with manage.py import_program.")
        raise ValidationError({"file": ValidationError(message, code="size", params={"most": LARGEST // 1024**2})})
    name = files.new_name()
    with files.whole_file(name) as target:
        for piece in file.chunks():
            target.write(piece)
    title = _("Bring in the program of %(name)s") % {"name": file.name}
    return Job.objects.create(kind=IMPORT, title=str(title)[:200], about={"file": name}, started_by=user)


def latest_import(access: Access) -> Job | None:
    return Job.objects.filter(kind=IMPORT, started_by=access.user_id or 0).order_by("-pk").first()


def administrator_of(job: Job) -> User:
    if job.started_by is None or not scope_for(job.started_by).is_administrator:
        raise JobFailedError(_("Whoever asked for this is no administrator any longer. Nothing was done."))
    return job.started_by


def run_program_export(job: Job) -> dict[str, Any]:
    user, now = administrator_of(job), timezone.now()
    with telling_beside(job) as tell, files.whole_file(job.about["file"]) as file:
        counts = write_program(file, now=now, tell=tell)
    note_program_export(counts, "by its page", user)
    return {"rows": sum(counts.values())}


def run_program_import(job: Job) -> dict[str, Any]:
    user = administrator_of(job)
    path = files.file_named(job.about["file"])
    if path is None:
        raise JobFailedError(_("The file is not there any longer. Upload it again."))
    with telling_beside(job) as beside:

        def tell(done: int, total: int) -> None:
            if connection.vendor == "sqlite" and connection.in_atomic_block:
                # The import holds the only lock of the writers; what it says itself is seen when it ends.
                tell_progress(job=job, done=done, total=total)
            else:
                beside(done, total)

        try:
            counts = import_program(path=path, keeper=Keeper(user), tell=tell)
        except ValidationError as error:
            raise JobFailedError(sentences(error)) from None
        finally:
            files.remove(job.about["file"])
    return {"rows": sum(counts.values())}


def is_stale(job: Job, now: datetime) -> bool:
    """Whether a job ended so long ago that its page need not speak of it."""
    return job.finished_at is not None and job.finished_at < now - files.KEPT_FOR
