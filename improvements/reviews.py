"""Keeping management reviews: the only writers of them, and who may read which."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.selectors import Access
from gap_scores.models import Snapshot
from gap_scores.selectors import kept_on
from improvements.action_models import Action
from improvements.action_selectors import actions_for
from improvements.report_models import Report
from improvements.reports import keep_report
from improvements.review_models import Review, ReviewDecision, ReviewNote
from interviews.coding import LONGEST_NAME
from web.changes import apply_changes
from web.templatetags.show import day_words

FIELDS = ("title", "held_on", "took_part")
DECIDED = ("sentence", "kind", "responsible", "due_on")
MOST_DECISIONS = 100
KEY = "decision:"  # what the origin of an action begins with


# ---- Preparing


@transaction.atomic
def begin_review(
    *, snapshot: Snapshot, held_on: date, title: str, took_part: str = "", by_name: str, now: datetime, entry: str = ""
) -> Review:
    """Begin a review of a kept day. The same entry a second time returns what the first one made.

    Raises ValidationError by field: for a day of meeting before the kept day.
    """
    if entry and (there := Review.objects.filter(entry=entry).first()):
        return there
    review = Review(
        snapshot=snapshot, held_on=held_on, title=title.strip(), took_part=took_part.strip(),
        created_by_name=by_name[:LONGEST_NAME], created_at=now, entry=entry,
    )  # fmt: skip
    _check(review)
    try:
        with transaction.atomic():
            review.save()
    except IntegrityError:
        # Sent twice at once: the other one was first.
        if entry and (there := Review.objects.filter(entry=entry).first()):
            return there
        raise
    return review


@transaction.atomic
def change_review(*, review: Review, changes: Mapping[str, Any]) -> Review:
    locked = lock_open(review)
    apply_changes(locked, changes, allowed=FIELDS)
    _check(locked)
    locked.save()
    return locked


@transaction.atomic
def remove_review(*, review: Review) -> None:
    """Take back a review that was not closed; raises ValidationError for one of which an action came already."""
    locked = lock_open(review)
    if actions_of_decisions(locked.decisions.values_list("pk", flat=True)):
        message = _("Actions came of its decisions, so it stays. Close it, or remove those decisions first.")
        raise ValidationError(message, code="has_actions")
    locked.delete()


@transaction.atomic
def write_notes(*, review: Review, notes: Mapping[str, str], seen: Mapping[str, str]) -> None:
    """Keep notes by section; an empty one goes. seen: what stood there when they were written.

    Raises ValidationError by section where somebody else wrote meanwhile, so that nothing of theirs is lost.
    """
    locked = lock_open(review)
    there = notes_of(locked)
    clashes = {
        section: ValidationError(
            _("Somebody wrote here meanwhile: '%(text)s'. Bring both together and save again."), "moved", {"text": text}
        )
        for section, words in notes.items()
        if (text := there.get(section, "")) not in {seen.get(section, ""), words}
    }
    if clashes:
        raise ValidationError(clashes)
    for section, words in notes.items():
        if words:
            ReviewNote.objects.update_or_create(review=locked, section=section, defaults={"text": words})
    locked.notes.filter(section__in=[section for section, words in notes.items() if not words]).delete()


# ---- Deciding


@transaction.atomic
def add_decision(*, review: Review, entry: str = "", **said: Any) -> ReviewDecision:
    """Keep a decision of an open review; the same entry a second time returns the first one."""
    locked = lock_open(review)
    if entry and (there := ReviewDecision.objects.filter(entry=entry).first()):
        return there
    if locked.decisions.count() >= MOST_DECISIONS:
        message = _("A review keeps at most %(most)d decisions. Bring some of them together.")
        raise ValidationError(message, "many", {"most": MOST_DECISIONS})
    decision = ReviewDecision(review=locked, entry=entry)
    return _said(decision, said)


@transaction.atomic
def change_decision(*, decision: ReviewDecision, changes: Mapping[str, Any]) -> ReviewDecision:
    lock_open(decision.review)
    return _said(ReviewDecision.objects.get(pk=decision.pk), changes)


def _said(decision: ReviewDecision, said: Mapping[str, Any]) -> ReviewDecision:
    apply_changes(decision, said, allowed=DECIDED)
    decision.full_clean(exclude={"review", "responsible"})
    decision.save()
    return decision


@transaction.atomic
def remove_decision(*, decision: ReviewDecision) -> None:
    lock_open(decision.review)
    if actions_of_decisions([decision.pk]):
        message = _("An action came of it already, so it stays: change its words, or end the action.")
        raise ValidationError(message, code="has_actions")
    decision.delete()


@transaction.atomic
def close_review(
    *, review: Review, draw: Callable[[Review], str], nothing_decided: bool, by: User | None, by_name: str,
    now: datetime,
) -> Review:  # fmt: skip
    """Freeze a review with the text that `draw` gives of it; its PDF is made from that text later.

    Whoever is second is told who closed it. Raises ValidationError without a decision unless that is said, and before
    the day on which it is held.
    """
    locked = lock_open(review)
    if timezone.localtime(now).date() < locked.held_on:
        message = _("It is held on %(day)s. Close it then, or change that day.")
        raise ValidationError(message, "early", {"day": day_words(locked.held_on)})
    if not nothing_decided and not locked.decisions.exists():
        message = _("No decision is kept. Add what was decided, or say that nothing was.")
        raise ValidationError({"nothing_decided": ValidationError(message, "undecided")})
    locked.snapshot = kept_on(locked.snapshot.as_of)
    locked.state, locked.closed_at, locked.closed_by = Review.State.CLOSED, now, by
    locked.closed_by_name = by_name[:LONGEST_NAME]
    locked.nothing_decided = not locked.decisions.exists()
    locked.report = keep_report(
        kind=Report.Kind.REVIEW, title=locked.title, about=None, snapshot=locked.snapshot, article=draw(locked),
        pdf=b"", by=by, by_name=by_name, now=now,
    )  # fmt: skip
    locked.save()
    return locked


def lock_open(review: Review) -> Review:
    """Read a review anew under a row lock; raises ValidationError if it is closed."""
    locked = _with_snapshots(Review.objects.select_for_update(of=("self",))).get(pk=review.pk)
    if not locked.is_open:
        message = _(
            "%(name)s closed this review on %(day)s, so it does not change any more. What comes up now belongs in the "
            "next one."
        )
        day = timezone.localtime(locked.closed_at).date() if locked.closed_at else locked.held_on
        raise ValidationError(message, "closed", {"name": locked.closed_by_name, "day": day_words(day)})
    return locked


def _check(review: Review) -> None:
    review.full_clean(exclude={"snapshot", "report", "closed_by"})
    if review.held_on < review.snapshot.as_of:
        message = _("A review of %(day)s is held on that day or after it.")
        raise ValidationError(
            {"held_on": ValidationError(message, "before", {"day": day_words(review.snapshot.as_of)})}
        )


# ---- Reading


def reviews_for(access: Access) -> QuerySet[Review]:
    """Return the reviews that a person may read: specialists prepare them, everybody reads those that are closed."""
    readable = Review.objects.all() if access.is_specialist else Review.objects.filter(state=Review.State.CLOSED)
    return _with_snapshots(readable).annotate(decision_count=Count("decisions"))


def _with_snapshots(rows: QuerySet[Review]) -> QuerySet[Review]:
    """Take along which day each rests on, not what was kept of it."""
    return rows.select_related("snapshot").defer("snapshot__content", "snapshot__functions")


def decisions_for(access: Access) -> QuerySet[ReviewDecision]:
    rows = ReviewDecision.objects.select_related("review", "responsible")
    return rows if access.is_specialist else rows.filter(review__state=Review.State.CLOSED)


def review_before(review: Review) -> Review | None:
    """Return the closed review that was held last before this one (1 query)."""
    before = Review.objects.filter(state=Review.State.CLOSED, held_on__lte=review.held_on)
    return before.exclude(pk=review.pk).order_by("held_on", "closed_at").last()


def notes_of(review: Review) -> dict[str, str]:
    return dict(review.notes.values_list("section", "text"))


def notes_of_reviews(reviews: Collection[int]) -> list[tuple[int, str, str]]:
    """Return (review, section, text) of the notes of reviews, in the order in which they were written (1 query)."""
    rows = ReviewNote.objects.filter(review__in=reviews).order_by("review", "pk")
    return list(rows.values_list("review_id", "section", "text"))


def decisions_of(review: Review) -> list[ReviewDecision]:
    return list(review.decisions.select_related("responsible").order_by("pk"))


def origin_key(decision_id: int) -> str:
    return f"{KEY}{decision_id}"


def decision_behind(action: Action) -> int | None:
    """Return the decision that an action came of."""
    number = action.origin_key.removeprefix(KEY)
    return int(number) if action.origin == Action.Origin.REVIEW and number.isdecimal() else None


def actions_of_decisions(ids: Any, access: Access | None = None) -> dict[int, list[Action]]:
    """Return the actions that came of decisions, the oldest first (1 query). access: those that a person may open."""
    keys = {origin_key(each): each for each in ids}
    rows = actions_for(access) if access else Action.objects.all()
    found: dict[int, list[Action]] = {}
    for action in rows.filter(origin=Action.Origin.REVIEW, origin_key__in=keys).order_by("pk"):
        found.setdefault(keys[action.origin_key], []).append(action)
    return found
