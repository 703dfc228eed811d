"""Lists too long for one request: a job writes the file from one snapshot, and its person fetches it within a day.

What the person may see is looked up when the file is written and again when it is fetched.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from dashboard.job_kinds import LIST_EXPORT as KIND
from dashboard.known_lists import KnownList, asked_of, list_for
from dashboard.program_jobs import EXPORT
from functions.selectors import Access, program_zone, scope_for
from gap_scores.locking import one_snapshot
from jobs import files
from jobs.models import Job
from jobs.running import FINISHED, JobFailedError, Tell, cancel_job, telling_beside
from web.exports import MOST_ROWS_OF_XLSX, write_rows
from web.lists import ListAsked, counted

TOLD_EVERY = 2_000


def start_export(*, known: KnownList, asked: ListAsked, kind: str, user: User, now: datetime, reason: str = "") -> Job:
    """Have a file made of the rows that a list shows; raises ValidationError where a sheet cannot hold them."""
    count = counted(known.rows(asked, scope_for(user), now))
    if kind == "xlsx" and count > MOST_ROWS_OF_XLSX:
        raise ValidationError({"format": ValidationError(too_long(count), code="too_long")})
    title = _("%(list)s as %(format)s") % {"list": known.plan.name.capitalize(), "format": kind.upper()}
    about = {"list": known.plan.name, "query": asked.saved_query, "format": kind, "file": files.new_name()}
    about |= {"reason": reason} if reason else {}
    return Job.objects.create(kind=KIND, title=str(title), about=about, total=count, started_by=user)


def too_long(count: int) -> str:
    message = _("A sheet of XLSX holds %(most)s rows, these are %(count)s. Take them as CSV, or narrow the list.")
    return str(message % {"most": f"{MOST_ROWS_OF_XLSX:,}", "count": f"{count:,}"})


# ---- The job


def run_export(job: Job) -> dict[str, Any]:
    """Write the file as whoever asked for it may see the list now; one that breaks off leaves no file."""
    user, kind, now = job.started_by, job.about["format"], timezone.now()
    access = scope_for(user) if user else Access()
    known = list_for(access, job.about["list"])
    if known is None:
        raise JobFailedError(_("You may not open this list any longer. Nothing was written."))
    note_access(job, access)
    asked = asked_of(known, job.about["query"])
    with telling_beside(job) as tell, timezone.override(program_zone()), one_snapshot():
        rows = asked.ordered(known.rows_of_file(asked, access, now))
        count = counted(rows)
        if kind == "xlsx" and count > MOST_ROWS_OF_XLSX:
            raise JobFailedError(too_long(count))
        tell(0, count)
        with files.whole_file(job.about["file"]) as file:
            read = told_of(rows, count, tell)
            write_rows(file, name=known.plan.name, kind=kind, columns=known.plan.file_columns, rows=read)
            tell(count, count)
    return {"rows": count}


def note_access(job: Job, access: Access) -> None:
    """Keep what this person may see now: who may see less later does not fetch the file."""
    seen = {"roles": sorted(access.roles), "functions": sorted(access.functions), "names": access.sees_names}
    job.about = job.about | {"access": seen}
    Job.objects.filter(pk=job.pk).update(about=job.about)


def told_of(rows: Any, count: int, tell: Tell) -> Iterator[Any]:
    several: Iterable[Any] = rows.iterator(chunk_size=TOLD_EVERY) if isinstance(rows, QuerySet) else rows
    for number, row in enumerate(several):
        if number % TOLD_EVERY == 0:
            tell(number, count)
        yield row


# ---- The file


@dataclass(frozen=True)
class Export:
    """A job that makes a file for one person, as its page shows it."""

    job: Job
    now: datetime

    @property
    def is_at_work(self) -> bool:
        return self.job.state in {Job.State.WAITING, Job.State.RUNNING}

    @property
    def path(self) -> Path | None:
        """Return the file while it may be fetched."""
        is_kept = self.job.state == Job.State.DONE and self.until > self.now
        return files.file_named(self.job.about["file"]) if is_kept else None

    @property
    def is_program(self) -> bool:
        return self.job.kind == EXPORT

    @property
    def name(self) -> str:
        """Return what the file is called where it is saved."""
        about = self.job.about
        return about.get("name") or f"{about['list']}.{about['format']}"

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path else 0

    @property
    def until(self) -> datetime:
        return (self.job.finished_at or self.now) + files.KEPT_FOR


def may_fetch(job: Job, access: Access) -> bool:
    """Whether a person may still see all that stood in the list when the file was written."""
    if job.kind == EXPORT:
        return job.started_by_id == access.user_id and access.is_administrator
    seen: Mapping[str, Any] = job.about.get("access", {})
    return (
        job.started_by_id == access.user_id
        and list_for(access, job.about["list"]) is not None
        and access.roles.issuperset(seen.get("roles", ()))
        and access.functions.issuperset(seen.get("functions", ()))
        and (access.sees_names or not seen.get("names"))
    )


@transaction.atomic
def discard(*, job: Job, now: datetime) -> None:
    """Stop the job if it still works, and delete its file."""
    if job.state not in FINISHED:
        cancel_job(job=job, now=now)
    name = job.about["file"]
    transaction.on_commit(lambda: files.remove(name))
