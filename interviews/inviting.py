"""Inviting contacts to a round by mail, reminding those who have not answered, and taking an invitation back."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Contact, Lifecycle
from interviews.letters import STILL_ASKED
from interviews.models import Interview, Invitation, LetterPurpose, Round, RoundLetter
from interviews.progress import COUNTS_AS_ASKED
from interviews.services import change_interview_state, plan_interview
from jobs.models import OutboxMessage
from jobs.outbox import cancel_letters, write_letter

State = Interview.State
MOST_AT_ONCE = 500
MOST_REMINDERS = 3
REMIND_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who is not asked, and why, in a sentence."""

    contact: Contact
    sentence: str


@dataclass(frozen=True, slots=True)
class Invited:
    """What came of inviting: who is asked, and who is not."""

    contacts: list[Contact] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


# ---- Who may be invited


def may_be_invited(
    *,
    contacts: Iterable[Contact],
    round: Round,  # noqa: A002  # the domain's word
    today: date,
    ask_again_days: int,
) -> Invited:
    """Part contacts into those who may be invited now and those who may not (2 queries)."""
    wanted = list(contacts)
    asked = asked_on(contacts=wanted, today=today, ask_again_days=ask_again_days)
    already = set(
        Interview.objects.filter(round=round, contact__in=wanted, state__in=COUNTS_AS_ASKED).values_list(
            "contact", flat=True
        )
    )
    result = Invited()
    for contact in wanted:
        try:
            check_may_be_invited(contact, is_in_round=contact.pk in already, asked_on=asked.get(contact.pk))
        except ValidationError as refusal:
            result.refused.append(Refusal(contact, " ".join(refusal.messages)))
        else:
            result.contacts.append(contact)
    return result


def asked_on(*, contacts: Collection[Contact], today: date, ask_again_days: int) -> dict[int, date]:
    """Return when contacts were last asked, whoever asked and in whichever round, of those asked too lately."""
    lately = Interview.objects.filter(
        contact__in=contacts, state__in=COUNTS_AS_ASKED, held_on__gt=today - timedelta(days=ask_again_days)
    )
    return dict(lately.order_by("held_on").values_list("contact", "held_on"))


def check_may_be_invited(contact: Contact, *, is_in_round: bool, asked_on: date | None) -> None:
    """Raise ValidationError with the first reason why somebody is not to be written to."""
    customer = contact.customer
    checks = (
        (contact.is_opted_out, "opted_out", _("%(name)s does not want to be asked. Choose another contact.")),
        (
            not contact.is_active or not customer.is_active or customer.merged_into_id is not None,
            "inactive",
            _("%(name)s is no longer an active contact. Choose another one."),
        ),
        (customer.lifecycle == Lifecycle.INTERNAL, "internal", _("%(name)s works here: only customers are invited.")),
        (
            contact.consent_on is None,
            "consent",
            _("%(name)s gave no consent yet. Note when and where the person agreed, then invite."),
        ),
        (not contact.email, "address", _("%(name)s has no e-mail address. Add it, then invite.")),
        (is_in_round, "asked", _("%(name)s was asked in this round already.")),
        (
            asked_on is not None,
            "asked_lately",
            _("%(name)s was asked on %(day)s. Wait until the days between two requests have passed."),
        ),
    )
    for applies, code, sentence in checks:
        if applies:
            params = {"name": contact.name, "day": asked_on.isoformat() if asked_on else ""}
            raise ValidationError(sentence, code=code, params=params)


# ---- Inviting


@transaction.atomic
def invite(
    *,
    contacts: Collection[Contact],
    round: Round,  # noqa: A002  # the domain's word
    invited_by: User | None,
    now: datetime,
    today: date,
    ask_again_days: int,
    starts_at: datetime | None = None,
) -> Invited:
    """Invite those who may be: an interview in state invited and a letter in the outbox for each, or neither.

    Raises ValidationError where nobody may be invited, for too many at once, and for a date that has passed.
    """
    if len(contacts) > MOST_AT_ONCE:
        message = _("At most %(most)s people are invited at once. Choose fewer.")
        raise ValidationError(message, code="too_many", params={"most": MOST_AT_ONCE})
    if starts_at is not None and starts_at <= now:
        message = _("This date has passed. Choose one that lies ahead, or none.")
        raise ValidationError({"starts_at": ValidationError(message, code="past")})
    # Locked in one order, so that two who invite the same people come one after the other.
    locked = Contact.objects.select_for_update(of=("self",)).select_related("customer").order_by("pk")
    chosen = list(locked.filter(pk__in=[each.pk for each in contacts]))
    result = may_be_invited(contacts=chosen, round=round, today=today, ask_again_days=ask_again_days)
    if not result.contacts:
        reasons = [each.sentence for each in result.refused] or [str(_("Choose at least one contact."))]
        raise ValidationError([ValidationError(reason, code="nobody") for reason in reasons])
    for contact in result.contacts:
        interview = plan_interview(
            contact=contact,
            round=round,
            held_on=today,
            mode=Interview.Mode.SELF_SERVICE,
            state=State.INVITED,
        )
        Invitation.objects.create(interview=interview, invited_by=invited_by, invited_at=now, starts_at=starts_at)
        number = letters_of(contact, round).filter(purpose=LetterPurpose.INVITATION).count()
        write_letter(purpose=LetterPurpose.INVITATION, recipient=contact.pk, wave=round.pk, number=number, now=now)
    return result


def letters_of(contact: Contact, wave: Round) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(recipient=contact.pk, wave=wave.pk)


# ---- Reminding


def invitations_of(wave: Round) -> QuerySet[Any]:
    """Return a round's invitations with the state of their newest letter."""
    newest = OutboxMessage.objects.filter(recipient=OuterRef("interview__contact"), wave=wave.pk).order_by("-pk")
    return (
        Invitation.objects.filter(interview__round=wave)
        .select_related("interview__contact", "interview__customer")
        .annotate(
            letter=Subquery(newest.values("pk")[:1]),
            letter_state=Subquery(newest.values("state")[:1]),
            letter_reason=Subquery(newest.values("reason")[:1]),
            letter_sent_at=Subquery(newest.values("finished_at")[:1]),
        )
        .order_by("-invited_at", "-pk")
    )


def to_be_reminded(wave: Round, *, now: datetime) -> QuerySet[Any]:
    """Return the invitations without an answer whose letter arrived, as far as we know, some days ago."""
    may = Q(
        interview__contact__is_opted_out=False,
        interview__contact__is_active=True,
        interview__contact__consent_on__isnull=False,
    ) & ~Q(interview__contact__email="")
    waiting = invitations_of(wave).filter(may, interview__state__in=STILL_ASKED, reminders__lt=MOST_REMINDERS)
    return waiting.filter(letter_state=OutboxMessage.State.SENT, letter_sent_at__lte=now - REMIND_AFTER)


@transaction.atomic
def remind(*, round: Round, now: datetime) -> int:  # noqa: A002  # the domain's word
    """Write to everybody who was invited and has not answered; return how many.

    Raises ValidationError where nobody is to be reminded now.
    """
    # Only by their ids: PostgreSQL locks no row of a subquery.
    ids = list(to_be_reminded(round, now=now).values_list("pk", flat=True))
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("interview").order_by("pk")
    locked = list(rows.filter(pk__in=ids))
    # Somebody else may have reminded them while we waited.
    again = set(to_be_reminded(round, now=now).values_list("pk", flat=True))
    waiting = [each for each in locked if each.pk in again]
    if not waiting:
        message = _("Nobody is to be reminded now: letters need %(days)s days, and %(most)s reminders are enough.")
        raise ValidationError(message, code="nobody", params={"days": REMIND_AFTER.days, "most": MOST_REMINDERS})
    for invitation in waiting:
        invitation.reminders += 1
        invitation.save(update_fields=["reminders"])
        write_letter(
            purpose=LetterPurpose.REMINDER,
            recipient=invitation.interview.contact_id,
            wave=round.pk,
            number=invitation.reminders,
            now=now,
        )
    return len(waiting)


# ---- Taking back, and the words of a round


@transaction.atomic
def withdraw(*, invitation: Invitation, now: datetime) -> Invitation:
    """Take an invitation back: its interview is cancelled, its links are dead, no letter follows."""
    change_interview_state(interview=invitation.interview, state=State.CANCELLED)
    end_links(invitation, now=now)
    return invitation


def end_links(invitation: Invitation, *, now: datetime) -> None:
    """Let nobody answer by a link of this invitation; saying no to further questions goes on working."""
    invitation.links.filter(purpose="answer", revoked_at=None).update(revoked_at=now)
    interview = invitation.interview
    cancel_letters(recipient=interview.contact_id, wave=interview.round_id, now=now)


@transaction.atomic
def write_round_letter(
    *,
    round: Round,  # noqa: A002  # the domain's word
    purpose: str,
    language: str,
    subject: str,
    intro: str,  # the domain's word
) -> RoundLetter:
    """Keep what the letters of a round say; letters that are not sent yet say it, too."""
    letter = RoundLetter.objects.filter(round=round, purpose=purpose, language=language).first() or RoundLetter(
        round=round, purpose=purpose, language=language
    )
    letter.subject, letter.intro = " ".join(subject.split()), intro.strip()
    letter.full_clean()
    letter.save()
    return letter
