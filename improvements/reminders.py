"""Who is reminded of an action, and when: rules that a person can read, each letter once (docs/decisions/0053)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.mailing import letter_to, public_address
from accounts.models import User
from functions.selectors import heads_of
from improvements.action_models import OPEN, Action, Stage
from improvements.action_selectors import Moves, may_read, moves_until
from improvements.news import tell_reminder
from jobs.models import OutboxMessage
from jobs.outbox import FIRST_DAY, key_of, person_of, write_letter
from notices.models import Kind

SOON, LATE, STILL = timedelta(days=7), timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rule:
    """When somebody is written to, in words. `occasion`: the day that makes it this reminder and not the next one."""

    purpose: str
    words: Any
    subject: Any
    to_head: bool
    occasion: Callable[[Action, Moves, date], date | None]


def due_soon(action: Action, _moves: Moves, today: date) -> date | None:
    is_soon = action.is_running and action.due_on is not None and action.due_on - SOON <= today <= action.due_on
    return action.due_on if is_soon else None


def long_overdue(action: Action, _moves: Moves, today: date) -> date | None:
    is_late = action.is_running and action.due_on is not None and action.due_on + LATE <= today
    return action.due_on if is_late else None


def standing_still(_action: Action, moves: Moves, today: date) -> date | None:
    return moves.newest_on if moves.newest_on + STILL <= today else None


def gain_lost(action: Action, moves: Moves, _today: date) -> date | None:
    # The day it was opened again, not that of the newest comment: otherwise each comment would be a letter.
    return moves.stage_on if action.stage == moves.stage == Stage.REOPENED else None


RULES = (
    Rule(
        "action_due", gettext_lazy("Seven days before an open action is due, its owner is reminded."),
        gettext_lazy("Due on %(day)s: %(title)s"), False, due_soon,
    ),
    Rule(
        "action_overdue",
        gettext_lazy("Once an open action is seven days overdue, the head of the function that answers is told."),
        gettext_lazy("Overdue since %(day)s: %(title)s"), True, long_overdue,
    ),
    Rule(
        "action_still", gettext_lazy("Once nothing has moved on an open action for 30 days, its owner is reminded."),
        gettext_lazy("Nothing has moved since %(day)s: %(title)s"), False, standing_still,
    ),
    Rule(
        "action_reopened",
        gettext_lazy("Once the gain of an effective action is lost, its owner is told that it is open again."),
        gettext_lazy("Open again since %(day)s: %(title)s"), False, gain_lost,
    ),
)  # fmt: skip
BY_PURPOSE: Mapping[str, Rule] = {rule.purpose: rule for rule in RULES}


def remind(*, now: datetime) -> int:
    """Leave the letters that are due and were not left yet; return how many.

    The database refuses the same one twice: by rule, person, action and the day that it is about.
    """
    today = timezone.localtime(now).date()
    actions = list(Action.objects.filter(stage__in=OPEN).select_related("owner").order_by("pk"))
    moves = moves_until([action.pk for action in actions], until=today)
    heads = heads_of({action.function_id for action in actions})
    written = 0
    for action in actions:
        its = moves.get(action.pk)
        for rule in RULES if its else ():
            day = rule.occasion(action, its, today) if its else None
            if day is not None:
                people = readers_of(rule, action, heads[action.function_id])
                written += sum(leave(rule, person, action, day, now) for person in people)
    return written


def readers_of(rule: Rule, action: Action, heads: list[User]) -> list[User]:
    """Return who gets a letter: the head, too, where nobody owns the action or the owner has left."""
    owner = action.owner
    return heads if rule.to_head or owner is None or not owner.is_active else [owner]


def leave(rule: Rule, person: User, action: Action, day: date, now: datetime) -> bool:
    key = {"recipient": key_of(person.pk), "wave": action.pk, "number": (day - FIRST_DAY).days}
    if OutboxMessage.objects.filter(purpose=rule.purpose, **key).exists():
        return False
    try:
        with transaction.atomic():
            write_letter(purpose=rule.purpose, **key, now=now)
            if rule.purpose != Kind.REOPENED:
                # Of that the inbox was told when it happened.
                tell_reminder(Kind(rule.purpose), action, person, day, now=now)
    except IntegrityError:
        return False
    return True


# ---- For the outbox


def compose(row: OutboxMessage, now: datetime) -> EmailMessage | None:
    """Write a reminder; None where it is not true any more, or there is nobody to read it."""
    action = Action.objects.select_related("function", "owner").filter(pk=row.wave).first()
    person, rule = person_of(row), BY_PURPOSE[row.purpose]
    if action is None or person is None or not still_holds(rule, action, row, now):
        return None
    if not may_read(person, action):
        return None
    day = FIRST_DAY + timedelta(days=row.number)
    subject = str(rule.subject) % {"day": day.isoformat(), "title": action.title}
    return letter_to(person, " ".join(subject.split()), lines_about(action, rule, person))


def still_holds(rule: Rule, action: Action, row: OutboxMessage, now: datetime) -> bool:
    today = timezone.localtime(now).date()
    moves = moves_until([action.pk], until=today).get(action.pk)
    day = rule.occasion(action, moves, today) if moves and action.stage in OPEN else None
    return day is not None and (day - FIRST_DAY).days == row.number


def lines_about(action: Action, rule: Rule, person: User) -> Iterator[str]:
    yield _("Dear %(name)s,") % {"name": person}
    yield _("%(title)s\nStage: %(stage)s\nFunction: %(function)s\nOwner: %(owner)s\nDue: %(due)s") % {
        "title": action.title,
        "stage": action.get_stage_display(),
        "function": action.function,
        "owner": action.owner or _("nobody yet"),
        "due": action.due_on.isoformat() if action.due_on else _("no date"),
    }
    yield public_address(reverse("action_detail", args=[action.pk]))
    yield _("You get this letter by the rule: %(words)s") % {"words": rule.words}


PURPOSES = tuple(BY_PURPOSE)
