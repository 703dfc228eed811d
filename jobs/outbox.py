"""Letters that leave by themselves: a row written with its cause, sent by whoever sweeps, at most once by itself.

A letter is claimed, and the claim committed, before the mail server hears of it. What the server answers is certain:
taken, refused for now (tried again), refused for good. A sender that dies, or a connection that breaks, between claim
and answer leaves a letter that may have arrived: it is 'perhaps sent', and only a person sends it again, under the
same Message-ID (docs/decisions/0031-letters-leave-by-an-outbox.md).
"""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import structlog
from celery import current_app
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from jobs.models import OutboxMessage

State = OutboxMessage.State
UNSETTLED_AFTER = timedelta(minutes=10)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
MOST_SECONDS = 60.0
AT_ONCE = 500
REPLY_OF_NO_SUCH_BOX = 550
# A letter that is about a day keeps its number: counted from here it fits the column for a hundred years.
FIRST_DAY = date(2020, 1, 1)
MAY_GO_AGAIN = (State.FAILED, State.UNCLEAR, State.BOUNCED)

log = structlog.get_logger(__name__)

Compose = Callable[[OutboxMessage, datetime], EmailMessage | None]
"""Write the text of a letter, in the transaction that claims it; None where it is not to be sent any more."""
_composers: dict[str, Compose] = {}


def register_letter(purpose: str, compose: Compose) -> None:
    """Name who writes the letters of a purpose; called once, by the AppConfig.ready of its room."""
    _composers[purpose] = compose


# ---- Writing


def write_letter(*, purpose: str, recipient: int, wave: int, number: int = 0, now: datetime) -> OutboxMessage:
    """Leave a letter to be sent, in the caller's transaction; the same one twice is refused by the database."""
    host = urlsplit(settings.PUBLIC_BASE_URL).hostname or "localhost"
    letter = OutboxMessage.objects.create(
        purpose=purpose,
        recipient=recipient,
        wave=wave,
        number=number,
        message_id=f"<{uuid.uuid4().hex}@{host}>",
        written_at=now,
        next_try_at=now,
    )
    ring()
    return letter


def key_of(person_id: int) -> int:
    """Return what a letter to a person of the program has as recipient: contacts have the positive keys."""
    return -person_id


def person_of(row: OutboxMessage) -> User | None:
    """Return the person of the program whom a letter is for; None for one who has left or has no address."""
    return User.objects.filter(pk=-row.recipient, is_active=True).exclude(email="").first()


def ring() -> None:
    """Have the letters sent when the current transaction commits; without a broker the sweep does, in a minute."""
    transaction.on_commit(lambda: current_app.send_task("jobs.tasks.send_letters"), robust=True)


def cancel_letters(*, recipient: int, wave: int | None = None, now: datetime) -> int:
    """Take back what was not handed over yet."""
    waiting = OutboxMessage.objects.filter(recipient=recipient, state=State.WAITING)
    if wave is not None:
        waiting = waiting.filter(wave=wave)
    return waiting.update(state=State.CANCELLED, finished_at=now)


@transaction.atomic
def note_bounce(*, letter: OutboxMessage, now: datetime) -> OutboxMessage:
    """Note that a letter came back; raises ValidationError for one that was never handed over."""
    locked = OutboxMessage.objects.select_for_update().get(pk=letter.pk)
    if locked.state not in {State.SENT, State.UNCLEAR}:
        message = _("This letter is %(state)s, so it cannot have come back.")
        raise ValidationError(message, code="not_sent", params={"state": locked.get_state_display()})
    _settle(locked.pk, State.BOUNCED, now)
    locked.refresh_from_db()
    return locked


@transaction.atomic
def send_again(*, letter: OutboxMessage, now: datetime) -> OutboxMessage:
    """Have a letter tried again that was not taken, came back, or of which nobody knows; its Message-ID stays."""
    locked = OutboxMessage.objects.select_for_update().get(pk=letter.pk)
    if locked.state not in MAY_GO_AGAIN:
        message = _("This letter is %(state)s. Only one that did not arrive is sent again.")
        raise ValidationError(message, code="not_failed", params={"state": locked.get_state_display()})
    locked.state, locked.attempts, locked.next_try_at, locked.reason = State.WAITING, 0, now, ""
    locked.save(update_fields=["state", "attempts", "next_try_at", "reason"])
    ring()
    return locked


# ---- Sending


def send_waiting(*, now: datetime) -> int:
    """Send what is due, for a minute at most; return how many letters the server took."""
    settle_abandoned(now=now)
    due = OutboxMessage.objects.filter(state=State.WAITING, next_try_at__lte=now, purpose__in=_composers)
    waiting = list(due.order_by("next_try_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    server, sent, until = _Server(), 0, monotonic() + MOST_SECONDS
    try:
        for pk in waiting:
            # Nothing is claimed while nobody is there to take it.
            if monotonic() > until or not server.is_open():
                break
            sent += _send(pk, server, now)
    finally:
        server.close()
    return sent


def settle_abandoned(*, now: datetime) -> int:
    """Say of letters whose sender died that they were perhaps sent."""
    left = OutboxMessage.objects.filter(state=State.SENDING, claimed_at__lt=now - UNSETTLED_AFTER)
    return left.update(state=State.UNCLEAR, finished_at=now, reason="the sender died")


class _Server:
    """One connection for many letters; after a refusal a new one, because nobody knows what state the old one is in."""

    def __init__(self) -> None:
        self._connection: Any = None

    def is_open(self) -> bool:
        if self._connection is None:
            connection = get_connection()
            try:
                connection.open()
            except (OSError, SMTPException) as error:
                log.warning("mail_server_away", reason=type(error).__name__)
                return False
            self._connection = connection
        return True

    def hand_over(self, letter: EmailMessage) -> None:
        self._connection.send_messages([letter])

    def close(self) -> None:
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                connection.close()
        except (OSError, SMTPException) as error:
            log.info("mail_server_left", reason=type(error).__name__)


def _send(pk: int, server: _Server, now: datetime) -> bool:
    try:
        letter = _claim(pk, now)
    except ValueError as error:
        # An address or a text that makes no letter: the others must not wait behind it.
        log.exception("letter_not_written", reason=type(error).__name__)
        _settle(pk, State.FAILED, now, reason="it cannot be written")
        return False
    if letter is None:
        return False
    try:
        server.hand_over(letter)
    except SMTPRecipientsRefused as error:
        codes = [code for code, _said in error.recipients.values()]
        _refused(pk, min(codes, default=REPLY_OF_NO_SUCH_BOX), State.BOUNCED, now)
    except SMTPResponseException as error:
        _refused(pk, error.smtp_code, State.FAILED, now)
    except (OSError, SMTPException) as error:
        _settle(pk, State.UNCLEAR, now, reason=type(error).__name__)
        log.warning("letter_unclear", reason=type(error).__name__)
    else:
        _settle(pk, State.SENT, now)
        return True
    server.close()
    return False


@transaction.atomic
def _claim(pk: int, now: datetime) -> EmailMessage | None:
    """Take a letter, so that nobody else does, and have it written; None if it is not ours or not wanted any more."""
    claimed = OutboxMessage.objects.filter(pk=pk, state=State.WAITING, next_try_at__lte=now).update(
        state=State.SENDING, claimed_at=now, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    row = OutboxMessage.objects.get(pk=pk)
    letter = _composers[row.purpose](row, now)
    if letter is None:
        _settle(pk, State.CANCELLED, now)
        return None
    letter.extra_headers["Message-ID"] = row.message_id
    # Here, where what no letter can hold takes the claim back, and not with the server.
    letter.message()
    return letter


def _refused(pk: int, code: int, for_good: str, now: datetime) -> None:
    """A reply of 4xx asks to come again; 5xx is meant."""
    row = OutboxMessage.objects.get(pk=pk)
    if code >= 500 or row.attempts > len(WAITS):
        _settle(pk, for_good if code >= 500 else State.FAILED, now, reason=str(code))
        return
    OutboxMessage.objects.filter(pk=pk).update(
        state=State.WAITING, next_try_at=now + WAITS[row.attempts - 1], reason=str(code)
    )


def _settle(pk: int, state: str, now: datetime, *, reason: str = "") -> None:
    OutboxMessage.objects.filter(pk=pk).update(state=state, finished_at=now, reason=reason)
