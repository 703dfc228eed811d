"""What customers are mailed: in their language, as plain text, each letter with keys of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage

from accounts.mailing import public_address
from accounts.models import digest_of, new_secret
from customers.models import Contact
from functions.selectors import program
from interviews.calendar_files import calendar_file
from interviews.letter_words import WORDS, LetterWords
from interviews.models import Interview, Invitation, Language, LetterPurpose, PersonalLink, Round, RoundLetter
from jobs.models import OutboxMessage

State = Interview.State
STILL_ASKED = (State.INVITED, State.SCHEDULED, State.IN_PROGRESS)
ANSWER_WITHIN = timedelta(days=30)
# Whoever finds the letter years later can still say no.
UNSUBSCRIBE_WITHIN = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as its reader sees it."""

    subject: str
    body: str


def language_of(contact: Contact) -> Language:
    """Return the language in which somebody is written to: theirs if we have it, else English."""
    code = contact.language.partition("-")[0].lower()
    return Language(code) if code in Language.values else Language.ENGLISH


def words_of_round(wave: Round, purpose: str, language: str) -> tuple[str, str]:
    """Return subject and text of a round's letters: its own, else the usual (1 query)."""
    own = RoundLetter.objects.filter(round=wave, purpose=purpose, language=language).first()
    if own is not None:
        return own.subject, own.intro
    usual = WORDS[Language(language)].of(purpose)
    name = sender_name()
    return usual.subject.replace("{company}", name), usual.intro.replace("{company}", name)


def sender_name() -> str:
    its = program()
    return its.name if its else "Quality program"


def letter_to(
    *, invitation: Invitation, purpose: str, answer_link: str, unsubscribe_link: str, expires_at: datetime
) -> Letter:
    """Lay out a letter; everything in it is text, nothing is a template."""
    interview = invitation.interview
    language = language_of(interview.contact)
    words = WORDS[language]
    subject, intro = words_of_round(interview.round, purpose, language)
    parts = [
        words.greeting.replace("{name}", interview.contact.name),
        intro,
        *([words.talk.replace("{when}", when_in_words(invitation, words))] if invitation.starts_at else []),
        words.open_link,
        answer_link,
        words.about_link.replace("{day}", day_in_words(expires_at, words)),
        words.unsubscribe,
        unsubscribe_link,
        sender_name(),
    ]
    return Letter(" ".join(subject.split()), "\n\n".join(part.strip() for part in parts) + "\n")


def day_in_words(moment: datetime, words: LetterWords) -> str:
    day = moment.astimezone(program_zone())
    return f"{day.day}{words.after_day} {words.months[day.month - 1]} {day.year}"


def when_in_words(invitation: Invitation, words: LetterWords) -> str:
    """Say when the talk is by the clock of the contact, as far as that is known."""
    assert invitation.starts_at is not None  # noqa: S101
    zone = invitation.interview.contact.time_zone
    local = invitation.starts_at.astimezone(ZoneInfo(zone) if zone else program_zone())
    return f"{day_in_words(local, words)}, {local:%H:%M} ({local.tzname()})"


def program_zone() -> ZoneInfo:
    its = program()
    return ZoneInfo(its.time_zone if its else "UTC")


# ---- For the outbox


def compose(row: OutboxMessage, now: datetime) -> EmailMessage | None:
    """Write the letter of an outbox row with new keys; None for somebody who is not to be asked any more."""
    invitation = invitation_of(row)
    if invitation is None or not is_wanted(invitation):
        return None
    contact = invitation.interview.contact
    answer = new_key(invitation, PersonalLink.Purpose.ANSWER, now, now + ANSWER_WITHIN)
    unsubscribe = new_key(invitation, PersonalLink.Purpose.UNSUBSCRIBE, now, now + UNSUBSCRIBE_WITHIN)
    unsubscribe_link = public_address(f"/u/{unsubscribe}/")
    letter = letter_to(
        invitation=invitation,
        purpose=row.purpose,
        answer_link=public_address(f"/a/{answer}/"),
        unsubscribe_link=unsubscribe_link,
        expires_at=now + ANSWER_WITHIN,
    )
    mail = EmailMessage(
        letter.subject,
        letter.body,
        settings.DEFAULT_FROM_EMAIL,
        [contact.email],
        reply_to=[invitation.invited_by.email] if invitation.invited_by and invitation.invited_by.email else None,
        headers={
            "List-Unsubscribe": f"<{unsubscribe_link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    if invitation.starts_at:
        file = calendar_file(
            starts_at=invitation.starts_at, uid=row.message_id.strip("<>"), summary=letter.subject, written_at=now
        )
        mail.attach("invitation.ics", file, "text/calendar")
    return mail


def invitation_of(row: OutboxMessage) -> Invitation | None:
    found = Invitation.objects.select_related("interview__contact__customer", "interview__round", "invited_by").filter(
        interview__contact=row.recipient, interview__round=row.wave
    )
    return found.order_by("-pk").first()


def is_wanted(invitation: Invitation) -> bool:
    """Say whether somebody may still be written to: asked at this moment, not when the letter was ordered."""
    interview, contact = invitation.interview, invitation.interview.contact
    agreed = contact.is_active and not contact.is_opted_out and contact.consent_on is not None
    return bool(agreed and contact.email and interview.state in STILL_ASKED)


def new_key(invitation: Invitation, purpose: str, now: datetime, expires_at: datetime) -> str:
    """Make a key of 256 random bits; only its digest stays."""
    secret = new_secret()
    PersonalLink.objects.create(
        digest=digest_of(secret), invitation=invitation, purpose=purpose, made_at=now, expires_at=expires_at
    )
    return secret


PURPOSES = tuple(LetterPurpose.values)
