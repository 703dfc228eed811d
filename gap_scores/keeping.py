"""Keeping the scores of a day on demand: by a job, because every score is worked out from the evidence."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.selectors import program_day
from gap_scores.locking import Progress
from gap_scores.models import Snapshot
from gap_scores.selectors import first_heard_on
from gap_scores.snapshots import keep_snapshot
from jobs.models import Job
from jobs.running import Tell, telling_beside, under_way
from jobs.tasks import start_job

KIND = "snapshot"
TOLD_TIMES = 100


@transaction.atomic
def start_keeping(*, as_of: date, title: str = "", is_review: bool = False, user: User, now: datetime) -> Job:
    """Have the scores of a day kept, unless that is being done already; raises ValidationError by field for a day that
    is to come, or before anybody was heard. is_review: a review was held on that day."""
    check_day(as_of, today=program_day(now))
    about = {"as_of": as_of.isoformat(), "title": title.strip(), "is_review": is_review}
    same = under_way(KIND, about__as_of=about["as_of"], about__title=about["title"])
    found = next((each for each in same if _is_review(each) is is_review), None)
    return found or start_job(kind=KIND, title=f"Scores of {as_of}", about=about, user=user)


def check_day(as_of: date, *, today: date) -> None:
    if as_of > today:
        message = _("%(day)s is to come: its evidence is not there yet. Choose a day up to %(today)s.")
        raise ValidationError({"as_of": ValidationError(message, "future", {"day": as_of, "today": today})})
    first = first_heard_on()
    if first is None:
        message = _("Nobody was heard yet, so there are no scores to keep. Complete an interview first.")
        raise ValidationError({"as_of": ValidationError(message, "nobody_heard")})
    if as_of < first:
        message = _("Nobody was heard before %(first)s, so there are no scores of %(day)s. Choose a day from then on.")
        raise ValidationError({"as_of": ValidationError(message, "before_program", {"day": as_of, "first": first})})


def run_keeping(job: Job) -> dict[str, Any]:
    as_of = date.fromisoformat(job.about["as_of"])
    title = job.about["title"] or f"As of {as_of}"
    reason = Snapshot.Reason.REVIEW if _is_review(job) else Snapshot.Reason.DEMAND
    with telling_beside(job) as tell:
        told = told_sometimes(tell)
        kept = keep_snapshot(
            as_of=as_of, title=title, reason=reason, now=timezone.now(), by=job.started_by, progress=told
        )
    return {"snapshot": kept.pk}


def _is_review(job: Job) -> bool:
    # A job from before reviews could be told does not say.
    return bool(job.about.get("is_review", False))


def told_sometimes(tell: Tell) -> Progress:
    """Return a progress that is told a hundred times at most: each telling is a transaction of its own."""

    def progress(done: int, total: int) -> None:
        if done == total or done % max(1, total // TOLD_TIMES) == 0:
            tell(done, total)

    return progress
