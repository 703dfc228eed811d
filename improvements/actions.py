"""Keeping actions: the only writers of them, their causes, comments and confirmations."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Contact
from customers.services import check_not_ahead, check_not_erased
from functions.models import Function
from improvements.action_effect import effects_of, level_words
from improvements.action_models import (
    Action,
    ActionComment,
    Cause,
    Confirmation,
    Mention,
    Stage,
    StageChange,
)
from improvements.action_selectors import may_read, raisers_of
from improvements.action_stages import asked_for, earlier_stages, missing_for, needs_why, next_stage
from improvements.news import tell_mention, tell_stage
from interviews.coding import LONGEST_NAME
from metrics.levels import whole_levels
from metrics.models import Metric
from notices.inbox import mark_seen_elsewhere
from notices.models import Kind
from requirements_catalog.models import Requirement
from scoring.effect import Verdict
from web.changes import apply_changes

logger = logging.getLogger(__name__)

FIELDS = (
    "title", "kind", "owner", "function", "due_on", "metric", "expected_level", "cost", "problem", "containment",
    "plan", "done_words", "prevention",
)  # fmt: skip
ORIGINS = ("origin", "origin_key", "verbatim")
MOST_REQUIREMENTS, MOST_CAUSES, DEEPEST = 20, 100, 8
VERIFIED = (Stage.VERIFYING, Stage.EFFECTIVE, Stage.NOT_EFFECTIVE)
MENTION = re.compile(r"(?<![\w@.])@([\w.+-]{1,150})")


# ---- Making and changing


@transaction.atomic
def create_action(
    *,
    function: Function,
    requirements: Sequence[Requirement] = (),
    by: User | None,
    by_name: str = "",
    now: datetime,
    entry: str = "",
    **said: Any,
) -> Action:
    """Keep a new action as a draft. The same entry a second time returns what the first one made.

    Raises ValidationError by field: for a requirement that is not active, an expected level that is worse than
    today's, a metric that is not in use.
    """
    if entry and (there := Action.objects.filter(entry=entry).first()):
        return there
    action = Action(
        function=function, created_by=by, created_by_name=(by_name or str(by))[:LONGEST_NAME], created_at=now,
        entry=entry,
    )  # fmt: skip
    apply_changes(action, said, allowed=(*FIELDS, *ORIGINS))
    check_action(action, today=timezone.localtime(now).date())
    check_requirements(requirements, ())
    try:
        with transaction.atomic():
            action.save()
    except IntegrityError:
        # Sent twice at once: the other one was first.
        if entry and (there := Action.objects.filter(entry=entry).first()):
            return there
        raise
    action.requirements.set(requirements)
    note_change(action, "", Stage.DRAFT, by=by, by_name=action.created_by_name, now=now)
    return action


@transaction.atomic
def change_action(*, action: Action, changes: Mapping[str, Any], now: datetime) -> Action:
    """Change what is kept of an action, but not how far it is; raises ValidationError by field."""
    locked, today = lock_action(action), timezone.localtime(now).date()
    before = (locked.metric_id, locked.expected_level)
    plain = {name: value for name, value in changes.items() if name != "requirements"}
    apply_changes(locked, plain, allowed=(*FIELDS, "done_on"))
    check_action(locked, today=today, level_changes=before != (locked.metric_id, locked.expected_level))
    if "requirements" in changes:
        check_requirements(changes["requirements"], list(locked.requirements.all()))
    locked.save()
    if "requirements" in changes:
        locked.requirements.set(changes["requirements"])
    settle(locked, today=today, now=now)
    return locked


def lock_action(action: Action) -> Action:
    """Read an action anew under a row lock, so that two who move it at once come one after the other."""
    return Action.objects.select_for_update(of=("self",)).select_related("metric", "owner").get(pk=action.pk)


def check_action(action: Action, *, today: date, level_changes: bool = True) -> None:
    action.full_clean(exclude={"owner", "function", "metric", "verbatim", "created_by"})
    if action.expected_level is not None and action.metric is None:
        message = _("An expected level is one of a metric: name the metric, too.")
        raise ValidationError({"expected_level": ValidationError(message, code="no_metric")})
    if action.metric is not None and not action.metric.is_active and level_changes:
        message = _("The metric '%(name)s' is not used any more. Name one that is measured.")
        params = {"name": action.metric.name}
        raise ValidationError({"metric": ValidationError(message, code="inactive", params=params)})
    if action.metric is not None and action.expected_level is not None and level_changes:
        check_level(action.metric, Decimal(action.expected_level), today)
    check_not_ahead("done_on", action.done_on, today)


def check_level(metric: Metric, level: Decimal, today: date) -> None:
    """Raise ValidationError for an expected level that is worse than today's."""
    whole = whole_levels(metrics=[metric], as_of=today).get(metric.pk)
    if whole is None:
        return
    now = whole.level.value
    is_worse = level > now if metric.direction == Metric.Direction.LOWER else level < now
    if is_worse:
        message = _(
            "%(level)s is worse than today's %(now)s (%(direction)s). Expect at least what is measured already."
        )
        params = {
            "level": level_words(level, metric),
            "now": level_words(now, metric),
            "direction": metric.get_direction_display(),
        }
        raise ValidationError({"expected_level": ValidationError(message, code="worse", params=params)})


def check_requirements(requirements: Sequence[Requirement], there: Sequence[Requirement]) -> None:
    """Raise ValidationError for one that is not active; one that was retired since stays."""
    known = {each.pk for each in there}
    if len(requirements) > MOST_REQUIREMENTS:
        message = _("An action is about at most %(most)d requirements. Make several actions of it.")
        raise ValidationError(
            {"requirements": ValidationError(message, code="many", params={"most": MOST_REQUIREMENTS})}
        )
    for each in requirements:
        if each.state != Requirement.State.ACTIVE and each.pk not in known:
            message = _("%(reference)s is %(state)s. An action is about requirements that are active.")
            params = {"reference": each.reference, "state": each.get_state_display()}
            raise ValidationError({"requirements": ValidationError(message, code="not_active", params=params)})


# ---- Stages


@transaction.atomic
def move_action(
    *,
    action: Action,
    to: str,
    by: User | None,
    by_name: str = "",
    now: datetime,
    why: str = "",
    said: Mapping[str, Any] | None = None,
) -> Action:
    """Move an action to another stage, with what that stage needs; one that is there already stays as it is.

    Raises ValidationError where something is missing, where a stage would be left out, where one that is worked out is
    asked for, and to go back or call off without a reason.
    """
    locked, today = lock_action(action), timezone.localtime(now).date()
    if locked.stage == to:
        return locked
    check_way(locked, to)
    check_asked(locked, to, said or {})
    apply_changes(locked, said or {}, allowed=asked_for(locked, to))
    check_action(locked, today=today, level_changes=False)
    if needs_why(locked, to) and not why.strip():
        message = _("Say why: whoever reads it later was not there.")
        raise ValidationError({"why": ValidationError(message, code="required")})
    if missing := missing_for(locked, to):
        raise ValidationError(
            _("'%(stage)s' needs %(missing)s first."),
            code="missing",
            params={"stage": Stage(to).label, "missing": ", ".join(str(need.words) for need in missing)},
        )
    reason = why.strip()
    if to == Stage.VERIFYING and not reason and locked.done_on is not None:
        reason = str(_("In effect since %(day)s.") % {"day": locked.done_on.isoformat()})
    if to not in {Stage.VERIFYING, Stage.CANCELLED}:
        # It is done anew, and then since another day; the old one stands in the history.
        locked.done_on = None
    set_stage(locked, to, by=by, by_name=by_name or str(by), now=now, why=reason)
    settle(locked, today=today, now=now)
    return locked


def check_asked(action: Action, to: str, said: Mapping[str, Any]) -> None:
    """Raise ValidationError for what is said beside a move that does not ask for it."""
    message = _("'%(stage)s' does not ask for it. Change the action itself.")
    if not_asked := sorted(set(said) - set(asked_for(action, to))):
        params = {"stage": Stage(to).label}
        raise ValidationError({name: ValidationError(message, code="not_asked", params=params) for name in not_asked})


def check_way(action: Action, to: str) -> None:
    forward = next_stage(action)
    if to in {Stage.EFFECTIVE, Stage.NOT_EFFECTIVE, Stage.REOPENED}:
        message = _("Nobody declares that: it follows from the metric and from what customers say.")
        raise ValidationError(message, code="worked_out")
    if to == forward or to in earlier_stages(action) or to == Stage.CANCELLED:
        return
    message = _("From '%(here)s' it does not go to '%(to)s'.")
    if forward:
        message = _("From '%(here)s' it does not go to '%(to)s'. Next is '%(next)s'.")
    params = {
        "here": action.get_stage_display(),
        "to": Stage(to).label,
        "next": Stage(forward).label if forward else "",
    }
    raise ValidationError(message, code="no_way", params=params)


def set_stage(action: Action, to: str, *, by: User | None, by_name: str, now: datetime, why: str = "") -> None:
    before, action.stage = action.stage, to
    action.save()
    note_change(action, before, to, by=by, by_name=by_name, now=now, why=why)


def note_change(
    action: Action, before: str, after: str, *, by: User | None, by_name: str, now: datetime, why: str = ""
) -> None:
    change = StageChange(
        action=action, before=before, after=after, changed_at=now, changed_by=by,
        changed_by_name=by_name[:LONGEST_NAME], why=why,
    )  # fmt: skip
    change.full_clean(exclude={"action", "changed_by"})
    change.save()


# ---- Whether it helped


def settle(action: Action, *, today: date, now: datetime) -> bool:
    """Write down that an action became effective, not effective, or lost its gain; return whether it did.

    In the caller's transaction, with the action locked.
    """
    if action.stage not in VERIFIED:
        return False
    effect = effects_of([action], today=today).get(action.pk)
    if effect is None:
        return False
    to = {
        (Stage.VERIFYING, Verdict.EFFECTIVE): Stage.EFFECTIVE,
        (Stage.NOT_EFFECTIVE, Verdict.EFFECTIVE): Stage.EFFECTIVE,
        (Stage.VERIFYING, Verdict.NOT_EFFECTIVE): Stage.NOT_EFFECTIVE,
        (Stage.EFFECTIVE, Verdict.NOT_EFFECTIVE): Stage.REOPENED,
    }.get((Stage(action.stage), effect.verdict))
    if to is None:
        return False
    set_stage(action, to, by=None, by_name="", now=now, why=effect.words)
    tell_stage(action, now=now)
    return True


def settle_all(*, now: datetime) -> int:
    """Settle every action that is verified or was; return how many changed. Each in a transaction of its own.

    One whose evidence cannot be worked out is logged, and the others are settled all the same.
    """
    changed, today = 0, timezone.localtime(now).date()
    for pk in list(Action.objects.filter(stage__in=VERIFIED).order_by("pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                changed += settle(lock_action(Action(pk=pk)), today=today, now=now)
        except Exception:
            logger.exception("Action %d could not be settled; the others were.", pk)
    return changed


@transaction.atomic
def ask_whether_fixed(
    *, action: Action, contact: Contact, asked_on: date, by: User | None, by_name: str = ""
) -> Confirmation:
    """Keep that somebody who raised it was asked whether it is fixed for them; asked twice on a day is once.

    Raises ValidationError for somebody who never raised it, and before it is done.
    """
    locked = lock_action(action)
    check_may_confirm(locked, contact)
    row, _made = Confirmation.objects.get_or_create(
        action=locked, contact=contact, asked_on=asked_on,
        defaults={"noted_by": by, "noted_by_name": (by_name or str(by))[:LONGEST_NAME]},
    )  # fmt: skip
    return row


@transaction.atomic
def record_confirmation(
    *,
    action: Action,
    contact: Contact,
    is_fixed: bool,
    said_on: date,
    source: str,
    note: str = "",
    by: User | None,
    by_name: str = "",
    now: datetime,
) -> Confirmation:
    """Keep what somebody who raised it says: the reply to the newest question, or one that came unasked.

    A second reply on the same day takes the place of the first. Raises ValidationError by field: for somebody who never
    raised it, before it is done, for a day before it was done or in the future.
    """
    locked, today = lock_action(action), timezone.localtime(now).date()
    check_may_confirm(locked, contact)
    check_not_ahead("said_on", said_on, today)
    if locked.done_on is not None and said_on < locked.done_on:
        message = _("It is in effect since %(day)s. What was said before says nothing about it.")
        params = {"day": locked.done_on.isoformat()}
        raise ValidationError({"said_on": ValidationError(message, code="too_early", params=params)})
    row = row_to_answer(locked, contact, said_on)
    row.is_fixed, row.said_on, row.source, row.note = is_fixed, said_on, source, note.strip()
    row.noted_by, row.noted_by_name = by, (by_name or str(by))[:LONGEST_NAME]
    row.full_clean(exclude={"action", "contact", "noted_by"})
    row.save()
    settle(locked, today=today, now=now)
    return row


def row_to_answer(action: Action, contact: Contact, said_on: date) -> Confirmation:
    """Return that day's reply to correct it, else the newest open question, else a new row."""
    rows = Confirmation.objects.filter(action=action, contact=contact)
    same_day = rows.filter(said_on=said_on).first() or rows.filter(asked_on=said_on).first()
    asked = rows.filter(is_fixed=None, asked_on__lte=said_on).order_by("-asked_on").first()
    return same_day or asked or Confirmation(action=action, contact=contact, asked_on=said_on)


def check_may_confirm(action: Action, contact: Contact) -> None:
    if action.done_on is None or action.stage not in VERIFIED:
        message = _("It is '%(stage)s': there is nothing yet that somebody could confirm.")
        raise ValidationError(message, code="not_done", params={"stage": action.get_stage_display()})
    locked = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    check_not_erased(locked)
    if not raisers_of(action).filter(pk=contact.pk).exists():
        message = _(
            "%(name)s never raised it: no answer and no words of this person are about its requirements. Ask "
            "somebody who did."
        )
        params = {"name": locked.name}
        raise ValidationError({"contact": ValidationError(message, code="never_raised", params=params)})


# ---- Why it came


@transaction.atomic
def add_cause(
    *, action: Action, text: str, bone: str = "", parent: Cause | None = None, is_root: bool = False
) -> Cause:
    """Add a bone's first cause, or a why beneath another one; the same words at the same place are there once.

    Raises ValidationError: for a cause of another action, and where the tree becomes too large to be read.
    """
    locked = lock_action(action)
    if parent is not None and parent.action_id != locked.pk:
        raise ValidationError(_("That cause is of another action."), code="foreign")
    check_tree(locked, parent)
    cause = Cause(action=locked, parent=parent, bone="" if parent else bone, text=text.strip(), is_root=is_root)
    same = locked.causes.filter(parent=parent, bone=cause.bone, text=cause.text).first()
    if same is not None:
        return same
    cause.full_clean(exclude={"action", "parent"})
    cause.save()
    return cause


def check_tree(action: Action, parent: Cause | None) -> None:
    if action.causes.count() >= MOST_CAUSES:
        message = _("A tree of more than %(most)d causes is read by nobody. Take out what turned out to be none.")
        raise ValidationError(message, code="many", params={"most": MOST_CAUSES})
    parents = dict(action.causes.values_list("pk", "parent"))
    depth, at = 0, parent.pk if parent else None
    while at is not None:
        depth, at = depth + 1, parents.get(at)
    if depth >= DEEPEST:
        message = _("After %(most)d whys the root is long reached. Mark it, and go on there.")
        raise ValidationError(message, code="deep", params={"most": DEEPEST})


@transaction.atomic
def change_cause(*, cause: Cause, changes: Mapping[str, Any]) -> Cause:
    lock_action(cause.action)
    locked = Cause.objects.select_for_update(of=("self",)).get(pk=cause.pk)
    allowed = ("text", "is_root") if locked.parent_id else ("text", "is_root", "bone")
    apply_changes(locked, changes, allowed=allowed)
    locked.full_clean(exclude={"action", "parent"})
    locked.save()
    return locked


@transaction.atomic
def remove_cause(*, cause: Cause) -> None:
    """Take out a cause with all whys beneath it."""
    lock_action(cause.action)
    Cause.objects.filter(pk=cause.pk).delete()


# ---- Talking about it


@transaction.atomic
def add_comment(
    *, action: Action, text: str, by: User | None, by_name: str = "", now: datetime, entry: str = ""
) -> ActionComment:
    """Keep a comment and whom it mentions by '@username'; the same entry a second time is the same comment.

    Raises ValidationError where it mentions somebody who may not read the action.
    """
    locked = lock_action(action)
    # Read behind the lock: of two that are sent at once the second finds what the first one wrote.
    if entry and (there := ActionComment.objects.filter(entry=entry).first()):
        return there
    comment = ActionComment(
        action=locked, text=text.strip(), written_by=by, written_by_name=(by_name or str(by))[:LONGEST_NAME],
        written_at=now, entry=entry,
    )  # fmt: skip
    comment.full_clean(exclude={"action", "written_by"})
    people = mentioned_in(comment.text)
    for person in people:
        if not may_read(person, locked):
            message = _("@%(name)s may not read this action, so would not find it. Take the mention out.")
            raise ValidationError(
                {"text": ValidationError(message, code="cannot_read", params={"name": person.username})}
            )
    comment.save()
    others = [each for each in people if each != by]
    Mention.objects.bulk_create(Mention(comment=comment, person=each) for each in others)
    tell_mention(comment, others, now=now)
    return comment


def mentioned_in(text: str) -> list[User]:
    """Return the people whom a text names by '@username'; an unknown name is plain text."""
    names = {name.rstrip(".") for name in MENTION.findall(text)}
    return list(User.objects.filter(username__in=names, is_active=True).order_by("pk")) if names else []


@transaction.atomic
def see_mentions(*, person: User, action: Action | None = None, now: datetime) -> int:
    """Note that somebody has seen where the person was mentioned, of one action or of all; return how many."""
    waiting = Mention.objects.filter(person=person, seen_at=None)
    if action is not None:
        waiting = waiting.filter(comment__action=action)
    mark_seen_elsewhere(person=person, kind=Kind.MENTION, about=[action.pk] if action else None, now=now)
    return waiting.update(seen_at=now)
