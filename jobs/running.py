"""Work that outlives its call: received, claimed by one worker, told of as it goes, cancelled, taken up again.

A job that was acknowledged is a row with its input; a broker that forgets it, or a worker that dies, costs a minute.
"""

import io
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from jobs import clock
from jobs.files import NO_ROOM, is_for_want_of_room
from jobs.models import Job, JobInput

State = Job.State
PIECE = 1024 * 1024
FASTEST = 1  # of zlib's levels: the input is read once and thrown away
SILENT_FOR = timedelta(minutes=5)
ABANDONED_AFTER = timedelta(hours=6)
MOST_ATTEMPTS = 3
MOST_ERRORS = 1_000
FINISHED = (State.DONE, State.FAILED, State.CANCELLED, State.INTERRUPTED)

log = structlog.get_logger(__name__)


class JobCancelledError(Exception):
    """Somebody asked for the job to stop; what it wrote so far is taken back by whoever runs it."""


class JobFailedError(Exception):
    """The job cannot be done; the message says why, and what is wrong row by row."""

    def __init__(self, message: Any, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.message, self.errors = str(message), errors or []


Run = Callable[[Job], dict[str, Any]]
_runs: dict[str, Run] = {}


def register_job(kind: str, run: Run) -> None:
    """Name what does the jobs of a kind; called once, by the AppConfig.ready of the room that does them."""
    _runs[kind] = run


def under_way(kind: str, **about: Any) -> QuerySet[Job]:
    """Return the jobs of a kind that are not finished, newest first; `about`: conditions on what they were asked."""
    return Job.objects.filter(kind=kind, **about).exclude(state__in=FINISHED).order_by("-pk")


# ---- Receiving


def receive_job(*, kind: str, title: str, about: dict[str, Any], user: User) -> Job:
    """Make a job whose input is still coming in; nobody works on it before `enqueue`."""
    return Job.objects.create(
        kind=kind, title=title[:200], about=about, started_by=user, state=State.RECEIVING, alive_at=clock.database_now()
    )


def keep_input(*, job: Job, number: int, content: bytes) -> None:
    JobInput.objects.create(job=job, number=number, content=zlib.compress(content, FASTEST))


def drop_job(*, job: Job) -> None:
    """Forget a job that was never enqueued."""
    Job.objects.filter(pk=job.pk, state=State.RECEIVING).delete()


@transaction.atomic
def enqueue(*, job: Job, size: int) -> Job:
    """Let the workers have it; `size`: of its input in bytes."""
    job.about, job.total, job.state = job.about | {"bytes": size}, size, State.WAITING
    job.save(update_fields=["about", "total", "state"])
    return job


class InputReader(io.RawIOBase):
    """The input of a job as a file, one piece in memory at a time."""

    def __init__(self, job: Job) -> None:
        self._pieces = self._read(job)
        self._rest = b""

    def _read(self, job: Job) -> Iterator[bytes]:
        for number in range(job.inputs.count()):
            content = job.inputs.values_list("content", flat=True).get(number=number)
            yield zlib.decompress(bytes(content))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


# ---- Running


def run_job(*, job_id: int, now: datetime) -> bool:
    """Do a waiting job if nobody else does; say whether it was ours to do."""
    claimed = Job.objects.filter(pk=job_id, state=State.WAITING).update(
        state=State.RUNNING, started_at=now, alive_at=now, done=0, message="", attempts=F("attempts") + 1
    )
    if not claimed:
        return False
    job = Job.objects.get(pk=job_id)
    try:
        check_not_cancelled(job)
        result = _runs[job.kind](job)
    except JobCancelledError:
        finish_job(job, State.CANCELLED, message=_("Cancelled. Nothing was stored."))
    except JobFailedError as error:
        finish_job(job, State.FAILED, message=error.message, errors=error.errors)
    except Exception as error:
        # A worker that dies would leave it running for ever; the reason is in the log under the job's number.
        log.exception("job_failed", job=job.pk, reason=type(error).__name__)
        defect = _("This is a defect of ours; it is in the log. Nothing was stored.")
        finish_job(job, State.FAILED, message=NO_ROOM if is_for_want_of_room(error) else defect)
    else:
        finish_job(job, State.DONE, result=result)
    return True


def finish_job(job: Job, state: str, *, message: Any = "", **others: Any) -> None:
    values = {"state": state, "message": str(message), "finished_at": timezone.now(), **others}
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**values)
        JobInput.objects.filter(job=job).delete()


def tell_progress(*, job: Job, done: int, total: int) -> None:
    """Say how far it is, and stop if somebody asked for it. Not inside a transaction: nobody would see it."""
    Job.objects.filter(pk=job.pk).update(done=min(done, total), total=total, alive_at=clock.database_now())
    check_not_cancelled(job)


Tell = Callable[[int, int], None]  # (done, total)


@contextmanager
def telling_beside(job: Job) -> Iterator[Tell]:
    """Say how far it is over a connection of its own: who reads one snapshot neither shows nor sees what is new."""
    if connection.in_atomic_block:
        # The caller's transaction decides, and another connection would not find the job.
        yield lambda done, total: tell_progress(job=job, done=done, total=total)
        return
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="telling") as beside:
        try:
            yield lambda done, total: beside.submit(tell_progress, job=job, done=done, total=total).result()
        finally:
            beside.submit(lambda: connection.close()).result()  # noqa: PLW0108  # of that thread, not of this one


def check_not_cancelled(job: Job) -> None:
    if Job.objects.filter(pk=job.pk, is_cancel_asked=True).exists():
        raise JobCancelledError


@transaction.atomic
def cancel_job(*, job: Job, now: datetime) -> Job:
    """Stop a job: at once if it waits, at its next step if it runs; raises ValidationError for one that is over."""
    locked = Job.objects.select_for_update().get(pk=job.pk)
    if locked.state in FINISHED:
        message = _("This job is over: %(state)s. There is nothing left to cancel.")
        raise ValidationError(message, code="over", params={"state": locked.get_state_display()})
    locked.is_cancel_asked = True
    if locked.state != State.RUNNING:
        locked.state, locked.finished_at = State.CANCELLED, now
        locked.message = str(_("Cancelled. Nothing was stored."))
        locked.inputs.all().delete()
    locked.save()
    return locked


def waiting_jobs(*, now: datetime) -> list[int]:
    """Return the jobs that wait for a worker, with those whose worker fell silent; forget what never came in whole."""
    Job.objects.filter(state=State.RECEIVING, alive_at__lt=now - ABANDONED_AFTER).delete()
    hand_on(Job.objects.filter(state=State.RUNNING, alive_at__lt=now - SILENT_FOR))
    return list(Job.objects.filter(state=State.WAITING, kind__in=_runs).order_by("pk").values_list("pk", flat=True))


def hand_on(silent: QuerySet[Job]) -> None:
    """Let another worker have the jobs of dead ones, but none that killed several: it would kill every one."""
    known = silent.filter(kind__in=_runs)
    known.filter(attempts__lt=MOST_ATTEMPTS).update(state=State.WAITING)
    for job in known.filter(attempts__gte=MOST_ATTEMPTS):
        message = _("Its worker died %(times)s times in the middle of it. Nothing was stored; part it, or tell us.")
        finish_job(job, State.FAILED, message=message % {"times": job.attempts})


def take_up_again(*, now: datetime) -> None:
    """After a restart of the only process: what waits or ran and has its input runs anew; the rest was interrupted."""
    unfinished = Job.objects.filter(state__in=(State.WAITING, State.RUNNING))
    hand_on(unfinished.filter(state=State.RUNNING))
    unfinished.exclude(kind__in=_runs).update(state=State.INTERRUPTED, finished_at=now)
