"""What is mailed to those in the loop: one letter a person, written when it is handed over, with keys of its own."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage

from accounts.mailing import public_address
from accounts.models import digest_of, new_secret
from improvements.loop_models import LoopEntry, LoopLetter, LoopLink, Telling
from improvements.loop_selectors import PURPOSE, is_true_still
from improvements.loop_words import WORDS
from interviews.letter_words import WORDS as USUAL
from interviews.letters import (
    ANSWER_WITHIN,
    UNSUBSCRIBE_WITHIN,
    Letter,
    day_in_words,
    language_of,
    sender_name,
)
from jobs.models import OutboxMessage


def entries_of(letter: LoopLetter) -> list[LoopEntry]:
    return list(letter.entries.select_related("part__action").order_by("pk"))


def letter_to(
    *, letter: LoopLetter, entries: list[LoopEntry], page_link: str, unsubscribe_link: str, expires_at: datetime
) -> Letter:
    """Lay out a letter; everything in it is text, nothing is a template."""
    language = language_of(letter.contact)
    words, telling = WORDS[language], letter.telling
    asks = any(entry.part.asks for entry in entries)
    blocks = []
    for entry in entries:
        about = [words[entry.part.step], entry.part.words]
        blocks.append("\n".join([*about, words["fixed"]] if entry.part.asks else about))
    parts = [
        words["greeting"].replace("{name}", letter.contact.name),
        telling.intro,
        *blocks,
        words["ask_link" if asks else "open_link"],
        page_link,
        words["about_link"].replace("{day}", day_in_words(expires_at, USUAL[language])),
        words["unsubscribe"],
        unsubscribe_link,
        sender_name(),
    ]
    return Letter(" ".join(telling.subject.split()), "\n\n".join(part.strip() for part in parts) + "\n")


def compose(row: OutboxMessage, now: datetime) -> EmailMessage | None:
    """Write the letter of an outbox row with new keys; None for somebody who is not to be written to any more."""
    rows = LoopLetter.objects.select_related("contact__customer", "telling__prepared_by")
    letter = rows.filter(telling=-row.wave, contact=row.recipient).first()
    if letter is None or not is_wanted(letter):
        return None
    entries = entries_of(letter)
    # Whoever is left out so waits for word of us, and the next letters tell what is true.
    if not all(is_true_still(entry) for entry in entries):
        return None
    page = new_key(letter, LoopLink.Purpose.READ, now, now + ANSWER_WITHIN)
    unsubscribe_link = public_address(
        f"/told/stop/{new_key(letter, LoopLink.Purpose.UNSUBSCRIBE, now, now + UNSUBSCRIBE_WITHIN)}/"
    )
    said = letter_to(
        letter=letter,
        entries=entries,
        page_link=public_address(f"/told/by/{page}/"),
        unsubscribe_link=unsubscribe_link,
        expires_at=now + ANSWER_WITHIN,
    )
    sender = letter.telling.prepared_by
    return EmailMessage(
        said.subject,
        said.body,
        settings.DEFAULT_FROM_EMAIL,
        [letter.contact.email],
        reply_to=[sender.email] if sender and sender.email else None,
        headers={
            "List-Unsubscribe": f"<{unsubscribe_link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


def is_wanted(letter: LoopLetter) -> bool:
    """Say whether somebody may still be written to: asked at this moment, not when it was approved."""
    contact = letter.contact
    agreed = contact.is_active and not contact.is_opted_out and contact.consent_on is not None
    return bool(agreed and contact.email and letter.telling.state == Telling.State.SENT)


def new_key(letter: LoopLetter, purpose: str, now: datetime, expires_at: datetime) -> str:
    """Make a key of 256 random bits; only its digest stays."""
    secret = new_secret()
    LoopLink.objects.create(
        digest=digest_of(secret), letter=letter, purpose=purpose, made_at=now, expires_at=expires_at
    )
    return secret


PURPOSES = (PURPOSE,)
