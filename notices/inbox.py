"""Marking notices as read, and how often a person is mailed what is new there."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.mailing import letter_to, public_address
from accounts.models import User
from functions.selectors import program_day, scope_for
from jobs.models import OutboxMessage
from jobs.outbox import FIRST_DAY, key_of, person_of, write_letter
from notices.models import DigestChoice, Kind, Notice
from notices.selectors import notices_of, told

PURPOSE = "digest"
MONDAY, WEEK = 0, 7
MOST_IN_A_DIGEST = 100
Every = DigestChoice.Every


# ---- Reading


@transaction.atomic
def mark_read(*, notice: Notice, now: datetime) -> Notice:
    """Note that a person read a notice; the first time counts."""
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=now)
    notice.refresh_from_db()
    return notice


@transaction.atomic
def mark_all_read(*, person: User, until: datetime, now: datetime) -> int:
    """Note that a person read all that was told up to a moment: what came since the page was drawn stays unread."""
    return Notice.objects.filter(person=person, read_at=None, told_at__lte=until).update(read_at=now)


@transaction.atomic
def mark_seen_elsewhere(*, person: User, kind: Kind, about: Collection[int] | None = None, now: datetime) -> int:
    """Note that a person saw on another page what notices of a kind tell, of some records or of all."""
    seen = Notice.objects.filter(person=person, event__kind=kind, read_at=None)
    if about is not None:
        seen = seen.filter(event__about__in=about)
    return seen.update(read_at=now)


# ---- The digest


@transaction.atomic
def choose_digest(*, person: User, every: str, now: datetime) -> DigestChoice:
    """Keep how often a person is mailed; the next one comes on the next day of that kind."""
    next_on = None if every == Every.OFF else next_day(every, program_day(now))
    choice, _made = DigestChoice.objects.update_or_create(person=person, defaults={"every": every, "next_on": next_on})
    return choice


def next_day(every: str, today: date) -> date:
    """Return the day after this one, or the next Monday after it."""
    return today + timedelta(days=1 if every == Every.DAY else WEEK - (today.weekday() - MONDAY) % WEEK)


def chosen_by(person: User) -> str:
    return DigestChoice.objects.filter(person=person).values_list("every", flat=True).first() or Every.OFF


def write_digests(*, now: datetime) -> int:
    """Leave the digests that are due, each in a transaction of its own; return how many."""
    today = program_day(now)
    due = DigestChoice.objects.filter(next_on__lte=today, person__is_active=True).order_by("pk")
    return sum(write_digest(pk, today=today, now=now) for pk in list(due.values_list("pk", flat=True)))


@transaction.atomic
def write_digest(pk: int, *, today: date, now: datetime) -> bool:
    """Put what is new into a digest and leave its letter; nothing new, no letter. Of two at once one does."""
    choice = DigestChoice.objects.select_for_update(of=("self",)).select_related("person").filter(pk=pk).first()
    if choice is None or choice.next_on is None or choice.next_on > today:
        return False
    choice.next_on = next_day(choice.every, today)
    choice.save(update_fields=["next_on"])
    new = Notice.objects.filter(person=choice.person, read_at=None, digest_on=None, has_letter=False)
    if not choice.person.email or not new.update(digest_on=today):
        return False
    write_letter(purpose=PURPOSE, recipient=key_of(choice.person_id), wave=(today - FIRST_DAY).days, now=now)
    return True


def compose(row: OutboxMessage, _now: datetime) -> EmailMessage | None:
    """Write a digest; None where all of it was read meanwhile, or the person may read nothing of it any more."""
    person = person_of(row)
    if person is None:
        return None
    access, day = scope_for(person), FIRST_DAY + timedelta(days=row.wave)
    notices = list(notices_of(access).filter(digest_on=day, read_at=None))
    words = told(notices, access)
    readable = [words[notice.pk] for notice in notices if words[notice.pk].is_readable]
    if not readable:
        return None
    lines = [f"{each.about}\n{each.said}\n{public_address(each.url)}" for each in readable[:MOST_IN_A_DIGEST]]
    more = len(readable) - len(lines)
    subject = ngettext("%(n)d thing happened since you looked", "%(n)d things happened since you looked", len(readable))
    text = [
        _("Dear %(name)s,") % {"name": person},
        *lines,
        *([_("And %(n)d more.") % {"n": more}] if more else []),
        _("Your inbox: %(url)s") % {"url": public_address(reverse("inbox"))},
        _("You chose to get this mail. Change it here: %(url)s") % {"url": public_address(reverse("digest_choice"))},
    ]
    return letter_to(person, subject % {"n": len(readable)}, text)
