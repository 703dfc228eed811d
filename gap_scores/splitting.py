"""What the change between two kept days is made of: at once where it is little work, else by a job."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gap_scores.keeping import told_sometimes
from gap_scores.last_used import LastUsed
from gap_scores.models import KeptSplit, Snapshot
from gap_scores.selectors import kept_end
from gap_scores.waterfall import WHOLE, changes_between
from jobs.models import Job
from jobs.running import telling_beside, under_way
from jobs.tasks import start_job
from scoring.changes import Change, Estimate, change_between
from scoring.waterfall import Cause, Part, Waterfall

KIND = "change"
# Of the two kept texts together, compressed: some 10,000 answers, a second of work.
MOST_AT_ONCE: Final = 300_000
Changes = Mapping[int, Waterfall]  # by function, and of the whole

# Two digests name all that a split rests on, so nothing ever has to be forgotten.
_last: Final[LastUsed[Changes]] = LastUsed(16)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two kept days side by side: the overall gap, or a function's own, of current customers.

    then, now: the gap with its interval, None where there was none. few: so few voices on one of the days that only the
    intervals may be told. split None: few, no gap on one of the days, or much work that nobody had done yet (`waits`).
    """

    sides: tuple[Snapshot, Snapshot]
    then: Estimate | None
    now: Estimate | None
    few: bool
    split: Waterfall | None = None
    waits: bool = False

    @property
    def change(self) -> Change:
        """Whether the change is more than chance explains."""
        return change_between(self.then, self.now) if self.then and self.now else Change.NO_SIGNAL


def compare(*, then: Snapshot, now: Snapshot, function: int = WHOLE) -> Comparison:
    """Raises ValidationError where `then` is not before `now`."""
    check_order(then.as_of, now.as_of)
    asked = None if function == WHOLE else function
    first, last = (kept_end(each, is_review=False) for each in (then, now))
    few = first.is_few(asked) or last.is_few(asked)
    found = Comparison((then, now), first.gap_of(asked), last.gap_of(asked), few)
    if found.few:
        return found
    changes = split_of(then=then, now=now)
    return replace(found, waits=True) if changes is None else replace(found, split=changes.get(function))


def split_of(*, then: Snapshot, now: Snapshot) -> Changes | None:
    """Return what each gap's change is made of; None where that is much work that nobody had done yet."""
    key = then.digest, now.digest
    found = _last.get(key)
    if found is None:
        found = _worked_out(then, now) or _at_once(then, now)
        if found is not None:
            _last.keep(key, found)
    return found


def _worked_out(then: Snapshot, now: Snapshot) -> Changes | None:
    kept = KeptSplit.objects.filter(then=then.digest, now=now.digest).first()
    return {int(each): _read(form) for each, form in kept.gaps.items()} if kept else None


def _at_once(then: Snapshot, now: Snapshot) -> Changes | None:
    sizes = Snapshot.objects.filter(pk__in=[then.pk, now.pk]).order_by().values_list(Length("content"), flat=True)
    return None if sum(sizes) > MOST_AT_ONCE else changes_between(then=then, now=now)


def last_try(*, then: Snapshot, now: Snapshot) -> Job | None:
    """Return the job that works it out just now, or the last one that did not come to an answer (1 query)."""
    tries = Job.objects.filter(kind=KIND, about=_about(then, now))
    return tries.exclude(state=Job.State.DONE).order_by("-pk").first()


def _about(then: Snapshot, now: Snapshot) -> dict[str, Any]:
    return {"then": then.pk, "now": now.pk}


@transaction.atomic
def start_splitting(*, then: Snapshot, now: Snapshot, user: User) -> Job:
    """Have a change worked out, unless that is being done already; raises ValidationError if `then` is not before."""
    check_order(then.as_of, now.as_of)
    about, title = _about(then, now), f"What changed from {then.as_of} to {now.as_of}"
    return under_way(KIND, about=about).first() or start_job(kind=KIND, title=title, about=about, user=user)


def check_order(then: date, now: date) -> None:
    if then >= now:
        message = _("%(then)s is not before %(now)s. Choose an earlier day to start from.")
        raise ValidationError({"then": ValidationError(message, "order", {"then": then, "now": now})})


def run_splitting(job: Job) -> dict[str, Any]:
    then, now = (Snapshot.objects.get(pk=job.about[name]) for name in ("then", "now"))
    with telling_beside(job) as tell:
        found = changes_between(then=then, now=now, progress=told_sometimes(tell))
    gaps = {str(each): _written(its) for each, its in found.items()}
    KeptSplit.objects.update_or_create(then=then.digest, now=now.digest, defaults={"gaps": gaps})
    return {"gaps": len(gaps)}


def _written(split: Waterfall) -> dict[str, Any]:
    parts = [[each.cause, each.points, dict(each.by_requirement)] for each in split.parts]
    return {"then": split.then, "now": split.now, "parts": parts}


def _read(form: Mapping[str, Any]) -> Waterfall:
    parts = tuple(
        Part(Cause(cause), points, {int(each): its for each, its in by.items()}) for cause, points, by in form["parts"]
    )
    return Waterfall(form["then"], form["now"], parts)
